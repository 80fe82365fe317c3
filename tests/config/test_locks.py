"""Both locks, resolved by old and new pips against an index in which everything is newer.

The index is a folder: small wheels made here, one for each pinned package with the requirements the
real one states, and one of a later release. A lock that leaves anything open takes the later one,
and pip refuses it, as it refused `coverage[toml]` when only `coverage` was pinned.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Callable, Iterator
from functools import cache
from importlib.metadata import PackageNotFoundError, metadata
from pathlib import Path

import pytest
from django.db import connection

ROOT = Path(__file__).resolve().parents[2]
LOCKS = ("requirements.txt", "requirements-dev.txt")
PIN = re.compile(r"^([a-z0-9][a-z0-9.-]*)((?:\[.+?\])?)==([^\s;]+)(.*?)\\?$")
LATER = "99999"
OLDEST = (3, 11)
# pips that nobody's ensurepip brings here, yet that supported systems still carry
MORE_PIPS = ("22.3", "23.0.1")
PATIENCE = 30  # seconds for a download of one of them

pytestmark = pytest.mark.skipif(connection.vendor != "sqlite", reason="once is enough: no database")


def wheel(index: Path, name: str, version: str, *, facts: list[str]) -> str:
    """Makes a wheel without content; its hash."""
    plain = name.replace("-", "_").replace(".", "_")
    info = f"{plain}-{version}.dist-info"
    path = index / name / f"{plain}-{version}-py3-none-any.whl"
    head = ["Metadata-Version: 2.1", f"Name: {name}", f"Version: {version}", *facts, ""]
    kind = "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
    path.parent.mkdir(exist_ok=True)
    with zipfile.ZipFile(path, "w") as file:
        file.writestr(f"{info}/METADATA", "\n".join(head))
        file.writestr(f"{info}/WHEEL", kind)
        file.writestr(f"{info}/RECORD", "")
    return hashlib.sha256(path.read_bytes()).hexdigest()


def stated(name: str) -> list[str]:
    """What the installed package requires and offers; nothing if it is for another system."""
    try:
        found = metadata(name)
    except PackageNotFoundError:
        return []
    heads = ("Requires-Dist", "Provides-Extra")
    return [f"{head}: {value}" for head in heads for value in found.get_all(head) or []]


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of wheels, and beside them both locks with the hashes of these."""
    folder = tmp_path_factory.mktemp("index")

    @cache
    def digest(name: str, version: str) -> str:
        wheel(folder, name, LATER, facts=stated(name))
        made = wheel(folder, name, version, facts=stated(name))
        links = [f'<a href="{path.name}">{path.name}</a>' for path in (folder / name).glob("*.whl")]
        (folder / name / "index.html").write_text("\n".join(["<!DOCTYPE html>", *links]))
        return made

    for lock in LOCKS:
        lines = []
        for line in (ROOT / lock).read_text(encoding="utf-8").splitlines():
            if found := PIN.match(line):
                lines += [line, f"    --hash=sha256:{digest(found[1], found[3])}"]
        (folder / lock).write_text("\n".join(lines) + "\n", encoding="utf-8")
    return folder


def interpreters() -> Iterator[str]:
    """The running one, and every other supported one of this machine, once a minor version."""
    seen = {sys.version_info[:2]}
    yield sys.executable
    roots = Path(os.environ.get("PYENV_ROOT") or Path.home() / ".pyenv").glob("versions/3.*/bin")
    # its shims on the path answer for no version that is not switched on
    path = os.pathsep.join([*map(str, sorted(roots)), os.environ["PATH"]])
    for minor in range(OLDEST[1], OLDEST[1] + 10):
        found = shutil.which(f"python3.{minor}", path=path)
        if found and (3, minor) not in seen:
            seen.add((3, minor))
            yield found


@pytest.fixture(scope="module")
def pips(tmp_path_factory: pytest.TempPathFactory, pytestconfig: pytest.Config) -> list[list[str]]:
    """How to call each pip there is: what `venv` brings, and the kept wheels of older ones."""
    found = []
    for number, interpreter in enumerate(interpreters()):
        home = tmp_path_factory.mktemp("venv") / str(number)
        made = subprocess.run([interpreter, "-m", "venv", home], capture_output=True, check=False)
        if made.returncode == 0:
            found.append([str(home / "bin" / "python"), "-m", "pip"])
    kept = pytestconfig.cache.mkdir("pips")
    for version in MORE_PIPS:
        path = kept / f"pip-{version}-py3-none-any.whl"
        if sys.version_info[:2] == OLDEST and (path.exists() or _download(version, kept)):
            found.append([sys.executable, str(path / "pip")])
    return found


def _download(version: str, folder: Path) -> bool:
    line = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--retries", "0"]
    line += ["--timeout", "5", "--dest", str(folder), f"pip=={version}"]
    try:
        done = subprocess.run(line, capture_output=True, check=False, timeout=PATIENCE)
    except subprocess.TimeoutExpired:
        return False
    return done.returncode == 0


def resolve(pip: list[str], index: Path, lock: str) -> subprocess.CompletedProcess[str]:
    """What pip says to the lock when the folder is all it has."""
    report = index / "report.json"
    report.unlink(missing_ok=True)
    line = [*pip, "install", "--dry-run", "--ignore-installed", "--no-cache-dir"]
    line += ["--disable-pip-version-check", "--require-hashes", "--report", str(report)]
    line += ["-r", str(index / lock)]
    environment = {k: v for k, v in os.environ.items() if not k.startswith(("PIP_", "PYTHON"))}
    environment |= {"PIP_CONFIG_FILE": os.devnull, "PIP_INDEX_URL": index.as_uri()}
    return subprocess.run(line, capture_output=True, text=True, check=False, env=environment)


def version(pip: list[str]) -> str:
    """Which pip this is, on which Python."""
    said = subprocess.run([*pip, "--version"], capture_output=True, text=True, check=True).stdout
    found = re.search(r"^pip (\S+) .*\(python (\S+)\)", said)
    assert found, said
    return f"{found[1]} on {found[2]}"


def test_nothing_is_resolved_that_is_not_pinned(
    index: Path, pips: list[list[str]], record_property: Callable[[str, object], None]
) -> None:
    assert pips, "not even the running Python brought its pip"
    tried = []
    for pip in pips:
        for lock in LOCKS:
            done = resolve(pip, index, lock)
            assert done.returncode == 0, f"pip {version(pip)}, {lock}: {done.stderr[-1500:]}"
            taken = json.loads((index / "report.json").read_text())["install"]
            assert len(taken) > 40
            assert LATER not in {each["metadata"]["version"] for each in taken}
        tried.append(version(pip))
    record_property("last_line", f"both locks resolved by pip {', '.join(tried)}")


def test_a_lock_without_extras_is_refused(index: Path, pips: list[list[str]]) -> None:
    """The index can tell: with the extras gone from the lock an old pip takes what is newer."""
    bare = index / "bare.txt"
    text = (index / "requirements-dev.txt").read_text(encoding="utf-8")
    bare.write_text(re.sub(r"^([a-z0-9.-]+)\[.+?\]==", r"\1==", text, flags=re.MULTILINE))
    old = next((pip for pip in pips if version(pip).startswith(("22.", "23."))), None)
    if old is None:
        assert sys.version_info[:2] > (3, 12), "this Python brings an old pip"
        return
    done = resolve(old, index, bare.name)
    assert done.returncode
    assert "==" in done.stderr
    assert "pinned" in done.stderr

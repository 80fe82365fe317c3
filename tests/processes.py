"""Processes of this machine, as /proc shows them."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path


def command(pid: int) -> str:
    """Its command line; empty when it has ended."""
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode()
    except OSError:
        return ""


def _columns(pid: int) -> list[str]:
    # after the name, which may hold anything
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()


def parent(pid: int) -> int:
    """The process that started it; 0 when it has ended."""
    try:
        return int(_columns(pid)[1])
    except OSError:
        return 0


def seconds_busy(pid: int) -> float:
    """Processor time it has used; 0 when it has ended."""
    try:
        return sum(map(int, _columns(pid)[11:13])) / os.sysconf("SC_CLK_TCK")
    except OSError:
        return 0.0


def threads_busy(pid: int) -> dict[int, float]:
    """Processor time of each of its threads; empty when it has ended."""
    found = {}
    for path in Path(f"/proc/{pid}/task").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            columns = (path / "stat").read_text().rpartition(")")[2].split()
            found[int(path.name)] = sum(map(int, columns[11:13])) / os.sysconf("SC_CLK_TCK")
    return found


def family(pid: int) -> set[int]:
    """The process and all that descend from it."""
    found = {pid}
    everybody = [int(path.name) for path in Path("/proc").glob("[0-9]*")]
    while more := {each for each in everybody if parent(each) in found} - found:
        found |= more
    return found


def child(pid: int, words: str) -> int:
    """Its first own child whose command has these words; 0 if there is none."""
    ours = (each for each in sorted(family(pid) - {pid}) if parent(each) == pid)
    return next((each for each in ours if words in command(each)), 0)

"""Sealed papers beside the dumps: copied once, kept as long as a dump may name them."""

from __future__ import annotations

import os
import subprocess
import time
from pathlib import Path

import pytest

pytestmark = pytest.mark.once
SCRIPT = Path(__file__).resolve().parents[2] / "config/deploy/backup_sealed.sh"
DAY = 86_400


@pytest.fixture
def folders(tmp_path: Path) -> tuple[Path, Path]:
    """Where papers lie, and where their copies do."""
    sealed = tmp_path / "sealed"
    for name in ("aa/aa1", "bb/bb1", "bb/bb2.part"):
        (sealed / name).parent.mkdir(parents=True, exist_ok=True)
        (sealed / name).write_text(name)
    return sealed, tmp_path / "copies"


def copied(folders: tuple[Path, Path]) -> set[str]:
    """What lies among the copies after one more night."""
    subprocess.run(["sh", SCRIPT, *folders], check=True)
    return {path.name for path in folders[1].rglob("*") if path.is_file()}


def test_whole_papers_are_copied(folders: tuple[Path, Path]) -> None:
    assert copied(folders) == {"aa1", "bb1"}
    assert (folders[1] / "aa/aa1").read_text() == "aa/aa1"
    assert (folders[1] / "aa/aa1").stat().st_mode & 0o077 == 0


def test_copy_goes_with_the_last_dump_that_names_it(folders: tuple[Path, Path]) -> None:
    copied(folders)
    (folders[0] / "aa/aa1").unlink()
    for age, there in ((13, {"aa1", "bb1"}), (15, {"bb1"})):
        for path in folders[1].rglob("??1"):
            os.utime(path, times=(time.time(), time.time() - age * DAY))
        assert copied(folders) == there
    assert time.time() - (folders[1] / "bb/bb1").stat().st_mtime < 60  # seen tonight


def test_office_without_applications_has_nothing_to_copy(tmp_path: Path) -> None:
    subprocess.run(["sh", SCRIPT, tmp_path / "none", tmp_path / "copies"], check=True)
    assert not (tmp_path / "copies").exists()

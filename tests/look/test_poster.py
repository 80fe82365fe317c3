"""The poster: one page, every language."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from config.foundation.office import Office


def test_fits_every_language_on_one_page(office: Office, tmp_path: Path) -> None:
    file = tmp_path / "poster.pdf"
    call_command("poster", str(file))
    pdf = file.read_bytes()
    assert pdf.startswith(b"%PDF")
    assert pdf.count(b"/Type /Page\n") == 1


def test_refuses_a_language_that_nobody_speaks_here(office: Office, tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="no such language: xx"):
        call_command("poster", str(tmp_path / "poster.pdf"), "--languages", "xx")

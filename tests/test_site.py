"""`make docs`: builds strictly, and no page of the site loads anything from elsewhere."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = [pytest.mark.once, pytest.mark.slow]
ROOT = Path(__file__).resolve().parent.parent
SITE = ROOT / "var" / "site"
# what a browser would fetch by itself; a link that somebody follows is none
LOADED = re.compile(
    r"""<(?:script|img|iframe|source)\b[^>]*\bsrc=["'](?:https?:)?//|<link\b[^>]*\bhref=["']"""
    r"""(?:https?:)?//|@import|url\(["']?(?:https?:)?//"""
)


@pytest.fixture(scope="module")
def site() -> Path:
    """The site, built by its command."""
    line = ["make", "docs", f"PYTHON={sys.executable}"]
    built = subprocess.run(line, cwd=ROOT, capture_output=True, text=True)
    assert built.returncode == 0, built.stdout + built.stderr
    return SITE


def test_site_has_every_page_of_docs(site: Path) -> None:
    pages = {path.relative_to(ROOT / "docs") for path in (ROOT / "docs").rglob("*.md")}
    assert len(pages) > 100
    assert {page for page in pages if not (site / page).with_suffix(".html").is_file()} == set()
    for page, language in (("handbuch", "de"), ("privacy/notice.de", "de"), ("operations", "en")):
        head = (site / f"{page}.html").read_text(encoding="utf-8")[:200]
        assert f'lang="{language}"' in head


def test_site_loads_nothing_from_elsewhere(site: Path) -> None:
    files = [path for path in site.rglob("*") if path.suffix in {".html", ".css"}]
    found = [path.name for path in files if LOADED.search(path.read_text(encoding="utf-8"))]
    assert found == []

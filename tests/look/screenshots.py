"""`make screenshots`: a contact sheet of every page, language, width and scheme to look at."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from django.conf import settings
from playwright.sync_api import Browser, Page

from tests.look.audit import Scheme
from tests.look.test_notifications import every_letter, office_with_papers
from tests.look.walk import Walk

pytestmark = pytest.mark.journey
__all__ = ["office_with_papers"]
CODES = [code for code, _ in settings.LANGUAGES]
FOLDER = Path(os.environ.get("SCREENSHOTS", str(settings.BASE_DIR / "var" / "screenshots")))
LANGUAGES = os.environ.get("LANGUAGES", " ".join(CODES)).split()
VIEWS: list[tuple[int, Scheme]] = [(360, "light"), (360, "dark"), (1280, "light")]
PAGE = """<!doctype html><meta charset="utf-8"><title>Contact sheet</title>
<style>body{{font:14px sans-serif;background:#888}}
tr{{vertical-align:top}}img{{width:260px}}</style>
<table>{rows}</table>"""


@pytest.mark.parametrize("language", LANGUAGES)
def test_takes_a_picture_of_every_page(browser: Browser, site: str, language: str) -> None:
    page = browser.new_context(locale="de-DE").new_page()
    for number, name in enumerate(Walk(page, site, language).all()):
        _take(page, language, f"{number:02}-{name}")
    page.context.close()
    _write_sheet()


@pytest.mark.usefixtures("office_with_papers")
@pytest.mark.parametrize("language", LANGUAGES)
def test_takes_a_picture_of_every_letter(browser: Browser, language: str) -> None:
    page = browser.new_context(locale="de-DE").new_page()
    for number, sent in enumerate(every_letter(language)):
        if sent.envelope.html:
            page.set_content(sent.envelope.html)
            _take(page, language, f"letter-{number:02}-{sent.kind.replace('/', '-')}")
    page.context.close()
    _write_sheet()


def _take(page: Page, language: str, name: str) -> None:
    folder = FOLDER / language
    folder.mkdir(parents=True, exist_ok=True)
    for width, scheme in VIEWS:
        page.set_viewport_size({"width": width, "height": 740})
        page.emulate_media(color_scheme=scheme)
        page.screenshot(path=folder / f"{name}-{width}-{scheme}.png", full_page=True)


def _write_sheet() -> None:
    """One row a view, one column a page; languages below each other."""
    rows = []
    for folder in sorted(path for path in FOLDER.iterdir() if path.is_dir()):
        for width, scheme in VIEWS:
            pictures = sorted(folder.glob(f"*-{width}-{scheme}.png"))
            cells = "".join(
                f'<td>{path.name}<br><img src="{folder.name}/{path.name}" loading="lazy" alt="">'
                for path in pictures
            )
            rows.append(f"<tr><th>{folder.name}<br>{width} {scheme}</th>{cells}")
    (FOLDER / "index.html").write_text(PAGE.format(rows="\n".join(rows)), encoding="utf-8")

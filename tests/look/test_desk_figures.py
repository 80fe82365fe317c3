"""The statistics on screens and on a sheet of A4: no column cut off, no small print."""

from __future__ import annotations

import re
from typing import Any

import pytest
from playwright.sync_api import Browser, Page

from config.foundation.staff import Staff
from tests.look import desk

pytestmark = [pytest.mark.journey, pytest.mark.django_db(transaction=True)]
# A sheet of A4 between its margins of 15 mm, in pixels of a browser.
BETWEEN_MARGINS = 680
CUT = """() => [...document.querySelectorAll(".desk-scroll, .desk-keys > div")]
  .filter((frame) => frame.scrollWidth > frame.clientWidth + 1
    || frame.getBoundingClientRect().right > innerWidth
    || [...frame.querySelectorAll("td > span, th")]
      .some((cell) => cell.scrollWidth > cell.clientWidth + 1))
  .map((frame) => frame.innerText.slice(0, 40))"""
SMALLEST = """() => Math.min(...[...document.querySelectorAll(".desk-figures *")]
  .filter((element) => element.innerText && element.checkVisibility())
  .map((element) => parseFloat(getComputedStyle(element).fontSize)))"""
# On one scale: as long on the screen as the figures say.
UNEVEN = """() => [...document.querySelectorAll(".desk-figure table")].flatMap((table) => {
  const cells = [...table.querySelectorAll("td")].filter((cell) => cell.querySelector("rect"));
  const scale = cells.map((cell) => [
    parseInt(cell.innerText), cell.querySelector("rect").getBoundingClientRect().width]);
  const [most, longest] = scale.reduce((one, two) => (two[0] > one[0] ? two : one), [0, 0]);
  return scale.filter(([figure, width]) => Math.abs(width - longest * figure / (most || 1)) > 2);
})"""


@pytest.fixture
def figures(browser: Browser, demo_desk: str) -> Any:
    """The page of the statistics of the demo day."""
    context = browser.new_context(locale="de-DE")
    page = context.new_page()
    desk.sign_in(page, demo_desk, Staff.objects.get(username="kurz"))
    page.goto(f"{demo_desk}/admin/statistics/")
    yield page
    context.close()


def test_no_column_is_cut_off_and_no_text_is_small(figures: Page) -> None:
    assert figures.locator(".desk-figure").count() > 10
    for width in desk.WIDTHS:
        figures.set_viewport_size({"width": width, "height": 900})
        assert figures.evaluate(CUT) == [], width
        assert figures.evaluate(SMALLEST) >= 15
        assert figures.evaluate(UNEVEN) == [], width


def test_sheet_of_paper_holds_every_column(figures: Page) -> None:
    figures.set_viewport_size({"width": BETWEEN_MARGINS, "height": 1000})
    figures.emulate_media(media="print")
    assert figures.evaluate(CUT) == []
    assert figures.evaluate(SMALLEST) >= 12
    assert figures.evaluate(UNEVEN) == []
    assert (
        figures.locator("form.desk-span, .desk-links, .desk-nav").locator("visible=true").all()
        == []
    )
    sheets = re.findall(rb"/MediaBox *\[([^]]*)\]", figures.pdf(prefer_css_page_size=True))
    assert {tuple(round(float(at)) for at in box.split()) for box in sheets} == {(0, 0, 595, 842)}


# The right edges of the figures of a column, and that of its heading.
RAGGED = """() => [...document.querySelectorAll(".desk-figure table")].flatMap((table) => {
  const edge = (node) => {
    const range = document.createRange();
    range.selectNodeContents(node);
    return range.getBoundingClientRect().right;
  };
  return [...table.querySelectorAll("thead th")].slice(1).flatMap((head, number) => {
    const cells = [...table.querySelectorAll(`tbody td:nth-child(${number + 2}) .desk-bar > span`)];
    const edges = [head, ...cells].map(edge);
    return Math.max(...edges) - Math.min(...edges) > 2 ? [head.innerText] : [];
  });
})"""


def test_figures_stand_below_each_other_at_the_right(figures: Page) -> None:
    assert figures.evaluate(RAGGED) == []

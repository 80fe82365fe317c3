"""The pages of the desk as they stand in a browser: nothing broken, cut off, barred or inline."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import Browser, Page

from booking.models import Counter
from config.foundation.staff import Staff
from tests.look import desk
from tests.look.audit import violations

pytestmark = [pytest.mark.journey, pytest.mark.django_db(transaction=True)]

# Per table: words that stand on two lines, what its frame can't be scrolled to, how much stays.
MEASURE = """() => {
  const faults = [];
  const say = (element) => (element.innerText || element.tagName).trim().slice(0, 40);
  const range = document.createRange();
  const longest = 24;
  for (const cell of document.querySelectorAll("th, td")) {
    const walker = document.createTreeWalker(cell, NodeFilter.SHOW_TEXT);
    while (walker.nextNode()) {
      const node = walker.currentNode;
      if (!node.parentElement.checkVisibility() || node.parentElement.closest("option")) continue;
      for (const match of node.data.matchAll(/[\\p{L}\\p{N}.:]+/gu)) {
        range.setStart(node, match.index);
        range.setEnd(node, match.index + match[0].length);
        const lines = new Set([...range.getClientRects()].map((box) => Math.round(box.top)));
        if (lines.size > 1 && match[0].length <= longest) faults.push(`broken: ${match[0]}`);
      }
    }
  }
  for (const table of document.querySelectorAll("table")) {
    let frame = table.parentElement;
    const scrolling = () => getComputedStyle(frame).overflowX === "auto";
    while (frame !== document.body && !scrolling()) frame = frame.parentElement;
    const box = frame.getBoundingClientRect();
    if (frame === document.body) {
      if (table.getBoundingClientRect().right > innerWidth) faults.push(`no frame: ${say(table)}`);
      continue;
    }
    if (box.right > innerWidth + 1) faults.push(`frame leaves the page: ${say(table)}`);
    const reach = box.left + frame.scrollWidth - frame.scrollLeft;
    let stays = 0;
    const row = table.querySelector("tbody tr") ?? table.rows[0];
    for (const cell of row?.cells ?? []) {
      if (getComputedStyle(cell).position === "sticky") stays += cell.getBoundingClientRect().width;
      if (cell.getBoundingClientRect().right > reach + 2) faults.push(`out of reach: ${say(cell)}`);
    }
    const scrolls = frame.scrollWidth > frame.clientWidth;
    if (scrolls && stays > 0.45 * frame.clientWidth)
      faults.push(`stays: ${Math.round(stays)} of ${frame.clientWidth}`);
  }
  for (const element of document.querySelectorAll("td, th, a.button, .desk-tag, button, summary")) {
    const style = getComputedStyle(element);
    const hides = style.overflowX === "hidden" || style.overflowX === "clip";
    const seen = element.checkVisibility() && !element.closest(".visually-hidden");
    if (seen && hides && element.scrollWidth > element.clientWidth + 1)
      faults.push(`cut off: ${say(element)}`);
  }
  const typed = "a.button, button, select, textarea, summary, thead a, input:not([type=hidden])";
  const visible = {opacityProperty: true, visibilityProperty: true};
  const controls = [...document.querySelectorAll(typed)]
    .filter((each) => each.checkVisibility(visible) && !each.closest(".visually-hidden"))
    .map((each) => [each, each.getBoundingClientRect()])
    .filter(([, box]) => box.width > 1 && box.height > 1);
  for (const [index, [one, box]] of controls.entries())
    for (const [other, its] of controls.slice(index + 1)) {
      const wide = Math.min(box.right, its.right) - Math.max(box.left, its.left);
      const high = Math.min(box.bottom, its.bottom) - Math.max(box.top, its.top);
      if (wide > 1 && high > 1 && !one.contains(other))
        faults.push(`overlap: ${say(one)} and ${say(other)}`);
    }
  if (document.documentElement.scrollWidth > innerWidth) faults.push("page scrolls sideways");
  return [...new Set(faults)];
}"""
LOOK = """() => {
  const faults = [];
  const seen = (element) => element.checkVisibility() && element.getBoundingClientRect().width > 1;
  const primary = [...document.querySelectorAll(".default")].filter(seen);
  if (primary.length > 1) faults.push(`${primary.length} primary buttons`);
  if (document.querySelectorAll("h1").length !== 1) faults.push("not one h1");
  const buttons = ".button, input[type=submit], button[type=submit]";
  for (const button of document.querySelectorAll(buttons))
    if (seen(button) && button.getBoundingClientRect().height < 43.5)
      faults.push(`low button: ${button.value || button.innerText}`);
  for (const button of document.querySelectorAll("button, .button"))
    if (seen(button) && !button.closest("details, svg") &&
        getComputedStyle(button).borderStyle === "outset")
      faults.push(`button of the browser: ${button.innerText}`);
  const range = document.createRange();
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT, (node) =>
    node.data.trim() && node.parentElement.checkVisibility() &&
    !node.parentElement.closest(".visually-hidden, option, svg, script, textarea")
      ? NodeFilter.FILTER_ACCEPT : NodeFilter.FILTER_REJECT);
  const edge = (node, at) => {
    range.setStart(node, at);
    range.setEnd(node, at + 1);
    return range.getBoundingClientRect();
  };
  let before = null;
  while (walker.nextNode()) {
    const node = walker.currentNode;
    const end = before?.data.trimEnd(), start = node.data.search(/\\S/);
    if (before && /\\d$/.test(end) && /^\\p{L}/u.test(node.data.slice(start))) {
      const left = edge(before, end.length - 1), right = edge(node, start);
      if (Math.abs(left.bottom - right.bottom) < 6 && Math.abs(right.left - left.right) < 2)
        faults.push(`glued: ${end.slice(-20)}|${node.data.trim().slice(0, 20)}`);
    }
    before = node;
  }
  return faults;
}"""


def told(wrong: dict[str, list[str]]) -> str:
    """One line a page."""
    return "\n".join(f"{name}: {'; '.join(faults)}" for name, faults in wrong.items())


@pytest.fixture
def window(browser: Browser) -> Any:
    """A window of somebody who reads German."""
    context = browser.new_context(locale="de-DE")
    yield context.new_page()
    context.close()


def test_nothing_is_broken_or_cut_off(window: Page, demo_desk: str) -> None:
    wrong: dict[str, list[str]] = {}
    for shown in desk.walk(window, demo_desk):
        for width in desk.WIDTHS:
            window.set_viewport_size({"width": width, "height": 900})
            if faults := window.evaluate(MEASURE):
                wrong[f"{shown.name} {width}"] = faults
        if faults := window.evaluate(LOOK):
            wrong[shown.name] = faults
    assert not wrong, told(wrong)


def test_all_days_of_a_week_are_seen_at_once(window: Page, demo_desk: str) -> None:
    desk.sign_in(window, demo_desk, Staff.objects.get(username="kurz"))
    window.set_viewport_size({"width": 1280, "height": 900})
    cut = "[...document.querySelectorAll('.desk-scroll')].some(e => e.scrollWidth > e.clientWidth)"
    for counter in Counter.objects.all():
        window.goto(f"{demo_desk}/admin/booking/counter/{counter.pk}/change/")
        assert not window.evaluate(cut), counter


def test_glued_number_and_raw_button_are_noticed(window: Page) -> None:
    window.set_content(
        "<h1>x</h1><p><b>3</b> Personen</p><p style='display: flex'><b>3</b> Personen</p>"
        "<button style='min-height: 50px'>Los</button>"
    )
    assert window.evaluate(LOOK) == ["button of the browser: Los", "glued: 3|Personen"]


def test_broken_word_is_noticed(window: Page) -> None:
    window.set_viewport_size({"width": 1280, "height": 900})
    window.set_content(
        "<table><tr><td><div id=thin>gebucht</div></td></tr></table>"
        "<div id=frame><table><tr><td>10:20</td></tr></table></div>"
    )
    assert window.evaluate(MEASURE) == []
    window.evaluate("""() => {
      document.querySelector("#thin").style = "width: 2ch; overflow-wrap: anywhere";
      document.querySelector("#frame").style = "width: 100px; overflow-x: auto";
      const cell = document.querySelector("#frame td");
      cell.style = "position: sticky; min-width: 60px; display: inline-block";
      cell.after(Object.assign(document.createElement("td"), {textContent: "x".repeat(20)}));
    }""")
    faults = window.evaluate(MEASURE)
    assert "broken: gebucht" in faults
    assert any(fault.startswith("stays: ") for fault in faults)
    window.set_content("<select><option>Widerruf erfassen</select><button>Los</button>")
    assert window.evaluate(MEASURE) == []
    window.evaluate("() => { document.querySelector('button').style = 'margin-left: -50px' }")
    assert window.evaluate(MEASURE) == ["overlap: Widerruf erfassen and Los"]


@pytest.mark.slow
def test_axe_finds_no_barrier(window: Page, demo_desk: str) -> None:
    window.set_viewport_size({"width": 1280, "height": 900})
    wrong: dict[str, list[str]] = {}
    for shown in desk.walk(window, demo_desk):
        found = violations(window, "light") + violations(window, "dark")
        if found:
            wrong[shown.name] = found
    assert not wrong, told(wrong)

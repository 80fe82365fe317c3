"""Other ways of seeing: enlarged, in forced colours, on paper, without motion, with a thumb."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Browser, Page, ViewportSize

from tests.look.audit import COLOURS, violations
from tests.look.walk import Walk

pytestmark = pytest.mark.journey
# 1280 by 1024 px enlarged to 400 %.
ENLARGED = ViewportSize(width=320, height=256)
SIDEWAYS = "document.documentElement.scrollWidth > innerWidth"
SEEN = """const seen = element => element.checkVisibility() && element.getClientRects().length &&
  !element.closest(".trap") && !element.matches(".skip");
const name = element => element.outerHTML.slice(0, 90);"""
# The target of a radio button is its label.
SMALL = f"""() => {{ {SEEN}
  const targets = "button, summary, select, input, .kern-btn, .choices a";
  return [...document.querySelectorAll(targets)].filter(seen)
    // nobody points at what is there for the Enter key alone
    .filter(element => !element.matches('[aria-hidden="true"][tabindex="-1"]'))
    .map(element => element.closest("label") ?? element)
    .filter(target => target.getBoundingClientRect().height < 44).map(name); }}"""
TINY = f"""() => {{ {SEEN}
  return [...document.querySelectorAll("nav a, .brand, main li > a:only-child")].filter(seen)
    .filter(target => target.getBoundingClientRect().height < 24).map(name); }}"""
EDGELESS = f"""() => {{ {SEEN}
  const parts = "button, select, .kern-btn, .card, .choice, .choices a, " +
    "input:not([type=radio], [type=checkbox], [type=hidden])";
  return [...document.querySelectorAll(parts)].filter(seen)
    .filter(part => !part.matches('[aria-hidden="true"][tabindex="-1"]')).filter(part => {{
    const style = getComputedStyle(part);
    return !["top", "bottom"].some(side => style[`border-${{side}}-style`] !== "none" &&
      parseFloat(style[`border-${{side}}-width`]) > 0); }}).map(name); }}"""
BLIND_ICONS = f"""() => {{ {SEEN}
  return [...document.querySelectorAll(".kern-icon")].filter(seen).filter(icon =>
    getComputedStyle(icon).backgroundColor === getComputedStyle(document.body).backgroundColor)
    .map(name); }}"""
MOVING = f"""() => {{ {SEEN}
  return [...document.querySelectorAll("*")].filter(element => {{
    const style = getComputedStyle(element);
    return style.animationName !== "none" ||
      style.transitionDuration.split(", ").some(span => parseFloat(span) > 0); }}).map(name); }}"""
ON_PAPER = f"""() => {{ {SEEN}
  return [...document.querySelectorAll("button, nav, .languages, .steps, .kern-btn")]
    .filter(seen).map(name); }}"""
# The element with the focus and whether it shows within the window, once the page has scrolled
# there; None outside the page.
STOP = """async () => {
  const element = document.activeElement;
  if (element === document.body) return null;
  const shown = () => {
    const style = getComputedStyle(element), box = element.getBoundingClientRect();
    return style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2 &&
      box.bottom > 0 && box.top < innerHeight;
  };
  for (let frame = 0; frame < 60 && !shown(); frame++)
    await new Promise(requestAnimationFrame);
  return [element.outerHTML.slice(0, 90), shown()];
}"""
SPACED = """on => {
  const root = document.documentElement.style;
  root.letterSpacing = on ? ".12em" : "";
  root.wordSpacing = on ? ".16em" : "";
  document.body.style.lineHeight = on ? "2" : "";
}"""


def small_targets(page: Page) -> list[str]:
    """Buttons, fields and tiles below 44 px, and links on lines of their own below 24 px."""
    found: list[str] = page.evaluate(SMALL) + page.evaluate(TINY)
    return found


def lost_when_enlarged(page: Page) -> list[str]:
    """Whether a page must be scrolled sideways at 400 %, also with letters and lines set wide."""
    found = ["at 400 %"] if page.evaluate(SIDEWAYS) else []
    page.evaluate(SPACED, True)
    found += ["with wide letters"] if page.evaluate(SIDEWAYS) else []
    page.evaluate(SPACED, False)
    return found


def lost_in_forced_colours(page: Page) -> list[str]:
    """Parts that only a background would show, which forced colours take away."""
    page.emulate_media(forced_colors="active")
    found: list[str] = page.evaluate(EDGELESS) + page.evaluate(BLIND_ICONS)
    page.emulate_media(forced_colors="none")
    return found


def moving(page: Page) -> list[str]:
    """What moves for somebody who asked for no motion."""
    page.emulate_media(reduced_motion="reduce")
    found: list[str] = page.evaluate(MOVING)
    page.emulate_media(reduced_motion="no-preference")
    return found


def lost_on_paper(page: Page) -> list[str]:
    """Things to press on a printed page, and ink that paper swallows, for who reads in the dark."""
    page.emulate_media(media="print")
    found: list[str] = page.evaluate(ON_PAPER)
    found += violations(page, "dark", COLOURS)
    page.emulate_media(media="screen", color_scheme="light")
    return found


CHECKS: list[Callable[[Page], list[str]]] = [
    small_targets,
    lost_when_enlarged,
    lost_in_forced_colours,
    moving,
    lost_on_paper,
]


def test_serves_every_way_of_seeing_on_every_page(browser: Browser, site: str) -> None:
    """WCAG 1.3.4, 1.4.4, 1.4.10, 1.4.12, 2.3.3, 2.5.5."""
    context = browser.new_context(viewport=ENLARGED)
    page = context.new_page()
    wrong = [
        f"{name} {check.__name__}: {one}"
        for name in Walk(page, site, "de").all()
        for check in CHECKS
        for one in check(page)
    ]
    context.close()
    assert not wrong, "\n".join(wrong)


def test_shows_the_focus_at_every_stop_in_forced_colours(browser: Browser, site: str) -> None:
    """WCAG 2.4.7, 2.4.11: nothing is left out, and the last stop leads out of the page."""
    context = browser.new_context(forced_colors="active", viewport=ENLARGED)
    page = context.new_page()
    walk = Walk(page, site, "de")
    for path in ("", "check/", "check/expired/", "manage/", "documents/study/"):
        walk.open(path)
        stops: list[tuple[str, bool]] = []
        while True:
            page.keyboard.press("Tab")
            stop = page.evaluate(STOP)
            if stop is None or len(stops) > 80:
                break
            stops.append(stop)
        assert 5 < len(stops) < 80, (path, stops)
        assert not [name for name, shown in stops if not shown], path
    context.close()

"""What is wrong with a page as it stands in the browser: barriers, overflow, foreign words."""

from __future__ import annotations

import re
from functools import cache
from typing import Any, Literal

import polib
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

from config.management.commands.check_translations import po_path
from config.middleware.context import languages

RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
COLOURS = ["color-contrast", "link-in-text-block"]
RUN = """only => axe.run({runOnly: only, resultTypes: ["violations"]})
  .then(found => found.violations)"""
# Every text a person sees or hears, with the language it is said to be in.
TEXTS = """() => {
  const found = [[document.documentElement.lang, document.title]];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const parent = walker.currentNode.parentElement;
    // a word kept whole in a heading is a part of its sentence
    const aside = "script, noscript, bdi, address, [href^='mailto:'], :is(h1, h2, h3) > .nowrap";
    if (!parent.closest(aside))
      found.push([parent.closest("[lang]")?.lang, walker.currentNode.data]);
  }
  for (const element of document.querySelectorAll("[aria-label]"))
    found.push([element.closest("[lang]")?.lang, element.getAttribute("aria-label")]);
  return found;
}"""
# Words of headings that a line ends in the middle of, at their hyphen.
TORN = """() => {
  const found = [];
  for (const heading of document.querySelectorAll("h1, h2, h3, legend")) {
    const walker = document.createTreeWalker(heading, NodeFilter.SHOW_TEXT);
    while (walker.nextNode()) {
      const text = walker.currentNode.data;
      for (const word of text.matchAll(/[^\\s-]+(?:-[^\\s-]+)+/g)) {
        const range = document.createRange();
        range.setStart(walker.currentNode, word.index);
        range.setEnd(walker.currentNode, word.index + word[0].length);
        const tops = new Set([...range.getClientRects()].map(line => Math.round(line.top)));
        if (tops.size > 1) found.push(word[0]);
      }
    }
  }
  return found;
}"""
FOUR_LATIN_WORDS = re.compile(r"(?:[A-ZÀ-Þ]?[a-zß-ÿ·-]{2,}[ ,.]+){4,}")
NOT_LATIN = {"ar", "fa", "ru", "uk"}

Scheme = Literal["light", "dark"]


def violations(page: Page, scheme: Scheme, rules: list[str] = RULES) -> list[str]:
    """What axe finds on the page in a colour scheme; the page is not loaded again."""
    page.emulate_media(color_scheme=scheme)
    if page.evaluate("typeof axe === 'undefined'"):
        page.evaluate(Axe().axe_script)
    found: list[dict[str, Any]] = page.evaluate(RUN, rules)
    return [f"{scheme} {one['id']}: {node['html'][:120]}" for one in found for node in one["nodes"]]


def faults(page: Page, language: str) -> list[str]:
    """What a person would stumble over and axe does not look for."""
    found = [f"foreign words: {text}" for text in foreign_words(page, language)]
    found += [f"torn at its hyphen: {word}" for word in page.evaluate(TORN)]
    if page.locator("h1").count() != 1:
        found.append(f"{page.locator('h1').count()} h1")
    if page.evaluate("document.documentElement.scrollWidth > innerWidth"):
        found.append("scrolls sideways")
    if page.locator("[style], style, script:not([src]), [onclick]").count():
        found.append("inline style or script")
    return found


def foreign_words(page: Page, language: str) -> list[str]:
    """Texts that claim to be in the language of the page and are not."""
    foreign = _texts_of_others(language)
    texts = {" ".join(text.split()) for said, text in page.evaluate(TEXTS) if said == language}
    return sorted(
        text
        for text in texts
        if text in foreign or (language in NOT_LATIN and FOUR_LATIN_WORDS.search(text))
    )


@cache
def _texts_of_others(language: str) -> frozenset[str]:
    """The English and German texts, less those that the language says in the same way."""
    german = {entry.msgid: entry.msgstr for entry in polib.pofile(str(po_path("de")))}
    own = set(german)
    if language != "en":
        own = {entry.msgstr for entry in polib.pofile(str(po_path(language)))}
    own.update(languages().values())  # each is called by its own name
    return frozenset(text for text in {*german, *german.values()} - own if len(text) > 2)

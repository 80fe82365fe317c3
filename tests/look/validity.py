"""A strict reader of HTML: what a browser would silently mend is a fault here."""

from __future__ import annotations

import re
from html.parser import HTMLParser

VOID = set(re.findall(r"\w+", "area base br col embed hr img input link meta source track wbr"))
PHRASING_ONLY = {
    "p",
    "h1",
    "h2",
    "h3",
    "h4",
    "button",
    "label",
    "legend",
    "summary",
    "span",
    "strong",
}
BLOCKS = set(
    re.findall(
        r"\w+",
        """address article aside blockquote details dialog dl dd dt div fieldset figure footer form
        h1 h2 h3 header hr li main nav ol p section table ul""",
    )
)
CHILDREN = {
    "ul": {"li"}, "ol": {"li"}, "dl": {"dt", "dd", "div"}, "tr": {"td", "th"},
    "table": {"caption", "thead", "tbody", "tr", "colgroup"}, "thead": {"tr"}, "tbody": {"tr"},
    "select": {"option", "optgroup"},
}  # fmt: skip
REFERENCES = ("for", "aria-describedby", "aria-labelledby", "form")


class Reader(HTMLParser):
    """Collects the faults of one page."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.open: list[str] = []
        self.ids: list[str] = []
        self.references: list[tuple[str, str]] = []
        self.faults: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        names = [name for name, _ in attrs]
        if len(names) != len(set(names)):
            self.faults.append(f"<{tag}> says an attribute twice: {names}")
        for name, value in attrs:
            if name == "id":
                self.ids.append(value or "")
            elif name in REFERENCES:
                self.references += [(f"{tag} {name}", one) for one in (value or "").split()]
        self._place(tag)
        if tag not in VOID:
            self.open.append(tag)

    def _place(self, tag: str) -> None:
        parent = self.open[-1] if self.open else None
        allowed = CHILDREN.get(parent or "")
        if allowed is not None and tag not in allowed | {"script", "template"}:
            self.faults.append(f"<{tag}> inside <{parent}>")
        if tag in BLOCKS:
            around = PHRASING_ONLY.intersection(self.open) - (
                {"legend"} if tag[0] == "h" else set()
            )
            if around:
                self.faults.append(f"<{tag}> inside <{around.pop()}>")
        if tag in {"a", "button"} and {"a", "button"}.intersection(self.open):
            self.faults.append(f"<{tag}> inside a link or button")
        if tag == "form" and "form" in self.open:
            self.faults.append("<form> inside <form>")

    def handle_endtag(self, tag: str) -> None:
        if tag in VOID or not self.open or self.open[-1] != tag:
            self.faults.append(f"</{tag}> closes {self.open[-1:]} at {self.getpos()}")
            return
        self.open.pop()

    def handle_data(self, data: str) -> None:
        if data.strip() and self.open and self.open[-1] in CHILDREN:
            self.faults.append(f"words inside <{self.open[-1]}>: {data.strip()[:40]}")


def faults(html: str) -> list[str]:
    """Everything that is not well-formed, misplaced or points nowhere."""
    reader = Reader()
    reader.feed(html)
    reader.close()
    found = reader.faults + [f"<{tag}> is never closed" for tag in reader.open]
    found += [f"id {one} stands twice" for one in set(reader.ids) if reader.ids.count(one) > 1]
    found += [
        f"{where} points to {one}" for where, one in reader.references if one not in reader.ids
    ]
    if not html.lower().startswith("<!doctype html>"):
        found.append("no doctype")
    return found

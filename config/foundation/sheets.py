"""Printable sheets: PDF in every language we speak, and QR codes.

A character that none of our fonts has is a box, and the sheet says so below the line.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable
from datetime import datetime
from io import BytesIO
from typing import TYPE_CHECKING, cast

from django.conf import settings
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _
from django.utils.translation import override

from config.foundation.fonts import BOX, FALLBACKS, FOLDER, with_boxes_for_missing_glyphs

if TYPE_CHECKING:
    from fpdf import FPDF
    from fpdf.fonts import TTFFont

logger = logging.getLogger(__name__)
logging.getLogger("fontTools").setLevel(logging.WARNING)  # forty lines a sheet otherwise

_MARGIN = 12.0  # mm; A5, so that a phone shows it without zooming
_BOX = 4.2
_NOTES = 70.0  # mm beside the text of a large sheet
_RULES = ("GSUB", "GPOS", "GDEF")
_QUIET = 90  # grey, still 7:1 on white


def is_right_to_left(language: str) -> bool:
    """Whether this language is written from right to left."""
    return language.split("-")[0] in settings.LANGUAGES_BIDI


def settle_font(pdf: FPDF) -> None:
    """Writes the chosen font where every line finds it.

    The library would write it inside a first line of Arabic, for that line alone: a full stop that
    begins the next line were then drawn with the font before, as another letter.
    """
    if not pdf.current_font_is_set_on_page:
        pdf.text(pdf.l_margin, pdf.get_y(), "")


def qr_svg(content: str, *, title: str) -> SafeString:
    """A QR code as inline SVG without any style, named for screen readers."""
    import segno

    svg = segno.make(content, error="m").svg_inline(
        border=4, light="#ffffff", title=title, svgclass="qr", omitsize=True
    )
    return mark_safe(svg)  # noqa: S308 - segno escapes the title; the rest is its own drawing


def qr_png(content: str) -> bytes:
    """A QR code as a picture for what shows no SVG: mail programs."""
    import segno

    picture = BytesIO()
    segno.make(content, error="m").save(picture, kind="png", scale=8, border=4)
    return picture.getvalue()


class Sheet:
    """A PDF that grows downwards; every text names its language and so its direction.

    A large one is for a clipboard: A4, with a line to write on beside each box to tick.
    """

    def __init__(self, *, title: str, language: str, now: datetime, large: bool = False) -> None:
        from fpdf import FPDF  # heavy: only who prints pays

        self._language = language
        self._pdf = FPDF(format="A4" if large else (148, 210))
        self._pdf.set_title(title)
        self._pdf.set_lang(language)
        self._pdf.set_creation_date(now)
        self._pdf.set_margin(_MARGIN)
        self._notes = _NOTES if large else 0.0
        self._pdf.set_right_margin(_MARGIN + self._notes)
        self._pdf.c_margin = 0  # text begins where boxes and codes do
        self._pdf.set_auto_page_break(True, _MARGIN)
        self._add_family("sheet", "NotoSans", bold=True)
        self._missing = 0
        self._pdf.add_page()

    def _add_family(self, family: str, file: str, *, bold: bool) -> None:
        self._pdf.add_font(family, "", FOLDER / f"{file}-Regular.ttf")
        if bold:
            self._pdf.add_font(family, "B", FOLDER / f"{file}-Bold.ttf")

    def _need_fonts(self, text: str) -> None:
        for font in FALLBACKS:
            if font.family not in self._pdf.fonts and font.needed.search(text):
                self._add_family(font.family, font.file, bold=font.bold)
        families = [font.family for font in FALLBACKS if font.family in self._pdf.fonts]
        # a name in bold in a script of one weight is better than none
        self._pdf.set_fallback_fonts(families, exact_match=False)

    def _printable(self, text: str) -> tuple[str, int]:
        self._need_fonts(text)
        shown, missing = with_boxes_for_missing_glyphs(text, self._has_glyph)
        if missing:
            self._need_fonts(BOX)
        return shown, missing

    def _fonts(self) -> Iterable[TTFFont]:
        # never one of those that every reader of PDF has: `_add_family` adds files
        return cast("Iterable[TTFFont]", self._pdf.fonts.values())

    def _has_glyph(self, character: str) -> bool:
        return any(ord(character) in font.cmap for font in self._fonts())

    def _starts_right(self, language: str) -> bool:
        # German between Arabic lines begins where they do, as on the page
        return is_right_to_left(language or self._language) or is_right_to_left(self._language)

    def heading(self, text: str, *, language: str = "", size: int = 16) -> None:
        """A bold line with room around it."""
        self.keep(25)
        if self._pdf.get_y() > _MARGIN:
            self.gap(2)
        self.text(text, language=language, size=size, bold=True)
        self.gap(2)

    def text(
        self,
        text: str,
        *,
        language: str = "",
        size: int = 11,
        bold: bool = False,
        quiet: bool = False,
        indent: float = 0,
    ) -> None:
        """A paragraph, wrapped and aligned as its language is read."""
        if not text:
            return
        text, missing = self._printable(text)
        backwards = is_right_to_left(language or self._language)
        right = self._starts_right(language)
        pdf = self._pdf
        pdf.set_text_shaping(True, direction="rtl" if backwards else "ltr")
        pdf.set_font("sheet", "B" if bold else "", size)
        settle_font(pdf)
        pdf.set_text_color(_QUIET if quiet else 0)
        # Line by line: across a line break the library mixes up the directions.
        for line in text.splitlines():
            pdf.set_x(pdf.l_margin + (0 if right else indent))
            pdf.multi_cell(
                pdf.epw - indent,
                size * 0.52,
                line,
                align="R" if right else "L",
                new_x="LMARGIN",
                new_y="NEXT",
            )
        if missing:
            self._tell_of_boxes(missing, indent=indent)

    def _tell_of_boxes(self, missing: int, *, indent: float) -> None:
        # once a sheet; the log learns how many, never which: they are somebody's name
        told, self._missing = self._missing, self._missing + missing
        if not told:
            with override(self._language):
                sentence = _(
                    "Some characters can't be printed here and are shown as boxes. The web "
                    "page shows them as they were entered."
                )
            self.text(sentence, size=9, quiet=True, indent=indent)

    def tick(self, text: str, *, language: str = "") -> None:
        """A bold line with an empty box to tick before it."""
        self.keep(22)
        pdf = self._pdf
        x = pdf.w - pdf.r_margin - _BOX if self._starts_right(language) else pdf.l_margin
        pdf.rect(x, pdf.get_y() + 0.8, _BOX, _BOX)
        if self._notes:
            self._line(pdf.w - pdf.r_margin + 6, pdf.get_y() + 10, pdf.w - _MARGIN)
        self.text(text, language=language, bold=True, indent=_BOX + 3)

    def under_tick(self, text: str, *, language: str = "", quiet: bool = False) -> None:
        """A smaller paragraph that belongs to the line with the box."""
        self.text(text, language=language, size=10, quiet=quiet, indent=_BOX + 3)

    def gap(self, height: float = 3) -> None:
        self._pdf.ln(height)

    def rule(self) -> None:
        """A thin line across."""
        self._line(self._pdf.l_margin, self._pdf.get_y() + 1, self._pdf.w - self._pdf.r_margin)
        self.gap(4)

    def _line(self, x: float, y: float, end: float) -> None:
        self._pdf.set_draw_color(160)
        self._pdf.line(x, y, end, y)
        self._pdf.set_draw_color(0)

    def blank(self, label: str, *, language: str = "") -> None:
        """A line to write on, with its label below."""
        self.keep(18)
        self.gap(9)
        self.rule()
        self._pdf.set_y(self._pdf.get_y() - 3)
        self.text(label, language=language, size=9, quiet=True)

    def qr(self, content: str, *, caption: str, language: str = "", width: float = 32) -> None:
        """A QR code with a line that says where it leads."""
        import segno

        self.keep(width + 12)
        rows = [list(row) for row in segno.make(content, error="m").matrix]
        dot = width / len(rows)
        x, y = self._pdf.l_margin, self._pdf.get_y()
        if is_right_to_left(self._language):
            x = self._pdf.w - self._pdf.r_margin - width
        self._pdf.set_fill_color(0)
        for down, row in enumerate(rows):
            for across, dark in enumerate(row):
                if dark:
                    self._pdf.rect(x + across * dot, y + down * dot, dot, dot, style="F")
        self._pdf.set_y(y + width + 2)
        self.text(caption, language=language, size=9, quiet=True)

    def keep(self, height: float) -> None:
        """Starts a new page when less than this height is left."""
        if self._pdf.will_page_break(height):
            self._pdf.add_page()

    def as_bytes(self) -> bytes:
        """The finished PDF."""
        if self._missing:
            logger.warning("no font has %s characters of a sheet", self._missing)
        # every glyph is chosen by now; following the rules of the font again takes half of the time
        for font in self._fonts():
            for table in _RULES:
                if table in font.ttfont:
                    del font.ttfont[table]
        return bytes(self._pdf.output())

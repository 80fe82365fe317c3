"""The poster for the waiting room and the shop window: one page, one QR code a language."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

import segno
from django.conf import settings
from django.utils.translation import get_language_info, gettext, override

from config.foundation.office import Office, in_language
from config.foundation.sheets import is_right_to_left, settle_font

if TYPE_CHECKING:
    from fpdf import FPDF

_MARGIN, _COLUMNS, _GUTTER, _CODE, _SPACE = 12.0, 2, 6.0, 32.0, 4.0
_FONTS = settings.BASE_DIR / "static" / "fonts"


def print_poster(*, office: Office, languages: list[str], base: str, now: datetime) -> bytes:
    """An A4 page: what the service is, in each language, and the code that leads there."""
    from fpdf import FPDF  # heavy: only who prints pays

    pdf = FPDF(format="A4")
    pdf.set_title(f"{in_language(office.name, 'de')}: Notfalltermin")
    pdf.set_lang("de")
    pdf.set_creation_date(now)
    pdf.set_margin(_MARGIN)
    pdf.c_margin = 0  # text begins where the codes do
    pdf.set_auto_page_break(False)
    for family, file in (("sheet", "NotoSans"), ("arabic", "NotoSansArabic")):
        pdf.add_font(family, "", _FONTS / f"{file}-Regular.ttf")
        pdf.add_font(family, "B", _FONTS / f"{file}-Bold.ttf")
    pdf.set_fallback_fonts(["arabic"])
    pdf.add_page()
    pdf.set_font("sheet", "B", 26)
    with override("de"):
        pdf.multi_cell(pdf.epw, 12, gettext("Emergency appointment"), new_x="LMARGIN", new_y="NEXT")
    pdf.set_font("sheet", "", 12)
    for line in (in_language(office.name, "de"), base.partition("://")[2]):
        pdf.multi_cell(pdf.epw, 6, line, new_x="LMARGIN", new_y="NEXT")
    top = pdf.get_y() + 4
    rows = -(-len(languages) // _COLUMNS)
    height = (pdf.h - _MARGIN - top) / rows
    width = (pdf.epw - _GUTTER * (_COLUMNS - 1)) / _COLUMNS
    for number, language in enumerate(languages):
        down, across = divmod(number, _COLUMNS)
        _card(
            pdf,
            language,
            f"{base}/{language}/",
            _MARGIN + across * (width + _GUTTER),
            top + down * height,
            width,
        )
    return bytes(pdf.output())


def _card(pdf: FPDF, language: str, address: str, x: float, y: float, width: float) -> None:
    backwards = is_right_to_left(language)
    _code(pdf, address, x + width - _CODE if backwards else x, y)
    with override(language):
        lines = [
            (get_language_info(language)["name_local"], "B", 13.0),
            (gettext("Emergency appointment at the immigration office"), "B", 11.0),
            (
                gettext(
                    "For people with a sudden problem with their residence papers. Booking is "
                    "free of charge; a fee may be due at the office."
                ),
                "",
                9.5,
            ),
        ]
    pdf.set_text_shaping(True, direction="rtl" if backwards else "ltr")
    pdf.set_y(y)
    for text, weight, size in lines:
        pdf.set_font("sheet", weight, size)
        settle_font(pdf)
        pdf.set_x(x if backwards else x + _CODE + _SPACE)
        pdf.multi_cell(
            width - _CODE - _SPACE,
            size * 0.5,
            text,
            align="R" if backwards else "L",
            new_x="LMARGIN",
            new_y="NEXT",
        )


def _code(pdf: FPDF, address: str, x: float, y: float) -> None:
    rows = [list(row) for row in segno.make(address, error="m").matrix]
    dot = _CODE / len(rows)
    pdf.set_fill_color(0)
    for down, row in enumerate(rows):
        for across, dark in enumerate(row):
            if dark:
                pdf.rect(x + across * dot, y + down * dot, dot, dot, style="F")

"""The PDF helper that every app prints with."""

import re
from datetime import UTC, datetime

import pytest

from config.foundation.sheets import Sheet, is_right_to_left, qr_svg

NOW = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)


def glyphs(pdf: bytes) -> set[str]:
    """Every character that the PDF can be copied as, from its ToUnicode maps."""
    codes = re.findall(rb"<[0-9A-F]{4}> <([0-9A-F]{4,})>\n", pdf)
    return {bytes.fromhex(code.decode()).decode("utf-16-be", "replace") for code in codes}


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("de", "Größe ß, 93,00 €"),
        ("uk", "Терміновий прийом"),
        ("vi", "Nguyễn Thị Ánh"),
        ("ar", "أحضر بطاقتك (eAT)"),
        ("fa", "کارت اقامت گچپژ ۹۳"),
        ("tr", "İçişleri ığş"),
    ],
)
def test_prints_text_of_every_script(language, text):
    sheet = Sheet(title="t", language=language, now=NOW)
    sheet.heading(text)
    sheet.tick(text)
    sheet.under_tick(text, quiet=True)
    pdf = sheet.as_bytes()
    assert pdf.startswith(b"%PDF-")
    written = "".join(glyphs(pdf))
    assert {c for c in text if not c.isspace()} <= set(written)


def test_is_the_same_at_the_same_moment():
    def make():
        sheet = Sheet(title="t", language="ar", now=NOW)
        sheet.text("مرحبا")
        sheet.qr("https://example.de/x", caption="x", language="en")
        sheet.blank("Unterschrift", language="de")
        return sheet.as_bytes()

    assert make() == make()


def test_starts_a_new_page_rather_than_split_an_item():
    sheet = Sheet(title="t", language="de", now=NOW)
    for number in range(60):
        sheet.tick(f"Unterlage {number}")
        sheet.under_tick("Erklärung")
    assert len(re.findall(rb"/Type /Page\b", sheet.as_bytes())) >= 4


def test_keeps_the_direction_of_each_line():
    lines = ["• کارت eAT معتبر", "• Aufenthaltsgestattung معتبر"]
    together, apart = (Sheet(title="t", language="fa", now=NOW) for _ in range(2))
    together.text("\n".join(lines))
    for line in lines:
        apart.text(line)
    assert together.as_bytes() == apart.as_bytes()


@pytest.mark.parametrize(
    ("language", "backwards"), [("ar", True), ("fa", True), ("de-simple", False), ("vi", False)]
)
def test_knows_the_direction(language, backwards):
    assert is_right_to_left(language) is backwards


def test_draws_a_qr_code_without_style_or_markup_from_its_title():
    svg = qr_svg("https://example.de/a", title="<script>")
    assert svg.startswith("<svg")
    assert "style=" not in svg
    assert "<script>" not in svg

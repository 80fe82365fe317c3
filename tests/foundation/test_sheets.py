"""The PDF helper that every app prints with."""

import logging
import re
import unicodedata
import zlib
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime

import pytest

from config.foundation.fonts import BOX, in_line, with_boxes_for_missing_glyphs
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
def test_prints_text_of_every_script(language: str, text: str) -> None:
    sheet = Sheet(title="t", language=language, now=NOW)
    sheet.heading(text)
    sheet.tick(text)
    sheet.under_tick(text, quiet=True)
    pdf = sheet.as_bytes()
    assert pdf.startswith(b"%PDF-")
    written = "".join(glyphs(pdf))
    assert {c for c in text if not c.isspace()} <= set(written)


def test_is_the_same_at_the_same_moment() -> None:
    def make() -> bytes:
        sheet = Sheet(title="t", language="ar", now=NOW)
        sheet.text("مرحبا")
        sheet.qr("https://example.de/x", caption="x", language="en")
        sheet.blank("Unterschrift", language="de")
        return sheet.as_bytes()

    assert make() == make()


def test_starts_a_new_page_rather_than_split_an_item() -> None:
    sheet = Sheet(title="t", language="de", now=NOW)
    for number in range(60):
        sheet.tick(f"Unterlage {number}")
        sheet.under_tick("Erklärung")
    assert len(re.findall(rb"/Type /Page\b", sheet.as_bytes())) >= 4


def test_keeps_the_direction_of_each_line() -> None:
    lines = ["• کارت eAT معتبر", "• Aufenthaltsgestattung معتبر"]
    together, apart = (Sheet(title="t", language="fa", now=NOW) for _ in range(2))
    together.text("\n".join(lines))
    for line in lines:
        apart.text(line)
    assert together.as_bytes() == apart.as_bytes()


def test_sets_the_font_for_more_than_the_first_line() -> None:
    sheet = Sheet(title="t", language="ar", now=NOW)
    sheet.heading("موعد طارئ")
    sheet.text("الحجز مجاني. " * 12)
    page = b"".join(streams(sheet.as_bytes()))
    outside_of_a_line = re.sub(rb"\bq BT .*? ET Q\b", b"", page, flags=re.DOTALL)
    assert b"/F1 11.00 Tf" in outside_of_a_line


@pytest.mark.parametrize(
    ("language", "backwards"), [("ar", True), ("fa", True), ("de-simple", False), ("vi", False)]
)
def test_knows_the_direction(language: str, backwards: bool) -> None:
    assert is_right_to_left(language) is backwards


def test_draws_a_qr_code_without_style_or_markup_from_its_title() -> None:
    svg = qr_svg("https://example.de/a", title="<script>")
    assert svg.startswith("<svg")
    assert "style=" not in svg
    assert "<script>" not in svg


# --- names in every script ------------------------------------------------------------------------


def streams(pdf: bytes) -> Iterator[bytes]:
    """What is packed in a PDF."""
    for stream in re.findall(rb"stream\n(.*?)\nendstream", pdf, re.DOTALL):
        with suppress(zlib.error):
            yield zlib.decompress(stream)


def drawn(pdf: bytes) -> list[str]:
    """Each line as it is seen, from left to right: the characters in the order they are drawn."""
    maps = {}
    for name, font in re.findall(rb"/(F\d+) (\d+) 0 R", pdf):
        number = re.search(rb"(?<!\d)%s 0 obj.*?/ToUnicode (\d+) 0 R" % font, pdf, re.DOTALL)
        assert number
        table = re.search(rb"(?<!\d)%s 0 obj.*?endobj" % number[1], pdf, re.DOTALL)
        assert table
        pairs = re.findall(rb"<([0-9A-F]{4})> <([0-9A-F]{4,})>\n", table[0])
        maps[name] = {
            int(code, 16): bytes.fromhex(text.decode()).decode("utf-16-be") for code, text in pairs
        }
    lines: dict[str, str] = {}
    for content in streams(pdf):
        font, line = b"", ""
        token = rb"/(F\d+) [\d.]+ Tf|[\d.]+ ([\d.]+) Td|\(((?:\\.|[^\\)])*)\) Tj"
        for name, at, codes in re.findall(token, content, re.DOTALL):
            font, line = name or font, at.decode() or line
            plain = re.sub(
                rb"\\(.)", lambda found: {b"r": b"\r", b"n": b"\n"}.get(found[1], found[1]), codes
            )
            for index in range(0, len(plain), 2):
                code = int.from_bytes(plain[index : index + 2], "big")
                lines[line] = lines.get(line, "") + maps[font].get(code, "")
    return ["".join(c for c in line if unicodedata.category(c) != "Cf") for line in lines.values()]


def printed(text: str, *, language: str = "de") -> bytes:
    sheet = Sheet(title="t", language=language, now=NOW)
    sheet.text(text)
    return sheet.as_bytes()


@pytest.mark.parametrize(
    ("name", "seen"),
    [
        ("زهرا أحمدي", "يدمحأ ارهز"),
        ("فاطمه می‌رزا", "ازریم همطاف"),
        ("דוד כהן", "ןהכ דוד"),
        ("زهرا Müller", "ارهز Müller"),
        ("Müller زهرا أحمدي", "Müller يدمحأ ارهز"),
        ("Nguyễn Thị Ánh", "Nguyễn Thị Ánh"),
    ],
)
@pytest.mark.parametrize("language", ["de", "en", "fr"])
def test_keeps_comma_and_date_of_birth_behind_a_name_of_any_script(
    language: str, name: str, seen: str
) -> None:
    line = drawn(printed(f"{in_line(name)}, {in_line('12.05.1985')}", language=language))[0]
    assert line.replace("\u200c", "") == f"{seen}, 12.05.1985"


@pytest.mark.parametrize("name", ["Nguyễn Thị Ánh", "O’Connor-Müller"])
def test_keeps_comma_and_date_of_birth_left_of_a_name_on_an_arabic_sheet(name: str) -> None:
    line = drawn(printed(f"{in_line(name)}, {in_line('12.05.1985')}", language="ar"))[0]
    assert line == f"12.05.1985 ,{name}"


NAMES = {
    "Ethiopic": "ሰላም ተስፋዬ",
    "Devanagari": "अनिता राम",
    "Bengali": "রহিম",
    "Georgian": "გიორგი ბერიძე",
    "Armenian": "Արամ Խաչատրյան",
    "Hebrew": "דוד כהן",
    "Thai": "สมชาย ใจดี",
    "Tamil": "முருகன்",
}


@pytest.mark.parametrize("name", NAMES.values(), ids=NAMES)
@pytest.mark.parametrize("bold", [False, True])
def test_prints_a_name_of_every_script_we_have_a_font_for(name: str, bold: bool) -> None:
    sheet = Sheet(title="t", language="de", now=NOW)
    sheet.text(name, bold=bold)
    written = "".join(glyphs(sheet.as_bytes()))
    assert {c for c in name if not c.isspace()} <= set(written)
    assert BOX not in written


@pytest.mark.parametrize("name", ["王小明", "김민수", "さくら", "ᠪᠣᠯᠳ"])
def test_shows_a_box_for_each_character_without_a_font_and_says_so(
    name: str, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.DEBUG):
        lines = drawn(printed(f"{in_line(name)}, 12.05.1985"))
    assert lines[0] == f"{BOX * len(name)}, 12.05.1985"
    assert " ".join(lines[1:]) == (
        "Einige Zeichen können hier nicht gedruckt werden und sind als Kästchen dargestellt. "
        "Auf der Internetseite stehen sie so, wie sie eingegeben wurden."
    )
    assert f"no font has {len(name)} characters of a sheet" in caplog.text
    for character in name:
        assert character not in caplog.text
        assert f"{ord(character):x}" not in caplog.text


def test_says_once_a_sheet_that_characters_are_missing_and_counts_them_all(
    caplog: pytest.LogCaptureFixture,
) -> None:
    sheet = Sheet(title="t", language="en", now=NOW)
    for _line in range(3):
        sheet.tick("09:00 王")
    lines = drawn(sheet.as_bytes())
    assert sum("shown as boxes" in line for line in lines) == 1
    assert "no font has 3 characters" in caplog.text


def test_says_nothing_where_nothing_is_missing(caplog: pytest.LogCaptureFixture) -> None:
    lines = drawn(printed("Zoë Ångström, č ğ ø ß"))
    assert lines == ["Zoë Ångström, č ğ ø ß"]
    assert not [record for record in caplog.records if record.name.startswith("config")]


def test_mark_on_a_character_without_a_font_is_no_box_of_its_own() -> None:
    has = "abc ".__contains__
    assert with_boxes_for_missing_glyphs("a ស្រី b", has) == (f"a {BOX * 2} b", 2)
    assert with_boxes_for_missing_glyphs("a\u2068b\u2069", has) == ("a\u2068b\u2069", 0)


def test_reads_only_the_fonts_that_a_text_needs() -> None:
    def files(text: str) -> set[bytes]:
        return set(re.findall(rb"/FontName /[A-Z]+\+(\w+)", printed(text)))

    latin = files("Müller")
    assert latin <= {b"NotoSans", b"NotoSansBold"}
    assert files("ሰላም") - latin == {b"NotoSansEthiopic"}

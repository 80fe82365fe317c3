"""What people paste is read the same everywhere: codes, references, phones, contacts."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.core.exceptions import ValidationError

from config.foundation.dates import parse_day
from config.foundation.person_forms import CodeForm, LookupForm
from config.foundation.persons import normalise_email
from config.foundation.phones import PhoneField
from config.foundation.typed_text import digits_of, fold_typed
from pickup_box.codes import normalise
from pickup_box.contacts import normalise_contact

# what comes with a copied text: marks of direction, of width nothing, of where a line may break
INVISIBLE = "\u200f\u200e\u202a\u202e\u2066\u2069\u200b\ufeff\u00ad\u061c\u2060"
DIGITS = {
    "full-width": "１２３４５６",
    "Arabic": "١٢٣٤٥٦",
    "Persian": "۱۲۳۴۵۶",
    "Devanagari": "१२३४५६",
    "Bengali": "১২৩৪৫৬",
    "invisible marks": f"{INVISIBLE}123{INVISIBLE}456",
    "no-break space": "123\u00a0456",
    "narrow space": "123\u202f456",
    "en dash": "123–456",
    "minus": "123−456",
    "dots": "12.34.56",
    "line end": "123456\r\n",
}


def _code(text: str) -> str:
    form = CodeForm({"code": text})
    assert form.is_valid(), form.errors
    found: str = form.cleaned_data["code"]
    return found


@pytest.mark.parametrize("text", DIGITS.values(), ids=DIGITS)
@pytest.mark.parametrize("read", [_code, normalise, digits_of])
def test_code_is_read_however_it_was_pasted(read: Callable[[str], str], text: str) -> None:
    assert read(text) == "123456"


@pytest.mark.parametrize("text", ["12345", "1234567", "12345a", "½23456", "١٢٣٤٥"])
def test_code_of_other_signs_is_refused(text: str) -> None:
    assert not CodeForm({"code": text}).is_valid()
    assert normalise(text) == ""


@pytest.mark.parametrize(
    "text",
    ["7k3f 92qx", "７Ｋ３Ｆ９２ＱＸ", "\u20667K3F\u201392QX\u2069", "7K3F\u00ad92QX", "٧K٣F-٩٢QX"],
)
def test_reference_is_read_however_it_was_pasted(text: str) -> None:
    form = LookupForm({"reference": text, "birth_date": "1985"})
    assert form.is_valid(), form.errors
    assert form.cleaned_data["reference"] == "7K3F-92QX"


@pytest.mark.parametrize(
    "text",
    [
        "0391\u00a0123456",
        "\u202a+49 391 123456\u202c",
        "＋４９３９１１２３４５６",
        "۰۳۹۱ ۱۲۳۴۵۶",
        "0391 12–34−56",
    ],
)
@pytest.mark.parametrize("read", [PhoneField().clean, normalise_contact])
def test_phone_is_read_however_it_was_pasted(read: Callable[[str], str], text: str) -> None:
    assert read(text) == "+49391123456"


@pytest.mark.parametrize(
    "text", ["\u200bali@example.org", "ali@example.org\ufeff\u00a0", "\u2068ali@example.org\u2069"]
)
@pytest.mark.parametrize("read", [normalise_email, normalise_contact])
def test_address_loses_what_nobody_sees(read: Callable[[str], str], text: str) -> None:
    assert read(text) == "ali@example.org"


def test_what_no_one_may_type_stays_refused() -> None:
    with pytest.raises(ValidationError):
        parse_day("31.12.2026\x00")
    assert fold_typed("a\x00b") == "a\x00b"

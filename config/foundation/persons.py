"""Names, addresses and what makes two entries the same person."""

from __future__ import annotations

import hashlib
import hmac
import re
import unicodedata
from email.utils import parseaddr
from functools import cache
from typing import Unpack

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _
from email_validator import EmailNotValidError, validate_email
from publicsuffixlist import PublicSuffixList

from config.foundation.field_options import FieldOptions
from config.foundation.typed_text import fold_typed

NAME_LENGTH = 80
EMAIL_LENGTH = 254
_REFUSED_CATEGORIES = {"Cc", "Cs", "Co", "Cn", "Zl", "Zp", "Cf"}
_BROKEN = "\ufffd"  # stands where a browser sent bytes that are no text
_JOINERS = {"\u200c", "\u200d"}  # Persian and Indic names need them between letters
_MOST_MARKS_IN_A_ROW = 4
# Marks that people leave out or put in at will: accents, Arabic vowels, Hebrew points. Marks of
# other scripts are vowels, and without them different names would become the same.
_OPTIONAL_MARKS = re.compile("[\u0300-\u036f\u064b-\u065f\u0670\u0640\u0591-\u05c7]")
# What registers and papers write differently for one letter: strokes, Arabic and Persian yeh and
# kaf, and what German offices make of an umlaut.
_SAME_LETTER = str.maketrans(
    {"ı": "i", "đ": "d", "ø": "o", "ł": "l", "æ": "a", "œ": "o", "ى": "ي", "ی": "ي", "ک": "ك"}
)
_TRANSCRIBED = re.compile(r"([aou])e")
_AROUND = (
    "[\\s\u00ad\u061c\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]+"  # what a copy brings along
)
_EDGES = re.compile(f"^{_AROUND}|{_AROUND}$")
_DOTS_MEAN_NOTHING = {"gmail.com", "googlemail.com"}


def normalise_name(text: str) -> str:
    """`text` in one canonical form: NFC, trimmed, single spaces, at most 80 characters.

    Raises ValidationError for control, format, private or unassigned characters, for more than
    four combining marks in a row and for a text without a letter. Empty text stays empty.
    """
    text = unicodedata.normalize("NFC", text).strip().strip("\ufeff").strip()
    if any(ch in "\r\n\t\v\f\x1c\x1d\x1e\x1f\x85\u2028\u2029" for ch in text):
        raise ValidationError(_("Please write the name on one line."), code="line")
    text = " ".join(text.split())
    if not text:
        return ""
    if len(text) > NAME_LENGTH:
        raise ValidationError(
            _("This name is too long: at most %(most)s characters fit. Please shorten it."),
            code="long",
            params={"most": NAME_LENGTH},
        )
    marks = 0
    for at, ch in enumerate(text):
        category = unicodedata.category(ch)
        marks = marks + 1 if category.startswith("M") else 0
        between = ch in _JOINERS and 0 < at < len(text) - 1
        refused = ch == _BROKEN or (category in _REFUSED_CATEGORIES and not between)
        if refused or marks > _MOST_MARKS_IN_A_ROW:
            raise ValidationError(
                _("This name contains a character that we can't use. Please enter it again."),
                code="character",
            )
    if not any(unicodedata.category(ch).startswith("L") for ch in text):
        raise ValidationError(_("Please enter the name as in your document."), code="letter")
    return text


def normalise_email(text: str) -> str:
    """`text` as an address with a lower-case ASCII domain; raises ValidationError otherwise."""
    text = _EDGES.sub("", text)
    try:
        found = validate_email(
            text,
            check_deliverability=False,
            allow_smtputf8=False,
            strict=True,  # the local part's length as well
            test_environment=settings.DEBUG,
        )
    except EmailNotValidError as error:
        raise ValidationError(
            _("Please enter an e-mail address like name@example.org."), code="email"
        ) from error
    address = f"{found.local_part}@{found.ascii_domain}"
    if len(address) > EMAIL_LENGTH:
        raise ValidationError(
            _("This e-mail address is too long. Please enter another one."), code="long"
        )
    if canonical_email(address) == canonical_email(own_address()):
        raise ValidationError(_("This is our own address. Please enter yours."), code="own")
    return address


def own_address() -> str:
    """The address our letters come from, without the name that may stand before it."""
    return parseaddr(settings.DEFAULT_FROM_EMAIL)[1]


def canonical_email(address: str) -> str:
    """The mailbox behind a normalised address: lower case, without +tag and, at Gmail, dots."""
    local, _at, domain = fold_typed(address).casefold().rpartition("@")
    local = local.partition("+")[0] or local
    if domain in _DOTS_MEAN_NOTHING:
        local = local.replace(".", "")
        domain = "gmail.com"
    return f"{local}@{domain}"


def mail_domain(address: str) -> str:
    """The part of an address that somebody registered: "example.org" of "x@mail.example.org"."""
    domain = address.rpartition("@")[2].casefold()
    return _suffixes().privatesuffix(domain) or domain


@cache
def _suffixes() -> PublicSuffixList:
    # read only when somebody enters an address: the list takes a moment and some memory
    return PublicSuffixList()


def name_key(*names: str) -> str:
    """One spelling for all spellings of a name: no case, accents, punctuation or order of parts.

    Two people whose names become one are namesakes, as people of one name are.
    """
    text = unicodedata.normalize("NFKC", fold_typed(" ".join(names)).casefold())
    text = _OPTIONAL_MARKS.sub("", unicodedata.normalize("NFD", text)).translate(_SAME_LETTER)
    text = _TRANSCRIBED.sub(r"\1", unicodedata.normalize("NFC", text))
    letters = "".join(ch if unicodedata.category(ch)[0] in "LMN" else " " for ch in text)
    return " ".join(sorted(letters.split()))


def name_at_desk(family_name: str, given_names: str, *, language: str = "") -> str:
    """A name in the one form of the desk: the family name first and in capitals, as in passports.

    `language` is the person's: Turkish has a capital of its own for its i.
    """
    family = family_name.replace("ß", "ẞ")
    if language == "tr":
        family = family.replace("i", "İ")
    return f"{family.upper()} {given_names}".strip()


def digest(purpose: str, *parts: str) -> str:
    """64 hex characters that stand for `parts` and tell nobody what they were."""
    text = "\x1f".join((purpose, *parts))
    return hmac.new(settings.PERSON_KEY_SECRET.encode(), text.encode(), hashlib.sha256).hexdigest()


def person_key(*, family_name: str, given_names: str, birth_date: str) -> str:
    """The key under which a person has at most one live appointment.

    `birth_date` is in stored form: "1985-05-12", "1985-05" or "1985".
    """
    return digest("person", name_key(family_name, given_names), birth_date)


class NameField(forms.CharField):
    """A part of a person's name, normalised."""

    def __init__(self, **kwargs: Unpack[FieldOptions]) -> None:
        # the limit in code points is checked after normalising; this one only stops floods
        super().__init__(max_length=4 * NAME_LENGTH, strip=False, **kwargs)

    def clean(self, value: object) -> str:
        """The normalised name; raises ValidationError with a sentence for the person."""
        return normalise_name(super().clean(value) if value else self._empty(value))

    def _empty(self, value: object) -> str:
        super().clean(value)
        return ""

    def validate(self, value: object) -> None:
        """Refuses white space where a name is needed."""
        super().validate(str(value or "").strip("\ufeff \t\r\n\u00a0"))


class AddressField(forms.CharField):
    """An e-mail address, normalised."""

    widget = forms.EmailInput

    def __init__(self, **kwargs: Unpack[FieldOptions]) -> None:
        super().__init__(max_length=1000, **kwargs)

    def clean(self, value: object) -> str:
        """The normalised address; raises ValidationError with a sentence for the person."""
        text: str = super().clean(value)
        return normalise_email(text) if text else ""

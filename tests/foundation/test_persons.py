"""Names, addresses and what makes two entries the same person; the corpus has the long lists."""

from __future__ import annotations

import pytest
from django.core.exceptions import ValidationError
from pytest_django import Settings

from config.foundation.persons import (
    NAME_LENGTH,
    AddressField,
    NameField,
    canonical_email,
    digest,
    mail_domain,
    name_at_desk,
    name_key,
    normalise_email,
    normalise_name,
    person_key,
)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("a" * (NAME_LENGTH + 1), "long"),
        ("Ali\nReza", "line"),
        ("Ali\u2028Reza", "line"),
        ("Ali\u202eReza", "character"),
        ("Ali\ufffdReza", "character"),
        ("\u200cAli", "character"),  # a joiner joins only between letters
        ("a" + "\u0331" * 5, "character"),
        ("12", "letter"),
    ],
)
def test_normalise_name_says_what_is_wrong(text: str, code: str) -> None:
    with pytest.raises(ValidationError) as refused:
        normalise_name(text)
    assert refused.value.code == code
    assert text not in refused.value.message


def test_normalise_name_takes_what_just_fits() -> None:
    assert normalise_name("a" * NAME_LENGTH) == "a" * NAME_LENGTH
    four_marks = "a" + "\u0331" * 4
    assert normalise_name(four_marks) == four_marks
    assert normalise_name(" \ufeff Ali\u00a0  Reza ") == "Ali Reza"


@pytest.mark.parametrize(
    ("family_name", "given_names", "language", "shown"),
    [
        ("Öztürk", "Çağla", "tr", "ÖZTÜRK Çağla"),
        ("Demirci", "İbrahim", "tr", "DEMİRCİ İbrahim"),
        ("Demirci", "Ibrahim", "de", "DEMIRCI Ibrahim"),
        ("Strauß", "Anna", "de", "STRAUẞ Anna"),
        ("Suharto", "", "en", "SUHARTO"),
        ("Шевченко", "Олена", "uk", "ШЕВЧЕНКО Олена"),
        ("الأحمد", "محمد", "ar", "الأحمد محمد"),
        ("", "", "de", ""),
    ],
)
def test_name_at_desk_shows_which_part_is_the_family_name(
    family_name: str, given_names: str, language: str, shown: str
) -> None:
    assert name_at_desk(family_name, given_names, language=language) == shown


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (("Müller", "Jürgen"), ("MULLER", "Jurgen")),
        (("Nguyễn", "Thị Ánh"), ("Nguyen", "Thi Anh")),
        (("Yıldız", "İpek"), ("YILDIZ", "Ipek")),
        (("الأَحْمَد", "مُحَمَّد"), ("الأحمد", "محمد")),
        (("O’Connor", "Seán"), ("O'Connor", "Sean")),
        (("Müller-Lüdenscheidt", "Anna"), ("Müller Lüdenscheidt", "Anna")),
        (("Diallo", "Aïssatou"), ("Aïssatou", "Diallo")),  # family and given names swapped
        (("Ｌｉ", "Ｗｅｉ"), ("Li", "Wei")),
        (("Straße", ""), ("STRASSE", "")),
        (("Müller", "Jürgen"), ("Mueller", "Juergen")),
        (("Đặng", "Ngọc"), ("Dang", "Ngoc")),
        (("Đorđević", "Ana"), ("Dordevic", "Ana")),
        (("رضایی", "کبری"), ("رضايي", "كبرى")),  # Persian and Arabic yeh and kaf
        (("علی\u200cرضا", ""), ("علیرضا", "")),
        (("Sørensen", "Åse"), ("Soerensen", "Ase")),
        (("Łukasz", ""), ("Lukasz", "")),
    ],
)
def test_name_key_is_one_for_spellings_of_one_name(
    one: tuple[str, str], other: tuple[str, str]
) -> None:
    assert name_key(*one) == name_key(*other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Ali Reza", "Alireza"),
        ("சாந்தி", "சந்தி"),  # these marks are vowels
        ("李小龍", "李小龙"),
        ("Иван", "Ivan"),
    ],
)
def test_name_key_keeps_different_names_apart(one: str, other: str) -> None:
    assert name_key(one) != name_key(other)


def test_person_key_needs_name_and_birth_date() -> None:
    person = {"family_name": "Diallo", "given_names": "Aïssatou", "birth_date": "1985-05-12"}
    key = person_key(**person)
    assert key == person_key(**person | {"family_name": "DIALLO"})
    assert key != person_key(**person | {"birth_date": "1985-05"})
    assert key != person_key(**person | {"given_names": ""})
    assert "diallo" not in key.casefold()


def test_digest_depends_on_key_purpose_and_the_bounds_of_its_parts(settings: Settings) -> None:
    found = digest("code", "ab", "c")
    assert found == digest("code", "ab", "c")
    assert len({found, digest("code", "a", "bc"), digest("address", "ab", "c")}) == 3
    settings.PERSON_KEY_SECRET = "another"
    assert digest("code", "ab", "c") != found


@pytest.mark.parametrize(
    ("address", "mailbox"),
    [
        ("Ali.Reza@example.org", "ali.reza@example.org"),  # dots count outside Gmail
        ("ali+1@example.org", "ali@example.org"),
        ("+1@example.org", "+1@example.org"),  # nothing would be left
        ("a.li+x@googlemail.com", "ali@gmail.com"),
        ("ｗｅｉ@example.org", "wei@example.org"),
        ("we\u00adi@example.org", "wei@example.org"),
    ],
)
def test_canonical_email_is_the_mailbox(address: str, mailbox: str) -> None:  # T-A2
    assert canonical_email(address) == mailbox


@pytest.mark.parametrize(
    ("address", "domain"),
    [
        ("x@mail.example.org", "example.org"),
        ("x@a.b.example.co.uk", "example.co.uk"),
        ("x@EXAMPLE.org", "example.org"),
        ("x@org", "org"),
    ],
)
def test_mail_domain_is_what_somebody_registered(address: str, domain: str) -> None:
    assert mail_domain(address) == domain


@pytest.mark.parametrize("ours", ["termin@example.de", "Behörde <termin@example.de>"])
@pytest.mark.parametrize("typed", ["Termin@Example.de", "termin+1@example.de"])
def test_normalise_email_refuses_our_own_address(
    settings: Settings, ours: str, typed: str
) -> None:  # corpus 58
    settings.DEFAULT_FROM_EMAIL = ours
    with pytest.raises(ValidationError) as refused:
        normalise_email(typed)
    assert refused.value.code == "own"


def test_fields_that_are_not_required_keep_nothing_as_nothing() -> None:
    assert NameField(required=False).clean("") == ""
    assert AddressField(required=False).clean("") == ""

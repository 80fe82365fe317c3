"""Invented people for demonstrations, booked through the same actions that real ones use."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from itertools import cycle
from typing import Any

from django.conf import settings

from booking import actions
from booking.models import Applicant, Appointment
from booking.models.applicants import mint_code
from config.foundation.staff import Staff
from eligibility.rules import Answers
from eligibility.situation import assess

Person = tuple[str, str, str, str]
# family name, given names, date of birth, language
PEOPLE: list[Person] = [
    ("الأحمد", "محمد", "1985-05-12", "ar"),
    ("Nguyễn", "Thị Ánh", "1992-02-29", "en"),
    ("O’Connor-Müller", "Siobhán", "1979-11-03", "de"),
    ("李", "小龍", "1990-07-20", "en"),
    ("Шевченко", "Олена", "1988-03-08", "uk"),
    ("رضایی", "زهرا", "1995-09-21", "fa"),
    ("Diallo", "Aïssatou", "2001-01-01", "fr"),
    ("Suharto", "", "1968", "en"),
    ("Öztürk", "İbrahim", "1983-12-31", "tr"),
    ("Popescu", "Ștefan", "1999-06-15", "ro"),
    ("Иванова", "Мария", "1975-10-25", "ru"),
    ("ሐጎስ", "ሰላም", "1994-04", "en"),
    ("García Márquez", "José Luis", "1987-08-30", "es"),
    ("Trần", "Văn Đức", "1991-01-17", "en"),
    ("Haddad", "Layla", "2003-05-05", "ar"),
    ("Kowalska", "Żaneta", "1982-02-14", "pl"),
    ("Singh", "Gurpreet", "1996-12-01", "en"),
    ("Mbeki", "Thandiwe", "1989-09-09", "en"),
    ("Novák", "Jiří", "1970-03-28", "de"),
    ("Hossain", "Mohammad Rafiqul Islam", "1998-11-11", "en"),
    ("Yılmaz", "Ayşe Gül", "2000-10-10", "tr"),
    ("Afolabi", "Oluwaseun", "1993-07-07", "en"),
    ("Barzani", "Hêvî", "1986-06-06", "de"),
    ("Katz", "Noa", "2007-01-31", "en"),
    ("Silva", "João", "1977-04-25", "en"),
    ("Kim", "Min-jun", "1997-08-08", "en"),
]
BY_PHONE = 5  # every so many people call instead
NO_NUMBER = 3  # every so many people leave none
PHONES = "+4939155501"


def situations(day: date, today: date) -> Iterator[dict[str, Any]]:
    """One eligible case after the other, as the check keeps them."""
    cases = [
        ("expired", Answers(title_valid_until=today - timedelta(days=3))),
        ("expiring", Answers(title_valid_until=day, has_appointment=False)),
        ("job_loss", Answers(has_proof=True)),
        ("lost_document", Answers(lost_what="residence_card")),
    ]
    for category, answers in cycle(cases):
        yield assess(category, answers, today=today).snapshot


def entries(number: int, person: Person, case: dict[str, Any]) -> dict[str, Any]:
    """What a person types; each has a mailbox at a domain of their own."""
    family_name, given_names, birth_date, language = person
    return {
        "family_name": family_name,
        "given_names": given_names,
        "birth_date": birth_date,
        "email": f"someone@demo-{number}.example",
        "phone": f"{PHONES}{number % 100:02}" if number % NO_NUMBER else "",
        "access_need": "step_free" if number == 7 else "",
        "language": language if language in dict(settings.LANGUAGES) else "en",
        "situation": case,
    }


def verified(entered: dict[str, Any], *, now: datetime) -> Applicant:
    """An applicant who typed the code from the letter."""
    applicant = actions.save_draft(applicant=None, verified=None, now=now, **entered)
    return actions.verify_code(applicant=applicant, code=mint_code(applicant, now=now), now=now)


def book(
    slot_id: int, entered: dict[str, Any], *, phone: bool, now: datetime, by: Staff
) -> Appointment:
    """One appointment, online or on the phone."""
    if phone:
        return actions.book_by_phone(slot_id=slot_id, now=now, by=by, **entered)
    held = actions.hold(applicant=verified(entered, now=now), slot_id=slot_id, now=now)
    return actions.book(appointment=held, now=now)

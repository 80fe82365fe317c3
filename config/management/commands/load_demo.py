"""Fills a Tuesday with invented people, through the same actions that real ones use."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from itertools import cycle
from typing import Any

from django.conf import settings
from django.core.management import BaseCommand, CommandError
from django.db.models import QuerySet
from django.utils import timezone

from booking import actions
from booking.models import Applicant, Appointment, Slot
from booking.models.applicants import mint_code
from booking.windows import local_day
from config.foundation.actions import Refused
from config.foundation.office import Office, current_office
from config.foundation.staff import Staff
from eligibility.rules import Answers
from eligibility.situation import assess

TUESDAY = 1
# family name, given names, date of birth, language
PEOPLE = [
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
WAITING = 3  # of them find no time and join the waiting list
BY_PHONE = 5  # every so many people call instead


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


class Command(BaseCommand):
    help = __doc__

    def handle(self, **options: object) -> None:
        """Books, cancels and joins; a second run finds the day full and does nothing."""
        if not settings.LOOPBACK or settings.EMAIL_BACKEND.endswith("smtp.EmailBackend"):
            raise CommandError("invented people belong on loopback, with letters that become files")
        now = timezone.now()
        office = current_office()
        by = Staff.objects.filter(is_active=True).order_by("pk").first()
        if by is None:
            raise CommandError("there is no staff yet; manage.py run makes the first caseworker")
        actions.open_slots(now=now)
        day = self.day(now=now, office=office)
        booked = waiting = 0
        slots = list(self.free_on(day, now=now, office=office).values_list("pk", flat=True))
        cases = situations(day, local_day(now, zone=office.zone))
        for number, (person, case) in enumerate(zip(PEOPLE, cases, strict=False)):
            entries = self.entries(number, person, case)
            try:
                if slots:
                    self.book(slots[0], entries, phone=number % BY_PHONE == 4, now=now, by=by)
                    slots.pop(0)
                    booked += 1
                elif waiting < WAITING and booked:
                    actions.join(applicant=self.verified(entries, now=now), now=now)
                    waiting += 1
            except Refused:
                continue  # has an appointment from an earlier run
        self.stdout.write(f"{day}: {booked} booked, {waiting} waiting.")

    def free_on(self, day: date, *, now: datetime, office: Office) -> QuerySet[Slot]:
        """The times of a local day that anybody may take."""
        public = Slot.objects.public(now=now, office=office).order_by("starts_at", "pk")
        mine = [row.pk for row in public if local_day(row.starts_at, zone=office.zone) == day]
        return public.filter(pk__in=mine)

    def day(self, *, now: datetime, office: Office) -> date:
        """The next Tuesday that can be booked, else the next day."""
        opened = Slot.objects.opened(now=now, office=office).order_by("starts_at")
        days = [local_day(slot.starts_at, zone=office.zone) for slot in opened]
        if not days:
            raise CommandError("no day can be booked: are there hours, and is the office open?")
        return next((day for day in days if day.weekday() == TUESDAY), days[0])

    def entries(
        self, number: int, person: tuple[str, str, str, str], case: dict[str, Any]
    ) -> dict[str, Any]:
        """What a person types; each has a mailbox at a domain of their own."""
        family_name, given_names, birth_date, language = person
        return {
            "family_name": family_name,
            "given_names": given_names,
            "birth_date": birth_date,
            "email": f"someone@demo-{number}.example",
            "phone": "",
            "access_need": "step_free" if number == 7 else "",
            "language": language if language in dict(settings.LANGUAGES) else "en",
            "situation": case,
        }

    def verified(self, entries: dict[str, Any], *, now: datetime) -> Applicant:
        """An applicant who typed the code from the letter."""
        applicant = actions.save_draft(applicant=None, verified=None, now=now, **entries)
        return actions.verify_code(applicant=applicant, code=mint_code(applicant, now=now), now=now)

    def book(
        self, slot_id: int, entries: dict[str, Any], *, phone: bool, now: datetime, by: Staff
    ) -> Appointment:
        """One appointment, online or on the phone."""
        if phone:
            return actions.book_by_phone(slot_id=slot_id, now=now, by=by, **entries)
        applicant = self.verified(entries, now=now)
        held = actions.hold(applicant=applicant, slot_id=slot_id, now=now)
        return actions.book(appointment=held, now=now)

"""Fills a Tuesday with invented people, as real ones would, and the gaps of the office."""

from __future__ import annotations

from datetime import date, datetime

from django.conf import settings
from django.core.management import CommandError, CommandParser
from django.db.models import QuerySet
from django.utils import timezone

from booking import actions
from booking.models import Slot
from booking.windows import local_day
from config.foundation.actions import Refused
from config.foundation.commands import OperatorCommand
from config.foundation.office import Office, current_office
from config.foundation.staff import Staff
from config.management import demo_applications, demo_day, demo_invitations, demo_services
from config.management.demo_facts import fill_gaps
from config.management.demo_people import BY_PHONE, PEOPLE, book, entries, situations, verified

TUESDAY = 1
WAITING = 3  # of them find no time and join the waiting list


class Command(OperatorCommand):
    help = "Fills a day with invented people. Only on loopback, with letters that become files."
    example = "--today"

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--today", action="store_true", help="fill the present day and its box instead"
        )
        parser.add_argument(
            "--applications",
            action="store_true",
            help="open online applications and send a few instead; with DEBUG alone",
        )

    def handle(self, *, today: bool, applications: bool, **options: object) -> None:
        """Books, cancels and joins; a second run finds the day full and does nothing."""
        if not settings.LOOPBACK or settings.EMAIL_BACKEND.endswith("smtp.EmailBackend"):
            raise CommandError("invented people belong on loopback, with letters that become files")
        now = timezone.now()
        office = current_office()
        by = Staff.objects.filter(is_active=True).order_by("pk").first()
        if by is None:
            raise CommandError("there is no staff yet; manage.py run makes the first caseworker")
        fill_gaps()
        if applications:
            self.stdout.write(demo_applications.fill(now=now, by=by))
            return
        actions.open_slots(now=now)
        if today:
            self.stdout.write(demo_day.fill(now=now, by=by))
            demo_services.fill(now=now, by=by)
            return
        day = self.day(now=now, office=office)
        booked = waiting = 0
        slots = list(self.free_on(day, now=now, office=office).values_list("pk", flat=True))
        cases = situations(day, local_day(now, zone=office.zone))
        for number, (person, case) in enumerate(zip(PEOPLE, cases, strict=False)):
            entered = entries(number, person, case)
            try:
                if slots:
                    book(slots[0], entered, phone=number % BY_PHONE == 4, now=now, by=by)
                    slots.pop(0)
                    booked += 1
                elif waiting < WAITING and booked:
                    actions.join(applicant=verified(entered, now=now), now=now)
                    waiting += 1
            except Refused:
                continue  # has an appointment from an earlier run
        invited = demo_invitations.fill(now=now, by=by, visits=False)
        demo_services.fill(now=now, by=by)
        self.stdout.write(f"{day}: {booked} booked, {waiting} waiting, {invited} invited.")

    def free_on(self, day: date, *, now: datetime, office: Office) -> QuerySet[Slot]:
        """The times of a local day that anybody may take."""
        public = Slot.objects.public(now=now, office=office).order_by("starts_at", "pk")
        mine = [row.pk for row in public if local_day(row.starts_at, zone=office.zone) == day]
        return public.filter(pk__in=mine)

    def day(self, *, now: datetime, office: Office) -> date:
        """The next Tuesday that can be booked, else the next day."""
        opened = Slot.objects.opened(now=now, office=office, quota=None).order_by("starts_at")
        days = [local_day(slot.starts_at, zone=office.zone) for slot in opened]
        if not days:
            raise CommandError("no day can be booked: are there hours, and is the office open?")
        return next((day for day in days if day.weekday() == TUESDAY), days[0])

"""The state from which a booking is measured from outside: public slots and verified visitors."""

from __future__ import annotations

import json
from typing import Any

from django.conf import settings
from django.core.management import CommandError, CommandParser, call_command
from django.utils import timezone

from booking.simulation import fixtures, rush_rehearsal
from config.foundation.commands import OperatorCommand
from config.management.commands import run
from config.management.commands.rehearse_rush import check_url, refuse_production


class Command(OperatorCommand):
    help = (
        "Empties a bench database, adds public slots and verified visitors, and prints the "
        "visitors' cookies and addresses as JSON."
    )
    example = "200 50 http://127.0.0.1:8099"

    def add_arguments(self, parser: CommandParser) -> None:
        """How many of both, and where the pages are."""
        parser.add_argument("people", type=int, help="visitors whose e-mail address is verified")
        parser.add_argument("slots", type=int, help="public slots")
        parser.add_argument("base", help="address of the web server, like http://127.0.0.1:8099")

    def handle(self, *, people: int, slots: int, base: str, **options: Any) -> None:
        """Prints a list of {"cookie": …, "address": …}; `address` is for X-Forwarded-For."""
        if not 1 <= people <= rush_rehearsal.MOST:
            raise CommandError(f"PEOPLE takes 1 to {rush_rehearsal.MOST}")
        if slots < 1:
            raise CommandError("SLOTS takes 1 or more")
        check_url(base, name="BASE")
        call_command("migrate", interactive=False, verbosity=0)
        refuse_production()
        call_command("load_office", settings.BASE_DIR / run.OFFICE_FILE, verbosity=0)
        call_command("load_catalogue", verbosity=0)
        now = timezone.now()
        fixtures.delete_bookings()
        try:
            fixtures.add_public_slots(slots, now=now)
        except ValueError as error:
            raise CommandError(str(error)) from None
        visitors = rush_rehearsal.visitors(people, base=base, now=now)
        found = [{"cookie": each.cookie, "address": each.address} for each in visitors]
        self.stdout.write(json.dumps(found))

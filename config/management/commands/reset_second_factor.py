"""manage.py reset_second_factor USERNAME --by USERNAME --reason TEXT: a lost phone or key."""

from __future__ import annotations

from django.core.management.base import CommandError, CommandParser
from django.utils import timezone

from config.accounts.roles import OPS
from config.accounts.second_factors import has_second_factor, reset_second_factor
from config.foundation.commands import OperatorCommand
from config.foundation.staff import Staff


class Command(OperatorCommand):
    help = (
        "Lets somebody who lost phone or key set up a new second factor at the next sign-in, "
        "and ends their sessions. Without --apply nothing changes."
    )
    example = 'erika --by frieda --reason "phone stolen, told by call" --apply'

    def add_arguments(self, parser: CommandParser) -> None:
        """Who does it and why goes into the admin's log."""
        parser.add_argument("username", help="of who lost it")
        parser.add_argument("--by", required=True, help="your user name")
        parser.add_argument(
            "--reason", required=True, help="for example: phone stolen, told by call"
        )
        parser.add_argument("--apply", action="store_true", help="without it nothing changes")

    def handle(
        self, *, username: str, by: str, reason: str, apply: bool, **options: object
    ) -> None:
        """Resets it, or says what is in the way."""
        person = _active(username)
        ops = _active(by)
        if not (ops.is_superuser or ops.groups.filter(name=OPS).exists()):
            raise CommandError("--by takes the user name of somebody of the role ops.")
        if not reason.strip():
            raise CommandError("--reason takes a reason.")
        if not has_second_factor(person):
            self.stdout.write("Nothing to do: this account has no second factor.")
        elif not apply:
            self.stdout.write("Nothing changed: add --apply to reset the second factor.")
        else:
            reset_second_factor(person=person, by=ops, reason=reason.strip(), now=timezone.now())
            self.stdout.write("Reset: sessions have ended, the next sign-in sets up a new factor.")


def _active(username: str) -> Staff:
    person = Staff.objects.filter(username=username, is_active=True).first()
    if person is None:
        raise CommandError("There is no active member of staff with this user name.")
    return person

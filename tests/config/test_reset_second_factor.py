"""A lost second factor is reset by ops, on record."""

from __future__ import annotations

from io import StringIO

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Group
from django.core.management import CommandError, call_command
from django.test import Client
from django.utils.translation import override
from pytest_django import Settings

from config.accounts.roles import OPS
from config.foundation.edits import edit_in_words
from config.foundation.staff import Staff
from tests.factories import StaffFactory

pytestmark = pytest.mark.django_db
WHY = ("--reason", "phone stolen")


@pytest.fixture
def kurz() -> Staff:
    """Somebody with a second factor."""
    person: Staff = StaffFactory(username="kurz")
    TOTP.activate(person, generate_totp_secret())
    return person


@pytest.fixture
def ops() -> Staff:
    person: Staff = StaffFactory(username="ops")
    person.groups.add(Group.objects.get(name=OPS))
    return person


def run(*arguments: str) -> str:
    out = StringIO()
    call_command("reset_second_factor", *arguments, stdout=out)
    return out.getvalue()


def test_reset_leads_to_a_new_factor_and_is_on_record(
    kurz: Staff, ops: Staff, settings: Settings
) -> None:
    settings.SECOND_FACTOR_REQUIRED = True
    assert "Reset" in run("kurz", "--by", "ops", *WHY, "--apply")
    assert not Authenticator.objects.exists()
    entry = LogEntry.objects.get()
    assert (entry.user, entry.object_id) == (ops, str(kurz.pk))
    with override("de"):
        assert edit_in_words(entry) == "Geändert: Zweiter Faktor. Grund: phone stolen."
    client = Client()
    client.force_login(kurz)
    assert client.get("/admin/")["Location"] == "/accounts/2fa/"


@pytest.mark.usefixtures("office")
def test_reset_ends_the_sessions_of_this_account_alone(kurz: Staff, ops: Staff) -> None:
    theirs, mine = Client(), Client()
    theirs.force_login(kurz)
    mine.force_login(ops)
    run("kurz", "--by", "ops", *WHY, "--apply")
    assert theirs.get("/admin/")["Location"].startswith("/admin/login/")
    assert mine.get("/admin/").status_code == 200


@pytest.mark.usefixtures("office")
def test_desk_takes_a_factor_away_with_the_sessions(kurz: Staff) -> None:
    theirs, root = Client(), Client()
    theirs.force_login(kurz)
    root.force_login(StaffFactory(username="root", is_superuser=True))
    press = {"action": "remove_second_factor", "_selected_action": str(kurz.pk)}
    assert root.post("/admin/foundation/staff/", press).status_code == 302
    assert not Authenticator.objects.exists()
    assert theirs.get("/admin/")["Location"].startswith("/admin/login/")


def test_without_apply_nothing_changes(kurz: Staff, ops: Staff) -> None:
    assert "add --apply" in run("kurz", "--by", "ops", *WHY)
    assert Authenticator.objects.count() == 1
    assert not LogEntry.objects.exists()


def test_second_run_has_nothing_to_do(kurz: Staff, ops: Staff) -> None:
    for _run in range(2):
        said = run("kurz", "--by", "ops", *WHY, "--apply")
    assert "Nothing to do" in said
    assert LogEntry.objects.count() == 1


@pytest.mark.parametrize(
    "arguments",
    [
        ("nobody", "--by", "ops", *WHY),
        ("kurz", "--by", "nobody", *WHY),
        ("kurz", "--by", "kurz", *WHY),  # no ops
        ("kurz", "--by", "ops", "--reason", " "),
        ("kurz", "--by", "ops"),
        ("kurz", *WHY),
    ],
)
def test_who_and_why_are_needed(kurz: Staff, ops: Staff, arguments: tuple[str, ...]) -> None:
    with pytest.raises(CommandError):
        run(*arguments, "--apply")
    assert Authenticator.objects.count() == 1

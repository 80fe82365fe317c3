"""Who gets to the desk: T-C3, T-A8, T-L14."""

from __future__ import annotations

import re
import time
from datetime import timedelta

import pytest
import time_machine
from allauth.mfa.totp.internal import auth as totp
from django.contrib.auth.hashers import PBKDF2PasswordHasher
from django.contrib.auth.models import Group, Permission
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from pytest_django import Settings

from config.accounts.roles import OPS, ROLES, TEAM_LEAD
from config.accounts.sign_in import EXPORTS, ROW_EXPORTS
from config.foundation.staff import Staff
from tests.corpus.flow import FOREIGN_NEXT
from tests.responses import Response
from tests.security.access import ACCESS
from tests.security.conftest import PASSWORD, StaffMaker, app_secret

LOGIN = "/accounts/login/"


class Slow(PBKDF2PasswordHasher):
    """Slow enough to be seen, quick enough for a test."""

    iterations = 100_000


pytestmark = pytest.mark.django_db


def _sign_in(client: Client, person: Staff) -> Response:
    return client.post(LOGIN, {"login": person.username, "password": PASSWORD})


def _code(person: Staff) -> str:
    counter = next(iter(totp.yield_hotp_counters_from_time()))
    return str(totp.format_hotp_value(totp.hotp_value(app_secret(person), counter)))


def test_stranger_is_sent_to_the_one_sign_in(client: Client) -> None:
    answer = client.get("/admin/login/?next=/admin/")
    assert answer.status_code == 302
    assert answer["Location"].startswith(LOGIN)
    assert client.get("/admin/", follow=True).status_code == 200


def test_password_alone_does_not_sign_in(client: Client, make_staff: StaffMaker) -> None:
    answer = _sign_in(client, make_staff())
    assert answer["Location"].startswith("/accounts/2fa/authenticate/")
    assert client.get("/admin/").status_code == 302


def test_password_and_code_sign_in(client: Client, make_staff: StaffMaker) -> None:
    person = make_staff()
    _sign_in(client, person)
    answer = client.post("/accounts/2fa/authenticate/", {"code": _code(person)})
    assert answer["Location"] == "/admin/"
    assert client.get("/admin/").status_code == 200


def test_code_is_good_for_one_sign_in(make_staff: StaffMaker) -> None:
    person = make_staff()
    code = _code(person)
    locations = []
    for client in (Client(), Client()):
        _sign_in(client, person)
        client.post("/accounts/2fa/authenticate/", {"code": code})
        locations.append(client.get("/admin/").status_code)
    assert locations == [200, 302]


@pytest.mark.parametrize("needed", [True, False])
def test_desk_opens_without_a_factor_only_on_loopback(
    client: Client, make_staff: StaffMaker, settings: Settings, needed: bool
) -> None:
    settings.SECOND_FACTOR_REQUIRED = needed
    client.force_login(make_staff(factor=False))
    answer = client.get("/admin/")
    assert answer.status_code == (302 if needed else 200)
    if needed:
        assert answer["Location"] == "/accounts/2fa/"
        assert client.get("/accounts/2fa/").status_code == 200


def test_foreign_password_must_be_changed_first(client: Client, make_staff: StaffMaker) -> None:
    person = make_staff(must_change_password=True)
    client.force_login(person)
    for path in ("/admin/", "/accounts/2fa/", "/admin/password_change/"):
        assert client.get(path)["Location"] == "/accounts/password/change/"
    new = {"password1": "noch eine lange Losung 48", "password2": "noch eine lange Losung 48"}
    done = client.post("/accounts/password/change/", {"oldpassword": PASSWORD} | new)
    assert done["Location"] == "/admin/"
    assert client.get("/admin/password_change/done/")["Location"] == "/admin/"
    assert client.get("/admin/").status_code == 200
    person.refresh_from_db()
    assert not person.must_change_password


@pytest.mark.parametrize("export", EXPORTS)
def test_export_asks_to_sign_in_once_more(
    magdeburg: object, make_staff: StaffMaker, settings: Settings, export: str
) -> None:
    settings.SECOND_FACTOR_REQUIRED = True
    client, person = Client(), make_staff(TEAM_LEAD)
    with time_machine.travel(timezone.now(), tick=False) as clock:
        _sign_in(client, person)
        client.post("/accounts/2fa/authenticate/", {"code": _code(person)})
        assert client.get("/admin/booking/appointment/").status_code == 200
        answer = client.get(f"{export}?format=csv")
        assert answer["Location"].startswith("/accounts/reauthenticate/?next=")
        client.post(answer["Location"], {"password": "falsch"})
        assert client.get(export).status_code == 302
        back = client.post(answer["Location"], {"password": PASSWORD})
        assert back["Location"] == f"{export}?format=csv"
        assert client.get(back["Location"]).status_code == 200
        clock.shift(timedelta(minutes=6))
        assert client.get(export).status_code == 302


def test_every_export_is_listed() -> None:
    listed = {f"/{path}" for path in ACCESS if path.endswith("/export/")} - set(EXPORTS)
    assert all(any(row.fullmatch(path) for row in ROW_EXPORTS) for path in listed)
    assert len(listed) == len(ROW_EXPORTS)


@pytest.mark.parametrize(("pause", "status"), [(29, 200), (31, 302)])
def test_idle_session_ends_after_thirty_minutes(
    client: Client, make_staff: StaffMaker, pause: int, status: int
) -> None:
    with time_machine.travel(timezone.now(), tick=False) as clock:
        client.force_login(make_staff())
        assert client.get("/admin/").status_code == 200
        clock.shift(timedelta(minutes=pause))
        assert client.get("/admin/").status_code == status


def test_busy_session_ends_after_eight_hours(client: Client, make_staff: StaffMaker) -> None:
    with time_machine.travel(timezone.now(), tick=False) as clock:
        client.force_login(make_staff())
        for _quarter in range(4 * 8):
            assert client.get("/admin/").status_code == 200
            clock.shift(timedelta(minutes=15))
        assert client.get("/admin/")["Location"] == LOGIN
        assert client.get("/admin/").status_code == 302


def test_disabled_user_loses_the_session_at_once(client: Client, make_staff: StaffMaker) -> None:
    person = make_staff()
    client.force_login(person)
    assert client.get("/admin/").status_code == 200
    Staff.objects.filter(pk=person.pk).update(is_active=False)
    assert client.get("/admin/").status_code == 302


def test_changed_password_ends_other_sessions(client: Client, make_staff: StaffMaker) -> None:
    person = make_staff()
    client.force_login(person)
    person.set_password("eine ganz neue Losung 49")
    person.save()
    assert client.get("/admin/").status_code == 302


def test_sign_in_changes_the_session_key(client: Client, make_staff: StaffMaker) -> None:
    client.get(LOGIN)
    person = make_staff()
    _sign_in(client, person)
    before = client.cookies["session"].value
    client.post("/accounts/2fa/authenticate/", {"code": _code(person)})
    assert client.cookies["session"].value != before


def test_unknown_name_gets_the_same_answer_as_wrong_password(make_staff: StaffMaker) -> None:
    pages = []
    for name in (make_staff(username="known").username, "other"):
        page = Client().post(LOGIN, {"login": name, "password": "falsch"})
        text = re.sub(r'value="[^"]*"', "", page.content.decode())
        pages.append((page.status_code, text.replace("known", "other")))
    assert pages[0] == pages[1]


def test_unknown_name_takes_as_long_as_a_wrong_password(
    make_staff: StaffMaker, settings: Settings
) -> None:
    settings.PASSWORD_HASHERS = ["tests.security.test_signin.Slow"]
    known = make_staff(username="known").username
    ratios = []
    for run in range(3):
        took: dict[str, list[float]] = {known: [], "other": []}
        for n in range(4):
            for name, times in took.items():
                visitor = Client(REMOTE_ADDR=f"198.51.{run}.{n}")  # each with tries of its own
                start = time.perf_counter()
                visitor.post(LOGIN, {"login": name, "password": "falsch"})
                times.append(time.perf_counter() - start)
        fastest = [min(times) for times in took.values()]
        ratios.append(max(fastest) / min(fastest))
    assert min(ratios) < 1.1


@pytest.mark.parametrize("target", FOREIGN_NEXT)
def test_sign_in_never_leads_to_another_host(
    client: Client, make_staff: StaffMaker, target: str
) -> None:  # T-L14
    person = make_staff(factor=False)
    answer = client.post(
        f"{LOGIN}", {"login": person.username, "password": PASSWORD, "next": target}
    )
    assert answer["Location"] == "/admin/"


@pytest.mark.parametrize(
    "path", ["signup/", "password/reset/", "email/", "login/code/", "3rdparty/"]
)
def test_ways_in_that_nobody_needs_are_not_there(client: Client, path: str) -> None:
    assert client.get(f"/accounts/{path}").status_code == 404


def test_public_page_knows_no_user_and_asks_no_database(client: Client, db: None) -> None:
    with CaptureQueriesContext(
        connection,
    ) as queries:
        client.cookies["session"] = "x" * 32
        client.get("/nowhere/")
    assert not queries.captured_queries


def test_roles_have_exactly_the_permissions_of_the_table(db: None) -> None:
    for name, wanted in ROLES.items():
        group = Group.objects.get(name=name)
        assert set(group.permissions.values_list("content_type__app_label", "codename")) == {
            tuple(permission.split(".")) for permission in wanted
        }


def test_ops_see_no_person(db: None) -> None:
    personal = ("applicant", "appointment", "waitingentry", "deposit")
    codenames = Permission.objects.filter(group__name=OPS).values_list("codename", flat=True)
    assert not [name for name in codenames if name.split("_")[-1] in personal]


def test_no_account_exists_after_installation(db: None) -> None:  # DEV.4.8
    assert not Staff.objects.exists()

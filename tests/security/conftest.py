"""Members of staff of every role, signed in."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from django.contrib.auth.models import Group
from django.core.management import call_command
from django.test import Client

from config.accounts.roles import REGISTRAR, ROLES
from config.foundation.office import Office
from config.foundation.staff import Staff
from tests.factories import OfficeFactory, ServiceStatusFactory

PASSWORD = "eine lange Losung 47"
StaffMaker = Callable[..., Staff]


@pytest.fixture
def magdeburg(db: None) -> Office:
    """An office that is open."""
    ServiceStatusFactory()
    return OfficeFactory()


@pytest.fixture
def house(office: object) -> None:
    """An office with its catalogue: what the pages need to be shown."""
    call_command("load_catalogue", verbosity=0)


@pytest.fixture
def make_staff(db: None) -> StaffMaker:
    """Makes a member of staff with a role and, unless told otherwise, a second factor."""

    def make(role: str = "", *, factor: bool = True, **columns: object) -> Staff:
        columns.setdefault("username", f"staff-{role or 'none'}-{Staff.objects.count()}")
        person = Staff(is_staff=role != REGISTRAR, **columns)
        person.set_password(PASSWORD)
        person.save()
        if role:
            person.groups.add(Group.objects.get(name=role))
        if factor:
            TOTP.activate(person, generate_totp_secret())
        return person

    return make


def app_secret(person: Staff) -> str:
    """What the codes of the app of `person` are counted from."""
    app = Authenticator.objects.get(user=person, type=Authenticator.Type.TOTP)
    return str(app.wrap().instance.data["secret"])


@pytest.fixture
def clients(make_staff: StaffMaker) -> dict[str, Client]:
    """One signed-in browser for each kind of visitor."""
    found = {"anonymous": Client(), "no role": Client()}
    found["no role"].force_login(make_staff())
    for role in ROLES:
        found[role] = Client()
        found[role].force_login(make_staff(role))
    found["superuser"] = Client()
    found["superuser"].force_login(make_staff(username="root", is_superuser=True))
    return found


# What becomes of a link on its way: a bit flipped, cut, upper-cased, with something behind it.
ends_of = (
    lambda secret: ("B" if secret[0] != "B" else "C") + secret[1:],
    lambda secret: secret[:-1],
    lambda secret: secret.swapcase(),
    lambda secret: secret + "%00",
    lambda secret: secret + "A",
    lambda secret: secret * 20,
    lambda secret: "%20" + secret,
    lambda secret: secret + ".",
)

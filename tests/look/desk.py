"""Every page of the desk with a demo day behind it, read from the addresses: none can be forgotten.

The pictures of `make screenshots` and the tests that measure and read the pages walk it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from django.apps import apps
from django.conf import settings
from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.auth.models import Group
from django.contrib.contenttypes.models import ContentType
from django.core.management import call_command
from django.test import Client
from django.utils import timezone
from playwright.sync_api import Page

from booking import actions
from booking.admin.appointment_actions import ACTIONS, actions_for
from booking.models import Applicant, Appointment, Counter, Invitation, Quota, WaitingEntry
from config.accounts.roles import TEAM_LEAD, grant
from config.foundation.bots import BotSignal
from config.foundation.office import Office, current_office, forget_memory
from config.foundation.staff import Staff
from config.foundation.standard_texts import REASONS, standard_texts
from documents.actions import copy_to_draft
from documents.applications.models import Application
from documents.models import CatalogueVersion
from pickup_box.models import Alarm, Box
from tests.look import desk_applications
from tests.security.conftest import PASSWORD
from tests.security.routes import Referral, all_routes

# A Tuesday, 10:20 in Magdeburg.
DEMO_NOW = datetime(2026, 11, 24, 9, 20, tzinfo=UTC)
WIDTHS = (1280, 1440, 1920)
LANGUAGE = "de"
LONG_NAMES = [
    ("Wolfeschlegelsteinhausenbergerdorff", "Hubert Blaine"),
    ("Rathnayake Mudiyanselage Thilakarathna Bandara", "Chandrasekara Wijayawardhana"),
    ("Abdel-Rahman Al-Hashimi bin Muhammad Al-Qurashi", "Nur-ad-Din Abd-al-Latif Yusuf"),
]
LONGEST_NAME = 80


@dataclass(frozen=True)
class DeskPage:
    """One page: its pattern among the addresses, and where it can be looked at."""

    pattern: str
    path: str

    @property
    def name(self) -> str:
        """For the file of a picture."""
        parts = [part for part in self.pattern.split("/") if part and part[0] != "<"]
        return "-".join(parts).replace("?state=", "").replace("?view=", "") or "start"


# States by which the list of invitations is looked at, too.
INVITATIONS = ("taken", "over", "came", "withdrawn")
# and of applications
APPLICATIONS = ("papers_missing", "closed")
# Addresses below admin/ and accounts/ that answer with something else than a page of the desk.
NO_PAGE = {
    "admin/<app_label>/": "leads to Einstellungen, where all tables are",
}


def load() -> None:
    """The office on its demo day, with a row in every table that has a page."""
    for label in ("booking", "documents", "applications", "foundation", "pickup_box"):
        # a flushed database has lost what migrations granted
        grant(apps.get_app_config(label), using="default", apps=apps)
    call_command("load_office", "config/offices/magdeburg.yaml", verbosity=0)
    call_command("load_catalogue", verbosity=0)
    forget_memory()
    lead = make_lead()
    call_command("load_demo", today=True, stdout=None, verbosity=0)
    now = timezone.now()
    by = lead
    copy_to_draft(
        CatalogueVersion.objects.latest("pk"), name="Entwurf", valid_from=timezone.localdate(now)
    )
    desk_applications.load(by, now=now)
    soon = now + timedelta(days=2)
    close("emergency-2", soon, soon + timedelta(hours=2), by=by)
    # leaves fewer times than people who may choose
    close("invited", now + timedelta(days=7), now + timedelta(days=28), by=by)
    LogEntry.objects.create(
        user=lead,
        content_type=ContentType.objects.get_for_model(Office),
        object_id=str(current_office().pk),
        object_repr="Office",
        action_flag=CHANGE,
        change_message='[{"changed": {"fields": ["Phone"]}}]',
    )
    BotSignal.objects.create(kind=BotSignal.Kind.HONEYPOT, subject="", at=now)
    box = Box.objects.get()
    Alarm.objects.create(box=box, kind=Alarm.Kind.CALL, cause="call/1", at=now)


def close(slug: str, starts_at: datetime, ends_at: datetime, *, by: Staff) -> None:
    """Closes a counter of the demo day."""
    actions.close(
        counter=Counter.objects.get(slug=slug),
        starts_at=starts_at,
        ends_at=ends_at,
        reason=standard_texts(REASONS)["illness"],
        now=timezone.now(),
        by=by,
    )


def make_lead() -> Staff:
    """The team lead, who has a second factor and every right of the role."""
    lead = Staff(
        username="kurz", first_name="Birgit", last_name="Kurz", is_staff=True, language=LANGUAGE
    )
    lead.set_password(PASSWORD)
    lead.save()
    lead.groups.add(Group.objects.get(name=TEAM_LEAD))
    TOTP.activate(lead, generate_totp_secret())
    return lead


def rename() -> None:
    """Three people of the day get names of 80 characters."""
    rows = Appointment.objects.filter(status__in=["booked", "checked_in", "completed"])
    for row, (family, given) in zip(rows.order_by("pk")[:3], LONG_NAMES, strict=True):
        family = family[: LONGEST_NAME - len(given) - 2]
        Applicant.objects.filter(pk=row.applicant_id).update(family_name=family, given_names=given)


def desk_routes() -> list[Referral]:
    """Every address of the desk and of sign-in."""
    return [r for r in all_routes() if r.pattern.startswith(("admin/", "accounts/"))]


def client_of(staff: Staff) -> Client:
    """A browser without a window, signed in."""
    client = Client(headers={"accept-language": LANGUAGE})
    client.force_login(staff)
    return client


def pages(client: Client) -> Iterator[DeskPage]:
    """Every page that whoever `client` is may look at; files, referrals and presses are none."""
    for route in desk_routes():
        if route.pattern in NO_PAGE or "logout" in route.pattern:
            continue
        for variant, path in paths_of(route).items():
            answer = client.get(path)
            kind = answer.headers.get("Content-Type", "")
            if answer.status_code == 200 and kind.startswith("text/html"):
                yield DeskPage(f"{route.pattern}{variant}", path)


def paths_of(route: Referral) -> dict[str, str]:
    """Addresses of a route, by what the pages differ in; the usual one has no name."""
    path = path_of(route)
    found = {} if path is None else {"": path}
    if route.pattern == "admin/booking/invitation/":
        found |= {f"?state={each}": f"{path}?state={each}" for each in INVITATIONS}
    if route.pattern == "admin/applications/application/":
        found |= {f"?state={each}": f"{path}?state={each}" for each in APPLICATIONS}
    if route.pattern == "admin/applications/application/<path:object_id>/change/":
        for sent in Application.objects.exclude(status="started").order_by("pk"):
            found[f"{sent.status}/"] = route.path.replace("/0/", f"/{sent.pk}/")
    if route.pattern == "admin/booking/appointment/":
        found["?view=counters"] = f"{path}?view=counters"
    if route.pattern == "admin/booking/invitation/<path:object_id>/change/":
        for name, row in invitations().items():
            found[f"{name}/"] = route.path.replace("/0/", f"/{row.pk}/")
    return found


def invitations() -> dict[str, Invitation]:
    """One of each state, by how the list names it."""
    now, rows = timezone.now(), Invitation.objects.order_by("pk")
    found = {
        "over": rows.over(now=now),
        "taken": rows.taken(now=now),
        "came": rows.used(),
        "withdrawn": rows.exclude(withdrawn_at=None),
    }
    return {name: row for name, those in found.items() if (row := those.first())}


def path_of(route: Referral) -> str | None:
    """An address of the route with a row that fits what its page is for."""
    for action in ACTIONS:
        if route.pattern == f"admin/booking/appointment/<path:object_id>/{action.name}/":
            return _appointment(action.name)
    if route.pattern.endswith("waitingentry/<path:object_id>/accept/"):
        entry = WaitingEntry.objects.active().filter(offers__status="offered").first()
        return f"/admin/booking/waitingentry/{entry.pk}/accept/" if entry else None
    if route.pattern.endswith("at-counter/<int:pk>/"):
        here = Appointment.objects.filter(status="checked_in").latest("slot__starts_at")
        return route.path.replace("/0/", f"/{here.slot.counter_id}/")
    if route.pattern.endswith("by-phone/details/"):
        return f"{route.path}?category=expired"
    if route.pattern.startswith("admin/booking/applicant/<"):
        flagged = Applicant.objects.filter(flagged_at__isnull=False).first()
        return route.path.replace("/0/", f"/{flagged.pk}/") if flagged else None
    if route.pattern == "admin/booking/invitation/invite/":
        return f"{route.path}?quota={Quota.objects.latest('pk').pk}"
    if route.pattern.startswith("admin/booking/invitation/<"):
        row = Invitation.objects.open(now=timezone.now()).filter(applicant__email="").first()
        return route.path.replace("/0/", f"/{row.pk}/") if row else None
    if route.pattern == "admin/applications/application/<path:object_id>/request/" or (
        route.pattern == "admin/booking/invitation/application/<int:pk>/"
    ):
        reviewed = Application.objects.filter(status="in_review").first()
        return route.path.replace("/0/", f"/{reviewed.pk}/") if reviewed else None
    if route.pattern.startswith("admin/documents/catalogueversion/<") or "/preview/" in route.path:
        version = CatalogueVersion.objects.drafts().latest("pk")
        if "<slug:slug>" in route.pattern:
            return None  # an applicant's page
        return route.path.replace("/0/", f"/{version.pk}/")
    return route.path_of_a_row()


def _appointment(action: str) -> str | None:
    now, office = timezone.now(), current_office()
    for row in Appointment.objects.select_related("slot", "applicant").order_by("pk"):
        if action in {each.name for each in actions_for(row, now=now, office=office)}:
            return f"/admin/booking/appointment/{row.pk}/{action}/"
    return None


def superuser() -> Staff:
    """Who sees what no team lead does: accounts, and who changed which configuration."""
    return Staff.objects.create(
        username="root", is_staff=True, is_superuser=True, language=LANGUAGE
    )


def sign_in(page: Page, site: str, staff: Staff) -> None:
    """Gives the browser the session of `staff`."""
    session = client_of(staff).cookies[settings.SESSION_COOKIE_NAME].value
    cookie = settings.SESSION_COOKIE_NAME
    page.context.add_cookies([{"name": cookie, "value": session, "url": site}])


def walk(page: Page, site: str) -> Iterator[DeskPage]:
    """Opens each page of the desk and of sign-in, once, as the first who may see it."""
    page.goto(f"{site}/accounts/login/")
    yield DeskPage("sign-in", "/accounts/login/")
    page.fill("[name=login]", "kurz")
    page.fill("[name=password]", PASSWORD)
    with page.expect_event("load"):
        page.click("form[action='/accounts/login/'] [type=submit]")
    yield DeskPage("sign-in/second-factor", "/accounts/2fa/authenticate/")
    seen: set[str] = set()
    for staff in (Staff.objects.get(username="kurz"), superuser()):
        sign_in(page, site, staff)
        for shown in list(pages(client_of(staff))):
            if shown.pattern not in seen:
                seen.add(shown.pattern)
                page.goto(f"{site}{shown.path}")
                yield shown

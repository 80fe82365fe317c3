"""Where one is at the desk and where one can go: by task, never by table."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from django.contrib.admin import AdminSite
from django.db.models import F, Func, IntegerField, QuerySet, Subquery
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _

from booking.models import Applicant, WaitingEntry
from config.foundation.office import NoOffice, Office
from documents.applications.admin.waiting import all_waiting
from pickup_box.models import Deposit

Name = str | Promise


@dataclass(frozen=True, kw_only=True)
class Place:
    """One word in the header: who may go there, and which tables belong to it."""

    key: str
    label: Name
    address: str
    permission: str
    tables: tuple[str, ...] = ()
    # a page that stands among those of a table and yet belongs here, with what is below it
    pages: str = ""


@dataclass(frozen=True, kw_only=True)
class Link:
    """A place as one page shows it."""

    label: str
    url: str
    waiting: int = 0
    is_current: bool = False


SETTINGS = "settings"
BOX_TABLES = (
    *("pickup_box.box", "pickup_box.compartment", "pickup_box.deposit"),
    *("pickup_box.consent", "pickup_box.alarm"),
)
PLACES = [
    Place(
        key="today",
        label=_("Today"),
        address="admin:index",
        permission="booking.view_appointment",
        pages="admin:booking_appointment_at-counter",
    ),
    Place(
        key="appointments",
        label=_("Appointments"),
        address="admin:booking_appointment_changelist",
        permission="booking.view_appointment",
        tables=("booking.appointment",),
    ),
    Place(
        key="waiting",
        label=_("Waiting list"),
        address="admin:booking_waitingentry_changelist",
        permission="booking.view_waitingentry",
        tables=("booking.waitingentry",),
    ),
    Place(
        key="invitations",
        label=_("Invitations"),
        address="admin:booking_invitation_changelist",
        permission="booking.view_invitation",
        tables=("booking.invitation",),
    ),
    Place(
        key="applications",
        label=_("Applications"),
        address="admin:applications_application_changelist",
        permission="applications.view_application",
        tables=("applications.application", "applications.intake"),
    ),
    Place(
        key="people",
        label=_("People"),
        address="admin:booking_applicant_changelist",
        permission="booking.view_applicant",
        tables=("booking.applicant",),
    ),
    Place(
        key="box",
        label=_("Pickup box"),
        address="admin:pickup_box_deposit_changelist",
        permission="pickup_box.view_deposit",
        tables=BOX_TABLES,
    ),
    Place(
        key="statistics",
        label=_("Statistics"),
        address="admin:statistics",
        permission="booking.view_statistics",
    ),
]
# Every other table stands on the page of the settings, in one of these groups.
GROUPS: list[tuple[Name, tuple[str, ...]]] = [
    (_("The office"), ("foundation.office", "foundation.servicestatus")),
    (
        _("Counters and times"),
        ("booking.counter", "booking.quota", "foundation.countergroup", "booking.closure"),
    ),
    (
        _("Categories and papers"),
        (
            *("documents.catalogueversion", "documents.procedure", "documents.question"),
            *("documents.requirement", "documents.note", "documents.charge", "documents.fee"),
            "documents.reduction",
        ),
    ),
    (_("Online applications"), ("applications.application", "applications.intake")),
    (_("Mailboxes, forms and services"), ("foundation.link",)),
    (_("Staff and roles"), ("foundation.staff", "foundation.substitution")),
    (_("Pickup box"), BOX_TABLES),
    (
        _("Records"),
        (
            *("foundation.notification", "foundation.accessrecord", "foundation.botsignal"),
            "auditlog.logentry",
        ),
    ),
]
# What one finds behind a name that does not say it by itself.
ABOUT: dict[str, Name] = {
    "foundation.office": _("Addresses, imprint, closed days, rules of booking"),
    "foundation.servicestatus": _("Open, restricted or paused; the public notice"),
    "booking.counter": _("Names and hours of the week"),
    "booking.quota": _("What times are kept for, and by which rules"),
    "foundation.countergroup": _("Which counters serve the same cases"),
    "booking.closure": _("Close a counter, note calls, lift a closure"),
    "applications.application": _("What people sent online, with its pages"),
    "applications.intake": _("What can be applied for online, and since when"),
    "foundation.link": _("Where people write about what"),
    "foundation.staff": _("Accounts, roles, lost second factors"),
    "foundation.substitution": _("Rights handed on until a day"),
}


def navigation(request: HttpRequest, site: AdminSite) -> dict[str, Any]:
    """The words of the header and the way to this page, in one query."""
    places = [place for place in PLACES if request.user.has_perm(place.permission)]
    # who is asked to sign in, or has no right at all, gets no navigation
    if not site.has_permission(request) or not (places or groups(request, site)):
        return {"desk_places": [], "desk_crumbs": []}
    table = table_of(request)
    waiting = _waiting({place.key for place in places})
    current = _current(request, table, places)
    links = [
        Link(
            label=str(place.label),
            url=reverse(place.address),
            waiting=waiting.get(place.key, 0),
            is_current=place.key == current,
        )
        for place in places
    ]
    links.append(
        Link(
            label=str(_("Settings")),
            url=reverse("admin:settings"),
            is_current=current == SETTINGS,
        )
    )
    return {"desk_places": links, "desk_crumbs": _crumbs(links, site, table)}


def groups(request: HttpRequest, site: AdminSite) -> list[dict[str, Any]]:
    """The tables of the settings that this person may see, by task."""
    tables = {
        table["model"]._meta.label_lower: table
        for app in site.get_app_list(request)
        for table in app["models"]
        if table["admin_url"]
    }
    for name, about in ABOUT.items():
        if name in tables:
            tables[name]["about"] = about
    found = [
        {"title": title, "tables": [tables[name] for name in names if name in tables]}
        for title, names in GROUPS
    ]
    return [group for group in found if group["tables"]]


def table_of(request: HttpRequest) -> str:
    """'booking.counter' for the pages of that table, nothing for all others."""
    if any(_is_below(place, request) for place in PLACES):
        return ""
    found = re.match(r"(\w+)/(\w+)/", request.path.removeprefix(reverse("admin:index")))
    return f"{found[1]}.{found[2]}" if found else ""


def _is_below(place: Place, request: HttpRequest) -> bool:
    return bool(place.pages) and request.path.startswith(reverse(place.pages))


def _current(request: HttpRequest, table: str, places: list[Place]) -> str:
    for place in places:
        if _is_below(place, request):
            return place.key
        alone = not table and request.path == reverse(place.address)
        if table in place.tables or alone:
            return place.key
    return SETTINGS if table or request.path == reverse("admin:settings") else ""


def _crumbs(links: list[Link], site: AdminSite, table: str) -> list[Link]:
    """From the place down to the list of the table."""
    crumbs = [link for link in links if link.is_current]
    for model in site._registry:
        if model._meta.label_lower == table:
            url = reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist")
            if url not in {link.url for link in crumbs}:
                name = capfirst(str(model._meta.verbose_name_plural))
                crumbs.append(Link(label=name, url=url))
    return crumbs


def _waiting(keys: set[str]) -> dict[str, int]:
    """How many rows wait for somebody, by place; one query for all."""
    try:
        applications = all_waiting(timezone.now())
    except NoOffice:
        return {}  # nothing is set up yet, so nothing waits
    rows: dict[str, QuerySet[Any]] = {
        "waiting": WaitingEntry.objects.active(),
        "people": Applicant.objects.filter(flagged_at__isnull=False, forgotten_at=None),
        "box": Deposit.objects.to_recall(),
        "applications": applications,
    }
    counted = {key: _count(each) for key, each in rows.items() if key in keys}
    if not counted:
        return {}
    return Office.objects.order_by().annotate(**counted).values(*counted).first() or {}


def _count(rows: QuerySet[Any]) -> Subquery:
    counter = Func(F("pk"), function="COUNT", output_field=IntegerField())
    return Subquery(rows.order_by().annotate(counted_rows=counter).values("counted_rows"))

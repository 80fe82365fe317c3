"""Who may do what: four groups, and in each the permissions that its work needs.

The table is the truth: every `migrate` sets the groups to it. A permission is "app.codename".
"""

from __future__ import annotations

from django.apps import AppConfig
from django.apps import apps as installed
from django.apps.registry import Apps
from django.contrib.auth.management import create_permissions

CASEWORKER = "caseworker"
TEAM_LEAD = "team lead"
OPS = "ops"
REGISTRAR = "registrar"

# A counter that falls ill at half past eight is closed by whoever stands there.
_DESK = frozenset(
    {
        "booking.view_appointment",
        "booking.view_appointmentevent",
        "booking.serve_appointment",
        "booking.view_statistics",
        "booking.view_applicant",
        "booking.view_waitingentry",
        "booking.view_counter",
        "booking.view_servicewindow",
        "booking.view_quota",
        "booking.view_invitation",
        "booking.issue_invitation",
        "booking.view_closure",
        "applications.view_application",
        "applications.review_application",
        "booking.add_closure",
        "booking.change_closure",
        "documents.view_catalogueversion",
        "foundation.view_notification",
        "pickup_box.view_box",
        "pickup_box.view_compartment",
        "pickup_box.change_compartment",
        "pickup_box.view_consent",
        "pickup_box.add_consent",
        "pickup_box.change_consent",
        "pickup_box.view_deposit",
        "pickup_box.add_deposit",
        "pickup_box.change_deposit",
        "pickup_box.view_alarm",
    }
)

# The catalogue: the desk reads it, the team lead edits drafts and publishes them.
_CATALOGUE = frozenset(
    {
        f"documents.{action}_{row}"
        for action in ("view", "add", "change", "delete")
        for row in (
            *("catalogueversion", "procedure", "question", "option", "requirement"),
            *("note", "charge", "fee", "reduction"),
        )
    }
)

_GROUPS_AND_LINKS = frozenset(
    {
        "foundation.view_countergroup",
        "foundation.add_countergroup",
        "foundation.change_countergroup",
        "foundation.view_link",
        "foundation.add_link",
        "foundation.change_link",
    }
)

ROLES: dict[str, frozenset[str]] = {
    CASEWORKER: _DESK,
    TEAM_LEAD: frozenset(
        {
            *_DESK,
            *_CATALOGUE,
            "documents.publish_catalogueversion",
            "applications.view_intake",
            "applications.open_intake",
            "applications.transfer_application",
            "booking.export_appointment",
            "pickup_box.change_box",
            "booking.add_counter",
            "booking.change_counter",
            "booking.add_servicewindow",
            "booking.change_servicewindow",
            "booking.add_quota",
            "booking.change_quota",
            *_GROUPS_AND_LINKS,
            "foundation.view_accessrecord",
            "foundation.view_botsignal",
            "foundation.view_office",
            "foundation.view_servicestatus",
            "foundation.change_servicestatus",
            "foundation.view_substitution",
            "foundation.hand_on_rights",
        }
    ),
    # Keeps the system running and sees no person.
    OPS: frozenset(
        {
            "foundation.view_notification",
            "pickup_box.view_box",
            "pickup_box.add_box",
            "pickup_box.change_box",
            "booking.view_counter",
            "booking.view_servicewindow",
            "booking.view_statistics",
            "foundation.view_botsignal",
            "foundation.view_staff",
            "foundation.add_staff",
            "foundation.change_staff",
            "foundation.view_office",
            "foundation.change_office",
            *_GROUPS_AND_LINKS,
            "foundation.view_servicestatus",
            "foundation.change_servicestatus",
        }
    ),
    # Somebody of another service, with one page and no desk.
    REGISTRAR: frozenset({"booking.register_person"}),
}

# What a team lead can hand on until a day, by the value of `Substitution.Right`. Neither looking
# into the access log nor handing on is among it.
HANDED_ON: dict[str, frozenset[str]] = {
    "service": frozenset({"foundation.view_servicestatus", "foundation.change_servicestatus"}),
    "hours": frozenset(
        {
            "booking.add_counter",
            "booking.change_counter",
            "booking.add_servicewindow",
            "booking.change_servicewindow",
            "booking.add_quota",
            "booking.change_quota",
        }
    ),
    "catalogue": _CATALOGUE | {"documents.publish_catalogueversion"},
    "export": frozenset({"booking.export_appointment"}),
    "box": frozenset({"pickup_box.change_box"}),
}


def grant(sender: AppConfig, using: str, apps: Apps = installed, **_: object) -> None:
    """Gives each group exactly its permissions of one app; called after all migrations."""
    create_permissions(sender, verbosity=0, using=using, apps=apps)
    try:
        Group, Permission = apps.get_model("auth.Group"), apps.get_model("auth.Permission")
    except LookupError:
        return  # migrated backwards, to before there were groups
    ours = Permission.objects.using(using).filter(content_type__app_label=sender.label)
    for name, permissions in ROLES.items():
        group, _made = Group.objects.using(using).get_or_create(name=name)
        wanted = {codename for app, codename in _split(permissions) if app == sender.label}
        group.permissions.remove(*ours.exclude(codename__in=wanted))
        group.permissions.add(*ours.filter(codename__in=wanted))


def _split(permissions: frozenset[str]) -> list[list[str]]:
    return [permission.split(".", 1) for permission in permissions]

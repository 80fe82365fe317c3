"""What takes a POST: asked of the resolver and of the views themselves."""

from __future__ import annotations

import re

from django.test import Client

from tests.races.pairs import applicants, box, catalogue, desk
from tests.races.pairs.scenarios import Scenario
from tests.security.routes import Referral, all_routes

SCENARIOS: dict[str, Scenario] = {
    each.name: each
    for each in (*applicants.VISITORS, *desk.CASEWORKERS, *box.BOX, *catalogue.CATALOGUE)
}
# Addresses that take a POST and need no scenario: what they match, and why.
EXCLUDED: tuple[tuple[str, str], ...] = (
    (r"accounts/.*", "sign-in is allauth's: tests/security/test_signin.py"),
    (r"dev/letters/.*", "404 to everybody outside of a demonstration"),
    (r"admin/(login|logout|password_change)/(done/)?", "lead to the one sign-in"),
    (r"admin/(jsi18n|autocomplete)/|admin/r/.*|admin/<url>|admin/", "Django's own, read only"),
    (r"admin/<app_label>/", "Django's own, reads only"),
    (r"admin/(day\.pdf|statistics/|statistics/export/)", "read only; a POST is answered as a GET"),
    (r"admin/booking/appointment/(search|export|by-phone)/", "read only; names in no address"),
    (
        r"admin/booking/invitation/application/<int:pk>/",
        "one of an application: tests/documents/applications/test_invitations.py",
    ),
    (r"admin/booking/invitation/search/", "read only; names in no address"),
    (r"admin/settings/", "read only"),
    (r"admin/booking/invitation/<path:object_id>/sheet/", "read only: a sheet of paper"),
    (r"register/<int:pk>/sheet/", "read only: a sheet of paper"),
    (r"admin/booking/appointment/at-counter/", "reads only, and leads on"),
    (r"admin/booking/appointment/at-counter/<int:pk>/", "the step of complete/, by the same call"),
    (r"admin/booking/appointment/<path:object_id>/letter/", "read only: a letter on paper"),
    (r"admin/booking/appointment/(outage-list/(pdf/)?|walk-in/(sheet/)?)", "read only"),
    (r"admin/booking/appointment/walk-in/check/", "adds to a count of the day, and to nothing"),
    (r"admin/foundation/substitution/.*", "rows of staff alone: tests/config/test_substitutes.py"),
    (r"admin/documents/catalogueversion/<int:pk>/(missing|preview)/.*", "read only"),
    (
        r"admin/pickup_box/box/<path:object_id>/change/(collecting|equipment|hours|papers)/",
        "Django's own form over some columns of one row",
    ),
    (
        r"admin/pickup_box/box/<int:pk>/(map|recall|labels)/",
        "read only; a POST is answered as a GET",
    ),
    (r"<language>/documents/<slug:slug>/(step|change)/.*", "writes nothing: the address is all"),
    (r"admin/applications/.*", "rows of applications alone: tests/documents/applications"),
    (r"<language>/application/.*", "at once: tests/documents/applications/test_supply.py"),
    (r"<language>/apply/.*", "closed here; at once: tests/documents/applications/test_races.py"),
    (r"admin/.*/<path:object_id>/", "Django's own: leads on to change/"),
    (r"admin/.*/<path:object_id>/history/", "Django's own, reads only"),
    (r"admin/.*/<path:object_id>/delete/", "Django's own form; nearly everywhere closed to all"),
    (r"admin/.*/(add|<path:object_id>/change)/", "Django's own form over one row"),
    (r"admin/\w+/\w+/", "Django's own list; its actions that act are among the scenarios"),
    (r"admin/foundation/staff/<id>/password/", "Django's own form over one row"),
)


def takes_post(route: Referral, client: Client) -> bool:
    """Whether a POST gets any answer but 405."""
    return bool(client.post(route.path_of_a_row()).status_code != 405)


def posts(client: Client) -> set[str]:
    """The patterns of all addresses that take a POST."""
    return {route.pattern for route in all_routes() if takes_post(route, client)}


def reason_to_leave_out(pattern: str) -> str:
    """Why an address has no scenario; empty when it needs one."""
    return next((why for text, why in EXCLUDED if re.fullmatch(text, pattern)), "")

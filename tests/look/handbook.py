"""`make handbook`: the pictures of docs/handbuch.md, of the demo day and its invented people."""

from __future__ import annotations

import re
from io import BytesIO
from pathlib import Path

import pytest
from django.conf import settings as configured
from django.contrib.auth.models import Group
from django.utils import timezone
from PIL import Image
from playwright.sync_api import Browser, Page
from pytest_django.live_server_helper import LiveServer

from booking.models import Appointment
from config.accounts.roles import CASEWORKER
from config.foundation.staff import Staff
from tests.look import desk

pytestmark = [pytest.mark.journey, pytest.mark.django_db(transaction=True)]

FOLDER = Path(configured.BASE_DIR) / "docs" / "handbook"
WIDTH, HIGHEST = 1280, 960
COLOURS = 48
# The name of each picture, and the page of the desk that it shows.
PICTURES = {
    "heute": "admin/",
    "am-schalter": "admin/booking/appointment/at-counter/<int:pk>/",
    "person": "admin/booking/appointment/<path:object_id>/change/",
    "telefonisch": "admin/booking/appointment/by-phone/details/",
    "ohne-termin": "admin/booking/appointment/walk-in/",
    "schliessen": "admin/booking/closure/close/",
    "betroffene": "admin/booking/closure/close/",
    "box": "admin/pickup_box/box/<int:pk>/load/",
    "vertretung": "admin/foundation/substitution/hand-on/",
    "buchungsstatus": "admin/foundation/servicestatus/<path:object_id>/change/",
}


def make_substitute() -> None:
    """Somebody to whom rights can be handed on."""
    staff = Staff.objects.create(
        username="lorenz", first_name="Jana", last_name="Lorenz", is_staff=True
    )
    staff.groups.add(Group.objects.get(name=CASEWORKER))


def open_next_person(page: Page) -> None:
    """From any person to the one who is expected next."""
    ahead = Appointment.objects.filter(status="booked", slot__starts_at__gt=timezone.now())
    row = ahead.order_by("slot__starts_at").first()
    assert row is not None
    page.goto(re.sub(r"/\d+/change/$", f"/{row.pk}/change/", page.url))


def close_the_rest_of_today(page: Page) -> None:
    """One press before the counter is closed."""
    page.check("[name=what][value=today]")
    with page.expect_event("load"):
        page.click("#step [type=submit]")


# What is done on a page before its picture is taken.
BEFORE = {
    "person": open_next_person,
    "betroffene": close_the_rest_of_today,
}


def small(picture: bytes) -> bytes:
    """With the few colours that a page has, cut below what a screen shows."""
    whole = Image.open(BytesIO(picture)).convert("RGB")
    upper = whole.crop((0, 0, whole.width, min(whole.height, HIGHEST)))
    out = BytesIO()
    upper.quantize(COLOURS, dither=Image.Dither.NONE).save(out, "PNG", optimize=True)
    return out.getvalue()


def test_takes_the_pictures_of_the_handbook(
    browser: Browser, demo_day: None, live_server: LiveServer
) -> None:
    FOLDER.mkdir(exist_ok=True)
    lead = Staff.objects.get(username="kurz")
    make_substitute()
    routes = {route.pattern: route for route in desk.desk_routes()}
    page = browser.new_context(locale="de-DE", color_scheme="light").new_page()
    page.set_viewport_size({"width": WIDTH, "height": HIGHEST})
    desk.sign_in(page, live_server.url, lead)
    for name, pattern in PICTURES.items():
        path = desk.path_of(routes[pattern])
        page.goto(f"{live_server.url}{path}")
        if act := BEFORE.get(name):
            act(page)
        (FOLDER / f"{name}.png").write_bytes(small(page.screenshot(full_page=True)))
    page.context.close()

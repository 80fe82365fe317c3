"""Days and times have one form at the desk: "Di, 24.11.2026, 09:20"."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from django.conf import settings
from django.contrib import admin
from django.db.models import Model
from django.test import Client
from django.urls import reverse
from django.utils.translation import override

from config.foundation.admin_bases import DeskAdmin, wall_day, wall_time
from config.foundation.bots import BotSignal
from tests.factories import MONDAY, StaffFactory

BASE = Path(settings.BASE_DIR)
# days of a form of their own: papers' dates of birth, names of files, parts of a day
OWN_FORM = re.compile(r"""date:["'](?!H:i(?::s)?["']|Y-m-d["']|c["'])(?!l, d\.m\.Y["'])|%d\.%m""")
TEMPLATES = ["templates/admin", "templates/pickup_box/admin", "templates/mfa"]
MODULES = ["booking/admin", "config/admin", "pickup_box/admin"]


def sources() -> list[Path]:
    pages = [path for each in TEMPLATES for path in (BASE / each).rglob("*.html")]
    modules = [path for each in MODULES for path in (BASE / each).glob("*.py")]
    # closed as shipped, and written by its own rules
    return [path for path in pages + modules if "applications" not in path.parts]


def test_no_page_writes_a_date_in_a_form_of_its_own() -> None:
    found = {
        str(path.relative_to(BASE)): OWN_FORM.findall(path.read_text(encoding="utf-8"))
        for path in sources()
    }
    assert {path: forms for path, forms in found.items() if forms} == {}


@pytest.mark.parametrize(
    ("language", "day", "time"),
    [
        ("de", "Di, 24.11.2026", "Di, 24.11.2026, 09:20"),
        ("en", "Tue, 24.11.2026", "Tue, 24.11.2026, 09:20"),
    ],
)
def test_form_has_weekday_day_and_clock(language: str, day: str, time: str) -> None:
    with override(language):
        assert wall_day(date(2026, 11, 24)) == day
        assert wall_time(datetime(2026, 11, 24, 8, 20, tzinfo=UTC)) == time


def test_every_table_of_the_desk_is_one_of_ours() -> None:
    """What Django registers by itself writes days and empty values as Django does."""
    others = {
        str(each) for each in admin.site._registry.values() if not isinstance(each, DeskAdmin)
    }
    assert others == set()


@pytest.mark.django_db
@pytest.mark.parametrize(
    "make",
    [
        lambda: BotSignal.objects.create(kind=BotSignal.Kind.HONEYPOT, subject="", at=MONDAY),
        lambda: StaffFactory(username="old", date_joined=MONDAY, last_login=None),
    ],
)
def test_page_of_a_row_shows_days_and_what_is_empty_as_its_list_does(
    make: Callable[[], Model],
) -> None:
    row = make()
    client = Client(headers={"accept-language": "de"})
    client.force_login(StaffFactory(is_staff=True, is_superuser=True))
    page = reverse(f"admin:{row._meta.label_lower.replace('.', '_')}_change", args=[row.pk])
    shown = client.get(page).content.decode()
    assert "Mo, 23.11.2026, 08:00" in shown
    assert '<div class="readonly">–</div>' in shown
    assert '<div class="readonly">-</div>' not in shown

"""The words in the header of the desk, and the page of the settings."""

from __future__ import annotations

import pytest
from django.contrib import admin
from django.contrib.auth.models import Group
from django.test import Client

from config.accounts.roles import CASEWORKER, OPS
from config.admin.navigation import GROUPS, PLACES
from config.foundation.staff import Staff

pytestmark = pytest.mark.django_db


def shown_to(role: str, path: str) -> str:
    staff = Staff.objects.create(username=role, is_staff=True, language="de")
    staff.groups.add(Group.objects.get(name=role))
    client = Client()
    client.force_login(staff)
    return client.get(path).content.decode()


def test_every_table_has_a_place() -> None:
    placed = {name for _title, names in GROUPS for name in names}
    placed |= {name for place in PLACES for name in place.tables}
    assert {model._meta.label_lower for model in admin.site._registry} == placed


def test_words_of_the_header_follow_the_rights(office: object) -> None:
    page = shown_to(CASEWORKER, "/admin/booking/waitingentry/")
    assert '/admin/booking/waitingentry/" accesskey="3" aria-current="page"' in page
    assert '/admin/pickup_box/deposit/"' in page
    page = shown_to(OPS, "/admin/settings/")
    assert '/admin/settings/" accesskey="2" aria-current="page"' in page
    assert "/admin/booking/waitingentry/" not in page
    assert "/admin/foundation/staff/" in page

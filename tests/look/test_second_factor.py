"""The pages of the second factor in the skin of the desk, in German."""

from __future__ import annotations

import re

import pytest
from allauth.mfa.models import Authenticator
from django.template.loader import render_to_string
from django.test import Client
from pytest_django import Settings

from tests.factories import StaffFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def keeper(settings: Settings) -> Client:
    """Somebody with an unused security key."""
    settings.ACCOUNT_REAUTHENTICATION_REQUIRED = False
    staff = StaffFactory(language="de")
    key = {"name": "Büro", "credential": {}}
    Authenticator.objects.create(user=staff, type=Authenticator.Type.WEBAUTHN, data=key)
    client = Client()
    client.force_login(staff)
    return client


def test_list_of_keys_is_a_german_table_of_the_desk(keeper: Client) -> None:
    page = keeper.get("/accounts/2fa/webauthn/").content.decode()
    assert "Büro" in page
    assert "Not used" not in page
    assert '<table class="desk-list">' in page
    assert re.search(r'class="button desk-danger"[^>]*>\s*Entfernen', page)


@pytest.mark.parametrize(
    ("tags", "classes"), [("", "button"), ("mfa,danger,delete", "button desk-danger")]
)
@pytest.mark.parametrize("attrs", [{"type": "button"}, {"href": "/there/"}])
def test_every_button_of_the_framework_has_the_class_of_the_desk(
    tags: str, classes: str, attrs: dict[str, str]
) -> None:
    context = {"attrs": {**attrs, "tags": tags.split(",")}, "slots": {}}
    shown = render_to_string("allauth/elements/button.html", context)
    assert f'class="{classes}"' in shown

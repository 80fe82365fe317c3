"""A caseworker sets up a passkey and signs in with it, in a browser that has a key. T-C3."""

from __future__ import annotations

import re
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from playwright.sync_api import Page, expect
from pytest_django import Settings
from pytest_django.live_server_helper import LiveServer

from config.foundation.staff import Staff
from tests.security.conftest import PASSWORD

pytestmark = [pytest.mark.journey, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def desk(transactional_db: None, live_server: LiveServer) -> str:
    """The address of the desk under a name: a passkey belongs to a domain, not to a number."""
    staff = Staff(username="frieda", is_staff=True)
    staff.set_password(PASSWORD)
    staff.save()
    return str(live_server.url).replace("127.0.0.1", "localhost")


@pytest.fixture
def key(page: Page) -> Any:
    """A key in the browser whose owner it recognises at once."""
    browser = page.context.new_cdp_session(page)
    browser.send("WebAuthn.enable")
    options = {
        "protocol": "ctap2",
        "transport": "internal",
        "hasResidentKey": True,
        "hasUserVerification": True,
        "isUserVerified": True,
        "automaticPresenceSimulation": True,
    }
    made = browser.send("WebAuthn.addVirtualAuthenticator", {"options": options})
    return lambda verified: browser.send(
        "WebAuthn.setUserVerified",
        {"authenticatorId": made["authenticatorId"], "isUserVerified": verified},
    )


def test_passkey_is_set_up_and_signs_in(
    page: Page, desk: str, key: Any, settings: Settings
) -> None:
    settings.SECOND_FACTOR_REQUIRED = True
    page.goto(f"{desk}/accounts/login/")
    page.fill("[name=login]", "frieda")
    page.fill("[name=password]", PASSWORD)
    page.click("form[action='/accounts/login/'] [type=submit]")
    expect(page).to_have_url(re.compile("/accounts/2fa/$"))  # no way past a second factor

    page.goto(f"{desk}/accounts/2fa/webauthn/add/")
    if "reauthenticate" in page.url:
        page.fill("[name=password]", PASSWORD)
        page.click("#content [type=submit]")
    page.check("[name=passwordless]")
    page.click("#mfa_webauthn_add")
    page.wait_for_url(re.compile("/accounts/2fa/(?!webauthn/add)"))
    assert Authenticator.objects.get(type=Authenticator.Type.WEBAUTHN).user.username == "frieda"

    page.context.clear_cookies()
    page.goto(f"{desk}/accounts/login/")
    key(False)  # somebody else holds the phone
    page.click("#passkey_login")
    page.wait_for_timeout(500)
    page.goto(f"{desk}/admin/")
    expect(page).to_have_url(re.compile("/accounts/login/"))

    key(True)
    page.click("#passkey_login")
    expect(page).to_have_url(f"{desk}/admin/")

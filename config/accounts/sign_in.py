"""Staff sign-in: a second factor, short sessions, one way in.

Public pages pay one look at the path: they know no users.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any, cast

from allauth.account.adapter import DefaultAccountAdapter
from auditlog.middleware import AuditlogMiddleware
from django.conf import settings
from django.contrib.auth import REDIRECT_FIELD_NAME, logout
from django.contrib.auth.middleware import AuthenticationMiddleware
from django.contrib.sessions.backends.base import SessionBase
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.http import urlencode

from config.accounts import sign_in_limits
from config.foundation.staff import Staff

IDLE = timedelta(minutes=30)
LONGEST = timedelta(hours=8)
_SEEN_EVERY = 60.0  # seconds; a session is not written for each click
STAFF_PATHS = ("/admin/", "/accounts/", "/register/")
# What a person may do before the password is their own, and before the second factor is set up.
_WITHOUT_OWN_PASSWORD = ("account_change_password", "account_logout")
# Whoever finds an open desk must not carry all of it away.
EXPORTS = {
    "/admin/booking/appointment/export/": "booking.export_appointment",
    "/admin/statistics/export/": "booking.view_statistics",
}
# the same, where the address names a row
ROW_EXPORTS = {
    re.compile(
        r"/admin/applications/application/[^/]+/export/"
    ): "applications.transfer_application"
}
_SECOND_FACTOR_TYPES = ("totp", "webauthn")

GetResponse = Callable[[HttpRequest], HttpResponseBase]


def is_staff_path(request: HttpRequest) -> bool:
    """Whether the request is for a page of staff."""
    return request.path_info.startswith(STAFF_PATHS)


class StaffAuthentication(AuthenticationMiddleware):
    """`request.user`, where there can be one: no public page knows of users."""

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """The answer; the stock behaviour under the paths of staff only."""
        call = super().__call__ if is_staff_path(request) else self.get_response
        return cast(HttpResponseBase, call(request))


class StaffAudit(AuditlogMiddleware):
    """Names who edited a configuration."""

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """The answer; the stock behaviour under the paths of staff only."""
        call = super().__call__ if is_staff_path(request) else self.get_response
        return cast(HttpResponseBase, call(request))


class StaffSessions:
    """Ends idle and old sessions, and lets nobody past a foreign password or a missing factor."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """The answer, in the language of the member of staff."""
        if not is_staff_path(request):
            return self.get_response(request)
        user = request.user
        if not isinstance(user, Staff):
            translation.activate(settings.LANGUAGE_CODE)
            return self.get_response(request)
        translation.activate(user.language)
        if not _is_fresh(request.session, timezone.now().timestamp()):
            logout(request)
            return redirect(settings.LOGIN_URL)
        hurdle = _hurdle(request, user)
        return redirect(hurdle) if hurdle else self.get_response(request)

    def process_view(self, request: HttpRequest, *view: object) -> HttpResponseBase | None:
        """Counts forms of sign-in and sends who may export to sign in once more.

        Runs after the check of the form's token.
        """
        if _is_counted(request) and sign_in_limits.is_flood(request, now=timezone.now()):
            return HttpResponse(status=429)
        permission = _to_export(request.path_info)
        if not permission or not settings.SECOND_FACTOR_REQUIRED:
            return None
        again = _step_up(request) if request.user.has_perm(permission) else ""
        return redirect(again) if again else None


def _to_export(path: str) -> str:
    """The permission that this address asks for if it is an export."""
    rows = (permission for address, permission in ROW_EXPORTS.items() if address.fullmatch(path))
    return EXPORTS.get(path) or next(rows, "")


def _is_counted(request: HttpRequest) -> bool:
    # a passkey gets its challenge by GET
    path = request.path_info
    asks = request.method == "POST" or path == reverse("mfa_login_webauthn")
    return asks and path.startswith("/accounts/")


def _is_fresh(session: SessionBase, now: float) -> bool:
    since = session.get("staff_since")
    seen = session.get("staff_seen", now)
    if since is None:
        session["staff_since"] = since = now
    if now - since >= LONGEST.total_seconds() or now - seen >= IDLE.total_seconds():
        return False
    if "staff_seen" not in session or now - seen >= _SEEN_EVERY:
        session["staff_seen"] = now
    return True


def _hurdle(request: HttpRequest, user: Staff) -> str:
    """The name of the page that comes before any other, or nothing."""
    if user.must_change_password:
        allowed = [reverse(name) for name in _WITHOUT_OWN_PASSWORD]
        return "" if request.path in allowed else "account_change_password"
    if request.path_info.startswith("/accounts/") or not settings.SECOND_FACTOR_REQUIRED:
        return ""
    from allauth.mfa.models import Authenticator  # a model: not before the apps are ready

    has_factor = Authenticator.objects.filter(user=user, type__in=_SECOND_FACTOR_TYPES).exists()
    return "" if has_factor else "mfa_index"


def _step_up(request: HttpRequest) -> str:
    """Where to give the password or factor once more, or nothing within five minutes of that."""
    from allauth.account.internal.flows.reauthentication import is_reauthentication_required

    if not is_reauthentication_required(request, app=""):
        return ""
    back = urlencode({REDIRECT_FIELD_NAME: request.get_full_path()})
    return f"{reverse('account_reauthenticate')}?{back}"


class Adapter(DefaultAccountAdapter):
    """Nobody signs up; a password of one's own ends the duty to change it."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Never: accounts are made by the office."""
        return False

    def get_login_redirect_url(self, request: HttpRequest) -> str:
        """The desk, or the page of whoever has none."""
        if isinstance(request.user, Staff) and not request.user.is_staff:
            return reverse("register")
        return str(super().get_login_redirect_url(request))

    def get_password_change_redirect_url(self, request: HttpRequest) -> str:
        """On to the work: nobody stays on a form that is done."""
        return self.get_login_redirect_url(request)

    def set_password(self, user: Staff, password: str) -> None:
        """Stores the new password."""
        user.must_change_password = False
        super().set_password(user, password)

    def pre_authenticate(self, request: HttpRequest, **credentials: Any) -> None:
        """Counts a guess at a password; raises ValidationError when it may not be tried."""
        self.attempt = sign_in_limits.begin(
            request,
            account=credentials.get("username", ""),
            secret=sign_in_limits.PASSWORD,
            now=timezone.now(),
        )
        if self.attempt is None:
            raise self.validation_error("too_many_login_attempts")

    def authenticate(self, request: HttpRequest, **credentials: Any) -> Staff | None:
        """Who it is; a right password was no guess."""
        user: Staff | None = super().authenticate(request, **credentials)
        if user is not None and self.attempt is not None:
            self.attempt.give_back()
        return user

    def post_login(self, request: HttpRequest, user: Staff, **more: Any) -> HttpResponse:
        """Where to go; from now on the device and the address are known."""
        response: HttpResponse = super().post_login(request, user, **more)
        sign_in_limits.remember(request, response, user, now=timezone.now())
        return response

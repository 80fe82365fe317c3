"""The headers that every answer carries: pages, files, errors and redirects alike."""

from __future__ import annotations

from collections.abc import Callable

from csp.utils import build_policy
from django.conf import settings
from django.contrib.messages.storage.cookie import CookieStorage
from django.http import HttpRequest, HttpResponseBase, HttpResponseNotAllowed

# A browser feature that no page uses is off; staff sign in with a passkey.
_OFF = (
    "accelerometer camera display-capture geolocation gyroscope magnetometer microphone midi "
    "payment usb"
)
PERMISSIONS_POLICY = ", ".join(
    [f"{feature}=()" for feature in _OFF.split()]
    + ["publickey-credentials-get=(self)", "publickey-credentials-create=(self)"]
)

# No page knows another method, so none can forget to refuse one.
METHODS = ("GET", "HEAD", "POST", "OPTIONS")


class MessageCookie(CookieStorage):
    """What was just done, for the next page: a signed cookie, so that no session is needed."""

    cookie_name = "__Host-messages" if settings.HTTPS else "messages"


class Headers:
    """The outermost middleware: nothing leaves without its headers, not even a refused host.

    The policy is the same for every page, so it is built once and not per answer.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response
        self.constant = {
            "Content-Security-Policy": build_policy(),
            "Permissions-Policy": PERMISSIONS_POLICY,
            "X-Content-Type-Options": "nosniff",
            "X-Frame-Options": "DENY",
            "Referrer-Policy": settings.SECURE_REFERRER_POLICY,
            "Cross-Origin-Opener-Policy": settings.SECURE_CROSS_ORIGIN_OPENER_POLICY,
            "Cross-Origin-Resource-Policy": "same-origin",
        }
        if settings.SECURE_HSTS_SECONDS:
            self.constant["Strict-Transport-Security"] = (
                f"max-age={settings.SECURE_HSTS_SECONDS}; includeSubDomains; preload"
            )

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """The answer with every header; what was made for one person is kept by no cache."""
        if request.method in METHODS:
            response = self.get_response(request)
        else:
            response = HttpResponseNotAllowed(METHODS)
        for name, value in self.constant.items():
            response.headers.setdefault(name, value)
        session = getattr(request, "session", None)
        # a page with a form sets the cookie of its token, whether a session is read or not
        if response.cookies or (session is not None and session.accessed):
            response.headers["Cache-Control"] = "private, no-store"
        return response

"""The caseworkers' door: the admin site, German first."""

from __future__ import annotations

from allauth.account.decorators import secure_admin_login
from django.contrib.admin import AdminSite
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext_lazy as _


class DeskSite(AdminSite):
    """The Django admin under the product's own name."""

    site_header = _("Soforttermin")
    site_title = _("Soforttermin")
    index_title = _("Today")

    def login(
        self, request: HttpRequest, extra_context: dict[str, object] | None = None
    ) -> HttpResponse:
        """Sends to the one sign-in, which asks for the second factor."""
        response: HttpResponse = secure_admin_login(super().login)(request, extra_context)
        return response

    def password_change(  # type: ignore[override]
        self, request: HttpRequest, extra_context: dict[str, object] | None = None
    ) -> HttpResponse:
        """Sends to the one place where a password is changed."""
        return redirect("account_change_password")

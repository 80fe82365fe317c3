"""The admin site: German first, one sign-in, the day as its start page."""

from __future__ import annotations

from functools import partial
from typing import Any

from allauth.account.decorators import secure_admin_login
from django.contrib.admin import AdminSite
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, URLResolver, path
from django.utils.translation import gettext_lazy


class DeskSite(AdminSite):
    """The Django admin under the product's own name."""

    site_header = gettext_lazy("Soforttermin")
    site_title = gettext_lazy("Soforttermin")
    index_title = gettext_lazy("Today")
    index_template = "admin/today.html"

    def login(
        self, request: HttpRequest, extra_context: dict[str, object] | None = None
    ) -> HttpResponse:
        """Sends to the one sign-in, which asks for the second factor."""
        response: HttpResponse = secure_admin_login(super().login)(request, extra_context)
        return response

    def password_change(  # type: ignore[override]  # Django shows a page here
        self, request: HttpRequest, extra_context: dict[str, object] | None = None
    ) -> HttpResponse:
        """Sends to the one place where a password is changed."""
        return redirect("account_change_password")

    def get_urls(self) -> list[URLPattern | URLResolver]:
        """With the list of a day on paper and the statistics."""
        from booking.views import statistics  # these register their pages with this site
        from config.admin import start_page

        figures = partial(statistics.desk, more=start_page.box_tables)
        figures_file = partial(statistics.export, more=start_page.box_tables)
        return [
            path("day.pdf", self.admin_view(start_page.day_pdf), name="day-pdf"),
            path("statistics/", self.admin_view(figures), name="statistics"),
            path("statistics/export/", self.admin_view(figures_file), name="statistics-export"),
            *super().get_urls(),
        ]

    def index(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> TemplateResponse:
        """The day, for those who may see appointments; the list of tables for everybody."""
        from config.admin.start_page import context

        return super().index(request, {**(extra_context or {}), **context(request)})

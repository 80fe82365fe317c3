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
    empty_value_display = "–"  # as everywhere at the desk
    enable_nav_sidebar = False  # the header leads by task

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

    def password_change_done(  # type: ignore[override]  # Django shows a page here
        self, request: HttpRequest, extra_context: dict[str, object] | None = None
    ) -> HttpResponse:
        """Sends on to the work."""
        return redirect("admin:index")

    def get_urls(self) -> list[URLPattern | URLResolver]:
        """With the list of a day on paper and the statistics."""
        from booking.views import statistics  # these register their pages with this site
        from config.admin import start_page
        from config.admin.box_figures import box_tables

        figures = partial(statistics.desk, more=box_tables)
        figures_file = partial(statistics.export, more=box_tables)
        return [
            path("settings/", self.admin_view(self.settings), name="settings"),
            path("day.pdf", self.admin_view(start_page.day_pdf), name="day-pdf"),
            path("statistics/", self.admin_view(figures), name="statistics"),
            path("statistics/export/", self.admin_view(figures_file), name="statistics-export"),
            *super().get_urls(),
        ]

    def each_context(self, request: HttpRequest) -> dict[str, Any]:
        """With the places of the desk and the way to this page."""
        from config.admin.navigation import navigation

        return {**super().each_context(request), **navigation(request, self)}

    def settings(self, request: HttpRequest) -> TemplateResponse:
        """Everything that is set up rather than worked with, by task."""
        from config.admin.navigation import groups

        context = {
            **self.each_context(request),
            "title": gettext_lazy("Settings"),
            "groups": groups(request, self),
        }
        return TemplateResponse(request, "admin/settings.html", context)

    def app_index(  # type: ignore[override]  # Django shows a page here
        self,
        request: HttpRequest,
        app_label: str,
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """Nobody looks for an app: the settings show all tables."""
        return redirect("admin:settings")

    def index(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> TemplateResponse:
        """The day, for those who may see appointments; the list of tables for everybody."""
        from config.admin.start_page import context

        return super().index(request, {**(extra_context or {}), **context(request)})

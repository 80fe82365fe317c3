"""What belongs to no app, at the desk: the office, its status; with letters and the access log."""

from __future__ import annotations

from typing import Any, ClassVar

from auditlog.registry import auditlog
from django.contrib import admin
from django.db import models
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.safestring import SafeString
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _

from config.foundation import admin_records
from config.foundation.admin_bases import (
    NoDeleteAdmin,
    choose_only,
    tag,
)
from config.foundation.contacts import Link, forget_links
from config.foundation.keys import new_key
from config.foundation.office import (
    LEGAL,
    CounterGroup,
    Office,
    ServiceStatus,
    forget_memory,
)
from config.foundation.optimistic_lock import OptimisticLockAdmin
from config.foundation.place_fields import SHOWN, WithPlace
from config.foundation.texts import LinesField, TextsFormField, show_texts

__all__ = ["admin_records"]

for model in (Office, ServiceStatus, CounterGroup, Link):
    auditlog.register(model)


class Texts(OptimisticLockAdmin, NoDeleteAdmin):
    """Rows with texts in several languages."""

    logs_values = True
    formfield_overrides: ClassVar[Any] = {
        models.JSONField: {"form_class": TextsFormField, "help_text": ""},
        models.URLField: {"assume_scheme": "https"},
        models.TextField: {"form_class": LinesField},
    }

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        """Who only looks sees sentences in place of the columns that hold texts."""
        found = super().get_fieldsets(request, obj)
        if obj is None or self.has_change_permission(request, obj):
            return found
        return [
            (title, {**options, "fields": [self.readable(name) for name in names]})
            for title, options in found
            if (names := [name for name in options["fields"] if self.is_told(name, obj)])
        ]

    def is_told(self, name: str, row: Any) -> bool:
        """Whether whoever only looks reads this column of `row`."""
        return True

    def readable(self, name: str) -> Any:
        """The column as it is shown to whoever only looks."""
        column = self.opts.get_field(name) if name not in self.readonly_fields else None
        shown = SHOWN.get(name, show_texts if isinstance(column, models.JSONField) else None)
        if column is None or shown is None:
            return name

        @admin.display(description=getattr(column, "verbose_name", name))
        def texts(row: Any) -> SafeString | str:
            return shown(getattr(row, name))

        texts.__name__ = f"{name}_texts"  # a column of that name would add its help
        return texts

    def get_exclude(self, request: HttpRequest, obj: Any = None) -> Any:
        """The key of a row is the program's."""
        return [*(super().get_exclude(request, obj) or ()), "slug"]

    def save_form(self, request: HttpRequest, form: Any, change: bool) -> Any:
        """A new row gets a key of its name."""
        row = super().save_form(request, form, change)
        if not change and hasattr(row, "slug") and not row.slug:
            taken = set(self.model._default_manager.values_list("slug", flat=True))
            row.slug = new_key(row.name["de"], taken)
        return row

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        """One button saves; there is no second way to do so."""
        one = {"show_save_and_add_another": False, "show_save_and_continue": False}
        return super().render_change_form(request, {**context, **one}, *args, **kwargs)

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """Another row is chosen here and edited on its own page."""
        return choose_only(super().formfield_for_dbfield(db_field, request, **kwargs))


class SingletonAdmin(Texts):
    """A table of one row."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        """The office file made the row."""
        return False

    def save_model(self, request: HttpRequest, obj: Any, form: object, change: bool) -> None:
        """Saves, and lets this process read the row anew at once; others do within two seconds."""
        super().save_model(request, obj, form, change)
        forget_memory()

    def name_of(self, row: Any) -> str:
        """There is one: it is called like its table."""
        return capfirst(str(self.opts.verbose_name))

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """A list of one row leads to that row."""
        row = self.model._default_manager.first()
        if row is None or not self.has_view_or_change_permission(request):
            return super().changelist_view(request, extra_context)
        return redirect(f"admin:{self.opts.app_label}_{self.opts.model_name}_change", row.pk)


@admin.register(Office)
class OfficeAdmin(WithPlace, SingletonAdmin):
    """Facts and policy of the office."""

    change_form_template = "admin/foundation/office/change_form.html"
    fieldsets = (
        (None, {"fields": ("name", "sender_name", "city", "state", "time_zone")}),
        (
            _("Contact"),
            {
                "fields": (
                    *("visitor_address", "postal_address", "phone", "fax", "directions"),
                    *("opening_hours", "website", "payment"),
                )
            },
        ),
        (
            _("On the day"),
            {
                "fields": ("map_place", "entrance", "floor", "arrive_minutes"),
                "description": _(
                    "What is empty is missing: people are shown the central mailbox, the phone "
                    "and the opening hours instead."
                ),
            },
        ),
        (
            _("Imprint, privacy, accessibility"),
            {
                "fields": LEGAL,
                "description": _(
                    "The law asks for these on three public pages. What is empty is left out there "
                    "and shown as missing to the team lead."
                ),
            },
        ),
        (
            _("Times"),
            {
                "fields": (
                    *("horizon_days", "release_mode", "release_time", "slot_minutes"),
                    *("hold_minutes", "hold_extensions", "no_show_minutes"),
                    *("quarantine_minutes_least", "quarantine_minutes_most"),
                )
            },
        ),
        (_("Closed days"), {"fields": ("closed_days",)}),
        (
            _("Fairness"),
            {
                "fields": (
                    *("distribution", "persons_per_address", "holds_per_hour"),
                    *("proof", "proof_above"),
                )
            },
        ),
    )

    def is_told(self, name: str, row: Any) -> bool:
        """What is filled, what the law asks for, and the calendar, which has the holidays too."""
        return name in {*LEGAL, "closed_days"} or getattr(row, name, None) not in (None, "", {}, [])

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        """For whoever only looks, all but who the office is and how it is reached is folded."""
        found = super().get_fieldsets(request, obj)
        if obj is None or self.has_change_permission(request, obj):
            return found
        return [
            (title, {**options, "classes": ["collapse"] if at > 1 else []})
            for at, (title, options) in enumerate(found)
        ]


@admin.register(CounterGroup)
class CounterGroupAdmin(Texts):
    """Groups of counters and their mailboxes."""

    list_display = ("__str__", "mailbox", "position")


@admin.register(Link)
class LinkAdmin(Texts):
    """Mailboxes, forms, services and films; what is missing is seen here and by nobody else."""

    desk_help = _(
        "Where people write about what, and where forms and services are. What has no address is "
        "left out of the public pages. Confirm an address once somebody has checked it."
    )
    list_display = ("__str__", "kind", "standing", "shown_address")
    list_filter = ("kind", "is_confirmed")

    @admin.display(description=_("state"))
    def standing(self, row: Link) -> SafeString:
        """Whether the public sees it, and whether somebody in the office has said it is right."""
        if not row.address:
            return tag(_("not yet provided"), "danger")
        if row.is_confirmed:
            return tag(_("confirmed"), "success")
        return tag(_("unconfirmed"), "warning")

    @admin.display(description=_("address"))
    def shown_address(self, row: Link) -> str:
        """A mailbox or an address of the web."""
        return row.address or "–"

    def save_model(self, request: HttpRequest, obj: Any, form: object, change: bool) -> None:
        """Saves, and lets this process read the rows anew at once."""
        super().save_model(request, obj, form, change)
        forget_links()

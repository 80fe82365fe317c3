"""Who changed which settings, at the desk: the audit log in words."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

from auditlog.admin import LogEntry
from django.contrib import admin
from django.contrib.admin.views.main import ChangeList
from django.contrib.contenttypes.models import ContentType
from django.db.models import Model, QuerySet
from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _

from config.admin import hour_edits
from config.foundation.admin_bases import (
    AccessLoggedReadOnlyAdmin,
    RecentRowsFilter,
    row_name,
    show_time,
)
from config.foundation.edits import audited_changes, audited_in_words, audited_values
from config.foundation.numbers import whole_number

admin.site.unregister(LogEntry)


class EditedWithin(RecentRowsFilter):
    """Edits by their day."""

    column = "timestamp"


class TableFilter(admin.SimpleListFilter):
    """Edits by the table they are about."""

    title = _("table")
    parameter_name = "table"

    def lookups(self, request: HttpRequest, model_admin: object) -> list[tuple[str, Any]]:
        """Tables that have been edited, by their names."""
        tables = ContentType.objects.filter(pk__in=LogEntry.objects.values("content_type"))
        return sorted(((str(each.pk), _table(each)) for each in tables), key=lambda each: each[1])

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """Edits of the chosen table."""
        told = whole_number(self.value() or "")
        return queryset if told is None else queryset.filter(content_type=told)


class NamedEdits(ChangeList):
    """A list whose lines know what their row is called; one query for each table."""

    def get_results(self, request: HttpRequest) -> None:
        """The lines of the page, each with its `told`."""
        super().get_results(request)
        lines: list[Any] = list(self.result_list)
        _name_rows(lines)
        self.result_list = hour_edits.together(lines)


class StaffFilter(admin.RelatedOnlyFieldListFilter):
    """Whoever has changed something; the name that the field itself has is the log's own."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.title = _("by")


@admin.register(LogEntry)
class EditAdmin(AccessLoggedReadOnlyAdmin):
    """Which settings were changed, by whom; nobody can change it here."""

    recorded = False  # about the office, not about the people it serves
    desk_help = _("Every change of settings, hours, accounts and rights, with who made it.")
    list_display = ("when", "about", "did", "who")
    list_filter = (EditedWithin, TableFilter, ("actor", StaffFilter))
    list_select_related = ("content_type", "actor")
    ordering = ("-timestamp",)
    fields = readonly_fields = ("when", "who", "about", "values")

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[NamedEdits]:
        """The lines of the page with their rows by name."""
        return NamedEdits

    def get_object(self, request: HttpRequest, object_id: str, from_field: Any = None) -> Any:
        """One line with its row by name."""
        line = super().get_object(request, object_id, from_field)
        if line is None:
            return None
        lines = list(hour_edits.beside(line))
        _name_rows(lines)
        return next(each for each in hour_edits.together(lines) if line in parts_of(each))

    def name_of(self, row: Any) -> str:
        """What was edited, as the heading of its page."""
        return str(row.told)

    @admin.display(description=_("at"), ordering="timestamp")
    def when(self, row: Any) -> SafeString:
        """Wall time."""
        return show_time(row.timestamp)

    @admin.display(description=_("by"), ordering="actor__last_name")
    def who(self, row: Any) -> str:
        """Who did it; commands of operations and jobs have no account."""
        return str(row.actor or _("system"))

    @admin.display(description=_("subject"))
    def about(self, row: Any) -> SafeString | str:
        """The row, as a link while it is there; of hours their counter."""
        if counter := getattr(row, "of_counter", None):
            page = reverse("admin:booking_counter_change", args=[counter.pk])
            return format_html('<a href="{}">{}</a>', page, row.told)
        kind = row.content_type
        try:
            page = reverse(f"admin:{kind.app_label}_{kind.model}_change", args=[row.object_pk])
        except NoReverseMatch:
            return str(row.told)
        return format_html('<a href="{}">{}</a>', page, row.told) if row.is_there else row.told

    @admin.display(description=_("what was done"))
    def did(self, row: Any) -> str:
        """What was done, in a sentence."""
        return hour_edits.said_of(row) if hasattr(row, "parts") else audited_changes(row)

    @admin.display(description=_("what was done"))
    def values(self, row: Any) -> SafeString:
        """The sentence, and what stood there before and after."""
        lines = format_html_join(
            "", '<tr><th scope="row">{}</th><td>{}</td><td>{}</td></tr>', audited_values(row)
        )
        is_of_hours = hasattr(row, "parts")
        text = hour_edits.said_of(row) if is_of_hours else audited_in_words(row)
        said = format_html("<p>{}</p>", text)
        if is_of_hours and len(row.parts) > 1:
            return said
        table = (
            '{}<div class="desk-scroll" tabindex="0" role="region" aria-label="{}">'
            '<table class="desk-list"><thead><tr><th scope="col">{}</th><th scope="col">{}</th>'
            '<th scope="col">{}</th></tr></thead><tbody>{}</tbody></table></div>'
        )
        heads = (_("What was done"), _("Field"), _("Before"), _("After"))
        return format_html(table, said, *heads, lines) if lines else said


def parts_of(line: Any) -> list[Any]:
    """All lines that one line of the list stands for."""
    return list(getattr(line, "parts", [line]))


def _table(kind: ContentType) -> str:
    model = kind.model_class()
    return capfirst(str(model._meta.verbose_name)) if model else kind.model


def _name_rows(lines: list[Any]) -> None:
    """Gives each line `told` ("Counter: Emergency counter 1") and that row while it is there."""
    wanted: dict[ContentType, set[str]] = defaultdict(set)
    for line in lines:
        wanted[line.content_type].add(line.object_pk)
    found: dict[tuple[int, str], Model] = {}
    for kind, keys in wanted.items():
        model = kind.model_class()
        rows = model._base_manager.filter(pk__in=keys) if model else ()
        found |= {(kind.pk, str(row.pk)): row for row in rows}
    for line in lines:
        line.row = found.get((line.content_type_id, line.object_pk))
        line.is_there = line.row is not None
        name = row_name(line.row) if line.is_there else None
        table = _table(line.content_type)
        line.told = table if name in {None, "", table} else f"{table}: {name}"

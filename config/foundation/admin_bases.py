"""What the pages of the desk have in common: rows that are only looked at, and their filters."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any, ClassVar

from django.contrib import admin
from django.contrib.admin.models import LogEntry
from django.contrib.admin.utils import unquote
from django.contrib.admin.widgets import RelatedFieldWidgetWrapper
from django.contrib.contenttypes.models import ContentType
from django.core.exceptions import PermissionDenied
from django.db.models import DateField, DateTimeField, Field, Model, QuerySet, TimeField
from django.db.models.constants import LOOKUP_SEP
from django.db.models.fields import BLANK_CHOICE_DASH
from django.forms import ChoiceField, ModelChoiceField, SplitDateTimeField, Widget
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.functional import Promise
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.text import capfirst
from django.utils.timezone import localtime
from django.utils.translation import gettext_lazy as _

from config.foundation.audit import AccessRecord, record_access
from config.foundation.dates import check_year
from config.foundation.day_inputs import ClockInput, DayInput, MomentInput
from config.foundation.staff import Staff, staff_of

if TYPE_CHECKING:  # Django's own classes know their model only to the type checker
    from django.utils.functional import _StrPromise

    Admin = admin.ModelAdmin[Any]
    Tabular = admin.TabularInline[Any, Any]
    Stacked = admin.StackedInline[Any, Any]
else:
    Admin = admin.ModelAdmin
    Tabular = admin.TabularInline
    Stacked = admin.StackedInline

DASHES = BLANK_CHOICE_DASH[0][1]
_INPUTS: dict[type[Field[Any, Any]], type[Widget]] = {
    DateField: DayInput,
    DateTimeField: MomentInput,
    TimeField: ClockInput,
}


class NamesTheBlank:
    """Forms whose choice of nothing is a word and no row of dashes."""

    def formfield_for_dbfield(
        self, db_field: Field[Any, Any], request: HttpRequest, **kwargs: Any
    ) -> Any:
        """Django's field; its blank choice says whether something has to be chosen."""
        field = super().formfield_for_dbfield(db_field, request, **kwargs)  # type: ignore[misc]
        name_the_blank(field)
        return field


class Rows(NamesTheBlank, Tabular):
    """Rows of a table below their parent."""


class Blocks(NamesTheBlank, Stacked):
    """Rows below their parent, a block of fields each."""


def name_the_blank(field: Any) -> None:
    """Gives Django's choice "---------" a word."""
    word = _("please choose") if getattr(field, "required", False) else _("not stated")
    if isinstance(field, ModelChoiceField):
        if field.empty_label == DASHES:
            field.empty_label = word
    elif isinstance(field, ChoiceField):
        choices: Any = field.choices
        field.choices = [(value, word if label == DASHES else label) for value, label in choices]


def tag(label: object, tone: str = "") -> SafeString:
    """A state as a word in a coloured frame; tones: info, success, warning, danger or none."""
    return format_html('<span class="desk-tag desk-tag--{}">{}</span>', tone, label)


def two_lines(first: object, second: object) -> SafeString:
    """A cell of a list: what counts, and below it in small what belongs to it."""
    return format_html('{} <span class="desk-small desk-below">{}</span>', first, second)


def choose_only(field: Any) -> Any:
    """A field whose other row is chosen here and edited on its own page."""
    widget = getattr(field, "widget", None)
    if isinstance(widget, RelatedFieldWidgetWrapper):
        widget.can_add_related = widget.can_change_related = widget.can_view_related = False
    return field


def service_tag(*, in_service: bool) -> SafeString:
    """Whether a row of the settings is used."""
    return tag(_("in service"), "success") if in_service else tag(_("out of service"))


def wall_time(at: datetime) -> str:
    """`at` by the clock on the wall, in the one form of the desk: "Di, 24.11.2026, 09:20"."""
    local = localtime(at)
    return f"{wall_day(local)}, {local:%H:%M}"


def wall_day(day: date) -> str:
    """A local day in the one form of the desk: "Di, 24.11.2026"."""
    return f"{date_format(day, 'D')}, {day:%d.%m.%Y}"


def show_time(at: datetime) -> SafeString:
    """A time on one line of a table."""
    return format_html('<span class="desk-nowrap">{}</span>', wall_time(at))


def row_name(row: Model) -> str:
    """What the desk calls a row."""
    desk = admin.site.get_model_admin(type(row)) if admin.site.is_registered(type(row)) else None
    return desk.name_of(row) if isinstance(desk, NoDeleteAdmin) else str(row)


def columns_of(row: Model, changelist: Any) -> list[Any]:
    """What the columns of a list say about a row, for a list that is laid out by hand."""
    desk = changelist.model_admin
    return [getattr(desk, name)(row) for name in desk.list_display]


def has_history(row: Model) -> bool:
    """Whether somebody has changed the row at the desk by its form."""
    table = ContentType.objects.get_for_model(row)
    return LogEntry.objects.filter(content_type=table, object_id=str(row.pk)).exists()


class DeskAdmin(NamesTheBlank, Admin):
    """A table at the desk: days in the browser's inputs, a history as soon as there is one."""

    # what somebody who deletes a row should know about all that is not deleted
    deletion_keeps: ClassVar[str | Promise] = ""
    # what a link to the page of a new row may fill in; whoever sends links fills in nothing else
    filled_by_links: ClassVar[frozenset[str]] = frozenset()

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        """What a new row starts with of its address."""
        asked: dict[str, Any] = super().get_changeform_initial_data(request)
        return {name: value for name, value in asked.items() if name in self.filled_by_links}

    def formfield_for_dbfield(
        self, db_field: Field[Any, Any], request: HttpRequest, **kwargs: Any
    ) -> Any:
        """Days and times as everywhere at the desk, of years that every database can read again."""
        if widget := _INPUTS.get(type(db_field)):
            kwargs = {"widget": widget(), **kwargs}
        if isinstance(db_field, DateField):  # a DateTimeField is one as well
            kwargs = {"validators": [check_year], **kwargs}
        field = super().formfield_for_dbfield(db_field, request, **kwargs)
        if isinstance(field, SplitDateTimeField):
            for part, label in zip(field.widget.widgets, (_("day"), _("time of day")), strict=True):
                part.attrs["aria-label"] = f"{capfirst(field.label)}: {label}"
        return field

    def get_action_choices(
        self, request: HttpRequest, default_choices: Any = None
    ) -> list[tuple[str, str]]:
        """What can be done with many rows, below a line that says what is chosen here."""
        return super().get_action_choices(request, [("", str(_("Choose an action")))])

    def get_list_display(self, request: HttpRequest) -> list[Any]:
        """The columns, days and times among them in the form of the desk."""
        days = self._days()
        return [days.get(name, name) for name in super().get_list_display(request)]

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        """Django's page of one row: what is only shown has the days of the desk.

        Where nothing can be entered nothing is to be saved.
        """
        form, days = context["adminform"], self._days()
        days = {name: days[name] for name in form.readonly_fields if name in days}
        form.readonly_fields = [days.get(name, name) for name in form.readonly_fields]
        form.fieldsets = [
            (title, {**options, "fields": [days.get(name, name) for name in options["fields"]]})
            for title, options in form.fieldsets
        ]
        inputs = (each.field.widget for each in form.form)
        if not context["inline_admin_formsets"] and all(each.is_hidden for each in inputs):
            context = {**context, "show_save": False, "show_save_and_continue": False}
        return super().render_change_form(request, context, *args, **kwargs)

    def delete_view(
        self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Django's page, with what stays."""
        told = {"deletion_keeps": self.deletion_keeps, **(extra_context or {})}
        return super().delete_view(request, object_id, told)

    def _days(self) -> dict[Any, Callable[[Any], str]]:
        """The columns with a day or a time that no method of this table words."""
        days = (each for each in self.opts.concrete_fields if isinstance(each, DateField))
        return {each.name: _moment_column(each) for each in days if not hasattr(self, each.name)}

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest) -> bool:
        """Only the key and the filters that the list offers: other columns could be guessed at."""
        columns = {each.name for each in self.opts.get_fields()}
        columns |= {each.attname for each in self.opts.concrete_fields}
        if lookup.split(LOOKUP_SEP)[0] in columns - {self.opts.pk.name}:
            offered = self.get_list_filter(request)
            names = {getattr(each, "parameter_name", "") for each in offered}
            columns_offered = tuple(f"{each}__" for each in offered if isinstance(each, str))
            if lookup not in names and not f"{lookup}{LOOKUP_SEP}".startswith(columns_offered):
                return False
        return super().lookup_allowed(lookup, value, request)

    def history_view(
        self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Django's history, for those who may see the row; the row itself where there is none."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        row = self.get_object(request, unquote(object_id))
        if row is None or has_history(row):
            return super().history_view(request, object_id, extra_context)
        return redirect(f"admin:{self.opts.app_label}_{self.opts.model_name}_change", row.pk)


def _moment_column(field: Any) -> Callable[[Any], str]:
    @admin.display(description=field.verbose_name, ordering=field.name)
    def moment(row: Any) -> str:
        at = getattr(row, field.name)
        if at is None:
            return "–"
        return wall_time(at) if isinstance(at, datetime) else wall_day(at)

    moment.__name__ = field.name
    return moment


def staff_name(column: str, description: _StrPromise) -> Callable[[Any, Any], str]:
    """A column as a name for the lists and forms of its admin class.

    Django's own would link to an account that few may see.
    """

    @admin.display(description=description, ordering=column)
    def name(_admin: Any, row: Any) -> str:
        person: Staff | None = getattr(row, column)
        return str(person) if person else "–"

    return name


class NoDeleteAdmin(DeskAdmin):
    """Nothing is deleted by hand; what a row can go through has pages of its own."""

    # a page may explain itself in place
    desk_help: ClassVar[str | Promise] = ""

    def has_delete_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return False

    def name_of(self, row: Any) -> str:
        """What a page about the row is called."""
        return str(row)

    def shown_beside(self, request: HttpRequest, row: Any) -> dict[str, Any]:
        """What the page of a row shows besides its columns, for whoever may see it."""
        return {}

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        """Django's page of one row, with what is shown beside it."""
        row = kwargs.get("obj")
        beside = {} if row is None else self.shown_beside(request, row)
        return super().render_change_form(request, {**context, **beside}, *args, **kwargs)

    def row_for(self, request: HttpRequest, object_id: str, *, permission: str) -> Any:
        """The row, for whoever has `permission`; raises PermissionDenied or Http404."""
        if not request.user.has_perm(permission):
            raise PermissionDenied
        row = self.get_object(request, object_id)
        if row is None:
            raise Http404
        return row

    def page(
        self, request: HttpRequest, template: str, *, title: object, status: int = 200, **more: Any
    ) -> TemplateResponse:
        """A page in the frame of the admin, beside the list and the form of this table.

        With a `refusal` to show it is answered 409.
        """
        context = {
            **self.admin_site.each_context(request),
            "title": title,
            "opts": self.opts,
            **more,
        }
        status = 409 if more.get("refusal") else status
        return TemplateResponse(request, template, context, status=status)


class AccessLoggedAdmin(NoDeleteAdmin):
    """Rows about people: who looks is written down."""

    show_full_result_count = False
    recorded: ClassVar[bool] = True

    def record(self, request: HttpRequest, kind: AccessRecord.Kind, subject: str) -> None:
        """Adds a line to the access log."""
        if self.recorded:
            record_access(by=staff_of(request), kind=kind, subject=subject, now=timezone.now())

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """The list, with a line in the access log."""
        response = super().changelist_view(request, extra_context)
        if response.status_code == 200:
            self.record(request, AccessRecord.Kind.LIST, f"{self.opts.model_name} list")
        return response

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """One row, with a line in the access log."""
        response = super().change_view(request, object_id, form_url, extra_context)
        if response.status_code == 200:
            # the key of the row itself: an address may spell it "007", and no search finds that
            row = response.context_data["original"]  # type: ignore[attr-defined]
            self.record(request, AccessRecord.Kind.VIEW, f"{self.opts.model_name}/{row.pk}")
        return response


class AccessLoggedReadOnlyAdmin(AccessLoggedAdmin):
    """Rows that are looked at and never edited."""

    list_per_page = 50

    def has_add_permission(self, request: HttpRequest, *args: object) -> bool:
        """Never: the product makes these rows."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: object = None) -> bool:
        """Never: actions change them, not forms."""
        return False


class RecentRowsFilter(admin.SimpleListFilter):
    """The last days of a table that grows; there is no "all", which would read it whole."""

    title = _("time")
    parameter_name = "within"
    column: ClassVar[str] = "at"

    def lookups(self, request: HttpRequest, model_admin: object) -> list[tuple[str, Any]]:
        """Seven days unless told otherwise."""
        return [("1", _("24 hours")), ("30", _("30 days")), ("365", _("a year"))]

    def choices(self, changelist: Any) -> Any:
        """The default has a name."""
        default, *others = list(super().choices(changelist))
        yield {**default, "display": _("7 days")}
        yield from others

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        told = self.value()
        days = int(told) if told in dict(self.lookup_choices) else 7
        return queryset.filter(**{f"{self.column}__gte": timezone.now() - timedelta(days=days)})

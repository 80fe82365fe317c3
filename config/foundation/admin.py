"""What belongs to no app, at the desk: the office, its status, letters and the access log."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, ClassVar

from auditlog.registry import auditlog
from django import forms
from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db import models
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.timezone import localtime
from django.utils.translation import gettext_lazy as _

from config.foundation.audit import AccessRecord, record_access
from config.foundation.bots import BotSignal
from config.foundation.contacts import Link, forget_links
from config.foundation.office import (
    LEGAL,
    CounterGroup,
    Office,
    ServiceStatus,
    forget_memory,
)
from config.foundation.optimistic_lock import OptimisticLockAdmin
from config.foundation.outbox import Notification
from config.foundation.staff import staff_of
from config.foundation.texts import TextsFormField

if TYPE_CHECKING:  # Django's own classes know their model only to the type checker
    Admin = admin.ModelAdmin[Any]
    StatusForm = forms.ModelForm[ServiceStatus]
    Rows = admin.TabularInline[Any, Any]
    Blocks = admin.StackedInline[Any, Any]
else:
    Admin = admin.ModelAdmin
    StatusForm = forms.ModelForm
    Rows = admin.TabularInline
    Blocks = admin.StackedInline

for model in (Office, ServiceStatus, CounterGroup, Link):
    auditlog.register(model)


def wall_time(at: datetime) -> str:
    """`at` by the clock on the wall, as German forms write it."""
    return f"{localtime(at):%d.%m.%Y %H:%M}"


class NoDeleteAdmin(Admin):
    """Nothing is deleted by hand; what a row can go through has pages of its own."""

    # a page may explain itself in place
    desk_help: ClassVar[str | Promise] = ""

    def has_delete_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return False

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


class AccessLoggedReadOnlyAdmin(NoDeleteAdmin):
    """Rows that are looked at and never edited; who looks is written down."""

    show_full_result_count = False
    list_per_page = 50
    recorded: ClassVar[bool] = True

    def has_add_permission(self, request: HttpRequest, *args: object) -> bool:
        """Never: the product makes these rows."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: object = None) -> bool:
        """Never: actions change them, not forms."""
        return False

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
            self.record(request, AccessRecord.Kind.VIEW, f"{self.opts.model_name}/{object_id}")
        return response

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

    def history_view(
        self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """The admin's own history, for those who may see the row."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        return super().history_view(request, object_id, extra_context)


class ReadOnlyRows(Rows):
    """Rows below their parent that nobody edits."""

    extra = 0
    can_delete = False

    def has_add_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: object = None) -> bool:
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


class PromisedWithin(RecentRowsFilter):
    """Letters by the day of their promise."""

    column = "promised_at"


class NotificationState(admin.SimpleListFilter):
    """How a letter fared; "sent" means accepted by the mail server, which is not delivery."""

    title = _("state")
    parameter_name = "state"
    states: ClassVar[dict[str, dict[str, object]]] = {
        "waiting": {"sent_at": None, "failed_at": None, "withdrawn_at": None},
        "failed": {"failed_at__isnull": False},
        "sent": {"sent_at__isnull": False},
        "withdrawn": {"withdrawn_at__isnull": False},
    }

    def lookups(self, request: HttpRequest, model_admin: object) -> list[tuple[str, Any]]:
        """The four ways a letter can stand."""
        return [
            ("waiting", _("not accepted yet")),
            ("failed", _("failed")),
            ("sent", _("accepted by the mail server")),
            ("withdrawn", _("withdrawn")),
        ]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """Letters in the chosen state."""
        return queryset.filter(**self.states.get(self.value() or "", {}))


@admin.register(Notification)
class NotificationAdmin(AccessLoggedReadOnlyAdmin):
    """The outbox: rows hold neither text nor address."""

    recorded = False
    desk_help = _(
        "Accepted by the mail server is not yet delivered. Whoever has an appointment within a day "
        "and a letter that was not accepted is on the start page, to be phoned."
    )
    list_display = (
        *("kind", "subject", "language", "promised_at", "attempts", "sent_at", "failed_at"),
        "failure",
    )
    list_filter = (PromisedWithin, NotificationState, "queue")
    ordering = ("-promised_at",)


@admin.register(AccessRecord)
class AccessRecordAdmin(AccessLoggedReadOnlyAdmin):
    """Who looked at whose data; nobody can change it here."""

    desk_help = _("Every list, page, search and file with personal data that somebody opened.")

    list_display = ("at", "by", "kind", "subject", "reason")
    list_filter = (RecentRowsFilter, "kind")
    list_select_related = ("by",)


@admin.register(BotSignal)
class BotSignalAdmin(AccessLoggedReadOnlyAdmin):
    """Signs of machines; they tell, and never block."""

    recorded = False
    list_display = ("at", "kind", "subject")
    list_filter = (RecentRowsFilter, "kind")


class Texts(OptimisticLockAdmin, NoDeleteAdmin):
    """Rows with texts in several languages."""

    formfield_overrides: ClassVar[Any] = {
        models.JSONField: {"form_class": TextsFormField},
        models.URLField: {"assume_scheme": "https"},
    }


class SingletonAdmin(Texts):
    """A table of one row."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        """The office file made the row."""
        return False

    def save_model(self, request: HttpRequest, obj: Any, form: object, change: bool) -> None:
        """Saves, and lets this process read the row anew at once; others do within two seconds."""
        super().save_model(request, obj, form, change)
        forget_memory()


@admin.register(Office)
class OfficeAdmin(SingletonAdmin):
    """Facts and policy of the office."""

    list_display = ("slug", "city")
    readonly_fields = ("slug",)
    fieldsets = (
        (None, {"fields": ("slug", "name", "sender_name", "city", "state", "time_zone")}),
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
                    *("closed_days", "hold_minutes", "hold_extensions", "no_show_minutes"),
                    *("quarantine_minutes_least", "quarantine_minutes_most"),
                )
            },
        ),
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


class ServiceForm(StatusForm):
    """A state that is not "open" may end by itself; what has ended shows as open."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.now = timezone.now()
        if self.instance.state_at(self.now) == ServiceStatus.State.OPEN:
            self.initial.update(state=ServiceStatus.State.OPEN, until=None)

    def clean(self) -> dict[str, Any]:
        """Refuses an end that is over: such a pause would never begin."""
        data = super().clean() or self.cleaned_data
        if data.get("state") == ServiceStatus.State.OPEN:
            data["until"] = None
        elif (until := data.get("until")) and until <= self.now:
            self.add_error("until", _("This time is over."))
        return data


@admin.register(ServiceStatus)
class ServiceStatusAdmin(SingletonAdmin):
    """Pause, restricted operation and the public notice."""

    form = ServiceForm
    list_display = ("state", "until", "notice_from", "notice_until")
    fieldsets = (
        (
            None,
            {
                "fields": ("state", "until"),
                "description": _(
                    "Paused: nobody can book, existing appointments stay. Restricted operation: "
                    "emergency appointments go on. Every page follows within five seconds."
                ),
            },
        ),
        (_("Public notice"), {"fields": ("notice", "notice_from", "notice_until")}),
    )

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """The notice has room for a few lines."""
        if db_field.name == "notice":
            return TextsFormField(lines=True, required=False, label=_("public notice"))
        return super().formfield_for_dbfield(db_field, request, **kwargs)


@admin.register(CounterGroup)
class CounterGroupAdmin(Texts):
    """Groups of counters and their mailboxes."""

    list_display = ("slug", "__str__", "mailbox", "position")


@admin.register(Link)
class LinkAdmin(Texts):
    """Mailboxes, forms, services and films; what is missing is seen here and by nobody else."""

    list_display = ("__str__", "kind", "state", "address", "places", "position")
    list_filter = ("kind", "is_confirmed")

    @admin.display(description=_("state"))
    def state(self, row: Link) -> str:
        """Whether the public sees it, and whether somebody in the office has said it is right."""
        if not row.address:
            return str(_("not yet provided"))
        return str(_("confirmed") if row.is_confirmed else _("unconfirmed"))

    def save_model(self, request: HttpRequest, obj: Any, form: object, change: bool) -> None:
        """Saves, and lets this process read the rows anew at once."""
        super().save_model(request, obj, form, change)
        forget_links()

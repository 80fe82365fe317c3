"""What belongs to no app, at the desk: the office, its status, letters and the access log."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from auditlog.registry import auditlog
from django import forms
from django.contrib import admin
from django.db import models
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from config.foundation.admin_bases import (
    AccessLoggedReadOnlyAdmin,
    NoDeleteAdmin,
    RecentRowsFilter,
)
from config.foundation.audit import AccessRecord
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
from config.foundation.texts import TextsFormField

if TYPE_CHECKING:  # Django's own form knows its model only to the type checker
    StatusForm = forms.ModelForm[ServiceStatus]
else:
    StatusForm = forms.ModelForm

for model in (Office, ServiceStatus, CounterGroup, Link):
    auditlog.register(model)


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

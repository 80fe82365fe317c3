"""Letters, the access log and signs of machines at the desk: rows that tell what they are about."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from datetime import datetime, time, timedelta
from typing import Any, ClassVar

from django.conf import settings
from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.text import capfirst
from django.utils.timezone import localtime, make_aware
from django.utils.translation import gettext, ngettext, pgettext
from django.utils.translation import gettext_lazy as _

from config.foundation.admin_about import AboutOne, AboutSomething, FoundByNumber
from config.foundation.admin_bases import (
    RecentRowsFilter,
    tag,
    two_lines,
    wall_time,
)
from config.foundation.audit import AccessRecord
from config.foundation.bots import BotSignal
from config.foundation.day_inputs import picked_day
from config.foundation.looks import LooksTogether, around
from config.foundation.notification_kinds import as_it_would_leave
from config.foundation.notification_words import (
    ENDS,
    STANDINGS,
    failure_in_words,
    kind_in_words,
    standing_of,
)
from config.foundation.outbox import Notification
from config.foundation.staff import staff_of
from config.foundation.subjects import (
    describes,
    may_look,
    reason_in_words,
    way_to_send_again,
)

TIMES = (
    "promised_at",
    "due_at",
    "give_up_at",
    "sent_at",
    "failed_at",
    "withdrawn_at",
    "bounced_at",
)


@describes(Notification)
def notifications(ids: Collection[int], named: bool) -> dict[int, str]:
    """What kind of message, and from when."""
    rows = Notification.objects.filter(pk__in=ids)
    return {
        row.pk: gettext("Message: %(kind)s, %(time)s")
        % {"kind": kind_in_words(row.kind), "time": wall_time(row.promised_at)}
        for row in rows
    }


@describes(AccessRecord)
def access_records(ids: Collection[int], named: bool) -> dict[int, str]:
    """Whose look, and when."""
    rows = AccessRecord.objects.filter(pk__in=ids).select_related("by")
    return {
        row.pk: gettext("Look of %(by)s, %(time)s") % {"by": row.by, "time": wall_time(row.at)}
        for row in rows
    }


class PromisedWithin(RecentRowsFilter):
    """Letters by the day of their promise, unless those about one subject were asked for."""

    column = "promised_at"

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """The last days, or whatever there is about the one subject."""
        if AboutOne.parameter_name in request.GET:
            return queryset
        return super().queryset(request, queryset)


class NotificationState(admin.SimpleListFilter):
    """How a letter fared; "sent" means accepted by the mail server, which is not delivery."""

    title = _("state")
    parameter_name = "state"
    states: ClassVar[dict[str, dict[str, object]]] = {
        "waiting": {"sent_at": None, "failed_at": None, "withdrawn_at": None},
        "failed": {"failed_at__isnull": False},
        "sent": {"sent_at__isnull": False},
        "withdrawn": {"withdrawn_at__isnull": False},
        "bounced": {"bounced_at__isnull": False},
    }

    def lookups(self, request: HttpRequest, model_admin: object) -> list[tuple[str, Any]]:
        """The ways a letter can stand."""
        return [
            ("waiting", _("not sent yet")),
            ("failed", _("failed")),
            ("sent", _("sent")),
            ("withdrawn", pgettext("a message", "withdrawn")),
            ("bounced", _("came back")),
        ]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """Letters in the chosen state."""
        return queryset.filter(**self.states.get(self.value() or "", {}))


class Channel(admin.SimpleListFilter):
    """By the way in which they leave."""

    title = _("channel")
    parameter_name = "queue"

    def lookups(self, request: HttpRequest, model_admin: object) -> list[tuple[str, Any]]:
        """As the outbox sorts them."""
        return list(Notification.Queue.choices)

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """Letters of the chosen channel."""
        return queryset.filter(queue=self.value()) if self.value() else queryset


@admin.register(Notification)
class NotificationAdmin(FoundByNumber):
    """The outbox: rows hold neither text nor address."""

    desk_help = _(
        "Sent is not yet delivered. Whoever has an appointment within a day and a letter that was "
        "not sent is on the start page, to be phoned."
    )
    list_display = ("what", "about", "promised", "state", "in_language")
    list_filter = (PromisedWithin, NotificationState, Channel, AboutOne)
    number_button = _("Show the messages")
    number_hint = _("To a name you find the messages on the page of the person's appointment.")
    ordering = ("-promised_at",)
    change_form_template = "admin/foundation/notification/change_form.html"
    fields = readonly_fields = ("attempts",)  # the page has a template of its own

    def shown_beside(self, request: HttpRequest, row: Notification) -> dict[str, Any]:
        """What it is about, how it fares and what that means; its text while it has not left."""
        reader, now = staff_of(request), timezone.now()
        standing = standing_of(row, now=now)
        lost, may_read = standing in {"bounced", "failed"}, may_look(row.subject, reader=reader)
        waits = standing not in ENDS
        letter = as_it_would_leave(row, now=now) if waits and may_read else None
        if letter:
            self.record(request, AccessRecord.Kind.VIEW, row.subject)
        return {
            "about": self.about(row),
            "state": self.state(row),
            "meaning": STANDINGS[standing].meaning,
            "language": self.in_language(row),
            "times": self._times(row, waits=waits),
            "waits": waits,
            "may_read": may_read,
            "letter": letter,
            "again": way_to_send_again(row, reader=reader) if lost else None,
        }

    def _times(self, row: Notification, *, waits: bool) -> list[tuple[str, str]]:
        """What has happened and what is to come, in its order."""
        names = {each.name: str(each.verbose_name) for each in self.opts.concrete_fields}
        ahead = {"due_at", "give_up_at"}
        shown = (name for name in TIMES if getattr(row, name) and (waits or name not in ahead))
        return [(capfirst(names[name]), wall_time(getattr(row, name))) for name in shown]

    @admin.display(description=_("kind"), ordering="kind")
    def what(self, row: Notification) -> str:
        """The kind in words."""
        return kind_in_words(row.kind)

    @admin.display(description=_("promised at"), ordering="promised_at")
    def promised(self, row: Notification) -> str:
        """Wall time."""
        return wall_time(row.promised_at)

    @admin.display(description=_("language"), ordering="language")
    def in_language(self, row: Notification) -> str:
        """The language by its name."""
        return str(dict(settings.LANGUAGES).get(row.language, row.language))

    @admin.display(description=_("state"))
    def state(self, row: Notification) -> SafeString:
        """How far it came, when, and why it did not get further."""
        standing = standing_of(row, now=timezone.now())
        word, tone, _meaning = STANDINGS[standing]
        more = {
            "bounced": row.bounce,
            "failed": failure_in_words(row.failure),
            "tried": failure_in_words(row.failure),
        }.get(standing, "")
        if standing == "tried":
            when = ngettext("%s attempt", "%s attempts", row.attempts) % row.attempts
        else:
            at = row.due_at if standing == "planned" else getattr(row, f"{standing}_at", None)
            when = wall_time(at) if at else ""
        return format_html("{} {}", tag(word, tone), ", ".join(filter(None, (when, more))))


class LookedWithin(RecentRowsFilter):
    """The last days, unless one day or one subject was asked for."""

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """Within a year at most, since everything older is gone."""
        if {"on", AboutOne.parameter_name} & set(request.GET):
            return queryset
        return super().queryset(request, queryset)


class LookedOn(admin.SimpleListFilter):
    """One local day, as it is picked."""

    title = _("day")
    parameter_name = "on"
    template = "admin/foundation/accessrecord/day.html"

    def lookups(self, request: HttpRequest, model_admin: object) -> list[tuple[str, Any]]:
        """Any: the browser's own input offers them."""
        return [("", "")]

    def choices(self, changelist: Any) -> Iterator[Any]:
        """What is picked, and what else the address says."""
        gone = {self.parameter_name, "p", "e"}
        kept = {name: text for name, text in changelist.params.items() if name not in gone}
        yield {"picked": picked_day(self.value()), "kept": kept}

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """The looks of that day."""
        if (day := picked_day(self.value())) is None:
            return queryset
        first, after = (datetime.combine(each, time()) for each in (day, day + timedelta(days=1)))
        return queryset.filter(at__gte=make_aware(first), at__lt=make_aware(after))


@admin.register(AccessRecord)
class AccessRecordAdmin(FoundByNumber):
    """Who looked at whose data; nobody can change it here."""

    desk_help = _(
        "Every list, page, search and file with personal data that somebody opened. What somebody "
        "opened again within 15 minutes is one line with its last time."
    )

    list_display = ("when", "who", "what", "about_and_why")
    list_filter = (LookedWithin, LookedOn, "by", "kind", AboutOne)
    number_button = _("Show who looked")
    list_select_related = ("by",)
    change_form_template = "admin/foundation/accessrecord/change_form.html"
    readonly_fields = ("when", "who", "what", "about", "why")

    def get_fields(self, request: HttpRequest, obj: AccessRecord | None = None) -> tuple[str, ...]:
        """Without the reason where none was given."""
        return self.readonly_fields if obj is None or obj.reason else self.readonly_fields[:-1]

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[LooksTogether]:
        """The lines of the page; looks that belong together are one."""
        return LooksTogether

    def shown_beside(self, request: HttpRequest, row: AccessRecord) -> dict[str, Any]:
        """Who looked at the same before and after."""
        before, after = around(row)
        looks = [(_("Looked afterwards"), after), (_("Looked before"), before)]
        return {"around": looks, "show_close": False}

    @admin.display(description=_("at"), ordering="at")
    def when(self, row: AccessRecord) -> str:
        """Wall time; of several looks the last."""
        count = getattr(row, "count", 1)
        if count == 1:
            return wall_time(row.at)
        since = f"{localtime(row.since):%H:%M}"  # type: ignore[attr-defined]  # see LooksTogether
        several = ngettext("%(n)s time since %(since)s", "%(n)s times since %(since)s", count)
        return two_lines(wall_time(row.at), several % {"n": count, "since": since})

    @admin.display(description=_("by"), ordering="by")
    def who(self, row: AccessRecord) -> str:
        """The name of whoever looked."""
        return str(row.by)

    def name_of(self, row: AccessRecord) -> str:
        """What was done and when."""
        return f"{capfirst(self.what(row))}, {wall_time(row.at)}"

    @admin.display(description=_("reason"))
    def why(self, row: AccessRecord) -> str:
        """How it was searched, why a door was opened, or what was typed."""
        return reason_in_words(row.reason)

    @admin.display(description=_("subject"))
    def about_and_why(self, row: AccessRecord) -> SafeString | str:
        """What it is about, and the reason where there is one."""
        return two_lines(self.about(row), self.why(row)) if row.reason else self.about(row)


@admin.register(BotSignal)
class BotSignalAdmin(AboutSomething):
    """Signs of machines; they tell, and never block."""

    recorded = False
    list_display = ("at", "what", "about")
    list_filter = (RecentRowsFilter, "kind")
    fields = readonly_fields = ("at", "what", "about")

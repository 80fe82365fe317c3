"""Lists at the desk whose rows are about something: told in words, and found by its number."""

from __future__ import annotations

from datetime import datetime
from typing import Any, ClassVar
from urllib.parse import urlencode

from django.contrib import admin, messages
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.functional import Promise
from django.utils.html import strip_tags
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from config.foundation.admin_bases import AccessLoggedReadOnlyAdmin, tag, two_lines, wall_time
from config.foundation.notification_words import STANDINGS, kind_in_words, standing_of
from config.foundation.outbox import Notification
from config.foundation.staff import staff_of
from config.foundation.subjects import SubjectsInWords, in_words, subject_of


def messages_about(
    subject: str, *, now: datetime, is_over: bool = False
) -> list[tuple[int, str, SafeString]]:
    """The messages about one subject, the newest first: the kind, how each stands, since when.

    Once the subject `is_over`, what is planned finds no cause when its time comes, and is dropped.
    """
    found = []
    for row in Notification.objects.filter(subject=subject).order_by("-promised_at", "-pk"):
        standing = standing_of(row, now=now)
        if is_over and standing == "planned":
            standing = "withdrawn"
        word, tone, _meaning = STANDINGS[standing]
        # what has not left yet stands with the time at which it is to leave
        at = getattr(row, f"{standing}_at", None) or row.due_at
        found.append((row.pk, kind_in_words(row.kind), two_lines(tag(word, tone), wall_time(at))))
    return found


class AboutSomething(AccessLoggedReadOnlyAdmin):
    """Rows about a subject, which is told in words and leads to its page."""

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[SubjectsInWords]:
        """The rows of the page with their subjects in words."""
        return SubjectsInWords

    def get_object(self, request: HttpRequest, object_id: str, from_field: Any = None) -> Any:
        """One row with its subject in words."""
        row = super().get_object(request, object_id, from_field)
        if row is not None:
            row.told = in_words([row.subject], reader=staff_of(request))[row.subject]
        return row

    @admin.display(description=_("subject"))
    def about(self, row: Any) -> SafeString | str:
        """What it is about, as a link for whoever may see it."""
        told: SafeString | str = row.told
        return told or "–"

    @admin.display(description=_("kind"), ordering="kind")
    def what(self, row: Any) -> str:
        """The kind in words."""
        return str(row.get_kind_display())

    def name_of(self, row: Any) -> str:
        """Its kind, as the heading of its page."""
        return self.what(row)


class AboutOne(admin.SimpleListFilter):
    """One subject, which the search found; it is no filter to choose from."""

    title = _("subject")
    parameter_name = "about"

    def lookups(self, request: HttpRequest, model_admin: object) -> list[tuple[str, Any]]:
        """The one that was found, in words."""
        found = self.used_parameters.get(self.parameter_name)
        subject = found[-1] if isinstance(found, list) else found
        if not subject:
            return []
        told = in_words([subject], reader=staff_of(request))[subject]
        return [(subject, strip_tags(told))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """Everything about it and about what was done with it."""
        if not self.value():
            return queryset
        what = self.value()
        return queryset.filter(Q(subject=what) | Q(subject__startswith=f"{what} "))


class FoundByNumber(AboutSomething):
    """Rows that are found by the number of what they are about; it stands in no address."""

    change_list_template = "admin/foundation/found_by_number.html"
    number_button: ClassVar[str | Promise]
    number_hint: ClassVar[str | Promise] = ""

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """The list; a number that was typed leads to what is about the row that it belongs to."""
        number = request.POST.get("number")
        if number is None or not self.has_view_permission(request):
            named = {"number_button": self.number_button, "number_hint": self.number_hint}
            return super().changelist_view(request, {**named, **(extra_context or {})})
        subject = subject_of(number)
        if subject is None:
            messages.warning(request, _("Nothing has this number."))
            return redirect(request.path)
        return redirect(f"{request.path}?{urlencode({AboutOne.parameter_name: subject})}")

"""The statistics: a page and an export at the desk, and a page for everybody."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import date, timedelta
from typing import Any

from django import forms
from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from booking.charts import bar, bars
from booking.spreadsheets import as_csv, as_xlsx
from booking.statistics import LONGEST, Span, Table, public_tables, tables
from booking.windows import local_day
from config.foundation.audit import AccessRecord, record_access
from config.foundation.dates import DayField
from config.foundation.office import current_office
from config.foundation.staff import staff_of

More = Callable[[], list[Table]]
VIEW = "booking.view_statistics"


class SpanForm(forms.Form):
    """From which day to which, in which steps."""

    since = DayField(label=_("From"))
    last = DayField(label=_("To"))
    by = forms.ChoiceField(
        choices=[("day", _("by day")), ("week", _("by week")), ("month", _("by month"))],
        label=_("Steps"),
    )

    def clean(self) -> dict[str, Any]:
        """In order, and at most two years."""
        data = super().clean() or self.cleaned_data
        since, last = data.get("since"), data.get("last")
        if since and last and not since <= last <= since + LONGEST:
            self.add_error("last", _("Please choose at most two years, the first day first."))
        return data


def _span(request: HttpRequest, today: date) -> tuple[SpanForm, Span]:
    fallback = Span(since=today - timedelta(days=28), until=today + timedelta(days=8), by="week")
    first = {"since": f"{fallback.since:%d.%m.%Y}", "by": fallback.by}
    first["last"] = f"{fallback.until - timedelta(days=1):%d.%m.%Y}"
    form = SpanForm(request.GET if "since" in request.GET else first, label_suffix="")
    if not form.is_valid():
        return form, fallback
    data = form.cleaned_data
    return form, Span(since=data["since"], until=data["last"] + timedelta(days=1), by=data["by"])


def _drawn(table: Table) -> Any:
    if table.chart is None or not table.rows:
        return ""
    column = table.chart
    title = f"{table.title}: {table.head[column]}"
    return bars([(str(row[0]), int(row[column])) for row in table.rows], title=title)


def desk(request: HttpRequest, *, more: More = list) -> HttpResponseBase:
    """The figures with their charts; `more` adds tables of other apps."""
    if not request.user.has_perm(VIEW):
        raise PermissionDenied
    today = local_day(timezone.now(), zone=current_office().zone)
    form, span = _span(request, today)
    found = [*tables(span), *more()]
    context = {
        **admin.site.each_context(request),
        "title": _("Statistics"),
        "form": form,
        "tables": [(table, _drawn(table)) for table in found],
        "query": request.GET.urlencode(),
        "may_export_list": request.user.has_perm("booking.export_appointment"),
    }
    status = 200 if form.is_valid() else 422
    return TemplateResponse(request, "admin/statistics.html", context, status=status)


def export(request: HttpRequest, *, more: More = list) -> HttpResponseBase:
    """All tables of the page in one file."""
    if not request.user.has_perm(VIEW):
        raise PermissionDenied
    now = timezone.now()
    _form, span = _span(request, local_day(now, zone=current_office().zone))
    kind = AccessRecord.Kind.EXPORT
    record_access(by=staff_of(request), kind=kind, subject="statistics", now=now)
    found = [*tables(span), *more()]
    write = as_xlsx if request.GET.get("format") == "xlsx" else as_csv
    return write("statistics", [str(span.since), str(span.until)], _lines(found))


def _lines(found: list[Table]) -> Iterator[list[Any]]:
    for table in found:
        yield []
        yield [table.title]
        yield list(table.head)
        yield from (list(row) for row in table.rows)


@require_safe
def public(request: HttpRequest) -> HttpResponse:
    """How many times there are, are taken and are missed; small figures are masked."""
    found = [(table, _with_bars(table)) for table in public_tables(now=timezone.now())]
    context = {"tables": found, "distribution": current_office().distribution}
    return render(request, "booking/figures.html", context)


def _with_bars(table: Table) -> list[tuple[Sequence[Any], SafeString | str]]:
    """The rows of a public table, each with the bar of its figure; what is no figure has none."""
    figures = [row[1] for row in table.rows if isinstance(row[1], int)]
    most = max(figures, default=0)
    return [(row, bar(row[1], most) if isinstance(row[1], int) else "") for row in table.rows]

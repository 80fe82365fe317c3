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
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from booking import demand_statistics as demand
from booking.charts import bar
from booking.spreadsheets import as_csv, as_workbook
from booking.statistics import LONGEST, Span, Table, public_tables, tables
from booking.windows import local_day
from config.foundation.audit import AccessRecord, record_access
from config.foundation.day_inputs import DeskDayField
from config.foundation.office import current_office, in_language
from config.foundation.staff import staff_of

More = Callable[[Span], list[Table]]
Cell = tuple[Any, SafeString | str]
Row = list[Cell]
VIEW = "booking.view_statistics"


def _nothing_more(span: Span) -> list[Table]:
    return []


class SpanForm(forms.Form):
    """From which day to which, in which steps."""

    since = DeskDayField(label=_("From"))
    last = DeskDayField(label=_("To"))
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
    first = {"since": fallback.since.isoformat(), "by": fallback.by}
    first["last"] = (fallback.until - timedelta(days=1)).isoformat()
    form = SpanForm(request.GET if "since" in request.GET else first, label_suffix="")
    if not form.is_valid():
        return form, fallback
    data = form.cleaned_data
    return form, Span(since=data["since"], until=data["last"] + timedelta(days=1), by=data["by"])


def desk(request: HttpRequest, *, more: More = _nothing_more) -> HttpResponseBase:
    """The figures with their charts; `more` adds tables of other apps."""
    if not request.user.has_perm(VIEW):
        raise PermissionDenied
    office = current_office()
    today = local_day(timezone.now(), zone=office.zone)
    form, span = _span(request, today)
    found = [*_all(span), *more(span)]
    context = {
        **admin.site.each_context(request),
        "title": _("Statistics"),
        "form": form,
        "days": _said(span),
        "days_before": _said(demand.before(span)),
        "office": in_language(office.name),
        "now": timezone.now(),
        "tables": [(table, drawn(table)) for table in found],
        "query": request.GET.urlencode(),
        "may_export_list": request.user.has_perm("booking.export_appointment"),
    }
    status = 200 if form.is_valid() else 422
    return TemplateResponse(request, "admin/statistics.html", context, status=status)


def export(request: HttpRequest, *, more: More = _nothing_more) -> HttpResponseBase:
    """All tables of the page in one file."""
    if not request.user.has_perm(VIEW):
        raise PermissionDenied
    now = timezone.now()
    _form, span = _span(request, local_day(now, zone=current_office().zone))
    kind = AccessRecord.Kind.EXPORT
    record_access(by=staff_of(request), kind=kind, subject="statistics", now=now)
    found = [*_all(span), *more(span)]
    if request.GET.get("format") == "xlsx":
        return as_workbook(
            "statistics", [(table.title, [table.head, *table.rows]) for table in found]
        )
    return as_csv("statistics", [gettext("Statistics"), _said(span)], _lines(found))


def _all(span: Span) -> list[Table]:
    """What is asked for first, first."""
    used, *others = tables(span)
    return [
        *(demand.overview(span), used, demand.by_hour(span), demand.sold_out(span)),
        *(demand.wish_to_appointment(span), demand.waiting_list(span), demand.waiting_now()),
        *others,
    ]


def _said(span: Span) -> str:
    """The first and the last day."""
    return f"{span.since:%d.%m.%Y} – {span.until - timedelta(days=1):%d.%m.%Y}"


def _lines(found: list[Table]) -> Iterator[list[Any]]:
    for table in found:
        yield []
        yield [table.title]
        yield list(table.head)
        yield from (list(row) for row in table.rows)


@require_safe
def public(request: HttpRequest) -> HttpResponse:
    """How many times there are, are taken and are missed; small figures are masked."""
    found = [(table, drawn(table)) for table in public_tables(now=timezone.now())]
    context = {"tables": found, "distribution": current_office().distribution}
    return render(request, "booking/figures.html", context)


def drawn(table: Table) -> list[Row]:
    """The rows of a table, with a bar beside each figure that is charted."""
    figures = [row[at] for row in table.rows for at in table.charts if isinstance(row[at], int)]
    most = max(figures, default=0)

    def cell(row: Sequence[Any], at: int) -> Cell:
        value = row[at]
        charted = at in table.charts and isinstance(value, int)
        whole = most if table.whole is None else row[table.whole]
        return value, bar(value, whole) if charted else ""

    return [[cell(row, at) for at in range(len(row))] for row in table.rows]

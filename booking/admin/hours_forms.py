"""The form of a counter's hours."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import Any

from django import forms
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from booking.actions.opening_hours import Hours
from booking.models import Quota
from booking.models.counters import WEEKDAYS
from booking.windows import local_day
from config.foundation.day_inputs import DeskDayField, clock_field
from config.foundation.office import current_office


class HoursForm(forms.Form):
    """From when, for how long, and up to two windows a weekday."""

    valid_from = DeskDayField(label=_("Valid from"))
    valid_to = DeskDayField(
        label=_("Valid to (that day included)"), required=False, help_text=_("empty: for good")
    )
    quota = forms.ModelChoiceField(
        queryset=Quota.objects.filter(in_service=True),
        required=False,
        label=_("For whom"),
        empty_label=_("emergencies: published for everybody"),
        help_text=_("The times of a quota are for invited people only."),
    )
    replace = forms.ChoiceField(
        choices=[
            ("no", _("special hours, on top of the usual ones")),
            ("yes", _("instead of the usual hours")),
        ],
        label=_("These are"),
        widget=forms.RadioSelect,
        initial="no",
    )

    def __init__(self, *args: Any, now: datetime, **kwargs: Any) -> None:
        super().__init__(*args, **{"label_suffix": "", **kwargs})
        self.today = local_day(now, zone=current_office().zone)
        for weekday, name in WEEKDAYS[:6]:
            for part in (1, 2):
                for edge, label in (("opens", _("from")), ("closes", _("to"))):
                    field = clock_field(label=f"{name} {part}: {label}", required=False)
                    self.fields[f"{edge}_{weekday}_{part}"] = field

    def lines(self) -> list[tuple[str | Promise, list[forms.BoundField]]]:
        """The time fields as a table: a weekday and its four fields."""
        names = [f"{edge}_{{}}_{part}" for part in (1, 2) for edge in ("opens", "closes")]
        return [
            (label, [self[name.format(weekday)] for name in names])
            for weekday, label in WEEKDAYS[:6]
        ]

    def clean(self) -> dict[str, Any]:
        """Both edges or none; in order; not in the past."""
        data = super().clean() or self.cleaned_data
        self.hours: list[Hours] = []
        for weekday, _label in WEEKDAYS[:6]:
            self._collect(weekday, data)
        since, until = data.get("valid_from"), data.get("valid_to")
        if since and since < self.today:
            self.add_error("valid_from", _("Hours can't change in the past."))
        if since and until and until < since:
            self.add_error("valid_to", _("This day comes before the first one."))
        if not self.hours and data.get("replace") != "yes" and not self.errors:
            self.add_error(None, _("Please enter at least one time."))
        return data

    def _collect(self, weekday: int, data: dict[str, Any]) -> None:
        last: time | None = None
        for part in (1, 2):
            opens, closes = (
                data.get(f"opens_{weekday}_{part}"),
                data.get(f"closes_{weekday}_{part}"),
            )
            if opens is None and closes is None:
                continue
            if opens is None or closes is None or closes <= opens or (last and opens < last):
                self.add_error(f"opens_{weekday}_{part}", _("Please check these times."))
                continue
            last = closes
            self.hours.append(Hours(weekday=weekday, opens=opens, closes=closes))

    @property
    def valid_until(self) -> date | None:
        """The first day on which these hours don't hold any more."""
        last: date | None = self.cleaned_data["valid_to"]
        return last + timedelta(days=1) if last else None

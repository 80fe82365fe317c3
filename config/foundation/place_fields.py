"""Where an office or a box is, chosen by name: federal state, time zone, days of the week."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest
from django.utils.dates import WEEKDAYS
from django.utils.translation import gettext_lazy as _

from config.foundation.field_options import drop_json_options

if TYPE_CHECKING:  # Django's own class knows its model only to the type checker
    Admin = admin.ModelAdmin[Any]
else:
    Admin = object

STATE_NAMES = {
    "BW": _("Baden-Württemberg"),
    "BY": _("Bavaria"),
    "BE": _("Berlin"),
    "BB": _("Brandenburg"),
    "HB": _("Bremen"),
    "HH": _("Hamburg"),
    "HE": _("Hesse"),
    "MV": _("Mecklenburg-Western Pomerania"),
    "NI": _("Lower Saxony"),
    "NW": _("North Rhine-Westphalia"),
    "RP": _("Rhineland-Palatinate"),
    "SL": _("Saarland"),
    "SN": _("Saxony"),
    "ST": _("Saxony-Anhalt"),
    "SH": _("Schleswig-Holstein"),
    "TH": _("Thuringia"),
}
ZONE_NAMES = {"Europe/Berlin": _("Central European Time (Berlin)")}


class PlaceField(forms.ChoiceField):
    """One of the names; what is stored and has none stays to be chosen."""

    def __init__(self, *, names: dict[str, Any], **kwargs: Any) -> None:
        for name in ("max_length", "empty_value", "widget"):
            kwargs.pop(name, None)
        self.names = names
        super().__init__(choices=list(names.items()), **kwargs)

    def keep(self, stored: str) -> None:
        """Offers `stored` as well."""
        if stored and stored not in self.names:
            self.choices = [*self.names.items(), (stored, stored)]


class WeekdaysField(forms.TypedMultipleChoiceField):
    """Days of the week to tick, stored as numbers from 0, Monday."""

    widget = forms.CheckboxSelectMultiple(attrs={"class": "desk-ticks"})

    def __init__(self, **kwargs: Any) -> None:
        drop_json_options(kwargs)
        super().__init__(choices=list(WEEKDAYS.items()), coerce=int, **kwargs)


# How a column is shown to whoever only looks.
SHOWN: dict[str, Callable[[Any], str]] = {
    "state": lambda code: str(STATE_NAMES.get(code, code)),
    "time_zone": lambda zone: str(ZONE_NAMES.get(zone, zone)),
    "weekdays": lambda days: ", ".join(str(WEEKDAYS[day]) for day in days),
}


class WithPlace(Admin):
    """A table whose state and time zone are chosen by name, and its weekdays ticked."""

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """The columns that every place has."""
        names = {"state": STATE_NAMES, "time_zone": ZONE_NAMES}.get(db_field.name)
        if names:
            kwargs["form_class"] = partial(PlaceField, names=names)
        if db_field.name == "weekdays":
            kwargs["form_class"] = WeekdaysField
        return super().formfield_for_dbfield(db_field, request, **kwargs)

    def get_form(self, request: HttpRequest, obj: Any = None, *args: Any, **kwargs: Any) -> Any:
        """What is stored can stay."""
        form = super().get_form(request, obj, *args, **kwargs)
        for name, field in form.base_fields.items():
            if obj and isinstance(field, PlaceField):
                field.keep(getattr(obj, name))
        return form

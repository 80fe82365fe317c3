"""Fields of a draft's row in the office's words: choices by their titles instead of keys."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from config.foundation.field_options import drop_json_options
from documents.admin.draft_choices import Choices, Drafts, with_stored
from documents.checklist import offset_parts

Offered = Callable[[Drafts], Choices]


class NamedField(forms.ChoiceField):
    """One thing of the draft, stored by its key and chosen by its title."""

    def __init__(self, *, offered: Offered, empty: Any = "–", **kwargs: Any) -> None:
        for name in ("max_length", "allow_unicode", "empty_value", "widget"):
            kwargs.pop(name, None)
        self.offered, self.empty = offered, empty
        super().__init__(**kwargs)

    def offer(self, drafts: Drafts, stored: str | None) -> None:
        """What `drafts` have, and what is stored although it is gone."""
        kept = [stored] if stored else []
        self.choices = lambda: [("", self.empty), *with_stored(self.offered(drafts), kept)]


class FeesField(forms.MultipleChoiceField):
    """Some fees of the draft, stored by their codes and ticked by their titles."""

    widget = forms.CheckboxSelectMultiple(attrs={"class": "desk-ticks"})

    def __init__(self, **kwargs: Any) -> None:
        drop_json_options(kwargs)
        super().__init__(**kwargs)

    def offer(self, drafts: Drafts, stored: list[str] | None) -> None:
        """The fees of `drafts`, and what is stored although it is gone."""
        self.choices = lambda: with_stored(drafts.fees(), stored or [])


class DistanceWidget(forms.MultiWidget):
    """A number, its unit, and whether it is before or after."""

    use_fieldset = True
    template_name = "admin/documents/distance.html"
    UNITS = [("days", _("days")), ("weeks", _("weeks")), ("months", _("months"))]
    SIDES = [("-", _("before this day")), ("+", _("after this day"))]

    def __init__(self) -> None:
        number = forms.NumberInput(attrs={"min": 0, "max": 999, "aria-label": _("number")})
        unit = forms.Select(choices=self.UNITS, attrs={"aria-label": _("unit")})
        side = forms.Select(choices=self.SIDES, attrs={"aria-label": _("before or after")})
        super().__init__({"number": number, "unit": unit, "side": side})

    def decompress(self, value: str | None) -> list[Any]:
        """ "-8 weeks" as 8, weeks, before."""
        found = offset_parts(value or "")
        return [found[1], found[2], found[0]] if found else ["", "days", "-"]


class DistanceField(forms.MultiValueField):
    """How far from a day, stored like "-8 weeks"; no number is no distance."""

    def __init__(self, **kwargs: Any) -> None:
        for name in ("max_length", "empty_value", "widget"):
            kwargs.pop(name, None)
        fields = (
            forms.IntegerField(
                required=False,
                min_value=0,
                max_value=999,
                error_messages={"invalid": _("Please write a whole number from 0 to 999.")},
            ),
            forms.ChoiceField(choices=DistanceWidget.UNITS, required=False),
            forms.ChoiceField(choices=DistanceWidget.SIDES, required=False),
        )
        super().__init__(fields, require_all_fields=False, widget=DistanceWidget(), **kwargs)

    def compress(self, data_list: list[Any]) -> str:
        """As it is stored."""
        number, unit, side = data_list or (None, "", "")
        if number is None:
            return ""
        if not unit or not side:
            raise ValidationError(_("Please choose the unit, and before or after."), code="unit")
        return f"{side}{number} {unit}"

    def has_changed(self, initial: str | None, data: Any) -> bool:
        """Without a number, unit and side say nothing."""
        shown, sent = self.widget.decompress(initial), [str(each or "") for each in data or [""]]
        return bool(shown[0] or sent[0]) and [str(each) for each in shown] != sent


class PercentField(forms.DecimalField):
    """A share of the whole, typed in percent."""

    widget = forms.NumberInput(attrs={"min": 0, "max": 99, "step": 1})

    def __init__(self, **kwargs: Any) -> None:
        for name in ("max_digits", "decimal_places", "widget"):
            kwargs.pop(name, None)
        super().__init__(min_value=0, max_value=99, decimal_places=0, **kwargs)

    def prepare_value(self, value: Any) -> Any:
        """What is stored as a number of percent; what was typed as it was typed."""
        return value if value is None or isinstance(value, str) else f"{value * 100:.0f}"

    def clean(self, value: Any) -> Any:
        """As it is stored."""
        percent = super().clean(value)
        return None if percent is None else percent / 100

    def has_changed(self, initial: Any, data: Any) -> bool:
        """Compares percents."""
        return super().has_changed(None if initial is None else initial * 100, data)


class PlaceField(forms.ChoiceField):
    """Where a row stands among those beside it, chosen by the one that follows it."""

    def __init__(self, *, rows: list[Any], row: Any, **kwargs: Any) -> None:
        self.others = [each for each in rows if row is None or each.pk != row.pk]
        self.stored = row.position if row else None
        at = [each.pk for each in rows].index(row.pk) if row else len(rows)
        self.following = str(self.others[at].pk) if at < len(self.others) else ""
        before = [(str(each.pk), _("before “%s”") % each) for each in self.others]
        super().__init__(required=False, choices=[*before, ("", _("at the end"))], **kwargs)

    def prepare_value(self, value: Any) -> Any:
        """What follows where it is stored; what was chosen as it was chosen."""
        return value if isinstance(value, str) else self.following

    def has_changed(self, initial: Any, data: Any) -> bool:
        """Compares what follows."""
        return self.following != (data or "")

    def clean(self, value: Any) -> Any:
        """The place as a number; a row that stays keeps its own."""
        chosen = super().clean(value)
        if chosen == self.following and self.stored is not None:
            return self.stored
        keys = [str(each.pk) for each in self.others]
        return keys.index(chosen) if chosen else len(keys)

    def put(self, row: Any, rows: list[Any]) -> None:
        """Counts `rows` anew, with `row` at its new place; at the end of unknown ones."""
        others = [each for each in rows if each.pk != row.pk]
        place = row.position if self.others else len(others)
        for at, each in enumerate([*others[:place], row, *others[place:]]):
            if each.position != at:
                type(each)._default_manager.filter(pk=each.pk).update(position=at)

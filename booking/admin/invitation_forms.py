"""The forms of inviting people."""

from __future__ import annotations

from collections.abc import Container
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django import forms
from django.conf import settings
from django.utils.translation import gettext_lazy as _

from booking.actions.invitations import Invitee
from booking.admin.action_forms import PersonFields
from booking.admin.free_times import takeable_days, takeable_times
from booking.models import Applicant, Quota
from booking.windows import day_bounds, local_day
from config.foundation.day_inputs import DeskDayField
from config.foundation.office import current_office
from config.foundation.person_forms import CaseField
from config.foundation.persons import AddressField
from config.foundation.phones import PhoneField

LONGEST = timedelta(days=90)
MOST_PEOPLE = 20
CHOOSES, THIS_TIME = "chooses", "this_time"


class LastDayField(DeskDayField):
    """The last day on which a time can be chosen; its value is the UTC instant after it."""

    today: date  # its form knows

    def clean(self, value: object) -> datetime | None:
        """Raises ValidationError for a day that has passed or is far away."""
        day: date | None = super().clean(value)
        if day is None:
            return None
        if not self.today <= day <= self.today + LONGEST:
            raise forms.ValidationError(
                _("Please enter a day from today on and within the next 90 days."), code="day"
            )
        return day_bounds(day, zone=current_office().zone)[1]


class _Terms(forms.Form):
    """Until when, and with how many letters."""

    valid_until = LastDayField(
        label=_("Valid until (that day included)"),
        required=False,
        help_text=_("empty: as the quota says"),
    )
    quiet = forms.BooleanField(label=_("No reminders"), required=False)

    def __init__(self, *args: Any, now: datetime, **kwargs: Any) -> None:
        super().__init__(*args, **{"label_suffix": "", **kwargs})
        _know_today(self, now=now)


class SelectedForm(_Terms):
    """To what the people of a list are invited."""

    field_order = ("quota", "valid_until", "quiet")
    quota = forms.ModelChoiceField(
        Quota.objects.filter(in_service=True), label=_("Quota"), empty_label=None
    )


class InviteForm(_Terms):
    """To what, in which way, until when."""

    field_order = ("way", "slot", "valid_until", "quiet")
    way = forms.ChoiceField(
        choices=[
            (CHOOSES, _("The person chooses")),
            (THIS_TIME, _("This appointment, for one person")),
        ],
        label=_("How"),
        widget=forms.RadioSelect,
        initial=CHOOSES,
    )
    slot = forms.ChoiceField(label=_("Time"), required=False)

    def __init__(self, *args: Any, quota: Quota, now: datetime, **kwargs: Any) -> None:
        super().__init__(*args, now=now, **kwargs)
        times = self.fields["slot"]
        assert isinstance(times, forms.ChoiceField)  # noqa: S101
        times.choices = takeable_times(quota=quota, now=now)

    def clean(self) -> dict[str, Any]:
        """A time, where the office chooses it."""
        data = super().clean() or self.cleaned_data
        if data.get("way") == THIS_TIME and not data.get("slot") and "slot" not in self.errors:
            self.add_error("slot", _("Please choose the appointment."))
        return data


class InviteeForm(PersonFields):
    """One of the people who are invited."""

    field_order: tuple[str, ...] = (
        *("family_name", "given_names", "birth_date", "case_reference"),
        *("email", "phone", "language", "access_need"),
    )
    case_reference = CaseField(label=_("Case reference"), max_length=40, required=False)
    email = AddressField(
        label=_("E-mail"), required=False, help_text=_("Without one, print the invitation.")
    )
    phone = PhoneField(label=_("Phone"), required=False)
    language = forms.ChoiceField(choices=settings.LANGUAGES, label=_("Language of the letters"))
    access_need = forms.ChoiceField(
        choices=Applicant.AccessNeed.choices, label=_("Accessibility need"), required=False
    )

    def __init__(self, *args: Any, now: datetime, **kwargs: Any) -> None:
        super().__init__(*args, **{"label_suffix": "", **kwargs})
        self.today = local_day(now, zone=current_office().zone)

    def clean(self) -> dict[str, Any]:
        """Refuses impossible birth dates."""
        data = super().clean() or self.cleaned_data
        self.check_person(today=self.today)
        return data

    @property
    def is_entered(self) -> bool:
        """Whether anything was typed: a language is chosen in every form."""
        typed = [name for name in self.field_order if name not in {"language", "access_need"}]
        return any(self.data.get(self.add_prefix(name)) for name in typed)

    @property
    def invitee(self) -> Invitee:
        """Who was entered."""
        return Invitee(**{name: self.cleaned_data[name] for name in self.field_order})


class RegistrationForm(InviteeForm):
    """Somebody whom another service registers: it has no file here."""

    field_order = tuple(
        name for name in InviteeForm.field_order if name not in {"case_reference", "phone"}
    )
    case_reference = phone = None  # type: ignore[assignment]  # how Django drops inherited fields

    @property
    def invitee(self) -> Invitee:
        """Who was entered."""
        entered = {name: self.cleaned_data[name] for name in self.field_order}
        return Invitee(**entered, case_reference="", phone="")


def people_forms(data: Any, *, now: datetime, count: int) -> list[InviteeForm]:
    """A form for each of `count` people; all but the first may stay empty."""
    return [
        InviteeForm(
            data,
            now=now,
            prefix=f"p{number}",
            empty_permitted=number > 0,
            use_required_attribute=False,
        )
        for number in range(count)
    ]


class ExtendForm(forms.Form):
    """Until when."""

    valid_until = LastDayField(label=_("Valid until (that day included)"))

    def __init__(self, *args: Any, now: datetime, **kwargs: Any) -> None:
        super().__init__(*args, **{"label_suffix": "", **kwargs})
        _know_today(self, now=now)


def _know_today(form: forms.Form, *, now: datetime) -> None:
    field = form.fields["valid_until"]
    assert isinstance(field, LastDayField)  # noqa: S101
    field.today = local_day(now, zone=current_office().zone)


class SingleTimes(forms.SelectMultiple):
    """A choice for each time, of which most are left as their day is."""

    def value_from_datadict(self, data: Any, files: Any, name: str) -> list[str]:
        """What was chosen of another than its day."""
        return [each for each in super().value_from_datadict(data, files, name) or () if each]


@dataclass(frozen=True, kw_only=True)
class DayToHandOver:
    """One day of the form: its value, whether it is ticked, its times."""

    day: date
    value: str
    is_ticked: bool
    # id, words, what is chosen: "give", "keep" or ""
    times: list[tuple[str, str, str]]

    @property
    def differs(self) -> bool:
        """Whether a time is chosen otherwise than its day."""
        return any(chosen for _id, _words, chosen in self.times)


class HandOverForm(forms.Form):
    """Which free times of a quota the public gets: all, those of a day, and single exceptions."""

    whole = forms.BooleanField(required=False)
    days = forms.MultipleChoiceField(required=False)
    # an id gives a time of a day that stays, the same with a minus keeps one of a day that goes
    slots = forms.MultipleChoiceField(required=False, widget=SingleTimes)

    def __init__(self, *args: Any, quota: Quota, now: datetime, **kwargs: Any) -> None:
        super().__init__(*args, **{"label_suffix": "", **kwargs})
        self.found = takeable_days(quota=quota, now=now)
        self._offer("days", [day.isoformat() for day, _times in self.found])
        ids = self._ids()
        self._offer("slots", [*ids, *(f"-{pk}" for pk in ids)])

    def _offer(self, name: str, values: list[str]) -> None:
        field = self.fields[name]
        assert isinstance(field, forms.MultipleChoiceField)  # noqa: S101
        field.choices = [(value, value) for value in values]

    def _ids(self, days: Container[str] | None = None) -> list[str]:
        chosen = (times for day, times in self.found if days is None or day.isoformat() in days)
        return [pk for times in chosen for pk, _words in times]

    @property
    def count(self) -> int:
        """How many there are."""
        return len(self._ids())

    def by_day(self) -> list[DayToHandOver]:
        """The days with their times, as they are chosen."""
        ticked, single = self["days"].value() or [], self["slots"].value() or []
        return [
            DayToHandOver(
                day=day,
                value=day.isoformat(),
                is_ticked=day.isoformat() in ticked,
                times=[(pk, words, _single(pk, single)) for pk, words in times],
            )
            for day, times in self.found
        ]

    def clean(self) -> dict[str, Any]:
        """The ids that are handed over (`given`); at least one."""
        data = super().clean() or self.cleaned_data
        single = set(data.get("slots", []))
        given = set(self._ids(None if data.get("whole") else data.get("days", [])))
        given = {pk for pk in given if f"-{pk}" not in single}
        given |= {pk for pk in single if not pk.startswith("-")}
        data["given"] = sorted(int(pk) for pk in given)
        if not given and not self.errors:
            self.add_error(None, _("Please choose at least one time."))
        return data


def _single(pk: str, chosen: Container[str]) -> str:
    if pk in chosen:
        return "give"
    return "keep" if f"-{pk}" in chosen else ""

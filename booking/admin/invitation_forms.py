"""The forms of inviting people."""

from __future__ import annotations

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


class TimesByDay(forms.CheckboxSelectMultiple):
    """Times to tick below the day they are on."""

    template_name = "admin/booking/quota/times_by_day.html"


class HandOverForm(forms.Form):
    """Which free times of a quota the public gets."""

    slots = forms.MultipleChoiceField(
        label=_("Free appointments of this quota"),
        widget=TimesByDay,
        error_messages={"required": _("Please choose at least one time.")},
    )

    def __init__(self, *args: Any, quota: Quota, now: datetime, **kwargs: Any) -> None:
        super().__init__(*args, **{"label_suffix": "", **kwargs})
        field = self.fields["slots"]
        assert isinstance(field, forms.MultipleChoiceField)  # noqa: S101
        field.choices = takeable_days(quota=quota, now=now)

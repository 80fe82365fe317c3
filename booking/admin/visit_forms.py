"""Forms of what a day at a counter needs besides; each carries the version of what it writes."""

from __future__ import annotations

import unicodedata
from datetime import date, datetime, time
from typing import Any

from django import forms
from django.db.models import Exists, OuterRef
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from booking.actions.late_entries import LateReason
from booking.admin.action_forms import ActionForm, PapersForm
from booking.models import Appointment, Counter, PhoneCall, Slot, VisitAssignment, VisitNote
from booking.models.visits import NOTE_LENGTH
from booking.states import Status
from booking.windows import NoSuchTime, instant, local_day
from config.foundation.colleagues import ColleagueField
from config.foundation.day_inputs import DeskDayField, clock_field
from config.foundation.office import current_office
from config.foundation.staff import Staff

NO_SHOW = "no_show"
# characters that no keyboard makes and that turn or hide what stands beside them
_REFUSED = ("Cc", "Cf", "Cs", "Co", "Cn")
_JOINERS = "\u200c\u200d"


class _VisitForm(ActionForm):
    """A confirmation of something that may not be there yet: its version is 0 then."""

    version = forms.IntegerField(min_value=0, max_value=10**6, widget=forms.HiddenInput)


class NoteForm(_VisitForm):
    """One note of at most 280 characters on one line."""

    # counted by `clean_text`: a textarea counts a line break as two
    text = forms.CharField(
        label=_("Note"),
        required=False,
        help_text=_("At most 280 characters, for the desk only. Empty takes the note away."),
        widget=forms.Textarea(attrs={"rows": 4, "maxlength": NOTE_LENGTH}),
        max_length=4 * NOTE_LENGTH,
    )

    def start(self, appointment: Appointment) -> dict[str, Any]:
        """The note as it is."""
        note = VisitNote.objects.filter(appointment=appointment).first()
        return {"version": note.version if note else 0, "text": note.text if note else ""}

    def clean_text(self) -> str:
        """On one line, without what can't be printed; raises ValidationError."""
        typed: str = self.cleaned_data["text"]
        text = " ".join(unicodedata.normalize("NFC", typed).split())
        if any(unicodedata.category(ch) in _REFUSED and ch not in _JOINERS for ch in text):
            raise forms.ValidationError(
                _("This note contains a character that we can't use. Please enter it again.")
            )
        if len(text) > NOTE_LENGTH:
            raise forms.ValidationError(
                _("Please write at most %(most)s characters. These are %(count)s.")
                % {"most": NOTE_LENGTH, "count": len(text)}
            )
        return text


class TakeForm(_VisitForm):
    """One press: I am at work on this visit."""

    def start(self, appointment: Appointment) -> dict[str, Any]:
        """The assignment as it is."""
        row = VisitAssignment.objects.filter(appointment=appointment).first()
        return {"version": row.version if row else 0}


class HandOverForm(TakeForm):
    """One press: somebody else is."""

    to = ColleagueField(Staff.objects.none(), label=_("Hand over to"), empty_label=None)

    def prepare(self, appointment: Appointment, *, now: datetime, language: str) -> None:
        """Everybody who may act for people at the desk."""
        field = self.fields["to"]
        assert isinstance(field, forms.ModelChoiceField)  # noqa: S101
        at_the_desk = Staff.objects.with_perm(
            "booking.serve_appointment",
            include_superusers=False,  # whoever keeps the system running serves nobody
            backend="django.contrib.auth.backends.ModelBackend",
        )
        field.queryset = at_the_desk.order_by("last_name", "username")

    def leave_out(self, person: Staff) -> None:
        """Nobody hands over to themselves."""
        field = self.fields["to"]
        assert isinstance(field, forms.ModelChoiceField)  # noqa: S101
        assert field.queryset is not None  # noqa: S101
        field.queryset = field.queryset.exclude(pk=person.pk)


class CounterForm(ActionForm):
    """Which other counter; each says how its time stands."""

    counter = forms.ModelChoiceField(
        Counter.objects.none(), label=_("New counter"), widget=forms.RadioSelect, empty_label=None
    )

    def prepare(self, appointment: Appointment, *, now: datetime, language: str) -> None:
        """Every counter in service but the present one."""
        field = self.fields["counter"]
        assert isinstance(field, forms.ModelChoiceField)  # noqa: S101
        others = Counter.objects.filter(in_service=True).exclude(pk=appointment.slot.counter_id)
        field.queryset = others.order_by("slug")
        live = Appointment.objects.live(now=now).filter(slot=OuterRef("pk"))
        beside = Slot.objects.filter(starts_at=appointment.slot.starts_at)
        slots = {slot.counter_id: slot for slot in beside.annotate(is_taken=Exists(live))}
        field.choices = [
            (counter.pk, f"{counter} · {_state_beside(slots.get(counter.pk))}")
            for counter in field.queryset
        ]
        free = _("free")
        if not any(_state_beside(slots.get(each.pk)) == free for each in field.queryset):
            field.help_text = _("No other counter is free at this time.")


def _state_beside(slot: Any) -> str | Promise:
    """How the time of another counter stands; `slot` knows in `is_taken` whether it is taken."""
    if slot is None:
        return _("no appointments at this time")
    if slot.closure_id is not None or not slot.in_hours:
        return _("closed")
    return _("occupied") if slot.is_taken else _("free")


class CallForm(_VisitForm):
    """How a call went; the time only for the next one."""

    result = forms.ChoiceField(
        choices=PhoneCall.Result.choices, label=_("How did the call go?"), widget=forms.RadioSelect
    )
    again_on = DeskDayField(label=_("Again on"), required=False, help_text=_("empty: today"))
    again_time = clock_field(label=_("Again at"), required=False)

    def start(self, appointment: Appointment) -> dict[str, Any]:
        """How many calls there are."""
        return {"version": PhoneCall.objects.filter(appointment=appointment).count()}

    def prepare(self, appointment: Appointment, *, now: datetime, language: str) -> None:
        """Keeps the day for an empty field; nobody without a number can be reached."""
        self.today = local_day(now, zone=current_office().zone)
        if not appointment.applicant.phone:
            field, missed = self.fields["result"], PhoneCall.Result.NOT_REACHED
            assert isinstance(field, forms.ChoiceField)  # noqa: S101
            field.choices = [(missed.value, missed.label)]
            field.initial = missed
            del self.fields["again_on"], self.fields["again_time"]

    def clean(self) -> dict[str, Any]:
        """The moment of the next call, for the result that asks for one."""
        data = super().clean() or self.cleaned_data
        data["again_at"] = None
        if data.get("result") != PhoneCall.Result.AGAIN or self.errors:
            return data
        if data.get("again_time") is None:
            self.add_error("again_time", _("Please enter the time of the next call."))
            return data
        day = data["again_on"] or self.today
        data["again_at"] = wall_clock(self, "again_time", day, data["again_time"])
        return data


class LateEntryForm(PapersForm):
    """What happened, with the times on the clock of that day, and why it comes late."""

    papers = "missing"
    outcome = forms.ChoiceField(
        choices=[*Appointment.Outcome.choices, (NO_SHOW, _("not come"))],
        label=_("How did it end?"),
        widget=forms.RadioSelect,
    )
    came = clock_field(label=_("Arrived at"), required=False)
    left = clock_field(label=_("Ended at"), required=False)
    missing = forms.MultipleChoiceField(
        label=_("Which papers were missing?"),
        help_text=_("Only if a proof was missing."),
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    reason = forms.ChoiceField(
        choices=LateReason.choices,
        label=_("Why is it entered afterwards?"),
        widget=forms.RadioSelect,
    )

    def start(self, appointment: Appointment) -> dict[str, Any]:
        """The arrival, if it was entered on the day."""
        came = appointment.checked_in_at if appointment.status == Status.CHECKED_IN else None
        return {"came": came.astimezone(current_office().zone).time()} if came else {}

    def prepare(self, appointment: Appointment, *, now: datetime, language: str) -> None:
        """The papers, and the day on which the times are read."""
        super().prepare(appointment, now=now, language=language)
        self.day = local_day(appointment.slot.starts_at, zone=current_office().zone)

    def clean(self) -> dict[str, Any]:
        """Two moments for whoever came; papers with the outcome of that name alone."""
        data = super().clean() or self.cleaned_data
        if self.errors or data["outcome"] == NO_SHOW:
            return data
        for name in ("came", "left"):
            if data[name] is None:
                self.add_error(name, _("Please enter the time."))
            else:
                data[f"{name}_at"] = wall_clock(self, name, self.day, data[name])
        if data["outcome"] != Appointment.Outcome.PROOF_MISSING:
            data["missing"] = []
        elif "missing" in self.fields and not data.get("missing"):
            self.add_error("missing", _("Please say which papers were missing."))
        return data


def wall_clock(form: forms.Form, name: str, day: date, at: time) -> datetime | None:
    """The instant of a time on the office's wall; an error of the field where there is none."""
    try:
        return instant(day, at, zone=current_office().zone)
    except NoSuchTime:
        form.add_error(name, _("On this night the clocks change: please take another time."))
        return None

"""Signs of machines: T-A7, the honeypot."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from django import forms

from config.foundation.bots import TRAP, BotSignal, flag, is_trapped

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)


class _Form(forms.Form):
    name = forms.CharField()


@pytest.mark.django_db
def test_person_never_meets_the_trap() -> None:
    for data in ({"name": "Ali"}, {"name": "Ali", TRAP: ""}):
        form = _Form(data)
        assert form.is_valid()
        assert not is_trapped(form, now=NOW)
    assert not BotSignal.objects.exists()


@pytest.mark.django_db
def test_machine_is_noted_and_refused_once() -> None:
    form = _Form({"name": "Ali", TRAP: "http://x.example"})
    assert form.is_valid()
    assert is_trapped(form, now=NOW)
    assert not form.is_valid()
    assert BotSignal.objects.get().kind == "honeypot"


@pytest.mark.django_db
def test_flag_notes_a_row_and_no_name() -> None:
    flag(kind=BotSignal.Kind.HONEYPOT, subject="appointment/17", now=NOW)
    assert str(BotSignal.objects.get()) == "honeypot appointment/17"

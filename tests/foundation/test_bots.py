"""Signs of machines: T-A7, the honeypot."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from django import forms

from config.foundation.bots import BotSignal, HoneypotField, flag


class _Form(forms.Form):
    name = forms.CharField()
    homepage = HoneypotField()


def test_person_never_meets_the_honeypot() -> None:
    form = _Form({"name": "Ali", "homepage": ""})
    assert form.is_valid()
    assert _Form({"name": "Ali"}).is_valid()
    assert 'tabindex="-1"' in form.as_div()
    assert 'autocomplete="off"' in form.as_div()


def test_filled_honeypot_refuses_once_and_comes_back_empty() -> None:
    form = _Form({"name": "Ali", "homepage": "http://x.example"})
    assert not form.is_valid()
    assert list(form.errors) == ["homepage"]
    assert "x.example" not in form.as_div()
    assert "Ali" in form.as_div()


@pytest.mark.django_db
def test_flag_notes_a_row_and_no_name() -> None:
    now = datetime(2026, 11, 24, 12, tzinfo=UTC)
    flag(kind=BotSignal.Kind.FAST, subject="appointment/17", now=now)
    assert str(BotSignal.objects.get()) == "fast appointment/17"

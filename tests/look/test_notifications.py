"""Every kind of letter in every language: whole, neutral outside, readable on a small screen."""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from functools import partial

import pytest
from django.conf import settings
from django.core.management import call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils.translation import get_language_info, override
from playwright.sync_api import Browser

from booking.models import Appointment
from booking.states import NeedByKind, WaitingStatus
from config.foundation import notification_kinds
from config.foundation.mime import Envelope
from config.foundation.notification_kinds import Attempt, compose
from config.foundation.office import Office
from config.foundation.outbox import Notification
from pickup_box.actions import deposits, recalls
from pickup_box.models import Box, Deposit
from pickup_box.states import Status
from tests.factories import (
    MONDAY,
    TUESDAY_NINE,
    ApplicantFactory,
    AppointmentFactory,
    InvitedFactory,
    SlotFactory,
    WaitingEntryFactory,
)
from tests.look.application_letters import APPLICATION_LETTERS, NAME
from tests.look.audit import RULES, Scheme, foreign_words, violations
from tests.look.validity import faults
from tests.pickup_box import making

CODES = [code for code, _ in settings.LANGUAGES]
# The reader is addressed, and so is written large wherever they stand.
ALWAYS_CAPITAL = {"Sie", "Ihnen", "Ihr", "Ihre", "Ihren"}
# What a list of letters shows on a phone before it cuts.
SHOWN_OF_A_SUBJECT = 45
VIEWS: list[tuple[int, Scheme]] = [(360, "light"), (600, "dark")]
# by the rule for an appointment of the next day
TWO_HOURS_ON = MONDAY + timedelta(hours=2)
_numbers = itertools.count()
# A letter is no page: it needs no landmarks and no heading.
OF_A_LETTER = [tag for tag in RULES if tag != "best-practice"]


def _appointment(language: str, **facts: object) -> str:
    applicant = ApplicantFactory(language=language, given_names=NAME)
    begins = TUESDAY_NINE + timedelta(minutes=10 * next(_numbers))
    slot = SlotFactory(starts_at=begins, ends_at=begins + timedelta(minutes=10))
    return AppointmentFactory(applicant=applicant, slot=slot, **facts).subject


def _entry(language: str, **facts: object) -> str:
    applicant = ApplicantFactory(language=language, given_names=NAME)
    return f"waiting/{WaitingEntryFactory(applicant=applicant, **facts).pk}"


def _invitation(language: str, **facts: object) -> str:
    invited = InvitedFactory(language=language, given_names=NAME, **facts)
    return f"invitation/{invited.invitation_id}"


def _deposit(language: str, status: Status) -> Deposit:
    box, by = Box.objects.get(slug="jbs"), making.make_staff()
    facts = {"contact": f"box-{language}@example.org", "language": language}
    if status is Status.LOADED:
        return making.make_loaded(box, by, now=MONDAY, old_document="expected", **facts)
    deposit, _code = making.make_notified(box, by, now=MONDAY, old_document="expected", **facts)
    if status is Status.EXPIRED:
        recalls.expire(now=MONDAY + timedelta(days=30))
    if status is Status.WITHDRAWN:
        deposits.withdraw(deposit=deposit, by=by, reason="asked for", now=MONDAY)
    return deposit


MAKE: dict[str, Callable[[str], str]] = {
    "booking.code": lambda language: (
        f"applicant/{ApplicantFactory(language=language, unverified=True, given_names=NAME).pk}"
    ),
    "booking.confirmation": _appointment,
    "booking.link": _appointment,
    "booking.reminder": _appointment,
    "booking.second": _appointment,
    "booking.displacement": lambda language: _appointment(language, displaced=True),
    "booking.offer": lambda language: _appointment(
        language, offered=True, held_until=TWO_HOURS_ON, free_from=TWO_HOURS_ON
    ),
    "booking.invitation": _invitation,
    "booking.invitation_reminder": _invitation,
    "booking.invitation_last_call": _invitation,
    "booking.invitation_over": partial(
        _invitation,
        invitation__issued_at=MONDAY - timedelta(days=14),
        invitation__valid_until=MONDAY,
    ),
    "booking.waiting_joined": _entry,
    "booking.waiting_ended": lambda language: _entry(
        language,
        status=WaitingStatus.ENDED,
        ended_at=MONDAY,
        need_kind=NeedByKind.HARD,
        need_by=MONDAY.date() - timedelta(days=1),
    ),
    **{
        f"booking.cancellation/{reason.value}": partial(
            _appointment, cancelled=True, cancel_reason=reason.value
        )
        for reason in Appointment.CancelReason
        if reason != Appointment.CancelReason.HOLD_GIVEN_UP  # a hold has no letter
    },
    "pickup_ready": lambda language: f"deposit/{_deposit(language, Status.LOADED).pk}",
    "pickup_reminder": lambda language: f"deposit/{_deposit(language, Status.NOTIFIED).pk}",
    "pickup_expired": lambda language: f"deposit/{_deposit(language, Status.EXPIRED).pk}",
    "pickup_withdrawn": lambda language: f"deposit/{_deposit(language, Status.WITHDRAWN).pk}",
}


LETTERS = [*MAKE, *APPLICATION_LETTERS]


def promised(name: str, language: str) -> Notification:
    """A letter of one kind, of which everything it speaks is there."""
    kind = name.partition("/")[0]
    if name in APPLICATION_LETTERS:
        subject, revision = APPLICATION_LETTERS[name](language)
        return Notification(kind=kind, subject=subject, revision=revision, language=language)
    return Notification(kind=kind, subject=MAKE[name](language), language=language)


@dataclass(frozen=True)
class Sent:
    """A letter as it leaves, and how it was asked for."""

    kind: str
    language: str
    envelope: Envelope


@pytest.fixture
def office_with_papers(office: Office) -> None:
    call_command("load_catalogue", verbosity=0)


def every_letter(language: str) -> Iterator[Sent]:
    """One letter of each kind, as the outbox would render it."""
    for name in LETTERS:
        letter = promised(name, language)
        with override(language):
            envelope = compose(letter, now=MONDAY)
        assert envelope is not None, name
        yield Sent(name, language, envelope)


def test_knows_every_kind_of_letter() -> None:
    known = {
        kind
        for kind in notification_kinds._render
        if kind.startswith(("booking.", "pickup_", "applications."))
    }
    # short messages: tests/booking/test_texts.py
    known = {kind for kind in known if not kind.startswith("booking.text_")}
    assert {name.partition("/")[0] for name in LETTERS} == known


@pytest.mark.usefixtures("office_with_papers")
def test_rendering_changes_nothing() -> None:
    for name in LETTERS:
        letter = promised(name, "ar")
        kind = letter.kind
        prepare = notification_kinds._prepare.get(kind)
        attempt = prepare(letter, MONDAY) if prepare else Attempt(now=MONDAY)
        assert attempt is not None, name
        with CaptureQueriesContext(connection) as captured, override("ar"):
            assert notification_kinds._render[kind](letter, attempt) is not None, name
        written = [each["sql"] for each in captured if not each["sql"].startswith("SELECT")]
        assert not written, name


@pytest.mark.usefixtures("office_with_papers")
def test_writes_every_letter_whole_and_neutral_in_every_language() -> None:
    for language in CODES:
        for sent in every_letter(language):
            says_the_same_in_text_and_html(sent)
            keeps_the_matter_inside(sent)


def says_the_same_in_text_and_html(sent: Sent) -> None:
    """In the person's language and, beneath, in German."""
    page, text, language = sent.envelope.html, sent.envelope.text, sent.language
    direction = "rtl" if get_language_info(language)["bidi"] else "ltr"
    assert faults(page) == [], sent
    assert f'<html lang="{language}" dir="{direction}">' in page
    assert page.count('<td class="passage"') == len({language, "de"})
    assert 'class="passage" lang="de" dir="ltr"' in page
    assert ("-" * 60 in text) == (language != "de"), sent
    # what must be copied stands in both
    for must in re.findall(r"https?://\S+|\b\d{6}\b|\bTEST-\d{4}\b", text):
        assert must in page, (sent, must)
    assert "{" not in text, sent
    assert "None" not in text, sent
    assert not re.search(r"\n{4,}", text), sent


def keeps_the_matter_inside(sent: Sent) -> None:
    """T-L: a phone that lies on a table shows the subject and the first words to everybody."""
    subject = sent.envelope.subject
    assert "\n" not in subject
    point = re.search(r"TEST-\d{4}|\d\d:\d\d", subject)
    assert (point.end() if point else len(subject)) <= SHOWN_OF_A_SUBJECT, subject
    shown = f"{subject} {sent.envelope.text[:90]}"
    assert NAME not in subject
    assert not re.search(r"1985|1987|19\d\d-|§|Aufenthalt|Pass\b|Arbeit", shown), shown


@pytest.mark.usefixtures("office_with_papers")
@pytest.mark.parametrize("language", ["de", "de-simple"])
def test_german_goes_on_small_after_the_comma_of_the_greeting(language: str) -> None:
    for sent in every_letter(language):
        _heading, greeting, first = re.split(r"\n\s*", sent.envelope.text.lstrip(), maxsplit=3)[:3]
        assert greeting.startswith("Guten Tag"), sent
        assert greeting.endswith(","), sent
        assert first[0].islower() or first.split()[0] in ALWAYS_CAPITAL, (sent.kind, first)


@pytest.mark.journey
@pytest.mark.usefixtures("office_with_papers")
@pytest.mark.parametrize("language", ["de", "ar"])
def test_reads_well_on_phone_and_desk_light_and_dark(browser: Browser, language: str) -> None:
    assert not look_at(browser, language)


@pytest.mark.journey
@pytest.mark.slow
@pytest.mark.usefixtures("office_with_papers")
@pytest.mark.parametrize("language", CODES)
def test_reads_well_in_every_language(browser: Browser, language: str) -> None:
    assert not look_at(browser, language)


def look_at(browser: Browser, language: str) -> list[str]:
    """What is wrong with any letter of a language at 360 and 600 px, light and dark."""
    folder = settings.BASE_DIR / "var" / "screenshots" / "letters" / language
    folder.mkdir(parents=True, exist_ok=True)
    page = browser.new_page()
    wrong = []
    for sent in every_letter(language):
        page.set_content(sent.envelope.html)
        name = sent.kind.replace("/", "-")
        wrong += [f"{name}: foreign words: {one}" for one in foreign_words(page, language)]
        for width, scheme in VIEWS:
            page.set_viewport_size({"width": width, "height": 700})
            page.emulate_media(color_scheme=scheme)
            if page.evaluate("document.documentElement.scrollWidth > innerWidth"):
                wrong.append(f"{name} {width}: scrolls sideways")
            wrong += [f"{name} {one}" for one in violations(page, scheme, OF_A_LETTER)]
            page.screenshot(path=folder / f"{name}-{width}-{scheme}.png", full_page=True)
    page.context.close()
    return wrong

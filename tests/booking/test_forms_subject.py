"""Each form acts on the row that it names, as its page showed it, and on no other (decision 41)."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.db.models import F
from django.test import Client

from booking.actions.expiry import expire_due_holds
from booking.actions.offers import offer_slots
from booking.models import Applicant, Appointment, Slot, WaitingEntry
from booking.models.applicants import Token, mint_token
from booking.states import Status, WaitingStatus
from config.foundation.outbox import Notification
from tests.booking.holding import end_of
from tests.booking.visitors import DETAILS, Visitor, form_in, hidden_fields, link_to
from tests.factories import (
    MONDAY,
    AppointmentFactory,
    SlotFactory,
    WaitingEntryFactory,
)
from tests.security.routes import all_routes

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock", "slots", "catalogue")]

Data = Callable[[Visitor], dict[str, str]]


def _nothing(visitor: Visitor) -> dict[str, str]:
    return {}


def _waits(visitor: Visitor) -> None:
    Slot.objects.all().delete()
    visitor.verifies()
    visitor.post("waiting/")


def _has_an_offer(visitor: Visitor) -> None:
    _waits(visitor)
    entry = WaitingEntry.objects.get()
    AppointmentFactory(
        slot=SlotFactory(),
        offered=True,
        entry=entry,
        applicant=entry.applicant,
        person_key=entry.person_key,
    )
    SlotFactory()


def _would_join(visitor: Visitor) -> None:
    Slot.objects.all().delete()
    visitor.verifies()


def _would_ask_again(visitor: Visitor) -> None:
    visitor.enters()
    visitor.code()
    Notification.objects.update(promised_at=MONDAY - timedelta(minutes=2), sequence=1)


def _code(visitor: Visitor) -> dict[str, str]:
    return {"code": visitor.code()}


def _slot(path: str) -> Data:
    return lambda visitor: {"slot": visitor.slots(path)[-1]}


@dataclass(frozen=True, kw_only=True)
class Form:
    """A form of an applicant: how one comes to it and what one fills in."""

    comes: Callable[[Visitor], object]
    data: Data = _nothing
    page: str = ""
    path: Callable[[], str] | None = field(default=None)


def _link() -> str:
    subject = Applicant.objects.get().subject
    return f"verify/{mint_token(purpose=Token.Purpose.VERIFY, subject=subject, now=MONDAY)}/"


FORMS = {
    "details/": Form(comes=Visitor.enters, data=lambda _: DETAILS | {"phone": "0391 5400"}),
    "verify/": Form(comes=Visitor.enters, data=_code),
    "verify/resend/": Form(comes=_would_ask_again),
    "verify/<secret>/": Form(comes=Visitor.enters, path=_link),
    "times/": Form(comes=Visitor.verifies, data=_slot("times/")),
    "times/ earliest": Form(comes=Visitor.verifies, data=lambda _: {"earliest": "1"}),
    "times/ with a hold": Form(comes=Visitor.holds, data=_slot("times/")),
    "review/": Form(comes=Visitor.holds),
    "review/extend/": Form(comes=Visitor.holds),
    "review/give-up/": Form(comes=Visitor.holds),
    "manage/cancel/": Form(comes=Visitor.books),
    "manage/resend/": Form(comes=Visitor.books),
    "manage/language/": Form(comes=Visitor.books, data=lambda _: {"language": "uk"}),
    "manage/mistake/": Form(comes=Visitor.books),
    "rebook/": Form(comes=Visitor.books, data=_slot("rebook/")),
    "waiting/": Form(comes=_would_join),
    "waiting/leave/": Form(comes=_waits),
    "waiting/leave/ with an offer": Form(comes=_has_an_offer),
    "waiting/accept/": Form(comes=_has_an_offer),
    "waiting/decline/": Form(comes=_has_an_offer),
    "waiting/swap/": Form(comes=_has_an_offer, data=_slot("waiting/swap/")),
    "end/": Form(comes=Visitor.holds, page="review/"),
}

# Whatever else is sent by POST, and why it names no row.
OTHERS = {
    "manage/": "opens what a reference and a date of birth prove, and changes nothing",
    "check/": "answers of this visit, kept with nobody",
    "check/<category>/": "answers of this visit, kept with nobody",
    "documents/<slug>/": "answers that become an address, kept nowhere",
    "box/<slug>/": "names its document by three things that are typed each time",
    "box/<slug>/old-document/": "the next press at the one screen after those three things",
    "box/<slug>/call/": "the same call once in five minutes",
    "box/<slug>/finish/": "forgets the visit",
    "box/<slug>/simulator/close/": "a machine of cardboard",
    "box/<slug>/simulator/power/": "a machine of cardboard",
    "box/<slug>/simulator/slot/": "a machine of cardboard",
    "box/<slug>/simulator/tick/": "a machine of cardboard",
}


def test_every_form_of_the_site_has_a_case() -> None:
    client = Client()
    found = set()
    for route in all_routes():
        if route.pattern.startswith("<language>/") and client.post(route.path).status_code != 405:
            found.add(re.sub(r"<[a-z]+:", "<", route.pattern.removeprefix("<language>/")))
    assert found == {name.split(" ")[0] for name in FORMS} | set(OTHERS)


# --- what the session may and may not do ---------------------------------------------------------


def _rows() -> list[Any]:
    kept = (Applicant, Appointment, WaitingEntry, Notification)
    return [list(model._default_manager.order_by("pk").values()) for model in kept]


@dataclass
class Opened:
    """A form as it stands on the page that somebody has opened."""

    visitor: Visitor
    path: str
    page: str
    hidden: dict[str, str]
    data: dict[str, str]

    def send(self, **changes: str | None) -> Any:
        """The answer to the form, with some of its fields changed or (None) left out."""
        sent = self.hidden | self.data | changes
        kept = {name: value for name, value in sent.items() if value is not None}
        return self.visitor.client.post(f"/en/{self.path}", kept)


@pytest.fixture(params=FORMS)
def opened(request: pytest.FixtureRequest, visitor: Visitor) -> Opened:
    """Each form in turn, opened by whom it is for."""
    form = FORMS[request.param]
    form.comes(visitor)
    path = form.path() if form.path else request.param.split(" ")[0]
    hidden = visitor.form(path, form.page)
    assert set(hidden) >= {"subject", "version"}
    return Opened(visitor, path, form.page, hidden, form.data(visitor))


def test_form_is_taken_once_it_names_its_row_as_shown(opened: Opened) -> None:
    before = _rows()
    assert opened.send().status_code == 303
    assert _rows() != before


FORGED = [
    *(None, "", "nonsense", "appointment/", "appointment/0", "appointment/999999", "letter/1"),
    *("applicant/0", "applicant/999999", "waitingentry/999999", "appointment/1 or 1=1"),
    *("APPOINTMENT/1", "appointment/٣", "appointment/" + "9" * 400, "applicant/1/2", "\x00"),
]


def test_form_without_its_subject_or_with_a_forged_one_changes_nothing(opened: Opened) -> None:
    stranger = AppointmentFactory(slot=SlotFactory(), person_key="somebody else")
    entry = WaitingEntryFactory()
    strangers = [stranger.subject, stranger.applicant.subject, entry.subject]
    before = _rows()
    for subject in (*FORGED, *strangers):
        for version in (opened.hidden["version"], "1"):
            answer = opened.send(subject=subject, version=version)
            assert 400 <= answer.status_code < 500, (subject, answer.status_code)
            assert _rows() == before, subject


def test_form_without_its_version_or_with_a_forged_one_changes_nothing(opened: Opened) -> None:
    before = _rows()
    for version in (None, "", "0", "99", "-1", "+1", "1.0", "1e0", "٣", "9" * 5000, "\x00", "x"):
        if version != opened.hidden["version"]:
            answer = opened.send(version=version)
            assert answer.status_code == 409, (version, answer.status_code)
            assert _rows() == before, version


def _older(subject: str) -> tuple[str, str]:
    """Another row that was once the same person's, and its own version."""
    kind, pk = subject.split("/")
    if kind == "appointment":
        row = Appointment.objects.get(pk=pk)
        common = {"applicant": row.applicant, "person_key": row.person_key, "entry": row.entry}
        over = {"status": Status.EXPIRED, "booked_at": None, "ended_at": MONDAY}
        older = AppointmentFactory(slot=SlotFactory(), **common, **over)
        return older.subject, str(older.version)
    if kind == "waitingentry":
        ended = WaitingEntryFactory(
            applicant=WaitingEntry.objects.get(pk=pk).applicant,
            status=WaitingStatus.ENDED,
            ended_at=MONDAY,
        )
        return ended.subject, str(ended.version)
    return "applicant/0", "0"


def test_form_of_an_older_subject_changes_nothing(opened: Opened) -> None:
    subject, version = _older(opened.hidden["subject"])
    before = _rows()
    answer = opened.send(subject=subject, version=version)
    # who gives up a hold that has ended is led back to the times, as after the first press
    allowed = {303} if opened.path == "review/give-up/" else {403, 409}
    assert answer.status_code in allowed
    assert _rows() == before


def _age(subject: str) -> None:
    kind, pk = subject.split("/")
    model = {"appointment": Appointment, "waitingentry": WaitingEntry, "applicant": Applicant}[kind]
    model._default_manager.filter(pk=pk).update(version=F("version") + 1)


def test_form_of_an_older_state_shows_the_present_one_and_works_from_there(opened: Opened) -> None:
    _age(opened.hidden["subject"])
    before = _rows()
    answer = opened.send()
    page = answer.content.decode()
    assert answer.status_code == 409
    assert 'role="alert"' in page
    assert _rows() == before
    again = hidden_fields(page, f"/en/{opened.path}", at=f"/en/{opened.path}")
    if again is None:  # the present page leads there in one more step
        again = opened.visitor.form(opened.path, opened.page)
    assert again["version"] != opened.hidden["version"]
    opened.hidden = again
    assert opened.send().status_code == 303
    assert _rows() != before


def test_form_pressed_twice_has_one_effect_and_one_answer(opened: Opened) -> None:
    if opened.path == "manage/resend/":
        pytest.xfail("asks for one more letter each time, and gets it")
    first = opened.send()
    after = _rows()
    second = opened.send()
    if opened.path in {"end/"} or opened.path.startswith("verify/"):
        assert _rows() == after  # the visit or the code is over: any answer that says so
        return
    assert (second.status_code, second["Location"]) == (303, first["Location"])
    assert _rows() == after


def test_form_of_a_session_that_is_over_is_refused_whatever_exists(
    visitor: Visitor, clock: time_machine.Traveller
) -> None:
    visitor.books()
    form = visitor.form("manage/cancel/")
    own = Visitor(Client()).press("manage/cancel/", form)
    none = Visitor(Client()).press("manage/cancel/", form | {"subject": "appointment/999999"})
    assert own.status_code == none.status_code == 403
    pages = [answer.content.decode().split("<main")[1] for answer in (own, none)]
    tokens = [form_in(answer, "manage/")["csrfmiddlewaretoken"] for answer in (own, none)]
    assert pages[0].replace(tokens[0], "") == pages[1].replace(tokens[1], "")
    assert Appointment.objects.get().status == Status.BOOKED


# --- two tabs, one mailbox -----------------------------------------------------------------------


@pytest.fixture
def two(slots: list[Slot]) -> tuple[Appointment, Appointment]:
    """A and B, two of one family with one address."""
    first = AppointmentFactory(slot=slots[0], applicant__email="family@example.org")
    second = AppointmentFactory(slot=slots[1], applicant__email="family@example.org")
    return first, second


ACTS = {
    "manage/cancel/": {},
    "manage/resend/": {},
    "manage/mistake/": {},
    "manage/language/": {"language": "uk"},
}


def _about(row: Appointment) -> list[Any]:
    """Everything that is kept of one person."""
    return [
        Appointment.objects.filter(pk=row.pk).values().get(),
        Applicant.objects.filter(pk=row.applicant_id).values().get(),
        list(Notification.objects.filter(subject=row.subject).values()),
    ]


@pytest.mark.parametrize("path", [*ACTS, "rebook/"])
def test_button_on_the_page_of_one_acts_on_that_one_though_another_was_opened_since(
    visitor: Visitor, two: tuple[Appointment, Appointment], path: str
) -> None:
    first, second = two
    visitor.get(link_to(first))
    page = visitor.form(path)
    data = ACTS.get(path) or ({"slot": visitor.slots(path)[-1]} if path == "rebook/" else {})
    visitor.get(link_to(second))
    assert second.reference in visitor.get("manage/").content.decode()
    before = [_about(row) for row in two]
    assert visitor.press(path, page, **data).status_code == 303
    after = [_about(row) for row in two]
    assert after[0] != before[0]
    assert after[1] == before[1]
    assert first.reference in visitor.get("manage/").content.decode(), "what was acted on is shown"


def test_button_on_the_page_of_the_first_booked_cancels_the_first(visitor: Visitor) -> None:
    visitor.books()
    first = Appointment.objects.get()
    page = visitor.form("manage/cancel/")
    visitor.post("check/expired/", {"title_valid_until": "20.11.2026"})
    visitor.post("details/", DETAILS | {"given_names": "Minh"})
    visitor.post("times/", {"earliest": "1"})
    visitor.post("review/")
    second = Appointment.objects.latest("pk")
    assert visitor.press("manage/cancel/", page).status_code == 303
    for row in (first, second):
        row.refresh_from_db()
    assert (first.status, second.status) == (Status.CANCELLED, Status.BOOKED)
    shown = visitor.get("manage/").content.decode()
    assert first.reference in shown
    assert 'data-status="cancelled"' in shown
    assert visitor.press("manage/cancel/", page).status_code == 303  # the same press once more


def test_confirm_never_books_another_time_than_the_page_shows(visitor: Visitor) -> None:
    visitor.holds()
    page = visitor.form("review/")
    visitor.post("times/", {"slot": visitor.slots()[-1]})  # in another tab
    held = Appointment.objects.get()
    answer = visitor.press("review/", page)
    shown = answer.content.decode()
    assert answer.status_code == 409
    assert 'role="alert"' in shown
    assert "9:20" in shown.replace("09:20", "9:20")
    held.refresh_from_db()
    assert held.status == Status.HELD
    again = form_in(answer, "review/")
    assert visitor.press("review/", again).status_code == 303
    held.refresh_from_db()
    assert held.status == Status.BOOKED


def test_confirm_after_more_time_was_taken_elsewhere_says_so_and_works_then(
    visitor: Visitor,
) -> None:
    visitor.holds()
    page = visitor.form("review/")
    visitor.post("review/extend/")
    answer = visitor.press("review/", page)
    assert answer.status_code == 409
    assert 'role="alert"' in answer.content.decode()
    again = form_in(answer, "review/")
    assert visitor.press("review/", again)["Location"] == "/en/appointment/"


def test_confirm_of_one_books_that_one_though_another_is_shown(
    visitor: Visitor, two: tuple[Appointment, Appointment]
) -> None:
    visitor.holds()
    page = visitor.form("review/")
    own = Appointment.objects.latest("pk")
    visitor.get(link_to(two[0]))
    assert visitor.press("review/", page)["Location"] == "/en/appointment/"
    assert own.reference in visitor.get("appointment/").content.decode()


def test_more_time_is_taken_once_by_one_press(visitor: Visitor) -> None:
    visitor.holds()
    page = visitor.form("review/extend/")
    for _press in range(3):
        assert visitor.press("review/extend/", page).status_code == 303
    assert Appointment.objects.get().extensions == 1


def test_earliest_pressed_twice_is_one_choice(visitor: Visitor) -> None:
    visitor.verifies()
    page = visitor.form("times/")
    for _press in range(3):
        assert visitor.press("times/", page, earliest="1")["Location"] == "/en/review/"
    held = Appointment.objects.get()
    assert (held.slot, held.version) == (Slot.objects.earliest("starts_at"), 1)


def test_earliest_on_a_list_without_the_hold_gives_no_hold_up(visitor: Visitor) -> None:
    visitor.verifies()
    page = visitor.form("times/")
    visitor.post("times/", {"slot": visitor.slots()[-1]})
    visitor.post("times/", {"slot": visitor.slots()[-1]})
    held = Appointment.objects.get()
    assert held.version == 2
    answer = visitor.press("times/", page, earliest="1")
    assert answer.status_code == 409
    assert "Reserved for you" in answer.content.decode()
    assert Appointment.objects.values_list("slot", "version").get() == (held.slot_id, 2)


def test_details_of_one_are_not_written_over_those_of_another(visitor: Visitor) -> None:
    visitor.post("check/expired/", {"title_valid_until": "20.11.2026"})
    page = visitor.form("details/")
    visitor.post("details/", DETAILS)  # in another tab
    answer = visitor.press("details/", page, **DETAILS | {"given_names": "Minh"})
    assert answer.status_code == 409
    assert DETAILS["given_names"] in answer.content.decode()
    assert "Minh" not in answer.content.decode()
    assert Applicant.objects.get().given_names == DETAILS["given_names"]
    same = visitor.press("details/", page, **DETAILS)  # the same press once more
    assert same["Location"] == "/en/verify/"


def test_details_after_two_idle_hours_are_taken_as_new_ones(
    visitor: Visitor, clock: time_machine.Traveller
) -> None:
    visitor.enters()
    page = visitor.form("details/")
    clock.move_to(MONDAY + timedelta(hours=2, minutes=1))
    assert visitor.press("details/", page, **DETAILS).status_code == 303
    assert Applicant.objects.count() == 2


def test_end_on_the_page_of_an_appointment_deletes_no_entries_of_another_person(
    visitor: Visitor, two: tuple[Appointment, Appointment]
) -> None:
    visitor.holds()
    visitor.get(link_to(two[0]))
    page = visitor.form("end/", "manage/")
    before = _rows()
    assert visitor.press("end/", page)["Location"] == "/en/?visit=ended"
    assert _rows() == before
    assert visitor.get("times/")["Location"] == "/en/?visit=over"


def test_end_on_an_old_page_deletes_no_newer_entries(visitor: Visitor) -> None:
    visitor.enters()
    page = visitor.form("end/")
    visitor.post("details/", DETAILS | {"given_names": "Minh"})
    answer = visitor.press("end/", page)
    assert answer.status_code == 409
    assert "Minh" in answer.content.decode()
    assert Applicant.objects.exists()
    again = form_in(answer, "end/")
    assert visitor.press("end/", again).status_code == 303
    assert not Applicant.objects.exists()


def test_end_on_an_old_page_of_another_person_is_refused(visitor: Visitor) -> None:
    visitor.books()
    page = visitor.form("end/")
    visitor.post("check/expired/", {"title_valid_until": "20.11.2026"})
    visitor.post("details/", DETAILS | {"given_names": "Minh"})
    before = _rows()
    first, second = Applicant.objects.order_by("pk")
    for version in (first.version, second.version):
        page["version"] = str(version)
        assert visitor.press("end/", page).status_code == 409
    assert _rows() == before


def test_confirm_of_the_person_before_asks_for_no_answers_of_the_one_after(
    visitor: Visitor,
) -> None:
    visitor.holds()
    page = visitor.form("review/")
    held = Appointment.objects.get()
    other = Visitor(Client())
    other.enters(family_name="Öztürk", email="oztuerk@example.org")
    subject = Applicant.objects.latest("pk").subject
    secret = mint_token(purpose=Token.Purpose.VERIFY, subject=subject, now=MONDAY)
    visitor.post(f"verify/{secret}/")  # this browser books for the other person from now on
    visitor.post("check/lost_document/", {"lost_what": "residence_card"})
    assert visitor.press("review/", page)["Location"] == "/en/appointment/"
    held.refresh_from_db()
    assert held.status == Status.BOOKED


# --- the waiting list ----------------------------------------------------------------------------


def _next_offer(first: Appointment, **columns: Any) -> Appointment:
    first.refresh_from_db()
    return AppointmentFactory(
        slot=SlotFactory(),
        offered=True,
        entry=first.entry,
        applicant=first.applicant,
        person_key=first.person_key,
        **columns,
    )


@pytest.mark.parametrize("path", ["waiting/accept/", "waiting/decline/", "waiting/swap/"])
def test_old_page_of_a_lapsed_offer_answers_no_other(
    visitor: Visitor, clock: time_machine.Traveller, path: str
) -> None:
    _has_an_offer(visitor)
    first = Appointment.objects.get()
    page = visitor.form(path)
    data = {"slot": visitor.slots(path)[-1]} if path == "waiting/swap/" else {}
    expire_due_holds(now=end_of(first))
    second = _next_offer(first)
    answer = visitor.press(path, page, **data)
    assert answer.status_code == 409
    assert 'data-offer="open"' in answer.content.decode()
    assert Appointment.objects.get(pk=second.pk).version == 1
    assert Appointment.objects.get(pk=first.pk).status == Status.EXPIRED


def test_accept_of_a_page_from_before_a_swap_is_refused(visitor: Visitor) -> None:
    _has_an_offer(visitor)
    page = visitor.form("waiting/accept/")
    visitor.post("waiting/swap/", {"slot": visitor.slots("waiting/swap/")[0]})
    answer = visitor.press("waiting/accept/", page)
    assert answer.status_code == 409
    assert Appointment.objects.get().status == Status.OFFERED
    again = form_in(answer, "waiting/accept/")
    assert visitor.press("waiting/accept/", again)["Location"] == "/en/appointment/"


def test_leave_names_whom_it_is_for_and_ends_that_place_alone(visitor: Visitor) -> None:
    entries = [WaitingEntryFactory(), WaitingEntryFactory()]
    secrets = [
        mint_token(purpose=Token.Purpose.WAITING, subject=row.subject, now=MONDAY)
        for row in entries
    ]
    visitor.get(f"waiting/{secrets[0]}/")
    shown = visitor.get("waiting/").content.decode()
    assert entries[0].applicant.full_name in shown
    page = visitor.form("waiting/leave/")
    visitor.get(f"waiting/{secrets[1]}/")
    assert entries[1].applicant.full_name in visitor.get("waiting/").content.decode()
    assert visitor.press("waiting/leave/", page).status_code == 303
    assert visitor.press("waiting/leave/", page).status_code == 303
    for row in entries:
        row.refresh_from_db()
    assert [row.status for row in entries] == [WaitingStatus.LEFT, WaitingStatus.WAITING]


def test_leave_on_a_page_without_the_offer_passes_no_offer_on(visitor: Visitor) -> None:
    _waits(visitor)
    page = visitor.form("waiting/leave/")
    SlotFactory()
    assert offer_slots(now=MONDAY) == 1
    answer = visitor.press("waiting/leave/", page)
    assert answer.status_code == 409
    assert 'data-offer="open"' in answer.content.decode()
    assert Appointment.objects.get().status == Status.OFFERED
    assert WaitingEntry.objects.get().status == WaitingStatus.WAITING


def test_offer_accepted_instead_of_a_later_time_twice_is_one_answer(visitor: Visitor) -> None:
    _has_an_offer(visitor)
    offered = Appointment.objects.get()
    late = AppointmentFactory(
        slot=SlotFactory(starts_at=MONDAY + timedelta(days=5)),
        applicant=offered.applicant,
        person_key=offered.person_key,
    )
    page = visitor.form("waiting/accept/")
    for _press in range(2):
        assert visitor.press("waiting/accept/", page)["Location"] == "/en/appointment/"
    late.refresh_from_db()
    assert (late.slot_id, late.revision) == (offered.slot_id, 1)


def test_joining_shows_the_place_that_was_joined(visitor: Visitor) -> None:
    other = WaitingEntryFactory()
    _would_join(visitor)
    page = visitor.form("waiting/")
    secret = mint_token(purpose=Token.Purpose.WAITING, subject=other.subject, now=MONDAY)
    visitor.get(f"waiting/{secret}/")
    assert visitor.press("waiting/", page).status_code == 303
    assert DETAILS["family_name"] in visitor.get("waiting/").content.decode()


# --- who may -------------------------------------------------------------------------------------


def test_visit_keeps_four_opened_rows_each_for_its_own_quarter_of_an_hour(
    visitor: Visitor, clock: time_machine.Traveller
) -> None:
    rows = [AppointmentFactory(slot=SlotFactory(), person_key=f"p{n}") for n in range(5)]
    pages = []
    for minute, row in enumerate(rows):
        clock.move_to(MONDAY + timedelta(minutes=minute))
        visitor.get(link_to(row))
        pages.append(visitor.form("manage/cancel/"))
    assert visitor.press("manage/cancel/", pages[0]).status_code == 403  # the fifth took its place
    clock.move_to(MONDAY + timedelta(minutes=16, seconds=-1))
    assert visitor.press("manage/cancel/", pages[1]).status_code == 303
    clock.move_to(MONDAY + timedelta(minutes=17))
    assert visitor.press("manage/cancel/", pages[2]).status_code == 403
    assert visitor.press("manage/cancel/", pages[3]).status_code == 303
    found = dict(Appointment.objects.values_list("pk", "status"))
    assert [found[row.pk] for row in rows] == [
        *(Status.BOOKED, Status.CANCELLED, Status.BOOKED, Status.CANCELLED, Status.BOOKED)
    ]


def test_person_of_before_may_be_acted_on_for_a_quarter_of_an_hour_more(
    visitor: Visitor, clock: time_machine.Traveller
) -> None:
    visitor.books()
    page = visitor.form("manage/cancel/")
    visitor.post("check/expired/", {"title_valid_until": "20.11.2026"})
    visitor.post("details/", DETAILS | {"given_names": "Minh"})
    clock.move_to(MONDAY + timedelta(minutes=15))
    assert visitor.press("manage/cancel/", page).status_code == 403
    assert Appointment.objects.get().status == Status.BOOKED


def test_idle_person_of_before_may_not_be_acted_on_again(
    visitor: Visitor, clock: time_machine.Traveller
) -> None:
    visitor.books()
    page = visitor.form("manage/cancel/")
    clock.move_to(MONDAY + timedelta(hours=2))
    visitor.post("check/expired/", {"title_valid_until": "20.11.2026"})
    visitor.post("details/", DETAILS | {"given_names": "Minh"})
    assert visitor.press("manage/cancel/", page).status_code == 403


def test_link_to_a_place_on_the_list_opens_no_appointment(visitor: Visitor) -> None:
    _has_an_offer(visitor)
    offered = Appointment.objects.get()
    other = Visitor(Client())
    other.get(link_to(offered, "offer"))
    page = other.form("waiting/accept/")
    visitor.post("waiting/accept/")
    cancelling = visitor.form("manage/cancel/")
    assert other.press("manage/cancel/", cancelling).status_code == 403
    assert page["subject"] == cancelling["subject"]

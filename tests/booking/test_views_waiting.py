"""The pages of the waiting list: join, see the place, answer an offer, leave."""

from datetime import timedelta

import pytest
import time_machine
from django.test import Client
from django.utils import timezone

from booking.actions.offers import start_offer_clock
from booking.deadlines import TOO_LATE_TO_OFFER
from booking.models import Appointment, Slot, WaitingEntry
from booking.states import Status, WaitingStatus
from config.foundation.office import ServiceStatus
from tests.booking.visitors import DETAILS, Visitor, link_to
from tests.factories import MONDAY, AppointmentFactory, SlotFactory, WaitingEntryFactory

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock", "slots")]


@pytest.fixture
def waiting(visitor: Visitor) -> WaitingEntry:
    Slot.objects.all().delete()
    visitor.verifies()
    assert visitor.post("waiting/") == "waiting/"
    return WaitingEntry.objects.get()


def test_join_twice_is_one_place(visitor: Visitor, waiting: WaitingEntry) -> None:
    visitor.post("waiting/")
    assert WaitingEntry.objects.count() == 1
    page = visitor.get("waiting/").content.decode()
    assert 'data-place-from="1" data-place-to="10"' in page


def test_join_without_a_verified_address_leads_to_the_code(visitor: Visitor) -> None:  # T-B8
    visitor.enters()
    for answer in (visitor.get("waiting/"), visitor.send("waiting/")):
        assert (answer.status_code, answer["Location"]) == (303, "/en/verify/")
    assert not WaitingEntry.objects.exists()


def test_join_while_the_service_is_paused_is_refused(visitor: Visitor) -> None:
    visitor.verifies()
    visitor.form("waiting/")
    ServiceStatus.objects.update(state=ServiceStatus.State.PAUSED)
    page = visitor.get("waiting/")
    assert page.status_code == 200
    assert 'id="step"' not in page.content.decode(), "a button that would be refused"
    answer = visitor.send("waiting/")
    assert answer.status_code == 409
    assert 'role="alert"' in answer.content.decode()


def test_place_is_a_range(visitor: Visitor, waiting: WaitingEntry) -> None:
    WaitingEntryFactory.create_batch(12)
    page = visitor.get("waiting/").content.decode()
    assert 'data-place-from="11" data-place-to="20"' in page


def test_leave_ends_the_place(visitor: Visitor, waiting: WaitingEntry) -> None:
    assert visitor.post("waiting/leave/") == "waiting/"
    assert visitor.post("waiting/leave/") == "waiting/"
    waiting.refresh_from_db()
    assert waiting.status == WaitingStatus.LEFT
    assert visitor.get("waiting/").status_code == 200


def offer_to(entry: WaitingEntry) -> Appointment:
    return AppointmentFactory(
        slot=SlotFactory(),
        offered=True,
        entry=entry,
        applicant=entry.applicant,
        person_key=entry.person_key,
    )


def test_offer_by_its_link_is_accepted_in_another_browser(
    visitor: Visitor, waiting: WaitingEntry
) -> None:
    offered = offer_to(waiting)
    other = Visitor(Client())
    assert other.get(link_to(offered, "offer"))["Location"] == "/en/waiting/"
    page = other.get("waiting/").content.decode()
    assert 'data-offer="open"' in page
    assert str(offered.slot.counter.name["en"]) in page
    offered.refresh_from_db()
    assert offered.status == Status.OFFERED
    assert other.post("waiting/accept/") == "appointment/"
    offered.refresh_from_db()
    assert offered.status == Status.BOOKED
    assert offered.reference in other.get("manage/").content.decode()


@pytest.mark.parametrize("act", ["accept", "decline", "swap"])
def test_offer_shown_before_its_letter_left_is_answered(
    visitor: Visitor, waiting: WaitingEntry, clock: time_machine.Traveller, act: str
) -> None:
    free, offered = SlotFactory(), offer_to(waiting)
    Appointment.objects.filter(pk=offered.pk).update(
        held_until=None, free_from=offered.slot.starts_at - TOO_LATE_TO_OFFER
    )
    page = visitor.form(f"waiting/{act}/", "waiting/swap/" if act == "swap" else "waiting/")
    chosen = {"slot": visitor.slots("waiting/swap/")[0]} if act == "swap" else {}
    offered.refresh_from_db()
    start_offer_clock(appointment=offered, now=timezone.now())
    answer = visitor.press(f"waiting/{act}/", page, **chosen)
    assert answer.status_code == 303
    offered.refresh_from_db()
    became = {"accept": Status.BOOKED, "decline": Status.DECLINED, "swap": Status.OFFERED}
    assert offered.status == became[act]
    assert (offered.slot_id == free.pk) == (act == "swap")


@pytest.mark.parametrize("version", ["7", ""])
def test_letter_that_left_makes_no_forged_version_genuine(
    visitor: Visitor, waiting: WaitingEntry, version: str
) -> None:
    offered = offer_to(waiting)
    Appointment.objects.filter(pk=offered.pk).update(
        held_until=None, free_from=offered.slot.starts_at - TOO_LATE_TO_OFFER
    )
    page = visitor.form("waiting/accept/", "waiting/")
    offered.refresh_from_db()
    start_offer_clock(appointment=offered, now=timezone.now())
    answer = visitor.press("waiting/accept/", page | {"version": version})
    assert answer.status_code == 409
    offered.refresh_from_db()
    assert offered.status == Status.OFFERED


def test_offer_declined_keeps_the_place(visitor: Visitor, waiting: WaitingEntry) -> None:
    offered = offer_to(waiting)
    assert visitor.post("waiting/decline/") == "waiting/"
    offered.refresh_from_db()
    waiting.refresh_from_db()
    assert (offered.status, waiting.status) == (Status.DECLINED, WaitingStatus.WAITING)


def test_offer_that_lapsed_is_refused(
    visitor: Visitor, waiting: WaitingEntry, clock: time_machine.Traveller
) -> None:
    offer_to(waiting)
    visitor.form("waiting/accept/")
    clock.move_to(MONDAY + timedelta(minutes=90))
    visitor.get("waiting/")
    Appointment.objects.update(
        held_until=MONDAY + timedelta(minutes=80), free_from=MONDAY + timedelta(minutes=80)
    )
    answer = visitor.send("waiting/accept/")
    assert answer.status_code == 409
    assert 'role="alert"' in answer.content.decode()


def test_wait_with_other_details_in_the_same_session(
    visitor: Visitor, waiting: WaitingEntry
) -> None:
    visitor.post("check/expired/", {"title_valid_until": "20.11.2026"})
    assert visitor.post("details/", DETAILS | {"given_names": "Minh"}) == "times/"
    assert visitor.post("waiting/") == "waiting/"
    assert WaitingEntry.objects.count() == 2


def test_offer_is_swapped_for_another_free_time(visitor: Visitor, waiting: WaitingEntry) -> None:
    offered, free = offer_to(waiting), SlotFactory()
    assert 'href="/en/waiting/swap/"' in visitor.get("waiting/").content.decode()
    (value,) = visitor.slots("waiting/swap/")
    offered.refresh_from_db()
    assert offered.slot_id != free.pk  # a look changes nothing
    assert visitor.post("waiting/swap/", {"slot": value}) == "waiting/"
    offered.refresh_from_db()
    assert (offered.status, offered.slot_id) == (Status.OFFERED, free.pk)
    assert 'data-offer="open"' in visitor.get("waiting/").content.decode()
    assert visitor.post("waiting/accept/") == "appointment/"


def test_offer_is_swapped_for_a_taken_time(visitor: Visitor, waiting: WaitingEntry) -> None:
    offered, gone = offer_to(waiting), SlotFactory()
    value = visitor.slots("waiting/swap/")[0]
    AppointmentFactory(slot=gone)
    still = SlotFactory()
    answer = visitor.send("waiting/swap/", {"slot": value})
    page = answer.content.decode()
    assert answer.status_code == 409
    assert 'role="alert"' in page
    assert page.count('name="slot"') == 1  # the fresh list, without the taken one
    assert visitor.post("waiting/swap/", {"slot": visitor.slots("waiting/swap/")[0]})
    offered.refresh_from_db()
    assert offered.slot_id == still.pk


@pytest.mark.parametrize("value", ["", "7", "1:forged", "٣"])
def test_offer_is_swapped_for_a_value_of_nobodys_list(
    visitor: Visitor, waiting: WaitingEntry, value: str
) -> None:
    offered = offer_to(waiting)
    SlotFactory()
    answer = visitor.send("waiting/swap/", {"slot": value})
    assert answer.status_code == 422
    assert 'role="alert"' in answer.content.decode()
    offered.refresh_from_db()
    assert offered.version == 1


def test_offer_is_swapped_after_it_lapsed(visitor: Visitor, waiting: WaitingEntry) -> None:
    offer_to(waiting)
    SlotFactory()
    value = visitor.slots("waiting/swap/")[0]
    visitor.form("waiting/swap/")
    Appointment.objects.update(held_until=MONDAY, free_from=MONDAY)
    answer = visitor.send("waiting/swap/", {"slot": value})
    assert answer.status_code == 409
    assert 'role="alert"' in answer.content.decode()
    assert visitor.get("waiting/swap/")["Location"] == "/en/waiting/"


def test_offer_shows_no_other_times_of_no_use(visitor: Visitor, waiting: WaitingEntry) -> None:
    offer_to(waiting)
    SlotFactory(starts_at=MONDAY + timedelta(minutes=50))
    assert 'href="/en/waiting/swap/"' not in visitor.get("waiting/").content.decode()
    assert visitor.slots("waiting/swap/") == []


def test_swap_by_a_stranger_leads_to_the_list(visitor: Visitor, waiting: WaitingEntry) -> None:
    offer_to(waiting)
    SlotFactory()
    own, other = visitor.form("waiting/swap/"), Visitor(Client())
    assert other.get("waiting/swap/")["Location"] == "/en/waiting/"
    assert (
        other.press("waiting/swap/", own, slot=visitor.slots("waiting/swap/")[0]).status_code == 403
    )

"""The page of a counter: who is next, one press for each step, and the way back."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
import time_machine
from django.test import Client

from booking.models import Appointment, Counter
from booking.states import Status
from documents.catalogue import emergency_checklist
from tests.booking.desk import APPOINTMENTS, catalogue, clock, desk, signed_in, url, visit
from tests.factories import TUESDAY_NINE, AppointmentFactory, CounterFactory, SlotFactory

__all__ = ["catalogue", "clock", "desk", "visit"]
MINUTE = timedelta(minutes=1)


def papers() -> list[str]:
    items = emergency_checklist(category="expired", on=TUESDAY_NINE.date()).items
    return [item.id for item in items]


@pytest.fixture
def page(visit: Appointment) -> str:
    """The address of the counter of the visit."""
    return f"{APPOINTMENTS}at-counter/{visit.slot.counter_id}/"


def at(counter: Counter, minutes: int, **columns: object) -> Appointment:
    slot = SlotFactory(counter=counter, starts_at=TUESDAY_NINE + minutes * MINUTE)
    row: Appointment = AppointmentFactory(slot=slot, **columns)
    return row


def arrive(client: Client, row: Appointment, page: str = "") -> None:
    at_counter = f"?at={row.slot.counter_id}" if page else ""
    client.post(f"{url(row, 'check-in')}{at_counter}", {"version": row.version})
    row.refresh_from_db()


def shown(client: Client, page: str) -> Appointment | None:
    row: Appointment | None = client.get(page).context["row"]
    return row


def test_who_has_arrived_comes_before_who_is_expected(
    desk: Client, visit: Appointment, page: str
) -> None:
    later = at(visit.slot.counter, 10)
    at(CounterFactory(slug="other"), -10)
    assert shown(desk, page) == visit
    arrive(desk, later)
    assert shown(desk, page) == later
    assert shown(desk, f"{page}?visit={visit.pk}") == visit
    assert shown(desk, f"{page}?visit=0") == later


def test_two_presses_serve_a_person_and_lead_to_the_next(
    desk: Client, visit: Appointment, page: str
) -> None:
    later = at(visit.slot.counter, 10)
    press = re.search(r'value="1" formaction="([^"]+)" data-focus', desk.get(page).content.decode())
    assert press
    assert desk.post(press[1], {"version": 1})["Location"] == f"{page}?visit={visit.pk}"
    served = {"visit": visit.pk, "version": 2, "outcome": "served"}
    answer = desk.post(page, served)
    assert answer["Location"] == page
    visit.refresh_from_db()
    assert (visit.status, visit.outcome) == (Status.COMPLETED, "served")
    assert shown(desk, page) == later


def test_message_names_person_and_time_and_takes_the_press_back(
    desk: Client, visit: Appointment, page: str
) -> None:
    answer = desk.post(f"{url(visit, 'check-in')}", {"version": 1}, follow=True)
    text = answer.content.decode()
    assert f"{visit.applicant.desk_name}, 09:00: arrival recorded by kurz." in text
    message = text.partition('<ul class="messagelist">')[2].partition("</ul>")[0]
    back = re.search(r'form="press" name="version" value="2" formaction="([^"]+)"', message)
    assert back
    assert back[1] == url(visit, "put-back")
    assert '<form id="press" method="post"' in text
    desk.post(back[1], {"version": 2})
    visit.refresh_from_db()
    assert visit.status == Status.BOOKED


def test_name_that_is_code_stays_a_name_in_the_message(desk: Client, visit: Appointment) -> None:
    visit.applicant.family_name = "<b>x</b>"
    visit.applicant.save()
    text = desk.post(url(visit, "check-in"), {"version": 1}, follow=True).content.decode()
    assert "<b>x</b>" not in text
    assert "&lt;B&gt;X&lt;/B&gt;" in text


def test_not_come_is_one_press_and_so_is_the_late_arrival(
    desk: Client, visit: Appointment, page: str, clock: time_machine.Traveller
) -> None:
    assert "no-show/" not in desk.get(page).content.decode()
    clock.shift(5 * MINUTE)
    no_show = f"{url(visit, 'no-show')}?at={visit.slot.counter_id}"
    assert no_show in desk.get(page).content.decode()
    answer = desk.post(no_show, {"version": 1}, follow=True)
    assert answer.redirect_chain[0][0] == page
    assert "Has come after all" in answer.content.decode()
    visit.refresh_from_db()
    assert visit.status == Status.NO_SHOW


def test_ticked_papers_propose_the_outcome_once(
    desk: Client, visit: Appointment, page: str
) -> None:
    arrive(desk, visit)
    brought = [paper for paper in papers() if paper != "passport"]
    sent = {"visit": visit.pk, "version": 2, "outcome": "served", "brought": brought}
    answer = desk.post(page, sent)
    assert answer.status_code == 422
    form = answer.context["form"]
    assert form["outcome"].value() == "proof_missing"
    visit.refresh_from_db()
    assert visit.status == Status.CHECKED_IN

    proposed = sent | {"proposed_for": form["proposed_for"].value()}
    assert desk.post(page, proposed | {"outcome": "proof_missing"})["Location"] == page
    visit.refresh_from_db()
    assert (visit.outcome, visit.missing) == ("proof_missing", ["passport"])
    desk.post(url(visit, "put-back"), {"version": 3})
    assert desk.post(page, proposed | {"version": 4})["Location"] == page  # meant all the same
    visit.refresh_from_db()
    assert (visit.outcome, visit.missing) == ("served", [])


def test_no_outcome_is_chosen_before_anybody_looked(
    desk: Client, visit: Appointment, page: str
) -> None:
    arrive(desk, visit)
    assert desk.get(page).context["form"]["outcome"].value() is None
    assert desk.get(url(visit, "complete")).context["form"]["outcome"].value() is None
    sent = {"visit": visit.pk, "version": 2}
    form = desk.post(page, sent).context["form"]
    assert form.errors["outcome"] == ["Please say how the visit ended."]
    assert form["outcome"].value() is None
    for brought, outcome in ((papers(), "served"), (["passport"], "proof_missing")):
        form = desk.post(page, sent | {"brought": brought}).context["form"]
        assert form["outcome"].value() == outcome
    visit.refresh_from_db()
    assert visit.status == Status.CHECKED_IN


def test_ticks_of_the_arrival_are_proposed(desk: Client, visit: Appointment, page: str) -> None:
    brought = [paper for paper in papers() if paper != "passport"]
    desk.post(url(visit, "check-in"), {"version": 1, "brought": brought})
    form = desk.get(page).context["form"]
    assert (form["outcome"].value(), form["brought"].value()) == ("proof_missing", brought)


def test_missing_proof_without_a_tick_means_all_that_is_owed(
    desk: Client, visit: Appointment, page: str
) -> None:
    arrive(desk, visit)
    sent = {"visit": visit.pk, "version": 2, "outcome": "proof_missing"}
    assert desk.post(page, sent | {"brought": papers()}).status_code == 422  # nothing is missing
    desk.post(page, sent)
    visit.refresh_from_db()
    assert "passport" in visit.missing


def test_second_caseworker_learns_who_was_first(
    desk: Client, visit: Appointment, page: str
) -> None:
    arrive(desk, visit)
    sent = {"visit": visit.pk, "version": 2, "outcome": "served"}
    desk.post(page, sent)
    other = signed_in(username="lang")
    answer = other.post(page, sent | {"outcome": "wrong_counter"})
    assert answer.status_code == 409
    assert "kurz" in answer.content.decode()


@pytest.mark.parametrize("counter", ["x", "-1", "9" * 30, "1/../2", "٣"])
def test_strange_counter_leads_to_the_list(desk: Client, visit: Appointment, counter: str) -> None:
    answer = desk.post(f"{url(visit, 'check-in')}?at={counter}", {"version": 1})
    assert answer["Location"] == f"/admin/#a{visit.pk}"


def test_only_counter_with_people_opens_by_itself(
    desk: Client, visit: Appointment, page: str
) -> None:
    choose = f"{APPOINTMENTS}at-counter/"
    assert desk.get(choose)["Location"] == page
    other = CounterFactory(slug="other")
    at(other, 10)
    assert f"{choose}{other.pk}/" in desk.get(choose).content.decode()


def test_empty_counter_says_so(desk: Client, visit: Appointment) -> None:
    empty = CounterFactory(slug="empty")
    text = desk.get(f"{APPOINTMENTS}at-counter/{empty.pk}/").content.decode()
    assert "Nobody is waiting here." in text
    assert desk.get(f"{APPOINTMENTS}at-counter/0/").status_code == 404


def test_scanned_code_of_somebody_without_a_visit_today_leads_to_the_person(desk: Client) -> None:
    slot = SlotFactory(starts_at=TUESDAY_NINE + timedelta(days=1))
    row = AppointmentFactory(slot=slot, reference="8M4P-77TZ")
    answer = desk.post(f"{APPOINTMENTS}search/", {"q": "8M4P-77TZ"})
    assert answer["Location"] == f"{APPOINTMENTS}{row.pk}/change/"


def test_several_who_are_found_have_the_button_beside_them(
    desk: Client, visit: Appointment
) -> None:
    visit.applicant.family_name = "Kaninchen"
    visit.applicant.save()
    at(visit.slot.counter, 10, applicant__family_name="Kaninchen")
    text = desk.post(f"{APPOINTMENTS}search/", {"q": "Kaninchen"}).content.decode()
    assert len(re.findall(r'formaction="[^"]+/check-in/"', text)) == 2


def test_press_for_somebody_who_left_the_list_completes_nobody_else(
    desk: Client, visit: Appointment, page: str
) -> None:
    other = at(visit.slot.counter, 10)
    for row in (visit, other):
        arrive(desk, row)
    served = {"visit": visit.pk, "version": visit.version, "outcome": "served"}
    assert other.version == visit.version
    desk.post(url(visit, "put-back"), {"version": visit.version})
    desk.post(url(visit, "cancel"), {"version": visit.version + 1, "reason": "office"})
    visit.refresh_from_db()
    assert visit.status == Status.CANCELLED
    for press in (served, {**served, "visit": ""}):
        assert desk.post(page, press).status_code == 409
        other.refresh_from_db()
        assert other.status == Status.CHECKED_IN

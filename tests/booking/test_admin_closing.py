"""Closing, lifting and hours at the desk."""

from __future__ import annotations

import re
from datetime import date, time, timedelta

import pytest
import time_machine
from django.http import QueryDict
from django.test import Client
from django.utils.datastructures import MultiValueDict

from booking import actions
from booking.models import Appointment, Closure, Counter, Slot, Token
from booking.models.applicants import mint_token
from booking.notifications.rendering import displacement
from booking.states import Status
from config.foundation.notification_kinds import Attempt
from config.foundation.office import Office, days_of_a_year
from config.foundation.outbox import Notification
from config.foundation.standard_texts import REASONS, standard_texts
from tests.booking.desk import catalogue, clock, desk, signed_in, visit
from tests.factories import (
    TUESDAY_NINE,
    AppointmentFactory,
    CounterFactory,
    CounterGroupFactory,
    QuotaFactory,
    ServiceWindowFactory,
    SlotFactory,
)

__all__ = ["catalogue", "clock", "desk", "visit"]
NOON = TUESDAY_NINE + timedelta(hours=3)
CLOSE = "/admin/booking/closure/close/"


# --- closing --------------------------------------------------------------------------------------


def test_close_shows_who_is_affected_before_it_acts(desk: Client, visit: Appointment) -> None:
    form = {"what": "part", "day": "24.11.2026", "opens": "09:00", "closes": "11:00", "counter": ""}
    answer = desk.post(CLOSE, form)
    assert visit.applicant.desk_name in answer.content.decode()
    assert not Closure.objects.exists()
    done = desk.post(CLOSE, form | {"confirm": "yes"})
    closure = Closure.objects.get()
    assert done["Location"] == f"/admin/booking/closure/{closure.pk}/change/"
    visit.refresh_from_db()
    assert visit.status == Status.DISPLACED


@pytest.mark.parametrize(
    "wrong",
    [
        {"what": "days", "day": ""},
        {"what": "days", "day": "23.11.2026"},
        {"what": "days", "day": "25.11.2026", "last_day": "24.11.2026"},
        {"what": "days", "day": "25.11.2026", "last_day": "25.11.2028"},
        {"what": "part", "day": "25.11.2026"},
        {"what": "part", "day": "25.11.2026", "opens": "11:00", "closes": "09:00"},
        {"what": "part", "day": "28.03.2027", "opens": "02:30", "closes": "09:00"},
        {"what": "never"},
        {"what": "today", "counter": "999"},
        {"what": "today", "reason_en": "only English"},
    ],
)
def test_close_refuses_what_makes_no_sense(desk: Client, wrong: dict[str, str]) -> None:
    assert desk.post(CLOSE, {"confirm": "yes"} | wrong).status_code == 422
    assert not Closure.objects.exists()


def test_lift_from_its_page(desk: Client, clock: time_machine.Traveller) -> None:
    row = AppointmentFactory(slot=SlotFactory(starts_at=NOON))
    desk.post(CLOSE, {"what": "today", "counter": "", "confirm": "yes"})
    closure = Closure.objects.get()
    page = f"/admin/booking/closure/{closure.pk}/"
    assert 'data-fate="waiting"' in desk.get(f"{page}change/").content.decode()
    assert desk.get(f"{page}lift/").status_code == 200
    desk.post(f"{page}lift/")
    row.refresh_from_db()
    assert row.status == Status.BOOKED
    assert 'data-fate="restored"' in desk.get(f"{page}change/").content.decode()
    assert desk.post(f"{page}lift/").status_code == 409


def test_phone_list_names_who_can_not_be_written_to(desk: Client) -> None:
    soon = AppointmentFactory(slot=SlotFactory(starts_at=TUESDAY_NINE + timedelta(hours=3)))
    AppointmentFactory(slot=SlotFactory(starts_at=TUESDAY_NINE + timedelta(hours=4)))
    silent = AppointmentFactory(
        slot=SlotFactory(starts_at=TUESDAY_NINE + timedelta(hours=5)),
        applicant__email="",
        applicant__phone="+493915404388",
    )
    answer = desk.post(CLOSE, {"what": "today", "counter": ""})
    assert answer.context["phone_list"] == [soon, silent]
    shown = '<a href="tel:+493915404388">+49 391 5404388</a>'
    assert shown in answer.content.decode()

    done = desk.post(CLOSE, {"what": "today", "counter": "", "confirm": "yes"}, follow=True)
    assert shown in done.content.decode()
    way_back = f"/admin/booking/closure/{Closure.objects.get().pk}/lift/"
    lift = f'<a class="button" href="{way_back}">Lift the closure</a>'
    assert [str(message) for message in done.context["messages"]] == [
        f"09:00: closed by kurz. People who get a letter: 2. {lift}",
        "People without an e-mail address, who know nothing yet: 1. Please phone them.",
    ]


def test_reason_of_a_closure_reaches_letter_and_page(
    desk: Client, visit: Appointment, client: Client
) -> None:
    reason = {"reason_de": "Wasserschaden", "reason_en": "Burst pipe"}
    desk.post(CLOSE, {"what": "today", "counter": "", "confirm": "yes"} | reason)
    letter = Notification.objects.get(kind="booking.displacement")
    written = displacement(letter, Attempt(now=TUESDAY_NINE))
    assert written is not None
    assert "Wasserschaden" in written.text

    secret = mint_token(purpose=Token.Purpose.MANAGE, subject=visit.subject, now=TUESDAY_NINE)
    client.get(f"/en/manage/{secret}/")
    assert "Burst pipe" in client.get("/en/manage/").content.decode()


def test_prepared_reason_is_read_in_every_language_before_the_closing(
    desk: Client, visit: Appointment
) -> None:
    AppointmentFactory(slot=SlotFactory(starts_at=NOON), applicant__language="vi")
    form = {"what": "today", "counter": "", "why": "illness", "reason_de": "not this"}
    page = desk.post(CLOSE, form).content.decode()
    assert standard_texts(REASONS)["illness"]["vi"] in page
    assert "not this" not in page.replace('value="not this"', "")
    desk.post(CLOSE, form | {"confirm": "yes"})
    assert Closure.objects.get().reason == standard_texts(REASONS)["illness"]


def test_own_reason_needs_its_text(desk: Client) -> None:
    own = {"what": "today", "counter": "", "confirm": "yes", "why": "own"}
    assert desk.post(CLOSE, own).status_code == 422
    assert not Closure.objects.exists()


def test_field_that_was_not_asked_for_refuses_nothing(desk: Client) -> None:
    left_over = {"what": "today", "counter": "", "day": "someday", "opens": "noon"}
    assert desk.post(CLOSE, left_over).status_code == 200


def test_other_people_than_shown_are_shown_first(desk: Client, visit: Appointment) -> None:
    form = {"what": "today", "counter": ""}
    shown = {"affected": desk.post(CLOSE, form).context["affected"], "confirm": "yes"}
    AppointmentFactory(slot=SlotFactory(starts_at=NOON))
    answer = desk.post(CLOSE, form | shown)
    assert answer.status_code == 409
    assert not Closure.objects.exists()
    shown["affected"] = answer.context["affected"]
    assert desk.post(CLOSE, form | shown).status_code == 302


def test_entries_can_be_changed_before_the_closing(desk: Client) -> None:
    form = {"what": "part", "day": "24.11.2026", "opens": "13:00", "closes": "14:00"}
    page = desk.post(CLOSE, form | {"change": "yes"}).content.decode()
    assert 'value="13:00"' in page


def test_all_are_informed_only_when_each_letter_was_accepted(desk: Client) -> None:
    later = TUESDAY_NINE + timedelta(hours=5)
    AppointmentFactory(slot=SlotFactory(starts_at=later))
    desk.post(CLOSE, {"what": "today", "counter": "", "confirm": "yes"})
    page = f"/admin/booking/closure/{Closure.objects.get().pk}/change/"
    assert "0 of 1" in desk.get(page).content.decode()
    letter = Notification.objects.filter(kind="booking.displacement")
    letter.update(sent_at=TUESDAY_NINE)
    assert "all informed" in desk.get(page).content.decode()
    letter.update(bounced_at=TUESDAY_NINE, bounce="5.1.1")
    assert "all informed" not in desk.get(page).content.decode()


# --- hours ----------------------------------------------------------------------------------------


def test_hours_change_from_a_day_on(desk: Client) -> None:
    counter = ServiceWindowFactory().counter
    actions.open_slots(now=TUESDAY_NINE)
    lead = signed_in("team lead")
    page = f"/admin/booking/counter/{counter.pk}/hours/"
    wrong = {"valid_from": "23.11.2026", "replace": "yes"}
    assert lead.post(page, wrong).status_code == 422
    odd = {
        "valid_from": "01.12.2026",
        "replace": "yes",
        "opens_1_1": "12:00",
        "closes_1_1": "10:00",
    }
    assert lead.post(page, odd).status_code == 422
    booked = AppointmentFactory(slot=Slot.objects.get(starts_at=TUESDAY_NINE + timedelta(days=7)))
    answer = lead.post(page, odd | {"opens_1_1": "10:00", "closes_1_1": "12:00"}, follow=True)
    assert "1 people are booked outside the hours" in answer.content.decode()
    starts = Slot.objects.filter(starts_at__date=date(2026, 12, 1)).order_by("starts_at")
    assert starts.count() == 13
    booked.refresh_from_db()
    assert booked.status == Status.BOOKED
    assert "outside the hours" in desk.get("/admin/").content.decode()


def test_hours_that_begin_later_are_shown_with_their_first_day(desk: Client) -> None:
    window = ServiceWindowFactory(valid_from=date(2026, 12, 1))
    page = signed_in("team lead").get("/admin/booking/counter/").content.decode()
    shown = re.findall(r'<span class="desk-hours">([^<]+)</span>', page)
    assert shown == [f"{window.opens:%H:%M} – {window.closes:%H:%M}", "from Tue, 01.12.2026 on"]


def test_who_only_looks_at_the_office_is_told_who_changes_it_and_sees_what_is_filled(
    desk: Client,
) -> None:
    office = Office.objects.get()
    Office.objects.update(fax="", phone="0391 540", legal_representative="")
    page = f"/admin/foundation/office/{office.pk}/change/"
    read = signed_in("team lead").get(page).content.decode()
    assert "Only accounts of the role" in read
    assert "0391 540" in read
    assert "field-fax" not in read
    assert "field-legal_representative" in read
    assert read.count("<details><summary") + read.count('<details class="desk') >= 3
    changed = signed_in("ops", username="ops").get(page).content.decode()
    assert "Only accounts of the role" not in changed
    assert "field-fax" in changed


def test_hours_start_from_those_of_today(desk: Client) -> None:
    counter = ServiceWindowFactory().counter
    lead = signed_in("team lead")
    page = lead.get(f"/admin/booking/counter/{counter.pk}/hours/").content.decode()
    window = counter.windows.get()
    assert f'value="{window.opens:%H:%M}"' in page
    assert (
        f"{window.opens:%H:%M} – {window.closes:%H:%M}"
        in lead.get("/admin/booking/counter/").content.decode()
    )


def test_hours_of_a_counter_without_any_begin_with_the_usual_ones(desk: Client) -> None:
    usual = CounterFactory(slug="usual")
    group = CounterFactory(slug="0-other", group=CounterGroupFactory(slug="other")).group
    for counter in (usual, Counter.objects.get(slug="0-other")):
        ServiceWindowFactory(counter=counter, weekday=1, opens=time(8 + (counter != usual)))
    lead = signed_in("team lead")
    new = CounterFactory(slug="0-new", group=usual.group)
    assert new.group != group
    page = lead.get(f"/admin/booking/counter/{new.pk}/hours/")
    assert page.context["proposed_by"] == usual
    assert page.context["form"]["opens_1_1"].value() == "08:00"
    assert page.context["form"]["replace"].value() == "no"
    assert "proposed are those of" in page.content.decode()


def test_hours_of_a_quota_alone_begin_with_its_own(desk: Client) -> None:
    window = ServiceWindowFactory(
        quota=QuotaFactory(),
        weekday=2,
        opens=time(13),
        closes=time(15),
        valid_from=date(2026, 11, 30),
    )
    lead = signed_in("team lead")
    page = lead.get(f"/admin/booking/counter/{window.counter_id}/hours/")
    form = page.context["form"]
    assert form["opens_2_1"].value() == "13:00"
    assert form["quota"].value() == window.quota_id
    assert form["replace"].value() == "yes"
    assert page.context["proposed_by"] is None


def test_closing_begins_with_the_counter_that_serves_today(desk: Client) -> None:
    CounterFactory(slug="0-idle")
    serving = CounterFactory(slug="serving")
    tomorrow = CounterFactory(slug="1-tomorrow")
    SlotFactory(counter=tomorrow, starts_at=TUESDAY_NINE + timedelta(days=1))
    SlotFactory(counter=serving, starts_at=TUESDAY_NINE + timedelta(hours=1))
    form = desk.get("/admin/booking/closure/close/").context["form"]
    assert form["counter"].value() == serving.pk


def test_closed_days_are_ticked_in_a_calendar(desk: Client) -> None:
    ops = signed_in("ops")
    page = f"/admin/foundation/office/{Office.objects.get().pk}/change/"
    shown = ops.get(page)
    assert 'value="24.12."' in shown.content.decode()
    form = shown.context["adminform"].form
    days = form.fields["closed_days"].widget.value_from_datadict(
        QueryDict("closed_days=24.12.&closed_days=31.12."), MultiValueDict(), "closed_days"
    )
    assert days_of_a_year(days) == {(12, 24), (12, 31)}
    calendar = signed_in("team lead").get(page).content.decode()
    assert "Neujahr" in calendar
    assert 'name="closed_days"' not in calendar

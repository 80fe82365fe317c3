"""What the desk says of the papers of a visit."""

from __future__ import annotations

import html
import re
from datetime import date

from django.core import mail
from django.test import Client

from booking.models import Appointment
from booking.notifications import enqueue_confirmation
from booking.states import Status
from config.foundation.outbox import Notification, send_next
from documents.catalogue import emergency_checklist
from tests.booking.desk import APPOINTMENTS, catalogue, clock, desk, later, url, visit
from tests.factories import TUESDAY_NINE

__all__ = ["catalogue", "clock", "desk", "later", "visit"]
DAY = date(2026, 11, 24)


def test_complete_names_the_missing_papers(desk: Client, visit: Appointment) -> None:
    desk.post(url(visit, "check-in"), {"version": 1})
    asked = {"version": 2, "outcome": "proof_missing"}
    assert desk.post(url(visit, "complete"), asked).status_code == 422
    assert desk.post(url(visit, "complete"), asked | {"missing": ["x"]}).status_code == 422
    desk.post(url(visit, "complete"), asked | {"missing": ["passport"]})
    visit.refresh_from_db()
    assert (visit.outcome, visit.missing) == ("proof_missing", ["passport"])


def test_papers_unticked_at_check_in_are_proposed_as_missing(
    desk: Client, visit: Appointment
) -> None:
    papers = [item.id for item in emergency_checklist(category="expired", on=DAY).items]
    page = desk.get(url(visit, "check-in")).content.decode()
    assert re.findall(r'name="brought" value="([^"]+)"', page) == papers
    ticked = {"version": 1, "brought": [paper for paper in papers if paper != "passport"]}
    assert desk.post(url(visit, "check-in"), ticked | {"brought": ["x"]}).status_code == 422
    desk.post(url(visit, "check-in"), ticked)
    visit.refresh_from_db()
    assert (visit.status, visit.missing) == (Status.CHECKED_IN, ["passport"])

    form = desk.get(url(visit, "complete")).context["form"]
    assert (form["outcome"].value(), form["missing"].value()) == ("proof_missing", ["passport"])
    desk.post(url(visit, "complete"), {"version": 2, "outcome": "proof_missing", "missing": papers})
    desk.post(url(visit, "put-back"), {"version": 3})
    form = desk.get(url(visit, "complete")).context["form"]
    assert form["missing"].value() == papers  # what was written down is not asked for again
    desk.post(url(visit, "complete"), {"version": 4, "outcome": "served", "missing": papers})
    visit.refresh_from_db()
    assert (visit.outcome, visit.missing) == ("served", [])  # the proposal is no more than that


def test_check_in_without_a_tick_says_nothing_about_papers(
    desk: Client, visit: Appointment
) -> None:
    desk.post(url(visit, "check-in"), {"version": 1})
    visit.refresh_from_db()
    assert visit.missing == []
    form = desk.get(url(visit, "complete")).context["form"]
    assert (form["outcome"].value(), form["missing"].value()) == ("served", None)


def said_of_papers(desk: Client, visit: Appointment) -> list[str]:
    """What the page of the visit says of each paper."""
    page = desk.get(url(visit, "change")).content.decode()
    part = page.partition('id="papers"')[2].partition("</ul>")[0]
    return re.findall(r'class="desk-tag[^"]*">([^<]+)<', part)


def test_visit_that_is_over_says_what_became_of_each_paper(
    desk: Client, visit: Appointment
) -> None:
    items = emergency_checklist(category="expired", on=DAY).items
    papers = [item.id for item in items]
    there = ["not checked" if item.if_available else "is there" for item in items]
    desk.post(url(visit, "check-in"), {"version": 1})
    desk.post(url(visit, "complete"), {"version": 2, "outcome": "served"})
    assert said_of_papers(desk, visit) == ["not checked" for _each in papers]
    desk.post(url(visit, "put-back"), {"version": 3})
    desk.post(url(visit, "put-back"), {"version": 4})
    desk.post(url(visit, "check-in"), {"version": 5, "brought": papers})
    desk.post(url(visit, "complete"), {"version": 6, "outcome": "served"})
    assert said_of_papers(desk, visit) == there
    desk.post(url(visit, "put-back"), {"version": 7})
    missing = {"outcome": "proof_missing", "missing": ["passport"]}
    desk.post(url(visit, "complete"), {"version": 8, **missing})
    there[papers.index("passport")] = "was missing"
    assert said_of_papers(desk, visit) == there
    desk.post(url(visit, "put-back"), {"version": 9})
    desk.post(url(visit, "complete"), {"version": 10, "outcome": "served"})
    assert said_of_papers(desk, visit) == ["not checked" for _each in papers]


def test_papers_that_all_lie_on_the_counter_are_there(desk: Client, visit: Appointment) -> None:
    papers = [item.id for item in emergency_checklist(category="expired", on=DAY).items]
    desk.post(url(visit, "check-in"), {"version": 1})
    counter = f"{APPOINTMENTS}at-counter/{visit.slot.counter_id}/"
    data = {"visit": visit.pk, "version": 2, "outcome": "served", "brought": papers}
    assert desk.post(counter, data).status_code == 302
    assert "is there" in said_of_papers(desk, visit)


def test_check_in_put_back_forgets_the_ticks(desk: Client, visit: Appointment) -> None:
    desk.post(url(visit, "check-in"), {"version": 1, "brought": ["passport"]})
    desk.post(url(visit, "put-back"), {"version": 2})
    visit.refresh_from_db()
    assert (visit.status, visit.missing) == (Status.BOOKED, [])


def test_missing_papers_are_named_in_words(desk: Client, visit: Appointment) -> None:
    Appointment.objects.update(missing=["passport", "gone"])
    page = desk.get(f"{APPOINTMENTS}{visit.pk}/change/").content.decode()
    (passport,) = (
        item.title.to("en")
        for item in emergency_checklist(category="expired", on=DAY).items
        if item.id == "passport"
    )
    assert f"{passport}, gone" in page


def test_letter_and_check_in_list_the_same_papers(desk: Client, later: Appointment) -> None:
    enqueue_confirmation(later, now=TUESDAY_NINE)
    assert send_next(queue=Notification.Queue.ORDINARY, now=TUESDAY_NINE) == "sent"
    letter = str(mail.outbox[-1].body)
    form = desk.get(url(later, "check-in")).context["form"]
    titles = [title for _id, title in form.fields["brought"].choices]
    assert len(titles) >= 4
    assert [title for title in titles if f"- {title}" not in letter] == []
    page = desk.get(f"{APPOINTMENTS}{later.pk}/change/").content.decode()
    shown = html.unescape(page)
    assert [title for title in titles if title not in shown] == []  # to be read out on the phone

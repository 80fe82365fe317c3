"""Pause, notice and restricted operation, from the desk to every page."""

from __future__ import annotations

import re
from datetime import timedelta

import time_machine
from django.conf import settings
from django.test import Client

from config.foundation.office import ServiceStatus
from tests.booking.desk import catalogue, clock, desk, revision_of, signed_in
from tests.booking.visitors import Visitor
from tests.factories import TUESDAY_NINE

__all__ = ["catalogue", "clock", "desk"]


def test_pause_and_notice_reach_every_page(desk: Client, client: Client) -> None:
    status = ServiceStatus.objects.get()
    lead = signed_in("team lead")
    change = f"/admin/foundation/servicestatus/{status.pk}/change/"
    answer = lead.post(
        change,
        revision_of(lead, change)
        | {
            "state": "paused",
            "notice_de": "Heute geschlossen",
            "notice_en": "Closed today",
            "notice_from_0": "2026-11-24",
            "notice_from_1": "08:00:00",
            "notice_until_0": "2026-11-24",
            "notice_until_1": "18:00:00",
        },
    )
    assert answer.status_code == 302
    page = client.get("/en/").content.decode()
    assert "Closed today" in page
    status.refresh_from_db()
    assert (status.state, status.notice["de"]) == ("paused", "Heute geschlossen")


def test_desk_says_that_the_service_is_not_open(desk: Client) -> None:
    assert "not open" not in desk.get("/admin/").content.decode()
    ServiceStatus.objects.update(state="restricted")
    assert "The service is not open: restricted operation." in desk.get("/admin/").content.decode()


def test_pause_ends_by_itself_on_every_page(
    desk: Client, client: Client, clock: time_machine.Traveller
) -> None:
    status = ServiceStatus.objects.get()
    change = f"/admin/foundation/servicestatus/{status.pk}/change/"
    visitor, lead = Visitor(client), signed_in("team lead")
    visitor.verifies()
    visitor.form("waiting/")
    until = {"state": "paused", "until_0": "2026-11-24", "until_1": "10:30:00"}
    assert lead.post(change, revision_of(lead, change) | until).status_code == 302
    assert "10:30" in visitor.get("times/").content.decode()
    assert visitor.send("waiting/").status_code == 409
    assert 'data-service="paused"' in visitor.get("").content.decode()

    clock.move_to(TUESDAY_NINE + timedelta(minutes=90))  # half past ten, and no job ran
    assert 'data-service="open"' in visitor.get("").content.decode()
    assert "paused" not in visitor.get("times/").content.decode()
    assert visitor.post("waiting/") == "waiting/"
    lead = signed_in("team lead")
    page = lead.get(change).content.decode()
    assert re.search(
        'name="state" value="open"[^>]* checked>', page
    )  # what has ended does not look like a pause
    until |= revision_of(lead, change)
    assert lead.post(change, until).status_code == 200  # nor can a pause end before it begins
    assert lead.post(change, until | {"state": "open"}).status_code == 302
    status.refresh_from_db()
    assert (status.state, status.until) == ("open", None)


def test_prepared_notice_is_there_in_every_language(desk: Client, client: Client) -> None:
    status = ServiceStatus.objects.get()
    page = f"/admin/foundation/servicestatus/{status.pk}/change/"
    lead = signed_in("team lead")
    assert lead.get("/admin/foundation/servicestatus/")["Location"] == page
    shown = revision_of(lead, page)
    own_without_text = shown | {"state": "open", "which": "own"}
    assert "German text" in lead.post(page, own_without_text).content.decode()
    done = lead.post(page, shown | {"state": "restricted", "which": "technical"}, follow=True)
    assert "booking status set to restricted operation by" in done.content.decode()
    assert re.search('name="which" value="technical"[^>]* checked>', done.content.decode())
    status.refresh_from_db()
    assert set(status.notice) == {code for code, _name in settings.LANGUAGES}
    assert status.notice["vi"] in client.get("/vi/").content.decode()
    lead.post(page, revision_of(lead, page) | {"state": "open", "which": "none", "notice_de": ""})
    status.refresh_from_db()
    assert (status.state, status.notice) == ("open", {})


def test_notice_without_german_is_refused(desk: Client) -> None:
    status = ServiceStatus.objects.get()
    page = f"/admin/foundation/servicestatus/{status.pk}/change/"
    lead = signed_in("team lead")
    shown = revision_of(lead, page)
    answer = lead.post(page, shown | {"state": "open", "notice_en": "Closed"})
    assert answer.status_code == 200
    assert "German text" in answer.content.decode()
    assert signed_in("caseworker").post(page, {"state": "paused"}).status_code == 403


def test_year_that_nobody_means_is_refused_at_its_field(desk: Client, client: Client) -> None:
    # PostgreSQL stores the first minutes of year 1 and hands them back to no program: a row with
    # them ends every page that reads it
    lead = signed_in("team lead")
    change = f"/admin/foundation/servicestatus/{ServiceStatus.objects.get().pk}/change/"
    typed = {"state": "open", "which": "", "notice_from_0": "0001-01-01", "notice_from_1": "00:00"}
    answer = lead.post(change, revision_of(lead, change) | typed)
    assert client.get("/en/").status_code == 200
    assert "Please check the year." in answer.content.decode()

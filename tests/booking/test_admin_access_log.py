"""Who looked at people is written down, and stays so."""

from __future__ import annotations

import pytest
from django.test import Client

from booking.models import Appointment
from config.foundation.audit import AccessRecord
from tests.booking.desk import APPOINTMENTS, catalogue, clock, desk, signed_in, visit
from tests.factories import TUESDAY_NINE, ApplicantFactory, WaitingEntryFactory

__all__ = ["catalogue", "clock", "desk", "visit"]


@pytest.mark.parametrize(
    ("path", "kind", "subject"),
    [
        ("/admin/", "list", "appointments of the day"),
        (APPOINTMENTS, "list", "appointment list"),
        (APPOINTMENTS + "{pk}/change/", "view", "appointment/{pk}"),
        (APPOINTMENTS + "{pk}/check-in/", "view", "appointment/{pk}"),
        (APPOINTMENTS + "at-counter/{counter}/", "view", "appointment/{pk}"),
        ("/admin/day.pdf", "export", "appointments 2026-11-24"),
        ("/admin/booking/waitingentry/", "list", "waitingentry list"),
        ("/admin/booking/waitingentry/{waits}/change/", "view", "waitingentry/{waits}"),
        ("/admin/booking/applicant/", "list", "applicant list"),
        ("/admin/booking/applicant/{flagged}/change/", "view", "applicant/{flagged}"),
        ("/admin/statistics/export/", "export", "statistics"),
    ],
)
def test_every_look_at_people_is_recorded(
    desk: Client, visit: Appointment, path: str, kind: str, subject: str
) -> None:  # T-C7
    ids = {
        "pk": visit.pk,
        "counter": visit.slot.counter_id,
        "waits": WaitingEntryFactory().pk,
        "flagged": ApplicantFactory(flagged_at=TUESDAY_NINE).pk,
    }
    assert desk.get(path.format(**ids)).status_code == 200
    record = AccessRecord.objects.get()
    assert (record.kind, record.subject) == (kind, subject.format(**ids))
    assert record.by.username == "kurz"


def test_a_page_that_refreshes_itself_is_one_look(desk: Client, visit: Appointment) -> None:
    for _refresh in range(3):
        desk.get("/admin/")
    assert AccessRecord.objects.count() == 1


@pytest.mark.parametrize("role", ["caseworker", "team lead", "ops"])
def test_nobody_edits_the_access_log(desk: Client, visit: Appointment, role: str) -> None:  # T-C7
    desk.get(f"{APPOINTMENTS}{visit.pk}/change/")
    record = AccessRecord.objects.get()
    client = signed_in(role)
    for path in (f"{record.pk}/change/", f"{record.pk}/delete/", "add/"):
        answer = client.post(f"/admin/foundation/accessrecord/{path}", {"subject": "x"})
        assert answer.status_code == 403
    record.refresh_from_db()
    assert record.subject == visit.subject


def test_ops_see_no_person(desk: Client, visit: Appointment) -> None:
    page = signed_in("ops").get("/admin/").content.decode()
    assert visit.applicant.desk_name not in page
    assert "desk-today" not in page


@pytest.mark.parametrize(
    "query",
    [
        "booking/appointment/?person_key__startswith=a",
        "booking/appointment/?note__isnull=0",
        "booking/applicant/?email__startswith=a",
        "booking/applicant/?codes__icontains=a",
        "booking/invitation/?case_reference__startswith=4",
        "booking/waitingentry/?applicant__email=a@example.org",
        "pickup_box/deposit/?contact=a@example.org",
        "pickup_box/deposit/?holder_birth_date__startswith=1985",
        "pickup_box/deposit/?code_hashes__startswith=a",
        "pickup_box/compartment/?deposits__contact=a@example.org",
    ],
)
def test_lists_are_filtered_by_what_they_offer_and_nothing_else(desk: Client, query: str) -> None:
    answer = desk.get(f"/admin/{query}")
    # 302: the list without the filter
    assert answer.status_code == 400 or answer["Location"].endswith("?e=1"), answer.status_code
    offered = {
        "booking/invitation/?quota__id__exact=1&state=over&o=1.2",
        "booking/appointment/?status__exact=booked&slot__counter__id__exact=1&day=week",
        "pickup_box/deposit/?status__exact=drafted&box__id__exact=1&q=x",
    }
    for each in offered:
        assert desk.get(f"/admin/{each}").status_code == 200

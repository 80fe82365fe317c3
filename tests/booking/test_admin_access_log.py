"""Who looked at people is written down, and stays so."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.contrib import admin
from django.test import Client

from booking.models import Appointment
from config.foundation.admin_bases import AccessLoggedAdmin
from config.foundation.audit import AccessRecord, record_access
from config.foundation.outbox import Notification, enqueue
from config.foundation.staff import Staff
from config.foundation.subjects import may_look
from tests.booking.desk import APPOINTMENTS, caseworker, catalogue, clock, desk, signed_in, visit
from tests.factories import (
    TUESDAY_NINE,
    ApplicantFactory,
    AppointmentFactory,
    QuotaFactory,
    SlotFactory,
    StaffFactory,
    WaitingEntryFactory,
)
from tests.responses import Response

__all__ = ["catalogue", "clock", "desk", "visit"]


@pytest.mark.parametrize(
    ("path", "kind", "subject"),
    [
        ("/admin/", "list", "appointments of the day"),
        (APPOINTMENTS, "list", "appointment list"),
        (APPOINTMENTS + "{pk}/change/", "view", "appointment/{pk}"),
        (APPOINTMENTS + "000{pk}/change/", "view", "appointment/{pk}"),
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


# --- finding a look -------------------------------------------------------------------------------
LOG = "/admin/foundation/accessrecord/"


@pytest.fixture
def looks(desk: Client, visit: Appointment) -> Client:
    """The lead's browser, after two colleagues looked, one of them weeks ago."""
    other = WaitingEntryFactory()
    for by, subject, ago in (
        (caseworker(last_name="Erste"), visit.subject, timedelta(weeks=3)),
        (caseworker(last_name="Zweite"), other.subject, timedelta(0)),
    ):
        record_access(by=by, kind=AccessRecord.Kind.VIEW, subject=subject, now=TUESDAY_NINE - ago)
    return signed_in("team lead", last_name="Lead")


def colleagues(page: Response) -> list[str]:
    return [str(row.by) for row in page.context["cl"].result_list if str(row.by) != "Lead"]


def test_number_leads_to_who_looked_at_it_and_stays_out_of_the_address(
    looks: Client, visit: Appointment
) -> None:
    answer = looks.post(LOG, {"number": visit.reference.replace("-", " ").lower()})
    assert answer["Location"] == f"{LOG}?about=appointment%2F{visit.pk}"
    assert colleagues(looks.get(answer["Location"])) == ["Erste"]
    assert colleagues(looks.get(LOG)) == ["Zweite"]


@pytest.mark.parametrize("number", ["AAAA-AAAA", "", "x" * 5000, "Ärger", "\x00"])
def test_unknown_number_is_said_to_be_one(looks: Client, number: str) -> None:
    page = looks.post(LOG, {"number": number}, follow=True)
    assert "Nothing has this number." in page.content.decode()


@pytest.mark.parametrize(
    ("day", "found"),
    [
        ("2026-11-03", ["Erste"]),
        ("2026-11-24", ["Zweite"]),
        ("2026-11-23", []),
        ("x", ["Zweite", "Erste"]),
        ("9999-12-31", ["Zweite", "Erste"]),
    ],
)
def test_looks_of_a_day(looks: Client, day: str, found: list[str]) -> None:
    assert colleagues(looks.get(LOG, {"on": day})) == found


def test_log_tells_every_kind_of_row_in_words_and_reasons_where_there_are_some(
    looks: Client, visit: Appointment
) -> None:
    recorded = [
        str(model._meta.model_name)
        for model, desk in admin.site._registry.items()
        if isinstance(desk, AccessLoggedAdmin) and desk.recorded
    ]
    assert [name for name in recorded if not may_look(f"{name}/1", reader=root())] == []
    enqueue(kind="booking.reminder", subject=visit.subject, language="de", now=TUESDAY_NINE)
    letter = Notification.objects.latest("pk")
    by, kind = caseworker(last_name="Dritte"), AccessRecord.Kind.VIEW
    record_access(by=by, kind=kind, subject=f"notification/{letter.pk}", now=TUESDAY_NINE)
    page = looks.get(LOG).content.decode()
    assert "Message: Reminder of the appointment, Tue, 24.11.2026, 09:00" in page
    assert "reason" not in page.lower()
    row = AccessRecord.objects.latest("pk")
    assert "Reason" not in looks.get(f"{LOG}{row.pk}/change/").content.decode()
    record_access(
        by=by, kind=kind, subject=visit.subject, reason="by name, 2 found", now=TUESDAY_NINE
    )
    assert "by name: 2 found" in looks.get(LOG).content.decode()


def root() -> Staff:
    return StaffFactory(is_superuser=True)


def test_looks_of_a_colleague(looks: Client) -> None:
    who = Staff.objects.get(last_name="Zweite")
    assert colleagues(looks.get(LOG, {"by__id__exact": who.pk})) == ["Zweite"]


def test_search_of_the_log_is_for_who_may_see_it(desk: Client, visit: Appointment) -> None:
    client = Client()
    client.force_login(caseworker())
    assert client.post(LOG, {"number": visit.reference}).status_code == 403


def test_messages_are_found_by_the_number_of_what_they_are_about(
    looks: Client, visit: Appointment
) -> None:
    letters = "/admin/foundation/notification/"
    other = AppointmentFactory(slot=SlotFactory(starts_at=TUESDAY_NINE + timedelta(days=2)))
    for row in (visit, other):
        early = TUESDAY_NINE - timedelta(days=20)
        enqueue(kind="booking.confirmation", subject=row.subject, language="de", now=early)
    assert not looks.get(letters).context["cl"].result_list
    answer = looks.post(letters, {"number": visit.reference.lower()})
    assert answer["Location"] == f"{letters}?about=appointment%2F{visit.pk}"
    (found,) = looks.get(answer["Location"]).context["cl"].result_list
    assert found.subject == visit.subject
    page = looks.get(f"{APPOINTMENTS}{visit.pk}/change/").content.decode()
    assert f'href="{letters}{found.pk}/change/"' in page
    assert (
        "Nothing has this number."
        in looks.post(letters, {"number": "AAAA-AAAA"}, follow=True).content.decode()
    )


def test_letter_that_is_to_leave_later_says_when(looks: Client, visit: Appointment) -> None:
    due = TUESDAY_NINE + timedelta(days=1)
    enqueue(
        kind="booking.reminder", subject=visit.subject, language="de", now=TUESDAY_NINE, due_at=due
    )
    page = looks.get("/admin/foundation/notification/").content.decode()
    assert "planned</span> Wed, 25.11.2026, 09:00" in page


def test_plain_columns_have_the_form_of_the_desk_as_well(looks: Client) -> None:
    root = StaffFactory(language="en", is_superuser=True, last_login=TUESDAY_NINE)
    client = Client()
    client.force_login(root)
    page = client.get("/admin/foundation/staff/").content.decode()
    assert "Tue, 24.11.2026, 09:00" in page
    assert '<td class="field-last_login nowrap">-</td>' not in page


def test_edits_of_a_colleague(looks: Client) -> None:
    answer = looks.get("/admin/auditlog/logentry/", {"actor__id__exact": 1})
    assert answer.status_code in {200, 403}


def test_quota_to_invite_to_is_one_press(looks: Client) -> None:
    quotas = QuotaFactory(), QuotaFactory(slug="other")
    page = looks.get("/admin/booking/invitation/invite/").content.decode()
    for quota in quotas:
        assert f'href="?quota={quota.pk}"' in page


def test_looks_of_one_person_within_a_quarter_of_an_hour_are_one_line(
    desk: Client, visit: Appointment
) -> None:
    lead, colleague = StaffFactory(last_name="Lang"), StaffFactory(last_name="Kurz")
    for by, minutes in ((lead, 0), (lead, 5), (colleague, 6), (lead, 14), (lead, 40)):
        at = TUESDAY_NINE + timedelta(minutes=minutes - 60)
        kind = AccessRecord.Kind.VIEW
        record_access(by=by, kind=kind, subject=visit.subject, now=at)
    client = signed_in("team lead")
    page = client.get(f"/admin/foundation/accessrecord/?about={visit.subject}")
    lines = [(row.by, row.count) for row in page.context["cl"].result_list]
    assert lines == [(lead, 1), (lead, 3), (colleague, 1)]
    text = page.content.decode()
    assert "Tue, 24.11.2026, 08:14" in text
    assert "3 times since 08:00" in text
    assert AccessRecord.objects.filter(subject=visit.subject).count() == 5  # all stay


def test_page_of_a_look_tells_who_looked_before_and_after(desk: Client, visit: Appointment) -> None:
    people = [StaffFactory(last_name=name) for name in ("Erste", "Zweite", "Dritte")]
    rows = [
        record_access(
            by=by,
            kind=AccessRecord.Kind.VIEW,
            subject=visit.subject,
            now=TUESDAY_NINE - timedelta(hours=3 - at),
        )
        for at, by in enumerate(people)
    ]
    client = signed_in("team lead")
    page = client.get(f"/admin/foundation/accessrecord/{rows[1].pk}/change/")
    (_title, after), (_title, before) = page.context["around"]
    assert [[row.by for row in rows] for rows in (before, after)] == [[people[0]], [people[2]]]
    assert str(people[2]) in page.content.decode()

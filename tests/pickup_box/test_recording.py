"""Recording a document on one page: fewest entries, refusals at their field, then its checklist."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

import pytest
import time_machine
from django.test import Client
from django.urls import reverse

from booking.models import Applicant, Appointment
from config.accounts.roles import CASEWORKER
from config.foundation.audit import AccessRecord
from config.foundation.office import Office
from pickup_box.models import Box, Compartment, Consent, Deposit
from tests.factories import AppointmentFactory, InvitedFactory
from tests.pickup_box.making import NOW, make_consent, make_draft, make_staff
from tests.pickup_box.test_admin import signed_in

pytestmark = pytest.mark.django_db

FEWEST = {
    "document_type": "eat", "case_reference": "AZ-77", "holder_birth_date": "12.05.1985",
    "contact": "amina@example.org", "language": "ar", "pin_letter": "confirmed",
    "old_document": "none", "collector": "holder", "size": "1",
    "arrived_at_0": "2026-11-24", "arrived_at_1": "09:00",
}  # fmt: skip


@pytest.fixture(autouse=True)
def _at_ten(office: Office) -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def desk() -> Client:
    return signed_in(CASEWORKER, "mehmet")[0]


@pytest.fixture
def page(box: Box) -> str:
    return reverse("admin:pickup_box_deposit_add")


def test_one_press_records_the_document_with_its_consent(desk: Client, box: Box, page: str) -> None:
    sent = FEWEST | {"box": box.pk, "consent_received_on": "2026-11-23"}
    answer = desk.post(page, sent, follow=True)
    deposit, consent = Deposit.objects.get(), Consent.objects.get()
    assert deposit.consent == consent
    assert (consent.received_on, consent.language) == (date(2026, 11, 23), "ar")
    assert answer.redirect_chain == [
        (reverse("admin:pickup_box_deposit_change", args=[deposit.pk]), 302)
    ]
    assert answer.context["gaps"] == []
    assert 'value="assign"' in answer.content.decode()


def test_two_presses_record_once_and_lead_to_the_same_page(
    desk: Client, box: Box, page: str
) -> None:
    sent = FEWEST | {"box": box.pk, "consent_received_on": "2026-11-23"}
    answers = [desk.post(page, sent) for _press in range(2)]
    assert [each.status_code for each in answers] == [302, 302]
    assert answers[0]["Location"] == answers[1]["Location"]
    assert (Deposit.objects.count(), Consent.objects.count()) == (1, 1)
    # somebody else, or for another contact: that is no second press
    assert desk.post(page, sent | {"contact": "b@example.org"}).status_code == 200
    assert signed_in(CASEWORKER, "ida")[0].post(page, sent).status_code == 200
    assert Deposit.objects.count() == 1


def test_without_the_paper_the_checklist_leads_there_and_back(
    desk: Client, box: Box, page: str
) -> None:
    answer = desk.post(page, FEWEST | {"box": box.pk}, follow=True)
    deposit = Deposit.objects.get()
    assert [gap.needs_consent for gap in answer.context["gaps"]] == [True]
    paper = {
        "box": box.pk,
        "case_reference": "AZ-77",
        "received_on": "2026-11-24",
        "language": "de",
    }
    back = desk.post(reverse("admin:pickup_box_consent_add"), paper)
    assert back["Location"] == reverse("admin:pickup_box_deposit_change", args=[deposit.pk])


def test_the_next_document_can_follow_at_once(desk: Client, box: Box, page: str) -> None:
    answer = desk.post(page, FEWEST | {"box": box.pk, "_addanother": "1"})
    assert answer["Location"] == f"{page}?box={box.pk}"


def test_the_only_box_is_not_asked_for(desk: Client, box: Box, page: str) -> None:
    Compartment.objects.exclude(box=box).delete()
    Box.objects.exclude(pk=box.pk).delete()
    field = desk.get(page).context["form"]["box"]
    assert (Box.objects.count(), field.is_hidden) == (1, True)


@pytest.mark.parametrize("asked", ["{pk}", "77", "x"])
def test_a_link_fills_in_the_box_and_nothing_else(
    asked: str, desk: Client, box: Box, page: str
) -> None:
    first = Box.objects.earliest("pk")
    meant = box if asked == "{pk}" else first
    link = f"?box={asked.format(pk=box.pk)}&contact=thief@example.org&case_reference=AZ-77&size=3"
    form = desk.get(page + link).context["form"]
    assert [form[name].value() for name in ("box", "contact", "case_reference", "size")] == [
        meant.pk, None, None, 1,
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("field", "value", "said"),
    [
        ("case_reference", "", "Aktenzeichen ein"),
        ("case_reference", "\u200b\u2066", "Aktenzeichen ein"),
        ("case_reference", "AZ-2", "schon erfasst"),
        ("case_reference", "AZ\u2011\u0662\u200b", "schon erfasst"),
        ("contact", "nobody", "Mobilnummer"),
        ("holder_birth_date", "01.01.2027", "Zukunft"),
        ("arrived_at_0", "0001-01-01", "Jahr"),
        ("authority_seen_on", "0026-11-24", "Jahr"),
        ("authority_seen_on", "2026-11-25", "Zukunft"),
        ("arrived_at_0", "2026-11-25", "Zukunft"),
        ("collector", "authorised", "Namen der"),
        ("consent_received_on", "2026-11-25", "Zukunft"),
        ("consent_received_on", "2026-11-20", "seit Mo, 02.11.2026"),
    ],
)
def test_refusals_stand_at_their_field(
    field: str, value: str, said: str, desk: Client, box: Box, page: str
) -> None:
    staff = make_staff()
    make_draft(box, staff, case_reference="AZ-2", consent=False)
    make_consent(box, staff, "AZ-77")
    answer = desk.post(page, FEWEST | {"box": box.pk, field: value})
    at = "collector_name" if field == "collector" else field.removesuffix("_0")
    assert list(answer.context["form"].errors) == [at]
    assert said in str(answer.context["form"].errors[at])
    assert Deposit.objects.count() == 1


@pytest.mark.parametrize("typed", ["{}", "{} ", "https://termin.example/de/a/?number={}"])
def test_number_of_an_appointment_fills_in_its_person(typed: str, desk: Client, page: str) -> None:
    row = AppointmentFactory(applicant__email="amina@example.org", applicant__language="ar")
    Applicant.objects.update(birth_date="1985-05")
    answer = desk.post(page, {"number": typed.format(row.reference)})
    shown = answer.content.decode()
    assert 'value="amina@example.org"' in shown
    assert 'value="00.05.1985"' in shown
    assert '<option value="ar" selected>' in shown
    assert not Deposit.objects.exists()
    assert AccessRecord.objects.get(kind="view").subject == row.subject


def test_number_of_an_invitation_brings_its_case(desk: Client, page: str) -> None:
    person = InvitedFactory(invitation__case_reference="AZ-99")
    assert person.invitation
    answer = desk.post(page, {"number": person.invitation.reference})
    assert answer.context["form"]["case_reference"].value() == "AZ-99"


@pytest.mark.parametrize(
    ("person", "contact"),
    [
        ({"verified_at": NOW}, "thief@example.org"),
        ({"verified_at": None}, ""),
        ({"verified_at": None, "waived_at": NOW}, ""),  # our relay was down
        ({"email": "", "phone": "+4915112345678"}, ""),
        ({"email": "", "phone": "+4915112345678", "phone_proved_at": NOW}, "+4915112345678"),
    ],
)
def test_code_goes_to_no_contact_that_nobody_has_proved(
    person: dict[str, object], contact: str, desk: Client, page: str
) -> None:
    row = AppointmentFactory(applicant__email="thief@example.org")
    Applicant.objects.update(**person)
    form = desk.post(page, {"number": row.reference}).context["form"]
    assert form["contact"].value() == contact
    assert form["holder_birth_date"].value()


def test_several_numbers_and_a_time_that_was_never_booked_are_nobodys(
    desk: Client, page: str
) -> None:
    first, second = AppointmentFactory(), AppointmentFactory()
    held = AppointmentFactory(status="expired", booked_at=None)
    for number in (f"{first.reference} {second.reference}", held.reference):
        answer = desk.post(page, {"number": number})
        assert "Zu dieser Nummer" in str(answer.context["numbers"].errors["number"]), number
    assert not AccessRecord.objects.filter(kind="view").exists()


def test_unknown_or_forgotten_number_is_refused_at_its_field(desk: Client, page: str) -> None:
    row = AppointmentFactory()
    Applicant.objects.update(forgotten_at=NOW)
    for number in (row.reference, "ABCD-1234", "x"):
        answer = desk.post(page, {"number": number})
        assert "Zu dieser Nummer" in str(answer.context["numbers"].errors["number"])
    assert not AccessRecord.objects.filter(kind="view").exists()
    assert Appointment.objects.count() == 1

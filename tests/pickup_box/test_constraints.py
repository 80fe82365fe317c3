"""Every constraint of the box, broken."""

from __future__ import annotations

from typing import Any

import pytest
from django.apps import apps
from django.core.exceptions import ValidationError
from django.db import IntegrityError, models

from config.foundation.staff import Staff
from pickup_box.actions import boxes
from pickup_box.models import Alarm, Box, Compartment, Consent, Deposit, Nonce, Opening
from pickup_box.states import Status
from tests.pickup_box.making import CONTACT, NOW, make_consent, make_draft, make_in, make_staff

pytestmark = pytest.mark.django_db


def update(row: models.Model, **columns: Any) -> None:
    type(row)._default_manager.filter(pk=row.pk).update(**columns)


def opening(box: Box, **facts: Any) -> Opening:
    facts = {"kind": "look", "requested_at": NOW, **facts}
    return Opening.objects.create(box=box, compartment=box.compartments.all()[0], **facts)


def box_status(box: Box, staff: Staff) -> None:
    update(box, status="ajar")


def box_days(box: Box, staff: Staff) -> None:
    update(box, storage_days=0)


def compartment_number(box: Box, staff: Staff) -> None:
    Compartment.objects.create(box=box, number=1, row=9, column=9)


def compartment_place(box: Box, staff: Staff) -> None:
    Compartment.objects.create(box=box, number=99, row=1, column=1)


def compartment_size(box: Box, staff: Staff) -> None:
    Compartment.objects.create(box=box, number=99, row=9, column=9, size=4)


def consent_twice(box: Box, staff: Staff) -> None:
    consent = make_consent(box, staff, "AZ-7")
    Consent.objects.create(
        box=box, case_reference="AZ-7", received_on=consent.received_on, form_version="1",
        language="de", recorded_by=staff,
    )  # fmt: skip


def consent_half_revoked(box: Box, staff: Staff) -> None:
    update(make_consent(box, staff, "AZ-8"), revoked_on="2026-11-24")


def two_in_one_compartment(box: Box, staff: Staff) -> None:
    first, second = (make_in(Status.ASSIGNED, box, staff) for _n in range(2))
    update(second, compartment=first.compartment)


def one_document_twice(box: Box, staff: Staff) -> None:
    first, second = (make_draft(box, staff) for _n in range(2))
    update(second, case_reference=first.case_reference)


def status_unknown(box: Box, staff: Staff) -> None:
    update(make_in(Status.ASSIGNED, box, staff), status="lost")


def assigned_to_nothing(box: Box, staff: Staff) -> None:
    update(make_in(Status.ASSIGNED, box, staff), compartment=None)


def assigned_without_consent(box: Box, staff: Staff) -> None:
    update(make_in(Status.ASSIGNED, box, staff), consent=None)


def code_while_loaded(box: Box, staff: Staff) -> None:
    update(make_in(Status.LOADED, box, staff), code_hashes="x")


def notified_for_ever(box: Box, staff: Staff) -> None:
    update(make_in(Status.NOTIFIED, box, staff), collect_until=None)


def checked_by_the_loader(box: Box, staff: Staff) -> None:
    update(make_in(Status.LOADED, box, staff), checked_by=staff)


def contact_blank_while_live(box: Box, staff: Staff) -> None:
    update(make_in(Status.LOADED, box, staff), contact="")


def collector_without_name(box: Box, staff: Staff) -> None:
    update(make_in(Status.LOADED, box, staff), collector="authorised")


def collected_twice(box: Box, staff: Staff) -> None:
    deposit = make_in(Status.COLLECTED, box, staff)
    deposit.events.create(at=NOW, action="x", from_status="opened", to_status="collected")


def two_orders_for_one_door(box: Box, staff: Staff) -> None:
    opening(box, by=staff)
    opening(box, by=staff)


def opened_by_code_alone(box: Box, staff: Staff) -> None:  # T-P1, I28
    opening(box, kind="collect", deposit=make_draft(box, staff), by_code=True)


def closed_before_opened(box: Box, staff: Staff) -> None:
    opening(box, by=staff, closed_at=NOW)


def alarm_twice(box: Box, staff: Staff) -> None:
    for _n in range(2):
        Alarm.objects.create(box=box, kind="paused", cause="x", at=NOW)


def alarm_handled_by_nobody(box: Box, staff: Staff) -> None:
    Alarm.objects.create(box=box, kind="paused", cause="x", at=NOW, handled_at=NOW)


def nonce_twice(box: Box, staff: Staff) -> None:
    for _n in range(2):
        Nonce.objects.create(box=box, value="x", at=NOW)


CASES = {
    "box_status_is_known": box_status,
    "box_keeps_documents_for_a_day_at_least": box_days,
    "compartment_number_once_per_box": compartment_number,
    "compartment_one_per_place_in_box": compartment_place,
    "compartment_size_is_known": compartment_size,
    "consent_one_valid_per_case_and_box": consent_twice,
    "consent_revoked_on_and_by_together": consent_half_revoked,
    "deposit_one_live_per_compartment": two_in_one_compartment,
    "deposit_one_live_per_document": one_document_twice,
    "deposit_status_is_known": status_unknown,
    "deposit_has_compartment_from_assigned_on": assigned_to_nothing,
    "deposit_has_consent_from_assigned_on": assigned_without_consent,
    "deposit_has_code_only_while_notified": code_while_loaded,
    "deposit_has_deadline_while_notified": notified_for_ever,
    "deposit_checked_by_another_person": checked_by_the_loader,
    "deposit_keeps_contact_until_its_end": contact_blank_while_live,
    "deposit_other_collector_has_a_name": collector_without_name,
    "deposit_collected_once": collected_twice,
    "opening_one_running_per_compartment": two_orders_for_one_door,
    "opening_by_all_three_factors_or_by_staff": opened_by_code_alone,
    "opening_closed_after_opened": closed_before_opened,
    "alarm_once_per_cause": alarm_twice,
    "alarm_handled_at_and_by_together": alarm_handled_by_nobody,
    "nonce_heard_once_per_box": nonce_twice,
}


@pytest.mark.parametrize("name", CASES)
def test_database_refuses_what_must_never_be(name: str, box: Box, staff: Staff) -> None:
    constraint = next(c for c in constraints() if c.name == name)
    fields = getattr(constraint, "fields", ())
    with pytest.raises(IntegrityError) as caught:
        CASES[name](box, staff)
    # SQLite names the columns of a unique index, not the index
    said = str(caught.value)
    assert name in said or (fields and all(field in said for field in fields))


def constraints() -> list[models.BaseConstraint]:
    return [c for model in apps.get_app_config("pickup_box").get_models()
            for c in model._meta.constraints]  # fmt: skip


def test_every_constraint_is_broken_by_a_test() -> None:
    assert {constraint.name for constraint in constraints()} == set(CASES)


def test_ensure_box_twice_keeps_one_and_refuses_impossible_facts(box: Box) -> None:
    again = boxes.ensure_box(slug=box.slug, phone="+49 391 1")
    assert (again.pk, again.state, again.phone) == (box.pk, "ST", "+49 391 1")
    with pytest.raises(ValidationError):
        boxes.ensure_box(slug=box.slug, weekdays=[7])
    with pytest.raises(ValidationError):
        boxes.ensure_box(slug="new-one")
    assert Box.objects.count() == 1


def test_texts_of_rows_name_nobody(box: Box, staff: Staff) -> None:
    deposit = make_in(Status.COLLECTED, box, make_staff())
    deposit = Deposit.objects.get(pk=deposit.pk)
    rows: list[models.Model] = [deposit, *deposit.events.all(), *deposit.openings.all(), box]
    rows += [deposit.consent] if deposit.consent else []
    for row in rows:
        assert CONTACT not in str(row)
        assert deposit.case_reference not in str(row)

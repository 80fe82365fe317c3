"""The desk of the box: recording, loading, taking out, the picture, alarms."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta

import pytest
import time_machine
from django.contrib.auth.models import Group
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from config.accounts.roles import CASEWORKER, OPS, TEAM_LEAD
from config.foundation.audit import AccessRecord
from config.foundation.office import Office
from config.foundation.staff import Staff
from pickup_box.actions import doors
from pickup_box.admin.deposit_actions import ACTS, acts_for
from pickup_box.models import Alarm, Box, Compartment, Consent, Deposit, Opening
from pickup_box.states import Status
from tests.booking.desk import revision_of
from tests.pickup_box.making import (
    NOW,
    close,
    make_box,
    make_consent,
    make_draft,
    make_in,
    make_notified,
    make_staff,
)

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _at_ten(office: Office) -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield


def signed_in(role: str, name: str = "") -> tuple[Client, Staff]:
    person = make_staff(name)
    person.groups.add(Group.objects.get(name=role))
    browser = Client(headers={"accept-language": "en"})
    browser.force_login(person)
    return browser, person


@pytest.fixture
def desk() -> Client:
    return signed_in(CASEWORKER, "mehmet")[0]


def address(name: str, pk: int) -> str:
    return reverse(f"admin:pickup_box_{name}", args=[pk])


def facts(box: Box, **changed: object) -> dict[str, object]:
    return {
        "box": box.pk, "document_type": "eat", "case_reference": "AZ-77",
        "holder_birth_date": "00.05.1985", "contact": "0151 12345678", "language": "de",
        "pin_letter": "confirmed", "old_document": "none", "collector": "holder",
        "collector_name": "", "authority_seen_on": "", "size": 1,
        "arrived_at_0": "2026-11-24", "arrived_at_1": "09:00",
        "events-TOTAL_FORMS": 0, "events-INITIAL_FORMS": 0,
        "openings-TOTAL_FORMS": 0, "openings-INITIAL_FORMS": 0, **changed,
    }  # fmt: skip


def test_record_a_document_with_its_consent(desk: Client, box: Box) -> None:
    paper = {"box": box.pk, "case_reference": "AZ-77", "received_on": "2026-11-02",
             "form_version": "", "language": "de"}  # fmt: skip
    assert desk.post(reverse("admin:pickup_box_consent_add"), paper).status_code == 302
    answer = desk.post(reverse("admin:pickup_box_deposit_add"), facts(box))
    assert answer.status_code == 302, answer.context["errors"]
    deposit = Deposit.objects.get()
    assert (deposit.contact, deposit.holder_birth_date) == ("+4915112345678", "1985-05")
    assert deposit.consent == Consent.objects.get()
    by = deposit.events.get().by
    assert by
    assert by.get_username() == "mehmet"
    page = desk.get(address("deposit_change", deposit.pk)).content.decode()
    assert "00.05.1985" in page
    assert deposit.reference in page


def test_record_the_same_document_twice_is_refused_in_the_form(
    desk: Client, box: Box, staff: Staff
) -> None:
    make_draft(box, staff, case_reference="AZ-77")
    answer = desk.post(reverse("admin:pickup_box_deposit_add"), facts(box))
    assert answer.status_code == 200
    assert Deposit.objects.count() == 1


def test_record_the_same_consent_twice_is_refused(desk: Client, box: Box, staff: Staff) -> None:
    make_consent(box, staff, "AZ-77")
    paper = {"box": box.pk, "case_reference": "AZ-77", "received_on": "2026-11-02",
             "form_version": "2", "language": "de"}  # fmt: skip
    desk.post(reverse("admin:pickup_box_consent_add"), paper)
    assert Consent.objects.count() == 1


def test_paper_of_tomorrow_is_not_recorded(desk: Client, box: Box) -> None:
    paper = {"box": box.pk, "case_reference": "AZ-77", "received_on": "2026-11-25",
             "form_version": "", "language": "de"}  # fmt: skip
    answer = desk.post(reverse("admin:pickup_box_consent_add"), paper)
    assert "id_received_on_error" in answer.content.decode()
    assert not Consent.objects.exists()


@pytest.mark.parametrize(
    "changed",
    [
        {"contact": "nobody"},
        {"holder_birth_date": "05/13/1985"},
        {"case_reference": ""},
        {"collector": "authorised"},
    ],
)
def test_record_refuses_what_can_not_be(changed: dict[str, str], desk: Client, box: Box) -> None:
    answer = desk.post(reverse("admin:pickup_box_deposit_add"), facts(box, **changed))
    assert answer.status_code == 200
    assert not Deposit.objects.exists()


def test_change_corrects_a_waiting_deposit_and_little_of_a_loaded_one(
    desk: Client, box: Box, staff: Staff
) -> None:
    deposit = make_draft(box, staff, case_reference="AZ-77")
    page = address("deposit_change", deposit.pk)
    desk.post(page, revision_of(desk, page) | facts(box, contact="amina@example.org"))
    deposit.refresh_from_db()
    assert deposit.contact == "amina@example.org"
    loaded = make_in(Status.LOADED, box, staff)
    page = address("deposit_change", loaded.pk)
    desk.post(
        page,
        revision_of(desk, page)
        | facts(box, contact="x@example.org", old_document="lost", status="drafted"),
    )
    before = (loaded.contact, loaded.status)
    loaded.refresh_from_db()
    assert (loaded.contact, loaded.status) == before
    assert loaded.old_document == "lost"


@pytest.mark.parametrize("status", Status)
def test_every_button_that_is_shown_works(
    status: Status, desk: Client, box: Box, staff: Staff
) -> None:
    deposit = make_in(status, box, staff)
    close(deposit)
    for act in acts_for(deposit):
        Compartment.objects.update(in_service=True)
        before = deposit.events.count()
        desk.post(
            address("deposit_act", deposit.pk),
            {"act": act.name, "reason": "asked", "back": "recall"},
        )
        assert deposit.events.count() > before, act.name
        if len(acts_for(deposit)) > 1:
            break  # the first button led to another state


def test_act_that_is_none_is_refused(desk: Client, box: Box, staff: Staff) -> None:
    deposit = make_draft(box, staff)
    assert desk.post(address("deposit_act", deposit.pk), {"act": "x"}).status_code == 403
    assert desk.get(address("deposit_act", deposit.pk)).status_code == 405
    assert set(ACTS) >= {act.name for s in Status for act in acts_for(Deposit(status=s, box=box))}


def test_withdrawing_asks_for_the_reason_first(desk: Client, box: Box, staff: Staff) -> None:
    deposit = make_in(Status.LOADED, box, staff)
    page = desk.post(address("deposit_act", deposit.pk), {"act": "withdraw"})
    assert 'name="reason"' in page.content.decode()
    deposit.refresh_from_db()
    assert deposit.status == Status.LOADED


def test_everything_that_is_missing_is_said_at_once(desk: Client, box: Box, staff: Staff) -> None:
    deposit = make_draft(box, staff)
    Deposit.objects.update(consent=None, pin_letter="open", old_document="open")
    page = desk.get(address("deposit_change", deposit.pk))
    gaps = [gap.what for gap in page.context["gaps"]]
    assert gaps == ["Einwilligungserklärung", "PIN-Brief", "Altes Dokument"]
    assert page.content.decode().count("desk-tag--danger") == 3
    deposits = desk.get("/admin/pickup_box/deposit/").content.decode()
    assert ">noch nicht vollständig<" in deposits
    assert ">wartet auf ein Fach<" not in deposits
    listed = desk.get(address("box_load", box.pk)).context["waiting"]
    assert [len(missing) for _each, _acts, missing in listed] == [3]


def test_labels_are_those_of_what_waits_or_of_one(desk: Client, box: Box, staff: Staff) -> None:
    first, second = make_draft(box, staff), make_draft(box, staff)
    page = address("box_labels", box.pk)
    assert len(desk.get(page).context["labels"]) == 2
    alone = desk.get(page, {"only": second.pk}).content.decode()
    assert second.reference in alone
    assert first.reference not in alone


def test_recall_list_shows_doors_in_order(desk: Client, staff: Staff) -> None:
    box = make_box(compartments=20)
    for status in (Status.EXPIRED, Status.WITHDRAWN, Status.UNKNOWN, Status.COLLECTED):
        make_in(status, box, staff)
    page = desk.get(address("box_recall", box.pk))
    doors_shown = [each.compartment.number for each, _acts in page.context["listed"]]
    assert len(doors_shown) >= 4
    assert doors_shown == sorted(doors_shown)


def test_map_shows_states_stuck_and_alarms(desk: Client, box: Box, staff: Staff) -> None:
    stuck = make_in(Status.ASSIGNED, box, staff)
    make_in(Status.UNKNOWN, make_box(), staff)
    doors.watch(now=NOW + timedelta(seconds=30))
    with time_machine.travel(NOW + timedelta(seconds=60), tick=False):
        page = desk.get(address("box_map", box.pk)).content.decode()
    assert stuck.reference in page
    assert 'id="alarms"' in page
    assert page.count("data-door=") == box.compartments.count()
    assert 'data-state="reserved"' in page


def test_map_asks_the_database_the_same_for_any_size(desk: Client, staff: Staff) -> None:
    counts = []
    for size in (3, 200):
        box = make_box(compartments=size)
        make_in(Status.LOADED, box, staff)
        page = address("box_map", box.pk)
        desk.get(page)
        with CaptureQueriesContext(connection) as queries:
            desk.get(page)
        counts.append(len(queries))
    assert counts[0] == counts[1]


@pytest.mark.parametrize("page", ["box_load", "box_recall"])
def test_lists_ask_the_same_for_one_and_for_three(page: str, desk: Client, staff: Staff) -> None:
    box = make_box(compartments=20)
    counts = []
    for _n in range(2):
        for status in (Status.ASSIGNED, Status.DRAFTED, Status.WITHDRAWN):
            make_in(status, box, staff)
        desk.get(address(page, box.pk))
        with CaptureQueriesContext(connection) as queries:
            desk.get(address(page, box.pk))
        counts.append(len(queries))
    assert counts[0] == counts[1]


def test_looking_at_a_deposit_is_on_record(desk: Client, box: Box, staff: Staff) -> None:
    deposit = make_draft(box, staff)
    desk.get(address("deposit_change", deposit.pk))
    record = AccessRecord.objects.get(kind="view")
    assert (record.subject, record.by.get_username()) == (f"deposit/{deposit.pk}", "mehmet")


@pytest.mark.parametrize(
    ("page", "kind", "subject"),
    [
        ("deposit/", "list", "deposit list"),
        ("consent/", "list", "consent list"),
        ("consent/{consent}/change/", "view", "consent/{consent}"),
        ("consent/add/?deposit={deposit}", "view", "deposit/{deposit}"),
        ("box/{box}/load/", "list", "deposit list"),
        ("box/{box}/recall/", "list", "deposit list"),
    ],
)
def test_looking_at_cases_is_on_record(
    page: str, kind: str, subject: str, desk: Client, box: Box, staff: Staff
) -> None:
    consent = make_consent(box, staff, "AZ-77")
    ids = {
        "box": box.pk,
        "consent": consent.pk,
        "deposit": make_draft(box, staff, case_reference="AZ-78", consent=False).pk,
    }
    for _again in range(1 if page[0] in "cd" else 2):  # what comes back after each scan: once
        shown = desk.get("/admin/pickup_box/" + page.format(**ids)).content.decode()
    assert "AZ-7" in shown or "recall" in page
    record = AccessRecord.objects.get()
    assert (record.kind, record.subject) == (kind, subject.format(**ids))


def test_opening_a_door_is_on_record(desk: Client, box: Box) -> None:
    door = box.compartments.first()
    assert door
    desk.post(
        reverse("admin:pickup_box_compartment_changelist"),
        {"action": "look", "_selected_action": [door.pk]},
    )
    assert Opening.objects.get().kind == "look"
    assert AccessRecord.objects.get(kind="open").subject == f"compartment/{door.pk}"


def test_compartments_are_closed_and_reopened(desk: Client, box: Box, staff: Staff) -> None:
    occupied = make_in(Status.LOADED, box, staff).compartment
    page = reverse("admin:pickup_box_compartment_changelist")
    chosen = list(box.compartments.values_list("pk", flat=True))
    desk.post(page, {"action": "close", "_selected_action": chosen})
    assert list(box.compartments.filter(in_service=True)) == [occupied]
    desk.post(page, {"action": "reopen", "_selected_action": chosen})
    assert box.compartments.filter(in_service=True).count() == 4


def test_revoke_by_action_withdraws(desk: Client, box: Box, staff: Staff) -> None:
    deposit, _code = make_notified(box, staff)
    page = reverse("admin:pickup_box_consent_changelist")
    chosen = {"action": "revoke", "_selected_action": [deposit.consent_id]}
    assert "1 Dokument" in desk.post(page, chosen).content.decode()
    deposit.refresh_from_db()
    assert deposit.status == Status.NOTIFIED  # asked, and nothing done yet
    desk.post(page, chosen | {"confirmed": "1"})
    deposit.refresh_from_db()
    assert deposit.status == Status.WITHDRAWN


def test_alarms_are_handled_with_a_name(desk: Client, box: Box, staff: Staff) -> None:
    make_in(Status.UNKNOWN, box, staff)
    alarm = Alarm.objects.get()
    page = reverse("admin:pickup_box_alarm_changelist")
    desk.post(page, {"action": "handle", "_selected_action": [alarm.pk]})
    alarm.refresh_from_db()
    assert alarm.handled_by
    assert alarm.handled_by.get_username() == "mehmet"


def test_alarm_is_handled_on_the_map_and_leads_back_there(
    desk: Client, box: Box, staff: Staff
) -> None:
    make_in(Status.UNKNOWN, box, staff)
    alarm = Alarm.objects.get()
    page = address("box_map", box.pk)
    assert f'name="_selected_action" value="{alarm.pk}"' in desk.get(page).content.decode()
    pressed = {"action": "handle", "_selected_action": [alarm.pk], "back": box.pk}
    answer = desk.post(reverse("admin:pickup_box_alarm_changelist"), pressed)
    alarm.refresh_from_db()
    assert alarm.handled_by
    assert answer["Location"] == page


@pytest.mark.parametrize("table", ["deposit", "consent", "alarm", "compartment"])
def test_tables_of_the_only_box_have_its_tabs_and_not_its_name(
    table: str, desk: Client, box: Box, staff: Staff
) -> None:
    Compartment.objects.exclude(box=box).delete()
    Box.objects.exclude(pk=box.pk).delete()
    make_in(Status.UNKNOWN, box, staff)
    page = desk.get(reverse(f"admin:pickup_box_{table}_changelist"))
    assert "box" not in page.context["cl"].list_display
    assert f'href="{address("box_load", box.pk)}"' in page.content.decode()


def test_page_of_an_alarm_has_the_button_that_handles_it(
    desk: Client, box: Box, staff: Staff
) -> None:
    make_in(Status.UNKNOWN, box, staff)
    alarm = Alarm.objects.get()
    Staff.objects.filter(username="mehmet").update(first_name="Mehmet", last_name="Yıldız")
    page = reverse("admin:pickup_box_alarm_change", args=[alarm.pk])
    button = re.search(
        r'<form method="post" action="([^"]*/alarm/)"[^>]*>.*?name="action" value="(\w+)".*?'
        r'name="_selected_action" value="(\d+)"',
        desk.get(page).content.decode(),
        re.DOTALL,
    )
    assert button is not None
    press = {"action": button[2], "_selected_action": button[3]}
    answer = desk.post(button[1], press, follow=True).content.decode()
    alarm.refresh_from_db()
    assert alarm.handled_at
    assert "von Mehmet Yıldız bearbeitet" in answer
    assert 'value="handle"' not in desk.get(page).content.decode()


def test_only_a_team_lead_stops_starts_and_enrols(desk: Client, box: Box) -> None:
    page = address("box_switch", box.pk)
    assert desk.post(page, {"act": "stop"}).status_code == 403
    assert desk.get(page).status_code == 403
    lead, _person = signed_in(TEAM_LEAD)
    assert "desk-warning" in lead.get(page).content.decode()
    for act, status in (("stop", "stopped"), ("start", "open")):
        lead.post(page, {"act": act})
        box.refresh_from_db()
        assert box.status == status
    answer = lead.post(page, {"act": "enrol"})
    assert answer.cookies["box-terminal"]["httponly"]
    assert 'name="pickup_code"' in lead.get(f"/en/box/{box.slug}/").content.decode()


def test_who_sees_no_documents_is_led_nowhere_they_may_not_go(box: Box) -> None:
    ops, _person = signed_in(OPS)
    page = address("box_switch", box.pk)
    for shown in (ops.get(page), ops.post(page, {"act": "stop"}, follow=True)):
        assert shown.status_code == 200
        assert address("box_load", box.pk) not in shown.content.decode()


def test_pages_of_the_box_need_the_right(box: Box, staff: Staff) -> None:
    stranger = Client()
    stranger.force_login(make_staff())
    deposit = make_draft(box, staff)
    for name, pk in (
        ("box_map", box.pk),
        ("box_load", box.pk),
        ("box_recall", box.pk),
        ("box_labels", box.pk),
        ("box_switch", box.pk),
        ("deposit_act", deposit.pk),
        ("deposit_change", deposit.pk),
    ):
        assert stranger.post(address(name, pk)).status_code == 403


@pytest.mark.parametrize("value", ["5", "1e999", "[]", '"text"'])
def test_texts_of_a_box_are_texts(value: str, box: Box) -> None:
    """Any JSON was taken before, and the public pages of the box could not be shown any more."""
    client, lead = signed_in(TEAM_LEAD)
    Staff.objects.filter(pk=lead.pk).update(is_superuser=True)
    path = f"/admin/pickup_box/box/{box.pk}/change/"
    form = client.get(path).context["adminform"].form
    sent = {name: form[name].value() for name in form.fields if name != "name"}
    sent = {name: each for name, each in sent.items() if isinstance(each, str | int) and each != ""}
    sent["weekdays"] = "[0, 1, 2, 3, 4]"
    assert client.post(path, sent | {"name": value}).status_code == 200  # refused, and shown
    assert client.post(path, sent | {"name_de": value}).status_code == 302
    box.refresh_from_db()
    assert box.name == {"de": value}
    assert Client().get(f"/de/box/{box.slug}/").status_code == 200


def test_page_of_a_compartment_tells_what_is_in_it_and_what_happened(
    desk: Client, box: Box, staff: Staff
) -> None:
    deposit = make_in(Status.LOADED, box, staff)
    door = deposit.compartment
    assert door is not None
    Alarm.objects.create(box=box, kind="left_open", cause="x", at=NOW, compartment=door)
    page = desk.get(reverse("admin:pickup_box_compartment_change", args=[door.pk]))
    text = page.content.decode()
    assert page.context["deposit"] == deposit
    assert reverse("admin:pickup_box_deposit_change", args=[deposit.pk]) in text
    assert [opening.deposit for opening in page.context["openings"]] == [deposit]
    assert page.context["steps"]
    assert [alarm.kind for alarm in page.context["alarms"]] == ["left_open"]
    assert 'name="_save"' not in text
    assert 'value="look"' in text
    assert AccessRecord.objects.get(kind="view").subject == deposit.subject


def test_page_of_an_empty_compartment_says_so(desk: Client, box: Box) -> None:
    door = box.compartments.first()
    assert door is not None
    text = desk.get(reverse("admin:pickup_box_compartment_change", args=[door.pk])).content.decode()
    assert "Dieses Fach ist leer." in text
    assert 'value="close"' in text
    assert not AccessRecord.objects.exists()


def test_page_of_an_alarm_tells_its_document_and_what_happened_around_it(
    desk: Client, box: Box, staff: Staff
) -> None:
    deposit = make_in(Status.LOADED, box, staff)
    at = deposit.status_since
    facts = {"box": box, "compartment": deposit.compartment, "deposit": deposit}
    alarm = Alarm.objects.create(kind="not_taken", cause="x", at=at, **facts)
    other = Alarm.objects.create(kind="left_open", cause="y", at=at, **facts)
    page = desk.get(reverse("admin:pickup_box_alarm_change", args=[alarm.pk]))
    assert page.context["deposit"] == deposit
    assert list(page.context["alarms"]) == [other]
    assert list(page.context["openings"]) == list(deposit.openings.all())
    assert page.context["steps"]


def test_tabs_count_what_the_start_page_lists(desk: Client, box: Box, staff: Staff) -> None:
    make_in(Status.EXPIRED, box, staff)
    Alarm.objects.create(box=box, kind=Alarm.Kind.CALL, cause="call/1", at=timezone.now())
    page = desk.get(address("box_load", box.pk)).content.decode()
    tabs = page.partition('class="tabs"')[2].partition("</nav>")[0]
    assert re.findall(r'>([^<>]+) <span class="desk-count">(\d+)<', tabs) == [
        ("Herausnehmen", "1"),
        ("Fächer und Alarme", "1"),
    ]

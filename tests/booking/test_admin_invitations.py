"""Invitations and quotas at the desk."""

from __future__ import annotations

import re
from datetime import date, time, timedelta
from typing import Any

import pytest
import time_machine
from auditlog.models import LogEntry
from django.contrib.auth.models import Group, Permission
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from django.utils.timezone import localtime

from booking.actions.invitations import free_times, open_invitations
from booking.actions.quota_counts import short_quotas, with_counts
from booking.actions.refusals import PageOutdated
from booking.actions.slots import open_slots
from booking.deadlines import LAST_CALL
from booking.invitation_pdf import print_invitation
from booking.models import Applicant, Appointment, Counter, Invitation, Quota, ServiceWindow, Slot
from booking.notifications import enqueue_invitation
from booking.states import InvitationState, Status
from booking.windows import day_bounds, local_day
from config.foundation.audit import AccessRecord
from config.foundation.fonts import in_line
from config.foundation.office import current_office
from config.foundation.outbox import Notification, enqueue
from config.foundation.sheets import Sheet
from tests.booking.desk import catalogue, clock, desk, fields, signed_in
from tests.factories import (
    TUESDAY_NINE,
    AppointmentFactory,
    InvitedFactory,
    QuotaFactory,
    ServiceWindowFactory,
    SlotFactory,
    WaitingEntryFactory,
)
from tests.invariants import assert_invariants

__all__ = ["catalogue", "clock", "desk"]
LIST = "/admin/booking/invitation/"
INVITE = f"{LIST}invite/"
PERSON = {
    "p0-family_name": "Nguyễn",
    "p0-given_names": "Thị Ánh",
    "p0-birth_date": "12.05.1985",
    "p0-email": "anh@example.org",
    "p0-language": "en",
    "p0-case_reference": "4711/26",
}
SECOND = {name.replace("p0", "p1"): value for name, value in PERSON.items()}
SECOND |= {"p1-given_names": "Minh", "p1-email": ""}


@pytest.fixture
def quota(desk: Client) -> Quota:
    """Two times this afternoon."""
    quota: Quota = QuotaFactory()
    for number in range(2):
        SlotFactory(quota=quota, starts_at=TUESDAY_NINE + timedelta(hours=5, minutes=20 * number))
    return quota


def form(quota: Quota, **changes: str) -> dict[str, str]:
    return {"quota": str(quota.pk), "count": "1", "way": "chooses", **PERSON, **changes}


def invited(quota: Quota) -> Invitation:
    row = InvitedFactory(invitation__quota=quota, language="en").invitation
    assert isinstance(row, Invitation)
    return row


def test_invite_with_one_press(desk: Client, quota: Quota) -> None:
    page = desk.get(INVITE).content.decode()
    assert "Free appointments: 2. Open invitations: 0." in page
    answer = desk.post(INVITE, form(quota))
    row = Invitation.objects.get()
    assert answer["Location"] == f"{LIST}{row.pk}/change/"
    assert row.issued_by is not None
    assert (row.case_reference, row.issued_by.username) == ("4711/26", "kurz")
    assert Notification.objects.filter(kind="booking.invitation").count() == 1
    assert "NGUYỄN Thị Ánh" in desk.get(LIST).content.decode()
    assert_invariants()


def test_invite_several_at_once(desk: Client, quota: Quota) -> None:
    more = desk.post(INVITE, form(quota, more="1", quiet="on"))
    assert more.status_code == 200
    text = more.content.decode()
    assert 'name="p1-family_name"' in text
    assert 'value="Nguyễn"' in text
    assert 'name="quiet" id="id_quiet" checked' in text or "checked" in text
    answer = desk.post(INVITE, form(quota, count="2", **SECOND))
    assert answer["Location"] == LIST
    assert Invitation.objects.count() == 2


def test_inviting_again_says_that_the_last_day_stays(desk: Client, quota: Quota) -> None:
    said = "1 person was invited before: the letter leaves again, the last day stays."
    first = desk.post(INVITE, form(quota), follow=True)
    assert said not in first.content.decode()
    with time_machine.travel(TUESDAY_NINE + timedelta(minutes=1), tick=False):
        again = desk.post(INVITE, form(quota, valid_until="2027-01-20"), follow=True)
    assert said in again.content.decode()


def test_room_that_was_left_empty_invites_nobody(desk: Client, quota: Quota) -> None:
    assert desk.post(INVITE, form(quota, count="3", **{"p1-language": "de"})).status_code == 302
    assert Invitation.objects.count() == 1


def test_invite_to_this_time(desk: Client, quota: Quota) -> None:
    slot = Slot.objects.of_quota(quota)[1]
    answer = desk.post(INVITE, form(quota, way="this_time", slot=str(slot.pk)))
    booked = Appointment.objects.get()
    assert answer["Location"] == f"/admin/booking/appointment/{booked.pk}/change/"
    assert (booked.status, booked.slot) == (Status.BOOKED, slot)
    page = desk.get(f"/admin/booking/appointment/{booked.pk}/change/").content.decode()
    assert "invited to this time" in page
    assert "Residence titles" in page
    assert "Residence titles" in desk.get("/admin/").content.decode()


@pytest.mark.parametrize(
    "wrong",
    [
        {"p0-family_name": ""},
        {"p0-birth_date": "31.12.2999"},
        {"way": "this_time"},
        {"way": "this_time", "slot": "999"},
        {"way": "never"},
        {"valid_until": "23.11.2026"},
        {"valid_until": "23.11.2028"},
        {"p0-email": "no address"},
    ],
    ids=str,
)
def test_invite_refuses_what_makes_no_sense(
    desk: Client, quota: Quota, wrong: dict[str, str]
) -> None:
    answer = desk.post(INVITE, form(quota, **wrong))
    assert answer.status_code == 422
    assert not Invitation.objects.exists()


def test_one_time_is_for_one_person(desk: Client, quota: Quota) -> None:
    slot = Slot.objects.of_quota(quota)[0]
    wrong = form(quota, count="2", way="this_time", slot=str(slot.pk), **SECOND)
    assert desk.post(INVITE, wrong).status_code == 422
    assert not Invitation.objects.exists()


def test_invite_keeps_what_was_typed_when_there_are_no_times(desk: Client, quota: Quota) -> None:
    Slot.objects.of_quota(quota).first().delete()  # type: ignore[union-attr]  # there are two
    answer = desk.post(INVITE, form(quota, count="2", **SECOND))
    assert answer.status_code == 409
    assert "There are not enough free appointments" in answer.content.decode()
    assert 'value="Minh"' in answer.content.decode()
    assert not Invitation.objects.exists()


def test_invite_has_no_button_while_nothing_is_free(desk: Client, quota: Quota) -> None:
    rule, button = "as many people as there are free", 'type="submit" class="default"'
    page = desk.get(INVITE).content.decode()
    assert rule in page
    assert button in page
    Slot.objects.of_quota(quota).delete()
    page = desk.get(INVITE).content.decode()
    assert "There are not enough free appointments" in page
    assert rule not in page
    assert button not in page
    # what was typed before the times were gone can be sent again
    assert button in desk.post(INVITE, form(quota)).content.decode()


def test_invite_asks_which_quota_where_there_are_two(desk: Client, quota: Quota) -> None:
    other = QuotaFactory(slug="study", name={"de": "Studium", "en": "Studies"})
    page = desk.get(INVITE).content.decode()
    for each in (quota, other):
        assert f'<a href="?quota={each.pk}">' in page
    assert 'name="p0-family_name"' not in page
    chosen = desk.get(f"{INVITE}?quota={other.pk}").content.decode()
    assert 'id="which"' in chosen
    assert 'name="p0-family_name"' in chosen
    assert desk.get(f"{INVITE}?quota=nothing").status_code == 200


def test_invite_without_a_quota_says_so(desk: Client) -> None:
    assert "There is no quota yet." in desk.get(INVITE).content.decode()


def test_list_shows_invitations_by_state(desk: Client, quota: Quota) -> None:
    rows = {state: invited(quota) for state in ("open", "taken", "over", "missed", "withdrawn")}
    slots = list(Slot.objects.of_quota(quota))
    for state, made, slot in (("taken", {}, slots[0]), ("missed", {"no_show": True}, slots[1])):
        invitation = rows[state]
        AppointmentFactory(applicant=invitation.applicant, invitation=invitation, slot=slot, **made)
    now = timezone.now()
    Invitation.objects.filter(pk=rows["over"].pk).update(valid_until=now)
    Invitation.objects.filter(pk=rows["withdrawn"].pk).update(withdrawn_at=now)
    for state, row in rows.items():
        page = desk.get(LIST if state == "open" else f"{LIST}?state={state}").content.decode()
        shown = {name for name, each in rows.items() if f"{LIST}{each.pk}/change/" in page}
        assert shown == {state}, state
        assert row.applicant.desk_name in page


def test_extend_and_withdraw(desk: Client, quota: Quota) -> None:
    row = invited(quota)
    page = f"{LIST}{row.pk}/"
    assert desk.post(f"{page}extend/", {"valid_until": "31.12.2020"}).status_code == 422
    hidden = fields(desk, f"{page}extend/")
    answer = desk.post(f"{page}extend/", hidden | {"valid_until": "31.12.2026"})
    assert answer["Location"] == f"{page}change/"
    row.refresh_from_db()
    assert (row.revision, row.valid_until.date()) == (1, date(2026, 12, 31))
    stale = desk.post(f"{page}withdraw/", hidden)
    assert stale.status_code == 409
    desk.post(f"{page}withdraw/", fields(desk, f"{page}withdraw/"))
    row.refresh_from_db()
    assert row.state_at(timezone.now()) == InvitationState.WITHDRAWN
    assert desk.get(f"{page}change/").status_code == 200


def test_version_of_thousands_of_digits_is_an_old_page(desk: Client, quota: Quota) -> None:
    page = f"{LIST}{invited(quota).pk}/withdraw/"
    form = fields(desk, page) | {"version": "9" * 5000}
    assert desk.post(page, form).status_code == 409


def test_withdrawing_another_invitation_than_the_page_showed(desk: Client, quota: Quota) -> None:
    row, other = invited(quota), invited(quota)
    form = fields(desk, f"{LIST}{other.pk}/withdraw/")
    assert desk.post(f"{LIST}{row.pk}/withdraw/", form).status_code == 409
    row.refresh_from_db()
    assert row.withdrawn_at is None


def test_sheet_is_for_open_invitations_and_on_record(desk: Client, quota: Quota) -> None:
    row = invited(quota)
    answer = desk.get(f"{LIST}{row.pk}/sheet/")
    assert answer.content.startswith(b"%PDF")
    assert AccessRecord.objects.filter(kind="export", subject=row.subject).count() == 1
    Invitation.objects.update(withdrawn_at=timezone.now())
    assert desk.get(f"{LIST}{row.pk}/sheet/").status_code == 404


@pytest.mark.parametrize(("language", "pages"), [("de", 1), ("ar", 2), ("fr", 2)])
def test_sheet_has_a_side_for_each_language(
    quota: Quota, language: str, pages: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    quota.intro = {"de": "Bitte bringen Sie Ihre Unterlagen im Original mit."}
    quota.save()
    row = InvitedFactory(invitation__quota=quota, language=language).invitation
    assert isinstance(row, Invitation)
    office = current_office()
    office.phone = "0391 540-4389"
    written: list[tuple[str, str]] = []
    write = Sheet.text

    def text(sheet: Sheet, text: str, *, language: str = "", **look: Any) -> None:
        written.append((text, language))
        write(sheet, text, language=language, **look)

    monkeypatch.setattr(Sheet, "text", text)
    sheet = print_invitation(row, office=office, now=timezone.now())
    assert len(re.findall(rb"/Type /Page\b", sheet)) == pages
    # in a line from right to left figures would change places
    assert (in_line("0391 540-4389"), language) in written
    # German that stands in for another language is written as German is
    assert {by for text, by in written if text == quota.intro["de"]} == {"de"}


def test_hours_of_a_quota(quota: Quota) -> None:
    counter = ServiceWindowFactory().counter
    lead = signed_in("team lead")
    hours = f"/admin/booking/counter/{counter.pk}/hours/"
    assert 'name="quota"' in lead.get(hours).content.decode()
    change = {
        "valid_from": "26.11.2026",
        "valid_to": "",
        "replace": "no",
        "quota": str(quota.pk),
        "opens_3_1": "13:00",
        "closes_3_1": "15:00",
    }
    assert lead.post(hours, change).status_code == 302
    window = ServiceWindow.objects.get(quota=quota)
    assert (window.weekday, f"{window.opens:%H}") == (3, "13")
    page = lead.get(f"/admin/booking/counter/{counter.pk}/change/").content.decode()
    assert "13:00 – 15:00 (Residence titles)" in page
    across = change | {"quota": "", "opens_3_1": "14:00"}
    answer = lead.post(hours, across)
    assert answer.status_code == 409
    assert "kept for somebody else" in answer.content.decode()


def test_hand_over(quota: Quota) -> None:
    invited(quota)
    lead = signed_in("team lead")
    page = f"/admin/booking/quota/{quota.pk}/hand-over/"
    first, second = Slot.objects.of_quota(quota)
    shown = lead.get(page).content.decode()
    day = f"{localtime(first.starts_at):%A, %d.%m.%Y}"
    assert shown.count("<legend") == 1
    assert f"{day} (2)" in shown
    assert lead.post(page, {}).status_code == 422
    both = lead.post(page, {"slots": [str(first.pk), str(second.pk)]})
    assert both.status_code == 409
    assert lead.post(page, {"slots": [str(first.pk)]}).status_code == 302
    assert list(Slot.objects.of_quota(quota)) == [second]


@pytest.mark.parametrize("which", ["whole", "days"])
def test_day_is_handed_over_with_one_tick_but_for_what_is_kept(quota: Quota, which: str) -> None:
    lead = signed_in("team lead")
    page = f"/admin/booking/quota/{quota.pk}/hand-over/"
    first, second = Slot.objects.of_quota(quota)
    tick = {"whole": "on", "days": f"{localtime(first.starts_at):%Y-%m-%d}"}[which]
    chosen = {which: tick, "slots": ["", f"-{second.pk}"]}
    form = lead.post(page, chosen | {"slots": ["", "x"]}).context["form"]
    assert form.by_day()[0].is_ticked == (which == "days")
    assert lead.post(page, chosen).status_code == 302
    assert list(Slot.objects.of_quota(quota)) == [second]
    assert lead.post(page, {which: tick}).status_code == 302
    assert not Slot.objects.of_quota(quota).exists()


def test_what_is_kept_alone_hands_nothing_over(quota: Quota) -> None:
    lead = signed_in("team lead")
    page = f"/admin/booking/quota/{quota.pk}/hand-over/"
    first, _second = Slot.objects.of_quota(quota)
    answer = lead.post(page, {"slots": [f"-{first.pk}"]})
    assert answer.status_code == 422
    assert "Please choose at least one time." in answer.content.decode()
    assert answer.context["form"].by_day()[0].differs


def test_caseworkers_see_quotas_and_change_none(desk: Client, quota: Quota) -> None:
    assert desk.get(f"/admin/booking/quota/{quota.pk}/change/").status_code == 200
    assert desk.get(f"/admin/booking/quota/{quota.pk}/hand-over/").status_code == 403


def test_caseworkers_read_the_title_of_a_procedure(desk: Client, quota: Quota) -> None:
    Quota.objects.update(procedure="study")
    page = desk.get(f"/admin/booking/quota/{quota.pk}/change/").content.decode()
    assert "Residence permit for studying" in page
    assert ">study<" not in page


def test_team_lead_makes_a_quota(desk: Client) -> None:
    lead = signed_in("team lead")
    page = lead.get("/admin/booking/quota/add/")
    entered = {
        "name_de": "Studium",
        "slot_minutes": "15",
        "days_ahead": "27",
        "valid_days": "14",
        "changes": "3",
        "per_week": "20",
        "in_service": "on",
        "procedure": "study",
    }
    answer = lead.post("/admin/booking/quota/add/", entered)
    if answer.status_code == 200:  # pragma: no cover
        raise AssertionError(page.context["adminform"].form.fields, answer.context["errors"])
    assert Quota.objects.get(slug="studium").name == {"de": "Studium"}
    over = lead.post("/admin/booking/quota/add/", entered | {"name_de": "X", "days_ahead": "28"})
    assert over.status_code == 200
    unknown = lead.post("/admin/booking/quota/add/", entered | {"procedure": "nothing"})
    assert unknown.status_code == 200
    assert Quota.objects.get(slug="studium").procedure == "study"


def test_procedure_of_a_quota_is_chosen_by_its_title_and_kept_when_it_is_gone(
    desk: Client, quota: Quota
) -> None:
    lead = signed_in("team lead")
    path = f"/admin/booking/quota/{quota.pk}/change/"
    titles = dict(lead.get(path).context["adminform"].form.fields["procedure"].choices)
    assert titles["study"] == "Residence permit for studying"
    assert "gone" not in titles
    Quota.objects.update(procedure="gone")
    page = lead.get(path).context["adminform"].form
    assert "gone" in dict(page.fields["procedure"].choices)


def test_short_quota_is_marked_and_hands_over_nothing(desk: Client, quota: Quota) -> None:
    lead = signed_in("team lead")
    for _each in range(2):
        invited(quota)
    page = f"/admin/booking/quota/{quota.pk}/"
    assert 'id="step"' not in lead.get(f"{page}hand-over/").content.decode()
    assert "too few" not in lead.get("/admin/booking/quota/").content.decode()
    assert "add hours" not in lead.get(f"{page}change/").content.decode()
    assert "There are not enough free" in desk.get(INVITE).content.decode()
    invited(quota)
    assert "2, too few" in lead.get("/admin/booking/quota/").content.decode()
    assert "add hours" in lead.get(f"{page}change/").content.decode()


def test_list_tells_when_people_come_and_which_invitations_end_soon(
    desk: Client, quota: Quota
) -> None:
    soon, _later, taken, missed = (invited(quota) for _each in range(4))
    Invitation.objects.filter(pk=soon.pk).update(valid_until=timezone.now() + LAST_CALL)
    first, second = Slot.objects.of_quota(quota)
    AppointmentFactory(applicant=taken.applicant, invitation=taken, slot=first)
    AppointmentFactory(applicant=missed.applicant, invitation=missed, slot=second, no_show=True)
    assert desk.get(LIST).content.decode().count("open, ends soon") == 1
    assert "Tue, 24.11.2026, 14:00" in desk.get(f"{LIST}?state=taken").content.decode()
    page = desk.get(f"{LIST}?state=missed").content.decode()
    assert ">not come</span>" in page
    assert "Tue, 24.11.2026, 14:20" in page


def test_start_page_tells_of_more_open_invitations_than_times(desk: Client, quota: Quota) -> None:
    for _each in range(3):
        invited(quota)
    assert short_quotas(now=timezone.now()) == [(quota, 3, 2)]
    assert "3 open invitations, 2 free appointments" in desk.get("/admin/").content.decode()


@pytest.mark.parametrize("days", [1, 2, 27])
def test_counts_of_all_quotas_are_those_of_each(
    desk: Client, quota: Quota, counter: Counter, days: int
) -> None:
    other = QuotaFactory(slug="study", days_ahead=days)
    office = current_office()
    for ahead in (1, 2, 27):
        day = local_day(timezone.now(), zone=office.zone) + timedelta(days=ahead)
        last_second = day_bounds(day, zone=office.zone)[1] - timedelta(seconds=1)
        SlotFactory(counter=counter, quota=other, starts_at=last_second)
    invited(other)
    AppointmentFactory(
        applicant=(row := invited(quota)).applicant,
        invitation=row,
        slot=Slot.objects.of_quota(quota)[0],
    )
    now = timezone.now()
    found = {row.pk: (row.open, row.free) for row in with_counts(Quota.objects.all(), now=now)}
    assert found == {
        each.pk: (open_invitations(each, now=now), free_times(each, now=now))
        for each in (quota, other)
    }
    assert found[quota.pk] == (0, 1)
    assert found[other.pk] == (1, {1: 1, 2: 2, 27: 3}[days])


def test_move_at_the_desk_offers_kept_times(desk: Client, quota: Quota, counter: Counter) -> None:
    row = invited(quota)
    first, second = Slot.objects.of_quota(quota)
    SlotFactory(counter=counter, starts_at=TUESDAY_NINE + timedelta(hours=1))
    visit = AppointmentFactory(applicant=row.applicant, invitation=row, slot=first)
    page = f"/admin/booking/appointment/{visit.pk}/rebook/"
    choices = desk.get(page).context["form"].fields["slot"].choices
    assert [pk for pk, _label in choices] == [str(second.pk)]
    desk.post(page, fields(desk, page) | {"slot": str(second.pk)})
    visit.refresh_from_db()
    assert visit.slot == second


def test_list_asks_as_much_for_one_as_for_many(desk: Client, quota: Quota) -> None:
    invited(quota)
    desk.get(LIST)
    with CaptureQueriesContext(connection) as one:
        desk.get(LIST)
    for _each in range(5):
        invited(quota)
    with CaptureQueriesContext(connection) as many:
        assert desk.get(LIST).status_code == 200
    assert len(many) == len(one)


def chosen(*rows: Any, **more: str) -> dict[str, Any]:
    return {"action": "invite_selected", "_selected_action": [row.pk for row in rows], **more}


@pytest.mark.parametrize("place", ["waitingentry", "invitation"])
def test_invite_the_selected_people_of_a_list(place: str, desk: Client, quota: Quota) -> None:
    address = f"/admin/booking/{place}/"
    if place == "waitingentry":
        rows: list[Any] = WaitingEntryFactory.create_batch(2)
    else:
        rows = [invited(QuotaFactory(slug="before")) for _each in range(2)]
        Invitation.objects.update(valid_until=TUESDAY_NINE - timedelta(hours=1))
        Invitation.objects.filter(pk=rows[0].pk).update(case_reference="4711/26")
        address += "?state=over"
    names = [row.applicant.desk_name for row in rows]
    page = desk.post(address, chosen(*rows))
    assert page.status_code == 200
    assert all(name in page.content.decode() for name in names)
    assert not Invitation.objects.filter(quota=quota).exists()
    answer = desk.post(address, chosen(*rows, quota=str(quota.pk)))
    assert answer["Location"] == LIST
    issued = Invitation.objects.filter(quota=quota)
    assert sorted(row.applicant.desk_name for row in issued) == sorted(names)
    looks = set(AccessRecord.objects.filter(kind="view").values_list("subject", flat=True))
    assert {row.subject for row in (*rows, *issued)} <= looks
    if place == "invitation":
        assert sorted(row.case_reference for row in issued) == ["", "4711/26"]
    assert_invariants()


def test_selected_people_are_all_invited_or_nobody(desk: Client, quota: Quota) -> None:
    rows = WaitingEntryFactory.create_batch(3)
    page = "/admin/booking/waitingentry/"
    answer = desk.post(page, chosen(*rows, quota=str(quota.pk)))
    assert answer.status_code == 409
    assert "There are not enough free appointments" in answer.content.decode()
    assert not Invitation.objects.exists()


def test_who_has_left_the_list_meanwhile_is_not_told_to_be_invited(
    desk: Client, quota: Quota
) -> None:
    gone = {"action": "invite_selected", "_selected_action": str(invited(quota).pk)}
    for answer in ({}, {"quota": str(quota.pk), "valid_until": "24.11.2026"}):
        page = desk.post(f"{LIST}?state=over", gone | answer, follow=True).content.decode()
        assert "Invited by" not in page
        assert str(PageOutdated.sentence) in page


def test_forgotten_people_can_not_be_selected(desk: Client, quota: Quota) -> None:
    row = WaitingEntryFactory()
    Applicant.objects.update(family_name="")
    answer = desk.post("/admin/booking/waitingentry/", chosen(row, quota=str(quota.pk)))
    assert answer.status_code == 302
    assert not Invitation.objects.exists()


def test_who_may_not_invite_has_no_such_action(desk: Client, quota: Quota) -> None:
    row = WaitingEntryFactory()
    Group.objects.get(name="caseworker").permissions.remove(
        Permission.objects.get(codename="issue_invitation")
    )
    desk.post("/admin/booking/waitingentry/", chosen(row, quota=str(quota.pk)))
    assert not Invitation.objects.exists()


def test_press_for_a_quota_that_went_out_of_service_invites_to_no_other(
    desk: Client, quota: Quota
) -> None:
    gone = QuotaFactory(slug="study", name={"de": "Studium", "en": "Studies"}, in_service=False)
    answer = desk.post(INVITE, form(gone))
    assert answer.status_code == 409
    assert not Invitation.objects.exists()
    assert not Notification.objects.exists()


def test_extending_never_ends_an_invitation_earlier_than_its_person_was_told(
    desk: Client, quota: Quota
) -> None:
    row = invited(quota)
    told = day_bounds(date(2027, 1, 20), zone=current_office().zone)[1]
    Invitation.objects.filter(pk=row.pk).update(valid_until=told)
    page = f"{LIST}{row.pk}/extend/"
    assert 'value="2027-01-20"' in desk.get(page).content.decode()
    answer = desk.post(page, fields(desk, page) | {"valid_until": "19.01.2027"})
    assert answer.status_code == 409
    row.refresh_from_db()
    assert (row.valid_until, row.revision) == (told, 0)


def test_who_extended_an_invitation_stands_in_its_history(desk: Client, quota: Quota) -> None:
    row = invited(quota)
    page = f"{LIST}{row.pk}/extend/"
    assert desk.post(page, fields(desk, page) | {"valid_until": "20.01.2027"}).status_code == 302
    history = desk.get(f"{LIST}{row.pk}/history/").content.decode()
    assert "Changed: Valid until." in history
    assert "invitation extended" in desk.get(f"{LIST}{row.pk}/change/").content.decode()


def test_page_tells_what_happened_its_messages_and_how_to_invite_once_more(
    desk: Client, quota: Quota
) -> None:
    row = invited(quota)
    enqueue_invitation(row, now=timezone.now())
    letter = Notification.objects.get(subject=row.subject)
    now = timezone.now()
    enqueue(
        kind="booking.invitation_reminder",
        subject=row.subject,
        language="de",
        now=now,
        due_at=now + timedelta(days=7),
    )
    page = f"{LIST}{row.pk}/withdraw/"
    shown = desk.get(f"{LIST}{row.pk}/change/").content.decode()
    assert "Invite once more" not in shown
    assert ">planned<" in shown
    assert desk.post(page, fields(desk, page)).status_code == 302
    page = desk.get(f"{LIST}{row.pk}/change/").content.decode()
    said = re.findall(r"<time[^>]*>[^<]*</time>, ([^<]+)</li>", page)
    assert [each.rpartition(": ")[2] for each in said] == ["withdrawn", "invited"]
    assert f'href="/admin/foundation/notification/{letter.pk}/change/"' in page
    # a reminder of what is over is planned no more
    assert ">planned<" not in page
    again = {"action": "invite_selected", "_selected_action": str(row.pk)}
    assert '?state=withdrawn" class="desk-actions' in page
    answer = desk.post(f"{LIST}?state=withdrawn", again)
    assert row.applicant.desk_name in answer.content.decode()


def test_who_handed_which_times_over_stands_in_the_edit_log(desk: Client, quota: Quota) -> None:
    lead = signed_in("team lead", username="lang")
    first, second = Slot.objects.of_quota(quota)
    page = f"/admin/booking/quota/{quota.pk}/hand-over/"
    assert lead.post(page, {"slots": [str(first.pk)]}).status_code == 302
    line = LogEntry.objects.get_for_object(quota).latest("pk")
    assert (line.actor and line.actor.get_username()) == "lang"
    head = signed_in("", is_superuser=True, is_staff=True)
    told = head.get(f"/admin/auditlog/logentry/{line.pk}/change/").content.decode()
    assert "Changed: Times." in told
    assert str(first) in told
    assert str(second) not in told


def test_other_minutes_of_a_quota_hold_as_soon_as_they_are_saved(desk: Client) -> None:
    lead = signed_in("team lead")
    quota = QuotaFactory(slot_minutes=20)
    ServiceWindowFactory(quota=quota, weekday=3, opens=time(14), closes=time(15))
    open_slots(now=timezone.now())
    page = f"/admin/booking/quota/{quota.pk}/change/"
    form = lead.get(page).context["adminform"].form
    entered = {name: form[name].value() for name in form.fields if name not in {"name", "intro"}}
    changed = {**entered, **fields(lead, page), "name_de": "Studium", "slot_minutes": "30"}
    assert lead.post(page, changed).status_code == 302
    kept = Slot.objects.of_quota(quota).in_service()
    assert {f"{each.starts_at:%M}" for each in kept} == {"00", "30"}


# --- search ---------------------------------------------------------------------------------------


@pytest.fixture
def wanted(quota: Quota) -> Invitation:
    """An invitation that was withdrawn, beside an open one of somebody else."""
    invited(quota)
    row = InvitedFactory(
        invitation__quota=quota,
        invitation__reference="7K3F-92QX",
        invitation__case_reference="AB-12/26",
        invitation__withdrawn_at=TUESDAY_NINE,
        family_name="Шевченко",
        given_names="Олена",
        birth_date="1985-05-12",
        email="olena@example.org",
    ).invitation
    assert isinstance(row, Invitation)
    return row


@pytest.mark.parametrize(
    ("text", "how"),
    [
        ("7k3f92qx", "reference"),
        ("ab-12/26", "reference"),
        (" ab\u201112/\u0662\u0666\u200b", "reference"),
        ("Олена Шевч", "name"),
        ("12.05.1985", "birth date"),
        (" Olena@example.org", "e-mail"),
    ],
)
def test_search_leads_to_an_invitation_of_any_state(
    desk: Client, wanted: Invitation, text: str, how: str
) -> None:
    assert f'action="{LIST}search/"' in desk.get(LIST).content.decode()
    answer = desk.post(f"{LIST}search/", {"q": text})
    assert answer["Location"] == f"{LIST}{wanted.pk}/change/"
    record = AccessRecord.objects.latest("pk")
    assert (record.kind, record.subject) == (AccessRecord.Kind.SEARCH, wanted.subject)
    assert record.reason == f"by {how}, 1 found"


def test_search_for_invisible_signs_finds_nobody(desk: Client, wanted: Invitation) -> None:
    answer = desk.post(f"{LIST}search/", {"q": "\u200b\u2066"})
    assert (answer.status_code, answer.context["found"]) == (200, [])


def test_search_lists_several_and_says_when_there_is_none(desk: Client, wanted: Invitation) -> None:
    other = Applicant.objects.exclude(pk=wanted.applicant.pk).get()
    Applicant.objects.filter(pk=other.pk).update(birth_date="1985-05-12")
    both = desk.post(f"{LIST}search/", {"q": "12.05.1985"}).content.decode()
    for name in (wanted.applicant.desk_name, other.desk_name):
        assert name in both
    Applicant.objects.update(forgotten_at=TUESDAY_NINE)
    none = desk.post(f"{LIST}search/", {"q": "12.05.1985"}).content.decode()
    assert "No invitation found." in none

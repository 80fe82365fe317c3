"""An appointment after it was booked."""

from datetime import timedelta

import pytest
import time_machine
from django.contrib.sessions.models import Session
from django.test import Client

from booking.models import Appointment, Slot, WaitingEntry
from booking.models.applicants import Token, mint_token
from booking.states import Status, WaitingStatus
from config.foundation.office import ServiceStatus
from config.foundation.outbox import Notification, send_next
from tests.booking.visitors import Visitor, link_in_letter, link_to
from tests.corpus.flow import FOREIGN_IDS
from tests.factories import MONDAY, AppointmentFactory

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock", "slots")]


@pytest.fixture
def booked(slots: list[Slot]) -> Appointment:
    return AppointmentFactory(slot=slots[0], applicant__birth_date="1985-05")


# --- finding it ----------------------------------------------------------------------------------


def test_find_by_reference_and_birth_date(visitor: Visitor, booked: Appointment) -> None:
    typed = {"reference": f" {booked.reference.lower().replace('-', ' ')}", "birth_date": "05.1985"}
    assert visitor.send("manage/", typed).status_code == 422
    typed["birth_date"] = "00.05.1985"
    assert visitor.post("manage/", typed) == "manage/"
    assert booked.reference in visitor.get("manage/").content.decode()


def test_reference_alone_and_wrong_pairs_get_the_same_answer(
    visitor: Visitor, booked: Appointment
) -> None:  # T-L1
    wrong_date = visitor.send("manage/", {"reference": booked.reference, "birth_date": "1986"})
    nothing = visitor.send("manage/", {"reference": "7K3F-92QX", "birth_date": "1986"})
    assert wrong_date.status_code == nothing.status_code == 422
    assert wrong_date.context["form"].errors == nothing.context["form"].errors
    empty = visitor.send("manage/", {"reference": booked.reference})
    assert empty.status_code == 422
    assert booked.applicant.family_name not in wrong_date.content.decode()


def test_guessing_a_birth_date_is_stopped(visitor: Visitor, booked: Appointment) -> None:
    for year in range(1950, 1960):
        visitor.send("manage/", {"reference": booked.reference, "birth_date": str(year)})
    right = {"reference": booked.reference, "birth_date": "00.05.1985"}
    assert visitor.send("manage/", right).status_code == 409


def test_bad_lookup_is_refused_without_harm(visitor: Visitor, booked: Appointment) -> None:
    for text in (*FOREIGN_IDS, "\u200b", "٣" * 8):
        answer = visitor.send("manage/", {"reference": text, "birth_date": "1985"})
        assert answer.status_code in {409, 422}, text[:30]


def test_link_opens_a_short_session_on_a_clean_address(
    visitor: Visitor, booked: Appointment, clock: time_machine.Traveller
) -> None:  # T-L5
    answer = visitor.get(link_to(booked))
    assert (answer.status_code, answer["Location"]) == (303, "/en/manage/")
    assert answer["Referrer-Policy"] == "no-referrer"
    assert "no-store" in answer["Cache-Control"]
    assert booked.reference in visitor.get("manage/").content.decode()
    clock.move_to(MONDAY + timedelta(minutes=15))
    assert booked.reference not in visitor.get("manage/").content.decode()


def test_scanners_change_nothing(visitor: Visitor, booked: Appointment) -> None:  # T-L3
    path = link_to(booked)
    before = Appointment.objects.values().get()
    for _scan in range(3):
        assert visitor.client.head(f"/en/{path}").status_code == 303
        assert visitor.client.options(f"/en/{path}").status_code == 405
        assert visitor.client.post(f"/en/{path}").status_code == 405
    assert not Session.objects.exists()
    visitor.get(path)
    assert Appointment.objects.values().get() == before
    assert not Notification.objects.exists()


def test_link_ends_with_its_appointment(visitor: Visitor, booked: Appointment) -> None:  # T-L6
    path = link_to(booked)
    visitor.get(path)
    visitor.post("manage/cancel/")
    answer = Visitor(Client()).get(path)
    assert answer.status_code == 410
    assert "/en/manage/" in answer.content.decode()


def test_move_of_a_cancelled_appointment_shows_what_became_of_it(
    visitor: Visitor, booked: Appointment
) -> None:
    visitor.get(link_to(booked))
    visitor.post("manage/cancel/")
    answer = visitor.get("rebook/")
    assert (answer.status_code, answer["Location"]) == (303, "/en/manage/")


def test_links_of_different_kinds_are_not_interchangeable(
    visitor: Visitor, booked: Appointment
) -> None:  # T-L6
    offered = AppointmentFactory(offered=True, slot=Slot.objects.latest("starts_at"))
    assert offered.entry
    secrets = {
        "verify": mint_token(
            purpose=Token.Purpose.VERIFY,
            subject=booked.applicant.subject,
            now=MONDAY,
        ),
        "manage": link_to(booked).split("/")[1],
        "offer": link_to(offered, "offer").split("/")[1],
        "waiting": mint_token(
            purpose=Token.Purpose.WAITING, subject=offered.entry.subject, now=MONDAY
        ),
    }
    opens = {"verify": {"verify"}, "manage": {"manage"}, "waiting": {"offer", "waiting"}}
    for path, kinds in opens.items():
        for kind, secret in secrets.items():
            status = Visitor(Client()).get(f"{path}/{secret}/").status_code
            assert (status in {200, 303}) == (kind in kinds), (path, kind, status)


# --- changing it ---------------------------------------------------------------------------------


def test_cancel_twice_is_the_same_page_and_one_letter(
    visitor: Visitor, booked: Appointment
) -> None:  # T-B11
    visitor.get(link_to(booked))
    assert visitor.post("manage/cancel/") == "manage/"
    assert visitor.post("manage/cancel/") == "manage/"
    assert Appointment.objects.get().status == Status.CANCELLED
    assert Notification.objects.filter(kind="booking.cancellation").count() == 1
    assert 'data-status="cancelled"' in visitor.get("manage/").content.decode()


def test_cancel_after_the_start_is_refused(
    visitor: Visitor, booked: Appointment, clock: time_machine.Traveller
) -> None:
    clock.move_to(booked.slot.starts_at)
    visitor.get(link_to(booked))
    answer = visitor.send("manage/cancel/")
    assert answer.status_code == 409
    assert 'role="alert"' in answer.content.decode()
    assert Appointment.objects.get().status == Status.BOOKED


def test_rebook_moves_the_appointment(visitor: Visitor, booked: Appointment) -> None:
    visitor.get(link_to(booked))
    values = visitor.slots("rebook/")
    assert len(values) == 2
    assert visitor.post("rebook/", {"slot": values[-1]}) == "manage/"
    row = Appointment.objects.get()
    assert (row.slot, row.revision) == (Slot.objects.latest("starts_at"), 1)


def test_rebook_says_day_and_time_as_the_other_pages_do(
    visitor: Visitor, booked: Appointment
) -> None:
    visitor.get(link_to(booked))
    page = visitor.get("rebook/").content.decode()
    assert (
        "you keep your appointment: <strong>Tuesday, 24 November 2026 at\u00a009:00</strong>."
        in page
    )


def test_rebook_to_a_taken_time_keeps_the_old_and_shows_the_fresh_list(
    visitor: Visitor, booked: Appointment
) -> None:
    visitor.get(link_to(booked))
    value = visitor.slots("rebook/")[-1]
    AppointmentFactory(slot=Slot.objects.latest("starts_at"))
    answer = visitor.send("rebook/", {"slot": value})
    page = answer.content.decode()
    assert answer.status_code == 409
    assert 'role="alert"' in page
    assert 'data-free="1"' in page
    booked.refresh_from_db()
    assert booked.slot == Slot.objects.earliest("starts_at")


def test_rebook_to_the_same_time_changes_nothing(
    visitor: Visitor, booked: Appointment
) -> None:  # corpus 110
    visitor.get(link_to(booked))
    same = {"slot": visitor.slots("rebook/")[-1]}
    assert visitor.post("rebook/", same) == "manage/"
    assert visitor.post("rebook/", same) == "manage/"
    booked.refresh_from_db()
    assert booked.revision == 1
    assert Notification.objects.filter(kind="booking.confirmation").count() == 1


def test_rebook_from_an_old_page_is_refused(visitor: Visitor, booked: Appointment) -> None:
    visitor.get(link_to(booked))
    values = visitor.slots("rebook/")
    old = visitor.form("rebook/")
    visitor.post("rebook/", {"slot": values[0]})
    for version in (old["version"], "", "abc", "-1", "9" * 5000, "٣"):
        answer = visitor.send("rebook/", {"slot": values[1], "version": version})
        assert answer.status_code == 409, version[:9]
    assert Appointment.objects.get().revision == 1


def test_rebook_with_a_bad_value_is_refused(visitor: Visitor, booked: Appointment) -> None:
    visitor.get(link_to(booked))
    for value in FOREIGN_IDS:
        assert visitor.send("rebook/", {"slot": value}).status_code == 422
    assert Appointment.objects.get().revision == 0


def test_resend_promises_the_letter_with_a_new_link(visitor: Visitor, booked: Appointment) -> None:
    visitor.get(link_to(booked))
    visitor.post("manage/resend/")
    assert send_next(queue=Notification.Queue.ORDINARY, now=MONDAY) == "sent"
    path = link_in_letter(0)
    assert Visitor(Client()).get(path).status_code == 303


def test_language_of_letters_changes(visitor: Visitor, booked: Appointment) -> None:
    visitor.get(link_to(booked))
    visitor.post("manage/language/", {"language": "en"})
    booked.applicant.refresh_from_db()
    assert booked.applicant.language == "en"
    for text in ("xx", "", "e\x00n", "x" * 10_000):
        visitor.post("manage/language/", {"language": text})
    booked.applicant.refresh_from_db()
    assert booked.applicant.language == "en"


def test_mistake_is_told_to_the_desk_and_changes_nothing(
    visitor: Visitor, booked: Appointment
) -> None:
    visitor.get(link_to(booked))
    visitor.post("manage/mistake/", {"family_name": "Other"})
    booked.refresh_from_db()
    assert booked.mistake_reported_at == MONDAY
    assert booked.applicant.family_name != "Other"


ACTS = [
    *("manage/cancel/", "manage/resend/", "manage/language/", "manage/mistake/"),
    *("manage/sms-code/", "manage/sms-confirm/", "manage/sms-stop/"),
    *("waiting/leave/", "waiting/accept/", "waiting/decline/"),
]


@pytest.mark.parametrize("path", ACTS)
def test_acts_of_a_stranger_do_nothing(
    visitor: Visitor, booked: Appointment, path: str
) -> None:  # T-C1
    offered = AppointmentFactory(offered=True, slot=Slot.objects.latest("starts_at"))
    before = list(Appointment.objects.order_by("pk").values())
    named = (
        {"subject": offered.subject, "version": "1"}
        if "waiting" in path
        else {"subject": booked.subject, "version": str(booked.version)}
    )
    for data in ({}, named):
        answer = visitor.send(path, {"language": "en", "pk": str(offered.pk)} | data)
        assert answer.status_code == 403
        assert 'action="/en/manage/"' in answer.content.decode()
    assert list(Appointment.objects.order_by("pk").values()) == before
    assert WaitingEntry.objects.get().status == WaitingStatus.WAITING


@pytest.mark.parametrize("path", ACTS)
def test_acts_answer_to_post_alone(
    visitor: Visitor, booked: Appointment, path: str
) -> None:  # T-L4
    visitor.get(link_to(booked))
    before = Appointment.objects.values().get()
    for method in ("get", "head", "put", "patch", "delete", "trace"):
        assert getattr(visitor.client, method)(f"/en/{path}").status_code == 405
    assert Appointment.objects.values().get() == before


@pytest.mark.parametrize("path", ["appointment/", "rebook/", "manage/"])
def test_strangers_see_no_appointment(
    visitor: Visitor, booked: Appointment, path: str
) -> None:  # T-C1
    answer = visitor.client.get(f"/en/{path}", follow=True)
    assert booked.reference not in answer.content.decode()
    assert booked.applicant.family_name not in answer.content.decode()


def test_cancelling_works_while_the_service_is_paused_but_rebooking_does_not(
    visitor: Visitor, booked: Appointment
) -> None:
    ServiceStatus.objects.update(state=ServiceStatus.State.PAUSED)
    visitor.get(link_to(booked))
    value = visitor.slots("rebook/")[0]
    assert visitor.send("rebook/", {"slot": value}).status_code == 409
    assert visitor.post("manage/cancel/") == "manage/"

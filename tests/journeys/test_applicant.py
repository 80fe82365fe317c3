"""What applicants do, from the first page to the appointment and back."""

from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from booking.actions.offers import offer_slots
from booking.availability import forget_memory
from booking.models import Appointment, Closure, Slot
from booking.states import Status
from tests.journeys.conftest import NewPerson, Person

pytestmark = [pytest.mark.journey, pytest.mark.django_db(transaction=True)]


def test_book_in_ten_pages_and_six_forms(person: Person) -> None:
    person.opens("")
    person.sees("start")
    person.page.click("a[href$='/check/']")
    person.sees("category")
    person.page.check("[value=expired]")
    person.sends()
    person.sees("questions")
    person.fills(title_valid_until="31.01.2020")
    person.sends()
    person.is_at("check/result/")
    assert person.page.locator("[data-decision=eligible]").count() == 1
    person.sees("yes")
    person.page.click("a[href$='/checklist/']")
    person.sees("checklist")
    person.page.click("a[href$='/details/']")
    person.sees("details")
    person.enters_details()
    person.is_at("verify/")
    person.sees("verify")
    person.fills(code=person.reads_the_code())
    person.sends()
    person.is_at("times/")
    person.sees("times")
    person.page.locator("[name=slot]").first.check()
    person.sends()
    person.is_at("review/")
    person.sees("review")
    person.sends()
    person.is_at("appointment/")
    person.sees("appointment")
    assert person.page.inner_text("#reference").strip() == Appointment.objects.get().reference
    assert Appointment.objects.get().status == Status.BOOKED
    assert person.forms <= 6
    assert len(dict.fromkeys(person.pages)) <= 10


def test_mistakes_are_named_and_entries_kept(person: Person) -> None:
    person.answers()
    person.page.click("a[href$='/details/']")
    person.fills(family_name="Nguyễn", birth_date="12/31/1985", email="anh@example")
    person.sends()
    expect(person.page.locator("[role=alert]")).to_be_visible()
    assert person.page.input_value("[name=family_name]") == "Nguyễn"
    assert person.page.input_value("[name=birth_date]") == "12/31/1985"
    assert person.page.locator(".kern-error").count() == 2
    person.sees("errors")


def test_lose_a_hold_and_book_all_the_same(person: Person) -> None:
    person.holds()
    past = timezone.now() - timedelta(minutes=1)
    Appointment.objects.update(held_until=past, free_from=past)
    person.sends()
    expect(person.page.locator("main [role=alert]").first).to_be_visible()
    person.sees("lost")
    assert person.page.locator("[name=slot]").count() == Slot.objects.count()
    person.page.locator("[name=slot]").first.check()
    person.sends()
    person.sends()
    person.is_at("appointment/")
    assert Appointment.objects.get(status=Status.BOOKED)


def test_need_more_time(person: Person) -> None:
    person.holds()
    before = Appointment.objects.get().held_until
    assert before is not None
    person.sends("extend")
    person.is_at("review/")
    after = Appointment.objects.get().held_until
    assert after is not None
    assert after > before


def test_rebook(person: Person) -> None:
    person.books()
    old = Appointment.objects.get().slot_id
    person.page.click("a[href$='/manage/']")
    person.sees("manage")
    person.sends("rebook")
    person.is_at("rebook/")
    person.sees("rebook")
    person.page.locator("[name=slot]").last.check()
    person.sends()
    person.is_at("manage/")
    row = Appointment.objects.get()
    assert (row.status, row.revision) == (Status.BOOKED, 1)
    assert row.slot_id != old


def test_cancel_from_another_phone(new_person: NewPerson, site: str) -> None:
    first, second = new_person(), new_person("-second")
    reference = first.books()
    second.opens("manage/")
    second.sees("lookup")
    second.fills(reference=reference, birth_date="12.05.1985")
    second.sends()
    second.is_at("manage/")
    second.page.click("summary:has-text('Cancel')")
    second.sends("cancel")
    second.is_at("manage/")
    expect(second.page.locator("[data-status=cancelled]")).to_be_visible()
    second.sees("cancelled")
    assert Appointment.objects.get().status == Status.CANCELLED


def test_refusal_shows_the_right_channel(person: Person) -> None:
    person.opens("check/")
    person.page.check("[value=job_loss]")
    person.sends()
    person.page.check("[name=has_proof][value=no]")
    person.sends()
    person.is_at("check/result/")
    assert person.page.locator("[data-decision=refused] a[href^='mailto:']").count() >= 1
    assert person.page.locator("#step").count() == 0
    person.sees("no")


def test_none_free_leads_to_the_waiting_list(person: Person) -> None:
    Slot.objects.all().delete()
    person.answers()
    person.page.click("a[href$='/details/']")
    person.enters_details()
    person.fills(code=person.reads_the_code())
    person.sends()
    person.sees("none-free")
    person.page.click("a[href$='/waiting/']")
    person.sends()
    person.is_at("waiting/")
    expect(person.page.locator("[data-place-from='1']")).to_be_visible()
    person.sees("waiting")


def test_offer_is_swapped_and_accepted(person: Person) -> None:
    kept = list(Slot.objects.order_by("starts_at"))
    closed = Closure.objects.create(starts_at=kept[0].starts_at, ends_at=kept[-1].ends_at)
    Slot.objects.update(closure=closed)
    person.answers()
    person.page.click("a[href$='/details/']")
    person.enters_details()
    person.fills(code=person.reads_the_code())
    person.sends()
    person.page.click("a[href$='/waiting/']")
    person.sends()
    Slot.objects.update(closure=None)
    assert offer_slots(now=timezone.now(), limit=1) == 1
    forget_memory()
    person.opens("waiting/")
    expect(person.page.locator("[data-offer=open]")).to_be_visible()
    person.sees("offer")
    person.page.click("a[href$='/waiting/swap/']")
    person.page.locator("[name=slot]").last.check()
    person.sees("other-times")
    person.sends()
    person.is_at("waiting/")
    person.sends()
    person.is_at("appointment/")
    booked = Appointment.objects.get()
    assert (booked.status, booked.slot) == (Status.BOOKED, kept[-1])

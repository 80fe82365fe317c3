"""Every form of an applicant: how one comes to it, and what one fills in."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from booking.models import Applicant, Appointment, Slot, WaitingEntry
from booking.models.applicants import Token, mint_phone_code, mint_token
from config.foundation.outbox import Notification
from tests.booking.phones import MOBILE
from tests.booking.visitors import DETAILS, Visitor
from tests.factories import MONDAY, AppointmentFactory, SlotFactory

Data = Callable[[Visitor], dict[str, str]]


def _nothing(visitor: Visitor) -> dict[str, str]:
    return {}


def waits(visitor: Visitor) -> None:
    Slot.objects.all().delete()
    visitor.verifies()
    visitor.post("waiting/")


def has_an_offer(visitor: Visitor) -> None:
    waits(visitor)
    entry = WaitingEntry.objects.get()
    AppointmentFactory(
        slot=SlotFactory(),
        offered=True,
        entry=entry,
        applicant=entry.applicant,
        person_key=entry.person_key,
    )
    SlotFactory()


def would_join(visitor: Visitor) -> None:
    Slot.objects.all().delete()
    visitor.verifies()


def _would_ask_again(visitor: Visitor) -> None:
    visitor.enters()
    visitor.code()
    Notification.objects.update(promised_at=MONDAY - timedelta(minutes=2), sequence=1)


def _code(visitor: Visitor) -> dict[str, str]:
    return {"code": visitor.code()}


def wants_texts(visitor: Visitor) -> None:
    visitor.books()
    Applicant.objects.update(text_me=True, phone=MOBILE)


def _phone_code(visitor: Visitor) -> dict[str, str]:
    return {"code": mint_phone_code(Applicant.objects.get(), now=MONDAY)}


def _slot(path: str) -> Data:
    return lambda visitor: {"slot": visitor.slots(path)[-1]}


@dataclass(frozen=True, kw_only=True)
class Form:
    """A form of an applicant: how one comes to it and what one fills in."""

    comes: Callable[[Visitor], object]
    data: Data = _nothing
    page: str = ""
    path: Callable[[], str] | None = field(default=None)


def _link() -> str:
    subject = Applicant.objects.get().subject
    return f"verify/{mint_token(purpose=Token.Purpose.VERIFY, subject=subject, now=MONDAY)}/"


FORMS = {
    "details/": Form(comes=Visitor.enters, data=lambda _: DETAILS | {"phone": "0391 5400"}),
    "verify/": Form(comes=Visitor.enters, data=_code),
    "verify/resend/": Form(comes=_would_ask_again),
    "verify/<secret>/": Form(comes=Visitor.enters, path=_link),
    "times/": Form(comes=Visitor.verifies, data=_slot("times/")),
    "times/ earliest": Form(comes=Visitor.verifies, data=lambda _: {"earliest": "1"}),
    "times/ with a hold": Form(comes=Visitor.holds, data=_slot("times/")),
    "review/": Form(comes=Visitor.holds),
    "review/extend/": Form(comes=Visitor.holds),
    "review/give-up/": Form(comes=Visitor.holds),
    "manage/cancel/": Form(comes=Visitor.books),
    "manage/resend/": Form(comes=Visitor.books),
    "manage/language/": Form(comes=Visitor.books, data=lambda _: {"language": "uk"}),
    "manage/mistake/": Form(comes=Visitor.books),
    "manage/sms-code/": Form(comes=wants_texts),
    "manage/sms-confirm/": Form(comes=wants_texts, data=_phone_code),
    "manage/sms-stop/": Form(comes=wants_texts),
    "rebook/": Form(comes=Visitor.books, data=_slot("rebook/")),
    "waiting/": Form(comes=would_join),
    "waiting/leave/": Form(comes=waits),
    "waiting/leave/ with an offer": Form(comes=has_an_offer),
    "waiting/accept/": Form(comes=has_an_offer),
    "waiting/decline/": Form(comes=has_an_offer),
    "waiting/swap/": Form(comes=has_an_offer, data=_slot("waiting/swap/")),
    "end/": Form(comes=Visitor.holds, page="review/"),
}

# Online applications are closed here; their forms name one: tests/documents/applications.
APPLICATIONS = (
    *("<slug>/questions/", "contact/", "end/", "review/", "verify/", "verify/resend/"),
    *("family/", "family/remove/", "papers/<number>/", "papers/<number>/absent/"),
    *("papers/<number>/order/", "papers/<number>/remove/"),
)

# Whatever else is sent by POST, and why it names no row.
OTHERS = {
    **{f"apply/{address}": "names its application, with its version" for address in APPLICATIONS},
    "application/withdraw/": "names its application, with its version",
    "application/supply/": "names its application, with its version",
    "invitation/": "opens what a number and a date of birth prove, and changes nothing",
    "manage/": "opens what a reference and a date of birth prove, and changes nothing",
    "check/": "answers of this visit, kept with nobody",
    "check/<category>/": "answers of this visit, kept with nobody",
    "documents/<slug>/": "answers that become an address, kept nowhere",
    "documents/<slug>/step/<number>/<code>/": "one of them",
    "documents/<slug>/change/<number>/<code>/": "one of them",
    "box/<slug>/": "names its document by three things that are typed each time",
    "box/<slug>/counter/": "the same three things",
    "box/<slug>/old-document/": "the next press at the one screen after those three things",
    "box/<slug>/finish/": "forgets the visit",
    "box/<slug>/call/": "the same call once in five minutes",
    "box/<slug>/simulator/close/": "a machine of cardboard",
    "box/<slug>/simulator/power/": "a machine of cardboard",
    "box/<slug>/simulator/slot/": "a machine of cardboard",
    "box/<slug>/simulator/tick/": "a machine of cardboard",
}


def kept_rows() -> list[Any]:
    """What is kept of everybody."""
    kept = (Applicant, Appointment, WaitingEntry, Notification)
    return [list(model._default_manager.order_by("pk").values()) for model in kept]

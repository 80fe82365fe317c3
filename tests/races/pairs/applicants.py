"""Every form of the public pages, and how somebody comes to it."""

from __future__ import annotations

from typing import Any

from tests.races.pairs.people import Person
from tests.races.pairs.scenarios import Scenario


def _page(path: str) -> Any:
    return lambda stage: f"/en/{path}"


def _scenario(name: str, address: str, state: str, page: str | Any, **more: Any) -> Scenario:
    return Scenario(
        name=name,
        address=f"<language>/{address}",
        about="person",
        state=state,
        page=page if callable(page) else _page(page),
        **more,
    )


def _other_person(stage: Person) -> dict[str, str]:
    """Somebody else at a mailbox that never got a code."""
    return {
        "family_name": f"Anderer {stage.family_name}",
        "given_names": "Jan",
        "birth_date": "24.12.1971",
        "email": f"else{stage.number}@example.net",
    }


def _same_again(stage: Person) -> dict[str, str]:
    """The same person, who mends only the telephone number."""
    return {
        "family_name": stage.family_name,
        "given_names": "Çağla",
        "birth_date": "01.01.1990",
        "email": stage.email,
        "phone": "0391 5401234",
    }


def _reference(stage: Person) -> dict[str, str]:
    assert stage.appointment is not None
    return {"reference": stage.appointment.reference, "birth_date": "01.01.1990"}


VISITORS = (
    _scenario("check", "check/", "new", "check/", fill=lambda _s: {"category": "expired"}),
    _scenario(
        "questions",
        "check/<slug:category>/",
        "new",
        "check/expired/",
        fill=lambda _s: {"title_valid_until": "20.11.2026"},
    ),
    _scenario("details", "details/", "eligible", "details/", fill=_other_person),
    _scenario("details again", "details/", "eligible", "details/", fill=_same_again),
    _scenario("details while holding", "details/", "held", "details/", fill=_other_person),
    _scenario("verify", "verify/", "entered", "verify/", fill=lambda s: {"code": s.code}),
    _scenario("resend code", "verify/resend/", "entered", "verify/", form="resend"),
    _scenario(
        "invitation",
        "invitation/",
        "invited",
        "invitation/",
        fill=lambda s: {"reference": s.invitation.reference, "birth_date": "01.01.1990"},
        by="stranger",
    ),
    _scenario(
        "times of an invitation",
        "times/",
        "invited",
        "times/",
        fill=lambda s: {"slot": f"{s.own.pk}."},
    ),
    _scenario("end of an invitation", "end/", "invited", "times/", form="end"),
    _scenario("verify link", "verify/<str:secret>/", "entered", lambda stage: stage.link("verify")),
    _scenario("times", "times/", "verified", "times/", fill=lambda s: {"slot": f"{s.spare.pk}."}),
    _scenario("earliest", "times/", "verified", "times/", fill=lambda _s: {"earliest": "1"}),
    _scenario("review", "review/", "held", "review/"),
    _scenario("extend", "review/extend/", "held", "review/", form="extend"),
    _scenario("give up", "review/give-up/", "held", "review/", form="give-up"),
    _scenario("end", "end/", "verified", "times/", form="end"),
    _scenario("end before the code", "end/", "entered", "verify/", form="end"),
    _scenario("end while holding", "end/", "held", "review/", form="end"),
    _scenario("end after booking", "end/", "booked", "manage/", form="end"),
    _scenario("look up", "manage/", "booked", "manage/", fill=_reference, by="stranger"),
    _scenario("cancel", "manage/cancel/", "booked", "manage/", form="cancel"),
    _scenario("resend", "manage/resend/", "booked", "manage/", form="resend"),
    _scenario(
        "language of letters",
        "manage/language/",
        "booked",
        "manage/",
        form="language-of-letters",
        fill=lambda _s: {"language": "tr"},
    ),
    _scenario("mistake", "manage/mistake/", "booked", "manage/", form="mistake"),
    _scenario("SMS code", "manage/sms-code/", "texted", "manage/", form="sms-code"),
    _scenario(
        "SMS confirm",
        "manage/sms-confirm/",
        "texted",
        "manage/",
        form="sms-confirm",
        fill=lambda s: {"code": s.phone_code},
    ),
    _scenario("SMS stop", "manage/sms-stop/", "texted", "manage/", form="sms-stop"),
    _scenario("rebook", "rebook/", "booked", "rebook/", fill=lambda s: {"slot": f"{s.spare.pk}."}),
    _scenario("join", "waiting/", "verified", "waiting/"),
    _scenario("leave", "waiting/leave/", "waiting", "waiting/", form="leave"),
    _scenario("accept", "waiting/accept/", "offered", "waiting/"),
    _scenario("decline", "waiting/decline/", "offered", "waiting/", form="decline"),
    _scenario(
        "swap",
        "waiting/swap/",
        "offered",
        "waiting/swap/",
        fill=lambda s: {"slot": f"{s.spare.pk}."},
    ),
    _scenario(
        "papers",
        "documents/<slug:slug>/",
        "new",
        "documents/study/",
        form="",
        has="csrfmiddlewaretoken",
    ),
    Scenario(
        name="language of the page",
        address="language/",
        about="person",
        state="new",
        page=lambda _stage: "/en/",
        form="language",
        fill=lambda _s: {"language": "de"},
    ),
)

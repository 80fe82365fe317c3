"""Somebody who goes the applicant's way with a browser that knows no JavaScript."""

from __future__ import annotations

import re
from html import unescape

from django.core import mail
from django.test import Client
from django.utils import timezone

from booking.models import Appointment
from booking.models.applicants import Token, mint_token
from config.foundation.outbox import Notification, send_next
from tests.factories import MONDAY
from tests.responses import Response

DETAILS = {
    "family_name": "Nguyễn",
    "given_names": "Thị Ánh",
    "birth_date": "12.05.1985",
    "email": "anh@example.org",
    "phone": "",
    "access_need": "",
}


def link_to(appointment: Appointment, purpose: str = "manage") -> str:
    """The path that a letter about the appointment carries."""
    secret = mint_token(purpose=Token.Purpose(purpose), subject=appointment.subject, now=MONDAY)
    return f"{'waiting' if purpose == 'offer' else purpose}/{secret}/"


# where a form stands that goes to another address than its page's
PAGES = {
    "verify/resend/": "verify/",
    "review/extend/": "review/",
    "review/give-up/": "review/",
    "manage/cancel/": "manage/",
    "manage/resend/": "manage/",
    "manage/language/": "manage/",
    "manage/mistake/": "manage/",
    "manage/sms-code/": "manage/",
    "manage/sms-confirm/": "manage/",
    "manage/sms-stop/": "manage/",
    "waiting/accept/": "waiting/",
    "waiting/decline/": "waiting/",
    "waiting/leave/": "waiting/",
    "end/": "details/",
}
_FORM = re.compile(r"<form\b(?P<head>[^>]*)>(?P<inside>.*?)</form>", re.DOTALL)
_LINK = re.compile(r"http://testserver/\w+/((?:verify|manage|waiting|invitation)/[\w-]+/)")
_HIDDEN = re.compile(r'<input type="hidden" name="([^"]+)" value="([^"]*)"')


def hidden_fields(page: str, path: str, *, at: str) -> dict[str, str] | None:
    """The hidden fields of the form that goes to `path`, on a page at `at`; None without it."""
    for form in _FORM.finditer(page):
        action = re.search(r'action="([^"]*)"', form["head"])
        if 'method="post"' in form["head"] and (action[1] if action else at) == path:
            return {name: unescape(value) for name, value in _HIDDEN.findall(form["inside"])}
    return None


def form_in(answer: Response, path: str) -> dict[str, str]:
    """The hidden fields of the form that an answer must have, by the address it goes to."""
    found = hidden_fields(answer.content.decode(), f"/en/{path}", at="")
    assert found is not None
    return found


def link_in_letter(number: int = -1) -> str:
    """The path that a letter leads to, without its language."""
    found = _LINK.search(str(mail.outbox[number].body))
    assert found
    return found[1]


class Visitor:
    """Posts the forms of the pages and keeps what the pages said.

    A form is sent with the hidden fields of the page as it is now; where the page does not offer
    it any more, with those of the page in hand, as somebody does who presses a button twice.
    """

    def __init__(self, client: Client) -> None:
        self.client = client
        self.in_hand: dict[str, dict[str, str]] = {}

    def form(self, path: str, page: str = "") -> dict[str, str]:
        """The hidden fields of the form that goes to a path, on the page where it stands."""
        at = f"/en/{page or PAGES.get(path, path)}"
        found = hidden_fields(self.client.get(at).content.decode(), f"/en/{path}", at=at)
        if found is not None:
            self.in_hand[path] = found
        return self.in_hand.get(path, {})

    def get(self, path: str) -> Response:
        """The page at a path of the English site."""
        return self.client.get(f"/en/{path}")

    def send(self, path: str, data: dict[str, str] | None = None) -> Response:
        """The answer to a form, filled in with `data`."""
        return self.client.post(f"/en/{path}", self.form(path) | (data or {}))

    def press(self, path: str, form: dict[str, str], **data: str) -> Response:
        """The answer to a form of a page that was opened a while ago."""
        return self.client.post(f"/en/{path}", form | data)

    def post(self, path: str, data: dict[str, str] | None = None) -> str:
        """Where a form leads that is accepted."""
        answer = self.send(path, data)
        assert answer.status_code == 303, answer.content.decode()
        return str(answer["Location"]).removeprefix("/en/")

    def code(self) -> str:
        """The code in the letter that leaves now."""
        assert send_next(queue=Notification.Queue.CODE, now=timezone.now()) == "sent"
        found = re.search(r"\b\d{6}\b", str(mail.outbox[-1].body))
        assert found
        return found[0]

    def slots(self, path: str = "times/") -> list[str]:
        """The values of the times a page offers."""
        page = self.get(path).content.decode()
        return [unescape(v) for v in re.findall(r'name="slot" value="([^"]+)"', page)]

    def enters(self, **changes: str) -> None:
        """Goes to the point where the code is asked for."""
        self.post("check/expired/", {"title_valid_until": "20.11.2026"})
        self.post("details/", DETAILS | changes)

    def verifies(self, **changes: str) -> None:
        """Goes to the list of times."""
        self.enters(**changes)
        self.post("verify/", {"code": self.code()})

    def holds(self, **changes: str) -> None:
        """Goes to the review of the first free time."""
        self.verifies(**changes)
        self.post("times/", {"slot": self.slots()[0]})
        self.form("review/")

    def books(self, **changes: str) -> None:
        """Goes the whole way."""
        self.holds(**changes)
        self.post("review/")

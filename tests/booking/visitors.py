"""Somebody who goes the applicant's way with a browser that knows no JavaScript."""

from __future__ import annotations

import re
from html import unescape
from typing import Any

from django.core import mail
from django.test import Client
from django.utils import timezone

from booking.models import Appointment
from booking.models.applicants import Token, mint_token
from config.foundation.letters import Letter, send_next
from tests.factories import MONDAY

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


class Visitor:
    """Posts the forms of the pages and keeps what the pages said."""

    def __init__(self, client: Client) -> None:
        self.client = client

    def get(self, path: str) -> Any:
        """The page at a path of the English site."""
        return self.client.get(f"/en/{path}")

    def send(self, path: str, data: dict[str, str] | None = None) -> Any:
        """The answer to a form."""
        return self.client.post(f"/en/{path}", data or {})

    def post(self, path: str, data: dict[str, str] | None = None) -> str:
        """Where a form leads that is accepted."""
        answer = self.send(path, data)
        assert answer.status_code == 303, answer.content.decode()
        return str(answer["Location"]).removeprefix("/en/")

    def code(self) -> str:
        """The code in the letter that leaves now."""
        assert send_next(queue=Letter.Queue.CODE, now=timezone.now()) == "sent"
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

    def books(self, **changes: str) -> None:
        """Goes the whole way."""
        self.holds(**changes)
        self.post("review/")

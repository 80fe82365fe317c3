"""Somebody whom the office invites."""

from __future__ import annotations

from typing import Any

from booking.actions.invitations import Invitee


def invitee(**changes: Any) -> Invitee:
    """Invented; whoever is not told otherwise has an address and reads English."""
    usual = {
        "family_name": "Nguyễn",
        "given_names": "Thị Ánh",
        "birth_date": "1985-05-12",
        "email": "anh@example.org",
        "phone": "",
        "access_need": "",
        "language": "en",
        "case_reference": "",
    }
    return Invitee(**usual | changes)

"""Where a page sends people after they did something."""

from __future__ import annotations

from django.http import HttpResponseRedirect
from django.urls import reverse


class SeeOther(HttpResponseRedirect):
    """303: look there with GET, whatever the method of this request was."""

    status_code = 303


def see_other(name: str, *args: object, visit: str = "") -> SeeOther:
    """A 303 to the page of that name in the active language.

    `visit` has that page say what became of the visit: "over" when nothing is known of one (any
    more), "ended" when the person has ended it. It stands in the address, for the first page is
    the same for everybody and reads no cookie.
    """
    return SeeOther(reverse(name, args=args, query={"visit": visit} if visit else None))

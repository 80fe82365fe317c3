"""Where a page sends people after they did something."""

from __future__ import annotations

from django.http import HttpResponseRedirect
from django.urls import reverse


class SeeOther(HttpResponseRedirect):
    """303: look there with GET, whatever the method of this request was."""

    status_code = 303


def see_other(name: str, *args: object) -> SeeOther:
    """A 303 to the page of that name in the active language."""
    return SeeOther(reverse(name, args=args))

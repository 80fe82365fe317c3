"""What a scenario is: one request that somebody makes from the page where its form stands."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol
from urllib.parse import urljoin

from django.test import Client

from tests.races.pairs.forms import FormNotThere, the_form


class Apart(Exception):
    """This state can't be reached from here: the two requests never stand side by side."""


class Stage(Protocol):
    """Whom or what a request is about; brings it into the state in which the form is shown."""

    def reach(self, state: str) -> None:
        """Raises Apart when no way leads there any more."""

    def browser(self, who: str) -> Client:
        """A browser: `one` and `other` are two of the same visitor, `staff` and so on."""


@dataclass(frozen=True)
class Request:
    """One POST, ready to be sent."""

    client: Client
    path: str
    data: dict[str, str] | str
    headers: dict[str, str]


Values = Callable[[Any], dict[str, str]]


def nothing(stage: Any) -> dict[str, str]:
    """A form that is only pressed."""
    return {}


@dataclass(frozen=True, kw_only=True)
class Scenario:
    """One address that takes POST, in one state of what it is about."""

    name: str
    address: str  # as the resolver writes it
    about: str  # "person", "box", "catalogue"
    state: str
    page: Callable[[Any], str]
    form: str = "step"
    action: str = ""  # instead of an id: how the address of the form ends
    has: str = ""  # or a field that only this form has
    fill: Values = nothing
    by: str = "visitor"  # or "staff", "machine"
    make: Callable[[Any, Client], Request] | None = None  # without a page: a machine

    def request(self, stage: Any, client: Client) -> Request:
        """The request from the page as it is now; raises FormNotThere."""
        if self.make is not None:
            return self.make(stage, client)
        page = client.get(self.page(stage), follow=True)
        if page.status_code != 200:
            raise FormNotThere(f"{self.name}: {page.status_code}")
        found = the_form(page.content.decode(), id=self.form, action=self.action, has=self.has)
        path = urljoin(page.request["PATH_INFO"], found.action)
        return Request(copied(client), path, found.filled(self.fill(stage)), {})


def copied(client: Client) -> Client:
    """The same browser in another thread: its cookies, and a handler of its own."""
    twin = Client(enforce_csrf_checks=True, raise_request_exception=False)
    twin.defaults = dict(client.defaults)
    for name, morsel in client.cookies.items():
        twin.cookies[name] = morsel.value
    return twin

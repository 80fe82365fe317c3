"""Nobody at the desk sees a link or a button that is refused: every role's pages, each followed."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from html.parser import HTMLParser
from urllib.parse import urldefrag, urljoin, urlsplit

import pytest
from django.contrib.auth.models import Group
from django.db import transaction
from django.test import Client

from config.accounts.roles import CASEWORKER, OPS, TEAM_LEAD
from config.accounts.substitutes import hand_on
from config.foundation.staff import Staff
from config.foundation.substitutions import Substitution
from tests.look import desk
from tests.responses import Response

pytestmark = pytest.mark.django_db
KINDS = [CASEWORKER, TEAM_LEAD, OPS, "substitute", ""]
REFUSED = {403, 404, 405, 500}


@dataclass(frozen=True)
class Press:
    """A button: where it sends what."""

    path: str
    method: str
    data: tuple[tuple[str, str], ...]
    label: str = ""


@dataclass
class Form:
    """A form as it is read: its hidden fields, and its buttons so far."""

    action: str
    method: str
    fields: list[tuple[str, str]] = field(default_factory=list)
    buttons: list[tuple[str, str, str, str]] = field(default_factory=list)


class Ways(HTMLParser):
    """The links and the buttons of a page."""

    def __init__(self, path: str) -> None:
        super().__init__()
        self.path = path
        self.links: set[str] = set()
        self.forms: dict[str, Form] = {}
        self._open = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "a" and "href" in given:
            self.links.add(self._to(given["href"]))
        elif tag == "form":
            self._open = given.get("id") or f"form {len(self.forms)}"
            method = given.get("method", "get").lower()
            self.forms[self._open] = Form(given.get("action", ""), method)
        elif tag in {"input", "button"}:
            form = self.forms.get(given.get("form") or self._open)
            kind = given.get("type", "submit" if tag == "button" else "text")
            name, value = given.get("name", ""), given.get("value", "")
            if form and kind == "hidden":
                form.fields.append((name, value))
            elif form and kind == "submit":
                to, how = given.get("formaction", ""), given.get("formmethod", "")
                form.buttons.append((to, how, name, value))

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._open = ""

    def presses(self) -> Iterator[Press]:
        """Each button with what its form sends along."""
        for form in self.forms.values():
            for to, how, name, value in form.buttons:
                own = [(name, value)] if name else []
                sent = (*form.fields, *own)
                yield Press(self._to(to or form.action), how or form.method, sent, name + value)

    def _to(self, address: str) -> str:
        return urldefrag(urljoin(self.path, address)).url


def read(path: str, answer: Response) -> Ways:
    """The ways on from a page."""
    found = Ways(path)
    found.feed(answer.content.decode())
    return found


def is_ours(address: str) -> bool:
    """Whether it is an address of the product that signing out does not end the walk at."""
    parts = urlsplit(address)
    here = not parts.scheme and not parts.netloc and not parts.path.startswith("/static/")
    return here and "logout" not in parts.path


def end(answer: Response) -> None:
    """Reads a file to its end, which closes it."""
    if answer.streaming:
        assert answer.getvalue() is not None


def ask(client: Client, press: Press) -> int:
    """The status of the answer to a press, of which nothing stays."""
    with transaction.atomic():
        if press.method == "post":
            answer = client.post(press.path, dict(press.data))
        else:
            answer = client.get(press.path, dict(press.data))
        end(answer)
        transaction.set_rollback(True)
    return answer.status_code


def refused(client: Client) -> dict[str, int]:
    """What was refused, with the page that offers it."""
    wrong: dict[str, int] = {}
    alike: Counter[tuple[str, str]] = Counter()
    asked: set[str] = set()
    # every page that whoever it is may open by its address, then what those lead to
    waiting = [(path, "") for route in desk.desk_routes() if (path := desk.path_of(route))]
    while waiting:
        path, source = waiting.pop(0)
        if path in asked or not is_ours(path) or (source and again(alike, path, "link")):
            continue
        asked.add(path)
        answer = client.get(path)
        if source and answer.status_code in REFUSED:
            wrong[f"{source} -> {path}"] = answer.status_code
        if not is_page(path, answer):
            end(answer)
            continue
        ways = read(path, answer)
        waiting += [(link, path) for link in sorted(ways.links)]
        for press in ways.presses():
            if not is_ours(press.path) or again(alike, press.path, press.label):
                continue
            if (status := ask(client, press)) in REFUSED:
                wrong[f"{path} -> {press}"] = status
    return wrong


def again(alike: Counter[tuple[str, str]], path: str, what: str) -> bool:
    """Whether one that differs by its row alone was followed before; counts it."""
    key = (re.sub(r"/\d+/", "/0/", urlsplit(path).path), what)
    alike[key] += 1
    return alike[key] > 1


def is_page(path: str, answer: Response) -> bool:
    """Whether the answer is a page of the desk."""
    kind = answer.headers.get("Content-Type", "")
    ours = path.startswith(("/admin/", "/accounts/"))
    return ours and answer.status_code == 200 and kind.startswith("text/html")


def somebody(kind: str) -> Staff:
    """A member of staff of this kind."""
    staff = Staff.objects.create(username="walks", is_staff=True, language=desk.LANGUAGE)
    role = CASEWORKER if kind == "substitute" else kind
    if role:
        staff.groups.add(Group.objects.get(name=role))
    if kind == "substitute":
        lead = Staff.objects.get(username="kurz")
        until = desk.DEMO_NOW.date() + timedelta(days=7)
        for right in Substitution.Right:
            hand_on(right=right, substitute=staff, until=until, by=lead, now=desk.DEMO_NOW)
    return staff


@pytest.mark.parametrize("kind", KINDS)
def test_nobody_sees_a_way_that_is_refused(demo_day: None, kind: str) -> None:
    client = desk.client_of(somebody(kind))
    wrong = refused(client)
    assert wrong == {}, "\n".join(f"{status} {way}" for way, status in wrong.items())


def test_refused_way_is_noticed(demo_day: None) -> None:
    page = Ways("/admin/x/")
    page.feed(
        '<a href="?a=1#top">x</a><a href="/admin/y/">y</a>'
        '<form id="press" method="post"><input type="hidden" name="at" value="1"></form>'
        '<button form="press" formaction="/admin/z/" name="act" value="stop">z</button>'
        '<form action="/admin/q/"><input type="text" name="q"><input type="submit"></form>'
    )
    assert page.links == {"/admin/x/?a=1", "/admin/y/"}
    assert list(page.presses()) == [
        Press("/admin/z/", "post", (("at", "1"), ("act", "stop")), "actstop"),
        Press("/admin/q/", "get", ()),
    ]
    client = desk.client_of(somebody(OPS))
    assert ask(client, Press("/admin/booking/closure/close/", "post", ())) == 403

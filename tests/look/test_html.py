"""The HTML of the pages: strict, small, in the right language, without JavaScript."""

from __future__ import annotations

import re
from datetime import timedelta
from itertools import product
from typing import Any

import brotli
import pytest
from django.conf import settings
from django.core.management import call_command
from django.template.loader import render_to_string
from django.test import Client
from django.utils import timezone
from django.utils.translation import get_language_info, override
from pytest_django import DjangoAssertNumQueries

from booking.models import Applicant, Invitation
from config.foundation.office import Office, ServiceStatus, forget_memory
from tests.booking.phones import MOBILE
from tests.booking.visitors import Visitor
from tests.factories import TUESDAY_NINE, InvitationFactory, InvitedFactory, SlotFactory
from tests.look.validity import faults

pytestmark = pytest.mark.usefixtures("open_office")
CODES = [code for code, _ in settings.LANGUAGES]
PROBLEMS = ["400", "403", "403_csrf", "404", "405", "410", "429", "500", "503"]
STANDING = [
    "",
    "contact/",
    "privacy/",
    "accessibility/",
    "imprint/",
    "check/",
    "documents/",
    "manage/",
    "invitation/",
]


@pytest.fixture
def open_office(monday: None, office: Office) -> None:
    call_command("load_catalogue", verbosity=0)
    call_command("open_slots", verbosity=0)


def test_says_language_and_direction(client: Client) -> None:
    for language, path in product(CODES, STANDING):
        page = client.get(f"/{language}/{path}").content.decode()
        direction = "rtl" if get_language_info(language)["bidi"] else "ltr"
        assert f'<html lang="{language}" dir="{direction}">' in page, (language, path)
        assert not faults(page), (language, path)


def test_keeps_every_page_of_the_way_strict(client: Client) -> None:
    """T-A: what a browser mends silently, a screen reader may read wrongly."""
    visitor = Visitor(client)
    found: dict[str, list[str]] = {}

    def look(path: str, answer: Any = None) -> None:
        page = answer or visitor.get(path)
        found[f"{path} {page.status_code}"] = faults(page.content.decode())

    look("check/expired/")
    look("check/expired/", visitor.send("check/expired/"))
    visitor.enters()
    look("check/result/")
    look("checklist/")
    look("details/")
    look("details/", visitor.send("details/", {"email": "nobody"}))
    look("verify/")
    look("verify/", visitor.send("verify/", {"code": "12"}))
    visitor.post("verify/", {"code": visitor.code()})
    look("times/")
    look("times/", visitor.send("times/", {"slot": "abc"}))
    visitor.post("times/", {"slot": visitor.slots()[0]})
    look("review/")
    visitor.post("review/")
    look("appointment/")
    look("manage/")
    look("rebook/")
    look("rebook/", visitor.send("rebook/", {"slot": "abc"}))
    Applicant.objects.update(text_me=True, phone=MOBILE)
    look("manage/ sms", visitor.get("manage/"))
    look("manage/ sms", visitor.send("manage/sms-confirm/", {"code": "12"}))
    assert {page: wrong for page, wrong in found.items() if wrong} == {}


def test_keeps_every_page_of_an_invitation_strict(client: Client) -> None:
    visitor = Visitor(client)
    invitation = InvitationFactory()
    InvitedFactory(birth_date="1985-05-12", invitation=invitation)
    SlotFactory(quota=invitation.quota, starts_at=TUESDAY_NINE + timedelta(hours=5))
    typed = {"reference": invitation.reference, "birth_date": "12.05.1985"}
    pages = [
        visitor.send("invitation/"),
        visitor.send("invitation/", typed | {"birth_date": "1990"}),
        visitor.send("invitation/", typed),
        visitor.get("times/"),
        visitor.send("times/"),
    ]
    Invitation.objects.update(valid_until=timezone.now())
    pages.append(visitor.get("invitation/"))
    assert [page.status_code for page in pages] == [422, 422, 303, 200, 422, 409]
    assert [faults(page.content.decode()) for page in pages if page.content] == [[]] * 5


def test_helps_in_every_language_when_something_goes_wrong(
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    for language, name in product(["de", "ar"], PROBLEMS):
        with override(language), django_assert_num_queries(0):
            page = render_to_string(f"{name}.html")
        assert not faults(page), name
        others = set(re.findall(r'<section [^>]*lang="([\w-]+)"', page))
        assert others == set(CODES) - {language}


def test_gives_a_bare_refusal_its_page(client: Client) -> None:
    refused = client.get("/language/")
    assert refused.status_code == 405
    assert "<h1>" in refused.content.decode()


def test_first_page_is_small(client: Client) -> None:
    """Issue 9: at most 30 kB of HTML, 30 kB of styles on the wire, 4 requests."""
    page = client.get("/ar/").content.decode()
    assert len(page.encode()) <= 30_000
    files = re.findall(r'(?:href|src)="/static/([^"]+)"', page)
    assert len(files) + 1 <= 4
    styles = [settings.BASE_DIR / "static" / name for name in files if name.endswith(".css")]
    assert sum(len(brotli.compress(path.read_bytes())) for path in styles) <= 15_000
    # no fonts travel: every phone brings the scripts we speak
    assert not [path for path in styles if "@font-face" in path.read_text(encoding="utf-8")]


def test_switches_the_language_and_keeps_the_page(client: Client) -> None:
    switched = client.post(
        "/language/",
        {"language": "uk", "next": "/de/check/expired/"},
        headers={"accept-language": "en"},
    )
    assert switched["Location"] == "/uk/check/expired/"
    assert client.get("/")["Location"] == "/uk/"


def test_leads_nowhere_else_when_the_language_is_switched(client: Client) -> None:
    switched = client.post("/language/", {"language": "uk", "next": "https://evil.example/"})
    assert switched["Location"] == "/"


def test_shows_the_notice_of_the_office_to_everybody(client: Client) -> None:
    ServiceStatus.objects.update(notice={"de": "Heute <b>nur</b> bis 10 Uhr"})
    forget_memory()
    page = client.get("/ar/contact/").content.decode()
    assert '<span lang="de" dir="ltr">Heute &lt;b&gt;nur&lt;/b&gt; bis 10 Uhr</span>' in page


def test_says_that_german_counts_on_every_page_but_the_german(client: Client) -> None:
    assert (
        'value="de" lang="de">Diese Seite auf Deutsch lesen' in client.get("/fr/").content.decode()
    )
    assert "auf Deutsch lesen" not in client.get("/de/").content.decode()


def test_no_phone_number_is_turned_round_or_broken() -> None:
    """In Arabic "+49 160 6214877" stood with its plus at the wrong end, or on two lines."""
    folder = settings.BASE_DIR / "templates"
    numbers = []
    for path in sorted(folder.rglob("*.html")):
        if {"admin", "mail"} & set(path.relative_to(folder).parts):
            continue
        for found in re.finditer(
            r"(.{0,34})\{\{ \w+\.phone \}\}", path.read_text(encoding="utf-8")
        ):
            numbers.append((path.name, found[1].endswith('<bdi class="nowrap" dir="ltr">')))
    assert len(numbers) >= 4  # the pages of the box share one template
    assert [name for name, whole in numbers if not whole] == []
    alert = render_to_string("components/alert.html", {"title": "+49 391 540", "phone": 1})
    assert '<bdi class="nowrap" dir="ltr">+49 391 540</bdi>' in alert

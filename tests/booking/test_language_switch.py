"""A language chosen in the middle of a form keeps what was typed, and nothing else happens."""

from __future__ import annotations

import re
from html import unescape
from typing import Any

import pytest
from django.conf import settings
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver

from booking.models import Applicant, Appointment
from config.foundation.language_switch import SWITCH
from config.middleware.context import ACTS
from tests.booking.visitors import DETAILS, Visitor, hidden_fields

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock", "slots", "catalogue")]

TYPED = {
    "family_name": "O’Connor <b>",
    "given_names": "زهرا",
    "birth_date": "31.13.19",
    "email": "nobody",
    "phone": "abc",
    "access_need": "step_free",
}


def switch(visitor: Visitor, path: str, to: str = "ar", **typed: str) -> Any:
    """The answer to the button of a language, pressed in the half-filled form of a page."""
    page = visitor.get(path).content.decode()
    pressed = re.search(
        rf'<button type="submit" form="step" formaction="([^"]+)"[^>]* value="{to}"', page
    )
    assert pressed, "the language does not belong to the form"
    hidden = hidden_fields(page, f"/en/{path}", at=f"/en/{path}") or {}
    return visitor.client.post(pressed[1], hidden | typed | {SWITCH: to})


def values(page: str) -> dict[str, str]:
    """What stands in the fields of a page."""
    found = {}
    for tag in re.findall(r"<input\b[^>]*>", page):
        name, value = re.search(r' name="([^"]*)"', tag), re.search(r' value="([^"]*)"', tag)
        kind = re.search(r' type="([^"]*)"', tag)
        if name and value and (kind is None or kind[1] not in {"radio", "checkbox", "hidden"}):
            found[name[1]] = unescape(value[1])
        if name and value and " checked" in tag:
            found[name[1]] = unescape(value[1])
    for select in re.findall(r'<select name="([^"]*)".*?</select>', page, re.DOTALL):
        chosen = re.search(
            rf'<select name="{select}".*?<option value="([^"]*)" selected', page, re.S
        )
        found[select] = chosen[1] if chosen else ""
    return found


def rows() -> list[Any]:
    return [list(model.objects.values()) for model in (Applicant, Appointment)]


def test_details_keep_everything_even_what_is_wrong(visitor: Visitor) -> None:
    visitor.post("check/expired/", {"title_valid_until": "20.11.2026"})
    answer = switch(visitor, "details/", **TYPED)
    page = answer.content.decode()
    assert answer.status_code == 200
    assert '<html lang="ar" dir="rtl">' in page
    assert {name: values(page)[name] for name in TYPED} == TYPED
    assert "O’Connor <b>" not in page
    assert 'id="error-summary"' not in page, "nothing was sent yet"
    assert not Applicant.objects.exists()


def test_details_of_a_draft_are_not_overwritten_by_the_switch(visitor: Visitor) -> None:
    visitor.enters()
    before = rows()
    page = switch(visitor, "details/", **DETAILS | {"family_name": "Trần"}).content.decode()
    assert values(page)["family_name"] == "Trần"
    assert rows() == before


def test_nothing_typed_stands_in_an_address_a_cookie_or_the_session(visitor: Visitor) -> None:
    visitor.post("check/expired/", {"title_valid_until": "20.11.2026"})
    answer = switch(visitor, "details/", **TYPED)
    kept = f"{answer.headers} {answer.cookies} {dict(visitor.client.session)}"
    for name in ("family_name", "birth_date", "email"):
        assert TYPED[name] not in kept
    assert answer["Cache-Control"] == "private, no-store"
    assert answer.cookies[settings.LANGUAGE_COOKIE_NAME].value == "ar"
    assert visitor.client.get("/")["Location"] == "/ar/"


@pytest.mark.parametrize(
    ("path", "typed"),
    [
        ("check/", {"category": "urgent_travel"}),
        ("check/urgent_travel/", {"departure_on": "40.11.", "has_proof": "yes"}),
        ("manage/", {"reference": "7K3F 92", "birth_date": "12.05."}),
        ("documents/study/", {}),
    ],
)
def test_form_of_anybody_keeps_what_was_typed(
    visitor: Visitor, path: str, typed: dict[str, str]
) -> None:
    if not typed:  # the first radio button of the questions about studies
        page = visitor.get(path).content.decode()
        radio = re.search(r'type="radio" name="([^"]+)" value="([^"]+)"', page)
        assert radio
        typed = {radio[1]: radio[2]}
    answer = switch(visitor, path, **typed)
    assert answer.status_code == 200
    shown = values(answer.content.decode())
    assert {name: shown.get(name) for name in typed} == typed


def test_code_that_is_half_typed_stays_and_no_try_is_counted(visitor: Visitor) -> None:
    visitor.enters()
    code = visitor.code()
    for _time in range(8):
        page = switch(visitor, "verify/", code="12 3").content.decode()
        assert values(page)["code"] == "12 3"
    assert visitor.post("verify/", {"code": code}) == "times/"


@pytest.mark.parametrize("path", ["times/", "rebook/"])
def test_chosen_time_stays_chosen_and_is_not_taken(visitor: Visitor, path: str) -> None:
    (visitor.verifies if path == "times/" else visitor.books)()
    before = rows()
    slot = visitor.slots(path)[-1]
    page = switch(visitor, path, slot=slot).content.decode()
    assert values(page)["slot"] == slot
    assert page.count(" checked") == 1
    assert switch(visitor, path, slot='1" checked').content.decode().count(" checked") == 0
    after = rows()
    for applicant in (*before[0], *after[0]):
        applicant.pop("language")
    assert after == before


def test_language_button_works_only_with_the_token_of_the_page(visitor: Visitor) -> None:
    """No other site fills in a form here."""
    strict = Client(enforce_csrf_checks=True)
    forged = strict.post("/ar/manage/", {SWITCH: "ar", "reference": "7K3F-92QX"})
    assert forged.status_code == 403
    assert "7K3F-92QX" not in forged.content.decode()


@pytest.mark.parametrize("to", ["uk", "xx", "", "AR"])
def test_language_that_is_not_that_of_the_address_is_no_switch(visitor: Visitor, to: str) -> None:
    sent = visitor.client.post("/ar/check/", {SWITCH: to, "category": "expired"})
    assert (sent.status_code, sent["Location"]) == (303, "/ar/check/expired/")


# --- letters ------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", ["times/", "verify/"])
def test_letters_follow_a_switch_in_a_form(visitor: Visitor, path: str) -> None:
    (visitor.verifies if path == "times/" else visitor.enters)()
    switch(visitor, path)
    assert Applicant.objects.get().language == "ar"


@pytest.mark.parametrize("path", ["review/", "waiting/", "contact/"])
def test_letters_follow_a_switch_on_a_page_without_entries(visitor: Visitor, path: str) -> None:
    visitor.holds()
    visitor.client.post("/language/", {"language": "uk", "next": f"/en/{path}"})
    assert Applicant.objects.get().language == "uk"


def test_letters_about_a_booked_appointment_follow_no_switch(visitor: Visitor) -> None:
    visitor.books()
    visitor.client.post("/language/", {"language": "uk", "next": "/en/manage/"})
    switch(visitor, "rebook/")
    assert Applicant.objects.get().language == "en"


# --- the page after an act ----------------------------------------------------------------------


def test_every_address_that_takes_no_get_is_known() -> None:
    """Else the switch on its page after a refusal leads to 405."""
    known = set()
    for pattern in get_resolver().url_patterns:
        if "LocalePrefix" not in type(pattern.pattern).__name__:
            continue
        assert isinstance(pattern, URLResolver)
        for app in pattern.url_patterns:
            assert isinstance(app, URLResolver)
            for one in app.url_patterns:
                assert isinstance(one, URLPattern)
                answer = Client().get("/en/" + re.sub(r"<[^>]*>", "jbs", str(one.pattern)))
                if answer.status_code == 405:
                    known.add(one.name)
    assert known - {"box-hardware"} <= ACTS
    assert {"cancel", "accept", "extend", "resend_code"} <= known


@pytest.mark.parametrize(
    ("path", "page"), [("manage/resend/", "manage/"), ("verify/resend/", "verify/")]
)
def test_switch_after_a_refused_act_leads_to_its_page(
    visitor: Visitor, path: str, page: str
) -> None:
    (visitor.books if page == "manage/" else visitor.enters)()
    refused = visitor.press(path, visitor.form(path) | {"version": "0"})
    assert refused.status_code == 409
    text = refused.content.decode()
    assert (f'name="next" value="/en/{page}"' in text) or (f'formaction="/ar/{page}"' in text)


# --- every form ---------------------------------------------------------------------------------

TEMPLATES = settings.BASE_DIR / "templates"
_FORM = re.compile(r'<form\b[^>]*method="post"[^>]*>.*?</form>', re.DOTALL)
_VISIBLE = re.compile(
    r"\|(?:as_)?crispy|booking/days\.html|<select|<textarea|<input(?![^>]*type=\"hidden\")"
)
PUBLIC = [
    path
    for path in sorted(TEMPLATES.rglob("*.html"))
    if path.relative_to(TEMPLATES).parts[0] not in {"admin", "allauth", "account"}
    and "admin" not in path.relative_to(TEMPLATES).parts
]


def fillable() -> list[tuple[str, str, str]]:
    """Every public form with something to fill in: template, its text, the form."""
    found = []
    for path in PUBLIC:
        text = path.read_text(encoding="utf-8")
        for form in _FORM.findall(text):
            if _VISIBLE.search(form):
                found.append((str(path.relative_to(TEMPLATES)), text, form))
    return found


def test_no_browser_speaks_before_the_page_does() -> None:
    """A browser's own bubbles are in its language, not in the page's, and name no way out."""
    forms = fillable()
    assert len(forms) >= 10
    assert [name for name, _text, form in forms if "novalidate" not in form.split(">")[0]] == []


def test_every_page_to_fill_in_keeps_its_entries() -> None:
    steps = [(name, text) for name, text, form in fillable() if 'id="step"' in form]
    assert len(steps) >= 9
    assert [
        name
        for name, text in steps
        if '{% extends "step.html" %}' not in text and "as keeps %}" not in text
    ] == []

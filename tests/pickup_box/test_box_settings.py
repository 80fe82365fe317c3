"""The settings of a box: a page for each subject, in words, losing nothing."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.forms.models import model_to_dict
from django.test import Client

from config.accounts.roles import CASEWORKER, OPS, TEAM_LEAD
from config.foundation.office import Office
from config.foundation.staff import Staff
from pickup_box.admin.box_settings import FIRST, SUBJECTS
from pickup_box.models import Box
from tests.browser_form import Sent, form_sent
from tests.pickup_box.test_admin import signed_in


def reader(role: str) -> Client:
    """Somebody who reads German."""
    client, person = signed_in(role)
    Staff.objects.filter(pk=person.pk).update(language="de")
    return client


@pytest.fixture
def lead(box: Box) -> Client:
    return reader(TEAM_LEAD)


def page_of(box: Box, subject: str) -> str:
    path = f"/admin/pickup_box/box/{box.pk}/change/"
    return path if subject == FIRST else f"{path}{subject}/"


def opened(client: Client, box: Box, subject: str) -> Sent:
    return form_sent(client.get(page_of(box, subject)).content.decode(), "box_form")


def columns(box: Box) -> dict[str, Any]:
    box.refresh_from_db()
    return model_to_dict(box)


@pytest.mark.parametrize("subject", SUBJECTS)
def test_page_saved_as_it_was_opened_changes_nothing(lead: Client, box: Box, subject: str) -> None:
    Box.objects.update(
        hours={"de": "8 bis 19 Uhr", "en": "8:00 to 19:00"},
        leaflet={"de": "Erste Zeile\nZweite Zeile"},
        weekdays=[0, 2, 5],
        state="MV",
        time_zone="Europe/Busingen",
        address="Markt 1\n39104 Magdeburg",
    )
    before = columns(box)
    sent = opened(lead, box, subject)
    answer = lead.post(page_of(box, subject), sent)
    assert (answer.status_code, answer.headers["location"]) == (302, page_of(box, subject))
    assert columns(box) == before


def test_each_setting_stands_on_one_page_only(lead: Client, box: Box) -> None:
    seen: list[str] = []
    for subject in SUBJECTS:
        page = lead.get(page_of(box, subject))
        seen += [name for name in page.context["adminform"].form.fields if name != "row_revision"]
        assert page.content.decode().count('aria-current="page"') >= 2
    assert sorted(seen) == sorted(set(seen))
    editable = {each.name for each in Box._meta.concrete_fields if each.editable}
    assert set(seen) == editable - {"id", "slug"}


def test_days_and_place_are_chosen_by_name(lead: Client, box: Box) -> None:
    text = lead.get(page_of(box, "collecting")).content.decode()
    shown = re.sub(r"<[^>]*>", " ", text)
    for word in ("Montag", "Sonntag", "Sachsen-Anhalt", "Mitteleuropäische Zeit (Berlin)"):
        assert word in shown
    for code in ("[0, 1", "Europe/Berlin"):
        assert code not in shown
    sent = opened(lead, box, "collecting") | {"weekdays": ["1", "5"], "state": ["BY"]}
    assert lead.post(page_of(box, "collecting"), sent).status_code == 302
    box.refresh_from_db()
    assert (box.weekdays, box.state) == ([1, 5], "BY")


def test_new_box_is_proposed_in_the_state_of_the_office(box: Box, office: Office) -> None:
    page = reader(OPS).get("/admin/pickup_box/box/add/").content.decode()
    assert form_sent(page, "box_form")["state"] == [office.state]


@pytest.mark.parametrize(
    ("entered", "field", "sentence"),
    [
        ({"weekdays": []}, "weekdays", "zwingend erforderlich"),
        ({"weekdays": ["7"]}, "weekdays", "Auswahl"),
        ({"state": ["XX"]}, "state", "Auswahl"),
        ({"time_zone": ["Europe/Atlantis"]}, "time_zone", "Auswahl"),
        ({"storage_days": ["0"]}, "storage_days", "größer oder gleich 1"),
    ],
)
def test_what_is_wrong_is_said_at_its_field(
    lead: Client, box: Box, entered: Sent, field: str, sentence: str
) -> None:
    answer = lead.post(page_of(box, "collecting"), opened(lead, box, "collecting") | entered)
    assert answer.status_code == 200
    errors = answer.context["adminform"].form.errors
    assert list(errors) == [field]
    assert sentence in errors[field][0]


def test_who_only_looks_reads_words(box: Box) -> None:
    Box.objects.update(hours={"de": "8 bis 19 Uhr"})
    desk = reader(CASEWORKER)
    hours = desk.get(page_of(box, "hours")).content.decode()
    assert "8 bis 19 Uhr" in hours
    days = desk.get(page_of(box, "collecting")).content.decode()
    assert "Montag, Dienstag, Mittwoch, Donnerstag, Freitag" in days
    assert "Sachsen-Anhalt" in days
    for subject in SUBJECTS:
        text = desk.get(page_of(box, subject)).content.decode()
        assert 'name="_save"' not in text
        assert not re.search(r"\{(&#x27;|'|&quot;)de", text)

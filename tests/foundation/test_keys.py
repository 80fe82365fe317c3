"""Keys and codes that the desk does not show."""

from __future__ import annotations

import pytest

from config.accounts.roles import OPS, TEAM_LEAD
from config.foundation.contacts import Link
from config.foundation.keys import new_key
from config.foundation.office import CounterGroup, Office
from config.foundation.place_fields import STATE_NAMES
from config.foundation.workdays import STATES
from tests.booking.desk import signed_in
from tests.browser_form import form_sent


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("Geld für die Gebühren", "geld_fuer_die_gebuehren"),
        ("  § 9 BAföG: Straße!", "bafoeg_strasse"),
        ("Éclair", "eclair"),
        ("عربي", "row"),
        ("x" * 60, "x" * 40),
        ("belegt", "belegt_3"),
    ],
)
def test_key_is_made_of_a_text(text: str, key: str) -> None:
    assert new_key(text, {"belegt", "belegt_2"}) == key


def test_every_state_has_a_name() -> None:
    # one city has holidays of its own, and no column has room for its code
    assert set(STATE_NAMES) == set(STATES) - {"Augsburg"}


@pytest.mark.django_db
def test_new_group_of_counters_gets_a_key(office: Office) -> None:
    client = signed_in(TEAM_LEAD)
    add = "/admin/foundation/countergroup/add/"
    sent = form_sent(client.get(add).content.decode(), "countergroup_form")
    assert "slug" not in sent
    for key in ("service_fuer_studierende", "service_fuer_studierende_2"):
        sent |= {"name_de": ["Service für Studierende"]}
        assert client.post(add, sent).status_code == 302
        assert CounterGroup.objects.latest("pk").slug == key


@pytest.mark.django_db
def test_mailbox_is_changed_without_its_key(office: Office) -> None:
    link = Link.objects.create(
        slug="study_mail", kind="mailbox", name={"de": "Studium"}, address="a@example.org"
    )
    client = signed_in(TEAM_LEAD)
    path = f"/admin/foundation/link/{link.pk}/change/"
    text = client.get(path).content.decode()
    assert "study_mail" not in text
    sent = form_sent(text, "link_form") | {"name_de": ["Studierende"]}
    assert client.post(path, sent).status_code == 302
    link.refresh_from_db()
    assert (link.slug, link.name) == ("study_mail", {"de": "Studierende"})


@pytest.mark.django_db
def test_state_and_zone_of_the_office_are_chosen_by_name(office: Office) -> None:
    Office.objects.update(time_zone="Europe/Vienna", state="ST")
    ops = signed_in(OPS)
    path = f"/admin/foundation/office/{office.pk}/change/"
    text = ops.get(path).content.decode()
    sent = form_sent(text, "office_form")
    assert (sent["state"], sent["time_zone"]) == (["ST"], ["Europe/Vienna"])
    assert ">Saxony-Anhalt</option>" in text
    assert office.slug not in {part for value in sent.values() for part in value}
    shown = signed_in(TEAM_LEAD).get(path).content.decode()
    assert "Saxony-Anhalt" in shown

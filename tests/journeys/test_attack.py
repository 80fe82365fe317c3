"""While machines attack, people get through: with a script, without, and when it fails. T-A5."""

from __future__ import annotations

from datetime import timedelta

import pytest
import time_machine
from django.utils import timezone
from playwright.sync_api import expect

from config.foundation.office import Office
from tests.journeys.conftest import Person

pytestmark = [pytest.mark.journey, pytest.mark.django_db(transaction=True)]


@pytest.fixture(autouse=True)
def _attack(site: str) -> None:
    Office.objects.update(proof=Office.Proof.ALWAYS)


def _enter(person: Person) -> None:
    person.answers()
    person.page.click("a[href$='/details/']")
    person.enters_details()


def _wait_and_continue(person: Person) -> None:
    waiting = person.page.locator("[data-proof-waiting]")
    expect(waiting).to_be_visible()
    person.sees("wait")
    with time_machine.travel(timezone.now() + timedelta(minutes=2, seconds=1)):
        person.sends()
        person.is_at("verify/")


SLOW = """const Real = Worker;
window.Worker = class extends Real {
  postMessage(message) { setTimeout(() => super.postMessage(message), 1500); }
};"""
BROKEN = """window.Worker = class {
  postMessage() { setTimeout(() => this.onerror(), 0); }
};"""


def test_person_gets_through_an_attack(person: Person, request: pytest.FixtureRequest) -> None:
    if not request.node.callspec.params["new_person"]:
        _enter(person)
        _wait_and_continue(person)
        return
    person.page.add_init_script(SLOW)  # as on a cheap phone: long enough to be seen
    _enter(person)
    says = person.page.locator("[data-proof-says]")
    expect(says).to_contain_text("calculating")
    assert says.get_attribute("role") == "status"  # polite
    expect(person.page.locator("[data-proof-waiting]")).to_be_hidden()
    person.sees("calculating")
    person.is_at("verify/")  # nobody pressed anything


@pytest.mark.parametrize("new_person", [True], indirect=True, ids=["script"])
@pytest.mark.parametrize("worker", ["delete window.Worker", BROKEN], ids=["old", "broken"])
def test_person_whose_device_fails_may_wait(person: Person, worker: str) -> None:
    person.page.add_init_script(worker)
    _enter(person)
    _wait_and_continue(person)

"""The interface for machines keeps to its description."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
import time_machine
import yaml
from django.test import Client
from jsonschema import Draft202012Validator, FormatChecker

from booking import availability
from config.foundation.office import Office, ServiceStatus
from tests.factories import MONDAY, SlotFactory

ADDRESS = "/api/v1/availability"
DESCRIPTION = yaml.safe_load(Path("docs/openapi.yaml").read_text(encoding="utf-8"))
SCHEMA = DESCRIPTION["components"]["schemas"]["Availability"]

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _monday(magdeburg: Office) -> Iterator[None]:
    availability.forget_memory()
    with time_machine.travel(MONDAY, tick=False):
        yield


@pytest.mark.parametrize("state", ServiceStatus.State.values)
@pytest.mark.parametrize("planned", [0, 1])
def test_answer_fits_its_description(client: Client, state: str, planned: int) -> None:
    ServiceStatus.objects.update(state=state)
    SlotFactory.create_batch(planned, starts_at=MONDAY + timedelta(days=12))
    answer = client.get(ADDRESS)
    checker = Draft202012Validator(SCHEMA, format_checker=FormatChecker())
    assert not list(checker.iter_errors(answer.json()))
    assert answer.json()["status"] == state
    assert (answer.json()["next_opening_at"] is None) == (planned == 0)


def test_description_names_the_address_and_every_state() -> None:
    assert list(DESCRIPTION["paths"]) == [ADDRESS]
    assert set(SCHEMA["properties"]["status"]["enum"]) == set(ServiceStatus.State.values)


@pytest.mark.parametrize("method", ["post", "put", "patch", "delete", "trace"])
def test_nothing_can_be_written(client: Client, method: str) -> None:  # T-L4
    assert getattr(client, method)(ADDRESS).status_code == 405


def test_strange_questions_get_the_same_answer(client: Client) -> None:
    for query in ("free=1e9", "x" * 3000, "slot[]=1&slot[]=2"):
        assert client.get(f"{ADDRESS}?{query}").status_code == 200
    assert client.get(f"{ADDRESS}?a\x00b").status_code == 400  # no browser sends that

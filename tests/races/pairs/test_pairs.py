"""Every two requests that write a common row, and what must be true afterwards.

Once by default; `make pairs` sends them 20 times. PAIRS_REPETITIONS and PAIRS_ONLY ("review+end")
say otherwise, the latter for `tests.races.pairs.mutate`.
"""

from __future__ import annotations

import os
import threading
from types import SimpleNamespace
from unittest import mock

import pytest
from django.test import Client

from config.foundation.office import Office
from config.foundation.staff import Staff
from tests.races.pairs import addresses, crew, meeting, mutate
from tests.races.pairs.addresses import SCENARIOS
from tests.races.pairs.crew import Told
from tests.races.pairs.plan import Plan
from tests.races.pairs.scenarios import Request
from tests.security.mutate import ROOT

REPETITIONS = int(os.environ.get("PAIRS_REPETITIONS", "1"))
ONLY = [
    (one, other)
    for each in os.environ.get("PAIRS_ONLY", "").split(",")
    if each
    for one, other in [each.split("+")]
]
PROCESSES = 2


@pytest.mark.race
@pytest.mark.django_db(transaction=True)
def test_every_address_that_takes_a_post_has_a_scenario(magdeburg: Office) -> None:
    chief = Client()
    chief.force_login(Staff.objects.get(username="chief"))

    posts = addresses.posts(chief)

    told = {each.address for each in SCENARIOS.values()}
    left_out = {pattern for pattern in posts if addresses.reason_to_leave_out(pattern)}
    assert posts - told - left_out == set(), "write a scenario, or a reason into EXCLUDED"
    assert told - posts == set(), "a scenario for an address that takes no POST"


@pytest.mark.race
@pytest.mark.longest
@pytest.mark.django_db(transaction=True)
def test_pairs_leave_everything_true(
    magdeburg: Office, record_property: object, capsys: pytest.CaptureFixture[str]
) -> None:
    names = sorted({name for pair in ONLY for name in pair}) or sorted(SCENARIOS)
    alone = crew.alone(names, processes=PROCESSES)
    astray = {name: went for name, went in alone.items() if went.get("status") not in crew.WENT}
    assert astray == {}, "a scenario that does not even work alone races with nobody"
    plan = Plan(alone)
    orders = plan.some(ONLY, REPETITIONS) if ONLY else plan.orders(repetitions=REPETITIONS)

    told = Told(crew.work_together(orders, processes=PROCESSES))

    with capsys.disabled():
        print(f"\n{told.account()}")  # noqa: T201
    faults = told.faults()
    assert not faults, "\n".join(faults)
    assert told.met > 0.5 * told.sent, "hardly anybody met: the race was none"


def test_what_hangs_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """A thread can't be ended, but it can be told from one that is slow."""
    monkeypatch.setattr(meeting, "PATIENCE", 0.3)
    release, table = threading.Event(), meeting.Table()

    def for_ever(path: str, **_more: object) -> None:
        release.wait(30)

    def at_once(path: str, **_more: object) -> SimpleNamespace:
        return SimpleNamespace(status_code=303)

    clients = [mock.Mock(spec=Client, post=each) for each in (at_once, for_ever)]
    requests = tuple(Request(each, "/", {}, {}) for each in clients)
    with pytest.raises(meeting.Hung, match=r"seat 1: (.|\n)*for_ever"):
        table.send(requests, meeting.Meeting())
    release.set()


def test_claims_stand_where_the_table_says() -> None:
    moved = [each.name for each in mutate.read_table() if not each.stands()]
    assert moved == []
    pairs = {pair for each in mutate.read_table() for pair in each.pairs.split(",")}
    unknown = {name for pair in pairs for name in pair.split("+")} - set(SCENARIOS)
    assert unknown == set(), "no scenario has this name"


def test_what_no_race_notices_has_a_test() -> None:
    for name, test in mutate.noticed_elsewhere().items():
        file, _, function = test.partition("::")
        assert f"def {function}(" in (ROOT / file).read_text("utf-8"), name

from __future__ import annotations

import json
import random
from pathlib import Path

import pytest
from django.core.management import call_command

from pickup_box.simulation import box_year


def year(order: box_year.Order, *, arrivals: float = 6.0) -> box_year.Year:
    return box_year.simulate(
        order, compartments=40, days=120, arrivals=arrivals, dice=random.Random(3)
    )


def test_simulate_is_the_same_year_for_every_order() -> None:
    years = [year(box_year.rested_longest), year(box_year.first_fit)]
    assert years[0].occupied == years[1].occupied
    assert years[0].arrived == years[1].arrived > 600


def test_rested_longest_spreads_the_wear_and_lets_compartments_rest() -> None:
    ours = year(box_year.rested_longest)
    others = [year(box_year.first_fit), year(box_year.by_chance(random.Random(3)))]
    for other in others:
        assert max(ours.wear[1:]) - min(ours.wear[1:]) < max(other.wear[1:]) - min(other.wear[1:])
        assert min(ours.rest) >= min(other.rest)


def test_simulate_lets_documents_wait_when_the_box_is_too_small() -> None:
    crowded = year(box_year.rested_longest, arrivals=20)
    assert max(crowded.occupied) == 40
    assert crowded.delayed > 0
    assert year(box_year.rested_longest, arrivals=3).delayed == 0


def test_simulate_box_draws_and_counts(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    chart = tmp_path / "year.svg"
    call_command("simulate_box", days=30, compartments=30, arrivals=4.0, svg=chart, json=True)
    rows = json.loads(capsys.readouterr().out)
    assert set(rows) == {"rested longest", "first fit", "by chance"}
    assert chart.read_text().startswith("<svg")
    call_command("simulate_box", days=10, compartments=30, arrivals=4.0)
    assert "| documents |" in capsys.readouterr().out

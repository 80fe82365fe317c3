"""The simulation's own promises, and the bars that the waiting list has to clear."""

from __future__ import annotations

import json
import shutil
from io import StringIO
from pathlib import Path

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command

from booking.simulation.fairness import WAYS, Outcome, Scenario, Simulation, Way, compare


def outcome(way: Way, scenario: Scenario | None = None) -> Outcome:
    return Simulation(scenario or Scenario(), way).run()


def test_compare_is_the_same_for_the_same_seed() -> None:
    assert compare(Scenario(days=21)) == compare(Scenario(days=21))
    assert compare(Scenario(days=21)) != compare(Scenario(days=21, seed=2))


@pytest.mark.parametrize("way", WAYS)
def test_every_slot_is_accounted_for(way: Way) -> None:
    found = outcome(way, Scenario(days=30))
    assert found.honest + found.bots + found.fakes + found.unused <= found.slots
    # times begin a week after the first day: three weeks and a day or two of them
    assert 3 * 36 <= found.slots <= 4 * 36


@pytest.mark.parametrize("seconds", [0.1, 1, 60, 600])
def test_waiting_list_gives_speed_no_advantage(seconds: float) -> None:
    base = outcome("waiting_list", Scenario(bot_seconds=0.1))
    other = outcome("waiting_list", Scenario(bot_seconds=seconds))
    assert abs(base.honest_share - other.honest_share) <= 0.02


def test_waiting_list_beats_first_come() -> None:
    assert outcome("waiting_list").honest_share > outcome("first_come").honest_share + 0.1


def test_waiting_list_hands_nothing_to_buyers() -> None:
    found = [outcome("waiting_list", Scenario(seed=seed)) for seed in range(1, 6)]
    tried = sum(each.resale_tried for each in found)
    assert tried > 100
    assert sum(each.resale_done for each in found) <= 0.01 * tried


def test_first_come_hands_everything_to_buyers() -> None:
    """The control: without the list the same attempts succeed."""
    assert outcome("first_come").resale_share == 1


def test_waiting_list_leaves_nothing_unused() -> None:
    assert outcome("waiting_list").unused_share <= 0.01


def test_times_kept_back_serve_departures() -> None:
    without, kept = (outcome("waiting_list", Scenario(bots=0, late=late)) for late in (0, 1 / 3))
    assert kept.missed < without.missed


def test_command_prints_figures_as_json() -> None:
    out = StringIO()
    call_command("simulate_fairness", "--days", "21", "--json", stdout=out)
    assert [each["way"] for each in json.loads(out.getvalue())] == list(WAYS)


def test_command_writes_the_report(tmp_path: Path) -> None:
    (tmp_path / "fairness.md").write_text("# Fairness\n<!-- figures -->\nold")
    call_command(
        "simulate_fairness",
        "--days",
        "14",
        "--people",
        "2",
        "--bots",
        "2",
        "--report",
        tmp_path,
        stdout=StringIO(),
    )
    text = (tmp_path / "fairness.md").read_text()
    assert "old" not in text
    assert "waiting list" in text
    assert (tmp_path / "fairness.svg").read_text().startswith("<svg")


@pytest.mark.slow
def test_figures_of_the_documentation_come_out_again(tmp_path: Path) -> None:
    docs = Path(settings.BASE_DIR) / "docs"
    files = ("fairness.md", "fairness.svg")
    for name in files:
        shutil.copy(docs / name, tmp_path)
    page = tmp_path / "fairness.md"
    page.write_text(page.read_text().partition("<!-- figures -->")[0] + "<!-- figures -->\n")
    call_command("simulate_fairness", "--report", tmp_path, stdout=StringIO())
    for name in files:
        assert (tmp_path / name).read_text() == (docs / name).read_text()


@pytest.mark.parametrize(
    "arguments",
    [("--days", "3"), ("--late", "2"), ("--bots", "-1"), ("--report", "/nowhere/at/all")],
)
def test_command_refuses_bad_arguments(arguments: tuple[str, str]) -> None:
    with pytest.raises(CommandError):
        call_command("simulate_fairness", *arguments, stdout=StringIO())

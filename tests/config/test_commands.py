"""Every command refuses what it can't use with one sentence; here one example of each."""

from __future__ import annotations

import pytest
from django.core.management import CommandError, call_command, get_commands

from tests.test_house import OURS

BAD: dict[str, list[str]] = {
    "bench_fixture": ["0", "36", "http://127.0.0.1"],
    "box_key": ["--box", "nowhere"],
    "check_invariants": ["--yaml"],
    "check_translations": ["klingon"],
    "create_compartments": ["--box", "nowhere", "--layout", "nothing.yaml"],
    "doctor": ["--cure"],
    "export_person": ["NT-0000-0000", "--by", "nobody", "--reason", "request"],
    "forget": ["--apply=maybe"],
    "forget_person": ["NT-0000-0000", "--apply"],
    "health": ["--yaml"],
    "keep_deadlines": ["--limit", "0"],
    "load_demo": ["--day", "monday"],
    "load_catalogue": ["--folder", "/nowhere"],
    "load_office": ["nowhere.yaml"],
    "migrate": ["nowhere"],
    "move_database": ["--to", "sqlite:///x"],
    "open_slots": ["--days", "-1"],
    "poster": ["--languages", "klingon"],
    "read_bounces": ["--file", "/nowhere"],
    "rehearse_rush": ["--applicants", "0"],
    "release": ["--limit", "0"],
    "reset_second_factor": ["nobody", "--by", "nobody", "--reason", "lost"],
    "rotate_file_keys": ["--apply=maybe"],
    "run": ["--port", "0"],
    "send_letters": ["--limit", "0"],
    "simulate_box": ["--days", "0"],
    "simulate_fairness": ["--days", "0"],
    "simulate_reminders": ["--days", "0"],
    "sweep_files": ["--apply=maybe"],
    "tick": ["--every", "0"],
    "translate": ["klingon"],
}


def test_every_command_has_its_example() -> None:
    # T-C8
    assert sorted(BAD) == sorted(name for name, where in get_commands().items() if where in OURS)


@pytest.mark.django_db
@pytest.mark.parametrize("command", BAD)
def test_command_refuses_a_bad_value(command: str) -> None:
    # T-C8
    with pytest.raises(CommandError) as refused:
        call_command(command, *BAD[command])
    assert len(str(refused.value).strip().splitlines()) == 1


@pytest.mark.parametrize("command", BAD)
def test_command_refuses_an_unknown_option(command: str) -> None:
    with pytest.raises(CommandError):
        call_command(command, *BAD[command], "--nonsense")

"""Random sequences of steps, for the state machines of the books."""

from __future__ import annotations

import os

from hypothesis import HealthCheck, settings
from hypothesis.stateful import RuleBasedStateMachine, run_state_machine_as_test

THOROUGH = os.environ.get("STATE_MACHINE") == "thorough"


def play(machine: type[RuleBasedStateMachine]) -> None:
    """200 sequences of 50 steps with STATE_MACHINE=thorough, fewer by default."""
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=200 if THOROUGH else 10,
            stateful_step_count=50 if THOROUGH else 30,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )

"""Takes the claims away, one action at a time, and expects a race to notice: part of `make pairs`.

`python -m tests.servers python -m tests.races.pairs.mutate [WORD …]` works like
`tests.security.mutate`, with a table of its own: `mutations.toml` beside it names the pairs that
meet without the claim, and the claims that no pair can notice with the test that does. On
PostgreSQL: SQLite lets nobody look while another one writes.
"""

from __future__ import annotations

import sys
import tempfile
import tomllib
from dataclasses import dataclass
from pathlib import Path

from tests.security.mutate import Mutation, Project

TABLE = Path(__file__).with_name("mutations.toml")
RACE = "tests/races/pairs/test_pairs.py::test_pairs_leave_everything_true"


@dataclass(frozen=True)
class Claim(Mutation):
    """One claim of an action: where it stands, and who meets without it."""

    pairs: str = ""  # as PAIRS_ONLY wants them
    repetitions: int = 3


def read_table() -> list[Claim]:
    """Every claim of the table."""
    rows = tomllib.loads(TABLE.read_text("utf-8"))["claim"]
    return [Claim(**each, tests=["-m", "race", RACE]) for each in rows]


def noticed_elsewhere() -> dict[str, str]:
    """The claims that no race of two requests can notice, with the test that does."""
    rows = tomllib.loads(TABLE.read_text("utf-8"))["elsewhere"]
    return {each["name"]: each["by"] for each in rows}


def main(words: list[str]) -> int:
    """Prints a line for each claim; the exit code is 0 when all were missed."""
    chosen = [each for each in read_table() if not words or any(w in each.name for w in words)]
    if moved := [f"{each.name}: {each.file}" for each in chosen if not each.stands()]:
        raise SystemExit("\n".join(["not found, or found twice:", *moved]))
    caught = 0
    with tempfile.TemporaryDirectory() as folder:
        project = Project(Path(folder))
        project.environment["PAIRS_ONLY"] = ",".join(sorted({each.pairs for each in chosen}))
        if not project.passes(["-m", "race", RACE]):
            raise SystemExit("a pair leaves something untrue with every claim in its place")
        for claim in chosen:
            project.environment["PAIRS_ONLY"] = claim.pairs
            project.environment["PAIRS_REPETITIONS"] = str(claim.repetitions)
            noticed = project.notices(claim)
            caught += noticed
            print("caught  " if noticed else "SURVIVED", claim.name, flush=True)  # noqa: T201
    print(f"{caught} of {len(chosen)} caught")  # noqa: T201
    return int(not chosen or caught < len(chosen))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

"""Takes protections away, one at a time, and expects a test to notice: `make mutate`.

`python -m tests.security.mutate [WORD …]` copies the project to a temporary folder, removes each
protection of `mutations.toml` there (or those whose name or file contains a WORD), runs the tests
that guard it and fails if they still pass. A protection that no longer stands where the table says
is a failure too, and so is a test that fails with every protection in its place.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import tomllib
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
TABLE = Path(__file__).with_name("mutations.toml")
PASSED, FAILED = 0, 1  # the exit codes of pytest that are an answer


@dataclass(frozen=True)
class Mutation:
    """One protection: where it stands, what stands there without it, and who must notice."""

    name: str
    file: str
    old: str
    new: str
    tests: list[str]

    def stands(self) -> bool:
        """Whether the protection is where the table says, and there only."""
        return (ROOT / self.file).read_text(encoding="utf-8").count(self.old) == 1


def read_table() -> list[Mutation]:
    """Every mutation of the table."""
    return [Mutation(**each) for each in tomllib.loads(TABLE.read_text("utf-8"))["mutation"]]


class Project:
    """A copy of the project in which protections may be taken away."""

    def __init__(self, folder: Path) -> None:
        left_out = shutil.ignore_patterns(".git", ".venv*", "var", "__pycache__", ".*_cache")
        self.place = shutil.copytree(ROOT, folder / "project", ignore=left_out)
        self.environment = os.environ | {"DATA_DIR": str(folder / "data")}

    def passes(self, tests: list[str]) -> bool:
        """Whether all these tests pass; anything but a pass or a failed test ends the run."""
        command = [sys.executable, "-m", "pytest", "-q", "-x", "--reuse-db", "-p", "no:randomly"]
        run = subprocess.run(
            [*command, *tests],
            cwd=self.place,
            env=self.environment,
            capture_output=True,
            text=True,
            check=False,
        )
        self.said = run.stdout
        if run.returncode not in {PASSED, FAILED}:
            raise SystemExit(f"the tests could not run\n{run.stdout}{run.stderr}")
        return run.returncode == PASSED

    def notices(self, mutation: Mutation) -> bool:
        """Whether a test fails without the protection; the file is as it was afterwards."""
        file = self.place / mutation.file
        before = file.read_text(encoding="utf-8")
        file.write_text(before.replace(mutation.old, mutation.new), encoding="utf-8")
        try:
            return not self.passes(mutation.tests)
        finally:
            file.write_text(before, encoding="utf-8")


def main(words: list[str]) -> int:
    """Prints a line for each mutation; the exit code is 0 when all were noticed."""
    chosen = [
        each
        for each in read_table()
        if not words or any(word in each.name or word in each.file for word in words)
    ]
    if moved := [f"{each.name}: {each.file}" for each in chosen if not each.stands()]:
        raise SystemExit("\n".join(["not found, or found twice:", *moved]))
    caught = 0
    with tempfile.TemporaryDirectory() as folder:
        project = Project(Path(folder))
        if not project.passes(sorted({test for each in chosen for test in each.tests})):
            raise SystemExit(f"a test fails with every protection in its place\n{project.said}")
        for mutation in chosen:
            noticed = project.notices(mutation)
            caught += noticed
            print("caught  " if noticed else "SURVIVED", mutation.name, flush=True)  # noqa: T201
    print(f"{caught} of {len(chosen)} caught")  # noqa: T201
    return int(not chosen or caught < len(chosen))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

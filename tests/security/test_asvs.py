"""docs/asvs.md and docs/reliability.md name tests; each must exist."""

from __future__ import annotations

import ast
import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def _tests_in(path: Path) -> set[str]:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    return {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}


def test_every_named_test_exists() -> None:
    rows = [
        line
        for line in (ROOT / "docs/asvs.md").read_text(encoding="utf-8").splitlines()
        if re.match(r"\| \d", line)
    ]
    assert len(rows) > 70
    missing = []
    for row in rows:
        proof = row.split("|")[3].strip()
        named = re.fullmatch(r"`(tests/[\w/]+\.py)::(test_\w+)`", proof)
        if named is None:
            assert proof.startswith("n/a: "), row
        elif named[2] not in _tests_in(ROOT / named[1]):
            missing.append(proof)
    assert missing == []


def test_every_id_in_a_test_is_explained() -> None:
    adopted = set(
        re.findall(r"\b(?:T-[A-Z]\d+|F\d+|I\d+)\b", (ROOT / "docs/reliability.md").read_text())
    )
    used = set()
    for path in (ROOT / "tests").rglob("test_*.py"):
        for comment in re.findall(r"#.*", path.read_text(encoding="utf-8")):
            used |= set(re.findall(r"\b(?:T-[A-Z]\d+|F\d+|I\d+)\b", comment))
    assert used - adopted == set(), "explain these in docs/reliability.md"

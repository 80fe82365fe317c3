"""The office that the tests run for: Magdeburg's file, or the one of `--office`."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import yaml

MAGDEBURG = Path("config/offices/magdeburg.yaml")
INVENTED = Path("tests/offices/musterfurt.yaml")
chosen = MAGDEBURG


@cache
def read(path: Path) -> dict[str, Any]:
    """What an office file says."""
    found: dict[str, Any] = yaml.safe_load(path.read_text(encoding="utf-8"))
    return found


def fact(name: str, at_magdeburg: object) -> Any:
    """A fact that factories need: of the chosen file, or their own short one for Magdeburg."""
    return at_magdeburg if chosen == MAGDEBURG else read(chosen)["office"][name]

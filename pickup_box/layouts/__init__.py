"""Layouts of boxes: which compartments stand where."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml


def read(layout: str) -> Any:
    """The content of a shipped layout (by name) or of a file; raises OSError or YAMLError."""
    shipped = Path(__file__).parent / f"{layout}.yaml"
    path = shipped if shipped.is_file() else Path(layout)
    return yaml.safe_load(path.read_text(encoding="utf-8"))

"""How docs/ becomes a site (`make docs`): warnings are errors, nothing comes from elsewhere."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]

project = "Soforttermin"
release = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["version"]
language = "en"
extensions = ["myst_parser"]
exclude_patterns = ["site"]
# a shell command within quotes, which the highlighter takes for unfinished
suppress_warnings = ["misc.highlighting_failure"]
# a link may name a heading: operations.md#a-pooler
myst_heading_anchors = 3
html_theme = "furo"
html_title = f"Soforttermin {release}"
html_show_sphinx = False
html_copy_source = False


def _speak_german(app: Any, page: str, template: str, context: dict[str, Any], tree: Any) -> None:
    if page == "handbuch" or page.endswith(".de"):
        context["language"] = "de"


def setup(app: Any) -> None:
    """Some pages are in German."""
    app.connect("html-page-context", _speak_german)

"""Each import contract refuses the import that it is there for."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
APPS = ("config", "booking", "eligibility", "documents", "pickup_box")
PLANTED = [
    ("The apps, from the site", "booking/models/slots.py", "from config.middleware import headers"),
    ("The apps, from the site", "config/foundation/dates.py", "from booking import states"),
    ("The pickup box stands alone", "pickup_box/models/box.py", "from booking import states"),
    ("Inside config", "config/operations/logs.py", "from config.public_pages import views"),
    ("Inside booking", "booking/charts.py", "from booking.views import manage"),
    ("Inside booking", "booking/models/slots.py", "from booking.actions import slots"),
    ("Inside documents", "documents/checklist.py", "from documents import models"),
    (
        "Inside documents.applications",
        "documents/applications/states.py",
        "from documents.applications import models",
    ),
    (
        "The converter knows neither",
        "documents/applications/converter/kinds.py",
        "from django.utils import timezone",
    ),
    ("Inside pickup_box", "pickup_box/models/box.py", "from pickup_box import transitions"),
    ("Inside eligibility", "eligibility/rules.py", "from eligibility import labels"),
    ("Rules are plain Python", "booking/windows.py", "from django.utils import timezone"),
]


@pytest.fixture
def product(tmp_path: Path) -> Path:
    """A copy of the product that may be spoiled."""
    for app in APPS:
        ignored = shutil.ignore_patterns("__pycache__")
        shutil.copytree(ROOT / app, tmp_path / app, ignore=ignored)
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    return tmp_path


def broken(product: Path) -> list[str]:
    """The contracts that do not hold there."""
    command = [str(Path(sys.executable).parent / "lint-imports"), "--no-cache", "--no-logo"]
    found = subprocess.run(command, cwd=product, capture_output=True, text=True, check=False)
    assert found.returncode in {0, 1}, found.stderr
    lines = found.stdout.splitlines()
    return [line.removesuffix(" BROKEN") for line in lines if line.endswith(" BROKEN")]


@pytest.mark.once
@pytest.mark.parametrize(("contract", "file", "line"), PLANTED)
def test_forbidden_import_is_refused(product: Path, contract: str, file: str, line: str) -> None:
    with (product / file).open("a") as module:
        module.write(f"\n{line}\n")

    assert [name for name in broken(product) if name.startswith(contract)]


@pytest.mark.once
@pytest.mark.parametrize("app", APPS)
def test_module_that_no_contract_names_is_refused(product: Path, app: str) -> None:
    (product / app / "anything.py").write_text("")

    assert [name for name in broken(product) if name == f"Inside {app}"]

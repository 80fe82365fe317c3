"""What other projects, catalogues and hosts read: licences, publiccode.yml, CI."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import yaml
from django.conf import settings

pytestmark = pytest.mark.once
ROOT = Path(__file__).resolve().parent.parent
PUBLIC: dict[str, Any] = yaml.safe_load((ROOT / "publiccode.yml").read_text(encoding="utf-8"))
# the published schema, version 0.7: what has to be there and what it may be
MANDATORY = {
    *("publiccodeYmlVersion", "name", "url", "platforms", "categories", "developmentStatus"),
    *("softwareType", "description", "legal", "maintenance", "localisation"),
}
KNOWN = MANDATORY | {
    *("applicationSuite", "landingURL", "isBasedOn", "softwareVersion", "releaseDate", "logo"),
    *("inputTypes", "outputTypes", "usedBy", "roadmap", "intendedAudience", "dependsOn"),
}
STATES = {"concept", "development", "beta", "stable", "obsolete"}
SCOPES = {"government", "local-authorities", "society", "welfare", "foreign-affairs"}
MAINTAINED = {"internal", "contract", "community", "none"}
DEPENDENCY = {"name", "version", "versionMin", "versionMax", "optional"}


def test_publiccode_has_what_the_schema_asks_for() -> None:
    assert MANDATORY <= set(PUBLIC) <= KNOWN
    assert PUBLIC["publiccodeYmlVersion"] == "0.7"
    address = urlsplit(PUBLIC["url"])
    assert (address.scheme, address.path[-4:]) == ("https", ".git")
    assert set(PUBLIC["platforms"]) <= {"web", "windows", "mac", "linux", "ios", "android"}
    assert PUBLIC["categories"] == ["appointment-scheduling"]  # one of the vocabulary
    assert PUBLIC["developmentStatus"] in STATES
    assert PUBLIC["softwareType"] == "standalone/web"
    audience = PUBLIC["intendedAudience"]
    assert all(re.fullmatch("[A-Z]{2}", country) for country in audience["countries"])
    assert set(audience["scope"]) <= SCOPES
    # whoever is released names when
    assert ("softwareVersion" in PUBLIC) == ("releaseDate" in PUBLIC)


@pytest.mark.parametrize("language", PUBLIC["description"])
def test_publiccode_describes_within_its_lengths(language: str) -> None:
    text = PUBLIC["description"][language]
    assert {"shortDescription", "longDescription", "features"} <= set(text)
    assert len(text["shortDescription"]) <= 150
    assert 500 <= len(text["longDescription"]) <= 10_000
    assert 1 <= len(text["features"]) <= 20
    assert max(map(len, text["features"])) <= 100


def test_version_is_the_same_everywhere() -> None:
    """Until it is released the changelog says so; then all three name it, with its day."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    headings = re.findall(r"^## (.+)$", (ROOT / "CHANGELOG.md").read_text("utf-8"), re.MULTILINE)
    released = [each for each in headings if each != "Not released yet"]
    assert headings[: len(headings) - len(released)] in ([], ["Not released yet"])
    if released:
        assert released[0] == f"{PUBLIC['softwareVersion']} ({PUBLIC['releaseDate']})"
    assert released[:1] == [] or released[0].startswith(f"{project['version']} (")
    notes = (ROOT / "docs" / "releases.md").read_text(encoding="utf-8")
    assert f"## Notes on {project['version']}\n" in notes


def test_publiccode_agrees_with_the_product() -> None:
    languages = [code for code, _name in settings.LANGUAGES]
    assert PUBLIC["localisation"] == {"localisationReady": True, "availableLanguages": languages}
    assert f'license = "{PUBLIC["legal"]["license"]}"' in (ROOT / "pyproject.toml").read_text()
    maintenance = PUBLIC["maintenance"]
    assert maintenance["type"] in MAINTAINED
    assert ("contacts" in maintenance) == (maintenance["type"] in {"internal", "community"})
    for dependency in PUBLIC["dependsOn"]["open"]:
        assert {"name"} <= set(dependency) <= DEPENDENCY


def test_every_file_says_its_licence() -> None:
    tool = Path(sys.executable).parent / "reuse"
    found = subprocess.run([tool, "lint", "--lines"], cwd=ROOT, capture_output=True, text=True)
    assert found.returncode == 0, found.stdout
    licence = (ROOT / "LICENSES" / "EUPL-1.2.txt").read_text(encoding="utf-8")
    assert licence == (ROOT / "LICENSE").read_text(encoding="utf-8")


@pytest.mark.parametrize("path", [".gitlab-ci.yml", ".github/workflows/ci.yml"])
def test_hosts_run_what_every_machine_runs(path: str) -> None:
    text = (ROOT / path).read_text(encoding="utf-8")
    assert yaml.safe_load(text)
    assert {".ci/run", ".ci/stack"} <= set(re.findall(r"\.ci/\w+", text))
    assert "make docs" in text


@pytest.mark.parametrize(
    ("path", "schema"),
    [
        (".gitlab-ci.yml", "vendor.gitlab-ci"),
        (".github/workflows/ci.yml", "vendor.github-workflows"),
    ],
)
def test_files_of_the_hosts_fit_their_schemas(path: str, schema: str) -> None:
    tool = Path(sys.executable).parent / "check-jsonschema"
    line = [str(tool), "--builtin-schema", schema, path]
    found = subprocess.run(line, cwd=ROOT, capture_output=True, text=True)
    assert found.returncode == 0, found.stdout


@pytest.mark.parametrize("name", ["run", "stack", "release"])
def test_scripts_can_be_run(name: str) -> None:
    script = ROOT / ".ci" / name
    assert os.access(script, os.X_OK)
    subprocess.run(["bash", "-n", script], check=True)


def test_stack_gets_its_secrets_where_compose_looks_for_them() -> None:
    assert "config/deploy/make_secrets.sh" in (ROOT / ".ci" / "stack").read_text("utf-8")

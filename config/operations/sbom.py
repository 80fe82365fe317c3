"""The bill of materials of a lock (CycloneDX 1.6).

python -m config.operations.sbom requirements.txt
"""

from __future__ import annotations

import json
import re
import sys
from importlib.metadata import PackageNotFoundError, metadata
from pathlib import Path
from typing import Any

_PIN = re.compile(r"^([A-Za-z0-9._-]+)(?:\[[^\]]*\])?==([^\s;\\]+)")
_HASH = re.compile(r"--hash=sha256:([0-9a-f]{64})")


def components(lock: str) -> list[dict[str, Any]]:
    """One entry for each pinned package, with the hashes any of its files may have."""
    found: list[dict[str, Any]] = []
    for line in lock.splitlines():
        if pin := _PIN.match(line):
            name, version = pin[1].lower(), pin[2]
            found.append(
                {
                    "type": "library",
                    "name": name,
                    "version": version,
                    "purl": f"pkg:pypi/{name}@{version}",
                    "licenses": _licence(name),
                    "hashes": [],
                }
            )
        elif found and (digest := _HASH.search(line)):
            found[-1]["hashes"].append({"alg": "SHA-256", "content": digest[1]})
    return found


def _licence(name: str) -> list[dict[str, Any]]:
    try:
        facts = metadata(name)
    except PackageNotFoundError:  # for another system than this one
        return []
    named = (facts[key] for key in ("License-Expression", "License") if key in facts)
    text = next(filter(None, named), "")
    return [{"license": {"name": text.splitlines()[0][:80]}}] if text else []


def bill(lock: str) -> dict[str, Any]:
    """The whole document."""
    return {
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "version": 1,
        "metadata": {"component": {"type": "application", "name": "soforttermin"}},
        "components": components(lock),
    }


if __name__ == "__main__":
    sys.stdout.write(json.dumps(bill(Path(sys.argv[1]).read_text(encoding="utf-8")), indent=2))

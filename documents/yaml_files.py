"""The shipped catalogue: YAML files that know the line of every value.

`texts/<language>.yaml` adds a language: the reviewer, and `place: text` for each German text.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from pathlib import Path as File
from typing import Any

import yaml

from documents.schema import CatalogueBroken, Path, Problem
from documents.validation import read

SHIPPED = File(__file__).parent / "catalogue"
_LISTS = ("procedures", "fees", "reductions", "reviews")
_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # ten times as fast where it is built
_BOOL = "tag:yaml.org,2002:bool"
_NULL = "tag:yaml.org,2002:null"


class Place:
    """Where a value of the merged catalogue was written."""

    def __init__(self) -> None:
        self._lines: dict[Path, str] = {}

    def note(self, path: Path, where: str) -> None:
        """Remembers a place."""
        self._lines[path] = where

    def of(self, path: Path) -> str:
        """`file:line` of the value, or of the nearest thing around it."""
        while path and path not in self._lines:
            path = path[:-1]
        return self._lines.get(path, "catalogue")


def load(folder: File) -> tuple[dict[str, Any], Place]:
    """All files of a folder as one catalogue; raises CatalogueBroken on a file YAML can't read."""
    data: dict[str, Any] = {}
    place = Place()
    problems: list[Problem] = []
    for file in sorted(folder.glob("*.yaml")):
        _take(file, data, place, problems)
    for file in sorted(folder.glob("texts/*.yaml")):
        _translate(file, data, place, problems)
    if problems:
        raise BrokenFiles([*problems, *_also(data)], place)
    return data, place


def _also(data: dict[str, Any]) -> tuple[Problem, ...]:
    # A renamed paper breaks every translation of it; the cause should be told as well.
    try:
        read(data)
    except CatalogueBroken as broken:
        return broken.problems
    return ()


class BrokenFiles(CatalogueBroken):
    """Problems of files, with the places to name them."""

    def __init__(self, problems: Iterable[Problem], place: Place) -> None:
        self.place = place
        super().__init__(list(problems))


def digest(data: Mapping[str, Any]) -> str:
    """The same for the same content, whatever the order of keys."""
    text = json.dumps(data, sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()


def _compose(file: File, place: Place, problems: list[Problem]) -> yaml.MappingNode | None:
    try:
        node = yaml.compose(file.read_text(encoding="utf-8"), Loader=_LOADER)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        place.note((file.name,), f"{file.name}:{mark.line + 1 if mark else 1}")
        problems.append(Problem((file.name,), f"This is not YAML: {error.problem}."))
        return None
    place.note((file.name,), f"{file.name}:1")
    if isinstance(node, yaml.MappingNode):
        return node
    problems.append(Problem((file.name,), "Here keys with values are needed."))
    return None


def _take(file: File, data: dict[str, Any], place: Place, problems: list[Problem]) -> None:
    node = _compose(file, place, problems)
    for key, value in node.value if node else ():
        if key.value in _LISTS and isinstance(value, yaml.SequenceNode):
            rows = data.setdefault(key.value, [])
            for child in value.value:
                path = (key.value, len(rows))
                rows.append(_build(child, path, file, place, problems))
        else:
            data[key.value] = _build(value, (key.value,), file, place, problems)


def _build(node: Any, path: Path, file: File, place: Place, problems: list[Problem]) -> Any:
    place.note(path, f"{file.name}:{node.start_mark.line + 1}")
    if isinstance(node, yaml.SequenceNode):
        return [_build(c, (*path, i), file, place, problems) for i, c in enumerate(node.value)]
    if isinstance(node, yaml.MappingNode):
        found: dict[str, Any] = {}
        for key, child in node.value:
            if key.value in found:
                problems.append(Problem((*path, key.value), f"“{key.value}” is there twice."))
            found[key.value] = _build(child, (*path, key.value), file, place, problems)
        return found
    if node.tag == _NULL:
        return None
    # numbers stay text: 13.10 must not become 13.1, nor an amount a float
    return node.value in {"true", "yes"} if node.tag == _BOOL and not node.style else node.value


def _translate(file: File, data: dict[str, Any], place: Place, problems: list[Problem]) -> None:
    node = _compose(file, place, problems)
    if node is None:
        return
    here: Path = (file.name,)
    content = _build(node, here, file, place, problems)
    language = file.stem
    data.setdefault("reviews", []).append(
        {
            "language": language,
            "reviewed_by": content.get("reviewed_by") or "",
            "reviewed_on": content.get("reviewed_on") or None,
        }
    )
    for name, text in (content.get("texts") or {}).items():
        names = name.split(".")
        targets = _find(data, names if names[0] in _LISTS else ["procedures", *names])
        if not targets or not isinstance(text, str):
            problems.append(Problem((*here, "texts", name), f"There is no text “{name}”."))
        for target in targets:
            target[language] = text


def _find(part: Any, names: list[str]) -> list[dict[str, str]]:
    """The texts at `study.requirements.photo.title`, going through lists by id, fact or code."""
    if not names:
        texts = isinstance(part, dict) and all(isinstance(text, str) for text in part.values())
        return [part] if texts else []
    if isinstance(part, list):
        rows = [row for row in part if names[0] in _names(row)]
        return [found for row in rows for found in _find(row, names[1:])]
    return _find(part[names[0]], names[1:]) if isinstance(part, dict) and names[0] in part else []


def _names(row: Any) -> set[Any]:
    return {row.get("id"), row.get("fact"), row.get("code")} if isinstance(row, dict) else set()

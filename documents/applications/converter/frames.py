"""What the child tells its parent: that it begins, pages as they are drawn, and how it went.

A frame is a kind of one byte, the length of its head and of its body, a head of JSON and a body.
The parent trusts none of it: every number is checked against what is allowed.
"""

from __future__ import annotations

import json
import struct
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import BinaryIO

MOST_HEAD = 1000
MOST_BODY = 8 * 2**20  # of one page
MOST_SIDE = 2339  # pixels: A4 at 200 dpi
_HEADER = struct.Struct("!cII")
_JPEG_START, _JPEG_END = b"\xff\xd8\xff", b"\xff\xd9"


class BadFrame(Exception):
    """The child said something that no converter of ours says."""


@dataclass(frozen=True, slots=True)
class Picture:
    """One page, drawn: a JPEG of that many pixels."""

    content: bytes
    width: int
    height: int
    # what the person should look at again: "dark", "blurred"
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class End:
    """How it went: an empty refusal when every page was drawn."""

    refusal: str = ""


def write_start(out: BinaryIO) -> None:
    """Tells that whatever goes wrong from here on is the file's."""
    _write(out, b"S", {}, b"")


def await_start(source: Callable[[int], bytes]) -> None:
    """Returns once a child has begun; raises BadFrame, and EOFError where there is none."""
    kind, head_length, body_length = _HEADER.unpack(source(_HEADER.size))
    if kind != b"S" or head_length > MOST_HEAD or body_length:
        raise BadFrame("no start")
    source(head_length)


def write_picture(out: BinaryIO, picture: Picture) -> None:
    """Tells of one page."""
    head = {"w": picture.width, "h": picture.height, "warnings": list(picture.warnings)}
    _write(out, b"P", head, picture.content)


def write_end(out: BinaryIO, refusal: str = "") -> None:
    """Tells that nothing more comes."""
    _write(out, b"E", {"refusal": refusal}, b"")


def read(source: Callable[[int], bytes], *, refusals: frozenset[str]) -> Iterator[Picture | End]:
    """The frames of a child whose output `source` reads by exact lengths; ends with an End.

    Raises BadFrame for anything else, and EOFError where the child died.
    """
    while True:
        kind, head_length, body_length = _HEADER.unpack(source(_HEADER.size))
        if head_length > MOST_HEAD or body_length > MOST_BODY:
            raise BadFrame("too long")
        try:
            head = json.loads(source(head_length))
        except (ValueError, RecursionError) as error:
            raise BadFrame("no head") from error
        body = source(body_length)
        if kind == b"P":
            yield _picture(head, body)
        elif kind == b"E" and isinstance(head, dict) and head.get("refusal") in refusals | {""}:
            yield End(head["refusal"])
            return
        else:
            raise BadFrame("unknown")


def _picture(head: object, body: bytes) -> Picture:
    match head:
        case {"w": int(width), "h": int(height), "warnings": list(warnings)}:
            sides_fit = 0 < width <= MOST_SIDE and 0 < height <= MOST_SIDE
            known = {"dark", "blurred"}.issuperset(str(one) for one in warnings)
            if sides_fit and known and body.startswith(_JPEG_START) and body.endswith(_JPEG_END):
                return Picture(body, width, height, tuple(str(one) for one in warnings))
    raise BadFrame("no picture")


def _write(out: BinaryIO, kind: bytes, head: dict[str, object], body: bytes) -> None:
    text = json.dumps(head).encode()
    out.write(_HEADER.pack(kind, len(text), len(body)) + text + body)
    out.flush()

"""One file in, its pages out; see the package."""

from __future__ import annotations

import io
import os
import sys
from typing import BinaryIO

from documents.applications.converter import frames, jail
from documents.applications.converter.kinds import kind_of
from documents.applications.converter.pdfs import read_pages
from documents.applications.converter.pictures import read_picture
from documents.applications.converter.refusals import Unusable


def convert(content: bytes, out: BinaryIO) -> None:
    """Writes the pages of `content` and how it went."""
    try:
        kind = kind_of(content)
        pages = read_pages(content) if kind == "pdf" else iter([read_picture(content, kind)])
        for page in pages:
            frames.write_picture(out, page)
    except Unusable as refusal:
        frames.write_end(out, refusal.code)
    except MemoryError:
        frames.write_end(out, "too_heavy")
    else:
        frames.write_end(out)


def main() -> None:
    """Reads all of standard input, and answers on what was standard output."""
    out = io.FileIO(1, "wb", closefd=False)
    jail.lock_up()
    with io.BufferedWriter(out) as answer:
        frames.write_start(answer)
        content = sys.stdin.buffer.read()
        convert(content, answer)
        answer.flush()
        os._exit(0)  # libraries have nothing to tidy up that ends with the process


if __name__ == "__main__":
    main()

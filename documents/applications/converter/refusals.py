"""Why a file can't be taken; the sentence for each, with the way out, stands with the pages."""

from __future__ import annotations

REFUSALS = frozenset(
    {
        "empty",
        "unknown_kind",
        "not_whole",
        "password",
        "form_not_drawn",
        "form_xfa",
        "contains_files",
        "too_many_pages",
        "too_large",
        "too_heavy",
        "one_colour",
        "unreadable",
    }
)


class Unusable(Exception):
    """The file can't be taken; `code` is one of REFUSALS."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code

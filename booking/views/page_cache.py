"""Pages that are the same for many people: written once, given to all until they change."""

from __future__ import annotations

import time
from collections.abc import Callable, Hashable

from django.conf import settings

_MOST = 300  # pages in memory; whoever makes up addresses only empties it


class PageCache:
    """A memory of pages. Nothing in it is decided on; each is at most a second old.

    The key of a page says everything that may differ on it; what is personal is left open in its
    text. It is written anew when `shows`, the facts it was made of, are no longer equal.
    """

    def __init__(self) -> None:
        self._pages: dict[Hashable, tuple[float, object, str]] = {}

    def text(self, key: Hashable, shows: object, write: Callable[[], str]) -> str:
        """The page of that key."""
        kept = self._pages.get(key)
        if kept is not None and kept[0] > time.monotonic() and kept[1] == shows:
            return kept[2]
        text = write()
        if len(self._pages) >= _MOST:
            self._pages.clear()
        until = time.monotonic() + min(settings.OFFICE_MEMORY_SECONDS, 1)
        self._pages[key] = until, shows, text
        return text

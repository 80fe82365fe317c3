"""Where finished documents are collected; the pickup box registers who knows that."""

from __future__ import annotations

from collections.abc import Callable

_asked: list[Callable[[], list[str]]] = []


def registers_addresses(ask: Callable[[], list[str]]) -> Callable[[], list[str]]:
    """Makes `ask` the one that knows; without one, no address is named."""
    _asked[:] = [ask]
    return ask


def pickup_addresses() -> list[str]:
    """The address of each pickup box in one line."""
    return _asked[0]() if _asked else []

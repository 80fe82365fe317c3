"""Every address of the product, read from the resolver."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from django.apps import apps
from django.urls import URLPattern, URLResolver, get_resolver
from django.urls.resolvers import LocalePrefixPattern

# What stands for the parts of an address that vary.
SAMPLES = {
    "app_label": "foundation",
    "box": "rathaus",
    "category": "expired",
    "content_type_id": "1",
    "file": "checklist.pdf",
    "id": "0",
    "number": "1",
    "object_id": "0",
    "pk": "0",
    "reference": "AAAA-AAAA",
    "slug": "x",
    "token": "A" * 43,
    "url": "nowhere",
}
_CONVERTER = re.compile(r"<(?:[a-z_]+:)?(\w+)>")
_GROUP = re.compile(r"\(\?P<(\w+)>[^()]*\)")


@dataclass(frozen=True)
class Referral:
    """One pattern, and one address that it matches."""

    pattern: str  # "admin/foundation/notification/<path:object_id>/change/"
    path: str
    name: str

    def path_of_a_row(self) -> str:
        """The path with a row of the database in it, where the admin shows rows."""
        found = re.match(r"admin/(\w+)/(\w+)/<", self.pattern)
        row = apps.get_model(found[1], found[2])._base_manager.first() if found else None
        return self.path.replace("/0/", f"/{row.pk}/") if row else self.path


def _text(part: object) -> str:
    if isinstance(part, LocalePrefixPattern):
        return "<language>/"
    return _GROUP.sub(r"<\1>", str(part)).replace("^", "").replace("$", "").replace(r"\.", ".")


def _walk(resolver: URLResolver, before: str) -> Iterator[tuple[str, str]]:
    for part in resolver.url_patterns:
        text = before + _text(part.pattern)
        if isinstance(part, URLPattern):
            yield text, part.name or ""
        else:
            yield from _walk(part, text)


def all_routes() -> list[Referral]:
    """Every route, with a path for it in English."""
    found: dict[str, Referral] = {}
    for pattern, name in _walk(get_resolver(), ""):
        path = pattern.replace("<language>/", "en/")
        path = _CONVERTER.sub(lambda match: SAMPLES.get(match[1], "x"), path)
        found.setdefault(pattern, Referral(pattern, "/" + path, name))
    return sorted(found.values(), key=lambda route: route.pattern)

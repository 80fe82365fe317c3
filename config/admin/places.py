"""Where the public pages show a mailbox or a link, in words instead of keys."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest
from django.utils import timezone
from django.utils.datastructures import MultiValueDict
from django.utils.html import format_html_join
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from booking.windows import local_day
from config.foundation.admin import LinkAdmin
from config.foundation.contacts import Link
from config.foundation.office import current_office
from config.foundation.texts import page_language
from documents.catalogue import NoCatalogue, catalogue_on
from eligibility.labels import CATEGORIES


@dataclass(frozen=True, kw_only=True)
class Group:
    """A list of papers, or the pages that belong to none, with its places in words."""

    name: str
    places: dict[str, str]


def groups() -> list[Group]:
    """Every place that the office can choose, by list; from the catalogue in force."""
    check = {f"check.{key}": str(choice.title) for key, choice in CATEGORIES.items()}
    own = {
        "contact": _("Contact page"),
        "check": _("Start of the check"),
        "times": _("Choice of an appointment"),
    }
    found = [
        Group(name=_("Public pages"), places=own),
        Group(name=_("Check, by category"), places=check),
    ]
    language = page_language()
    with suppress(NoCatalogue):
        today = local_day(timezone.now(), zone=current_office().zone)
        for procedure in catalogue_on(today).procedures:
            places = {procedure.id: _("the whole list")}
            rows = {note.id: note.title for note in procedure.notes}
            rows |= {paper.id: paper.title for paper in procedure.requirements}
            places |= {f"{procedure.id}.{key}": title.to(language) for key, title in rows.items()}
            found.append(Group(name=procedure.title.to(language), places=places))
    return found


def names() -> dict[str, str]:
    """Each place in words, with the list it belongs to."""
    return {
        place: f"{group.name}: {label}"
        for group in groups()
        for place, label in group.places.items()
    }


class PlacesWidget(forms.Widget):
    """A box to tick for each place, by list; the value stays one place a line."""

    template_name = "admin/places.html"
    use_fieldset = True

    def get_context(self, name: str, value: Any, attrs: dict[str, Any] | None) -> dict[str, Any]:
        """The groups; a place that the catalogue no longer has is kept."""
        context = super().get_context(name, value, attrs)
        chosen = set((value or "").split())
        shown = groups()
        known = {place for group in shown for place in group.places}
        context["groups"] = [
            {
                "name": group.name,
                "places": [(key, label, key in chosen) for key, label in group.places.items()],
                "chosen": len(chosen & set(group.places)),
            }
            for group in shown
        ]
        context["others"] = sorted(chosen - known)
        return context

    def value_from_datadict(
        self, data: Mapping[str, Any], files: MultiValueDict[str, Any], name: str
    ) -> str:
        """One place a line, as the column holds them."""
        chosen = data.getlist(name) if isinstance(data, MultiValueDict) else [data.get(name, "")]
        return "\n".join(chosen)

    def value_omitted_from_data(self, *_args: Any) -> bool:
        """No place at all is an answer."""
        return False


admin.site.unregister(Link)


@admin.register(Link)
class LinkWithPlacesAdmin(LinkAdmin):
    """Mailboxes and links with the places in words."""

    def get_list_display(self, request: HttpRequest) -> list[Any]:
        """The words of all places are asked once a page."""
        known = names()

        @admin.display(description=gettext_lazy("shown at"))
        def shown_at(row: Link) -> str:
            return _in_words(row, known)

        return [*super().get_list_display(request), shown_at]

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """The places as boxes to tick."""
        if db_field.name == "places":
            kwargs |= {"widget": PlacesWidget, "help_text": ""}
        return super().formfield_for_dbfield(db_field, request, **kwargs)


def _in_words(row: Link, known: dict[str, str]) -> str:
    places = row.places.split()
    lines = [(known[place],) for place in places if place in known]
    if len(lines) < len(places):
        lines.append((_("another row of a list"),))
    return format_html_join("", "<div>{}</div>", lines) if lines else "–"

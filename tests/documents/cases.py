"""How the tests ask the shipped catalogue."""

from collections.abc import Mapping
from datetime import date

from documents.catalogue_types import Catalogue, Fee, Procedure
from documents.checklist import Advice, Checklist, FeeLine, Item, checklist

TODAY = date(2026, 11, 23)

# A case of each procedure to which a test adds what it is about.
STUDY = ("first", "visa_needed", "age_18_or_more")
HUMANITARIAN = ("title_25_5", "title_holder", "first", "age_24_or_more", "valid_passport")


def ask(
    catalogue: Catalogue,
    slug: str,
    *facts: str,
    on: date = TODAY,
    days: Mapping[str, date] | None = None,
) -> Checklist:
    return checklist(catalogue, procedure_of(catalogue, slug), frozenset(facts), on, days=days)


def instead(base: tuple[str, ...], *swaps: tuple[str, str]) -> tuple[str, ...]:
    """The facts of `base` with some replaced: instead(STUDY, ("first", "extension"))."""
    changed = dict(swaps)
    return tuple(changed.get(fact, fact) for fact in base)


def procedure_of(catalogue: Catalogue, slug: str) -> Procedure:
    found = catalogue.procedure(slug)
    assert found
    return found


def ids(found: Checklist) -> list[str]:
    return [item.id for item in found.items]


def item(found: Checklist, name: str) -> Item:
    return next(one for one in found.items if one.id == name)


def notes(found: Checklist) -> list[str]:
    return [note.id for note in found.notes]


def note(found: Checklist, name: str) -> Advice:
    return next(one for one in found.notes if one.id == name)


def line(found: Checklist, code: str) -> FeeLine:
    return next(one for one in found.fee.lines if one.code == code)


def stop_of(found: Checklist) -> Advice:
    assert found.stop
    return found.stop


def price(catalogue: Catalogue, code: str, on: date = TODAY) -> Fee:
    fee = catalogue.price(code, on)
    assert fee
    return fee

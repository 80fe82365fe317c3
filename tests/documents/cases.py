"""How the tests ask the shipped catalogue."""

from datetime import date

from documents.checklist import checklist

TODAY = date(2026, 11, 23)

# A case of each procedure to which a test adds what it is about.
STUDY = ("first", "visa_needed", "age_18_or_more")
HUMANITARIAN = ("title_25_5", "title_holder", "first", "age_24_or_more", "valid_passport")


def ask(catalogue, slug, *facts, on=TODAY, days=None):
    return checklist(catalogue, catalogue.procedure(slug), frozenset(facts), on, days=days)


def instead(base, *swaps):
    """The facts of `base` with some replaced: instead(STUDY, ("first", "extension"))."""
    changed = dict(swaps)
    return tuple(changed.get(fact, fact) for fact in base)


def ids(found):
    return [item.id for item in found.items]


def item(found, name):
    return next(one for one in found.items if one.id == name)


def note(found, name):
    return next((one for one in found.notes if one.id == name), None)


def line(found, code):
    return next((one for one in found.fee.lines if one.code == code), None)

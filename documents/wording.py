"""What a list says in sentences: a paper with its condition, an amount nobody can fix yet."""

from __future__ import annotations

from decimal import Decimal

from django.utils.formats import number_format
from django.utils.translation import gettext as _
from django.utils.translation import override

from documents.catalogue_types import GERMAN
from documents.checklist import ExpectedFee, FeeLine, Item


def titled(item: Item, language: str) -> str:
    """The paper in `language`, or in German, with the condition under which it is needed."""
    spoken = language if item.title.has(language) else GERMAN
    title = item.title.to(spoken)
    if not item.if_available:
        return title
    with override(spoken):
        condition = _("if you have it")  # collected from a plain call only
    return f"{title} ({condition})"


def euro(amount: Decimal, *, cents: bool = True) -> str:
    """An amount as money, in the figures of the active language."""
    figures = number_format(amount, decimal_pos=2 if cents else 0, force_grouping=True)
    # Translators: the sign behind the figures, and a no-break space between, where that is usual
    return _("€%(figures)s") % {"figures": figures}


def between(least: Decimal, most: Decimal) -> str:
    """One amount, or the range it lies in."""
    if least == most:
        return euro(most)
    cents = least % 1 != 0 or most % 1 != 0
    ends = {"least": euro(least, cents=cents), "most": euro(most, cents=cents)}
    return _("between %(least)s and %(most)s") % ends


def cost(fee: ExpectedFee | FeeLine) -> str:
    """What a list, or one line of it, comes to."""
    if isinstance(fee, FeeLine):
        if fee.least == fee.amount:
            return euro(fee.amount)
        # only an unknown age leaves two amounts
        amounts = {"amount": euro(fee.amount), "reduced": euro(fee.least)}
        return _("%(amount)s; under 18: %(reduced)s") % amounts
    return between(fee.total, fee.at_most)

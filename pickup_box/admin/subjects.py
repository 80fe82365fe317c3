"""What documents in the box and its doors are called in letters and looks."""

from __future__ import annotations

from collections.abc import Collection

from django.utils.translation import gettext as _

from config.foundation.admin_bases import wall_day
from config.foundation.subjects import describes, finds
from pickup_box.models import Compartment, Consent, Deposit


@describes(Deposit)
def deposits(ids: Collection[int], named: bool) -> dict[int, str]:
    """The reference on the envelope."""
    rows = Deposit.objects.filter(pk__in=ids).values_list("pk", "reference")
    return {pk: _("Document %s") % reference for pk, reference in rows}


@describes(Compartment)
def compartments(ids: Collection[int], named: bool) -> dict[int, str]:
    """The number on the door."""
    rows = Compartment.objects.filter(pk__in=ids).values_list("pk", "number")
    return {pk: _("Compartment %s") % number for pk, number in rows}


@describes(Consent)
def consents(ids: Collection[int], named: bool) -> dict[int, str]:
    """Since when the paper is there."""
    rows = Consent.objects.filter(pk__in=ids).values_list("pk", "received_on")
    return {pk: _("Consent received on %s") % wall_day(day) for pk, day in rows}


@finds
def by_number(number: str) -> str | None:
    """The document that has this number on its envelope."""
    row = Deposit.objects.filter(reference=number).first()
    return row.subject if row else None

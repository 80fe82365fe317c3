"""What applications and intakes are called in letters and looks."""

from __future__ import annotations

from collections.abc import Collection

from django.utils.translation import gettext as _

from config.foundation.subjects import describes, finds
from documents.applications.models import Application, Intake


@describes(Application)
def applications(ids: Collection[int], named: bool) -> dict[int, str]:
    """Whose application it is."""
    found = {}
    for row in Application.objects.filter(pk__in=ids):
        what = _("Application %s") % (row.reference or row.pk)
        # a name of another script stays in its order
        found[row.pk] = f"{what}, \u2068{row.desk_name}\u2069" if named and row.desk_name else what
    return found


@finds
def by_number(number: str) -> str | None:
    """The application that has this number on its receipt."""
    row = Application.objects.filter(reference=number.upper()).first()
    return row.subject if row else None


@describes(Intake)
def intakes(ids: Collection[int], named: bool) -> dict[int, str]:
    """Of which procedure."""
    return dict(Intake.objects.filter(pk__in=ids).values_list("pk", "procedure"))

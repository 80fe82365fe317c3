"""What everybody on an application answered, as the desk reads it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from config.foundation.admin_bases import wall_day
from documents.applications.answers import said_by
from documents.applications.models import Application


def answers_at_desk(application: Application) -> Iterator[tuple[str, str, str]]:
    """Whose answer, to what, and which: "" as whose for somebody alone, "–" for no answer."""
    for called, said in said_by(application):
        for title, answer in said:
            if isinstance(answer, date):
                words = wall_day(answer)
            else:
                words = ", ".join(one.de for one in answer or [])
            yield called, title.de, words or "–"

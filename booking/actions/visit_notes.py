"""The one note that the desk keeps about a visit."""

from __future__ import annotations

from datetime import datetime

from booking.actions.desk_refusals import NoteChanged
from booking.actions.transitions import claim_applicant
from booking.models import Appointment, VisitNote
from config.foundation.actions import action
from config.foundation.staff import Staff


@action
def write_note(
    *, appointment: Appointment, text: str, version: int, now: datetime, by: Staff
) -> VisitNote:
    """Writes the note of a visit over the one before; an empty `text` takes it away.

    `version` is that of the note that was shown, 0 where there was none. The same text again is a
    quiet success. Raises NoteChanged, or EntriesChanged when the person is forgotten by now.
    """
    claim_applicant(appointment.applicant)
    kept = VisitNote.objects.filter(appointment=appointment)
    note = kept.first()
    if note is not None and note.text == text:
        return note
    written = {"text": text, "written_by": by, "written_at": now, "version": version + 1}
    if note is None and version == 0:
        return VisitNote.objects.create(appointment=appointment, **written)
    if not kept.filter(version=version).update(**written):
        raise NoteChanged
    return kept.get()

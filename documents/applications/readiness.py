"""What is missing before anything may be sent here; asked by every page, and for real on opening.

Until nothing is missing the addresses of applications answer 404.
"""

from __future__ import annotations

from datetime import date, datetime

from django.conf import settings

from config.foundation.office import office_day
from documents.applications import conversion, scanner, sealing, store
from documents.applications.completeness import is_finished
from documents.applications.models import Intake
from documents.catalogue import NoCatalogue, NoProcedure, procedure_on
from documents.catalogue_types import Procedure

# What can be applied for online; each is closed until the office opens it.
OFFERED = ("humanitarian", "study", "work")

# a page of a PDF with nothing on it
_PROBE = b"""%PDF-1.4
1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj
2 0 obj<</Type/Pages/Count 1/Kids[3 0 R]>>endobj
3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 99 99]>>endobj
trailer<</Root 1 0 R>>
%%EOF"""


def missing_parts() -> list[str]:
    """What is not set or not installed, each as a sentence for whoever runs the product."""
    found = [f"The library {name} is missing." for name in conversion.missing_libraries()]
    if not found and (problem := sealing.keys_problem()):
        found.append(problem)
    if not (settings.APPLICATIONS.scanner_url or settings.APPLICATIONS.is_demonstration):
        found.append("SCANNER_URL is empty: nothing would look for viruses.")
    return found


def failing_parts() -> list[str]:
    """What is set and does not work just now: each part is tried."""
    found = missing_parts()
    if found:
        return found
    if settings.APPLICATIONS.scanner_url and not scanner.is_alive():
        found.append("The scanner does not answer.")
    try:
        if len(conversion.convert(_PROBE, patience=5).pages) != 1:
            found.append("The converter does not draw an empty page.")
    except conversion.ConverterBusy:
        found.append("The converter does not answer.")
    if not store.can_be_written():
        found.append("The folder of the papers, DATA_DIR/sealed, can't be written.")
    return found


def list_of(procedure: str, *, on: date) -> Procedure | None:
    """The list of papers of a procedure on a local day; None where the catalogue has none."""
    try:
        return procedure_on(procedure, on=on)[1]
    except (NoCatalogue, NoProcedure):
        return None


def has_finished_list(procedure: str, *, on: date) -> bool:
    """Whether the office has stated every paper of this procedure."""
    found = list_of(procedure, on=on)
    return found is not None and is_finished(found)


def open_intake(procedure: str, *, now: datetime) -> Intake | None:
    """The intake of a procedure that takes applications at `now` (UTC); None while it is closed."""
    intake = Intake.objects.open(now=now).filter(procedure=procedure).first()
    if intake is None or missing_parts():
        return None
    return intake if has_finished_list(procedure, on=office_day(now)) else None

"""What is missing before anything may be sent here; asked by every page, and for real on opening.

Until nothing is missing the addresses of applications answer 404.
"""

from __future__ import annotations

from datetime import datetime

from django.conf import settings

from documents.applications import conversion, scanner, sealing, store
from documents.applications.models import Intake

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


def open_intake(procedure: str, *, now: datetime) -> Intake | None:
    """The intake of a procedure that takes applications at `now` (UTC); None while it is closed."""
    intake = Intake.objects.open(now=now).filter(procedure=procedure).first()
    return intake if intake is not None and not missing_parts() else None

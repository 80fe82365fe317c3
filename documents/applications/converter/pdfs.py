"""Pages of a PDF, drawn as a viewer shows them; nothing else of the file goes on."""

from __future__ import annotations

import ctypes
from collections.abc import Iterator

import pypdfium2 as pdfium
import pypdfium2.raw as pdfium_c

from documents.applications.converter.frames import MOST_SIDE, Picture
from documents.applications.converter.pictures import as_page
from documents.applications.converter.refusals import Unusable

MOST_PAGES = 100
_XFA = {pdfium_c.FORMTYPE_XFA_FULL, pdfium_c.FORMTYPE_XFA_FOREGROUND}
_PASSWORD = 4  # FPDF_ERR_PASSWORD
_NORMAL = pdfium_c.FPDF_ANNOT_APPEARANCEMODE_NORMAL
_LATIN, _WIDE = "cp1252", "utf-16-le"
for _codec in (_LATIN, _WIDE):
    "".encode(_codec)  # a codec is a file, and none can be read later
_NOTHING = 2  # bytes: the end of a text


def read_pages(content: bytes) -> Iterator[Picture]:
    """Each page as a picture; raises Unusable, before the first page where it can be known."""
    document = _open(content)
    count = len(document)
    if not count:
        raise Unusable("unreadable")
    if count > MOST_PAGES:
        raise Unusable("too_many_pages")
    if document.get_formtype() in _XFA:
        raise Unusable("form_xfa")
    # a portfolio shows a cover and hides the papers; whoever reads the pages would miss them
    if document.count_attachments():
        raise Unusable("contains_files")
    if document.get_formtype() != pdfium_c.FORMTYPE_NONE:
        undrawn = _widgets_without_appearance(document)
        document = _open(content)
        document.init_forms()
        _require_known_letters(document, undrawn)
    for number in range(count):
        yield _draw(document, number)


def _open(content: bytes) -> pdfium.PdfDocument:
    try:
        return pdfium.PdfDocument(content)
    except pdfium.PdfiumError as error:
        locked = getattr(error, "err_code", None) == _PASSWORD
        raise Unusable("password" if locked else "unreadable") from error


def _widgets_without_appearance(document: pdfium.PdfDocument) -> list[tuple[int, int]]:
    """Page and number of each field that the reader is left to draw; asked before any is drawn."""
    found = []
    for number in range(len(document)):
        page = document[number]
        for at in range(pdfium_c.FPDFPage_GetAnnotCount(page.raw)):
            annotation = pdfium_c.FPDFPage_GetAnnot(page.raw, at)
            if pdfium_c.FPDFAnnot_GetSubtype(annotation) == pdfium_c.FPDF_ANNOT_WIDGET:
                length = pdfium_c.FPDFAnnot_GetAP(annotation, _NORMAL, None, 0)
                found += [(number, at)] if length <= _NOTHING else []
            pdfium_c.FPDFPage_CloseAnnot(annotation)
        page.close()
    return found


def _require_known_letters(document: pdfium.PdfDocument, fields: list[tuple[int, int]]) -> None:
    """Raises Unusable where a letter would be left out: fields are drawn in Latin letters alone."""
    for number, at in fields:
        page = document[number]  # lives as long as its fields are asked
        annotation = pdfium_c.FPDFPage_GetAnnot(page.raw, at)
        arguments = (document.formenv.raw, annotation)
        length = pdfium_c.FPDFAnnot_GetFormFieldValue(*arguments, None, 0)
        room = ctypes.create_string_buffer(length)
        target = ctypes.cast(room, ctypes.POINTER(pdfium_c.FPDF_WCHAR))
        pdfium_c.FPDFAnnot_GetFormFieldValue(*arguments, target, length)
        pdfium_c.FPDFPage_CloseAnnot(annotation)
        page.close()
        try:
            room.raw.decode(_WIDE, "replace").rstrip("\0").encode(_LATIN)
        except UnicodeEncodeError as error:
            raise Unusable("form_not_drawn") from error


def _draw(document: pdfium.PdfDocument, number: int) -> Picture:
    try:
        page = document[number]
        width, height = page.get_size()
        if not (width > 0 and height > 0):
            raise Unusable("unreadable")
        # an endless page is as many pixels as any other
        scale = min(MOST_SIDE / max(width, height), 200 / 72)
        if min(width, height) * scale < 1:
            raise Unusable("too_heavy")
        drawn = page.render(scale=scale, may_draw_forms=True, rev_byteorder=True).to_pil()
        page.close()
    except pdfium.PdfiumError as error:
        raise Unusable("unreadable") from error
    return as_page(drawn.convert("RGB"), is_photo=False)

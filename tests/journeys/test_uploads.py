"""Photos that a script sends one by one: in their order, once, again after a cut, and small."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from typing import cast

import pytest
from django.utils import timezone
from PIL import Image
from playwright.sync_api import FilePayload, Page, Route, expect
from pytest_django.live_server_helper import LiveServer

from documents.applications import store as blobs
from documents.applications import uploads
from documents.applications.actions.blobs import page_content
from documents.applications.limits import FILE_BYTES, PAPER_FILES
from documents.applications.models import Application, File
from documents.applications.models import Page as Sheet
from documents.applications.states import FileState
from tests.documents.applications.hostile_files import CASES, drawing, jpeg, saved
from tests.documents.applications.making import add_file
from tests.faults.conftest import wait_for
from tests.faults.proxy import Proxy, proxy
from tests.journeys.conftest import PHONE, at_the_papers
from tests.journeys.photos import photo

pytestmark = [pytest.mark.journey, pytest.mark.django_db(transaction=True)]
LARGE = 2 * 2**20  # what js/upload.js makes smaller


@pytest.fixture
def line(opened: str, live_server: LiveServer) -> Iterator[Proxy]:
    """Between a phone and the office."""
    with proxy(live_server.thread.port) as between:
        yield between


@pytest.fixture
def draft(page: Page, opened: str, line: Proxy) -> Application:
    """Somebody with a phone, at the passport."""
    page.set_viewport_size(PHONE)
    site = f"http://127.0.0.1:{line.port}"
    draft = at_the_papers(page, site)
    page.goto(f"{site}/en/apply/papers/1/")
    return draft


def chosen(*contents: bytes, kind: str = "image/jpeg") -> list[FilePayload]:
    return [
        FilePayload(name=f"photo {at}.jpg", mimeType=kind, buffer=content)
        for at, content in enumerate(contents, start=1)
    ]


def sends(page: Page, *contents: bytes) -> None:
    """Chooses photos and presses the button."""
    page.set_input_files("#files", chosen(*contents))
    page.click("#upload button")


def sees(page: Page, count: int) -> None:
    """Waits until the page shows so many pictures of pages."""
    expect(page.locator("img.page-picture")).to_have_count(count, timeout=30_000)


def test_two_at_once_and_the_last_word_is_the_order_of_the_person(
    page: Page, draft: Application
) -> None:
    held: list[Route] = []
    under_way = [0]

    def handle(route: Route) -> None:
        if route.request.method != "POST":
            route.continue_()
            return
        under_way[0] += 1
        if not held:
            held.append(route)  # the first photo is the slowest
        else:
            route.continue_()

    page.route("**/papers/1/", handle)
    sends(page, *(saved(drawing(width, 900), "JPEG") for width in (700, 800, 900, 1000)))
    expect(page.locator("#sending [role=status]")).to_have_text("Arrived: 3 of 4", timeout=30_000)
    assert under_way == [4]
    assert "arrived" in page.inner_text("#sending li:nth-child(2)")
    held[0].continue_()
    sees(page, 4)
    widths = list(Sheet.objects.order_by("file__position").values_list("width", flat=True))
    assert widths == [700, 800, 900, 1000]
    assert list(draft.files.values_list("position", flat=True)) == [1, 2, 3, 4]


@pytest.mark.parametrize("passed_on", [False, True], ids=["before", "behind"])
def test_line_that_is_cut_before_or_behind_the_last_byte_leaves_one_file(
    passed_on: bool, page: Page, draft: Application, line: Proxy
) -> None:
    posted: list[str] = []
    page.on("request", lambda request: posted.append(request.method))
    line.passed_on = passed_on
    line.cut_at = b'name="whole"'
    line.break_all()  # on a line in use the browser would try again by itself
    sends(page, jpeg())
    expect(page.locator("ol.papers > li")).to_have_count(1, timeout=30_000)
    assert posted.count("POST") == 2
    assert draft.files.count() == 1
    wait_for(lambda: draft.files.get().state == FileState.READY, seconds=30)
    assert sorted(blobs.names()) == sorted(known_blobs())


def known_blobs() -> list[str]:
    """What rows name of the store."""
    originals = File.objects.exclude(original=None).values_list("original", flat=True)
    return [*Sheet.objects.values_list("blob", flat=True), *filter(None, originals)]


def test_without_a_line_it_waits_and_goes_on_at_once(
    page: Page, draft: Application, line: Proxy
) -> None:
    page.context.set_offline(True)
    sends(page, jpeg())
    expect(page.locator("#sending li")).to_contain_text("There is no connection")
    assert not draft.files.exists()
    page.context.set_offline(False)
    sees(page, 1)


def test_crowd_is_waited_for(
    page: Page, draft: Application, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(uploads, "TURN_SECONDS", 0.01)
    turns = [uploads._turns.acquire() for _ in range(uploads.AT_ONCE)]
    assert all(turns)
    page.clock.install()
    sends(page, jpeg())
    expect(page.locator("#sending li")).to_contain_text("Yours is sent again by itself")
    for _ in turns:
        uploads._turns.release()
    page.clock.fast_forward("00:29")
    assert not draft.files.exists()
    page.clock.fast_forward("00:02")
    sees(page, 1)


def test_photo_becomes_small_and_stays_upright(page: Page, draft: Application) -> None:
    heavy = photo()
    assert len(heavy) > LARGE
    sends(page, heavy)
    sees(page, 1)
    assert draft.files.get().size <= LARGE
    sheet = Sheet.objects.select_related("file__application").get()
    assert (sheet.width, sheet.height) == (1754, 2339)
    assert_red_corner(sheet)


def assert_red_corner(sheet: Sheet) -> None:
    """The picture that is kept shows the mark at the top left."""
    drawn = Image.open(io.BytesIO(page_content(sheet)))
    red, green, _blue = cast("tuple[int, ...]", drawn.getpixel((drawn.width // 20,) * 2))
    assert red > 150 > green


BLACK = """HTMLCanvasElement.prototype.toBlob = function (done, kind, quality) {
  this.getContext("2d").fillRect(0, 0, this.width, this.height);
  OffscreenCanvas.prototype.convertToBlob.call(copy(this), { type: kind, quality }).then(done);
};
const copy = (canvas) => {
  const other = new OffscreenCanvas(canvas.width, canvas.height);
  other.getContext("2d").drawImage(canvas, 0, 0);
  return other;
};"""
# what browsers do wrong, and what then is the photo itself
DOUBTS = {
    "a black canvas": BLACK,
    "no resizing": "delete globalThis.createImageBitmap;",
    "photos on their side": """const plain = createImageBitmap;
      globalThis.createImageBitmap = async (blob, options) => {
        const bytes = new Uint8Array(await blob.arrayBuffer());
        const note = bytes.findIndex((byte, at) => byte === 1 && bytes[at + 1] === 0x12);
        bytes[note + 9] = 1;
        return plain(new Blob([bytes]), options);
      };""",
    "one colour to whoever reads": """CanvasRenderingContext2D.prototype.getImageData = () =>
      ({ data: new Uint8ClampedArray(1024).fill(255) });""",
    "noise to whoever reads": """CanvasRenderingContext2D.prototype.getImageData = () =>
      ({ data: Uint8ClampedArray.from({ length: 1024 }, () => 256 * Math.random()) });""",
}


@pytest.mark.parametrize("doubt", DOUBTS)
def test_at_any_doubt_the_photo_itself_is_sent(doubt: str, page: Page, draft: Application) -> None:
    page.add_init_script(DOUBTS[doubt])
    page.reload()
    sends(page, photo())
    sees(page, 1)
    assert draft.files.get().size == len(photo())
    assert_red_corner(Sheet.objects.select_related("file__application").get())


def test_photo_that_was_cut_is_not_mended(page: Page, draft: Application) -> None:
    sends(page, photo()[:-200_000])
    expect(page.locator("main")).to_contain_text("The file is not complete", timeout=30_000)
    assert draft.files.get().refusal == "not_whole"


def test_file_that_is_too_large_is_not_sent_and_the_others_are(
    page: Page, draft: Application
) -> None:
    sends(page, bytes(FILE_BYTES + 1), jpeg())
    expect(page.locator("#sending [role=alert]")).to_contain_text("larger than 20 MB")
    expect(page.locator("#sending [role=status]")).to_have_text("Arrived: 1 of 2", timeout=30_000)
    page.click("#sending [data-look] a")
    sees(page, 1)


def test_refusal_is_said_in_the_words_of_the_page(page: Page, draft: Application) -> None:
    for _ in range(PAPER_FILES):
        add_file(draft, "passport", CASES["a text"].content(), now=timezone.now())
    sends(page, jpeg())
    expect(page.locator("#sending [role=alert]")).to_contain_text("more than can be sent at once")
    assert draft.files.count() == PAPER_FILES


def test_full_disk_is_said(page: Page, draft: Application, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_any: object) -> str:
        raise blobs.StoreFull

    monkeypatch.setattr(blobs, "put", full)
    sends(page, jpeg())
    expect(page.locator("#sending [role=alert]")).to_contain_text("We can't keep any files")
    assert not draft.files.exists()


def test_draft_that_was_sent_or_has_ended_is_told_by_the_page(
    page: Page, draft: Application, opened: str
) -> None:
    draft.delete()
    sends(page, jpeg())
    expect(page).to_have_url(re.compile(r"/en/apply/humanitarian/$"))


def test_who_chooses_more_keeps_the_page(page: Page, draft: Application) -> None:
    page.evaluate("document.hasFocus = () => false")  # the camera is in front
    sends(page, jpeg())
    expect(page.locator("[data-look]")).to_be_visible(timeout=30_000)
    page.evaluate("delete document.hasFocus")
    sends(page, jpeg())
    sees(page, 2)

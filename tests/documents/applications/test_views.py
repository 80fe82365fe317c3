"""A person's way from the start to the receipt, and everything that is not it."""

from __future__ import annotations

import re
import threading
import uuid
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.core import mail
from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import UnreadablePostError
from django.test import Client, RequestFactory
from django.utils.html import escape
from pytest_django import DjangoCaptureOnCommitCallbacks, Settings

from config.foundation.outbox import Notification, send_due
from documents.applications import conversion, uploads
from documents.applications import store as blobs
from documents.applications.actions import drafts, processing
from documents.applications.actions.drafts import procedure_of
from documents.applications.actions.refusals import LengthMissing, NotWhole, StoreFull
from documents.applications.completeness import questions_to_ask
from documents.applications.conversion import ConverterBusy
from documents.applications.limits import FILE_BYTES
from documents.applications.models import Application, File, Intake, Page
from documents.applications.states import Status
from documents.applications.uploads import BoundedFiles
from documents.applications.views import papers
from tests.documents.applications.hostile_files import CASES, drawing, jpeg, printed, saved
from tests.documents.applications.making import (
    ANSWERS,
    FACTS,
    IF_AVAILABLE,
    NOW,
    PERSON,
    WANTED,
)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("intake")]
ADDRESSES = [
    *("apply/humanitarian/", "apply/humanitarian/questions/", "apply/contact/", "apply/verify/"),
    *("apply/verify/resend/", "apply/papers/", "apply/papers/1/", "apply/papers/1/remove/"),
    *("apply/papers/1/order/", "apply/papers/1/absent/", "apply/pages/1/", "apply/review/"),
    *("apply/family/", "apply/family/remove/"),
    *("apply/sent/", "apply/sent/receipt.pdf", "apply/end/", "apply/urgent/"),
]


class Way:
    """Somebody with a phone; nothing here runs a script."""

    def __init__(self, language: str = "en") -> None:
        self.client = Client(enforce_csrf_checks=True)
        self.language = language
        self.page = ""

    def get(self, path: str, *, status: int = 200) -> str:
        """A page."""
        answer = self.client.get(f"/{self.language}/{path}", follow=True)
        assert answer.status_code == status, path
        self.path = answer.redirect_chain[-1][0] if answer.redirect_chain else path
        self.page = answer.content.decode()
        return self.page

    def hidden(self, form: str = "step") -> dict[str, str]:
        """What stands in the form beside what people fill in."""
        found = re.search(rf'<form[^>]*\bid="{form}".*?</form>', self.page, re.S)
        assert found, form
        return dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', found[0]))

    def send(self, path: str, form: str = "step", *, status: int = 303, **fields: Any) -> str:
        """The form of the page that is open, with these entries."""
        data = self.hidden(form) | fields
        answer = self.client.post(f"/{self.language}/{path}", data)
        assert answer.status_code == status, answer.content.decode()
        if status != 303:
            self.page = answer.content.decode()
            return self.page
        return self.get(answer["Location"].removeprefix(f"/{self.language}/"))

    def upload(self, number: int, *files: bytes, status: int = 303, **fields: Any) -> str:
        """Files for one paper."""
        path = f"apply/papers/{number}/"
        self.get(path)
        named = [SimpleUploadedFile("scan.jpg", content) for content in files]
        return self.send(path, "upload", status=status, files=named, **fields)

    def answers(self) -> None:
        """Up to the papers."""
        self.get("apply/humanitarian/questions/")
        self.send("apply/humanitarian/questions/", **ANSWERS)

    def proves(self) -> None:
        """Person, and the code from the letter."""
        person: dict[str, Any] = {
            name: PERSON[name] for name in ("family_name", "given_names", "email")
        }
        self.send("apply/contact/", **person, birth_date="01.02.1990", phone="")
        send_due(queue=Notification.Queue.CODE, now=NOW)
        code = re.search(r"^\s+(\d{6})$", str(mail.outbox[-1].body), re.M)
        assert code
        self.send("apply/verify/", code=code[1])

    def completes(self) -> None:
        """Every paper, by photo or as absent."""
        for number, paper in enumerate(WANTED, start=1):
            if paper in IF_AVAILABLE:
                self.get(f"apply/papers/{number}/")
                data = re.search(r'action="[^"]*absent/">(.*?)</form>', self.page, re.S)
                assert data
                fields = dict(
                    re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', data[1])
                )
                path = f"/{self.language}/apply/papers/{number}/absent/"
                assert self.client.post(path, fields).status_code == 303
            else:
                self.upload(number, jpeg())


@pytest.fixture
def way() -> Iterator[Way]:
    """Somebody who has proved the address and is at the papers."""
    person = Way()
    with time_machine.travel(NOW, tick=False):
        person.answers()
        person.proves()
        yield person


# --- closed ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", ADDRESSES)
@pytest.mark.parametrize("why", ["nobody opened it", "no key", "no scanner", "over"])
def test_closed_is_404_and_reads_no_file(path: str, why: str, settings: Settings) -> None:
    if why == "nobody opened it":
        Intake.objects.update(opens_at=None)
    elif why == "over":
        Intake.objects.update(closes_at=NOW)
    else:
        change = {"keys": ()} if why == "no key" else {"is_demonstration": False}
        settings.APPLICATIONS = replace(settings.APPLICATIONS, **change)
    with time_machine.travel(NOW, tick=False):
        assert Client().get(f"/en/{path}").status_code in {404, 405}
        answer = Client().post(f"/en/{path}", {"files": SimpleUploadedFile("x.jpg", b"x" * 99)})
    assert answer.status_code in {400, 404, 405}
    assert list(blobs.names()) == []


@pytest.mark.parametrize("path", ["documents/humanitarian/", "check/expired/"])
def test_other_pages_refuse_the_first_byte_of_a_file(path: str) -> None:
    data = {"files": SimpleUploadedFile("x.jpg", b"x" * 99)}
    client = Client(enforce_csrf_checks=True)
    client.get(f"/en/{path}")  # for the cookie of the token
    assert client.post(f"/en/{path}", data).status_code == 400


def test_no_upload_without_a_token_of_the_page(way: Way) -> None:
    way.get("apply/papers/1/")
    data = way.hidden("upload") | {
        "csrfmiddlewaretoken": "",
        "files": SimpleUploadedFile("x", jpeg()),
    }
    assert way.client.post("/en/apply/papers/1/", data).status_code == 403
    assert list(blobs.names()) == []


# --- the way --------------------------------------------------------------------------------------


@pytest.mark.parametrize("language", ["de", "en", "de-simple", "ar"])
def test_whole_way(language: str) -> None:
    person = Way(language)
    with time_machine.travel(NOW, tick=False):
        person.get("apply/humanitarian/")
        assert "data-open" in person.page
        person.answers()
        person.proves()
        assert f'data-missing="{len(WANTED)}"' in person.page
        person.completes()
        person.get("apply/papers/")
        assert 'data-missing="0"' in person.page
        person.get("apply/review/")
        person.send("apply/review/", true="on")
        reference = re.search(r'id="reference">(A-[0-9A-Z]{4}-[0-9A-Z]{4})<', person.page)
        assert reference
        pdf = person.client.get(f"/{language}/apply/sent/receipt.pdf")
        assert pdf.content.startswith(b"%PDF-")
        send_due(queue=Notification.Queue.ORDINARY, now=NOW)
    sent = Application.objects.get()
    assert (sent.status, sent.sent_at, sent.reference) == (Status.SENT, NOW, reference[1])
    assert set(sent.answers["facts"]) == FACTS
    letter = str(mail.outbox[-1].body)
    assert reference[1] in letter
    assert "Rahimi" not in letter
    assert not any(word in letter for word in ("Mietbescheinigung", "Reisepass", "§ 25"))


def test_stop_says_where_to_go_and_keeps_nothing() -> None:
    person = Way()
    with time_machine.travel(NOW, tick=False):
        person.get("apply/humanitarian/questions/")
        answers = ANSWERS | {"who": "family_member"}
        person.send("apply/humanitarian/questions/", status=200, **answers)
    assert 'data-decision="refused"' in person.page
    assert "Family reunion is excluded by law" in person.page
    assert not Application.objects.exists()


def test_title_that_ends_soon_is_told_of_the_short_way() -> None:
    person = Way()
    with time_machine.travel(NOW, tick=False):
        person.get("apply/humanitarian/questions/")
        soon = ANSWERS | {"title_ends_on": "02.12.2026"}
        page = person.send("apply/humanitarian/questions/", **soon)
    assert "mailto:" in page
    assert "the sentence" in page


def test_age_is_not_asked_and_taken_from_the_birth_date(way: Way) -> None:
    page = way.get("apply/humanitarian/questions/")
    assert 'name="passport"' in page
    assert 'name="age"' not in page


def test_photos_of_one_form_become_pages_in_order(way: Way) -> None:
    page = way.upload(1, jpeg(), printed(2))
    assert page.count("<img") == 3
    assert list(
        Page.objects.order_by("file__position", "number").values_list("number", flat=True)
    ) == [*(1, 1, 2)]
    first = Page.objects.earliest("pk")
    shown = way.client.get(f"/en/apply/pages/{first.pk}/")
    assert shown.content.startswith(b"\xff\xd8\xff")
    assert "no-store" in shown["Cache-Control"]
    assert shown["Content-Security-Policy"].startswith("sandbox")


def test_unusable_file_says_what_to_do(way: Way) -> None:
    page = way.upload(1, CASES["a Word file"].content())
    assert "We can&#x27;t use this kind of file." in page
    assert File.objects.get().state == "refused"
    way.get("apply/papers/")
    assert f'data-missing="{len(WANTED)}"' in way.page


def test_warning_stands_at_its_picture_and_keeps_nobody_from_sending(way: Way) -> None:
    dark = drawing().point(lambda value: value / 8)
    page = way.upload(1, jpeg(), saved(dark, "JPEG", quality=95))
    _before, first, second = re.split(r'<li class="card" id="file-\d+">', page)
    assert "This photo is very dark" not in first
    assert "This photo is very dark" in second.partition("<img")[0]
    assert {file.state for file in File.objects.all()} == {"ready"}
    way.get("apply/papers/")
    assert f'data-missing="{len(WANTED) - 1}"' in way.page


def test_unusable_file_is_no_part_of_what_the_office_sees(way: Way) -> None:
    assert "What the office will see" not in way.upload(1, CASES["a Word file"].content())
    page = way.upload(1, jpeg())
    assert page.index("We can&#x27;t use this kind of file.") < page.index("What the office will")


def test_review_repeats_everything_and_leads_back(way: Way) -> None:
    way.completes()
    page = way.get("apply/review/")
    for said in (PERSON["family_name"], "1 February 1990", PERSON["email"]):
        assert said in page
    answers = re.findall(r'<dt class="beside">', page)
    _catalogue, procedure = procedure_of(Application.objects.get())
    assert len(answers) == len(questions_to_ask(procedure)) > 0
    for part in ("contact/", "humanitarian/questions/", "papers/"):
        assert f'href="/en/apply/{part}"' in page.partition('id="step"')[0].partition("<h1")[2]


def test_file_over_a_line_that_pauses_keeps_nothing(
    way: Way, monkeypatch: pytest.MonkeyPatch
) -> None:
    def pauses(*_any: object, **_more: object) -> None:
        raise UnreadablePostError

    monkeypatch.setattr(BoundedFiles, "receive_data_chunk", pauses)
    way.upload(1, jpeg(), status=422)
    assert "The connection broke" in way.page
    assert not File.objects.exists()


def test_file_beside_many_others_is_asked_to_come_again(
    way: Way, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(uploads, "_turns", threading.BoundedSemaphore(1))
    monkeypatch.setattr(uploads, "TURN_SECONDS", 0.01)
    with uploads.slow_line(RequestFactory().post("/")):
        way.upload(1, jpeg(), status=503)
    assert "Please send yours again in a minute" in way.page
    assert not File.objects.exists()
    way.upload(1, jpeg())


def test_body_of_unknown_length_is_not_read(way: Way) -> None:
    way.get("apply/papers/1/")
    data = way.hidden("upload") | {"files": SimpleUploadedFile("x.jpg", jpeg())}
    answer = way.client.post("/en/apply/papers/1/", data, CONTENT_LENGTH="")  # in chunks
    assert answer.status_code == 411
    assert str(LengthMissing.sentence) in answer.content.decode()
    assert not File.objects.exists()


def test_full_disk_is_said_and_keeps_nothing(way: Way, monkeypatch: pytest.MonkeyPatch) -> None:
    # F27
    def full(*_any: object, **_more: object) -> str:
        raise blobs.StoreFull

    monkeypatch.setattr(blobs, "put", full)
    assert str(escape(StoreFull.sentence)) in way.upload(1, jpeg(), status=507)
    assert not File.objects.exists()


def test_files_that_take_long_to_draw_are_drawn_later(
    way: Way, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(papers, "DRAWING_SECONDS", -1.0)
    way.upload(1, jpeg(), jpeg())
    assert [file.state for file in File.objects.all()] == ["received"] * 2
    assert "The file has arrived and counts" in way.page


def test_form_that_was_cut_keeps_nothing(way: Way) -> None:
    way.upload(1, jpeg(), status=422, whole="")
    assert "The connection broke" in way.page
    way.upload(1, status=422)
    assert not File.objects.exists()
    assert list(blobs.names()) == []


@pytest.mark.parametrize("pieces", [1, 3])
def test_more_than_20_mb_is_not_read(way: Way, pieces: int) -> None:
    content = bytes(FILE_BYTES // pieces + 1000)
    way.upload(1, *[content] * pieces, status=413)
    assert not File.objects.exists()
    assert list(blobs.names()) == []


def test_same_form_twice_is_one_file(way: Way) -> None:
    way.get("apply/papers/1/")
    data = way.hidden("upload")
    for _twice in "ab":
        fields = data | {"files": SimpleUploadedFile("x.jpg", jpeg())}
        assert way.client.post("/en/apply/papers/1/", fields).status_code == 303
    assert File.objects.count() == 1


def sent_by_script(way: Way, content: bytes, *, upload_id: uuid.UUID, place: str) -> Any:
    """What a script is told that sends one file of several."""
    hidden = way.hidden("upload") | {"upload_id": str(upload_id), "place": place}
    data = hidden | {"files": SimpleUploadedFile("file", content)}
    return way.client.post("/en/apply/papers/1/", data, headers={"Accept": "text/plain"})


def test_script_sends_files_one_by_one_in_any_order(way: Way) -> None:
    way.get("apply/papers/1/")
    form = uuid.uuid4()
    for place in (3, 1, 2, 3, 0):
        answer = sent_by_script(way, jpeg(), upload_id=form, place=str(place))
        assert (answer.status_code, answer.content) == (204, b"")
    way.upload(1, jpeg())
    ids = [uuid.uuid5(form, str(place)) for place in range(4)]
    kept = list(File.objects.order_by("position").values_list("upload_id", flat=True))
    assert kept[:4] == ids
    assert len(kept) == 5
    assert [file.position for file in File.objects.order_by("position")] == [1, 2, 3, 4, 5]


@pytest.mark.parametrize("place", ["", "-1", "x", "1000", "٣"])
def test_place_that_is_no_number_is_the_first(way: Way, place: str) -> None:
    way.get("apply/papers/1/")
    form = uuid.uuid4()
    assert sent_by_script(way, jpeg(), upload_id=form, place=place).status_code == 204
    assert File.objects.get().upload_id == uuid.uuid5(form, "0")


def test_script_is_told_a_refusal_in_one_sentence(way: Way) -> None:
    way.get("apply/papers/1/")
    answer = sent_by_script(way, b"", upload_id=uuid.uuid4(), place="0")
    assert (answer.status_code, answer["Content-Type"]) == (422, "text/plain")
    assert answer.content.decode() == str(NotWhole.sentence)


def test_busy_converter_keeps_nobody_from_sending(
    way: Way, monkeypatch: pytest.MonkeyPatch
) -> None:
    # F36
    def busy(*_any: object, **_more: object) -> None:
        raise ConverterBusy

    monkeypatch.setattr(processing, "convert", busy)
    way.completes()
    assert "counts" in way.get("apply/papers/1/")
    way.get("apply/review/")
    way.send("apply/review/", true="on")
    assert Application.objects.get().status == Status.SENT


def test_incomplete_is_not_sent(way: Way) -> None:
    way.upload(1, jpeg())
    assert 'data-missing="' in way.get("apply/review/")  # back at the list
    draft = Application.objects.get()
    data = way.hidden("end") | {"subject": draft.subject, "version": str(draft.version)}
    answer = way.client.post("/en/apply/review/", data | {"true": "on"})
    assert answer.status_code == 422
    assert Application.objects.get().sent_at is None


def test_nothing_is_sent_without_the_declaration(way: Way) -> None:
    way.completes()
    way.get("apply/review/")
    assert ".:" not in way.send("apply/review/", status=422)  # a sentence is no label
    assert Application.objects.get().sent_at is None


def test_form_of_another_application_does_nothing(way: Way) -> None:
    # decision 41: two tabs
    way.get("apply/papers/1/")
    old = way.hidden("upload")
    way.get("apply/papers/")
    way.send("apply/end/", "end")
    assert not Application.objects.exists()
    way.answers()
    way.proves()
    fields = old | {"files": SimpleUploadedFile("x.jpg", jpeg())}
    fields["csrfmiddlewaretoken"] = way.client.cookies["csrftoken"].value
    assert way.client.post("/en/apply/papers/1/", fields).status_code == 409
    assert not File.objects.exists()


def test_stranger_sees_nothing(way: Way) -> None:
    # T-U20
    way.upload(1, jpeg())
    page, file = Page.objects.get(), File.objects.get()
    other = Way()
    other.answers()
    other.proves()
    assert other.client.get(f"/en/apply/pages/{page.pk}/").status_code == 404
    other.get("apply/papers/1/")
    fields = other.hidden("upload") | {"file": str(file.pk)}
    other.client.post("/en/apply/papers/1/remove/", fields)
    assert File.objects.get() == file
    assert Client().get(f"/en/apply/pages/{page.pk}/", follow=True).redirect_chain


def test_no_page_shows_contents_once_sent(way: Way) -> None:
    # T-U13
    way.completes()
    page = Page.objects.earliest("pk")
    assert way.client.get(f"/en/apply/pages/{page.pk}/").status_code == 200
    way.get("apply/review/")
    way.send("apply/review/", true="on")
    assert way.client.get(f"/en/apply/pages/{page.pk}/").status_code == 302 + 1
    assert "<img" not in way.get("apply/papers/1/")


def test_draft_is_over_after_two_idle_hours(way: Way) -> None:
    with time_machine.travel(NOW + timedelta(hours=2), tick=False):
        way.get("apply/papers/")
        assert "data-open" in way.page  # back at the start, before any sweep


def test_end_deletes_everything_at_once(
    way: Way, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    way.upload(1, jpeg())
    way.get("apply/papers/")
    with django_capture_on_commit_callbacks(execute=True):
        page = way.send("apply/end/", "end")
    assert not Application.objects.exists()
    assert "Everything you entered and uploaded has been deleted." in page


def test_end_of_an_old_page_deletes_nothing_and_says_so(way: Way) -> None:
    way.get("apply/papers/")
    old = way.hidden("end") | {"subject": "application/0"}
    answer = way.client.post("/en/apply/end/", old)
    assert answer["Location"] == "/en/apply/papers/"
    assert Application.objects.count() == 1


def test_first_form_of_another_tab_does_not_replace_what_was_entered(way: Way) -> None:
    way.upload(1, jpeg())
    token = {"csrfmiddlewaretoken": way.hidden("upload")["csrfmiddlewaretoken"]}
    first = ANSWERS | token  # made before there was a draft to name
    same = way.client.post("/en/apply/humanitarian/questions/", first)
    assert same.status_code == 303
    first["title"] = "title_25_4a"
    other = way.client.post("/en/apply/humanitarian/questions/", first)
    assert other.status_code == 409
    assert Application.objects.count() == 1
    assert way.get("apply/papers/")


def test_draft_that_ends_while_its_file_is_drawn_is_no_fault(
    way: Way, monkeypatch: pytest.MonkeyPatch
) -> None:
    draw = conversion.convert

    def ended_meanwhile(*args: Any, **kwargs: Any) -> Any:
        drafts.end_draft(application=Application.objects.get(), now=NOW)
        return draw(*args, **kwargs)

    monkeypatch.setattr(processing, "convert", ended_meanwhile)
    way.get("apply/papers/1/")
    files = {"files": [SimpleUploadedFile("scan.jpg", jpeg())]}
    answer = way.client.post("/en/apply/papers/1/", way.hidden("upload") | files)
    assert answer.status_code == 303
    assert not File.objects.exists()


def test_page_without_its_file_is_told_from_a_removed_one(way: Way) -> None:
    way.upload(1, jpeg())
    page = Page.objects.get()
    blobs.delete(page.blob)
    assert way.client.get(f"/en/apply/pages/{page.pk}/").status_code == 503


def test_files_before_one_too_many_are_drawn(way: Way, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("documents.applications.actions.papers.PAPER_FILES", 2)
    page = way.upload(1, jpeg(), jpeg(), jpeg(), status=409)
    assert "more than can be sent at once" in page
    assert [file.state for file in File.objects.all()] == ["ready", "ready"]


def test_more_files_than_a_form_may_have_are_said_to_be(way: Way, settings: Settings) -> None:
    settings.DATA_UPLOAD_MAX_NUMBER_FILES = 2
    assert "more than can be sent at once" in way.upload(1, *[jpeg()] * 3, status=409)
    assert not File.objects.exists()


def test_nothing_is_promised_without_an_address() -> None:
    person = Way()
    with time_machine.travel(NOW, tick=False):
        person.answers()
        answer = person.client.post("/en/apply/verify/resend/", person.hidden())
        assert answer["Location"] == "/en/apply/contact/"
    assert not mail.outbox


def test_pages_say_nothing_of_a_name_of_a_file(way: Way) -> None:
    way.get("apply/papers/1/")
    upload = SimpleUploadedFile("Kanarienvogel.jpg", jpeg())
    way.send("apply/papers/1/", "upload", files=[upload])
    assert "Kanarienvogel" not in way.page
    assert "Kanarienvogel" not in str(list(File.objects.values()))

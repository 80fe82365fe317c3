"""The papers: what is there and what is missing, and one page for each of them."""

from __future__ import annotations

import logging
import time
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from django.core.exceptions import TooManyFilesSent
from django.http import Http404, HttpRequest, HttpResponse, UnreadablePostError
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt, csrf_protect

from config.foundation import limits
from config.foundation.actions import Refused
from config.foundation.numbers import whole_number
from config.foundation.office import office_day
from config.foundation.redirects import see_other
from documents.applications.actions import document_requests, drafts, papers, processing
from documents.applications.actions.blobs import BlobChanged, page_content
from documents.applications.actions.refusals import (
    ApplicationChanged,
    FileTooLarge,
    LengthMissing,
    NotWhole,
    TooManyAtOnce,
    TooMuch,
)
from documents.applications.completeness import NeededPaper, takes_family
from documents.applications.labels import FILE_SENTENCES, OBJECTION_SENTENCES, WARNING_SENTENCES
from documents.applications.limits import PAPER_FILES
from documents.applications.models import Application, DocumentRequest, File, Page
from documents.applications.sealing import KeyMissing
from documents.applications.states import SENT, WHOLE, FileState
from documents.applications.uploads import BoundedFiles, allow, slow_line
from documents.applications.views.session import (
    acts_on,
    answer,
    is_for_script,
    may_add_files,
    own_application,
    own_page,
)

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

logger = logging.getLogger(__name__)

# seconds for which somebody waits until it is their file's turn to be drawn
PATIENCE = 5.0
# for which somebody waits until their files are drawn; the last of them may begin at its end
DRAWING_SECONDS, WATCHED_LATER = 30.0, 60.0


@dataclass(frozen=True)
class PaperFile:
    """A file with what its person has to know of it."""

    file: File

    @property
    def sentence(self) -> StrOrPromise:
        """Why it can't be used, and what to do; empty where it can."""
        return FILE_SENTENCES.get(self.file.refusal, "")

    @property
    def warnings(self) -> list[StrOrPromise]:
        """What to look at again."""
        found = dict.fromkeys(one for page in self.file.pages.all() for one in page.warnings)
        return [WARNING_SENTENCES[one] for one in found]


@dataclass(frozen=True)
class Paper:
    """One paper of an application, as its pages show it."""

    number: int
    item: NeededPaper
    files: Sequence[PaperFile]
    is_absent: bool
    why: StrOrPromise = ""  # it was asked for afterwards

    @property
    def refused(self) -> list[PaperFile]:
        """The files that can't be used."""
        return [each for each in self.files if each.sentence]

    @property
    def usable(self) -> list[PaperFile]:
        """The files whose pages the office gets, in their order."""
        return [each for each in self.files if not each.sentence]

    @property
    def is_there(self) -> bool:
        """Whether a file of it counts."""
        return any(each.file.state in WHOLE for each in self.files)

    @property
    def is_done(self) -> bool:
        """Whether nothing more is needed."""
        return self.is_there or self.is_absent

    @property
    def pages_count(self) -> int:
        """How many pages can be seen."""
        return sum(each.file.pages_count for each in self.files)


def papers_of(
    application: Application, *, now: datetime, asked: DocumentRequest | None = None
) -> list[Paper]:
    """Every paper that is to be uploaded, with its files in their order.

    Those of the application as it was sent, or those that were `asked` for afterwards.
    """
    files: dict[str, list[PaperFile]] = {}
    for file in application.files.filter(document_request=asked).prefetch_related("pages"):
        files.setdefault(file.paper, []).append(PaperFile(file))
    said = application.absences.filter(document_request=asked)
    absent = set(said.values_list("paper", flat=True))
    if asked is None:
        needed, why = drafts.needed_by(application, on=office_day(now)), {}
    else:
        needed, why = document_requests.papers_asked(asked), document_requests.asked_of(asked)
    return [
        Paper(
            number,
            item,
            files.get(item.id, []),
            item.id in absent,
            OBJECTION_SENTENCES[why[item.id]] if item.id in why else "",
        )
        for number, item in enumerate(needed.papers, start=1)
    ]


@own_page("GET", "HEAD", supplies=True)
def overview(request: HttpRequest, application: Application, now: datetime) -> HttpResponse:
    """The list of papers: what is there, what is missing, what to bring as an original."""
    if not application.is_verified:
        return see_other("applications:verify")
    return overview_page(request, application, now=now)


def overview_page(
    request: HttpRequest,
    application: Application,
    *,
    now: datetime,
    refusal: Refused | None = None,
) -> HttpResponse:
    """The papers of a draft, or those that the office asked for."""
    asked = document_requests.open_request(application)
    found = papers_of(application, now=now, asked=asked)
    _catalogue, procedure = drafts.procedure_of(application)
    members = list(application.members.all())
    context = {
        "application": application,
        "asked": asked,
        # a list of today may take none any more: who is there can be taken out
        "takes_family": asked is None and (takes_family(procedure) or bool(members)),
        "members": members,
        "stop": None if asked else drafts.stop_for(application),
        "papers": found,
        "originals": document_requests.papers_to_add(application, on=office_day(now)).originals,
        "missing": sum(not one.is_done for one in found),
    }
    return answer(request, "papers", context, refusal)


@csrf_exempt  # checked inside, once it is known how the body may be read
def paper(request: HttpRequest, number: int) -> HttpResponse:
    """One paper: its pages as the office will see them, and the form for more of them.

    Files are read for somebody who may add them alone; anybody else's first byte is refused.
    """
    now = timezone.now()
    reader = None
    mine = own_application(request, now=now) if request.method == "POST" else None
    if mine is not None and may_add_files(request, mine):
        if not request.META.get("CONTENT_LENGTH"):
            return _unread(request, number, LengthMissing())
        reader = BoundedFiles(request)
        request.upload_handlers = [reader]
        try:
            with slow_line(request):
                _ = request.POST
        except TooManyAtOnce as refusal:
            return _unread(request, number, refusal)
        except TooManyFilesSent:
            return _unread(request, number, TooMuch())
        except UnreadablePostError:
            return _unread(request, number, NotWhole())
    return _checked(request, number, reader)


# config/foundation/language_switch.py leaves its body alone
paper.takes_files = True  # type: ignore[attr-defined]  # marks the view, as csrf_exempt does


@own_page("POST", supplies=True)
def _unread(
    request: HttpRequest, application: Application, now: datetime, number: int, refusal: Refused
) -> HttpResponse:
    """The page once more, with nothing done: its form did not come whole."""
    return _show(request, application, _paper_of(application, number, now=now), refusal)


@own_page("GET", "HEAD", "POST", supplies=True)
def _paper(
    request: HttpRequest,
    application: Application,
    now: datetime,
    number: int,
    reader: BoundedFiles | None,
) -> HttpResponse:
    if not application.is_verified:
        return see_other("applications:verify")
    found = _paper_of(application, number, now=now)
    refusal: Refused | None = None
    if request.method == "POST":
        try:
            _receive(request, application, found, reader, now=now)
            if is_for_script(request):
                return HttpResponse(status=204)
            return see_other("applications:paper", number)
        except Refused as error:
            refusal = error
            found = _paper_of(application, number, now=now)
    return _show(request, application, found, refusal)


_checked = csrf_protect(_paper)


def _show(
    request: HttpRequest, application: Application, found: Paper, refusal: Refused | None
) -> HttpResponse:
    context = {"application": application, "paper": found, "upload_id": uuid.uuid4()}
    return answer(request, "paper", context, refusal)


def _receive(
    request: HttpRequest,
    application: Application,
    found: Paper,
    reader: BoundedFiles | None,
    *,
    now: datetime,
) -> None:
    if reader is not None and reader.is_too_large:
        raise FileTooLarge
    if request.POST.get("whole") != "1":  # it stands last in the form
        raise NotWhole
    acts_on(request, application)
    if request.POST.get("paper") != found.item.id:
        raise ApplicationChanged  # the list of papers is another one by now
    try:
        form_id = uuid.UUID(request.POST.get("upload_id", ""))
    except ValueError as error:
        raise ApplicationChanged from error
    # a script sends each file of a form by itself, and says which of them it is
    place = whole_number(request.POST.get("place", ""), digits=3) or 0
    sent = [*request.FILES.getlist("files"), *request.FILES.getlist("photo")]
    if not sent:
        raise NotWhole
    kept: list[File] = []
    refusal: Refused | None = None
    try:
        for at, upload in enumerate(sent, start=place):
            kept.append(
                papers.receive_file(
                    application=application,
                    paper=found.item.id,
                    upload_id=uuid.uuid5(form_id, str(at)),
                    before=[uuid.uuid5(form_id, str(at + more)) for more in range(1, PAPER_FILES)],
                    content=upload.read(),
                    visitor=limits.client_address(request),
                    now=now,
                    on=office_day(now),
                )
            )
    except Refused as refused:
        refusal = refused  # those that were kept stand on the page, drawn like any other
    allow(request, WATCHED_LATER)
    until = time.monotonic() + DRAWING_SECONDS
    for file in kept:
        if time.monotonic() > until:
            break  # a sweep goes on
        processing.process_file(file.pk, now=now, patience=PATIENCE)
    if refusal is not None:
        raise refusal


def _paper_of(application: Application, number: int, *, now: datetime) -> Paper:
    asked = document_requests.open_request(application)
    found = papers_of(application, now=now, asked=asked)
    if not 1 <= number <= len(found):
        raise Http404
    return found[number - 1]


@own_page("POST", supplies=True)
def remove(
    request: HttpRequest, application: Application, now: datetime, number: int
) -> HttpResponse:
    """Takes a file out."""
    return _change(request, application, now, number, "remove")


@own_page("POST", supplies=True)
def move(
    request: HttpRequest, application: Application, now: datetime, number: int
) -> HttpResponse:
    """Puts a file one place further to the front."""
    return _change(request, application, now, number, "move")


@own_page("POST", supplies=True)
def absent(
    request: HttpRequest, application: Application, now: datetime, number: int
) -> HttpResponse:
    """Says that the person does not have a paper, or takes that back."""
    return _change(request, application, now, number, "absent")


def _change(
    request: HttpRequest, application: Application, now: datetime, number: int, what: str
) -> HttpResponse:
    found = _paper_of(application, number, now=now)
    try:
        acts_on(request, application)
        if request.POST.get("paper") != found.item.id:
            raise ApplicationChanged
        file = request.POST.get("file", "")
        file_id = int(file) if file.isdecimal() and len(file) < 18 else 0
        if what == "remove":
            papers.remove_file(application=application, file_id=file_id, now=now)
        elif what == "move":
            papers.move_file(application=application, file_id=file_id, now=now)
        else:
            papers.mark_absent(
                application=application,
                paper=found.item.id,
                absent=request.POST.get("absence") == "1",
                now=now,
                on=office_day(now),
            )
            return see_other("applications:papers")
    except Refused as refusal:
        return _show(request, application, found, refusal)
    return see_other("applications:paper", number)


@own_page("GET", "HEAD", supplies=True)
def page_picture(
    request: HttpRequest, application: Application, now: datetime, pk: int
) -> HttpResponse:
    """One page as it will be seen; only while it is this browser's and not sent."""
    asked = document_requests.open_request(application)
    if asked is None and application.status in SENT:
        raise Http404  # the request has ended a moment ago: all that is left was sent
    mine = Page.objects.filter(file__application=application, file__document_request=asked)
    ready = mine.filter(file__state=FileState.READY)
    page = ready.select_related("file__application").filter(pk=pk).first()
    if page is None:
        raise Http404
    return picture_of(page)


def picture_of(page: Page) -> HttpResponse:
    """A page as a picture: 503 while its key or file is missing, 404 once it was removed."""
    try:
        return picture(page_content(page))
    except (KeyMissing, BlobChanged, FileNotFoundError) as fault:
        if not Page.objects.filter(pk=page.pk).exists():
            raise Http404 from fault
        logger.error("page %s can't be shown: %s", page.pk, type(fault).__name__)
        return HttpResponse(status=503, content_type="text/plain")


def picture(content: bytes) -> HttpResponse:
    """A picture that is nothing but a picture to whatever shows it."""
    return HttpResponse(
        content,
        content_type="image/jpeg",
        headers={
            "Content-Security-Policy": "sandbox; default-src 'none'",
            "Cache-Control": "private, no-store",
            "Content-Disposition": 'inline; filename="page.jpg"',
        },
    )

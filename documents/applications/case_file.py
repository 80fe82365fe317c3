"""A copy of an application for the case file: papers as PDF, what was said as JSON, all hashes."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Iterable, Iterator
from datetime import datetime
from io import BytesIO
from typing import IO, Any, cast

from fpdf import FPDF

from config.foundation.office import Office
from documents.applications.actions.blobs import digest_of, page_content
from documents.applications.completeness import NeededPaper
from documents.applications.models import Application, FamilyMember, Page
from documents.applications.states import FileState

SCHEMA = "soforttermin.application/1"
POINTS_PER_PIXEL = 72 / 150  # pages are drawn at 150 dots an inch


class CopyBroken(Exception):
    """The application is no longer the one of which a copy was begun."""


class CaseFile:
    """The parts of a ZIP, made one after the other, so that no more than one paper is in memory."""

    def __init__(self, application: Application, *, office: Office, receipt: bytes) -> None:
        self.application, self.office, self.receipt = application, office, receipt
        self.sha512 = ""  # of SHA512SUMS, once the last part was made
        self._sums: dict[str, str] = {}

    def parts(self, items: Iterable[NeededPaper]) -> Iterator[bytes]:
        """The bytes of the ZIP; raises what `page_content` raises.

        Raises CopyBroken, without an end, when the application was changed or erased meanwhile.
        """
        sink = _Sink()
        with zipfile.ZipFile(cast(IO[bytes], sink), "w") as archive:
            papers = []
            absent = set(self.application.absences.values_list("paper", flat=True))
            people = [0, *self.application.members.values_list("pk", flat=True)]
            for number, item in enumerate(items, start=1):
                pages = _pages(self.application, item.id)
                paper: dict[str, Any] = {
                    "id": item.requirement,
                    "person": people.index(item.member),
                    "title": item.title.de,
                    "pages": len(pages),
                    "said_to_be_absent": item.id in absent,
                }
                if pages:
                    paper["file"] = f"{number:02}_{item.requirement}.pdf"
                    self._add(archive, paper["file"], _as_pdf(pages))
                    paper["sha512"] = self._sums[paper["file"]]
                    yield sink.taken()
                papers.append(paper)
            self._add(archive, "receipt.pdf", self.receipt)
            self._add(archive, "application.json", _as_json(self._said(papers)))
            self._add(archive, "metadata.json", _as_json(self._metadata()))
            self._check()  # a paper that was erased meanwhile looks like one that never was
            sums = "".join(f"{found}  {name}\n" for name, found in self._sums.items()).encode()
            archive.writestr("SHA512SUMS", sums)
            self.sha512 = digest_of(sums)
        yield sink.taken()

    def _check(self) -> None:
        row = self.application
        if not Application.objects.filter(pk=row.pk, version=row.version).exists():
            raise CopyBroken

    def _add(self, archive: zipfile.ZipFile, name: str, content: bytes) -> None:
        self._sums[name] = digest_of(content)
        archive.writestr(name, content)

    def _said(self, papers: list[dict[str, Any]]) -> dict[str, Any]:
        """Everything that the person said, under one version of a schema."""
        row = self.application
        return {
            "schema": SCHEMA,
            "reference": row.reference,
            "procedure": row.procedure,
            "list_version": row.catalogue_id,
            "arrived_at": _moment(row.sent_at, self.office),
            "office": self.office.title,
            "contact": {"email": row.email, "phone": row.phone, "language": row.language},
            # who applies first; papers name people by their place here
            "people": [
                {"role": "applicant", **_person(row)},
                *({"role": one.role, **_person(one)} for one in row.members.all()),
            ],
            "papers": papers,
            "outcome": row.outcome,
            "steps": [
                {"at": _moment(event.at, self.office), "step": event.action, "to": event.to_status}
                for event in row.events.all()
            ],
        }

    def _metadata(self) -> dict[str, Any]:
        """Shaped like the metadata of FIT-Connect 2.1.0, for whoever sends it on by that."""
        attachments = [
            {
                "attachmentId": f"{number:032x}",
                "purpose": "attachment" if name != "receipt.pdf" else "form",
                "filename": name,
                "mimeType": "application/pdf",
                "hash": {"type": "sha512", "content": found},
            }
            for number, (name, found) in enumerate(self._sums.items(), start=1)
            if name.endswith(".pdf")
        ]
        return {
            "contentStructure": {
                "data": {
                    "submissionSchema": {"schemaUri": SCHEMA, "mimeType": "application/json"},
                    "hash": {"type": "sha512", "content": self._sums["application.json"]},
                },
                "attachments": attachments,
            },
            "additionalReferenceInfo": {"senderReference": self.application.reference},
        }


class _Sink:
    """What was written since somebody last took it; a ZIP never goes back in it."""

    def __init__(self) -> None:
        self._parts: list[bytes] = []

    def write(self, part: bytes) -> int:
        """Keeps a part until it is taken."""
        self._parts.append(bytes(part))
        return len(part)

    def flush(self) -> None:
        """Nothing waits anywhere else."""

    def taken(self) -> bytes:
        """Hands over what there is."""
        found = b"".join(self._parts)
        self._parts.clear()
        return found


def _person(person: Application | FamilyMember) -> dict[str, Any]:
    names = ("family_name", "given_names", "birth_date", "answers")
    return {name: getattr(person, name) for name in names}


def _pages(application: Application, paper: str) -> list[Page]:
    files = application.files.sent().filter(paper=paper, state=FileState.READY)
    pages = Page.objects.filter(file__in=files).select_related("file__application")
    return list(pages.order_by("file__position", "number"))


def _as_pdf(pages: Iterable[Page]) -> bytes:
    """Pictures of pages, as they were drawn and looked at, in one document."""
    document = FPDF(unit="pt")
    document.set_margin(0)
    document.set_auto_page_break(auto=False)
    for page in pages:
        size = page.width * POINTS_PER_PIXEL, page.height * POINTS_PER_PIXEL
        document.add_page(format=size)
        document.image(BytesIO(page_content(page)), 0, 0, *size)
    return bytes(document.output())


def _as_json(content: dict[str, Any]) -> bytes:
    return json.dumps(content, ensure_ascii=False, indent=2).encode()


def _moment(at: datetime | None, office: Office) -> str | None:
    return at.astimezone(office.zone).isoformat(timespec="seconds") if at else None

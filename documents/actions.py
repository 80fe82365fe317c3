"""What the office does with its catalogue: copy to a draft, publish, take the shipped one."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from django.utils.translation import gettext_lazy as _

from config.foundation.actions import Refused, action
from config.foundation.staff import Staff
from documents.models import (
    CatalogueVersion,
    Charge,
    Fee,
    Note,
    Option,
    Procedure,
    Question,
    Reduction,
    Requirement,
)
from documents.validation import read
from documents.yaml_files import digest


class NotADraft(Refused):
    """A published version stays as it is."""

    sentence = _("This version is published and stays as it is. Copy it to a draft to change it.")


class PublishedBackwards(Refused):
    """People were already told something else for that day."""

    sentence = _("A version can't become valid in the past.")


class OfficeHasItsOwn(Refused):
    """The shipped catalogue would overwrite what the office published."""

    sentence = _("The office has published its own version. Use --replace to go back to ours.")


# Keys of the document that a row keeps under another name, or not at all.
_SLUG_IS_ID = {"id": "slug"}
_KEYS: dict[Any, tuple[str, ...]] = {
    Procedure: ("id", "kind", "title", "intro"),
    Question: ("id", "kind", "title", "help", "groups", "picture", "of"),
    Option: ("fact", "label"),
    Requirement: (
        *("id", "title", "reason", "details", "accepted", "not_accepted"),
        *("condition", "if_available", "by", "office_states", "see", "of"),
    ),
    Note: ("id", "kind", "title", "text", "condition", "link", "see", "counts_from", "offset"),
    Charge: ("code", "condition", "certain"),
    Fee: ("code", "kind", "title", "amount", "basis", "valid_from", "valid_until"),
    Reduction: (
        *("id", "share", "codes", "reason", "condition", "not_codes", "otherwise"),
        *("ask_codes", "ask", "basis"),
    ),
}
_PARTS: dict[str, Any] = {"requirements": Requirement, "notes": Note, "charges": Charge}


def pack(version: CatalogueVersion, *, with_pk: bool = False) -> dict[str, Any]:
    """The rows of a draft as one document; for pages that lead to them, each with its `pk`."""
    plain = _plain_with_pk if with_pk else _plain
    procedures = version.procedures.prefetch_related(
        "questions__options", "requirements", "notes", "charges"
    )
    return {
        "valid_from": version.valid_from.isoformat(),
        "reviews": version.reviews,
        "fees": [plain(fee) for fee in version.fees.all()],
        "reductions": [plain(reduction) for reduction in version.reductions.all()],
        "procedures": [
            plain(procedure)
            | {
                "questions": [
                    plain(question) | {"options": [plain(o) for o in question.options.all()]}
                    for question in procedure.questions.all()
                ]
            }
            | {name: [plain(row) for row in getattr(procedure, name).all()] for name in _PARTS}
            for procedure in procedures
        ],
    }


def content_of(version: CatalogueVersion) -> dict[str, Any]:
    """The document of any version, draft or published."""
    content: dict[str, Any] = version.content
    return pack(version) if version.is_draft else content


def _plain(row: Any) -> dict[str, Any]:
    found = {}
    for key in _KEYS[type(row)]:
        value = getattr(row, _SLUG_IS_ID.get(key, key))
        plain = value is None or isinstance(value, bool | dict | list | str)
        found[key] = value if plain else str(value)
    return found


def _plain_with_pk(row: Any) -> dict[str, Any]:
    return {**_plain(row), "pk": row.pk}


@action
def copy_to_draft(version: CatalogueVersion, *, name: str, valid_from: date) -> CatalogueVersion:
    """A draft with everything the version says, to be edited and published."""
    content = content_of(version)
    draft = CatalogueVersion.objects.create(
        name=name,
        source=CatalogueVersion.Source.OFFICE,
        valid_from=valid_from,
        reviews=content.get("reviews", []),
    )
    _unpack(content, draft)
    return draft


def _unpack(content: Mapping[str, Any], draft: CatalogueVersion) -> None:
    for name, model in (("fees", Fee), ("reductions", Reduction)):
        _rows(model, content.get(name, []), version=draft)
    procedures = _rows(Procedure, content["procedures"], version=draft)
    for procedure, said in zip(procedures, content["procedures"], strict=True):
        for name, model in _PARTS.items():
            _rows(model, said.get(name, []), procedure=procedure)
        asked = said.get("questions", [])
        for question, spoken in zip(
            _rows(Question, asked, procedure=procedure), asked, strict=True
        ):
            _rows(Option, spoken.get("options", []), question=question)


def _rows(model: Any, said: list[dict[str, Any]], **parent: Any) -> list[Any]:
    rows = [
        model(
            position=position,
            **parent,
            **{_SLUG_IS_ID.get(key, key): one[key] for key in _KEYS[model] if key in one},
        )
        for position, one in enumerate(said)
    ]
    return list(model.objects.bulk_create(rows))


@action
def publish(version: CatalogueVersion, *, by: Staff | None, now: datetime, today: date) -> None:
    """People see the draft from its day on; its rows become one document that never changes.

    Raises NotADraft, PublishedBackwards, and CatalogueBroken with every problem of the draft.
    """
    if not version.is_draft:
        raise NotADraft
    if version.valid_from < today:
        raise PublishedBackwards
    content = pack(version)
    read(content)
    written = CatalogueVersion.objects.drafts().filter(pk=version.pk)
    if not written.update(
        content=content, digest=digest(content), published_at=now, published_by=by
    ):
        raise NotADraft
    version.procedures.all().delete()
    version.fees.all().delete()
    version.reductions.all().delete()


@action
def take_shipped(
    content: dict[str, Any], *, replace: bool, now: datetime, today: date
) -> CatalogueVersion | None:
    """Publishes the shipped catalogue, or nothing if it is already the newest.

    Raises OfficeHasItsOwn unless told to replace, and CatalogueBroken.
    """
    read(content)
    newest = CatalogueVersion.objects.published().order_by("-published_at", "-pk").first()
    mark = digest(content)
    if newest is not None and newest.digest == mark:
        return None
    if newest is not None and newest.source == CatalogueVersion.Source.OFFICE and not replace:
        raise OfficeHasItsOwn
    # The first one holds for the past as well; a later one must not rewrite it.
    begins = date.fromisoformat(content["valid_from"]) if newest is None else today
    return CatalogueVersion.objects.create(
        name=f"{today:%d.%m.%Y}",
        source=CatalogueVersion.Source.SHIPPED,
        valid_from=begins,
        reviews=content.get("reviews", []),
        content=content,
        digest=mark,
        published_at=now,
    )

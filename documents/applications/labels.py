"""Where an application stands, why a paper is asked for again or a file can't be used, in words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy as _

from documents.applications.states import Objection, Status

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

STATUS_SENTENCES: dict[Status, StrOrPromise] = {
    Status.SENT: _("It has arrived. The office has not begun to check it yet."),
    Status.IN_REVIEW: _("The office is checking your papers."),
    Status.PAPERS_MISSING: _("The office needs papers from you."),
    Status.INVITED: _(
        "The office has invited you to an appointment. The link to choose it is in an e-mail of "
        "its own."
    ),
    Status.WITHDRAWN: _("It was withdrawn. The office does not go on with it."),
    Status.CLOSED: _("The office has finished the review."),
}
OBJECTION_SENTENCES: dict[Objection, StrOrPromise] = {
    Objection.MISSING: _("This paper is missing."),
    Objection.UNREADABLE: _("This paper can't be read well."),
    Objection.INCOMPLETE: _("Pages of this paper are missing."),
    Objection.OUTDATED: _("This paper is too old or no longer valid."),
    Objection.WRONG_PAPER: _("The office needs another paper than the one you sent."),
    Objection.NOT_SIGNED: _("A signature is missing."),
    Objection.NOT_TRANSLATED: _("A translation into German is missing."),
}
FILE_SENTENCES: dict[str, StrOrPromise] = {
    "empty": _("The file is empty. Please choose it again."),
    "unknown_kind": _(
        "We can't use this kind of file. Please take a photo of the paper, or save it as PDF."
    ),
    "not_whole": _("The file is not complete. Please send it again."),
    "password": _("The PDF has a password. Please save it without one, or take a photo."),
    "form_xfa": _("This PDF form can't be read here. Please print it to a PDF, or take a photo."),
    "form_not_drawn": _(
        "Some letters in this PDF form would be lost. Please print it to a PDF, or take a photo."
    ),
    "contains_files": _("Other files are inside this PDF. Please send each of them by itself."),
    "too_many_pages": _("These are more than 100 pages. Please send fewer."),
    "too_large": _("This picture is too large. Please take a photo of the paper instead."),
    "too_heavy": _("We could not draw this file. Please take a photo of the paper instead."),
    "one_colour": _("Nothing can be seen in this photo. Please take it again."),
    "unreadable": _("We can't read this file. Please take a photo of the paper instead."),
    "virus": _("Malware was found in this file. It was deleted. Please take a photo instead."),
}
WARNING_SENTENCES: dict[str, StrOrPromise] = {
    "dark": _("This photo is very dark. Can you read everything? If not, take it again."),
    "blurred": _("This photo may be blurred. Can you read everything? If not, take it again."),
}

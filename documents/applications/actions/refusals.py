"""What an application may answer instead of acting; each with its sentence for the person."""

from __future__ import annotations

from collections.abc import Sequence

from django.utils.translation import gettext_lazy as _

from config.foundation.actions import Refused
from documents.applications.completeness import NeededPaper
from documents.checklist import Advice


class NotOpen(Refused):
    """The office does not take applications online, or takes no new ones at the moment."""

    code = "not_open"
    needs_office = True
    sentence = _("Online applications are not possible at the moment.")


class ApplicationChanged(Refused):
    """The draft is no longer the one that the page showed, was sent, or is deleted."""

    code = "entries_changed"
    sentence = _(
        "Your application has been changed, sent or deleted in another window. Please check what "
        "is there now."
    )


class NotEligible(Refused):
    """Another procedure or mailbox is the right one: `stop` says which."""

    code = "not_eligible"
    sentence = _("This application is not possible with your answers.")

    def __init__(self, stop: Advice) -> None:
        super().__init__()
        self.stop = stop


class Incomplete(Refused):
    """Papers are missing: `missing` says which."""

    code = "incomplete"
    sentence = _("Some papers are missing. You can send the application when all are there.")

    def __init__(self, missing: Sequence[NeededPaper]) -> None:
        super().__init__()
        self.missing = missing


class NotVerified(Refused):
    """The address has to prove itself first."""

    code = "not_verified"
    sentence = _("Please confirm your e-mail address first.")


class WrongCode(Refused):
    """The code is none of the last three, or too old."""

    code = "wrong_code"
    sentence = _("This code is not correct or no longer valid. Please check it.")


class TooManyTries(Refused):
    """Five wrong codes; another one must be sent."""

    code = "too_many_tries"
    sentence = _("That were too many wrong codes. Please ask for a new one.")


class TooManyLetters(Refused):
    """A code left a moment ago, or six within the hour."""

    code = "too_many_letters"
    sentence = _("We have just sent you a code. Please wait a minute before you ask for another.")


class TooMuch(Refused):
    """More files, pages or bytes than one paper or application may have."""

    code = "too_much"
    sentence = _("This is more than can be sent at once. Please remove a file first.")


class FileTooLarge(Refused):
    """One file is larger than 20 MB."""

    code = "file_too_large"
    sentence = _("This file is larger than 20 MB. Please send fewer pages or smaller photos.")


class TooManyAtOnce(Refused):
    """As many files are arriving as may; one more would keep everybody else waiting."""

    code = "too_many_at_once"
    sentence = _("Many files are arriving at the moment. Please send yours again in a minute.")


class LengthMissing(Refused):
    """Nobody knows how large the body is, so nothing of it can be read."""

    code = "length_missing"
    sentence = _(
        "Your browser did not say how large the file is, so that nothing arrived. Please send it "
        "with another browser."
    )


class NotWhole(Refused):
    """The connection broke before the last byte."""

    code = "not_whole"
    sentence = _("The connection broke, so that nothing arrived. Please send the file again.")


class StoreFull(Refused):
    """No room on the disk."""

    code = "store_full"
    needs_office = True
    sentence = _("We can't keep any files at the moment. Please try again later.")


class TooManyDrafts(Refused):
    """One place begins application after application."""

    code = "too_many_drafts"
    sentence = _("Too many applications were begun from your connection. Please try again later.")


class TooManyMembers(Refused):
    """More members of a family than one application takes."""

    code = "too_many_members"
    sentence = _("No more people can apply together. Please ask the office.")

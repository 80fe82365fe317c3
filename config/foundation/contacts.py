"""Who answers which question, and where forms and services are: data of the office."""

from __future__ import annotations

import re
import time as _time
from dataclasses import dataclass

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import URLValidator, validate_email
from django.db import models
from django.utils.translation import gettext_lazy as _

from config.foundation.office import CounterGroup, in_language

_PLACE = re.compile(r"[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*)?")
_check_url = URLValidator(schemes=["https"])


def check_places(text: str) -> None:
    """Raises ValidationError unless each line is a place like "study.form"."""
    if not all(_PLACE.fullmatch(line) for line in text.split()):
        raise ValidationError(_("Write a place like study.form, one a line."))


class Link(models.Model):
    """A mailbox, form, online service or film of the office; empty until somebody knows it."""

    class Kind(models.TextChoices):
        MAILBOX = "mailbox", _("mailbox")
        FORM = "form", _("form")
        SERVICE = "service", _("online service")
        VIDEO = "video", _("film")
        PAGE = "page", _("page to read")

    slug = models.SlugField(_("short name"), unique=True)
    kind = models.CharField(_("kind"), max_length=10, choices=Kind.choices)
    name = models.JSONField(_("name"), help_text=_("language: text; German is needed"))
    address = models.CharField(
        _("e-mail address or https address"),
        max_length=500,
        blank=True,
        help_text=_("Empty: not yet provided; the public pages then leave it out."),
    )
    is_confirmed = models.BooleanField(_("confirmed by the office"), default=False)
    places = models.TextField(
        _("shown at"),
        blank=True,
        validators=[check_places],
        help_text=_("one place a line, like study.form: the list and, after the dot, its row"),
    )
    position = models.PositiveSmallIntegerField(_("position"), default=0)

    class Meta:
        verbose_name = _("mailbox or link")
        verbose_name_plural = _("mailboxes and links")
        ordering = ["position", "slug"]

    def __str__(self) -> str:
        return in_language(self.name)

    def clean(self) -> None:
        """Refuses an address that is of another kind."""
        if self.address:
            try:
                check = validate_email if self.kind == self.Kind.MAILBOX else _check_url
                check(self.address)
            except ValidationError as error:
                raise ValidationError({"address": error.messages}) from error


@dataclass(frozen=True)
class Mailbox:
    """Where to write, and about what."""

    name: dict[str, str]
    address: str
    places: frozenset[str] = frozenset()


_kept: dict[str, tuple[float, list[Link]]] = {}


def provided() -> list[Link]:
    """Everything that has an address, at most two seconds old."""
    kept = _kept.get("links")
    if kept and kept[0] > _time.monotonic():
        return kept[1]
    rows = list(Link.objects.exclude(address=""))
    _kept["links"] = (_time.monotonic() + settings.OFFICE_MEMORY_SECONDS, rows)
    return rows


def links_at(place: str) -> list[Link]:
    """Forms, services and films that belong to a list ("study") or its row ("study.form")."""
    rows = [row for row in provided() if row.kind != Link.Kind.MAILBOX]
    return [row for row in rows if place in row.places.split()]


def online_services() -> list[Link]:
    """Where people apply online."""
    return [row for row in provided() if row.kind == Link.Kind.SERVICE]


def mailboxes() -> list[Mailbox]:
    """Every mailbox; in an office that has named none yet, those of the counters."""
    rows = [row for row in provided() if row.kind == Link.Kind.MAILBOX]
    if rows:
        return [Mailbox(row.name, row.address, frozenset(row.places.split())) for row in rows]
    return [Mailbox(row.name, row.mailbox) for row in CounterGroup.objects.exclude(mailbox="")]


def mailboxes_at(place: str) -> list[Mailbox]:
    """Every mailbox, those of the place or of its list first."""
    wanted = {place, place.partition(".")[0]}
    return sorted(mailboxes(), key=lambda one: not (wanted & one.places))


def mailboxes_for(place: str) -> list[Mailbox]:
    """The mailboxes of this very place, or of its list; where there are none, all."""
    found = mailboxes()
    for wanted in (place, place.partition(".")[0]):
        if mine := [one for one in found if wanted in one.places]:
            return mine
    return found


def own_mailboxes(place: str) -> list[Mailbox]:
    """The mailboxes of this very place; none while the office has named none."""
    return [one for one in mailboxes() if place in one.places]


def missing() -> list[Link]:
    """What the office has not provided yet, or not confirmed; for the team lead."""
    return list(Link.objects.filter(models.Q(address="") | models.Q(is_confirmed=False)))


def forget_links() -> None:
    """Lets the next call read the database again."""
    _kept.clear()

"""What the desk adds to a visit, and people who came without an appointment as numbers."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from booking.models.appointments import Appointment

NOTE_LENGTH = 280
ASSIGNMENT_LASTS = timedelta(minutes=20)


class VisitNote(models.Model):
    """One dated note about a visit, which only the desk reads."""

    appointment = models.OneToOneField(
        Appointment, models.CASCADE, related_name="note", verbose_name=_("appointment")
    )
    # empty once it was taken away; the row stays, so that no older form can write over a newer note
    text = models.CharField(_("text of the note"), max_length=NOTE_LENGTH, blank=True)
    version = models.PositiveIntegerField(default=1)
    written_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("by")
    )
    written_at = models.DateTimeField(_("at"))

    class Meta:
        verbose_name = _("note of a visit")
        verbose_name_plural = _("notes of visits")
        default_permissions = ()

    def __str__(self) -> str:
        return f"note {self.pk}"


class VisitAssignment(models.Model):
    """Who of the desk is at work on a visit; it locks nobody out and ends by the clock."""

    appointment = models.OneToOneField(
        Appointment, models.CASCADE, related_name="assignment", verbose_name=_("appointment")
    )
    version = models.PositiveIntegerField(default=1)
    assignee = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("assigned to")
    )
    assigned_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("by")
    )
    assigned_at = models.DateTimeField(_("at"))

    class Meta:
        verbose_name = _("assignment")
        verbose_name_plural = _("assignments")
        default_permissions = ()

    def __str__(self) -> str:
        return f"assignment {self.pk}"

    @property
    def ends_at(self) -> datetime:
        """From when on nobody is at work on it any more."""
        return self.assigned_at + ASSIGNMENT_LASTS


class PhoneCall(models.Model):
    """One call to somebody whom no letter reached in time; only ever added."""

    class Result(models.TextChoices):
        REACHED = "reached", _("reached")
        NOT_REACHED = "not_reached", _("not reached")
        AGAIN = "again", _("to be called again")

    appointment = models.ForeignKey(
        Appointment, models.CASCADE, related_name="calls", verbose_name=_("appointment")
    )
    number = models.PositiveSmallIntegerField()
    result = models.CharField(_("result"), max_length=12, choices=Result.choices)
    again_at = models.DateTimeField(_("again at"), null=True, blank=True)
    called_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("by")
    )
    called_at = models.DateTimeField(_("at"))

    class Meta:
        verbose_name = _("call")
        verbose_name_plural = _("calls")
        default_permissions = ()
        ordering = ["appointment", "number"]
        constraints = [
            models.UniqueConstraint(fields=["appointment", "number"], name="call_one_per_number"),
            models.CheckConstraint(
                name="call_again_at_iff_again",
                condition=Q(result="again", again_at__isnull=False)
                | (~Q(result="again") & Q(again_at=None)),
            ),
        ]

    def __str__(self) -> str:
        return f"call {self.pk}"


class WalkIn(models.Model):
    """How many people without an appointment were shown which way, on one day; no persons."""

    class Way(models.TextChoices):
        BOOK = "book", _("may book")
        WAIT = "wait", _("may wait")
        SHEET = "sheet", _("another way, on a sheet")

    day = models.DateField(_("day"))
    category = models.CharField(_("category"), max_length=20)
    way = models.CharField(_("way"), max_length=5, choices=Way.choices)
    count = models.PositiveIntegerField(_("how often"), default=0)

    class Meta:
        verbose_name = _("person without an appointment")
        verbose_name_plural = _("people without an appointment")
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(
                fields=["day", "category", "way"], name="walk_in_one_row_per_day_and_way"
            )
        ]

    def __str__(self) -> str:
        return f"{self.day} {self.category} {self.way}"

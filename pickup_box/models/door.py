"""What happens at the doors: openings, alarms, wrong tries."""

from __future__ import annotations

import uuid
from datetime import datetime, timedelta

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from pickup_box.models.box import Box, Compartment
from pickup_box.models.deposit import Deposit

# The watch runs every 5 s, so a door that is silent is an alarm within 30 s.
ANSWER_WITHIN = timedelta(seconds=20)
CLOSE_WITHIN = timedelta(seconds=115)  # an alarm at 120 s


class OpeningQuerySet(models.QuerySet["Opening"]):
    """Openings in the language of the desk."""

    def running(self) -> OpeningQuerySet:
        """Those that have neither ended well nor failed."""
        return self.filter(closed_at=None, failed_at=None)

    def due(self, *, now: datetime) -> OpeningQuerySet:
        """Commands the hardware should still carry out; an old one is never offered again."""
        fresh = self.running().filter(opened_at=None, requested_at__gt=now - ANSWER_WITHIN)
        return fresh.order_by("pk")

    def unanswered(self, *, now: datetime) -> OpeningQuerySet:
        """Commands whose door did not answer in time."""
        return self.running().filter(opened_at=None, requested_at__lte=now - ANSWER_WITHIN)

    def left_open(self, *, now: datetime) -> OpeningQuerySet:
        """Doors that stand open for too long."""
        return self.running().filter(opened_at__lte=now - CLOSE_WITHIN)


class Opening(models.Model):
    """One command to open one door, and the record of the handover when a person gave it."""

    class Kind(models.TextChoices):
        COLLECT = "collect", _("a person collects")
        LOAD = "load", _("staff load")
        RECALL = "recall", _("staff take out")
        LOOK = "look", _("staff look")

    box = models.ForeignKey(Box, models.PROTECT, related_name="+", verbose_name=_("pickup box"))
    compartment = models.ForeignKey(
        Compartment, models.PROTECT, related_name="openings", verbose_name=_("compartment")
    )
    deposit = models.ForeignKey(
        Deposit,
        models.PROTECT,
        related_name="openings",
        verbose_name=_("deposit"),
        null=True,
        blank=True,
    )
    kind = models.CharField(_("kind"), max_length=8, choices=Kind.choices)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        related_name="+",
        verbose_name=_("by"),
        null=True,
        blank=True,
    )
    reason = models.CharField(_("reason"), max_length=60, blank=True)
    # the hardware names it in its answers; a second command with the same one opens nothing
    nonce = models.UUIDField(unique=True, default=uuid.uuid4)
    requested_at = models.DateTimeField(_("requested at"))
    opened_at = models.DateTimeField(_("door opened at"), null=True, blank=True)
    closed_at = models.DateTimeField(_("door closed at"), null=True, blank=True)
    failed_at = models.DateTimeField(_("lost at"), null=True, blank=True)
    found_empty = models.BooleanField(_("found empty by the sensor"), null=True, blank=True)
    # Which factors were right, never their values. All three, or there is no opening.
    by_contact = models.BooleanField(default=False)
    by_code = models.BooleanField(default=False)
    by_birth_date = models.BooleanField(default=False)
    old_document_in = models.BooleanField(_("old document handed in"), default=False)
    # so that a double press gets the same answer; blanked when the door closes
    code_hash = models.CharField(max_length=200, blank=True)

    objects = OpeningQuerySet.as_manager()

    class Meta:
        verbose_name = _("opening")
        verbose_name_plural = _("openings")
        default_permissions = ("view",)
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["compartment"],
                name="opening_one_running_per_compartment",
                condition=Q(closed_at=None, failed_at=None),
            ),
            models.CheckConstraint(
                name="opening_by_all_three_factors_or_by_staff",
                condition=Q(kind="collect", by=None, deposit__isnull=False)
                & Q(by_contact=True, by_code=True, by_birth_date=True)
                | Q(kind__in=["load", "recall", "look"], by__isnull=False)
                & Q(by_contact=False, by_code=False, by_birth_date=False),
            ),
            models.CheckConstraint(
                name="opening_closed_after_opened",
                condition=Q(closed_at=None) | Q(opened_at__isnull=False),
            ),
        ]
        indexes = [models.Index(fields=["box", "requested_at"], name="opening_by_box_and_time")]

    def __str__(self) -> str:
        return f"{self.kind} {self.pk}"


class Alarm(models.Model):
    """Something at the box that staff have to look at."""

    class Kind(models.TextChoices):
        UNANSWERED = "unanswered", _("a door did not answer")
        LEFT_OPEN = "left_open", _("a door stands open")
        POWER_LOST = "power_lost", _("power was lost while a door was open")
        NOT_TAKEN = "not_taken", _("closed with something inside")
        DOOR_FAULT = "door_fault", _("a door is broken")
        CODE_VOID = "code_void", _("five wrong tries: the code is void")
        PAUSED = "paused", _("many wrong tries: the terminal pauses")
        STOPPED = "stopped", _("too many openings: the box has stopped")
        CALL = "call", _("somebody at the terminal asks for help")

    box = models.ForeignKey(
        Box, models.PROTECT, related_name="alarms", verbose_name=_("pickup box")
    )
    kind = models.CharField(_("kind"), max_length=12, choices=Kind.choices)
    # "opening/17": the same cause raises one alarm
    cause = models.CharField(max_length=80)
    at = models.DateTimeField(_("at"))
    compartment = models.ForeignKey(
        Compartment,
        models.PROTECT,
        related_name="+",
        verbose_name=_("compartment"),
        null=True,
        blank=True,
    )
    deposit = models.ForeignKey(
        Deposit,
        models.PROTECT,
        related_name="+",
        verbose_name=_("deposit"),
        null=True,
        blank=True,
    )
    handled_at = models.DateTimeField(_("handled at"), null=True, blank=True)
    handled_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        related_name="+",
        verbose_name=_("handled by"),
        null=True,
        blank=True,
    )

    class Meta:
        verbose_name = _("alarm")
        verbose_name_plural = _("alarms")
        default_permissions = ("view",)
        ordering = ["-at", "-pk"]
        constraints = [
            models.UniqueConstraint(fields=["kind", "cause"], name="alarm_once_per_cause"),
            models.CheckConstraint(
                name="alarm_handled_at_and_by_together",
                condition=Q(handled_at=None, handled_by=None)
                | Q(handled_at__isnull=False, handled_by__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.cause}"


class WrongTry(models.Model):
    """A wrong combination at a terminal: when, not what."""

    box = models.ForeignKey(Box, models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        default_permissions = ()
        indexes = [models.Index(fields=["box", "at"], name="wrong_try_by_box_and_time")]

    def __str__(self) -> str:
        return f"wrong try {self.pk}"


class Nonce(models.Model):
    """A signed message of the hardware that was already heard."""

    box = models.ForeignKey(Box, models.PROTECT, related_name="+")
    value = models.CharField(max_length=64)
    at = models.DateTimeField(db_index=True)

    class Meta:
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(fields=["box", "value"], name="nonce_heard_once_per_box")
        ]

    def __str__(self) -> str:
        return f"nonce {self.pk}"

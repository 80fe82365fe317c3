"""Appointments and everything that happened to them."""

from __future__ import annotations

from datetime import datetime

from django.conf import settings
from django.db import models
from django.db.models import F, OuterRef, Q
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from booking.models.applicants import Applicant
from booking.models.quotas import Quota
from booking.states import (
    CALLED_OFF,
    LIVE_FOR_PERSON,
    LIVE_FOR_SLOT,
    PROVISIONAL,
    SETTLED,
    NeedByKind,
    Status,
)

_PROVISIONAL = sorted(PROVISIONAL)
_LIVE_FOR_SLOT = sorted(LIVE_FOR_SLOT)
_LIVE_FOR_PERSON = sorted(LIVE_FOR_PERSON)

STATUS_LABELS = {
    # Translators: everyone reads this
    Status.OFFERED: _("offered"),
    # Translators: everyone reads this
    Status.HELD: _("held"),
    # Translators: everyone reads this
    Status.BOOKED: _("booked"),
    # Translators: everyone reads this
    Status.CHECKED_IN: _("checked in"),
    # Translators: everyone reads this
    Status.COMPLETED: _("completed"),
    # Translators: everyone reads this
    Status.NO_SHOW: _("not come"),
    # Translators: everyone reads this
    Status.CANCELLED: _("cancelled"),
    # Translators: everyone reads this
    Status.EXPIRED: _("expired"),
    # Translators: everyone reads this
    Status.DECLINED: _("declined"),
    # Translators: everyone reads this
    Status.DISPLACED: _("displaced"),
}


class AppointmentQuerySet(models.QuerySet["Appointment"]):
    """Appointments in the words of the desk."""

    def live(self, *, now: datetime) -> AppointmentQuerySet:
        """Those that occupy a slot at `now`: an unconfirmed one only until its `free_from`."""
        return self.filter(Q(status__in=SETTLED) | Q(status__in=PROVISIONAL, free_from__gt=now))

    def lapsed(self, *, now: datetime) -> AppointmentQuerySet:
        """Holds and offers whose time is over, and that nobody has tidied up yet."""
        return self.filter(status__in=PROVISIONAL, free_from__lte=now)

    def of_person(
        self, person_key: str | OuterRef, namesake_number: int | OuterRef = 0
    ) -> AppointmentQuerySet:
        """The emergencies of one person; visits by invitation stand beside them."""
        return self.emergencies().filter(person_key=person_key, namesake_number=namesake_number)

    def emergencies(self) -> AppointmentQuerySet:
        """Those of the published quota."""
        return self.filter(invitation=None)

    def of_claim(self, row: Applicant | Appointment) -> AppointmentQuerySet:
        """Those of which one alone may be live: of the row's invitation, else of its person."""
        if row.invitation_id is not None:
            return self.filter(invitation=row.invitation_id)
        return self.of_person(row.person_key, row.namesake_number)


class Appointment(models.Model):
    """One person's claim to one slot, from hold or offer to its end.

    Its status is written by `booking.actions.transitions.transition` and by nothing else.
    """

    class Outcome(models.TextChoices):
        SERVED = "served", _("served")
        PROOF_MISSING = "proof_missing", _("proof missing")
        NOT_AN_EMERGENCY = "not_an_emergency", _("not an emergency")
        WRONG_COUNTER = "wrong_counter", _("wrong counter")

    class CancelReason(models.TextChoices):
        BY_APPLICANT = "by_applicant", _("by the applicant")
        HOLD_GIVEN_UP = "hold_given_up", _("the hold was given up")
        NOT_AN_EMERGENCY = "not_an_emergency", _("not an emergency")
        WRONG_OFFICE = "wrong_office", _("another office is responsible")
        DUPLICATE = "duplicate", _("another appointment exists")
        OFFICE = "office", _("the office can't keep the time")

    # says which appointment, and alone opens nothing
    reference = models.CharField(_("reference"), max_length=12, unique=True)
    applicant = models.ForeignKey(
        Applicant, models.PROTECT, related_name="appointments", verbose_name=_("applicant")
    )
    slot = models.ForeignKey(
        "booking.Slot", models.PROTECT, related_name="appointments", verbose_name=_("time")
    )
    entry = models.ForeignKey(
        "booking.WaitingEntry",
        models.PROTECT,
        related_name="offers",
        null=True,
        blank=True,
        verbose_name=_("waiting entry"),
    )
    # null: an emergency
    invitation = models.ForeignKey(
        "booking.Invitation",
        models.PROTECT,
        db_index=False,  # see appointment_invited
        related_name="appointments",
        null=True,
        blank=True,
        verbose_name=_("invitation"),
    )
    status = models.CharField(
        _("status"),
        max_length=10,
        choices=[(state.value, STATUS_LABELS[state]) for state in Status],
    )
    # one more with every step: whoever saw an older one is told so
    version = models.PositiveIntegerField(default=1)
    # one more with every rebooking
    revision = models.PositiveIntegerField(default=0)
    # Whose calendar entry this one goes on with, and from which SEQUENCE; empty: with its own.
    calendar_reference = models.CharField(max_length=12, default="", db_default="", blank=True)
    calendar_base = models.PositiveIntegerField(default=0, db_default=0)
    person_key = models.CharField(max_length=64, blank=True)
    # many papers give 1 January as the date of birth: a caseworker may allow a namesake
    namesake_number = models.PositiveSmallIntegerField(default=0, db_column="namesake")

    # The deadline told to the person, none before an offer has left, and the moment from which
    # others may take the slot.
    held_until = models.DateTimeField(_("held until"), null=True, blank=True)
    free_from = models.DateTimeField(null=True, blank=True)
    extensions = models.PositiveSmallIntegerField(default=0)

    situation = models.JSONField(default=dict)
    category = models.CharField(_("category"), max_length=20, blank=True)
    need_by = models.DateField(_("needed by"), null=True, blank=True)
    need_kind = models.CharField(
        max_length=4,
        choices=[(kind.value, kind.value) for kind in NeedByKind],
        default=NeedByKind.NONE,
    )

    created_at = models.DateTimeField(_("created at"))
    booked_at = models.DateTimeField(_("booked at"), null=True, blank=True)
    checked_in_at = models.DateTimeField(_("arrived at"), null=True, blank=True)
    ended_at = models.DateTimeField(_("ended at"), null=True, blank=True)
    cancel_reason = models.CharField(
        _("reason"), max_length=20, choices=CancelReason.choices, blank=True
    )
    outcome = models.CharField(_("outcome"), max_length=20, choices=Outcome.choices, blank=True)
    # what was not brought: ids of requirements
    missing = models.JSONField(_("missing papers"), default=list, blank=True)
    # somebody said of all papers that are needed whether they were brought
    papers_checked = models.BooleanField(_("papers checked"), default=False, db_default=False)
    # ids of the short messages about it that were handed over
    texts = models.CharField(max_length=40, blank=True, default="", db_default="")
    mistake_reported_at = models.DateTimeField(_("mistake reported at"), null=True, blank=True)
    # confirmed within two seconds of the hold: told to the desk, never blocked
    confirmed_too_fast = models.BooleanField(
        _("confirmed very fast"), default=False, db_column="hasty"
    )

    objects = AppointmentQuerySet.as_manager()

    class Meta:
        verbose_name = _("appointment")
        verbose_name_plural = _("appointments")
        default_permissions = ("view",)
        permissions = [
            ("serve_appointment", _("Can act for people at the desk")),
            ("export_appointment", _("Can export lists")),
            ("view_statistics", _("Can view the statistics")),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["slot"],
                name="appointment_one_live_per_slot",
                condition=Q(status__in=_LIVE_FOR_SLOT),
            ),
            models.UniqueConstraint(
                fields=["person_key", "namesake_number"],
                name="appointment_one_live_per_person",
                condition=Q(status__in=_LIVE_FOR_PERSON, invitation=None),
            ),
            models.UniqueConstraint(
                fields=["invitation"],
                name="appointment_one_live_per_invitation",
                condition=Q(status__in=_LIVE_FOR_PERSON, invitation__isnull=False),
            ),
            models.UniqueConstraint(
                fields=["entry"],
                name="appointment_one_offer_per_entry",
                condition=Q(status=Status.OFFERED),
            ),
            models.CheckConstraint(
                name="appointment_free_from_iff_held_or_offered",
                condition=Q(status__in=_PROVISIONAL, free_from__isnull=False)
                | (~Q(status__in=_PROVISIONAL) & Q(free_from=None)),
            ),
            models.CheckConstraint(
                name="appointment_hold_has_held_until",
                condition=~Q(status=Status.HELD) | Q(held_until__isnull=False),
            ),
            models.CheckConstraint(
                name="appointment_free_from_not_before_held_until",
                condition=Q(held_until=None)
                | Q(free_from__isnull=False, free_from__gte=F("held_until")),
            ),
            models.CheckConstraint(
                name="appointment_offer_has_entry",
                condition=~Q(status=Status.OFFERED) | Q(entry__isnull=False),
            ),
            models.CheckConstraint(
                name="appointment_outcome_iff_completed",
                condition=Q(status=Status.COMPLETED) & ~Q(outcome="")
                | (~Q(status=Status.COMPLETED) & Q(outcome="")),
            ),
            models.CheckConstraint(
                name="appointment_reason_iff_cancelled",
                condition=Q(status=Status.CANCELLED) & ~Q(cancel_reason="")
                | (~Q(status=Status.CANCELLED) & Q(cancel_reason="")),
            ),
        ]
        indexes = [
            models.Index(
                fields=["free_from"],
                name="appointment_lapsing",
                condition=Q(status__in=_PROVISIONAL),
            ),
            # in a rush nobody is invited: an emergency costs no entry here
            models.Index(
                fields=["invitation"],
                name="appointment_invited",
                condition=Q(invitation__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return self.reference

    @property
    def subject(self) -> str:
        """How letters, tokens and the access log name this row."""
        return f"appointment/{self.pk}"

    @property
    def quota(self) -> Quota | None:
        """Whose times it may be moved to; None: the published ones."""
        return self.invitation.quota if self.invitation else None

    @property
    def is_called_off(self) -> bool:
        """Whether nobody is expected at its time any more."""
        return self.status in CALLED_OFF

    @property
    def shown_status(self) -> str | Promise:
        """The status in the words of the public pages: nobody moves a displaced one for them."""
        status = Status(self.status)
        return STATUS_LABELS[Status.CANCELLED if status == Status.DISPLACED else status]

    @property
    def calendar_uid_reference(self) -> str:
        """The reference in the UID of its calendar entry; a new time of one person keeps it."""
        return self.calendar_reference or self.reference

    @property
    def calendar_sequence(self) -> int:
        """Higher with every time it gets and with every end (SEQUENCE, RFC 5545)."""
        return self.calendar_base + 2 * self.revision + self.is_called_off


class AppointmentEvent(models.Model):
    """One step of an appointment; only ever added."""

    class Actor(models.TextChoices):
        APPLICANT = "applicant", _("applicant")
        STAFF = "staff", _("staff")
        SYSTEM = "system", _("system")
        DESK = "desk", _("staff, no longer named")

    appointment = models.ForeignKey(
        Appointment, models.CASCADE, related_name="events", verbose_name=_("appointment")
    )
    version = models.PositiveIntegerField()
    action = models.CharField(_("what"), max_length=20, db_column="verb")
    from_status = models.CharField(max_length=10, blank=True)
    to_status = models.CharField(max_length=10)
    slot = models.ForeignKey("booking.Slot", models.PROTECT, related_name="+")
    actor = models.CharField(_("who"), max_length=10, choices=Actor.choices)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        related_name="+",
        null=True,
        blank=True,
        verbose_name=_("by"),
    )
    at = models.DateTimeField(_("at"))
    # codes only: a reason, an outcome, never a name
    detail = models.CharField(_("detail"), max_length=40, blank=True)

    class Meta:
        verbose_name = _("step")
        verbose_name_plural = _("steps")
        default_permissions = ("view",)
        ordering = ["appointment", "version"]
        constraints = [
            models.UniqueConstraint(
                fields=["appointment", "version"], name="event_one_per_version"
            ),
            models.CheckConstraint(
                name="event_by_iff_staff",
                condition=Q(actor="staff", by__isnull=False) | (~Q(actor="staff") & Q(by=None)),
            ),
        ]
        indexes = [
            # retention looks for the few that still name somebody
            models.Index(fields=["at"], name="event_named", condition=Q(by__isnull=False)),
        ]

    def __str__(self) -> str:
        return f"{self.action} {self.version}"

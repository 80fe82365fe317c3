"""Invitations: one person's right to one time of a quota."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from django.conf import settings
from django.db import models
from django.db.models import Exists, OuterRef, Q, Subquery
from django.utils.translation import gettext_lazy as _

from booking.models.appointments import Appointment
from booking.models.quotas import Quota
from booking.states import SETTLED, InvitationState, Status, invitation_state
from booking.windows import local_day
from config.foundation.office import Office
from documents.applications.models import Application

USED = (Status.COMPLETED, Status.NO_SHOW)


def _is_live(*, now: datetime) -> Exists:
    return Exists(Appointment.objects.live(now=now).filter(invitation=OuterRef("pk")))


def _has_ended(*statuses: Status) -> Exists:
    visits = Appointment.objects.filter(invitation=OuterRef("pk"))
    return Exists(visits.filter(status__in=statuses or USED))


class InvitationQuerySet(models.QuerySet["Invitation"]):
    """Invitations by their derived state."""

    def open(self, *, now: datetime) -> InvitationQuerySet:
        """Those whose person may choose a time at `now`."""
        return self.standing().unused(now=now).filter(valid_until__gt=now)

    def over(self, *, now: datetime) -> InvitationQuerySet:
        """Those whose person chose no time while there was one to choose."""
        return self.standing().unused(now=now).filter(valid_until__lte=now)

    def taken(self, *, now: datetime) -> InvitationQuerySet:
        """Those with an appointment to come, or a time that is being confirmed."""
        return self.standing().filter(_is_live(now=now))

    def used(self, *statuses: Status) -> InvitationQuerySet:
        """Those whose visit was completed or missed, or ended in one of `statuses`."""
        return self.standing().filter(_has_ended(*statuses))

    def with_visits(self, *, now: datetime) -> InvitationQuerySet:
        """With what a list needs to tell their states and visits, in one query."""
        mine = Appointment.objects.filter(invitation=OuterRef("pk"), status__in=(*SETTLED, *USED))
        visit = mine.order_by("-slot__starts_at")
        return self.annotate(
            is_taken=_is_live(now=now),
            is_used=_has_ended(),
            visit_at=Subquery(visit.values("slot__starts_at")[:1]),
            visit_status=Subquery(visit.values("status")[:1]),
        )

    def standing(self) -> InvitationQuerySet:
        """Those that nobody withdrew."""
        return self.filter(withdrawn_at=None)

    def unused(self, *, now: datetime) -> InvitationQuerySet:
        """Those without a live or past visit."""
        return self.exclude(_is_live(now=now)).exclude(_has_ended())


class Invitation(models.Model):
    """The right to one time of one quota; its state is derived, never stored.

    Who is invited stands on the applicant.
    """

    # says which invitation, and alone opens nothing
    reference = models.CharField(_("invitation number"), max_length=12, unique=True)
    quota = models.ForeignKey(
        Quota, models.PROTECT, related_name="invitations", verbose_name=_("quota")
    )
    case_reference = models.CharField(_("case reference"), max_length=40, blank=True)
    person_key = models.CharField(max_length=64, blank=True, db_index=True)
    issued_at = models.DateTimeField(_("issued at"))
    # nobody: the system, or somebody whose name has gone
    issued_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        related_name="+",
        null=True,
        blank=True,
        verbose_name=_("issued by"),
    )
    valid_until = models.DateTimeField(_("valid until"))
    # for whose review it was issued
    application = models.ForeignKey(
        Application,
        models.PROTECT,
        related_name="invitations",
        null=True,
        blank=True,
        verbose_name=_("application"),
    )
    # one more with each change: older letters and pages are told so
    revision = models.PositiveIntegerField(default=0)
    quiet = models.BooleanField(_("no reminders"), default=False)
    withdrawn_at = models.DateTimeField(_("withdrawn at"), null=True, blank=True)
    withdrawn_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        related_name="+",
        null=True,
        blank=True,
        verbose_name=_("withdrawn by"),
    )

    objects = InvitationQuerySet.as_manager()

    class Meta:
        verbose_name = _("invitation")
        verbose_name_plural = _("invitations")
        default_permissions = ("view",)
        permissions = [
            ("issue_invitation", _("Can invite people")),
            ("register_person", _("Can register people for special hours")),
        ]
        constraints = [
            models.CheckConstraint(
                name="invitation_withdrawn_pair",
                condition=Q(withdrawn_by=None) | Q(withdrawn_at__isnull=False),
            ),
            models.CheckConstraint(
                name="invitation_valid_after_it_was_issued",
                condition=Q(valid_until__gt=models.F("issued_at")),
            ),
        ]
        indexes = [
            # what is counted, listed and forgotten
            models.Index(
                fields=["quota", "valid_until"],
                name="invitation_standing",
                condition=Q(withdrawn_at=None),
            ),
        ]

    def __str__(self) -> str:
        return self.reference

    @property
    def subject(self) -> str:
        """How letters, tokens and the access log name this row."""
        return f"invitation/{self.pk}"

    @property
    def version(self) -> int:
        """What a form says it acts on."""
        return self.revision

    def state_at(self, now: datetime) -> InvitationState:
        """Where it stands at `now` (UTC)."""
        visits = Appointment.objects.filter(invitation=self)
        return invitation_state(
            withdrawn=self.withdrawn_at is not None,
            used=visits.filter(status__in=USED).exists(),
            taken=visits.live(now=now).exists(),
            over=self.valid_until <= now,
        )

    def last_day(self, office: Office) -> date:
        """The last local day on which a time can be chosen."""
        return local_day(self.valid_until - timedelta(microseconds=1), zone=office.zone)

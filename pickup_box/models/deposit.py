"""Deposits, the consent they rest on and what happened to them."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from django.conf import settings
from django.db import models
from django.db.models import Exists, F, OuterRef, Q
from django.utils.translation import gettext_lazy as _

from pickup_box.allocation import Size
from pickup_box.codes import TRIES
from pickup_box.models.box import Box, Compartment
from pickup_box.preconditions import Collector, DocumentType, OldDocument, PinLetter
from pickup_box.states import ENDED, LIVE, OCCUPYING, TO_RECALL, UNSETTLED, Status

CHOOSE_COUNTER = "choose_counter"  # the step by which a holder gives up the box
STUCK_AFTER = timedelta(seconds=45)  # visible within a minute

STATUS_LABELS = [
    (Status.DRAFTED.value, _("recorded, not in the box yet")),
    (Status.ASSIGNED.value, _("compartment reserved")),
    (Status.LOADED.value, _("loaded")),
    (Status.NOTIFIED.value, _("ready, person informed")),
    (Status.OPENED.value, _("door opened")),
    (Status.UNKNOWN.value, _("unclear: please look")),
    (Status.COLLECTED.value, _("collected")),
    (Status.CLEARED.value, _("collected, compartment empty")),
    (Status.EXPIRED.value, _("not collected in time")),
    (Status.WITHDRAWN.value, _("withdrawn")),
    (Status.RECALLED.value, _("being taken out")),
    (Status.REMOVED.value, _("taken out, at the counter")),
    (Status.FAULT.value, _("compartment broken")),
]


class Consent(models.Model):
    """A signed paper: the German original of the declaration of consent."""

    box = models.ForeignKey(Box, models.PROTECT, related_name="+", verbose_name=_("pickup box"))
    case_reference = models.CharField(_("case reference"), max_length=40, blank=True)
    received_on = models.DateField(_("paper received on"))
    form_version = models.CharField(_("version of the form"), max_length=40)
    # the translation the person read beside the German original
    language = models.CharField(_("read in"), max_length=10, choices=settings.LANGUAGES)
    recorded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("recorded by")
    )
    revoked_on = models.DateField(_("revoked on"), null=True, blank=True, editable=False)
    revoked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        related_name="+",
        verbose_name=_("revocation recorded by"),
        null=True,
        blank=True,
        editable=False,
    )

    class Meta:
        verbose_name = _("consent")
        verbose_name_plural = _("consents")
        constraints = [
            models.UniqueConstraint(
                fields=["box", "case_reference"],
                name="consent_one_valid_per_case_and_box",
                condition=Q(revoked_on=None) & ~Q(case_reference=""),
            ),
            models.CheckConstraint(
                name="consent_revoked_on_and_by_together",
                condition=Q(revoked_on=None, revoked_by=None)
                | Q(revoked_on__isnull=False, revoked_by__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self._meta.verbose_name} {self.pk}"


class DepositQuerySet(models.QuerySet["Deposit"]):
    """Deposits in the language of the desk."""

    def waiting(self) -> DepositQuerySet:
        """The queue for a compartment: first come, first served."""
        return self.filter(status=Status.DRAFTED).order_by("arrived_at", "pk")

    def collectable(self, *, now: datetime) -> DepositQuerySet:
        """Those a code opens at `now`; an expired one is none before any sweeper ran."""
        return self.filter(status=Status.NOTIFIED, collect_until__gt=now).exclude(code_hashes="")

    def overdue(self, *, now: datetime) -> DepositQuerySet:
        """Those whose time to collect is over and that are not yet marked so."""
        return self.filter(status=Status.NOTIFIED, collect_until__lte=now)

    def reminding(self, *, now: datetime) -> DepositQuerySet:
        """Those whose reminder is due."""
        waits = self.filter(status=Status.NOTIFIED, reminded_at=None, collect_until__gt=now)
        return waits.filter(remind_at__lte=now)

    def stuck(self, *, now: datetime) -> DepositQuerySet:
        """Reservations and openings in which nothing moved for 45 s: staff should look."""
        open_now = self.model.objects.filter(
            openings__opened_at__isnull=False, openings__closed_at=None, openings__failed_at=None
        )
        halted = self.filter(
            status__in=[Status.ASSIGNED, Status.OPENED], status_since__lte=now - STUCK_AFTER
        )
        return halted.exclude(pk__in=open_now.values("pk"))

    def to_recall(self) -> DepositQuerySet:
        """Those that staff should take out or look at."""
        inside = self.filter(status__in=TO_RECALL).exclude(compartment=None)
        chosen = DepositEvent.objects.filter(deposit=OuterRef("pk"), action=CHOOSE_COUNTER)
        return inside.annotate(chose_counter=Exists(chosen)).order_by("compartment__number")


class Deposit(models.Model):
    """One document on its way to one person through the box."""

    box = models.ForeignKey(
        Box, models.PROTECT, related_name="deposits", verbose_name=_("pickup box")
    )
    # stands on the envelope as text and as QR code
    reference = models.CharField(_("reference"), max_length=12, unique=True, editable=False)
    document_type = models.CharField(
        _("document"),
        max_length=20,
        choices=[
            (DocumentType.CARD.value, _("electronic residence permit")),
            (DocumentType.TRAVEL_DOCUMENT.value, _("travel document")),
        ],
    )
    case_reference = models.CharField(_("case reference"), max_length=40, blank=True)
    # stored form: "1985-05-12", "1985-05" or "1985"; of the holder, whoever collects
    holder_birth_date = models.CharField(_("holder's date of birth"), max_length=10, blank=True)
    contact = models.CharField(
        _("mobile number or e-mail address"),
        max_length=254,
        blank=True,
        help_text=_("the code goes there, and the person types it at the box"),
    )
    language = models.CharField(_("language"), max_length=10, choices=settings.LANGUAGES)
    consent = models.ForeignKey(
        Consent,
        models.PROTECT,
        related_name="deposits",
        verbose_name=_("consent"),
        null=True,
        blank=True,
    )
    pin_letter = models.CharField(
        _("PIN letter"),
        max_length=12,
        choices=[
            (PinLetter.OPEN.value, _("not yet confirmed")),
            (PinLetter.CONFIRMED.value, _("receipt confirmed")),
            (PinLetter.NOT_NEEDED.value, _("not needed")),
        ],
        default=PinLetter.OPEN.value,
    )
    old_document = models.CharField(
        _("old document"),
        max_length=12,
        choices=[
            (OldDocument.OPEN.value, _("not yet clear")),
            (OldDocument.NONE.value, _("there is none")),
            (OldDocument.EXPECTED.value, _("goes into the slot of the box")),
            (OldDocument.SURRENDERED.value, _("handed in")),
            (OldDocument.LOST.value, _("reported lost")),
        ],
        default=OldDocument.OPEN.value,
    )
    collector = models.CharField(
        _("who collects"),
        max_length=16,
        choices=[
            (Collector.HOLDER.value, _("the holder")),
            (Collector.REPRESENTATIVE.value, _("legal representative of a minor")),
            (Collector.AUTHORISED.value, _("an authorised person")),
        ],
        default=Collector.HOLDER.value,
    )
    collector_name = models.CharField(_("name of the collector"), max_length=80, blank=True)
    authority_seen_on = models.DateField(
        _("proof of representation or authority seen on"), null=True, blank=True
    )
    size = models.PositiveSmallIntegerField(
        _("size"), choices=[(size.value, size.name.lower()) for size in Size], default=1
    )
    wishes_low = models.BooleanField(_("needs a low compartment"), default=False)
    arrived_at = models.DateTimeField(_("document arrived at"))

    status = models.CharField(
        _("status"),
        max_length=10,
        choices=STATUS_LABELS,
        default=Status.DRAFTED.value,
        editable=False,
    )
    status_since = models.DateTimeField(_("since"), editable=False)
    compartment = models.ForeignKey(
        Compartment,
        models.PROTECT,
        related_name="deposits",
        verbose_name=_("compartment"),
        null=True,
        blank=True,
        editable=False,
    )
    loaded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        related_name="+",
        verbose_name=_("loaded by"),
        null=True,
        blank=True,
        editable=False,
    )
    checked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        related_name="+",
        verbose_name=_("checked by"),
        null=True,
        blank=True,
        editable=False,
    )
    # slow hashes of the newest codes, with spaces between
    code_hashes = models.TextField(blank=True, default="", editable=False)
    issue = models.PositiveIntegerField(default=0, editable=False)
    wrong_tries = models.PositiveIntegerField(_("wrong tries"), default=0, editable=False)
    # the code works before this instant: the midnight that ends the last day
    collect_until = models.DateTimeField(
        _("to be collected before"), null=True, blank=True, editable=False
    )
    remind_at = models.DateTimeField(null=True, blank=True, editable=False)
    reminded_at = models.DateTimeField(_("reminded at"), null=True, blank=True, editable=False)

    objects = DepositQuerySet.as_manager()

    class Meta:
        verbose_name = _("deposit")
        verbose_name_plural = _("deposits")
        ordering = ["-arrived_at", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["compartment"],
                name="deposit_one_live_per_compartment",
                condition=Q(status__in=sorted(OCCUPYING)),
            ),
            models.UniqueConstraint(
                fields=["case_reference", "document_type"],
                name="deposit_one_live_per_document",
                condition=Q(status__in=sorted(LIVE)) & ~Q(case_reference=""),
            ),
            models.CheckConstraint(
                name="deposit_status_is_known", condition=Q(status__in=sorted(Status))
            ),
            models.CheckConstraint(
                name="deposit_has_compartment_from_assigned_on",
                condition=Q(status=Status.DRAFTED, compartment=None)
                | Q(status=Status.WITHDRAWN)
                | Q(compartment__isnull=False) & ~Q(status=Status.DRAFTED),
            ),
            models.CheckConstraint(
                name="deposit_has_consent_from_assigned_on",
                condition=Q(status__in=[Status.DRAFTED, Status.WITHDRAWN])
                | Q(consent__isnull=False),
            ),
            models.CheckConstraint(
                name="deposit_has_code_only_while_notified",
                condition=Q(code_hashes="") | Q(status=Status.NOTIFIED),
            ),
            models.CheckConstraint(
                name="deposit_has_deadline_while_notified",
                condition=~Q(status=Status.NOTIFIED)
                | Q(collect_until__isnull=False, remind_at__isnull=False),
            ),
            models.CheckConstraint(
                name="deposit_checked_by_another_person",
                condition=Q(checked_by=None) | ~Q(checked_by=F("loaded_by")),
            ),
            models.CheckConstraint(
                name="deposit_keeps_contact_until_its_end",
                condition=Q(status__in=sorted(ENDED | UNSETTLED))
                | ~Q(contact="") & ~Q(holder_birth_date="") & ~Q(case_reference=""),
            ),
            models.CheckConstraint(
                name="deposit_other_collector_has_a_name",
                condition=Q(status__in=sorted(ENDED | UNSETTLED))
                | Q(collector=Collector.HOLDER)
                | ~Q(collector_name=""),
            ),
        ]
        indexes = [
            models.Index(fields=["box", "status", "arrived_at"], name="deposit_by_box_and_status"),
            models.Index(fields=["contact"], name="deposit_by_contact"),
            models.Index(
                fields=["collect_until"],
                name="deposit_by_deadline",
                condition=Q(status=Status.NOTIFIED),
            ),
        ]

    def __str__(self) -> str:
        return self.reference

    @property
    def subject(self) -> str:
        """What letters and the access log call this row."""
        return f"deposit/{self.pk}"

    @property
    def is_blocked(self) -> bool:
        """Whether too many wrong tries made the code void."""
        return self.wrong_tries >= TRIES

    @property
    def last_day(self) -> date | None:
        """The last local day to collect; None before the message left."""
        if self.collect_until is None:
            return None
        return self.box.local_day(self.collect_until - timedelta(seconds=1))


class DepositEvent(models.Model):
    """One step of a deposit; rows are only ever added."""

    deposit = models.ForeignKey(
        Deposit, models.PROTECT, related_name="events", verbose_name=_("deposit")
    )
    at = models.DateTimeField(_("at"))
    action = models.CharField(_("what"), max_length=30, db_column="verb")
    from_status = models.CharField(_("from"), max_length=10, blank=True)
    to_status = models.CharField(_("to"), max_length=10)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        related_name="+",
        verbose_name=_("by"),
        null=True,
        blank=True,
    )
    compartment = models.ForeignKey(
        Compartment,
        models.PROTECT,
        related_name="+",
        verbose_name=_("compartment"),
        null=True,
        blank=True,
    )
    detail = models.CharField(_("detail"), max_length=60, blank=True)

    class Meta:
        verbose_name = _("step")
        verbose_name_plural = _("steps")
        default_permissions = ("view",)
        ordering = ["pk"]
        constraints = [
            # one handover per document; staff may look as often as they like
            models.UniqueConstraint(
                fields=["deposit"],
                name="deposit_collected_once",
                condition=Q(to_status=Status.COLLECTED) & ~Q(from_status=Status.COLLECTED),
            )
        ]

    def __str__(self) -> str:
        return f"{self.action} {self.deposit_id}"

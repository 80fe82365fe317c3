"""Applications: one person's answers and papers, from the first entry to the end."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import models
from django.db.models import Q, Value
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from config.foundation.dates import show_birth_date
from config.foundation.persons import digest, name_at_desk
from documents.applications.states import ENDED, OPEN, SENT, Outcome, Status
from documents.models import CatalogueVersion

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

STATUS_LABELS = {
    Status.STARTED: _("started"),
    Status.SENT: pgettext_lazy("an application", "arrived"),
    Status.IN_REVIEW: _("in review"),
    Status.PAPERS_MISSING: _("papers requested"),
    Status.INVITED: _("invited"),
    Status.WITHDRAWN: _("withdrawn"),
    Status.CLOSED: pgettext_lazy("an application", "closed"),
}
OUTCOME_LABELS = {
    Outcome.GRANTED: _("granted"),
    Outcome.REFUSED: _("refused"),
    Outcome.SETTLED: _("settled in another way"),
    Outcome.NOT_RESPONSIBLE: _("another office is responsible"),
    Outcome.DUPLICATE: _("sent twice"),
}

STEP_LABELS: dict[str, StrOrPromise] = {
    "send": pgettext_lazy("an application", "sent"),
    "take": _("review begun"),
    "request_papers": _("papers requested"),
    "end_request": _("request for papers taken back"),
    "supply": _("papers supplied"),
    "invite": _("invited"),
    "end_invitation": _("invitation ended"),
    "give_back": _("given back"),
    "close": pgettext_lazy("an application", "closed"),
    "reopen": _("closing taken back"),
    "withdraw": _("withdrawn"),
    "transfer": _("handed over to the case file, erased here"),
    "withdraw_online": _("withdrawn online"),
}


OF_THE_PERSON = frozenset({"send", "supply", "withdraw_online"})


class ApplicationQuerySet(models.QuerySet["Application"]):
    """Applications by who has to act."""

    def to_do(self, *, on: date) -> ApplicationQuerySet:
        """Those that wait for the office on a day: what was asked for and is overdue as well."""
        kept = self.filter(forgotten_at=None)
        overdue = kept.filter(
            status=Status.PAPERS_MISSING,
            document_requests__ended_at=None,
            document_requests__due_on__lt=on,
        )
        ours = Q(status__in=[Status.SENT, Status.IN_REVIEW])
        return kept.filter(ours | Q(pk__in=overdue.values("pk")))


class Application(models.Model):
    """One person's application for one procedure; a draft until it is sent."""

    procedure = models.CharField(_("procedure"), max_length=40)
    # what was asked for is judged by the list that held when the questions were answered
    catalogue = models.ForeignKey(
        CatalogueVersion, models.PROTECT, related_name="+", verbose_name=_("catalogue")
    )
    status = models.CharField(
        _("status"),
        max_length=16,
        choices=[(each.value, label) for each, label in STATUS_LABELS.items()],
        default=Status.STARTED,
    )
    outcome = models.CharField(
        _("outcome"),
        max_length=16,
        choices=[(each.value, label) for each, label in OUTCOME_LABELS.items()],
        blank=True,
    )
    # says which application, and alone opens nothing
    reference = models.CharField(
        _("reference"),
        max_length=12,
        unique=True,
        null=True,
        blank=True,
    )
    # {"facts": […], "days": {name: "2026-12-31"}}, as the person answered the catalogue
    answers = models.JSONField(default=dict)

    family_name = models.CharField(_("family name"), max_length=80, blank=True)
    given_names = models.CharField(_("given names"), max_length=80, blank=True)
    # "1985-05-12", "1985-05" or "1985": papers that know no more are real
    birth_date = models.CharField(_("date of birth"), max_length=10, blank=True)
    email = models.CharField(_("e-mail"), max_length=254, blank=True)
    phone = models.CharField(_("phone"), max_length=20, blank=True)
    language = models.CharField(_("language"), max_length=10, choices=settings.LANGUAGES)
    person_key = models.CharField(max_length=64, blank=True, db_index=True)
    address_key = models.CharField(max_length=64, blank=True)
    # the last three codes that left, newest last: [{"hash": …, "at": …}]
    codes = models.JSONField(default=list, db_default=Value([], models.JSONField()))
    attempts = models.PositiveSmallIntegerField(default=0)
    verified_at = models.DateTimeField(_("address verified at"), null=True, blank=True)

    # Blobs are sealed to this recipient; what opens them, sealed to the keys of that name.
    recipient = models.CharField(max_length=80, blank=True)
    sealed_key = models.BinaryField(null=True)
    sealed_for = models.CharField(max_length=16, blank=True, db_index=True)

    version = models.PositiveIntegerField(default=1, db_default=1)
    created_at = models.DateTimeField(_("created at"))
    touched_at = models.DateTimeField(_("last used at"), db_index=True)
    sent_at = models.DateTimeField(_("sent at"), null=True, blank=True, db_index=True)
    ended_at = models.DateTimeField(_("ended at"), null=True, blank=True)
    taken_at = models.DateTimeField(_("taken at"), null=True, blank=True)
    taken_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        related_name="+",
        null=True,
        blank=True,
        verbose_name=_("in review by"),
    )
    forgotten_at = models.DateTimeField(_("forgotten at"), null=True, blank=True)

    objects = ApplicationQuerySet.as_manager()

    class Meta:
        verbose_name = _("application")
        verbose_name_plural = _("applications")
        default_permissions = ("view",)
        permissions = [
            ("review_application", _("Can review applications")),
            ("transfer_application", _("Can hand applications over to the case file")),
        ]
        constraints = [
            models.CheckConstraint(
                name="application_sent_iff_past_started",
                condition=Q(status=Status.STARTED, sent_at=None, reference=None)
                | Q(status__in=sorted(SENT), sent_at__isnull=False, reference__isnull=False),
            ),
            models.CheckConstraint(
                name="application_sent_only_verified",
                condition=Q(sent_at=None) | Q(verified_at__isnull=False),
            ),
            models.CheckConstraint(
                name="application_outcome_iff_closed",
                condition=(Q(status=Status.CLOSED) & ~Q(outcome=""))
                | (~Q(status=Status.CLOSED) & Q(outcome="")),
            ),
            models.CheckConstraint(
                name="application_ended_iff_over",
                condition=Q(status__in=sorted(ENDED), ended_at__isnull=False)
                | Q(status__in=sorted(OPEN | {Status.STARTED}), ended_at=None),
            ),
            models.CheckConstraint(
                name="application_key_unless_forgotten",
                condition=Q(forgotten_at=None, sealed_key__isnull=False)
                | Q(forgotten_at__isnull=False, sealed_key=None),
            ),
            models.CheckConstraint(
                name="application_taken_pair",
                condition=Q(taken_by=None, taken_at=None)
                | Q(taken_by__isnull=False, taken_at__isnull=False),
            ),
        ]
        indexes = [
            models.Index(
                fields=["sent_at"],
                name="application_inbox",
                condition=Q(status__in=sorted(OPEN)),
            ),
            models.Index(
                fields=["ended_at"],
                name="application_ended",
                condition=Q(ended_at__isnull=False, forgotten_at=None),
            ),
        ]

    def __str__(self) -> str:
        return self.reference or f"draft {self.pk}"

    @property
    def subject(self) -> str:
        """How letters and the access log name this row."""
        return f"application/{self.pk}"

    @property
    def is_verified(self) -> bool:
        """Whether the address proved to be read by somebody."""
        return self.verified_at is not None

    @property
    def full_name(self) -> str:
        """The name as in the document, family name first."""
        return f"{self.family_name} {self.given_names}".strip()

    @property
    def ways_to_call(self) -> tuple[str, str, str]:
        """By which a family tells its papers apart, the shortest way first."""
        born = show_birth_date(self.birth_date) if self.birth_date else ""
        return self.given_names or self.family_name, self.full_name, f"{self.full_name}, {born}"

    @property
    def desk_name(self) -> str:
        """The name as the desk reads it aloud: "ÖZTÜRK Çağla"; "" once it is forgotten."""
        return name_at_desk(self.family_name, self.given_names, language=self.language)

    @property
    def key(self) -> bytes:
        """The sealed key; empty once the application is erased."""
        return bytes(self.sealed_key or b"")


class ApplicationEvent(models.Model):
    """One step of an application; rows are only added."""

    application = models.ForeignKey(Application, models.CASCADE, related_name="events")
    at = models.DateTimeField(_("at"))
    action = models.CharField(_("action"), max_length=20)
    from_status = models.CharField(max_length=16, blank=True)
    to_status = models.CharField(max_length=16)
    # nobody: the applicant, the system, or somebody whose name has gone
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", null=True, blank=True
    )
    detail = models.CharField(max_length=60, blank=True)

    class Meta:
        default_permissions = ()
        ordering = ["pk"]

    def __str__(self) -> str:
        return f"{self.action} {self.application_id}"

    @property
    def actor_in_words(self) -> StrOrPromise:
        """Who did it: the person alone sends; whose name has gone was of the office."""
        if self.by is not None:
            return str(self.by)
        return _("the person") if self.action in OF_THE_PERSON else _("the office")

    @property
    def in_words(self) -> StrOrPromise:
        """What was done."""
        return STEP_LABELS.get(self.action, self.action)


class Absence(models.Model):
    """The person says that they don't have a paper which is asked for only if there is one."""

    application = models.ForeignKey(Application, models.CASCADE, related_name="absences")
    # null: with the application itself
    document_request = models.ForeignKey(
        "applications.DocumentRequest",
        models.CASCADE,
        related_name="absences",
        null=True,
        blank=True,
    )
    paper = models.CharField(max_length=60)
    said_at = models.DateTimeField()

    class Meta:
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(
                fields=["application", "paper"],
                name="paper_absent_once",
                condition=Q(document_request=None),
            ),
            models.UniqueConstraint(
                fields=["document_request", "paper"], name="paper_absent_once_per_request"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.paper} {self.application_id}"


def code_hash(application: Application, code: str) -> str:
    """The stored form of a code; it fits this application at this address only."""
    return digest("application code", str(application.pk), application.address_key, code)


def is_latest_code(application: Application, code: str) -> bool:
    """Whether `code` is the one that was minted last for this application at this address."""
    codes = application.codes
    return bool(codes) and codes[-1]["hash"] == code_hash(application, code)

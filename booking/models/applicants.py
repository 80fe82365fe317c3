"""Applicants: who asks for an appointment, and the proofs that go to their address."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Sequence
from datetime import datetime

from django.conf import settings
from django.db import models
from django.db.models import F, Max, Q
from django.utils.translation import gettext_lazy as _

from booking.models.quotas import Quota
from config.foundation.codes import random_code, with_code
from config.foundation.persons import digest, name_at_desk


class Applicant(models.Model):
    """A person's own entries; until an appointment points here they are a draft."""

    class AccessNeed(models.TextChoices):
        NONE = "", _("none")
        # Translators: everyone reads this
        STEP_FREE = "step_free", _("a way without steps")
        # Translators: everyone reads this
        SEAT = "seat", _("a seat while waiting")
        # Translators: everyone reads this
        HEARING = "hearing", _("help with hearing")
        # Translators: everyone reads this
        SEEING = "seeing", _("help with seeing")
        # Translators: everyone reads this
        QUIET = "quiet", _("a quiet place")

    family_name = models.CharField(_("family name"), max_length=80)
    given_names = models.CharField(_("given names"), max_length=80, blank=True)
    # "1985-05-12", "1985-05" or "1985": papers that know no more are real
    birth_date = models.CharField(_("date of birth"), max_length=10)
    email = models.CharField(_("e-mail"), max_length=254, blank=True)
    phone = models.CharField(_("phone"), max_length=20, blank=True)
    text_me = models.BooleanField(_("reminder by SMS"), default=False, db_default=False)
    # nobody has messages sent to a number that is not theirs
    phone_proved_at = models.DateTimeField(_("number confirmed at"), null=True, blank=True)
    # the last three codes that left for the number, as `codes`
    phone_codes = models.JSONField(
        default=list, blank=True, db_default=models.Value([], models.JSONField())
    )
    access_need = models.CharField(
        _("accessibility need"), max_length=10, choices=AccessNeed.choices, blank=True
    )
    language = models.CharField(_("language"), max_length=10, choices=settings.LANGUAGES)
    # what makes two entries one person, and two spellings one mailbox
    person_key = models.CharField(max_length=64, db_index=True)
    address_key = models.CharField(max_length=64, db_index=True)
    # the mail domain, unless it is a public provider's
    domain_key = models.CharField(max_length=64, blank=True, db_index=True)
    # raised by a caseworker for somebody who shares name and birth date with another person
    namesake_number = models.PositiveSmallIntegerField(
        _("namesake"), default=0, db_column="namesake"
    )
    # the desk should look: another address has an appointment for the same person
    flagged_at = models.DateTimeField(_("flagged for the desk at"), null=True, blank=True)
    # null: came by themselves. Who was invited has no situation: the office knows the matter.
    invitation = models.OneToOneField(
        "booking.Invitation",
        models.PROTECT,
        related_name="applicant",
        null=True,
        blank=True,
        verbose_name=_("invitation"),
    )
    # category, answers, the day of the decision, its rules' version, need_by and need_kind
    situation = models.JSONField(default=dict)

    # one more with each change of entries, keys or proof: whoever saw an older one is told so
    version = models.PositiveIntegerField(default=1, db_default=1)
    # the last three codes that left, newest last: [{"hash": …, "at": …}]
    codes = models.JSONField(default=list)
    attempts = models.PositiveSmallIntegerField(default=0)
    verified_at = models.DateTimeField(_("address verified at"), null=True, blank=True)
    # which address that was: entries may change while somebody proves the former ones
    proved_address_key = models.CharField(max_length=64, blank=True, default="", db_default="")
    # our own relay was down: the address is verified later; or the office invited this person
    waived_at = models.DateTimeField(_("verification waived at"), null=True, blank=True)
    created_at = models.DateTimeField(_("created at"))
    touched_at = models.DateTimeField(_("last used at"), db_index=True)
    forgotten_at = models.DateTimeField(_("forgotten at"), null=True, blank=True)

    class Meta:
        verbose_name = _("applicant")
        verbose_name_plural = _("applicants")
        default_permissions = ("view",)
        constraints = [
            models.CheckConstraint(
                name="applicant_proof_is_of_its_address",
                condition=Q(verified_at=None) | Q(proved_address_key=F("address_key")),
            ),
        ]
        indexes = [
            # the desk searches for people by name and birth date among those it still knows
            models.Index(
                fields=["birth_date"],
                name="applicant_remembered",
                condition=Q(forgotten_at=None),
            ),
            models.Index(
                fields=["flagged_at"],
                name="applicant_flagged",
                condition=Q(flagged_at__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"applicant {self.pk}"

    @property
    def subject(self) -> str:
        """How letters, tokens and the access log name this row."""
        return f"applicant/{self.pk}"

    @property
    def is_verified(self) -> bool:
        """Whether the address proved to be read by somebody, or our relay made that impossible."""
        return self.verified_at is not None or self.waived_at is not None

    @property
    def takes_texts(self) -> bool:
        """Whether short messages were asked for, to a number that is the person's own."""
        return self.text_me and bool(self.phone) and self.phone_proved_at is not None

    @property
    def quota(self) -> Quota | None:
        """Whose times this person may take; None: the published ones."""
        return self.invitation.quota if self.invitation else None

    @property
    def full_name(self) -> str:
        """The name as in the document, family name first."""
        return f"{self.family_name} {self.given_names}".strip()

    @property
    def desk_name(self) -> str:
        """The name as the desk reads it aloud: "ÖZTÜRK Çağla"; "" once it is forgotten."""
        return name_at_desk(self.family_name, self.given_names, language=self.language)


class Token(models.Model):
    """The hash of a 256-bit secret in a link; the secret itself exists only in the letter."""

    class Purpose(models.TextChoices):
        VERIFY = "verify"
        MANAGE = "manage"
        OFFER = "offer"
        WAITING = "waiting"
        INVITATION = "invitation"

    purpose = models.CharField(max_length=10, choices=Purpose.choices)
    hash = models.CharField(max_length=64, unique=True)
    subject = models.CharField(max_length=80, db_index=True)
    minted_at = models.DateTimeField()
    expires_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return f"{self.purpose} {self.subject}"


# A letter that comes twice brings two links; all of them work.
TOKENS_KEPT = 3


def code_hash(applicant: Applicant, code: str) -> str:
    """The stored form of a six-digit code; it fits this applicant at this address only."""
    return digest("code", str(applicant.pk), applicant.address_key, code)


def mint_code(applicant: Applicant, *, now: datetime) -> str:
    """A fresh six-digit code; its hash joins the last three on the row, tries start again.

    Called when the letter leaves, so that the plain code is never in the database. Raises
    Applicant.DoesNotExist when the address is another one by now, or its person is gone.
    """
    code = random_code()
    kept = with_code(applicant.codes, code_hash(applicant, code), now=now)
    # one UPDATE on the row as it was read, which then waits for this transaction
    as_read = Applicant.objects.filter(pk=applicant.pk, address_key=applicant.address_key)
    if not as_read.update(codes=kept, attempts=0):
        raise Applicant.DoesNotExist
    applicant.codes, applicant.attempts = kept, 0
    return code


def phone_code_hash(applicant: Applicant, code: str) -> str:
    """The stored form of a code that goes to the applicant's number; it fits that number only."""
    return digest("phone code", str(applicant.pk), applicant.phone, code)


def mint_phone_code(applicant: Applicant, *, now: datetime) -> str:
    """A fresh code for the number of a locked row; its hash joins the last three."""
    code = random_code()
    kept = with_code(applicant.phone_codes, phone_code_hash(applicant, code), now=now)
    Applicant.objects.filter(pk=applicant.pk).update(phone_codes=kept)
    return code


def is_latest_code(applicant: Applicant, code: str) -> bool:
    """Whether `code` is the one minted last for this applicant at this address."""
    return bool(applicant.codes) and applicant.codes[-1]["hash"] == code_hash(applicant, code)


def token_hash(secret: str) -> str:
    """The stored form of a secret from a link."""
    return hashlib.sha256(secret.encode()).hexdigest()


def mint_token(
    *, purpose: Token.Purpose, subject: str, now: datetime, expires_at: datetime | None = None
) -> str:
    """A new secret for a link about `subject`; the last three of a purpose stay valid."""
    secret = secrets.token_urlsafe(32)
    Token.objects.create(
        purpose=purpose,
        subject=subject,
        hash=token_hash(secret),
        minted_at=now,
        expires_at=expires_at,
    )
    same = Token.objects.filter(purpose=purpose, subject=subject).order_by("-minted_at", "-pk")
    kept = list(same.values_list("pk", flat=True)[:TOKENS_KEPT])
    Token.objects.filter(purpose=purpose, subject=subject).exclude(pk__in=kept).delete()
    return secret


def subject_of_token(secret: str, *, purpose: Token.Purpose, now: datetime) -> str | None:
    """What a link's secret is about ("appointment/17"), or None when it is no valid secret."""
    rows = Token.objects.filter(hash=token_hash(secret), purpose=purpose)
    # one row comes back whether there is such a link or not, so the time tells nothing
    subject, expires_at = rows.aggregate(a=Max("subject"), b=Max("expires_at")).values()
    return None if expires_at is not None and expires_at <= now else subject


def was_token(secret: str, *, purpose: Token.Purpose) -> bool:
    """Whether `secret` was once in a link of ours, which has ended since or has not."""
    return Token.objects.filter(hash=token_hash(secret), purpose=purpose).exists()


def void_tokens(*, subject: str) -> None:
    """Ends every link about `subject`; whoever still uses one is told so, until retention."""
    void_tokens_of([subject])


def void_tokens_of(subjects: Sequence[str]) -> None:
    """Does the same for many subjects."""
    Token.objects.filter(subject__in=subjects).update(expires_at=F("minted_at"))

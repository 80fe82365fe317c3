"""Copies for the case file: who took one, whether it left whole, and who says that it arrived."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from documents.applications.models.application import Application


class Transfer(models.Model):
    """One copy of an application for the case file; of its content only a hash is kept."""

    application = models.ForeignKey(Application, models.CASCADE, related_name="transfers")
    made_at = models.DateTimeField(_("made at"))
    # nobody: somebody whose name has gone
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", null=True, blank=True
    )
    # when its last byte was handed over, and the hash of its list of hashes
    left_at = models.DateTimeField(null=True, blank=True)
    sha512 = models.CharField(max_length=128, blank=True)
    confirmed_at = models.DateTimeField(_("confirmed at"), null=True, blank=True)
    confirmed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", null=True, blank=True
    )

    class Meta:
        verbose_name = _("copy for the case file")
        verbose_name_plural = _("copies for the case file")
        default_permissions = ()
        ordering = ["pk"]
        constraints = [
            models.CheckConstraint(
                name="transfer_left_with_its_hash",
                condition=(Q(left_at=None) & Q(sha512=""))
                | (Q(left_at__isnull=False) & ~Q(sha512="")),
            ),
            models.CheckConstraint(
                name="transfer_confirmed_only_if_it_left",
                condition=Q(confirmed_at=None) | Q(left_at__isnull=False),
            ),
            models.UniqueConstraint(
                fields=["application"],
                condition=Q(confirmed_at__isnull=False),
                name="transfer_confirmed_once",
            ),
        ]

    def __str__(self) -> str:
        return f"transfer {self.pk} of {self.application_id}"

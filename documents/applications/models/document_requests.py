"""Papers that the office asks for again, each with the reason, until a day."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from documents.applications.models.application import Application
from documents.applications.states import Objection

# Of files and absences: with the application itself, or with papers asked for and then sent.
SENT_TO_OFFICE = Q(document_request=None) | Q(document_request__is_supplied=True)


class DocumentRequest(models.Model):
    """What the office asks for again; open until it is supplied, taken back or pointless."""

    application = models.ForeignKey(Application, models.CASCADE, related_name="document_requests")
    requested_at = models.DateTimeField(_("requested at"))
    due_on = models.DateField(_("due on"))
    ended_at = models.DateTimeField(_("ended at"), null=True, blank=True)
    is_supplied = models.BooleanField(_("supplied"), default=False)

    class Meta:
        verbose_name = _("request for papers")
        verbose_name_plural = _("requests for papers")
        default_permissions = ()
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["application"],
                name="document_request_one_open",
                condition=Q(ended_at=None),
            ),
            models.CheckConstraint(
                name="document_request_supplied_only_if_ended",
                condition=Q(is_supplied=False) | Q(ended_at__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"request {self.pk}"


class RequestedPaper(models.Model):
    """One paper of a request, with the reason."""

    document_request = models.ForeignKey(DocumentRequest, models.CASCADE, related_name="papers")
    # as `paper_of` in completeness.py names it
    paper = models.CharField(max_length=60)
    # an Objection
    objection = models.CharField(max_length=20)

    class Meta:
        default_permissions = ()
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["document_request", "paper"], name="requested_paper_once"
            ),
            models.CheckConstraint(
                name="requested_paper_with_an_objection",
                condition=Q(objection__in=sorted(Objection)),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.paper} of {self.document_request_id}"

"""Files and their pages: what is where in the store, what it is and what became of it."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from documents.applications.models.application import Application
from documents.applications.models.document_requests import SENT_TO_OFFICE, DocumentRequest
from documents.applications.states import FileState, Scan

STATE_LABELS = {
    FileState.RECEIVED: _("received"),
    FileState.READY: _("readable"),
    FileState.REFUSED: _("refused"),
}
SCAN_LABELS = {
    Scan.OFF: _("not scanned"),
    Scan.WAITING: _("waiting for the scanner"),
    Scan.CLEAN: _("nothing found"),
    Scan.FOUND: _("malware found"),
}


class FileQuerySet(models.QuerySet["File"]):
    """Files by whether the office has them."""

    def sent(self) -> FileQuerySet:
        """Those that came with the application, or with papers that were asked for and sent."""
        return self.filter(SENT_TO_OFFICE)


class File(models.Model):
    """One file of a paper as it came, until its pages are drawn; its name is not kept."""

    application = models.ForeignKey(Application, models.CASCADE, related_name="files")
    # null: with the application itself
    document_request = models.ForeignKey(
        DocumentRequest, models.CASCADE, related_name="files", null=True, blank=True
    )
    # as `paper_of` in completeness.py names it
    paper = models.CharField(_("paper"), max_length=60)
    position = models.PositiveSmallIntegerField(_("position"))
    # the same form sent twice is one file
    upload_id = models.UUIDField()
    state = models.CharField(
        _("state"),
        max_length=10,
        choices=[(each.value, label) for each, label in STATE_LABELS.items()],
        default=FileState.RECEIVED,
    )
    refusal = models.CharField(_("why refused"), max_length=20, blank=True)
    scan = models.CharField(
        _("scan"),
        max_length=10,
        choices=[(each.value, label) for each, label in SCAN_LABELS.items()],
    )
    size = models.PositiveIntegerField(_("bytes"))
    sha512 = models.CharField(max_length=128)
    pages_count = models.PositiveSmallIntegerField(_("pages"), default=0)
    # the blob with the file itself; erased once it is drawn and scanned
    original = models.CharField(max_length=32, null=True, blank=True, unique=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    leased_until = models.DateTimeField(null=True, blank=True)
    received_at = models.DateTimeField(_("received at"))

    objects = FileQuerySet.as_manager()

    class Meta:
        verbose_name = _("file")
        verbose_name_plural = _("files")
        default_permissions = ()
        ordering = ["paper", "position"]
        constraints = [
            models.UniqueConstraint(
                fields=["application", "upload_id"], name="file_once_per_upload_id"
            ),
            models.UniqueConstraint(
                fields=["application", "paper", "position"], name="file_one_per_position"
            ),
            models.CheckConstraint(
                name="file_refused_with_a_reason",
                condition=(Q(state=FileState.REFUSED) & ~Q(refusal=""))
                | (~Q(state=FileState.REFUSED) & Q(refusal="")),
            ),
            models.CheckConstraint(
                name="file_ready_with_pages",
                condition=Q(state=FileState.READY, pages_count__gt=0)
                | (~Q(state=FileState.READY) & Q(pages_count=0)),
            ),
            models.CheckConstraint(
                name="file_refused_is_not_kept",
                condition=~Q(state=FileState.REFUSED) | Q(original=None),
            ),
            models.CheckConstraint(
                name="file_found_is_refused",
                condition=~Q(scan=Scan.FOUND) | Q(state=FileState.REFUSED),
            ),
        ]
        indexes = [
            models.Index(
                fields=["received_at"],
                name="file_to_do",
                condition=Q(original__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"file {self.pk}"


class Page(models.Model):
    """One page of a file as a picture, sealed under `blob`."""

    file = models.ForeignKey(File, models.CASCADE, related_name="pages")
    number = models.PositiveSmallIntegerField()
    blob = models.CharField(max_length=32, unique=True)
    size = models.PositiveIntegerField()
    sha512 = models.CharField(max_length=128)
    width = models.PositiveSmallIntegerField()
    height = models.PositiveSmallIntegerField()
    # what the person should look at again: "dark", "blurred"
    warnings = models.JSONField(default=list)

    class Meta:
        default_permissions = ()
        ordering = ["number"]
        constraints = [
            models.UniqueConstraint(fields=["file", "number"], name="page_once_per_file")
        ]

    def __str__(self) -> str:
        return f"page {self.number} of {self.file_id}"


class Orphan(models.Model):
    """A blob that no row named when a sweep looked; deleted by one a day later."""

    blob = models.CharField(max_length=64, unique=True)
    seen_at = models.DateTimeField()

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return self.blob

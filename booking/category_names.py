"""What a category is called at the desk: a person's own words are too long for a list."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

CATEGORY_NAMES = {
    "expired": _("Title expired"),
    "expiring": _("Title expires soon"),
    "job_loss": _("Job at risk"),
    "urgent_travel": _("Urgent travel"),
    "lost_document": _("Document lost"),
}

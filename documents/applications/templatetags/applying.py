"""What the pages about papers know of online applications."""

from __future__ import annotations

from django import template
from django.utils import timezone

from documents.applications.readiness import OFFERED, open_intake

register = template.Library()


@register.simple_tag
def can_apply_online(procedure: str) -> bool:
    """Whether the office takes applications for a procedure online now."""
    return procedure in OFFERED and open_intake(procedure, now=timezone.now()) is not None

"""What the hourly question for rows that must never exist has found."""

from __future__ import annotations

from django.db import models


class BrokenInvariant(models.Model):
    """An invariant that did not hold when it was last asked; none is there while all is well."""

    name = models.CharField(max_length=10, unique=True)
    rows = models.PositiveIntegerField()

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return self.name

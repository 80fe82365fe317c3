"""The people who work here."""

from __future__ import annotations

from typing import cast

from django.conf import settings
from django.contrib.auth.models import AbstractUser
from django.db import models
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _


class Staff(AbstractUser):
    """A caseworker, a team lead or somebody who keeps the system running."""

    language = models.CharField(
        _("language"), max_length=10, choices=settings.LANGUAGES, default="de"
    )
    # A password somebody else has seen is good for one sign-in.
    must_change_password = models.BooleanField(_("must change the password"), default=False)

    class Meta:
        verbose_name = _("staff member")
        verbose_name_plural = _("staff")

    def __str__(self) -> str:
        """How colleagues read it wherever staff are named: the full name, the login without one."""
        return self.get_full_name() or self.get_username()


class KnownSource(models.Model):
    """An address from which somebody has signed in; the key tells nobody who or from where."""

    key = models.CharField(max_length=64, unique=True)
    seen_at = models.DateTimeField(db_index=True)

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return f"{self.key[:8]} {self.seen_at:%Y-%m-%d}"


def staff_of(request: HttpRequest) -> Staff:
    """Who is signed in at the desk, which has no other visitors."""
    return cast(Staff, request.user)

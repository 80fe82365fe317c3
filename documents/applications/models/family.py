"""Members of a family on one application: spouses and children beside the person who applies."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from config.foundation.dates import show_birth_date
from config.foundation.persons import name_at_desk
from documents.applications.models.application import Application
from documents.applications.states import Role

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

ROLE_LABELS: dict[Role, StrOrPromise] = {
    Role.SPOUSE: pgettext_lazy("a person", "spouse"),
    Role.CHILD: pgettext_lazy("a person", "child"),
}


class FamilyMember(models.Model):
    """Somebody who applies together with the person of an application, with papers of their own.

    A paper of a member is named by `paper_of` in completeness.py: keys are never used again, so
    that the form of a member who was taken out can't act on the next one.
    """

    application = models.ForeignKey(Application, models.CASCADE, related_name="members")
    role = models.CharField(
        _("role"),
        max_length=10,
        choices=[(each.value, label) for each, label in ROLE_LABELS.items()],
    )
    family_name = models.CharField(_("family name"), max_length=80)
    given_names = models.CharField(_("given names"), max_length=80, blank=True)
    # as in Application
    birth_date = models.CharField(_("date of birth"), max_length=10)
    answers = models.JSONField(default=dict)

    class Meta:
        verbose_name = _("member of the family")
        verbose_name_plural = _("members of the family")
        default_permissions = ()
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["application", "family_name", "given_names", "birth_date"],
                name="family_member_once",
            ),
            models.CheckConstraint(
                name="family_member_with_a_role", condition=Q(role__in=sorted(Role))
            ),
        ]

    def __str__(self) -> str:
        return f"member {self.pk}"

    @property
    def ways_to_call(self) -> tuple[str, str, str]:
        """By which a family tells its papers apart, the shortest way first."""
        born = show_birth_date(self.birth_date) if self.birth_date else ""
        return self.given_names or self.family_name, self.full_name, f"{self.full_name}, {born}"

    @property
    def full_name(self) -> str:
        """The name as in the document, family name first."""
        return f"{self.family_name} {self.given_names}".strip()

    @property
    def desk_name(self) -> str:
        """The name as the desk reads it aloud."""
        language = self.application.language
        return name_at_desk(self.family_name, self.given_names, language=language)

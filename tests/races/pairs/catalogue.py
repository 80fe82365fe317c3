"""The catalogue of papers: a version is copied, and a draft is published."""

from __future__ import annotations

from datetime import timedelta

from django.test import Client
from django.utils import timezone

from documents.actions import copy_to_draft
from documents.models import CatalogueVersion, Procedure
from tests.races.pairs.scenarios import Scenario

DESK = "admin/documents/catalogueversion/"
ORDER = ("draft",)


class Draft:
    """A draft of its own, copied from what is published."""

    def __init__(self, number: str) -> None:
        self.published = CatalogueVersion.objects.published().earliest("pk")
        today = timezone.localdate(timezone.now())
        # each from another day on: what one race publishes is not in the way of the next
        begins = today + timedelta(days=400 + int("".join(filter(str.isdigit, number)) or 0) % 9000)
        self.draft = copy_to_draft(self.published, name=f"pairs {number}", valid_from=begins)
        # a draft that changes nothing can't be published
        procedure = Procedure.objects.filter(version=self.draft).earliest("pk")
        procedure.title = {**procedure.title, "de": f"{procedure.title['de']} {number}"}
        procedure.save()

    def reach(self, state: str) -> None:
        """It is a draft from the beginning."""

    def browser(self, who: str) -> Client:
        """Nobody but staff comes here."""
        return Client(enforce_csrf_checks=True)

    def rest(self) -> None:
        """Leaves no draft behind."""
        CatalogueVersion.objects.drafts().filter(pk=self.draft.pk).delete()


CATALOGUE = (
    Scenario(
        name="catalogue copy",
        address=f"{DESK}<int:pk>/copy/",
        about="catalogue",
        state="draft",
        page=lambda stage: f"/{DESK}{stage.draft.pk}/change/",
        form="copy",
        by="staff",
    ),
    Scenario(
        name="catalogue publish",
        address=f"{DESK}<int:pk>/publish/",
        about="catalogue",
        state="draft",
        page=lambda stage: f"/{DESK}{stage.draft.pk}/publish/",
        form="publish",
        by="staff",
    ),
)

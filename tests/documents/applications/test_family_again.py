"""A family under equal presses, with drafts that end, and beside uploads."""

from __future__ import annotations

import pytest
from django.http import HttpRequest

from documents.applications.actions import drafts
from documents.applications.models import Application, FamilyMember
from documents.applications.views.session import acts_on
from tests.documents.applications import test_family
from tests.documents.applications.making import NOW
from tests.documents.applications.test_family import CHILD, TYPED, add
from tests.documents.applications.test_views import Way

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("intake")]
way = test_family.way
parent = test_family.parent


@pytest.mark.parametrize(
    ("path", "module"),
    [
        ("apply/family/", "family"),
        ("apply/family/remove/", "family"),
        ("apply/review/", "sending"),
        ("apply/contact/", "entries"),
    ],
)
def test_draft_that_ends_while_a_form_is_on_its_way_begins_anew(
    way: Way, monkeypatch: pytest.MonkeyPatch, path: str, module: str
) -> None:
    member = add(Application.objects.get(), CHILD)
    way.get("apply/family/")
    hidden = way.hidden()

    def too_late(request: HttpRequest, application: Application) -> int:
        version = acts_on(request, application)
        drafts.end_draft(application=Application.objects.get(), now=NOW)
        return version

    monkeypatch.setattr(f"documents.applications.views.{module}.acts_on", too_late)
    typed = TYPED | {"birth_date": "01.01.1986", "member": member.pk, "true": "on"}
    answer = way.client.post(f"/en/{path}", hidden | typed | {"email": "a@example.org"})
    assert answer.status_code == 303
    assert not FamilyMember.objects.exists()

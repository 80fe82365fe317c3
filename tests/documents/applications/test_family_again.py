"""A family under equal presses, with drafts that end, and beside uploads."""

from __future__ import annotations

import re
from functools import partial

import pytest
from django.http import HttpRequest

from documents.applications import store as blobs
from documents.applications.actions import drafts, family
from documents.applications.actions.blobs import keep
from documents.applications.actions.refusals import ApplicationChanged
from documents.applications.models import Application, FamilyMember, File
from documents.applications.views.session import acts_on
from tests.documents.applications import test_family
from tests.documents.applications.hostile_files import jpeg
from tests.documents.applications.making import NOW, add_file, make_draft, make_person
from tests.documents.applications.test_family import ADMITTED, CHILD, TYPED, add
from tests.documents.applications.test_races import at_once
from tests.documents.applications.test_views import Way

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("intake")]
way = test_family.way
parent = test_family.parent


@pytest.mark.django_db(transaction=True)
def test_equal_presses_at_once_take_one_out_and_are_all_told_so() -> None:
    draft = make_draft(facts=ADMITTED)
    make_person(draft)
    gone = add(draft, CHILD)
    draft.refresh_from_db()
    mine = [Application.objects.get() for _each in range(6)]
    act = partial(family.remove_member, version=draft.version, member_id=gone.pk, now=NOW)
    assert at_once(*[partial(act, application=one) for one in mine]) == [None] * 6
    assert not FamilyMember.objects.exists()


def test_last_one_taken_out_leads_to_a_page_that_is_there(way: Way) -> None:
    member = add(Application.objects.get(), CHILD)
    Application.objects.update(procedure="study")
    page = way.get("apply/family/")
    form = re.search(r'action="[^"]*family/remove/">(.*?)</form>', page, re.S)
    assert form
    fields = dict(re.findall(r'name="(\w+)" value="([^"]*)"', form[1]))
    answer = way.client.post("/en/apply/family/remove/", fields, follow=True)
    assert answer.status_code == 200
    assert not FamilyMember.objects.filter(pk=member.pk).exists()


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


def test_file_on_its_way_while_its_member_is_taken_out_is_kept_for_nobody(
    parent: Application, monkeypatch: pytest.MonkeyPatch
) -> None:
    child = add(parent, CHILD)
    parent.refresh_from_db()

    def slow(content: bytes, *, application: Application) -> str:
        now_there = Application.objects.get(pk=application.pk)
        family.remove_member(
            application=now_there, version=now_there.version, member_id=child.pk, now=NOW
        )
        return keep(content, application=application)

    monkeypatch.setattr("documents.applications.actions.papers.keep", slow)
    with pytest.raises(ApplicationChanged):
        add_file(parent, f"no_passport_identity.{child.pk}", jpeg())
    assert not File.objects.exists()
    assert not list(blobs.names())

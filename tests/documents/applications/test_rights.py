"""What a person may ask for, what must always hold, and what is left in the end."""

from __future__ import annotations

import json
from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from config.operations.retention import forget_due
from documents.applications import store as blobs
from documents.applications.actions import reviews
from documents.applications.invariants import INVARIANTS
from documents.applications.models import Application, ApplicationEvent, File
from documents.applications.states import Outcome, Status
from tests.documents.applications.making import NOW, make_draft
from tests.factories import StaffFactory

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("intake")]


def close(row: Application) -> None:
    """The review is over."""
    staff = StaffFactory()
    reviews.take(application=row, version=row.version, by=staff, now=NOW)
    reviews.close(application=row, version=row.version, outcome=Outcome.GRANTED, by=staff, now=NOW)


def test_copy_holds_what_was_entered_and_no_key(sent: Application) -> None:
    StaffFactory(username="frieda")
    out = StringIO()
    call_command("export_person", sent.reference, by="frieda", reason="request", stdout=out)
    copy = json.loads(out.getvalue())
    text = out.getvalue()
    assert "Rahimi" in text
    assert "leila@example.org" in text
    assert "sealed_key" not in text
    assert len([row for row in copy["data"] if row.get("paper")]) == 7


def test_forgetting_waits_for_the_end_and_leaves_nothing(sent: Application) -> None:
    with pytest.raises(CommandError, match="close it first"):
        call_command("forget_person", sent.reference, "--apply")
    close(sent)
    call_command("forget_person", sent.reference, "--apply", stdout=StringIO())
    row = Application.objects.get()
    assert (row.family_name, row.sealed_key) == ("", None)
    assert not File.objects.exists()


def test_retention_of_the_product_takes_applications_in(sent: Application) -> None:
    close(sent)
    make_draft()
    due = forget_due(now=NOW + timedelta(days=14), apply=True)
    assert due["P4 applications: closed"] == due["P4 applications: drafts"] == 1
    assert forget_due(now=NOW + timedelta(days=14), apply=True)["P4 applications: closed"] == 0
    assert Application.objects.get().forgotten_at is not None


def broken() -> set[str]:
    """The invariants that do not hold now."""
    return {name for name, _says, query in INVARIANTS if query(timezone.now())}


def test_invariants_hold_on_the_way(sent: Application) -> None:
    make_draft()
    assert broken() == set()
    close(sent)
    assert broken() == set()


def test_each_invariant_is_noticed_when_broken(sent: Application) -> None:
    file = sent.files.filter(state="received").earliest("pk")
    File.objects.filter(pk=file.pk).update(state="refused", refusal="empty", original=None)
    File.objects.filter(pk=file.pk).update(scan="off")
    assert broken() == {"I35"}
    File.objects.filter(pk=file.pk).delete()
    ApplicationEvent.objects.update(from_status=Status.CLOSED, to_status=Status.WITHDRAWN)
    assert broken() == {"I35", "I25b", "I25c"}
    ready = sent.files.get(state="ready")
    blobs.delete(ready.pages.get().blob)
    assert "I39" in broken()
    File.objects.filter(pk=ready.pk).update(state="received", pages_count=0)
    assert "I38" in broken()

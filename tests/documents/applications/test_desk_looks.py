"""The desk's pages of an application on their way, in a browser: axe, and nothing too wide."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest
import time_machine
from playwright.sync_api import Browser
from pytest_django.live_server_helper import LiveServer

from booking import actions
from documents.applications.actions import document_requests, processing, reviews
from documents.applications.models import Application
from documents.applications.states import Objection
from tests.documents.applications.hostile_files import jpeg
from tests.documents.applications.making import NOW, TODAY, add_file
from tests.factories import QuotaFactory, SlotFactory, StaffFactory
from tests.look.audit import violations
from tests.look.desk import sign_in

pytestmark = [pytest.mark.journey, pytest.mark.django_db(transaction=True)]
LIST = "/admin/applications/application/"


def _pages(row: Application) -> Iterator[str]:
    """An address whose page is to be looked at, each time the application has moved on."""
    by = StaffFactory()
    reviews.take(application=row, version=row.version, by=by, now=NOW)
    yield f"{LIST}{row.pk}/request/"
    yield f"/admin/booking/invitation/application/{row.pk}/"
    request = document_requests.request_papers(
        application=row,
        version=row.version,
        papers={"passport": Objection.UNREADABLE, "employment": Objection.OUTDATED},
        due_on=TODAY + timedelta(days=14),
        by=by,
        now=NOW,
    )
    yield f"{LIST}?state=papers_missing"
    yield f"{LIST}{row.pk}/change/"
    for paper in ("passport", "employment"):
        add_file(row, paper, jpeg())
    processing.process_due(now=NOW, limit=9)
    row.refresh_from_db()
    document_requests.supply(
        application=row, request_id=request.pk, version=row.version, arrived_at=NOW
    )
    yield LIST
    yield f"{LIST}{row.pk}/change/"
    quota = QuotaFactory()
    starts_at = NOW + timedelta(days=3)
    SlotFactory(quota=quota, starts_at=starts_at, ends_at=starts_at + timedelta(minutes=20))
    actions.invite_for_application(
        application=row,
        version=row.version,
        quota=quota,
        valid_until=None,
        quiet=False,
        by=by,
        now=NOW,
    )
    yield f"{LIST}{row.pk}/change/"


def test_pages_of_going_back_and_forth_fit_and_are_accessible(
    browser: Browser, live_server: LiveServer, sent: Application
) -> None:
    page = browser.new_context(locale="de-DE").new_page()
    with time_machine.travel(NOW, tick=True):
        sign_in(page, live_server.url, StaffFactory(is_staff=True, is_superuser=True))
        for path in _pages(sent):
            page.goto(f"{live_server.url}{path}", wait_until="load")
            for width in (360, 1280):
                page.set_viewport_size({"width": width, "height": 900})
                assert page.evaluate("document.documentElement.scrollWidth") <= width, path
            assert violations(page, "light") + violations(page, "dark") == [], path
    page.context.close()

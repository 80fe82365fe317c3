"""`make screenshots`: a contact sheet of every page, language, width and scheme to look at."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from django.conf import settings
from django.utils.translation import override
from playwright.sync_api import Browser, Page

from booking.admin.day_list_pdf import print_day
from booking.appointment_pdf import print_appointment
from booking.invitation_pdf import print_invitation
from booking.waiting_list_pdf import print_waiting
from config.foundation.office import Office
from config.public_pages.poster import print_poster
from documents.catalogue import emergency_checklist
from documents.checklist_pdf import print_checklist
from tests.factories import (
    MONDAY,
    TUESDAY_NINE,
    ApplicantFactory,
    AppointmentFactory,
    InvitationFactory,
    InvitedFactory,
    SlotFactory,
    WaitingEntryFactory,
)
from tests.look import desk
from tests.look.audit import Scheme
from tests.look.test_notifications import every_letter, office_with_papers
from tests.look.walk import Walk

pytestmark = pytest.mark.journey
__all__ = ["office_with_papers"]
CODES = [code for code, _ in settings.LANGUAGES]
FOLDER = Path(os.environ.get("SCREENSHOTS", str(settings.BASE_DIR / "var" / "screenshots")))
LANGUAGES = os.environ.get("LANGUAGES", " ".join(CODES)).split()
VIEWS: list[tuple[int, Scheme]] = [(360, "light"), (360, "dark"), (1280, "light")]
SCHEMES: list[Scheme] = ["light", "dark"]
# Screens that stand or hang beside a box.
SCREENS = [(1080, 1920), (1280, 800)]
INTRO = {
    "de": "Ihre Unterlagen sind geprüft. Bitte bringen Sie alle im Original mit.",
    "en": "Your papers have been checked. Please bring all of them as originals.",
}
PAGE = """<!doctype html><meta charset="utf-8"><title>Contact sheet</title>
<style>body{{font:14px sans-serif;background:#888}}
tr{{vertical-align:top}}img{{width:260px}}</style>
<table>{rows}</table>"""


@pytest.mark.parametrize("language", LANGUAGES)
def test_takes_a_picture_of_every_page(browser: Browser, site: str, language: str) -> None:
    page = browser.new_context(locale="de-DE").new_page()
    for number, name in enumerate(Walk(page, site, language).all()):
        _take(page, language, f"{number:02}-{name}")
    page.context.close()
    _write_sheet()


@pytest.mark.usefixtures("office_with_papers")
@pytest.mark.parametrize("language", LANGUAGES)
def test_takes_a_picture_of_every_letter(browser: Browser, language: str) -> None:
    page = browser.new_context(locale="de-DE").new_page()
    for number, sent in enumerate(every_letter(language)):
        if sent.envelope.html:
            page.set_content(sent.envelope.html)
            _take(page, language, f"letter-{number:02}-{sent.kind.replace('/', '-')}")
    page.context.close()
    _write_sheet()


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("width", desk.WIDTHS)
def test_takes_a_picture_of_every_page_of_the_desk(
    browser: Browser, demo_desk: str, width: int
) -> None:
    page = browser.new_context(locale="de-DE").new_page()
    page.set_viewport_size({"width": width, "height": 900})
    for shown in desk.walk(page, demo_desk):
        for scheme in SCHEMES:
            folder = FOLDER / "desk" / f"{width}-{scheme}"
            folder.mkdir(parents=True, exist_ok=True)
            page.emulate_media(color_scheme=scheme)
            page.screenshot(path=folder / f"{shown.name}.png", full_page=True)
    page.context.close()


@pytest.mark.parametrize("language", LANGUAGES)
def test_takes_a_picture_of_every_screen_of_the_box(
    browser: Browser, site: str, language: str
) -> None:
    # the keys on the screen come with a finger
    page = browser.new_context(locale="de-DE", has_touch=True).new_page()
    page.set_viewport_size({"width": SCREENS[0][0], "height": SCREENS[0][1]})
    for number, name in enumerate(Walk(page, site, language).box()):
        for width, height in SCREENS:
            page.set_viewport_size({"width": width, "height": height})
            page.screenshot(path=_folder(language) / f"screen-{number}-{name}-{width}-screen.png")
    page.context.close()
    _write_sheet()


@pytest.mark.usefixtures("office_with_papers")
@pytest.mark.parametrize("language", LANGUAGES)
def test_takes_a_picture_of_every_paper(office: Office, language: str) -> None:
    with override(language):
        for name, pdf in _papers(office, language):
            file = _folder(language) / f"paper-{name}.pdf"
            file.write_bytes(pdf)
            if draw := shutil.which("pdftoppm"):
                picture = file.with_name(f"paper-{name}-page")
                subprocess.run([draw, "-png", "-r", "75", file, picture], check=True)
    _write_sheet()


def _papers(office: Office, language: str) -> Iterator[tuple[str, bytes]]:
    """Every PDF that leaves the house, of a day with people on it."""
    for number in range(5):
        begins = TUESDAY_NINE + timedelta(minutes=10 * number)
        slot = SlotFactory(starts_at=begins, ends_at=begins + timedelta(minutes=10))
        who = ApplicantFactory(language=language, family_name="O’Connor-Müller")
        appointment = AppointmentFactory(applicant=who, slot=slot, category="expired")
    yield (
        "appointment",
        print_appointment(appointment, office=office, language=language, now=MONDAY),
    )
    invitation = InvitationFactory(quota__intro=INTRO)
    InvitedFactory(language=language, invitation=invitation)
    yield "invitation", print_invitation(invitation, office=office, now=MONDAY)
    entry = WaitingEntryFactory(applicant__language=language)
    yield "waiting", print_waiting(entry, office=office, language=language, now=MONDAY)
    yield "day", print_day(TUESDAY_NINE.date(), now=MONDAY, language=language)
    found = emergency_checklist(category="expired", on=MONDAY.date())
    address = "https://termin.example/documents/emergency/"
    yield (
        "checklist",
        print_checklist(
            found, language=language, address=address, reviewed=language == "de", now=MONDAY
        ),
    )
    yield (
        "poster",
        print_poster(office=office, languages=CODES, base="https://termin.example", now=MONDAY),
    )


def _folder(language: str) -> Path:
    folder = FOLDER / language
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def _take(page: Page, language: str, name: str) -> None:
    folder = _folder(language)
    for width, scheme in VIEWS:
        page.set_viewport_size({"width": width, "height": 740})
        page.emulate_media(color_scheme=scheme)
        page.screenshot(path=folder / f"{name}-{width}-{scheme}.png", full_page=True)


def _write_sheet() -> None:
    """One row a view, one column a page; languages below each other."""
    views = [f"{width}-{scheme}" for width, scheme in VIEWS]
    views += [*(f"{width}-screen" for width, _ in SCREENS), "page-*"]
    rows = []
    for folder in sorted(path for path in FOLDER.iterdir() if path.is_dir()):
        for view in views:
            pictures = sorted(folder.glob(f"*-{view}.png"))
            cells = "".join(
                f'<td>{path.name}<br><img src="{folder.name}/{path.name}" loading="lazy" alt="">'
                for path in pictures
            )
            rows.append(f"<tr><th>{folder.name}<br>{view}</th>{cells}")
    (FOLDER / "index.html").write_text(PAGE.format(rows="\n".join(rows)), encoding="utf-8")

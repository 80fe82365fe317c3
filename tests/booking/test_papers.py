"""Papers and fees of one booking, wherever they are shown: pages, letter, PDF, desk."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from typing import Any
from unittest import mock

import pytest
from django.conf import settings
from django.core.management import call_command
from django.test import Client
from django.utils.translation import override

from booking.admin.action_forms import CheckInForm, papers_of
from booking.appointment_pdf import print_appointment
from booking.models import Appointment, Slot
from booking.papers import papers_for
from config.foundation.office import Office, current_office, forget_memory
from config.foundation.sheets import Sheet
from tests.booking.visitors import DETAILS, Visitor
from tests.delivery import deliver
from tests.factories import AppointmentFactory

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock", "slots", "catalogue")]

CHILD = {"family_name": "Testkind", "given_names": "Mina", "birth_date": "17.05.2015"}
LOSS = "Verlustanzeige (falls vorhanden)"


@pytest.fixture
def catalogue(magdeburg: Office) -> None:
    call_command("load_catalogue", verbosity=0)
    magdeburg.payment = {"de": "bar oder mit EC-Karte", "en": "cash or EC card"}
    magdeburg.save()
    forget_memory()


@pytest.fixture
def lost(slots: list[Slot]) -> Appointment:
    situation = {"category": "lost_document", "answers": {"lost_what": "residence_card"}}
    return AppointmentFactory(
        slot=slots[0], category="lost_document", applicant__situation=situation
    )


def plain(text: str) -> str:
    return " ".join(text.replace("\xa0", " ").split())


def page(client: Client, path: str) -> str:
    return plain(client.get(f"/de/{path}").content.decode())


@pytest.fixture
def printed(monkeypatch: pytest.MonkeyPatch, now: datetime) -> Callable[[], str]:
    """What the PDF of the one appointment is made of."""
    lines: list[str] = []
    for name in ("text", "tick"):
        draw = getattr(Sheet, name)

        def note(sheet: Sheet, text: str, *, draw: Any = draw, **how: Any) -> None:
            lines.append(text)
            draw(sheet, text, **how)

        monkeypatch.setattr(Sheet, name, note)

    def write() -> str:
        appointment = Appointment.objects.get()
        assert print_appointment(appointment, office=current_office(), language="de", now=now)
        return plain("\n".join(lines))

    return write


@pytest.mark.parametrize("language", [code for code, _name in settings.LANGUAGES])
def test_last_lines_of_the_pdf_stay_together(
    slots: list[Slot],
    magdeburg: Office,
    language: str,
    now: datetime,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    pages: list[int] = []
    draw = Sheet.text

    def note(sheet: Sheet, text: str, **how: Any) -> None:
        draw(sheet, text, **how)
        pages.append(sheet._pdf.page)

    monkeypatch.setattr(Sheet, "text", note)
    for category in ("expired", "urgent_travel"):
        appointment = AppointmentFactory(slot=slots.pop(), category=category)
        with override(language):
            print_appointment(appointment, office=magdeburg, language=language, now=now)
        # fee, its estimate, interpreter, cancellation
        assert len(set(pages[-4:])) == 1, category


def test_fee_names_both_amounts_until_the_birth_date_is_known(visitor: Visitor) -> None:
    visitor.post("check/expired/", {"title_valid_until": "20.11.2026"})
    before = page(visitor.client, "checklist/")
    assert "93,00 €; unter 18 Jahren 46,50 €" in before
    assert "13,00 €; unter 18 Jahren 6,50 €" in before

    visitor.post("details/", DETAILS | CHILD)
    after = page(visitor.client, "checklist/")
    assert "<bdi>46,50 €</bdi>" in after
    assert "<bdi>6,50 €</bdi>" in after
    assert "zwischen 0 € und 59 €" in after

    # another member of the family is asked about anew and is no child
    visitor.post("check/expired/", {"title_valid_until": "20.11.2026"})
    assert "93,00 €; unter 18 Jahren 46,50 €" in page(visitor.client, "checklist/")


def test_booked_child_pays_half_on_page_letter_and_paper(
    visitor: Visitor, printed: Callable[[], str], now: datetime
) -> None:
    visitor.books(**CHILD)
    for shown in (page(visitor.client, "checklist/"), page(visitor.client, "appointment/")):
        assert "46,50 €" in shown
        assert "6,50 €" in shown
        assert "93,00 €</bdi>" not in shown
        assert "unter 18 Jahren 46,50" not in shown
    letter = plain(str(deliver(now)[-1].body))
    assert "zwischen 0 € und 59 € (bar oder mit EC-Karte)" in letter
    assert "zwischen 0 € und 59 € (bar oder mit EC-Karte)" in printed()


def test_paper_names_no_fee_where_the_catalogue_knows_none(
    printed: Callable[[], str], now: datetime
) -> None:
    found = papers_for(AppointmentFactory())
    assert found is not None
    free = replace(found, fee=replace(found.fee, lines=()))
    with mock.patch("booking.appointment_pdf.papers_for", return_value=free):
        assert "Expected fee" not in printed()
    assert "Expected fee" in printed()


def test_confirmation_says_how_the_fee_is_paid(visitor: Visitor) -> None:
    visitor.books()
    assert "(bar oder mit EC-Karte)" in page(visitor.client, "appointment/")


def test_condition_of_a_paper_travels_with_it(
    visitor: Visitor, printed: Callable[[], str], now: datetime
) -> None:
    visitor.post("check/lost_document/", {"lost_what": "residence_card"})
    assert LOSS in page(visitor.client, "checklist/")
    visitor.post("details/", DETAILS)
    visitor.post("verify/", {"code": visitor.code()})
    visitor.post("times/", {"slot": visitor.slots()[0]})
    visitor.post("review/")
    assert LOSS in page(visitor.client, "appointment/")
    letter = deliver(now)[-1]
    assert LOSS in plain(str(letter.body))
    assert LOSS in plain(str(letter.alternatives[0][0]))
    assert "Notice of loss (if you have it)" in plain(str(letter.body))
    assert LOSS in printed()


def test_desk_proposes_no_conditional_paper_as_missing(lost: Appointment, now: datetime) -> None:
    papers = papers_of(lost, language="de")
    assert LOSS in [title for _id, title in papers]
    owed = [paper for paper, _title in papers if paper != "emergency_proof_loss"]
    data = {"version": lost.version, "brought": owed[1:]}
    form = CheckInForm(data, appointment=lost, now=now, language="de")
    assert form.is_valid()
    assert form.cleaned_data["missing"] == owed[:1]

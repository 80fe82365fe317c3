"""Exports: no cell is a formula, and nothing is held whole in memory."""

from __future__ import annotations

import csv
import io

import pytest
from django.test import Client
from openpyxl import load_workbook

from booking.models import Appointment
from booking.spreadsheets import as_csv, as_xlsx, safe_cell
from config.foundation.audit import AccessRecord
from tests.booking.desk import APPOINTMENTS, catalogue, clock, desk, signed_in
from tests.factories import AppointmentFactory

__all__ = ["catalogue", "clock", "desk"]

FORMULAS = [
    "=1+1",
    "=cmd|' /C calc'!A0",
    "+1+1",
    "-1+1",
    "@SUM(A1)",
    "\t=1+1",
    "\r=1+1",
    "\n=1+1",
    "\0=1+1",
    " =1+1",
    "   @SUM(A1)",
    "=HYPERLINK(\"https://evil.example\",\"x\")",
    "=WEBSERVICE(A1)",
    "＝1+1",
    "＋1",
    "－1",
    "＠x",
    "-2+3+cmd|' /C calc'!A0",
    "+49 391 540",
    "=\u202e1",
]  # fmt: skip
HARMLESS = ["Diallo", "O’Connor-Müller", "الأحمد", "a=b", "7K3F-92QX", 'quote " and ; and \n line']


@pytest.mark.parametrize("text", FORMULAS)
def test_formula_is_made_text(text: str) -> None:  # T-C5
    assert safe_cell(text) == f"'{text}"


@pytest.mark.parametrize("value", [*HARMLESS, 0, -3, 1.5])
def test_harmless_value_stays(value: object) -> None:
    assert safe_cell(value) == value


def test_csv_comes_back_without_a_formula() -> None:  # T-C5
    rows = [[text, 1] for text in [*FORMULAS, *HARMLESS]]
    sent = as_csv("t", ["text", "n"], rows).getvalue().decode("utf-8-sig")
    back = list(csv.reader(io.StringIO(sent, newline=""), delimiter=";"))
    assert [row[0] for row in back[1:]] == [f"'{text}" for text in FORMULAS] + HARMLESS


def test_xlsx_comes_back_without_a_formula(db: None) -> None:  # T-C5
    rows = [[text, 1] for text in [*FORMULAS, *HARMLESS]]
    answer = as_xlsx("t", ["text", "n"], rows)
    sent = answer.getvalue()
    answer.close()
    sheet = load_workbook(io.BytesIO(sent)).active
    assert sheet is not None
    cells = [row[0] for row in sheet.iter_rows(min_row=2)]
    assert len(cells) == len(rows)
    assert {cell.data_type for cell in cells} == {"s"}
    assert all(str(cell.value).startswith("'") for cell in cells[: len(FORMULAS)])


def test_export_holds_no_person_and_is_recorded(desk: Client) -> None:
    row: Appointment = AppointmentFactory(applicant__family_name="Unverwechselbar")
    lead = signed_in("team lead", username="lead")
    sent = lead.get(f"{APPOINTMENTS}export/").getvalue().decode()
    assert row.reference in sent
    assert "Unverwechselbar" not in sent
    assert row.applicant.email not in sent
    record = AccessRecord.objects.get()
    assert (record.kind, record.by.username) == ("export", "lead")

"""Tables as files: written row by row, and no cell is ever a formula."""

from __future__ import annotations

import csv
import re
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain
from typing import Any

from django.http import FileResponse, StreamingHttpResponse

# A cell that starts like this is read as a formula or a command by some program (ASVS 1.2.10).
_DANGEROUS = ("=", "+", "-", "@", "\t", "\r", "\n", "\0", "＝", "＋", "－", "＠")
_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_NOT_IN_A_TITLE, _LONGEST_TITLE = re.compile(r"[\\*?:/\[\]]"), 31
# openpyxl refuses what XML can't hold
_UNPRINTABLE = dict.fromkeys([*range(9), 11, 12, *range(14, 32)])


def safe_cell(value: object) -> str | int | float:
    """`value` for a cell: numbers stay; text that could be a formula gets an apostrophe."""
    if value is None:
        return ""
    if isinstance(value, int | float):
        return value
    text = str(value)
    return f"'{text}" if text.lstrip(" ").startswith(_DANGEROUS) else text


class _Echo:
    """A file that hands back what is written."""

    def write(self, text: str) -> str:
        return text


def _lines(head: Sequence[object], rows: Iterable[Sequence[object]]) -> Iterator[str]:
    writer = csv.writer(_Echo(), delimiter=";")
    yield "\ufeff"  # spreadsheets take the file for UTF-8 only with it
    yield writer.writerow([safe_cell(cell) for cell in head])
    for row in rows:
        yield writer.writerow([safe_cell(cell) for cell in row])


def as_csv(
    name: str, head: Sequence[object], rows: Iterable[Sequence[object]]
) -> StreamingHttpResponse:
    """The table as a streamed CSV download."""
    response = StreamingHttpResponse(_lines(head, rows), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{name}.csv"'
    return response


def as_xlsx(name: str, head: Sequence[object], rows: Iterable[Sequence[object]]) -> FileResponse:
    """The table as an XLSX download, written to disk row by row."""
    return as_workbook(name, [(name, chain([head], rows))])


def as_workbook(
    name: str, sheets: Iterable[tuple[str, Iterable[Sequence[object]]]]
) -> FileResponse:
    """Tables as an XLSX download, each on the sheet of its title."""
    from openpyxl import Workbook  # heavy: only who exports pays

    book = Workbook(write_only=True)
    for title, rows in sheets:
        sheet = book.create_sheet(_NOT_IN_A_TITLE.sub(" ", title)[:_LONGEST_TITLE])
        for row in rows:
            sheet.append([_text_or_number(sheet, value) for value in row])
    file = tempfile.TemporaryFile()  # noqa: SIM115 - the response closes it
    book.save(file)
    file.seek(0)
    return FileResponse(file, as_attachment=True, filename=f"{name}.xlsx", content_type=_XLSX)


def _text_or_number(sheet: Any, value: object) -> Any:
    from openpyxl.cell import WriteOnlyCell

    safe = safe_cell(value)
    if not isinstance(safe, str):
        return safe
    cell = WriteOnlyCell(sheet, value=safe.translate(_UNPRINTABLE))
    cell.data_type = "s"  # whatever it looks like
    return cell

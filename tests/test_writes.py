"""Who may write: a status one function for each model, a transaction the decorator of actions."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

pytestmark = pytest.mark.once

ROOT = Path(__file__).resolve().parent.parent
APPS = ("config", "booking", "eligibility", "documents", "pickup_box")
# The models whose status has a table of steps, and their tables. A box has a status without one.
MODELS = {"Appointment", "WaitingEntry", "Deposit", "Application"}
RAW = re.compile(
    r"\b(update|into)\s+[\"'`]?(booking_appointment|booking_waitingentry|pickup_box_deposit|applications_application)\b",
    re.IGNORECASE,
)
OTHER_MODELS = {"Box"}
# What takes the columns to write as keywords: of the framework, and of ours what hands them on.
WRITERS = {
    *("create", "acreate", "update", "aupdate", "get_or_create", "aget_or_create"),
    *("update_or_create", "aupdate_or_create", "dict", "partial", *MODELS),
    *("step", "new_appointment", "draft", "amend"),
}
WRITES_A_STATUS = {
    "booking/actions/transitions.py:transition": "the steps of an appointment",
    "booking/actions/transitions.py:transition_waiting_entries": "the steps of a waiting entry",
    "pickup_box/transitions.py:transition": "the steps of a deposit",
    "documents/applications/transitions.py:transition": "the steps of an application",
    "booking/actions/holds.py:new_appointment": "a new row has no state before; records its event",
    "booking/actions/holds.py:_take": "creates: held by its person",
    "booking/actions/offers.py:offer": "creates: offered by the office",
    "booking/actions/invitations.py:_invite_to_time": "creates: booked by the office's invitation",
    "booking/actions/desk.py:_book_by_phone": "creates: booked on the phone, without a hold",
    "booking/actions/desk.py:_fill_no_show_slot": "creates: who stands in is here already",
    "booking/admin/appointment_summary.py:last_step": "no row: the words of a sentence",
    "booking/api.py:show_availability": "no row: the state of the service in an answer",
}
OPENS_A_TRANSACTION = {
    "config/foundation/actions.py:action.acting": "the decorator itself",
    "config/foundation/outbox.py:_record": "the sender: no person acts, nothing is refused",
    "config/foundation/outbox.py:_end": "the sender: catches what an action after it raises",
    "config/management/commands/load_office.py:Command.handle": "--check rolls back what it did",
    "config/management/commands/move_database.py:Command.handle": "two databases at once",
}


class Finder(ast.NodeVisitor):
    """Collects the functions in which something is written."""

    def __init__(self) -> None:
        self.inside: list[str] = []
        self.found: set[str] = set()

    def note(self) -> None:
        """Takes down where the visit is."""
        self.found.add(".".join(self.inside))

    def visit_FunctionDef(
        self, node: ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef
    ) -> None:
        """Keeps track of the function or class."""
        self.inside.append(node.name)
        self.generic_visit(node)
        self.inside.pop()

    visit_ClassDef = visit_AsyncFunctionDef = visit_FunctionDef


class StatusFinder(Finder):
    """Finds whatever may write a column called status."""

    def visit_Attribute(self, node: ast.Attribute) -> None:
        """`row.status = …`, also in a tuple, a loop or a `with`."""
        if node.attr == "status" and not isinstance(node.ctx, ast.Load):
            self.note()
        self.generic_visit(node)

    def visit_Subscript(self, node: ast.Subscript) -> None:
        """`columns["status"] = …`."""
        if _is_status(node.slice) and not isinstance(node.ctx, ast.Load):
            self.note()
        self.generic_visit(node)

    def visit_Dict(self, node: ast.Dict) -> None:
        """`{"status": …}`, which any call may unpack."""
        if any(key is not None and _is_status(key) for key in node.keys):
            self.note()
        self.generic_visit(node)

    def visit_Constant(self, node: ast.Constant) -> None:
        """SQL by hand."""
        if isinstance(node.value, str) and RAW.search(node.value):
            self.note()

    def visit_Call(self, node: ast.Call) -> None:
        """Writers with a keyword, attributes by name, and bulk writes with a list of columns."""
        name = _last_name(node.func)
        if _first_name(node.func) not in OTHER_MODELS:
            keywords = {each.arg for each in node.keywords}
            given = [*node.args, *(each.value for each in node.keywords)]
            columns = [one for each in given for one in getattr(each, "elts", [])]
            if (
                (name in WRITERS and "status" in keywords)
                or (name in {"setattr", "__setattr__"} and any(map(_is_status, node.args)))
                or (name in {"bulk_update", "abulk_update"} and any(map(_is_status, columns)))
                or ("update_fields" in keywords and any(map(_is_status, columns)))
            ):
                self.note()
        self.generic_visit(node)


class TransactionFinder(Finder):
    """Finds transactions that are opened by hand."""

    def visit_Attribute(self, node: ast.Attribute) -> None:
        """`transaction.atomic`, called or as a decorator."""
        if node.attr in {"atomic", "set_autocommit"}:
            self.note()
        self.generic_visit(node)

    def visit_ImportFrom(self, node: ast.ImportFrom) -> None:
        """`from django.db.transaction import atomic`, which would hide it."""
        if any(each.name == "atomic" for each in node.names):
            self.note()


def _is_status(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and node.value == "status"


def _last_name(node: ast.expr) -> str:
    return node.attr if isinstance(node, ast.Attribute) else getattr(node, "id", "")


def _first_name(node: ast.expr) -> str:
    while isinstance(node, ast.Attribute | ast.Call | ast.Subscript):
        node = node.func if isinstance(node, ast.Call) else node.value
    return getattr(node, "id", "")


def places(source: str, finder: type[Finder]) -> set[str]:
    """The functions of a module, with their classes, in which `finder` finds something."""
    found = finder()
    found.visit(ast.parse(source))
    return found.found


def product(finder: type[Finder]) -> Iterator[str]:
    """The same for the whole product, as `file:function`."""
    for app in APPS:
        for path in sorted((ROOT / app).rglob("*.py")):
            if "migrations" not in path.parts:
                for place in places(path.read_text(), finder):
                    yield f"{path.relative_to(ROOT).as_posix()}:{place}"


def test_each_status_is_written_by_its_transition_alone() -> None:
    assert set(product(StatusFinder)) == set(WRITES_A_STATUS)


def test_transactions_are_opened_by_actions() -> None:
    assert set(product(TransactionFinder)) == set(OPENS_A_TRANSACTION)


@pytest.mark.parametrize(
    "line",
    [
        "row.status = Status.BOOKED",
        "row.status: str = 'booked'",
        "row.status += ''",
        "row.status, row.version = to, 2",
        "for row.status in Status: pass",
        "del row.status",
        "setattr(row, 'status', to)",
        "object.__setattr__(row, 'status', to)",
        "vars(row)['status'] = to",
        "vars(row).update(status=to)",
        "Deposit.objects.filter(pk=1).update(status=to)",
        "Deposit.objects.filter(pk=1).update(**{'status': to})",
        "columns = {'status': to}; rows.update(**columns)",
        "columns = dict(status=to)",
        "columns['status'] = to",
        "columns |= {'status': to}",
        "WaitingEntry.objects.active().step(status=to)",
        "entry.offers.create(status=to)",
        "Deposit.objects.get_or_create(pk=1, defaults={'status': to})",
        "Deposit.objects.update_or_create(pk=1, status=to)",
        "await Deposit.objects.aupdate(status=to)",
        "Appointment(status=to).save()",
        "models.WaitingEntry(status=to)",
        "Deposit.objects.bulk_create([Deposit(status=to)])",
        "Deposit.objects.bulk_create(rows, update_conflicts=True, update_fields=['status'])",
        "Deposit.objects.bulk_update(rows, ['issue', 'status'])",
        "Deposit.objects.bulk_update(rows, fields=('status',))",
        "row.save(update_fields=['status'])",
        "cursor.execute('UPDATE booking_appointment SET version = 2')",
        "cursor.execute('INSERT INTO \"pickup_box_deposit\" VALUES (1)')",
        "partial(rows.update, status=to)()",
        "new_appointment(person, status=to)",
        "amend(deposit=row, status=to)",
    ],
)
def test_write_of_a_status_is_found(line: str) -> None:
    source = f"class Any:\n    async def elsewhere(self):\n        {line}\n"
    assert places(source, StatusFinder) == {"Any.elsewhere"}


@pytest.mark.parametrize(
    "line",
    [
        "Deposit.objects.filter(status=to).exclude(status__in=OTHERS).update(issue=2)",
        "row.status == to and Status(row.status)",
        "HttpResponse(status=404)",
        "render(request, 'page.html', status=422)",
        "Box.objects.filter(pk=1).update(status=Box.Status.OPEN)",
        "cursor.execute('UPDATE booking_appointmentevent SET at = 2')",
        "columns['status']",
        "list_display = ('pk', 'status')",
    ],
)
def test_reading_a_status_is_no_write(line: str) -> None:
    assert not places(f"def elsewhere():\n    {line}\n", StatusFinder)


@pytest.mark.parametrize(
    "source",
    [
        "@transaction.atomic\ndef act(): pass",
        "def act():\n    with transaction.atomic(): pass",
        "def act():\n    with transaction.atomic(using='other'): pass",
        "def act():\n    from django.db.transaction import atomic",
    ],
)
def test_transaction_by_hand_is_found(source: str) -> None:
    assert places(source, TransactionFinder) == {"act"}

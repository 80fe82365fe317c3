"""A reduction at the desk: one table of the fees in place of three lists of them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.utils.formats import number_format
from django.utils.translation import gettext_lazy as _

from documents.admin.draft_form import DraftForm
from documents.admin.rows import DraftAdmin
from documents.models import Fee, Reduction

COLUMNS = {
    "codes": _("reduced"),
    "not_codes": _("never reduced"),
    "ask_codes": _("the office decides"),
}


@dataclass(frozen=True, kw_only=True)
class FeeLine:
    """One fee of the table: its amounts, and for each column the name of its input and the tick."""

    code: str
    title: str
    amount: str
    reduced: str
    boxes: list[tuple[str, object, bool]]


class ReductionForm(DraftForm):
    """A fee is reduced, never reduced or decided by the office."""

    def clean(self) -> dict[str, Any]:
        """The entries; an error of the table where a fee is ticked twice."""
        data = super().clean()
        ticked = [code for name in COLUMNS for code in data.get(name) or ()]
        if len(ticked) > len(set(ticked)):
            self.add_error("codes", _("Please tick one column at most for each fee."))
        return data


@admin.register(Reduction)
class ReductionAdmin(DraftAdmin):
    """Who pays less."""

    form = ReductionForm
    change_form_template = "admin/documents/reduction/change_form.html"
    list_display = ["__str__", "percent", "version"]
    list_filter = ["version"]
    list_select_related = ["version"]

    @admin.display(description=_("share to pay"), ordering="share")
    def percent(self, row: Reduction) -> str:
        """In percent."""
        return f"{row.share * 100:.0f} %"

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        """The three lists of fees are one table, between what stands before and after them."""
        (title, options), *others = super().get_fieldsets(request, obj)
        names = [name for name in options["fields"] if name not in COLUMNS]
        at = names.index("share") + 1
        table = {"fields": tuple(COLUMNS), "classes": ["fees"]}
        before = (title, {**options, "fields": names[:at]})
        return [before, (None, table), (None, {"fields": names[at:]}), *others]

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> Any:
        """With the lines of the table, for whoever may change it."""
        form = context["adminform"].form
        if set(COLUMNS) <= form.fields.keys():
            row: Reduction | None = kwargs.get("obj")
            version = row.version if row else form.initial.get("version")
            fees = Fee.objects.filter(version=version).order_by("valid_from")
            lines = list(_lines(form, fees, row.share if row else None))
            errors = [error for name in COLUMNS for error in form[name].errors]
            context = {
                **context,
                "fee_heads": COLUMNS.values(),
                "fee_lines": lines,
                "fee_errors": errors,
            }
        return super().render_change_form(request, context, *args, **kwargs)


def _lines(form: Any, fees: Iterable[Fee], share: Decimal | None) -> Iterable[FeeLine]:
    """A line for each fee that one of the columns offers."""
    amounts = {fee.code: fee.amount for fee in fees}  # the last of those that follow each other
    titles = {code: title for name in COLUMNS for code, title in form.fields[name].choices}
    ticked = {name: set(form[name].value() or ()) for name in COLUMNS}
    for code, title in titles.items():
        amount = amounts.get(code)
        lower = None
        if amount is not None and share is not None and code in ticked["codes"]:
            lower = amount * share
        yield FeeLine(
            code=code,
            title=title,
            amount=_euros(amount),
            reduced="" if lower is None else _euros(lower),
            boxes=[(name, head, code in ticked[name]) for name, head in COLUMNS.items()],
        )


def _euros(amount: Decimal | None) -> str:
    if amount is None:
        return "–"
    return f"{number_format(amount, decimal_pos=2, force_grouping=True)} €"

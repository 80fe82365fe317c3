"""What a form may say of one of its fields; a field of ours settles the rest itself."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypedDict

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise


class FieldOptions(TypedDict, total=False):
    """As Django names them."""

    required: bool
    label: StrOrPromise
    help_text: StrOrPromise
    error_messages: dict[str, StrOrPromise]


def drop_json_options(options: dict[str, Any]) -> None:
    """Takes out what a JSON column tells its form field and fields of ours do not take."""
    for name in ("encoder", "decoder", "widget", "show_hidden_initial"):
        options.pop(name, None)

"""What a form may say of one of its fields, for fields that settle the rest themselves."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypedDict

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise


class FieldOptions(TypedDict, total=False):
    """As Django names them."""

    required: bool
    label: StrOrPromise
    help_text: StrOrPromise
    error_messages: dict[str, StrOrPromise]

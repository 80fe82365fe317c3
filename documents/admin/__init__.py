"""The office edits its catalogue here: copy to a draft, edit, preview, publish."""

from documents.admin import reductions, rows, versions

__all__ = ["reductions", "rows", "versions"]

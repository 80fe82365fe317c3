"""The office edits its catalogue here: copy to a draft, edit, preview, publish."""

from documents.admin import rows, versions

__all__ = ["rows", "versions"]

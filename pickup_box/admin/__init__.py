"""The desk of the box: what staff see and do."""

from pickup_box.admin import boxes, deposits, subjects

__all__ = ["boxes", "deposits", "subjects"]

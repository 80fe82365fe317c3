"""Online applications at the desk."""

from documents.applications.admin import applications, intakes, subjects

__all__ = ["applications", "intakes", "subjects"]

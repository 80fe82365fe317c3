"""The tables of online applications, one module for each group of models."""

from documents.applications.models.application import Absence, Application, ApplicationEvent
from documents.applications.models.document_requests import DocumentRequest, RequestedPaper
from documents.applications.models.family import FamilyMember
from documents.applications.models.files import File, Orphan, Page
from documents.applications.models.intake import Intake
from documents.applications.models.transfer import Transfer

__all__ = [
    "Absence",
    "Application",
    "ApplicationEvent",
    "DocumentRequest",
    "FamilyMember",
    "File",
    "Intake",
    "Orphan",
    "Page",
    "RequestedPaper",
    "Transfer",
]

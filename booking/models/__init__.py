"""The tables of booking, one module for each group of models."""

from booking.models.applicants import Applicant, Token
from booking.models.appointments import Appointment, AppointmentEvent
from booking.models.counters import Closure, Counter, ServiceWindow
from booking.models.invitations import Invitation
from booking.models.quotas import Quota
from booking.models.slots import Slot
from booking.models.visits import PhoneCall, VisitAssignment, VisitNote, WalkIn
from booking.models.waiting import Draw, WaitingEntry

__all__ = [
    "Applicant",
    "Appointment",
    "AppointmentEvent",
    "Closure",
    "Counter",
    "Draw",
    "Invitation",
    "PhoneCall",
    "Quota",
    "ServiceWindow",
    "Slot",
    "Token",
    "VisitAssignment",
    "VisitNote",
    "WaitingEntry",
    "WalkIn",
]

"""The tables of booking, one module for each group of models."""

from booking.models.applicants import Applicant, Token
from booking.models.appointments import Appointment, AppointmentEvent
from booking.models.counters import Closure, Counter, ServiceWindow
from booking.models.slots import Slot
from booking.models.waiting import Draw, WaitingEntry

__all__ = [
    "Applicant",
    "Appointment",
    "AppointmentEvent",
    "Closure",
    "Counter",
    "Draw",
    "ServiceWindow",
    "Slot",
    "Token",
    "WaitingEntry",
]

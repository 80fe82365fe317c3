"""The verbs of the office. Doors call these and nothing below them."""

from booking.actions.applicants import (
    allow_namesake,
    applicant_of_link,
    correct_person,
    discard_draft,
    request_code,
    save_draft,
    verify_code,
    verify_link,
    waive_verification,
)
from booking.actions.bookings import (
    book,
    cancel,
    change_language,
    rebook,
    report_mistake,
    resend,
)
from booking.actions.desk import check_in, complete, mark_no_show, put_back
from booking.actions.holding import extend, give_up, hold, hold_earliest, release_lapsed
from booking.actions.refusals import BookingRefused
from booking.actions.retention import forget
from booking.actions.slots import close, lift, open_slots
from booking.actions.waiting import (
    accept,
    active_entry,
    decline,
    end_overdue,
    join,
    leave,
    offer_slots,
    open_offer,
    position,
    start_offer_clock,
)

__all__ = [
    "BookingRefused",
    "accept",
    "active_entry",
    "allow_namesake",
    "applicant_of_link",
    "book",
    "cancel",
    "change_language",
    "check_in",
    "close",
    "complete",
    "correct_person",
    "decline",
    "discard_draft",
    "end_overdue",
    "extend",
    "forget",
    "give_up",
    "hold",
    "hold_earliest",
    "join",
    "leave",
    "lift",
    "mark_no_show",
    "offer_slots",
    "open_offer",
    "open_slots",
    "position",
    "put_back",
    "rebook",
    "release_lapsed",
    "report_mistake",
    "request_code",
    "resend",
    "save_draft",
    "start_offer_clock",
    "verify_code",
    "verify_link",
    "waive_verification",
]

"""The actions of booking. Views, commands and tasks call these and nothing below them."""

from booking.actions.applicants import (
    allow_namesake,
    applicant_of_link,
    correct_person,
    defer_verification,
    discard_draft,
    end_double_booking_check,
    request_code,
    save_draft,
    verify_code,
    verify_link,
)
from booking.actions.application_invitations import follow_applications, invite_for_application
from booking.actions.assignments import assign, current_assignment
from booking.actions.bookings import (
    book,
    cancel,
    change_language,
    rebook,
    request_correction,
    resend,
)
from booking.actions.counter_moves import move_to_counter
from booking.actions.desk import (
    book_by_phone,
    check_in,
    complete,
    fill_no_show_slot,
    mark_no_show,
    undo_last_step,
    vacant_no_show_slots,
)
from booking.actions.expiry import expire_due_holds
from booking.actions.holds import cancel_hold, extend, hold, hold_earliest
from booking.actions.invitations import (
    Invitee,
    extend_invitation,
    hand_over,
    invite,
    invite_to_time,
    withdraw_invitation,
)
from booking.actions.late_entries import enter_late_no_show, enter_late_visit
from booking.actions.offers import (
    accept,
    decline,
    offer_slots,
    open_offer,
    start_offer_clock,
    swap,
)
from booking.actions.opening_hours import booked_outside_hours, change_hours, drop_unscheduled
from booking.actions.phone_calls import note_call
from booking.actions.registration import register
from booking.actions.retention import forget
from booking.actions.slots import close, lift, open_slots
from booking.actions.undelivered_offers import end_unsent_offers, undelivered
from booking.actions.visit_notes import write_note
from booking.actions.waiting_list import (
    active_entry,
    draw_lots,
    end_overdue,
    join,
    join_at_desk,
    leave,
    position,
)
from booking.actions.walk_ins import count_walk_in

__all__ = [
    "Invitee",
    "accept",
    "active_entry",
    "allow_namesake",
    "applicant_of_link",
    "assign",
    "book",
    "book_by_phone",
    "booked_outside_hours",
    "cancel",
    "cancel_hold",
    "change_hours",
    "change_language",
    "check_in",
    "close",
    "complete",
    "correct_person",
    "count_walk_in",
    "current_assignment",
    "decline",
    "defer_verification",
    "discard_draft",
    "draw_lots",
    "drop_unscheduled",
    "end_double_booking_check",
    "end_overdue",
    "end_unsent_offers",
    "enter_late_no_show",
    "enter_late_visit",
    "expire_due_holds",
    "extend",
    "extend_invitation",
    "fill_no_show_slot",
    "follow_applications",
    "forget",
    "hand_over",
    "hold",
    "hold_earliest",
    "invite",
    "invite_for_application",
    "invite_to_time",
    "join",
    "join_at_desk",
    "leave",
    "lift",
    "mark_no_show",
    "move_to_counter",
    "note_call",
    "offer_slots",
    "open_offer",
    "open_slots",
    "position",
    "rebook",
    "register",
    "request_code",
    "request_correction",
    "resend",
    "save_draft",
    "start_offer_clock",
    "swap",
    "undelivered",
    "undo_last_step",
    "vacant_no_show_slots",
    "verify_code",
    "verify_link",
    "withdraw_invitation",
    "write_note",
]

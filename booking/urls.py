from django.urls import URLPattern, path

from booking.views import (
    appointment,
    booking_flow,
    email_links,
    manage,
    review,
    statistics,
    waiting_list,
)

app_name = "booking"
urlpatterns: list[URLPattern] = [
    path("", booking_flow.start, name="start"),
    path("details/", booking_flow.details, name="details"),
    path("verify/", booking_flow.verify, name="verify"),
    path("verify/resend/", booking_flow.resend_code, name="resend_code"),
    path("verify/<str:secret>/", booking_flow.verify_link, name="verify_link"),
    path("times/", booking_flow.times, name="times"),
    path("review/", review.review, name="review"),
    path("review/extend/", review.extend_hold, name="extend"),
    path("review/give-up/", review.cancel_hold_view, name="cancel_hold"),
    path("checklist/", appointment.bring, name="checklist"),
    path("appointment/appointment.ics", appointment.calendar, name="calendar"),
    path("appointment/appointment.pdf", appointment.pdf, name="pdf"),
    path("end/", booking_flow.end, name="end"),
    path("appointment/", appointment.show, name="appointment"),
    path("manage/", manage.manage, name="manage"),
    path("manage/cancel/", manage.cancel_appointment, name="cancel"),
    path("manage/resend/", manage.resend_letter, name="resend"),
    path("manage/language/", manage.letter_language, name="letter_language"),
    path("manage/mistake/", manage.mistake, name="mistake"),
    path("manage/<str:secret>/", email_links.manage, name="manage_link"),
    path("rebook/", manage.rebook_appointment, name="rebook"),
    path("figures/", statistics.public, name="figures"),
    path("waiting/", waiting_list.waiting, name="waiting"),
    path("waiting/leave/", waiting_list.leave_list, name="leave"),
    path("waiting/accept/", waiting_list.accept_offer, name="accept"),
    path("waiting/decline/", waiting_list.decline_offer, name="decline"),
    path("waiting/swap/", waiting_list.swap_offer, name="swap"),
    path("waiting/waiting.pdf", waiting_list.pdf, name="waiting_pdf"),
    path("waiting/<str:secret>/", email_links.waiting, name="waiting_link"),
]

from django.urls import URLPattern, path

from booking.views import appointment, links, manage, review, statistics, waiting, way

app_name = "booking"
urlpatterns: list[URLPattern] = [
    path("", way.start, name="start"),
    path("details/", way.details, name="details"),
    path("verify/", way.verify, name="verify"),
    path("verify/resend/", way.resend_code, name="resend_code"),
    path("verify/<str:secret>/", way.verify_link, name="verify_link"),
    path("times/", way.times, name="times"),
    path("review/", review.review, name="review"),
    path("review/extend/", review.extend_hold, name="extend"),
    path("review/give-up/", review.give_up_hold, name="give_up"),
    path("checklist/", appointment.bring, name="checklist"),
    path("appointment/appointment.ics", appointment.calendar, name="calendar"),
    path("appointment/appointment.pdf", appointment.pdf, name="pdf"),
    path("end/", way.end, name="end"),
    path("appointment/", appointment.show, name="appointment"),
    path("manage/", manage.manage, name="manage"),
    path("manage/cancel/", manage.cancel_appointment, name="cancel"),
    path("manage/resend/", manage.resend_letter, name="resend"),
    path("manage/language/", manage.letter_language, name="letter_language"),
    path("manage/mistake/", manage.mistake, name="mistake"),
    path("manage/<str:secret>/", links.manage, name="manage_link"),
    path("rebook/", manage.rebook_appointment, name="rebook"),
    path("figures/", statistics.public, name="figures"),
    path("waiting/", waiting.waiting, name="waiting"),
    path("waiting/leave/", waiting.leave_list, name="leave"),
    path("waiting/accept/", waiting.accept_offer, name="accept"),
    path("waiting/decline/", waiting.decline_offer, name="decline"),
    path("waiting/swap/", waiting.swap_offer, name="swap"),
    path("waiting/<str:secret>/", links.waiting, name="waiting_link"),
]

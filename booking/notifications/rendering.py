"""Each kind of notification as it leaves: in German and in the person's language."""

from __future__ import annotations

from datetime import datetime

from django.conf import settings
from django.db import transaction
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from booking.models import Applicant, Appointment, Token, WaitingEntry
from booking.models.applicants import CODE_LIFETIME, mint_code, mint_token
from booking.notifications.calendar import calendar_attachment
from booking.notifications.offers import offer_ends
from booking.notifications.passages import Passage, envelope, isolated, plain_words, within
from booking.states import LIVE_FOR_PERSON, Status, WaitingStatus
from config.foundation.mime import Envelope
from config.foundation.office import Office, current_office, in_language
from config.foundation.outbox import Notification, renders
from documents.catalogue import emergency_checklist
from documents.checklist import Checklist
from documents.wording import cost, titled


def _url(path: str, language: str) -> str:
    # from the setting alone: a forged Host header must never reach a notification
    return f"{settings.PUBLIC_BASE_URL}/{language}/{path}"


def _appointment(notification: Notification) -> Appointment | None:
    rows = Appointment.objects.select_related("applicant", "slot__counter")
    return rows.filter(pk=notification.about).first()


def when(moment: datetime, office: Office) -> str:
    """Day, date and wall time in the active language."""
    local = moment.astimezone(office.zone)
    day = f"{date_format(local, 'l')}, {date_format(local, 'DATE_FORMAT')}"
    return _("%(day)s at %(time)s") % {"day": day, "time": f"{local:%H:%M}"}


def _greeting(applicant: Applicant) -> str:
    if applicant.verified_at is None:
        return _("Hello,")  # nobody has their own words sent to an address that is not proved
    return _("Hello %(name)s,") % {"name": isolated(plain_words(applicant.full_name))}


def _subject(appointment: Appointment) -> str:
    return _("Your appointment %(reference)s") % {"reference": within(appointment.reference)}


def _facts(appointment: Appointment, office: Office, language: str) -> list[tuple[str, str]]:
    return [
        (_("When"), when(appointment.slot.starts_at, office)),
        (_("Where"), ", ".join(office.visitor_address.splitlines())),
        (_("How to get there"), in_language(office.directions, language)),
        (_("Reference"), appointment.reference),
    ]


def _list(appointment: Appointment, office: Office) -> Checklist:
    day = appointment.slot.starts_at.astimezone(office.zone).date()
    born = appointment.applicant.birth_date
    return emergency_checklist(category=appointment.category, on=day, born=born)


def _papers(appointment: Appointment, office: Office, language: str) -> list[str]:
    return [titled(item, language) for item in _list(appointment, office).items]


def _fee(appointment: Appointment, office: Office, language: str) -> tuple[str, str]:
    payment = in_language(office.payment, language)
    amount = cost(_list(appointment, office).fee)
    return _("Expected fee"), f"{amount} ({payment})" if payment else amount


def _manage_link(appointment: Appointment, *, now: datetime) -> str:
    secret = mint_token(purpose=Token.Purpose.MANAGE, subject=appointment.subject, now=now)
    return f"manage/{secret}/"


@renders("booking.code")
def code(notification: Notification, now: datetime) -> Envelope | None:
    """The six digits that prove the address, and the same as a link."""
    with transaction.atomic():
        # The link proves whatever address the row has when somebody presses it: a change of the
        # address waits until the link is there, and ends it.
        unproved = Applicant.objects.filter(pk=notification.about, verified_at=None)
        applicant = unproved.select_for_update(no_key=True).first()
        if applicant is None:
            return None
        digits = mint_code(applicant, now=now)
        secret = mint_token(
            purpose=Token.Purpose.VERIFY,
            subject=notification.subject,
            now=now,
            expires_at=now + CODE_LIFETIME,
        )

    def write(language: str) -> Passage:
        return Passage(
            subject=_("Your code for booking an appointment"),
            greeting=_greeting(applicant),
            paragraphs=[
                _(
                    "Please enter this code on the page that you have open. It is valid for "
                    "30 minutes."
                ),
            ],
            code=digits,
            link=_url(f"verify/{secret}/", language),
            link_label=_("Or open this page and press the button there:"),
            closing=[_("If you did not ask for a code, you don't need to do anything.")],
        )

    return envelope(applicant, write)


@renders("booking.confirmation")
def confirmation(notification: Notification, now: datetime) -> Envelope | None:
    """The appointment, what to bring, the way to change it, and a calendar file."""
    appointment = _appointment(notification)
    if appointment is None or appointment.status not in LIVE_FOR_PERSON:
        return None
    if appointment.revision != notification.revision:
        return None  # a newer notification tells the newer time
    office = current_office()
    path = _manage_link(appointment, now=now)

    def write(language: str) -> Passage:
        opening = (
            _("Your appointment has been moved.")
            if appointment.revision
            else _("Your appointment is booked.")
        )
        return Passage(
            subject=_("Your appointment %(reference)s")
            % {"reference": within(appointment.reference)},
            greeting=_greeting(appointment.applicant),
            paragraphs=[opening],
            facts=[
                *_facts(appointment, office, language),
                _fee(appointment, office, language),
            ],
            papers=_papers(appointment, office, language),
            link=_url(path, language),
            link_label=_("Change or cancel the appointment:"),
            closing=[
                _(
                    "The appointment is for this person only and can't be passed on to anybody "
                    "else."
                ),
                _(
                    "If you can't come, please cancel the appointment so that somebody else can "
                    "have it."
                ),
            ],
        )

    ics = calendar_attachment(appointment, office=office, now=now)
    return envelope(appointment.applicant, write, attachments=(ics,))


@renders("booking.link")
def link(notification: Notification, now: datetime) -> Envelope | None:
    """The way to the appointment once more."""
    appointment = _appointment(notification)
    if appointment is None or appointment.status not in LIVE_FOR_PERSON:
        return None
    office = current_office()
    path = _manage_link(appointment, now=now)

    def write(language: str) -> Passage:
        return Passage(
            subject=_("Your appointment %(reference)s")
            % {"reference": within(appointment.reference)},
            greeting=_greeting(appointment.applicant),
            paragraphs=[_("Here is the link to your appointment again.")],
            facts=_facts(appointment, office, language),
            link=_url(path, language),
            link_label=_("Change or cancel the appointment:"),
        )

    return envelope(appointment.applicant, write)


@renders("booking.second")
def second(notification: Notification, now: datetime) -> Envelope | None:
    """Somebody tried to book for the same person from another address."""
    appointment = _appointment(notification)
    if appointment is None or appointment.status not in LIVE_FOR_PERSON:
        return None
    office = current_office()

    def write(language: str) -> Passage:
        return Passage(
            subject=_("Your appointment %(reference)s")
            % {"reference": within(appointment.reference)},
            greeting=_greeting(appointment.applicant),
            paragraphs=[
                _(
                    "Somebody has tried to book an appointment for the same person with another "
                    "e-mail address."
                ),
                _(
                    "Your appointment stays as it is. If this was not you, you don't need to do "
                    "anything."
                ),
                _(
                    "Appointments are free of charge. If somebody asked you for money for an "
                    "appointment, please tell the office."
                ),
            ],
            facts=_facts(appointment, office, language),
        )

    return envelope(appointment.applicant, write)


@renders("booking.cancellation")
def cancellation(notification: Notification, now: datetime) -> Envelope | None:
    """The appointment is cancelled: by whom, and what to do next."""
    appointment = _appointment(notification)
    if appointment is None or appointment.status != Status.CANCELLED:
        return None
    office = current_office()

    def write(language: str) -> Passage:
        return Passage(
            subject=_("Cancelled: appointment %(reference)s")
            % {"reference": within(appointment.reference)},
            greeting=_greeting(appointment.applicant),
            paragraphs=list(_cancel_words(appointment)),
            facts=_facts(appointment, office, language),
            link=_url("", language),
            link_label=_("This is where you can ask for another appointment:"),
        )

    ics = calendar_attachment(appointment, office=office, now=now)
    return envelope(appointment.applicant, write, attachments=(ics,))


def _cancel_words(appointment: Appointment) -> tuple[str, ...]:
    reason = Appointment.CancelReason
    words = {
        reason.BY_APPLICANT: (_("You have cancelled your appointment."),),
        reason.NOT_AN_EMERGENCY: (
            _(
                "The office had to cancel your appointment. The counter for urgent cases "
                "can't deal with your matter."
            ),
            _(
                "Please write to the office. You will get an appointment after your papers "
                "have been checked."
            ),
        ),
        reason.WRONG_OFFICE: (
            _("The office had to cancel your appointment. Another office is responsible for you."),
            _("Please ask the immigration office of the place where you live."),
        ),
        reason.DUPLICATE: (
            _("The office has cancelled this appointment because you already have another one."),
        ),
        reason.OFFICE: (
            _("The office has to cancel this appointment. We are sorry."),
            _("Please choose another appointment."),
        ),
    }
    return words.get(reason(appointment.cancel_reason), words[reason.OFFICE])


@renders("booking.displacement")
def displacement(notification: Notification, now: datetime) -> Envelope | None:
    """The counter is closed; the nearest time will be offered before anybody else gets it."""
    appointment = _appointment(notification)
    if appointment is None or appointment.status != Status.DISPLACED:
        return None
    office = current_office()

    def write(language: str) -> Passage:
        return Passage(
            subject=_("Please read: appointment %(reference)s")
            % {"reference": within(appointment.reference)},
            greeting=_greeting(appointment.applicant),
            paragraphs=[
                _(
                    "The counter is closed at the time of your appointment. We are sorry. Please "
                    "do not come at that time."
                ),
                *filter(None, [appointment.slot.closed_because(language)]),
                _(
                    "We will offer you the next free appointment before anybody else. You don't "
                    "need to do anything now."
                ),
            ],
            facts=_facts(appointment, office, language),
        )

    ics = calendar_attachment(appointment, office=office, now=now)
    return envelope(appointment.applicant, write, attachments=(ics,))


@renders("booking.offer")
def offer(notification: Notification, now: datetime) -> Envelope | None:
    """A time is kept for somebody who waits; until when is set as this notification leaves."""
    appointment = _appointment(notification)
    if appointment is None or appointment.status != Status.OFFERED:
        return None
    office = current_office()
    ends = offer_ends(appointment.slot.starts_at, left_at=now, office=office)
    if ends <= now:
        return None
    secret = mint_token(
        purpose=Token.Purpose.OFFER, subject=appointment.subject, now=now, expires_at=ends
    )

    def write(language: str) -> Passage:
        return Passage(
            subject=_("Appointment reserved for you until %(time)s")
            % {"time": within(f"{ends.astimezone(office.zone):%H:%M}")},
            greeting=_greeting(appointment.applicant),
            paragraphs=[
                _(
                    "An appointment has become free. It is reserved for you until %(until)s. "
                    "Nobody else can take it meanwhile."
                )
                % {"until": when(ends, office)},
                _(
                    "If you don't answer, it goes to the next person and you stay on the waiting "
                    "list."
                ),
            ],
            facts=_facts(appointment, office, language),
            papers=_papers(appointment, office, language),
            link=_url(f"waiting/{secret}/", language),
            link_label=_("Accept or decline:"),
        )

    return envelope(appointment.applicant, write)


def _entry(notification: Notification) -> WaitingEntry | None:
    return WaitingEntry.objects.select_related("applicant").filter(pk=notification.about).first()


@renders("booking.waiting_joined")
def waiting_joined(notification: Notification, now: datetime) -> Envelope | None:
    """The place on the waiting list, and the way to leave it."""
    entry = _entry(notification)
    if entry is None or entry.status != WaitingStatus.WAITING:
        return None
    secret = mint_token(purpose=Token.Purpose.WAITING, subject=notification.subject, now=now)

    def write(language: str) -> Passage:
        return Passage(
            subject=_("You are on the waiting list"),
            greeting=_greeting(entry.applicant),
            paragraphs=[
                _(
                    "As soon as an appointment becomes free for you, we send you an e-mail. You "
                    "then have some hours to answer."
                ),
                _(
                    "Free appointments are offered to the people on the waiting list before "
                    "anybody else can book them. Being fast brings no advantage."
                ),
            ],
            link=_url(f"waiting/{secret}/", language),
            link_label=_("Look at your place or leave the list:"),
        )

    return envelope(entry.applicant, write)


@renders("booking.waiting_ended")
def waiting_ended(notification: Notification, now: datetime) -> Envelope | None:
    """The day by which help was needed has passed; the other ways."""
    entry = _entry(notification)
    if entry is None or entry.status != WaitingStatus.ENDED:
        return None

    def write(language: str) -> Passage:
        return Passage(
            subject=_("You are no longer on the waiting list"),
            greeting=_greeting(entry.applicant),
            paragraphs=[
                _(
                    "We are sorry: no appointment became free by the day you named. Your place on "
                    "the waiting list has ended."
                ),
                _("Please write to the office and say what happened, or call."),
            ],
            link=_url("", language),
            link_label=_("If you need help by another day, you can ask again here:"),
        )

    return envelope(entry.applicant, write)

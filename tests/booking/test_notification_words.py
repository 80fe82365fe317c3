"""What stands in letters: whose words, in which direction, in which language; and on the page."""

from __future__ import annotations

import re
import unicodedata
from datetime import datetime, timedelta

import pytest
import time_machine
from django.core.management import call_command
from django.utils.html import strip_tags, urlize

from booking import actions
from booking.actions.refusals import TooManyCodes
from booking.models import Applicant, Appointment, Slot
from config.foundation.notification_kinds import compose
from config.foundation.office import Office, forget_memory
from config.foundation.outbox import Notification
from config.foundation.passages import prevent_autolinks
from tests.booking.visitors import DETAILS, Visitor
from tests.delivery import deliver
from tests.factories import MONDAY, ApplicantFactory, AppointmentFactory

NAMES = [
    "evil.example.com",
    "www.evil.example",
    "http://evil.example",
    "https://evil.example/x?y=1",
    "a@evil.example",
    "mailto:a@evil.example",
    "evil。example",
    "evil．example.com",
    "1.2.3.4",
    "x.y.z.de/pay",
    r"\\evil.example\share",
]
# Loose on purpose: whatever any of these finds some mail program makes a link of.
LINKIFIERS = [
    re.compile(r"\b[a-z][a-z0-9+.-]*:/?/?\S", re.I),
    re.compile(r"\bwww\.\S", re.I),
    re.compile(r"\S@\S"),
    re.compile(r"\w[.。．｡]\w"),
    re.compile(r"\S/\S"),
    re.compile(r"\\\\\S"),
]


@pytest.fixture
def catalogue(magdeburg: Office) -> None:
    call_command("load_catalogue", verbosity=0)


def links_in(text: str) -> list[str]:
    """What would become a link, also in the form that a program folds the text to."""
    folded = unicodedata.normalize("NFKC", text)
    invisible = "".join(ch for ch in folded if unicodedata.category(ch) != "Cf")
    return [
        found.group()
        for each in (text, folded, invisible)
        for pattern in LINKIFIERS
        for found in pattern.finditer(each)
    ]


@pytest.mark.parametrize("name", NAMES)
def test_name_is_no_link_in_any_letter(
    slots: list[Slot], catalogue: None, now: datetime, name: str
) -> None:
    assert links_in(name)
    held = actions.hold(
        applicant=ApplicantFactory(family_name=name, given_names="Aïssatou"),
        slot_id=slots[0].pk,
        now=now,
    )
    booked = actions.book(appointment=held, now=now)
    actions.resend(appointment=booked, now=now)
    letters = deliver(now)
    assert len(letters) == 2
    for letter in letters:
        greeting = next(line for line in letter.body.splitlines() if "Aïssatou" in line)
        assert links_in(greeting) == []
        assert "<a " not in urlize(greeting)
        html = letter.alternatives[0].content
        shown = next(line for line in html.splitlines() if "Aïssatou" in line)
        assert "href" not in shown
        assert links_in(strip_tags(shown)) == []


@pytest.mark.parametrize("name", ["O’Connor-Müller", "Nguyễn Thị Ánh", "Jr.", "الأحمد", "d’Él."])
def test_names_of_people_stay_as_they_are(name: str) -> None:
    assert prevent_autolinks(name) == name


def test_initials_get_the_space_they_should_have() -> None:
    assert prevent_autolinks("J.R.R. Müller") == "J. R. R. Müller"


@pytest.mark.parametrize("name", [*NAMES, "Gewinn: rufen Sie an"])
def test_code_letter_has_no_words_of_whoever_asked(
    magdeburg: Office, now: datetime, name: str
) -> None:
    applicant = ApplicantFactory(unverified=True, family_name=name, given_names="Klick")
    actions.request_code(applicant=applicant, now=now)
    (letter,) = deliver(now)
    whole = letter.body + letter.alternatives[0].content + letter.subject
    assert "Klick" not in whole
    assert prevent_autolinks(name) not in whole
    assert name not in whole
    assert "Guten Tag,\n" in letter.body


def test_letter_to_an_address_that_was_never_proved_has_no_name(
    slots: list[Slot], catalogue: None, now: datetime
) -> None:
    """The proof was waived: our own relay was down."""
    applicant = ApplicantFactory(unverified=True, family_name="Klick", waived_at=now)
    held = actions.hold(applicant=applicant, slot_id=slots[0].pk, now=now)
    actions.book(appointment=held, now=now)
    (letter,) = deliver(now)
    assert "Klick" not in letter.body + letter.alternatives[0].content


@pytest.mark.parametrize("language", ["ar", "fa"])
def test_letter_from_right_to_left(
    slots: list[Slot], catalogue: None, now: datetime, language: str
) -> None:
    Office.objects.update(phone="0391 540-4389")
    forget_memory()
    held = actions.hold(applicant=ApplicantFactory(language=language), slot_id=slots[0].pk, now=now)
    booked = actions.book(appointment=held, now=now)
    (letter,) = deliver(now)
    isolated = f"\u2068{booked.reference}\u2069"
    assert "\u206809:00\u2069" in letter.subject
    assert booked.reference not in letter.subject
    own, german = letter.body.split("-" * 60)
    assert f": {isolated}\n" in own
    assert f": {booked.reference}\n" in german
    assert "\n\u20680391 540-4389\u2069\n" in own
    assert "\n0391 540-4389\n" in german
    html = letter.alternatives[0].content
    assert f'lang="{language}" dir="rtl"' in html
    # a value whose first letter is Latin must not move to the other side of its label
    style = html[html.index("<style>") : html.index("</style>")]
    assert "plaintext" not in style
    assert f"<strong><bdi>{isolated}</bdi></strong>" in html


def test_letter_from_left_to_right_needs_no_marks(
    slots: list[Slot], catalogue: None, now: datetime
) -> None:
    held = actions.hold(applicant=ApplicantFactory(language="fr"), slot_id=slots[0].pk, now=now)
    actions.book(appointment=held, now=now)
    (letter,) = deliver(now)
    assert "\u2068" not in letter.subject


# --- the page says what was sent ----------------------------------------------------------------


@pytest.mark.usefixtures("slots")
def test_owner_reads_that_nothing_was_sent_after_six_codes_of_others(
    visitor: Visitor, clock: time_machine.Traveller, now: datetime
) -> None:
    stranger = ApplicantFactory(unverified=True, email=DETAILS["email"])
    for minute in range(6):
        actions.request_code(applicant=stranger, now=now + timedelta(minutes=2 * minute))
    clock.shift(timedelta(minutes=15))
    visitor.enters()
    page = visitor.get("verify/").content.decode()
    assert Notification.objects.filter(kind="booking.code").count() == 6
    assert "We have sent" not in page
    assert f"No code is on its way to <strong><bdi>{DETAILS['email']}" in page
    assert "You can ask for a new one from 09:00" in page
    answer = visitor.send("verify/resend/")
    assert answer.status_code == 409
    assert answer.content.decode().count("You can ask for a new one from 09:00") == 1
    clock.shift(timedelta(minutes=45))
    assert visitor.post("verify/resend/") == "verify/"
    assert "We have sent" in visitor.get("verify/").content.decode()


@pytest.mark.usefixtures("slots")
def test_page_says_that_codes_sent_before_are_still_valid(
    visitor: Visitor, clock: time_machine.Traveller
) -> None:
    visitor.enters()
    for _again in range(5):
        clock.shift(timedelta(minutes=2))
        visitor.post("verify/resend/")
    code = visitor.code()
    clock.shift(timedelta(minutes=2))
    answer = visitor.send("verify/resend/")
    assert "A code that you received in the last 30 minutes is still valid" in (
        answer.content.decode()
    )
    assert "We have sent" in visitor.get("verify/").content.decode()
    assert visitor.post("verify/", {"code": code}) == "times/"


@pytest.mark.usefixtures("slots")
def test_page_after_another_address_tells_of_that_address(
    visitor: Visitor, clock: time_machine.Traveller
) -> None:
    visitor.enters()
    visitor.code()
    full = ApplicantFactory(unverified=True, email="other@example.org")
    for minute in range(6):
        actions.request_code(applicant=full, now=MONDAY + timedelta(minutes=2 * minute))
    clock.shift(timedelta(minutes=15))
    visitor.post("details/", DETAILS | {"email": "other@example.org"})
    page = visitor.get("verify/").content.decode()
    assert "No code is on its way to <strong><bdi>other@example.org" in page


def test_refusal_of_the_seventh_code_is_one_of_too_many(magdeburg: Office, now: datetime) -> None:
    applicant = ApplicantFactory(unverified=True)
    for minute in range(6):
        actions.request_code(applicant=applicant, now=now + timedelta(minutes=2 * minute))
    with pytest.raises(TooManyCodes):
        actions.request_code(applicant=applicant, now=now + timedelta(minutes=20))


# --- the language of letters is that of the page ------------------------------------------------


@pytest.mark.usefixtures("slots", "catalogue", "clock")
def test_letter_follows_a_switch_of_language_on_the_way(visitor: Visitor, now: datetime) -> None:
    visitor.holds()
    assert visitor.client.post("/ar/review/", visitor.form("review/")).status_code == 303
    letter = deliver(now)[-1]
    assert 'lang="ar" dir="rtl"' in letter.alternatives[0].content


@pytest.mark.usefixtures("slots", "catalogue", "clock")
def test_new_code_comes_in_the_language_of_its_page(
    visitor: Visitor, now: datetime, clock: time_machine.Traveller
) -> None:
    visitor.enters()
    clock.shift(timedelta(minutes=2))
    visitor.client.post("/uk/verify/resend/")
    letter = deliver(now + timedelta(minutes=2))[-1]
    assert 'lang="uk"' in letter.alternatives[0].content


@pytest.mark.usefixtures("slots", "catalogue", "clock")
def test_looking_at_a_page_changes_no_language(visitor: Visitor) -> None:
    visitor.holds()
    visitor.client.get("/ar/review/")
    assert Applicant.objects.get().language == "en"


@pytest.mark.usefixtures("slots", "catalogue", "clock")
def test_place_on_the_list_is_confirmed_in_the_language_of_its_page(
    visitor: Visitor, now: datetime
) -> None:
    visitor.verifies()
    visitor.client.post("/ar/waiting/", visitor.form("waiting/"))
    assert Notification.objects.get(kind="booking.waiting_joined").language == "ar"


def _cancelled(reason: Appointment.CancelReason, now: datetime) -> tuple[str, str]:
    """The letter about it in English, and where its button leads."""
    applicant = ApplicantFactory(language="en")
    row = AppointmentFactory(applicant=applicant, cancelled=True, cancel_reason=reason)
    sent = compose(
        Notification(kind="booking.cancellation", subject=f"appointment/{row.pk}", language="en"),
        now=now,
    )
    assert sent is not None
    english = sent.text.partition("---")[0]
    button = re.search(r"https?://\S+", english)
    return english, button[0] if button else ""


@pytest.mark.parametrize("reason", ["not_an_emergency", "wrong_office"])
def test_cancellation_leads_nobody_to_an_appointment_that_would_not_help(
    magdeburg: Office, now: datetime, reason: str
) -> None:
    _english, button = _cancelled(Appointment.CancelReason(reason), now)
    assert button == ""


def test_cancelled_duplicate_leads_to_the_other_appointment(
    magdeburg: Office, now: datetime
) -> None:
    _english, button = _cancelled(Appointment.CancelReason.DUPLICATE, now)
    assert button.endswith("/en/manage/")


def test_cancellation_names_the_appointment_and_no_way_to_it(
    magdeburg: Office, now: datetime
) -> None:
    english, button = _cancelled(Appointment.CancelReason.OFFICE, now)
    assert button.endswith("/en/")
    assert "Cancelled appointment: " in english
    assert "When: " not in english
    assert "Reference: " in english
    assert "Where: " not in english
    assert "How to get there: " not in english

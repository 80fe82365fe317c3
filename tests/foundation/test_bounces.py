"""Letters that come back: which report is believed, and what follows from it."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta

import pytest
from django.db import IntegrityError, transaction
from hypothesis import given
from hypothesis import strategies as st
from pytest_django import Settings

from config.foundation import bounces, notification_kinds
from config.foundation.bounces import Fate, note, read_report
from config.foundation.mime import Envelope, mime_message
from config.foundation.notification_kinds import after_bounced
from config.foundation.outbox import Notification, enqueue
from config.foundation.return_address import proved_letters, return_address
from tests.corpus.bounces import MESSAGE_ID, hostile, report

NOW = datetime(2026, 11, 24, 8, 0, tzinfo=UTC)
LATER = NOW + timedelta(hours=1)


@pytest.fixture(autouse=True)
def bounce_address(settings: Settings) -> None:
    settings.BOUNCE_ADDRESS = "bounce@testserver"


@pytest.fixture
def followed(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The letters after which something followed."""
    monkeypatch.setattr(notification_kinds, "_follow_up", {})
    found: list[int] = []
    after_bounced("plain")(lambda letter, now: found.append(letter.pk))
    return found


@pytest.fixture
def letter(db: None, followed: list[int]) -> Notification:
    """A letter that a mail server has accepted."""
    enqueue(kind="plain", subject="appointment/1", language="de", now=NOW)
    Notification.objects.update(sent_at=NOW, message_id=MESSAGE_ID)
    return Notification.objects.get()


def arrives(mail: bytes, *, at: datetime = LATER) -> Fate:
    found = read_report(mail)
    return note(found, now=at) if found else Fate.LEFT


def forged(letter: Notification) -> str:
    local, _at, domain = return_address(letter.pk).partition("@")
    return f"{local[:-1]}{'1' if local.endswith('0') else '0'}@{domain}"


def came_back(letter: Notification) -> tuple[datetime | None, str]:
    letter.refresh_from_db()
    return letter.bounced_at, letter.bounce


# --- the address ---------------------------------------------------------------------------------


def test_bounce_address_proves_its_letter_and_no_other() -> None:
    address = return_address(17)
    assert address.startswith("bounce+17.")
    assert proved_letters(f"<{address}>") == {17}
    assert proved_letters(address.upper()) == {17}
    assert proved_letters(address.replace("+17.", "+18.")) == {None}
    assert proved_letters("bounce@testserver") == set()
    assert proved_letters("bounce+17.0@testserver") == {None}


def test_bounce_address_fits_into_what_mail_servers_take(settings: Settings) -> None:
    """RFC 5321, 4.5.3.1.1"""
    settings.BOUNCE_ADDRESS = f"{'b' * 20}@testserver"
    assert len(return_address(10**18 - 1).partition("@")[0]) == 64


def test_bounce_address_is_the_envelope_sender_alone(settings: Settings) -> None:
    envelope = Envelope(to="a@example.org", subject="x", text="y", sender="Behörde")
    message = mime_message(envelope, message_id="<1@x>", return_address=return_address(17))
    assert message is not None
    assert message.from_email == return_address(17)
    assert "bounce" not in message.message().as_string()
    assert settings.DEFAULT_FROM_EMAIL in message.message()["From"]


def test_bounce_address_is_not_used_where_none_is_set(settings: Settings) -> None:
    settings.BOUNCE_ADDRESS = ""
    assert return_address(17) == ""
    assert proved_letters("+17.0123456789abcdef01234567@") == set()
    message = mime_message(Envelope(to="a@example.org", subject="x", text="y"), message_id="<1@x>")
    assert message is not None
    assert message.from_email == message.message()["From"]


# --- what is believed ----------------------------------------------------------------------------


@pytest.mark.parametrize("end", ["\r\n", "\n"])
@pytest.mark.parametrize("returned", ["message/rfc822", "text/rfc822-headers"])
def test_bounce_is_noted_once(
    letter: Notification, followed: list[int], end: str, returned: str
) -> None:
    mail = report(return_address(letter.pk), end=end, returned=returned)
    assert arrives(mail) is Fate.NOTED
    assert arrives(mail, at=LATER + timedelta(minutes=1)) is Fate.KNOWN
    assert came_back(letter) == (LATER, "5.1.1")
    assert followed == [letter.pk]


def test_bounce_that_two_readers_have_read_is_noted_once(
    letter: Notification, followed: list[int]
) -> None:
    found = read_report(report(return_address(letter.pk)))
    assert found is not None
    as_read = Notification.objects.get(pk=letter.pk)
    act = notification_kinds.follow_up("bounced", "plain")
    assert note(found, now=LATER) is Fate.NOTED
    assert bounces._mark(as_read, "5.1.1", act, now=LATER + timedelta(seconds=1)) is Fate.KNOWN
    assert came_back(letter) == (LATER, "5.1.1")
    assert followed == [letter.pk]


@pytest.mark.parametrize("returned", ["message/rfc822", "text/rfc822-headers"])
def test_bounce_by_message_id_marks_and_moves_nothing(
    letter: Notification, followed: list[int], returned: str
) -> None:
    assert arrives(report("bounce@testserver", returned=returned)) is Fate.NOTED
    assert came_back(letter) == (LATER, "5.1.1")
    assert followed == []


def test_bounce_that_is_not_final_moves_nothing(letter: Notification, followed: list[int]) -> None:
    assert arrives(report(return_address(letter.pk), status="4.4.7")) is Fate.NOTED
    assert came_back(letter) == (LATER, "4.4.7")
    assert followed == []


def test_bounce_stands_whatever_was_to_follow(
    letter: Notification, followed: list[int], caplog: pytest.LogCaptureFixture
) -> None:
    @after_bounced("plain")
    def fail(letter: Notification, now: datetime) -> None:
        Notification.objects.update(language="en")
        raise ValueError("Nguyễn")

    assert arrives(report(return_address(letter.pk))) is Fate.NOTED
    assert came_back(letter) == (LATER, "5.1.1")
    assert letter.language == "de"
    assert "ValueError" in caplog.text
    assert "Nguyễn" not in caplog.text


@pytest.mark.parametrize(
    ("state", "fate"),
    [
        ({"sent_at": None}, Fate.LEFT),  # its server has not answered: it can't have come back
        ({"sent_at": None, "failed_at": NOW}, Fate.KNOWN),
        ({"sent_at": None, "withdrawn_at": NOW}, Fate.KNOWN),
    ],
)
def test_bounce_of_a_letter_that_did_not_leave_changes_nothing(
    letter: Notification, followed: list[int], state: dict[str, object], fate: Fate
) -> None:
    Notification.objects.update(**state)
    assert arrives(report(return_address(letter.pk))) is fate
    assert came_back(letter) == (None, "")
    assert followed == []


def test_bounce_of_a_letter_that_is_forgotten_is_known(letter: Notification) -> None:
    mail = report(return_address(letter.pk))
    letter.delete()
    assert arrives(mail) is Fate.KNOWN


def test_bounce_corpus_changes_nothing_and_takes_no_time(
    letter: Notification, followed: list[int]
) -> None:
    mails = hostile(return_address(letter.pk), forged(letter))
    for name, mail in mails.items():
        began = time.monotonic()
        assert arrives(mail) is Fate.LEFT, name
        assert time.monotonic() - began <= 1, name
    assert came_back(letter) == (None, "")
    assert followed == []


def test_bounce_corpus_is_built_from_a_mail_that_counts(letter: Notification) -> None:
    # or the corpus would prove nothing
    assert arrives(report(return_address(letter.pk))) is Fate.NOTED


def test_bounce_with_a_forged_seal_is_not_believed_for_its_message_id(
    letter: Notification,
) -> None:
    assert arrives(report(forged(letter))) is Fate.LEFT
    assert came_back(letter) == (None, "")


@given(st.binary(max_size=2000))
def test_bounce_reader_takes_any_bytes(tail: bytes) -> None:
    head = b"Content-Type: multipart/report; boundary=b\r\nTo: x\r\n\r\n--b\r\n"
    assert read_report(tail) is None
    assert read_report(head + tail) is None


# --- the row -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "columns",
    [
        {"sent_at": None, "bounced_at": NOW, "bounce": "5.1.1"},
        {"bounced_at": NOW, "bounce": ""},
        {"bounced_at": None, "bounce": "5.1.1"},
    ],
)
def test_bounced_only_if_sent(letter: Notification, columns: dict[str, object]) -> None:
    with (
        pytest.raises(IntegrityError, match=r"letter_bounced_only_if_sent|CHECK"),
        transaction.atomic(),
    ):
        Notification.objects.update(**columns)

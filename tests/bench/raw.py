"""The yardstick of a booking's rows: psycopg writes the same ones, under the same constraints.

No person is checked, nothing is asked, no page is shown: what the database alone allows.
"""

from __future__ import annotations

import secrets

import psycopg

Hand = list[tuple[int, int]]

_HOLD = (
    "UPDATE booking_slot SET bookable_from = NULL WHERE id = %(slot)s AND closure_id IS NULL",
    'INSERT INTO foundation_limit (key, "window", count) VALUES (%(key)s, now(), 1)',
    """
    INSERT INTO booking_appointment (reference, applicant_id, slot_id, status, version, revision,
        person_key, namesake, extensions, situation, category, need_kind, created_at, held_until,
        free_from, cancel_reason, outcome, missing, hasty)
    SELECT %(reference)s, id, %(slot)s, 'held', 1, 0, person_key, 0, 0, situation, 'expired',
        'none', now(), now() + interval '10 min', now() + interval '12 min', '', '', '[]', false
    FROM booking_applicant WHERE id = %(applicant)s
    """,
    """
    INSERT INTO booking_appointmentevent (appointment_id, version, verb, from_status, to_status,
        slot_id, actor, at, detail)
    SELECT id, 1, 'hold', '', 'held', slot_id, 'applicant', now(), ''
    FROM booking_appointment WHERE reference = %(reference)s
    """,
)
_BOOK = (
    """
    UPDATE booking_appointment SET status = 'booked', version = 2, held_until = NULL,
        free_from = NULL, booked_at = now() WHERE reference = %(reference)s AND status = 'held'
    """,
    """
    INSERT INTO booking_appointmentevent (appointment_id, version, verb, from_status, to_status,
        slot_id, actor, at, detail)
    SELECT id, 2, 'book', 'held', 'booked', slot_id, 'applicant', now(), ''
    FROM booking_appointment WHERE reference = %(reference)s
    """,
    """
    INSERT INTO foundation_letter (kind, subject, revision, sequence, language, queue, due_at,
        give_up_at, attempts, failure, message_id, promised_at)
    SELECT 'booking.confirmation', 'appointment/' || id, 0, 0, 'de', 'ordinary', now(),
        now() + interval '1 day', 0, '', '<' || %(key)s || '@example.org>', now()
    FROM booking_appointment WHERE reference = %(reference)s
    """,
)


def dealt(url: str, hands: int) -> list[Hand]:
    """Every person with a time of their own, dealt out to as many connections."""
    with psycopg.connect(url.replace("postgres://", "postgresql://")) as connection:
        rows = connection.execute(
            "SELECT s.id, a.id FROM (SELECT id, row_number() OVER (ORDER BY id) n"
            " FROM booking_slot) s JOIN (SELECT id, row_number() OVER (ORDER BY id) n"
            " FROM booking_applicant) a USING (n)"
        ).fetchall()
    return [rows[hand::hands] for hand in range(hands)]


def book_all(url: str, hand: Hand) -> int:
    """Holds and books one time after the other, each step in a transaction; how many."""
    with psycopg.connect(url.replace("postgres://", "postgresql://")) as connection:
        for slot, applicant in hand:
            values = {
                "slot": slot,
                "applicant": applicant,
                "reference": secrets.token_hex(4).upper(),
                "key": secrets.token_hex(32),
            }
            for step in (_HOLD, _BOOK):
                with connection.transaction():
                    for statement in step:
                        connection.execute(statement, values)
    return len(hand)

import json
import re
from datetime import date, timedelta

import pytest
from django.utils.translation import override
from hypothesis import given
from hypothesis import strategies as st

from eligibility import labels, rules, staff_labels
from eligibility.rules import Answers, Decision, decide

REF = date(2026, 11, 23)
DAYS = st.dates(date(1900, 1, 1), date(2100, 12, 31))
TITLES = ("expired", "expiring")


def title(valid_until: date, *, has_appointment: bool = False) -> Answers:
    return Answers(title_valid_until=valid_until, has_appointment=has_appointment)


def travel(
    departure_on: date, *, travel_reason: str = "personal", has_proof: bool = True
) -> Answers:
    return Answers(departure_on=departure_on, travel_reason=travel_reason, has_proof=has_proof)


@pytest.mark.parametrize("chosen", TITLES)
@pytest.mark.parametrize(
    ("valid_until", "category", "eligible"),
    [
        (date(2026, 11, 22), "expired", True),
        (date(2026, 11, 23), "expiring", True),
        (date(2026, 11, 30), "expiring", True),
        (date(2026, 12, 1), "expiring", False),
        (date(1999, 1, 1), "expired", True),
        (date(2031, 1, 1), "expiring", False),
    ],
)
def test_decide_title_at_each_boundary(
    chosen: str, valid_until: date, category: str, eligible: bool
) -> None:
    decision = decide(chosen, title(valid_until), REF)
    assert (decision.category, decision.eligible) == (category, eligible)


@pytest.mark.parametrize(
    ("departure_on", "eligible", "reason"),
    [
        (date(2026, 11, 22), False, "departure_past"),
        (date(2026, 11, 23), True, "travel_soon"),
        (date(2026, 11, 30), True, "travel_soon"),
        (date(2026, 12, 1), False, "departure_later"),
    ],
)
def test_decide_travel_at_each_boundary(departure_on: date, eligible: bool, reason: str) -> None:
    decision = decide("urgent_travel", travel(departure_on), REF)
    assert (decision.eligible, decision.reasons) == (eligible, (reason,))


def test_decide_sets_a_hard_need_for_a_departure() -> None:
    decision = decide("urgent_travel", travel(date(2026, 11, 27)), REF)
    assert (decision.need_by, decision.need_kind) == (date(2026, 11, 27), "hard")


def test_decide_sets_a_soft_need_for_an_expiry() -> None:
    decision = decide("expiring", title(date(2026, 11, 27)), REF)
    assert (decision.need_by, decision.need_kind) == (date(2026, 11, 27), "soft")


@pytest.mark.parametrize(
    ("category", "answers"),
    [
        ("expired", title(date(2026, 11, 1))),
        ("job_loss", Answers(has_proof=True)),
        ("lost_document", Answers(lost_what="residence_card")),
    ],
)
def test_decide_sets_no_need_without_a_day(category: str, answers: Answers) -> None:
    decision = decide(category, answers, REF)
    assert decision.eligible
    assert (decision.need_by, decision.need_kind) == (None, "none")
    check_whole(decision)


@pytest.mark.parametrize(
    ("category", "answers", "reason", "route"),
    [
        ("expiring", title(date(2026, 12, 1)), "expires_later", "regular"),
        (
            "expiring",
            title(date(2026, 11, 25), has_appointment=True),
            "has_appointment",
            "keep_appointment",
        ),
        ("job_loss", Answers(has_proof=False), "job_proof_missing", "employer"),
        (
            "urgent_travel",
            travel(date(2026, 11, 25), has_proof=False),
            "travel_proof_missing",
            "travel_proof",
        ),
        ("urgent_travel", travel(date(2026, 12, 24)), "departure_later", "regular"),
        ("lost_document", Answers(lost_what="passport"), "passport_lost", "embassy"),
        (rules.OTHER, Answers(), "no_category", "regular"),
    ],
)
def test_refuse_names_the_reason_and_the_right_channel(
    category: str, answers: Answers, reason: str, route: str
) -> None:
    decision = decide(category, answers, REF)
    assert not decision.eligible
    assert (decision.reasons, decision.route) == ((reason,), route)
    check_whole(decision)


def test_refuse_appointment_binds_to_expiring_only() -> None:
    decision = decide("expired", title(date(2026, 11, 20), has_appointment=True), REF)
    assert decision.eligible
    assert "keep_appointment" in decision.hints


def test_decide_expired_needs_no_answer_about_an_appointment() -> None:
    assert decide("expired", Answers(title_valid_until=date(2026, 11, 22)), REF).eligible


def test_hint_fiction_effect_for_every_title() -> None:
    assert "applied_in_time" in decide("expired", title(date(2026, 11, 1)), REF).hints
    assert "apply_in_time" in decide("expiring", title(date(2026, 11, 25)), REF).hints
    assert "apply_in_time" in decide("expiring", title(date(2027, 11, 25)), REF).hints


@pytest.mark.parametrize("lost_what", rules.LOST_RESIDENCE_DOCUMENTS)
def test_decide_every_residence_document_counts(lost_what: str) -> None:
    assert decide("lost_document", Answers(lost_what=lost_what), REF).eligible


@pytest.mark.parametrize("travel_reason", rules.TRAVEL_REASONS)
def test_decide_personal_and_professional_travel_count(travel_reason: str) -> None:
    assert decide("urgent_travel", travel(REF, travel_reason=travel_reason), REF).eligible


@pytest.mark.parametrize(
    ("category", "answers"),
    [
        ("expired", Answers()),
        ("expiring", Answers(title_valid_until=REF)),
        ("job_loss", Answers()),
        ("urgent_travel", Answers(departure_on=REF, has_proof=True)),
        ("urgent_travel", Answers(departure_on=REF, travel_reason="personal")),
        ("urgent_travel", travel(REF, travel_reason="holiday")),
        ("lost_document", Answers(lost_what="keys")),
        ("visa", Answers()),
    ],
)
def test_decide_raises_without_the_answers_it_needs(category: str, answers: Answers) -> None:
    with pytest.raises(ValueError):
        decide(category, answers, REF)


@given(DAYS, DAYS, st.booleans(), st.sampled_from(TITLES))
def test_decide_title_agrees_with_the_published_sentence(
    today: date, valid_until: date, booked: bool, chosen: str
) -> None:
    decision = decide(chosen, title(valid_until, has_appointment=booked), today)
    days = (valid_until - today).days
    assert decision.eligible == (days < 0 or (days <= 7 and not booked))
    assert decision.category == ("expired" if days < 0 else "expiring")
    assert (decision.need_by is None) == (decision.need_kind == "none")
    check_whole(decision)


@given(DAYS, DAYS, st.booleans())
def test_decide_travel_agrees_with_the_published_sentence(
    today: date, departure_on: date, has_proof: bool
) -> None:
    decision = decide("urgent_travel", travel(departure_on, has_proof=has_proof), today)
    assert decision.eligible == (0 <= (departure_on - today).days <= 7 and has_proof)
    check_whole(decision)


@given(DAYS, DAYS, st.booleans(), st.booleans())
def test_refuse_for_now_says_from_when_on_the_answer_is_yes(
    today: date, day: date, booked: bool, has_proof: bool
) -> None:
    for category, answers in [
        ("expiring", title(day, has_appointment=booked)),
        ("urgent_travel", travel(day, has_proof=has_proof)),
    ]:
        again_on = decide(category, answers, today).again_on
        if again_on is not None:
            assert again_on > today
            assert decide(category, answers, again_on).eligible
            assert not decide(category, answers, again_on - timedelta(days=1)).eligible


def test_no_day_is_promised_on_which_the_same_answers_are_refused() -> None:
    today = date(2026, 11, 26)
    booked = decide("expiring", title(date(2026, 12, 4), has_appointment=True), today)
    assert (booked.reasons, booked.again_on) == (("expires_later",), None)
    assert decide("expiring", title(date(2026, 12, 4)), today).again_on == date(2026, 11, 27)
    without = travel(date(2026, 12, 24), has_proof=False)
    assert decide("urgent_travel", without, today).again_on is None


@given(
    st.builds(
        Answers,
        title_valid_until=st.none() | DAYS,
        has_appointment=st.none() | st.booleans(),
        has_proof=st.none() | st.booleans(),
        departure_on=st.none() | DAYS,
        travel_reason=st.none() | st.sampled_from(rules.TRAVEL_REASONS),
        lost_what=st.none() | st.sampled_from(rules.LOST_DOCUMENTS),
    )
)
def test_answers_survive_json(answers: Answers) -> None:
    assert Answers.from_json(json.loads(json.dumps(answers.as_json()))) == answers


def check_whole(decision: Decision) -> None:
    """Every code has its words, and a "no" always has a way on."""
    assert set(decision.reasons) <= set(labels.REASONS)
    assert set(decision.hints) <= set(labels.HINTS)
    assert decision.eligible == (decision.route == "")
    assert decision.eligible or decision.route in labels.ROUTES
    assert set(decision.reasons) <= set(staff_labels.REASONS)
    assert decision.eligible or decision.route in staff_labels.ROUTES


# how the public pages speak to the person, or let them speak
TO_THE_PERSON = re.compile(
    r"\b(Ihr(e[nmrs]?)?|[Mm]ein\w*|Ich|Sie (haben|müssen|könnten|brauchen))\b"
)


def test_staff_read_of_the_person_and_are_not_addressed_as_one() -> None:
    assert set(staff_labels.REASONS) == set(labels.REASONS)
    assert set(staff_labels.ROUTES) == set(labels.ROUTES)
    assert set(staff_labels.LOST) == set(rules.LOST_DOCUMENTS)
    with override("de"):
        public = [str(text) for text in labels.REASONS.values()]
        said = [str(text) for text in (*staff_labels.REASONS.values(), *staff_labels.LOST.values())]
        said += [f"{way.title} {way.text}" for way in staff_labels.ROUTES.values()]
    assert sum(bool(TO_THE_PERSON.search(text)) for text in public) > 8
    assert [text for text in said if TO_THE_PERSON.search(text)] == []


def test_labels_cover_every_code() -> None:
    assert set(labels.CATEGORIES) == {*rules.CATEGORIES, rules.OTHER}
    assert tuple(code for code, _label in labels.LOST_DOCUMENTS) == rules.LOST_DOCUMENTS
    assert tuple(code for code, _label in labels.TRAVEL_REASONS) == rules.TRAVEL_REASONS

"""Entering an application: answers, person, the proof of the address."""

from __future__ import annotations

from datetime import timedelta
from itertools import product

import pytest

from config.foundation.outbox import Notification
from documents.answer_codes import Answers
from documents.applications.actions import (
    drafts,
    verification,
)
from documents.applications.actions.refusals import (
    ApplicationChanged,
    NotEligible,
    NotOpen,
    TooManyLetters,
    TooManyTries,
    WrongCode,
)
from documents.applications.models import Application, Intake
from documents.applications.states import Status
from tests.documents.applications.making import (
    FACTS,
    NOW,
    PERSON,
    TODAY,
    make_draft,
    make_person,
)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("intake")]


# --- drafts ---------------------------------------------------------------------------------------


def test_nothing_begins_while_closed() -> None:
    Intake.objects.update(opens_at=None)
    with pytest.raises(NotOpen):
        make_draft()
    Intake.objects.update(opens_at=NOW - timedelta(days=1), closes_at=NOW)
    with pytest.raises(NotOpen):
        make_draft()
    assert not Application.objects.exists()


TITLES_OF_S4 = {
    *("title_22_1", "title_22_2", "title_23_1", "title_23_2", "title_23_4", "title_23a"),
    *("title_25_4_1", "title_25_4_2", "title_25_4a", "title_25_4b", "title_25_5"),
    *("title_25a_1", "title_25a_2", "title_25b_1", "title_25b_4"),
    *("title_104a_1_1", "title_104a", "title_104b", "title_104c"),
}
# S4:22, § 29 (3) sentence 3 AufenthG
FAMILY_EXCLUDED = {
    *("title_25_4_1", "title_25_4_2", "title_25_4b", "title_25_5", "title_25a_2", "title_25b_4"),
    *("title_104a_1_1", "title_104b", "title_104c"),
}
STOPS = {
    "title_25_1_to_3": "other_procedure",
    "settlement_wanted": "settlement",
    "title_24": "temporary_protection",
    "asylum_pending": "asylum",
    "other_title": "not_listed",
}


@pytest.mark.parametrize(
    ("title", "who"), list(product(sorted(TITLES_OF_S4), ["title_holder", "family_member"]))
)
def test_each_title_and_its_family(title: str, who: str) -> None:
    facts = frozenset({title, who, "extension", "valid_passport"})
    if who == "family_member" and title in FAMILY_EXCLUDED:
        with pytest.raises(NotEligible) as refused:
            make_draft(facts=facts)
        assert refused.value.stop.id == "family_excluded"
    else:
        assert make_draft(facts=facts).status == Status.STARTED


@pytest.mark.parametrize(("title", "stop"), STOPS.items())
def test_each_stop_names_the_other_way(title: str, stop: str) -> None:
    with pytest.raises(NotEligible) as refused:
        make_draft(facts=frozenset({title, "title_holder", "first", "valid_passport"}))
    assert refused.value.stop.id == stop
    assert not Application.objects.exists()


def test_answers_that_lead_elsewhere_do_not_replace_good_ones(draft: Application) -> None:
    other = Answers(frozenset({"title_24", "title_holder", "first", "valid_passport"}))
    with pytest.raises(NotEligible):
        drafts.save_answers(
            application=draft, version=draft.version, answers=other, now=NOW, on=TODAY
        )
    draft.refresh_from_db()
    assert set(draft.answers["facts"]) == FACTS


def test_older_page_changes_nothing(draft: Application) -> None:
    make_person(draft)
    with pytest.raises(ApplicationChanged):
        drafts.save_person(
            application=draft,
            version=1,
            now=NOW,
            **(PERSON | {"family_name": "Other"}),
        )
    assert Application.objects.get().family_name == "Rahimi"


def test_another_address_proves_itself_anew(draft: Application) -> None:
    make_person(draft)
    drafts.save_person(application=draft, version=draft.version, now=NOW, **PERSON)
    draft.refresh_from_db()
    assert draft.is_verified
    changed = PERSON | {"email": "other@example.org"}
    drafts.save_person(application=draft, version=draft.version, now=NOW, **changed)
    assert not Application.objects.get().is_verified


# --- the proof of the address ---------------------------------------------------------------------


def _unproved(draft: Application) -> Application:
    drafts.save_person(application=draft, version=draft.version, now=NOW, **PERSON)
    verification.request_code(application=draft, now=NOW)
    return draft


def _mint(application: Application) -> str:
    letter = Notification.objects.filter(kind="applications.code").latest("pk")
    attempt = verification.prepare_code(letter, NOW)
    assert attempt is not None
    application.refresh_from_db()
    return attempt.code


def test_code_proves_the_address(draft: Application) -> None:
    code = _mint(_unproved(draft))
    assert code not in str(Application.objects.values().get())
    verification.verify_code(application=draft, code=code, now=NOW + timedelta(minutes=29))
    assert Application.objects.get().is_verified


def test_wrong_old_and_foreign_codes_prove_nothing(draft: Application) -> None:
    code = _mint(_unproved(draft))
    other = make_draft()
    make_person(other)
    wrong = f"{(int(code) + 1) % 10**6:06}"
    for application, typed, at in (
        (draft, wrong, NOW),
        (draft, code, NOW + timedelta(minutes=31)),
        (other, code, NOW),
    ):
        with pytest.raises(WrongCode):
            verification.verify_code(application=application, code=typed, now=at)
    draft.refresh_from_db()
    assert draft.attempts == 2
    Application.objects.filter(pk=draft.pk).update(attempts=5)
    with pytest.raises(TooManyTries):
        verification.verify_code(application=draft, code=code, now=NOW)


def test_next_code_waits_a_minute(draft: Application) -> None:
    _unproved(draft)
    with pytest.raises(TooManyLetters):
        verification.request_code(application=draft, now=NOW + timedelta(seconds=59))
    verification.request_code(application=draft, now=NOW + timedelta(seconds=60))
    assert Notification.objects.filter(kind="applications.code").count() == 2

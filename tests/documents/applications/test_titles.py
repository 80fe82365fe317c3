"""The 16 titles with which the humanitarian application is made online, and who else goes where."""

from __future__ import annotations

import pytest

from documents.applications.completeness import family_excluded, stop_of, takes_family
from documents.catalogue_types import Catalogue
from tests.documents.cases import procedure_of

# The city's page names 16 titles. Where it excludes the family for a part of a title alone, the
# assistant asks for that part: title -> {answer: may the family apply as well}.
TITLES: dict[str, dict[str, bool]] = {
    "§ 22 Satz 1": {"title_22_1": True},
    "§ 22 Satz 2": {"title_22_2": True},
    "§ 23 Absatz 1": {"title_23_1": True},
    "§ 23 Absatz 2": {"title_23_2": True},
    "§ 23 Absatz 4": {"title_23_4": True},
    "§ 23a": {"title_23a": True},
    "§ 25 Absatz 4 Satz 1": {"title_25_4_1": False},
    "§ 25 Absatz 4 Satz 2": {"title_25_4_2": False},
    "§ 25 Absatz 4a": {"title_25_4a": True},
    "§ 25 Absatz 4b": {"title_25_4b": False},
    "§ 25 Absatz 5": {"title_25_5": False},
    "§ 25a": {"title_25a_1": True, "title_25a_2": False},
    "§ 25b": {"title_25b_1": True, "title_25b_4": False},
    "§ 104a": {"title_104a_1_1": False, "title_104a": True},
    "§ 104b": {"title_104b": False},
    "§ 104c": {"title_104c": False},
}
# answer -> the note that says where to go instead
STOPPED = {
    "title_25_1_to_3": "other_procedure",
    "settlement_wanted": "settlement",
    "title_24": "temporary_protection",
    "asylum_pending": "asylum",
    "other_title": "not_listed",
}
ANSWERS = [(fact, may) for facts in TITLES.values() for fact, may in facts.items()]


def test_the_table_names_sixteen_titles_and_every_answer(shipped: Catalogue) -> None:
    assert len(TITLES) == 16
    question = procedure_of(shipped, "humanitarian").questions[0]
    assert sorted(question.facts) == sorted([fact for fact, _may in ANSWERS] + [*STOPPED])


@pytest.mark.parametrize("fact", [fact for fact, _may in ANSWERS])
def test_the_holder_of_each_title_may_apply(shipped: Catalogue, fact: str) -> None:
    procedure = procedure_of(shipped, "humanitarian")
    assert stop_of(procedure, {fact, "title_holder"}, {}) is None


@pytest.mark.parametrize(("fact", "may"), ANSWERS)
@pytest.mark.parametrize("who", ["title_holder", "family_member"])
def test_the_family_may_apply_unless_the_law_excludes_it(
    shipped: Catalogue, fact: str, who: str, may: bool
) -> None:
    procedure = procedure_of(shipped, "humanitarian")
    excluded = family_excluded(procedure, {fact, who, "extension", "married"})
    assert (excluded.id if excluded else None) == (None if may else "family_excluded")


@pytest.mark.parametrize(("fact", "note"), STOPPED.items())
def test_everybody_else_is_stopped_with_the_family(
    shipped: Catalogue, fact: str, note: str
) -> None:
    procedure = procedure_of(shipped, "humanitarian")
    for stop in (
        stop_of(procedure, {fact, "title_holder"}, {}),
        family_excluded(procedure, {fact, "title_holder"}),
    ):
        assert stop
        assert stop.id == note


def test_the_list_for_studying_knows_of_no_family(shipped: Catalogue) -> None:
    study = procedure_of(shipped, "study")
    assert not takes_family(study)
    assert family_excluded(study, {"first", "visa_needed"}) is None
    assert takes_family(procedure_of(shipped, "humanitarian"))

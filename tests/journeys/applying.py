"""The steps of somebody who sends an application online."""

from __future__ import annotations

from playwright.sync_api import expect

from tests.documents.applications.hostile_files import jpeg, printed
from tests.journeys.conftest import Person
from tests.look.walk_applications import answer_questions, chosen


def sends_files(person: Person, number: int, *files: tuple[str, bytes]) -> None:
    """Chooses files for a paper and sends them."""
    person.opens(f"apply/papers/{number}/")
    person.page.set_input_files("#files", chosen(*files))
    with person.page.expect_navigation():
        person.sends("upload")


def proves(person: Person, email: str = "leila@example.org", **answers: str) -> None:
    """Answers, says who applies, and types the code from the letter."""
    person.opens("apply/humanitarian/")
    person.sees("start")
    person.page.click(".kern-btn--primary")
    person.is_at("apply/humanitarian/questions/")
    answer_questions(person.page, **answers)
    person.sends()
    person.is_at("apply/contact/")
    person.enters_details(email)
    person.is_at("apply/verify/")
    person.sees("verify")
    person.fills(code=person.reads_the_code())
    person.sends()
    person.is_at("apply/papers/")
    person.sees("papers")


FAMILY = (
    ("spouse", "Navid", "04.05.1988", "valid_passport"),
    ("child", "Amir", "02.03.2015", "no_valid_passport"),
    ("child", "Sara", "30.08.2019", "no_valid_passport"),
)


def brings_family(person: Person) -> None:
    """A spouse and two children apply, too."""
    person.page.click("#family")
    person.is_at("apply/family/")
    person.sees("family")
    for role, given_names, birth_date, passport in FAMILY:
        for name, value in (("role", role), ("purpose", "first"), ("passport", passport)):
            person.page.check(f"#step [name={name}][value={value}]")
        person.fills(family_name="Rahimi", given_names=given_names, birth_date=birth_date)
        person.sends()
        expect(person.page.locator("#step [name=given_names]")).to_have_value("")
        expect(person.page.locator("li.card", has_text=given_names)).to_be_visible()
    person.sees("family-of-four")
    person.page.click("#go-on")
    person.is_at("apply/papers/")
    person.sees("papers-of-four")


def brings_papers(person: Person) -> None:
    """Two photos of the passport, a PDF of the second paper, one photo of each other."""
    count = person.page.locator("ol.papers > li").count()
    sends_files(person, 1, ("a.jpg", jpeg()), ("b.jpg", jpeg()))
    expect(person.page.locator("img.page-picture")).to_have_count(2)
    person.sees("passport")
    for number in range(2, count + 1):
        person.opens(f"apply/papers/{number}/")
        absent = person.page.locator("form[action$='/absent/'] button")
        if absent.count() and number > 2:
            absent.click()
            person.is_at("apply/papers/")
        elif number == 2:
            sends_files(person, number, ("both.pdf", printed(2)))
        else:
            sends_files(person, number, ("a.jpg", jpeg()))


def hands_in(person: Person) -> str:
    """Looks over it all, declares and sends; the reference."""
    person.opens("apply/papers/")
    person.page.click("#go-on")
    person.is_at("apply/review/")
    person.sees("review")
    person.page.check("[name=true]")
    for adult in person.page.locator("[name^=agrees_]").all():
        adult.check()
    person.sends()
    person.is_at("apply/sent/")
    person.sees("sent")
    return person.page.inner_text("#reference").strip()

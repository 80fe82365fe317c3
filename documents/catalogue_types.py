"""What a catalogue says: procedures, papers, notes, fees, each text in its languages."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

Condition = str | Mapping[str, Any] | None
GERMAN = "de"
SIMPLE_GERMAN = "de-simple"
EMERGENCY = "emergency"
PICTURES = ("residence_card",)
CASE, MEMBER = "case", "member"  # asked once, or of each person who applies
# How a paper comes with an online application: sent with it, shown later, or replaced by it.
UPLOAD, BRING, ONLINE = WAYS = ("upload", "bring", "online")
CATEGORIES = ("expired", "expiring", "job_loss", "urgent_travel", "lost_document")


def gettext_noop(text: str) -> str:
    """Marks a sentence for the translators, under the name that they collect."""
    return text


@dataclass(frozen=True, slots=True)
class Text:
    """One text in several languages; German is always there unless the text is empty."""

    by_language: Mapping[str, str]

    def __bool__(self) -> bool:
        return any(self.by_language.values())

    @property
    def de(self) -> str:
        """The German text, which alone is binding."""
        return self.by_language.get(GERMAN, "")

    def to(self, language: str) -> str:
        """The text in `language`, else in German."""
        return self.by_language.get(language) or self.de

    def has(self, language: str) -> bool:
        """Whether somebody wrote this text in `language`."""
        return bool(self.by_language.get(language))

    def wants_german_beside(self, language: str) -> bool:
        """Whether the German belongs beside this text; hard German would spoil simple German."""
        return language not in (GERMAN, SIMPLE_GERMAN) and self.has(language)


NO_TEXT = Text({})


@dataclass(frozen=True, slots=True)
class Option:
    """One answer to a question; giving it makes its fact true."""

    fact: str
    label: Text


@dataclass(frozen=True, slots=True)
class Group:
    """Some of the options of a question under one heading, in the order in which they stand."""

    id: str
    title: Text
    facts: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Question:
    """What the assistant asks: `one` of its options, `many` of them, or a `day`.

    With `groups` the one answer is chosen from a list with headings; `picture` names what shows
    where the answer is found. One `of` the case is answered once for a whole family.
    """

    id: str
    kind: str
    title: Text
    help: Text = NO_TEXT
    options: tuple[Option, ...] = ()
    groups: tuple[Group, ...] = ()
    picture: str = ""
    of: str = MEMBER

    @property
    def facts(self) -> tuple[str, ...]:
        """Every fact that an answer can establish."""
        return tuple(option.fact for option in self.options)


@dataclass(frozen=True, slots=True)
class Requirement:
    """One paper to bring or send; `by` says how it comes with an online application.

    One `of` the case is needed only once for a whole family.
    `office_states`: no source says what is needed here, and the office has yet to say it.
    """

    id: str
    title: Text
    reason: Text
    details: Text = NO_TEXT
    accepted: Text = NO_TEXT
    not_accepted: Text = NO_TEXT
    condition: Condition = None
    if_available: bool = False
    by: str = UPLOAD
    office_states: bool = False
    see: str = ""
    of: str = MEMBER


@dataclass(frozen=True, slots=True)
class Note:
    """What a person should know: an `info`, a `warning`, a `deadline`, or a `stop`."""

    id: str
    kind: str
    title: Text
    text: Text
    condition: Condition = None
    link: str = ""
    see: str = ""
    counts_from: str = ""
    offset: str = ""


@dataclass(frozen=True, slots=True)
class Charge:
    """A fee that a procedure may cost; not `certain` means that the office decides in the case."""

    code: str
    condition: Condition = None
    certain: bool = True


@dataclass(frozen=True, slots=True)
class Fee:
    """An amount in euros that is valid for a time: a `fee`, or the `means` a person must have."""

    code: str
    kind: str
    title: Text
    amount: Decimal
    basis: str = ""
    valid_from: date | None = None
    valid_until: date | None = None

    def valid(self, on: date) -> bool:
        """Whether this amount holds on a day; the end is exclusive."""
        begun = self.valid_from is None or self.valid_from <= on
        return begun and (self.valid_until is None or on < self.valid_until)


@dataclass(frozen=True, slots=True)
class Reduction:
    """Who pays less, or nothing, for which fees, and which fees it never lowers."""

    id: str
    share: Decimal
    codes: tuple[str, ...]
    reason: Text
    condition: Condition = None
    not_codes: tuple[str, ...] = ()
    otherwise: Text = NO_TEXT
    ask_codes: tuple[str, ...] = ()
    ask: Text = NO_TEXT
    basis: str = ""


@dataclass(frozen=True, slots=True)
class Procedure:
    """Something people apply for (`procedure`), to read (`sheet`) or to sign on paper (`form`)."""

    id: str
    kind: str
    title: Text
    intro: Text
    questions: tuple[Question, ...] = ()
    requirements: tuple[Requirement, ...] = ()
    notes: tuple[Note, ...] = ()
    charges: tuple[Charge, ...] = ()

    @property
    def has_long_form(self) -> bool:
        """Whether the questions are too many for one page, and come one after the other."""
        return len(self.questions) > 5

    @property
    def facts(self) -> tuple[str, ...]:
        """Every fact the questions can establish, in their order."""
        return tuple(fact for question in self.questions for fact in question.facts)


@dataclass(frozen=True, slots=True)
class Review:
    """Who checked the texts of one language, and when; empty means nobody yet."""

    language: str
    reviewed_by: str = ""
    reviewed_on: date | None = None


@dataclass(frozen=True, slots=True)
class Catalogue:
    """Everything the office asks for and charges, as it was published."""

    valid_from: date
    procedures: tuple[Procedure, ...]
    fees: tuple[Fee, ...]
    reductions: tuple[Reduction, ...]
    reviews: tuple[Review, ...] = ()

    def procedure(self, slug: str) -> Procedure | None:
        """The procedure called `slug`."""
        return next((found for found in self.procedures if found.id == slug), None)

    def reviewed(self, language: str) -> bool:
        """Whether a person has checked the texts of this language; German is the office's own."""
        return language == GERMAN or any(
            review.language == language and review.reviewed_by for review in self.reviews
        )

    def price(self, code: str, on: date) -> Fee | None:
        """The amount of `code` on a day."""
        return next((fee for fee in self.fees if fee.code == code and fee.valid(on)), None)

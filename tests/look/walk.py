"""A walk through every page that anybody can open, in one language, in a real browser."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta

from django.core import mail
from django.template.loader import render_to_string
from django.test import override_settings
from django.utils import timezone
from django.utils.translation import override
from playwright.sync_api import Route

from booking.actions.offers import offer_slots
from booking.availability import forget_memory as forget_times
from booking.models import Applicant, Appointment, Quota, Slot
from config.foundation.office import Office, ServiceStatus, forget_memory
from config.foundation.outbox import Notification, send_due, send_next
from documents.answer_codes import Answers, encode
from documents.catalogue import procedure_on
from pickup_box.actions import doors
from pickup_box.models import Box, Opening
from tests.booking.phones import MOBILE, SENT, Phones
from tests.look.steps import PERSON, end
from tests.look.walk_applications import ApplyingWalk
from tests.look.walk_invited import InvitedWalk
from tests.pickup_box import making
from tests.pickup_box.counter import keep_counter_times

STANDING = [
    "contact",
    "privacy",
    "accessibility",
    "imprint",
    "documents",
    "invitation",
    "figures",
    "box",
    "nowhere",
]
PROBLEMS = ["400", "403", "403_csrf", "404", "405", "410", "429", "500", "503"]


def code_from_the_letter(pattern: str = r"\b(\d{6})\b") -> str:
    """The code, or what else fits, in the letter that leaves now."""
    assert send_next(queue=Notification.Queue.CODE, now=timezone.now()) == "sent"
    found = re.search(pattern, str(mail.outbox[-1].body))
    assert found
    return found[1]


class Walk(InvitedWalk, ApplyingWalk):
    """Goes from page to page."""

    def choose(self, category: str) -> None:
        """Answers the question for the category."""
        self.page.check(f"[name=category][value={category}]")
        self.send()

    def standing(self) -> Iterator[str]:
        """The pages that need no way to them."""
        for path in STANDING:
            self.open(f"{path}/")
            yield path
        self.open("documents/study/")
        yield "documents-questions"
        self.open("documents/humanitarian/")
        self.page.click(".where summary")
        yield "documents-titles"
        humanitarian = procedure_on("humanitarian", on=timezone.localdate())[1]
        answered = {one.facts[0] for one in humanitarian.questions if one.facts}
        code = encode(humanitarian, Answers(frozenset(answered)))
        self.open(f"documents/humanitarian/answers/{code}/")
        yield "documents-answers"
        self.open(f"documents/humanitarian/list/{code}/")
        yield "documents-list-long"
        self.open("documents/emergency/")
        yield "documents-emergency"
        self.page.locator("#step [type=radio]").first.check()
        self.send()
        yield "documents-list"

    def no(self) -> Iterator[str]:
        """What is no emergency is led elsewhere."""
        self.open("check/")
        self.choose("lost_document")
        self.page.check("[name=lost_what][value=passport]")
        yield "questions-lost"
        self.send()
        yield "decision-no"

    def way(self) -> Iterator[str]:
        """From the first page to the booked appointment and through what can be done with it."""
        self.open("")
        yield "start"
        self.page.click(".languages summary")
        yield "languages"
        self.open("check/")
        yield "category"
        self.send()
        yield "category-error"
        self.choose("expired")
        yield "questions"
        self.send()
        yield "questions-error"
        self.fill(title_valid_until="20.11.2026")
        self.send()
        yield "decision-yes"
        self.open("checklist/")
        yield "checklist"
        self.open("details/")
        yield "details"
        with override_settings(SMS_URL="https://sms.example.org/messages"):
            self.open("details/")
            yield "details-sms"
        self.fill(email="nobody")
        self.send()
        yield "details-error"
        self.fill(**PERSON, email=self.email)
        yield from self._prove()
        self.send()
        yield "verify"
        self.fill(code="000000")
        self.send()
        yield "verify-error"
        self.fill(code=code_from_the_letter())
        self.send()
        yield "times"
        self.send()
        yield "times-error"
        self.hold()
        yield "review"
        yield from self._lose()
        self.send()
        yield "appointment"
        yield from self._manage()

    def _prove(self) -> Iterator[str]:
        """What comes before the entries while machines attack; no script, so it stands still."""
        Office.objects.update(proof=Office.Proof.ALWAYS)
        forget_memory()
        self.page.route("**/proof.js", lambda route: route.abort())
        self.send()
        yield "details-proof"
        self.page.unroute("**/proof.js")
        Office.objects.update(proof=Office.Proof.ATTACK)
        forget_memory()

    def _lose(self) -> Iterator[str]:
        past = timezone.now() - timedelta(minutes=1)
        Appointment.objects.update(held_until=past, free_from=past)
        self.send()
        yield "times-lost"
        self.hold()

    def _manage(self) -> Iterator[str]:
        reference = self.page.inner_text("#reference")
        self.page.context.clear_cookies()
        self.open("manage/")
        yield "lookup"
        self.fill(reference="7K3F-92QX", birth_date="1985")
        self.send()
        yield "lookup-error"
        self.fill(reference=reference, birth_date=PERSON["birth_date"])
        self.send()
        yield "manage"
        yield from self._texts()
        self.open("rebook/")
        yield "rebook"
        self.send()
        yield "rebook-error"
        self.open("manage/")
        self.send("#resend")
        yield "manage-message"
        self.open("manage/give-back/")
        yield "give-back"
        self.cancel()
        yield "cancelled"
        self.open("appointment/")
        yield "appointment-cancelled"
        self.open("manage/no-such-link/")
        yield "link-over"

    def _texts(self) -> Iterator[str]:
        """A mobile number, until a code has confirmed it."""
        Applicant.objects.update(text_me=True, phone=MOBILE)
        self.open("appointment/")
        yield "appointment-sms"
        self.open("manage/")
        yield "manage-sms"
        gateway = f"{Phones.__module__}.{Phones.__name__}"
        with override_settings(SMS_URL="https://sms.example.org/messages", SMS_GATEWAY=gateway):
            self.send("#sms-code")
            assert send_next(queue=Notification.Queue.SHORT, now=timezone.now()) == "sent"
        yield "manage-sms-sent"
        self.fill(code="000000")
        self.send("#sms-confirm")
        yield "manage-sms-error"
        code = re.search(r"\d{6}", SENT.pop().text)
        assert code
        self.fill(code=code[0])
        self.send("#sms-confirm")
        yield "manage-sms-confirmed"

    def _follow_link(self, family_name: str) -> None:
        """Somebody else, from the check to the link in the letter with the code."""
        self.page.context.clear_cookies()
        self.open("check/")
        self.choose("expired")
        self.fill(title_valid_until="20.11.2026")
        self.send()
        self.open("details/")
        person = {"family_name": family_name, "email": f"{family_name.lower()}-{self.email}"}
        self.fill(**PERSON | person)
        self.send()
        self.open("verify/" + code_from_the_letter(r"/verify/(\S+/)"))

    def waiting(self) -> Iterator[str]:
        """From a link in a letter to a place on the waiting list, an offer and the end of it."""
        self._follow_link("Sahin")
        yield "verify-link"
        self.send()
        self.open("waiting/")
        yield "waiting-join"
        self.send()
        yield "waiting-place"
        assert offer_slots(now=timezone.now()) == 1
        # the time to answer counts from the letter
        send_due(queue=Notification.Queue.ORDINARY, now=timezone.now())
        self.open("waiting/")
        yield "waiting-offer"
        self.open("waiting/swap/")
        yield "waiting-swap"
        self.open("waiting/")
        self.send("#decline")
        self.send("#leave")
        yield "waiting-left"

    def full(self) -> Iterator[str]:
        """The same pages when no time is left, and when the office takes no bookings."""
        self._follow_link("Duarte")
        self.send()
        end(Slot.objects.all())
        self.open("")
        yield "start-full"
        self.open("times/")
        assert self.page.query_selector("[data-free]")
        yield "times-full"
        notice = {"de": "Wegen Krankheit heute geschlossen. Morgen geht es weiter."}
        ServiceStatus.objects.update(state=ServiceStatus.State.PAUSED, notice=notice)
        forget_memory()
        forget_times()
        self.open("")
        yield "start-paused"
        self.open("times/")
        yield "times-paused"

    def deposit(self) -> tuple[Box, str]:
        """A document of this person in the box, whose holder brings the old one; its code."""
        box = Box.objects.get(slug="jbs")
        _deposit, code = making.make_notified(
            box,
            making.make_staff(),
            contact=self.at_the_box["contact"],
            language=self.language,
            old_document="expected",
            now=timezone.now(),
        )
        return box, code

    def answer(self, **values: str) -> None:
        """Answers at the screen of the box, one question after the other, up to the last."""
        for name in ("contact", "pickup_code", "birth_date"):
            if self.page.is_visible(f"[name={name}]"):
                if name in values:
                    self.fill(**{name: values[name]})
                if name != "birth_date":
                    self.page.click("[data-next]")
        self.send()

    def box(self) -> Iterator[str]:
        """At the screen of the pickup box, until the door is closed."""
        self.open("box/jbs/")
        yield "terminal"
        with self.page.expect_event("load", timeout=15_000):
            self.page.click(f"[data-screen] [name=switch_to][value={self.language}]")
        yield "terminal-contact"
        self.page.click("[data-next]")
        yield "terminal-missing"
        self.answer(**self.at_the_box, pickup_code="12")
        yield "terminal-error"
        self.answer(pickup_code="000000")
        yield "terminal-refused"
        box, code = self.deposit()
        self.answer(**self.at_the_box, pickup_code=code)
        yield "terminal-old-document"
        # without the script that asks again, each state of the door stands still
        self.page.route("**/terminal.js", lambda route: route.abort())
        self.send()
        yield "terminal-door"
        opening = Opening.objects.running().get()
        doors.door_opened(box=box, nonce=opening.nonce, now=timezone.now())
        self.open("box/jbs/door/")
        yield "terminal-open"
        doors.door_closed(box=box, nonce=opening.nonce, found_empty=True, now=timezone.now())
        self.open("box/jbs/door/")
        yield "terminal-closed"
        self.page.unroute("**/terminal.js")
        yield from self._counter()

    def _counter(self) -> Iterator[str]:
        """On one's own phone: the counter instead of the box."""
        Quota.objects.filter(collects=True).update(collects=False)
        ServiceStatus.objects.update(state=ServiceStatus.State.OPEN, notice={})
        forget_memory()
        self.open("box/jbs/counter/")
        yield "counter-none"
        tomorrow = timezone.now() + timedelta(days=1)
        keep_counter_times(2, first=tomorrow.replace(minute=0, second=0, microsecond=0))
        self.open("box/jbs/counter/")
        yield "counter"
        self.send()
        yield "counter-error"
        _box, code = self.deposit()
        names = {name: PERSON[name] for name in ("family_name", "given_names")}
        self.fill(**self.at_the_box, pickup_code=code, **names)
        self.send()
        yield "counter-chosen"

    def problems(self) -> Iterator[str]:
        """The pages for when something went wrong, as the server would answer them."""

        def answer(route: Route) -> None:
            name = route.request.url.rsplit("/", 1)[1]
            with override(self.language):
                route.fulfill(
                    status=int(name[:3]),
                    content_type="text/html; charset=utf-8",
                    body=render_to_string(f"{name}.html"),
                )

        self.page.route("**/problem/*", answer)
        for name in PROBLEMS:
            self.open(f"problem/{name}")
            yield f"problem-{name}"
        self.page.unroute("**/problem/*")

    def all(self) -> Iterator[str]:
        """Every page, once."""
        yield from self.standing()
        yield from self.no()
        yield from self.way()
        yield from self.invited()
        yield from self.waiting()
        yield from self.applying()
        yield from self.full()
        yield from self.box()
        yield from self.problems()

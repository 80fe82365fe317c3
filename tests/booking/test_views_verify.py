"""The code and the link that prove an address."""

from datetime import timedelta

import pytest
import time_machine
from django.test import Client

from booking.models import Applicant
from config.foundation.outbox import Notification
from tests.booking.visitors import DETAILS, Visitor, link_in_letter
from tests.factories import MONDAY
from tests.responses import Response

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock", "slots")]


def test_who_gets_no_code_is_led_to_the_office(visitor: Visitor) -> None:
    visitor.enters()
    assert 'href="/en/contact/">Contact the office' in visitor.get("verify/").content.decode()


def test_wrong_code_is_refused_at_its_field(visitor: Visitor) -> None:
    visitor.enters()
    code = visitor.code()
    wrong = f"{(int(code) + 1) % 10**6:06}"
    for text in (wrong, "123", "abc", "", "1" * 5000, "12\x003456"):
        answer = visitor.send("verify/", {"code": text})
        assert answer.status_code == 422
        assert 'role="alert"' in answer.content.decode()
    assert visitor.post("verify/", {"code": f" {code[:3]} {code[3:]} "}) == "times/"


def test_fifth_wrong_code_needs_a_new_one(visitor: Visitor, clock: time_machine.Traveller) -> None:
    visitor.enters()
    code = visitor.code()
    wrong = f"{(int(code) + 1) % 10**6:06}"
    for _try in range(5):
        visitor.send("verify/", {"code": wrong})
    assert visitor.send("verify/", {"code": code}).status_code == 409
    clock.move_to(MONDAY + timedelta(seconds=61))
    assert visitor.post("verify/resend/") == "verify/"
    assert visitor.post("verify/", {"code": visitor.code()}) == "times/"


def test_resend_within_a_minute_is_refused_kindly(visitor: Visitor) -> None:
    visitor.enters()
    answer = visitor.send("verify/resend/")
    assert answer.status_code == 409
    assert 'role="alert"' in answer.content.decode()


def test_link_in_another_browser_shows_then_goes_on(visitor: Visitor) -> None:  # T-L3
    visitor.enters()
    visitor.code()
    path = link_in_letter()
    other = Visitor(Client())
    before = Applicant.objects.values().get()
    for _scan in range(3):
        assert other.get(path).status_code == 200
        assert other.client.head(f"/en/{path}").status_code == 200
        assert other.client.options(f"/en/{path}").status_code == 405
    assert Applicant.objects.values().get() == before
    assert other.post(path) == "times/"
    assert other.post("times/", {"earliest": "1"}) == "review/"
    assert other.post("review/") == "appointment/"


def test_link_that_was_used_says_so(visitor: Visitor) -> None:  # T-L6
    visitor.enters()
    visitor.code()
    path = link_in_letter()
    visitor.post(path)
    stranger = Visitor(Client())
    for answer in (stranger.get(path), stranger.send(path)):
        assert answer.status_code == 410
        text = answer.content.decode()
        assert "works once and only for a short time" in text
        assert "appointment is moved" not in text


@pytest.mark.parametrize("kind", ["verify", "manage", "waiting"])
def test_wrong_link_is_not_found_and_guessing_is_stopped(
    visitor: Visitor, kind: str
) -> None:  # T-L2
    bodies = set()
    for number in range(20):
        answer = visitor.get(f"{kind}/{'x' * 42}{number}/")
        assert answer.status_code == 404
        bodies.add(len(answer.content.replace(str(number).encode(), b"")))
    assert visitor.get(f"{kind}/{'y' * 43}/").status_code == 429
    assert visitor.get(f"{kind}/{'y' * 10_000}/").status_code in {404, 414, 429}


def test_codes_for_very_many_addresses_from_one_place_are_refused(
    clock: time_machine.Traveller,
) -> None:  # T-A1, T-L10
    def asks(number: int, place: str = "203.0.113.9") -> tuple[Visitor, Response]:
        asking = Visitor(Client(REMOTE_ADDR=place))
        asking.post("check/expired/", {"title_valid_until": "20.11.2026"})
        return asking, asking.send("details/", DETAILS | {"email": f"p{number}@example.org"})

    sixty = [asks(number) for number in range(60)]
    assert {answer.status_code for _one, answer in sixty} == {303}
    again = sixty[0][0].send("details/", DETAILS | {"email": "p0@example.org"})
    assert again.status_code == 303  # the same address is no other one

    _sixty_first, refused = asks(60)
    assert refused.status_code == 409
    assert 'role="alert"' in refused.content.decode()
    assert 'value="p60@example.org"' in refused.content.decode()
    assert not Applicant.objects.filter(email="p60@example.org").exists()
    assert Notification.objects.filter(kind="booking.code").count() == 60
    assert asks(61, place="203.0.113.10")[1].status_code == 303
    assert asks(62, place="172.17.0.1")[1].status_code == 303  # a proxy nobody told us of
    clock.move_to(MONDAY + timedelta(minutes=10))
    assert asks(63)[1].status_code == 303

"""A thousand wrong links and five hundred wrong codes give nothing away: T-L1, T-L2, T-L6, T-P1."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from datetime import timedelta

import pytest
import time_machine
from django.test import Client

from booking.models import Token
from booking.models.applicants import mint_token, token_hash
from config.foundation.actions import Refused
from config.foundation.limits import Limit
from pickup_box import codes
from pickup_box.actions import visits
from pickup_box.models import Opening
from tests.booking.visitors import DETAILS, Visitor
from tests.factories import MONDAY, AppointmentFactory, SlotFactory, StaffFactory
from tests.pickup_box.making import NOW, make_box, make_notified, wrong
from tests.security.conftest import ends_of

pytestmark = pytest.mark.django_db
KINDS = ("manage", "verify", "waiting", "invitation")


def _at_address(n: int) -> Client:
    return Client(REMOTE_ADDR=f"198.51.{n // 250}.{n % 250}")


@pytest.mark.parametrize("kind", KINDS)
def test_a_thousand_wrong_links_answer_alike(magdeburg: object, kind: str) -> None:
    mint_token(purpose=Token.Purpose.MANAGE, subject="appointment/1", now=MONDAY)
    seen = set()
    for n in range(1000 // len(KINDS) + 1):
        secret = secrets.token_urlsafe(32)
        answer = _at_address(n // 15).get(f"/en/{kind}/{secret}/")
        seen.add((answer.status_code, len(answer.content.replace(secret.encode(), b""))))
    assert len(seen) == 1, seen
    assert {status for status, _length in seen} == {404}


@pytest.mark.parametrize("change", ends_of)
def test_damaged_link_is_a_wrong_link(
    magdeburg: object, change: Callable[[str], str]
) -> None:  # 91
    appointment = AppointmentFactory()
    secret = mint_token(purpose=Token.Purpose.MANAGE, subject=appointment.subject, now=MONDAY)
    with time_machine.travel(MONDAY, tick=False):
        client = Client()
        assert client.get(f"/en/manage/{change(secret)}/").status_code in {400, 404}
        assert appointment.reference not in client.get("/en/manage/").content.decode()
        assert client.get(f"/en/manage/{secret}/").status_code == 303


def test_twenty_first_wrong_link_of_an_address_is_told_to_wait(magdeburg: object) -> None:
    answers = [Client().get(f"/en/manage/{n:043}/").status_code for n in range(21)]
    assert answers == [404] * 20 + [429]
    assert Client(REMOTE_ADDR="198.51.100.9").get("/en/manage/x/").status_code == 404


def test_link_of_one_kind_opens_no_other(magdeburg: object) -> None:  # T-L6
    appointment = AppointmentFactory()
    with time_machine.travel(MONDAY, tick=False):
        for purpose in Token.Purpose:
            secret = mint_token(purpose=purpose, subject=appointment.subject, now=MONDAY)
            for kind in KINDS:
                if kind == purpose or (kind, purpose) == ("waiting", Token.Purpose.OFFER):
                    continue
                answer = Client().get(f"/en/{kind}/{secret}/")
                assert answer.status_code in {404, 410, 429}, (kind, purpose)


def test_database_holds_no_secret_of_a_link() -> None:  # T-L1, I21
    secret = mint_token(purpose=Token.Purpose.MANAGE, subject="appointment/1", now=MONDAY)
    row = Token.objects.get()
    assert len(secret) == 43
    assert row.hash == token_hash(secret)
    assert secret not in str(row.__dict__)


def test_reference_without_birth_date_tells_nothing(magdeburg: object) -> None:
    appointment = AppointmentFactory()
    pages = set()
    with time_machine.travel(MONDAY, tick=False):
        for reference in (appointment.reference, "ZZZZ-9999"):
            data = {"reference": reference, "birth_date": "01.01.1901"}
            answer = Client().post("/en/manage/", data)
            pages.add((answer.status_code, answer.content.decode().replace(reference, "")))
    assert len({status for status, _page in pages}) == 1
    assert appointment.applicant.family_name not in str(pages)


def test_wrong_code_of_the_letter_is_good_for_five_tries(magdeburg: object) -> None:
    SlotFactory.create_batch(2)
    with time_machine.travel(MONDAY, tick=False):
        visitor = Visitor(Client())
        visitor.enters()
        code = visitor.code()
        for _n in range(5):
            assert visitor.send("verify/", {"code": wrong(code)}).status_code in {409, 422}
        assert visitor.send("verify/", {"code": code}).status_code in {409, 422}
        assert visitor.get("times/").status_code == 303  # still a stranger


def test_five_hundred_wrong_pickup_codes_open_nothing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # T-P1, T-P3
    monkeypatch.setattr(codes, "COST", 2)  # slow by design, and five hundred times
    box = make_box(compartments=2)
    deposit, code = make_notified(box, StaffFactory(), contact="a@example.org")
    said = set()
    for n in range(500):
        guess = f"{(int(code) + 1 + n) % 10**6:06}"
        moment = NOW + timedelta(minutes=6 * n)
        with pytest.raises(Refused) as refused:
            visits.collect(
                box=box,
                contact=deposit.contact,
                birth_date=deposit.holder_birth_date,
                code=guess,
                now=moment,
            )
        said.add(type(refused.value).__name__)
    assert not Opening.objects.filter(deposit=deposit, kind="pickup").exists()
    with pytest.raises(Refused):  # five tries were enough: the right code is dead as well
        visits.collect(
            box=box,
            contact=deposit.contact,
            birth_date=deposit.holder_birth_date,
            code=code,
            now=NOW + timedelta(minutes=1),
        )
    assert len(said) <= 3, said


def test_shared_address_of_a_shelter_is_never_blocked_below_sixty_a_minute(
    magdeburg: object,
) -> None:  # T-A1
    with time_machine.travel(MONDAY, tick=False):
        for path in ("", "check/", "check/expired/", "manage/", "privacy/"):
            answers = {Client().get(f"/en/{path}").status_code for _n in range(61)}
            assert answers <= {200, 303}, path
        for n in range(61):
            visitor = Visitor(Client())
            visitor.post("check/expired/", {"title_valid_until": "20.11.2026"})
            details = DETAILS | {"email": f"a{n}@example.org", "birth_date": f"{1900 + n % 90 + 5}"}
            assert visitor.send("details/", details).status_code == 303
    assert Limit.objects.exists()

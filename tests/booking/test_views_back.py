"""The way back: one link in one place on every step, none once something was done."""

import re

import pytest
from django.template.loader import render_to_string
from django.utils.translation import override

from tests.booking.visitors import DETAILS, Visitor

PROBLEMS = ["400", "403", "403_csrf", "404", "405", "410", "429", "500", "503"]
pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock", "slots", "catalogue")]


def back(visitor: Visitor, path: str) -> list[str]:
    """The paths of the ways back at the top of a page, before its heading."""
    page = visitor.get(path).content.decode()
    above = page.partition("<main")[2].partition("<h1")[0]
    assert page.count('class="back"') == above.count('class="back"')
    return re.findall(r'<p class="back"><a href="/en/([^"]*)">', above)


def test_every_step_leads_back_to_the_one_before(visitor: Visitor) -> None:
    assert back(visitor, "") == []
    assert back(visitor, "check/") == [""]
    assert back(visitor, "check/expired/") == ["check/"]
    visitor.post("check/expired/", {"title_valid_until": "20.11.2026"})
    assert back(visitor, "check/result/") == ["check/expired/"]
    assert back(visitor, "checklist/") == ["check/result/"]
    assert back(visitor, "details/") == ["check/result/"]
    visitor.post("details/", DETAILS)
    assert back(visitor, "verify/") == ["details/"]
    visitor.post("verify/", {"code": visitor.code()})
    assert back(visitor, "times/") == ["details/"]
    assert back(visitor, "waiting/") == ["times/"]
    visitor.post("times/", {"earliest": "1"})
    assert back(visitor, "review/") == ["times/"]
    visitor.post("review/")
    assert back(visitor, "appointment/") == back(visitor, "manage/") == []


def test_a_no_without_questions_leads_back_to_the_categories(visitor: Visitor) -> None:
    visitor.post("check/", {"category": "other"})
    assert back(visitor, "check/result/") == ["check/"]


@pytest.mark.parametrize("name", PROBLEMS)
def test_a_problem_page_has_one_way_on(name: str) -> None:
    with override("ar"):
        page = render_to_string(f"{name}.html")
    ways = re.findall(r'class="kern-btn[^"]*" href="([^"]*)"', page)
    way_on = "/ar/manage/" if name == "410" else "/ar/"
    again = [""] if name in {"500", "503"} else []  # the same address once more
    assert ways == [*again, way_on]


def test_a_link_that_is_over_leads_to_the_appointment_alone(visitor: Visitor) -> None:
    page = visitor.get("manage/no-such-link/").content.decode()
    assert re.findall(r'class="kern-btn[^"]*" href="([^"]*)"', page) == ["/en/manage/"]

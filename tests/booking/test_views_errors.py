"""One pattern for every refusal: a summary on top whose links lead to fields that say it again."""

import re
from html import unescape
from pathlib import Path

import pytest
from django.conf import settings

from tests.booking.visitors import DETAILS, Visitor

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock", "slots")]
ALERT = re.compile(r'<div class="kern-alert kern-alert--danger".*?</div></div>', re.DOTALL)


def check_pattern(page: str, *fields: str) -> None:
    """The summary stands above the heading, alone, and each of its links leads to a field."""
    assert "<title>Error: " in page
    above, _heading, below = page.partition("<h1")
    assert above.count('id="error-summary"') == page.count("kern-alert--danger") == 1
    assert "Please check your entries" in above
    links = re.findall(r'<a href="#(id_\w+|appointments)">', above.partition("error-summary")[2])
    assert links == list(fields)
    for name in links:
        assert re.search(rf'<(input|select|div)[^>]* id="{name}"', below), name
    assert below.count('class="kern-error"') == len(fields)


@pytest.mark.parametrize(
    ("path", "data", "fields"),
    [
        ("check/", {}, ["id_category_0"]),
        ("check/expired/", {}, ["id_title_valid_until"]),
        ("check/lost_document/", {}, ["id_lost_what_0"]),
        ("manage/", {"reference": "", "birth_date": "1985"}, ["id_reference"]),
        ("manage/", {"reference": "7K3F-92QX", "birth_date": "1985"}, ["id_reference"]),
        ("invitation/", {}, ["id_reference", "id_birth_date"]),
    ],
)
def test_a_form_says_what_is_wrong_at_one_place(
    visitor: Visitor, path: str, data: dict[str, str], fields: list[str]
) -> None:
    check_pattern(unescape(visitor.send(path, data).content.decode()), *fields)


def test_the_way_says_what_is_wrong_at_one_place(visitor: Visitor) -> None:
    visitor.post("check/expired/", {"title_valid_until": "20.11.2026"})
    wrong = DETAILS | {"family_name": "", "email": "nobody"}
    check_pattern(visitor.send("details/", wrong).content.decode(), "id_family_name", "id_email")
    visitor.post("details/", DETAILS)
    visitor.code()
    check_pattern(visitor.send("verify/", {"code": ""}).content.decode(), "id_code")
    check_pattern(visitor.send("verify/", {"code": "000000"}).content.decode(), "id_code")


def test_a_list_of_appointments_says_what_is_wrong_at_one_place(visitor: Visitor) -> None:
    visitor.verifies()
    check_pattern(visitor.send("times/").content.decode(), "appointments")
    visitor.post("times/", {"earliest": "1"})
    visitor.post("review/")
    check_pattern(visitor.send("rebook/").content.decode(), "appointments")


def test_no_page_has_a_summary_of_its_own() -> None:
    public = [
        path
        for path in Path(settings.BASE_DIR, "templates").rglob("*.html")
        if "admin" not in path.parts
    ]
    for own in ('id="error-summary"', '"Error:"'):
        found = {path.name for path in public if own in path.read_text()}
        assert found == {"errors.html" if own.startswith("id") else "base.html"}

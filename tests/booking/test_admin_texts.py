"""All texts of a page of the desk follow one choice of the language."""

from __future__ import annotations

import re

import pytest

from config.accounts.roles import TEAM_LEAD
from config.foundation.office import Office
from tests.booking.desk import catalogue, clock, desk, signed_in

__all__ = ["catalogue", "clock", "desk"]
SWITCH = 'name="texts-language"'


@pytest.mark.usefixtures("desk")
@pytest.mark.parametrize("page", ["booking/closure/close/", "foundation/servicestatus/"])
def test_page_with_texts_has_one_switch_of_languages(page: str) -> None:
    shown = signed_in(TEAM_LEAD).get(f"/admin/{page}", follow=True).content.decode()
    assert shown.count(SWITCH) == 10
    assert len(re.findall('type="radio"[^>]*language', shown)) == 10


@pytest.mark.usefixtures("desk")
def test_page_without_texts_has_none(office: Office) -> None:
    assert SWITCH not in signed_in(TEAM_LEAD).get("/admin/booking/counter/").content.decode()

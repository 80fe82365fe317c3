"""What the filters make of texts and numbers on a page."""

from __future__ import annotations

import pytest
from django.template.loader import render_to_string
from django.test import RequestFactory
from django.utils.translation import override

from config.foundation.templatetags.texts import tel, whole_words


@pytest.mark.parametrize(
    ("number", "address"),
    [
        ("0391 540-4389", "tel:03915404389"),
        ("+49 160 6214877", "tel:+491606214877"),
        (" (0391) 540/4389", "tel:03915404389"),
    ],
)
def test_phone_calls_digits_alone(number: str, address: str) -> None:
    assert tel(number) == address


@pytest.mark.parametrize(
    ("page", "shown"),
    [
        (
            "<h1>Confirm your e-mail address</h1>",
            '<h1>Confirm your <span class="nowrap">e-mail</span> address</h1>',
        ),
        (
            '<h2 id="a-b">Prendre un rendez-vous</h2>',
            '<h2 id="a-b">Prendre un <span class="nowrap">rendez-vous</span></h2>',
        ),
        (
            "<h2>Pickup box Julius-Bremer-Straße</h2>",
            '<h2>Pickup box <span class="nowrap">Julius-Bremer-Straße</span></h2>',
        ),
        ("<p>Write an e-mail</p>", "<p>Write an e-mail</p>"),
        (
            '<p title="E-Mail">Ihre E-Mail-Adresse</p><button>E-Mail senden</button>',
            '<p title="E-Mail">Ihre <span class="nowrap">E-Mail</span>-Adresse</p>'
            "<button>E-Mail senden</button>",
        ),
        ("<h2>A – B, 9-</h2>", "<h2>A – B, 9-</h2>"),
        (
            '<h1 class="x-y"><a href="/a-b/">A</a></h1>',
            '<h1 class="x-y"><a href="/a-b/">A</a></h1>',
        ),
    ],
)
def test_words_with_a_hyphen_stay_whole_where_they_fit(page: str, shown: str) -> None:
    assert whole_words(page) == shown


@pytest.mark.django_db
def test_page_keeps_its_headings_whole(office: object, rf: RequestFactory) -> None:
    with override("en"):
        page = render_to_string("booking/verify_link.html", request=rf.get("/en/verify/x/"))
    assert '<h1>Confirm your <span class="nowrap">e-mail</span> address</h1>' in page

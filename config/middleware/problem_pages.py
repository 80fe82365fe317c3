"""A page for each bare refusal."""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string

# Answers that Django or a view may leave without a word.
BARE = {405, 410, 429, 503}


def problem_pages(
    get_response: Callable[[HttpRequest], HttpResponse],
) -> Callable[[HttpRequest], HttpResponse]:
    """A bare refusal gets the page that says, in every language, what to do next."""

    def answer(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        if response.status_code in BARE and not response.streaming and not response.content:
            response.content = render_to_string(f"{response.status_code}.html")
            response["Content-Type"] = "text/html; charset=utf-8"
        return response

    return answer

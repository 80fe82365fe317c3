"""What the web server refuses itself gets an answer: a proxy would make a fault of silence."""

from __future__ import annotations

import socket
from urllib.parse import urlsplit

from tests.config.test_overdue import Site, site

__all__ = ["site"]

# Heads that can't be understood; two of them went unanswered and one was answered with a fault.
REFUSED = (
    "Content-Length: -1",
    "Content-Length: nine",
    "Content-Length: 1\r\nContent-Length: 2",
    "Content-Length: 1\r\nTransfer-Encoding: chunked",
    "Host: another.example.org",
    "X: a\x00b",
    "Bad name: x",
)


def _status(site: Site, head: str) -> int:
    place = urlsplit(site.base)
    assert place.hostname
    assert place.port
    with socket.create_connection((place.hostname, place.port), timeout=20) as link:
        line = (
            f"GET /healthz HTTP/1.1\r\nHost: {place.netloc}\r\nConnection: close\r\n{head}\r\n\r\n"
        )
        link.sendall(line.encode())
        with link.makefile("rb") as answer:
            words = answer.readline().split()
    return int(words[1]) if len(words) > 1 else 0


def test_request_that_is_none_is_answered(site: Site) -> None:
    assert {head: _status(site, head) for head in REFUSED} == dict.fromkeys(REFUSED, 400)


def test_nobody_moves_the_site_by_a_header(site: Site) -> None:
    heads = ("SCRIPT_NAME: /elsewhere", "SCRIPT_NAME: /healthz", "PATH_INFO: /admin/")
    assert {head: _status(site, head) for head in heads} == dict.fromkeys(heads, 200)

"""What the proxy's environment changes: a certificate of one's own, another proxy before it."""

from __future__ import annotations

import http.client
import json
import ssl
import subprocess
import threading
from collections.abc import Iterator
from contextlib import ExitStack
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from tests.faults.conftest import listens, wait_for
from tests.reverse_proxies import CADDIES, caddy, shipped_file
from tests.servers import free_port

pytestmark = pytest.mark.once
EACH_CADDY = pytest.mark.parametrize("program", CADDIES, ids=["current", "2.6"][: len(CADDIES)])
CLAIMED = {"X-Forwarded-For": "203.0.113.7", "X-Forwarded-Proto": "https"}


class _Echo(BaseHTTPRequestHandler):
    """Answers with the headers it was asked with."""

    def do_GET(self) -> None:
        said = json.dumps(dict(self.headers)).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(said)))
        self.end_headers()
        self.wfile.write(said)

    def log_message(self, *_what: object) -> None:
        """Says nothing."""


@pytest.fixture
def echo() -> Iterator[tuple[str, int]]:
    """A web server that shows what reaches it, and the port for the question whether it is well."""
    ports = free_port(), free_port()
    with ExitStack() as stack:
        for port in ports:
            server = stack.enter_context(ThreadingHTTPServer(("127.0.0.1", port), _Echo))
            threading.Thread(target=server.serve_forever, daemon=True).start()
            stack.callback(server.shutdown)
        yield f"127.0.0.1:{ports[0]}", ports[1]


def _told(connection: http.client.HTTPConnection) -> dict[str, str]:
    connection.request("GET", "/", headers=CLAIMED)
    told: dict[str, str] = json.loads(connection.getresponse().read())
    connection.close()
    return told


@EACH_CADDY
@pytest.mark.parametrize(
    ("trust", "address", "scheme"),
    [
        ("", "127.0.0.1", "http"),
        ("trusted_proxies 192.0.2.1/32", "127.0.0.1", "http"),
        ("trusted_proxies 127.0.0.1/32", "203.0.113.7, 127.0.0.1", "https"),
    ],
    ids=["nobody is trusted", "somebody else is", "the one before is"],
)
def test_what_the_one_before_claims_counts_only_if_it_is_trusted(
    program: Path, echo: tuple[str, int], tmp_path: Path, trust: str, address: str, scheme: str
) -> None:
    web, health = echo
    with caddy(program, tmp_path, web=[web], health_port=health, CADDY_TRUST=trust) as proxy:
        wait_for(lambda: listens(proxy.port), seconds=20)
        told = _told(http.client.HTTPConnection("127.0.0.1", proxy.port, timeout=20))
    assert (told["X-Forwarded-For"], told["X-Forwarded-Proto"]) == (address, scheme)


@EACH_CADDY
def test_certificate_of_ones_own_is_shown(
    program: Path, echo: tuple[str, int], tmp_path: Path
) -> None:
    web, health = echo
    key, certificate = tmp_path / "termin.key", tmp_path / "termin.pem"
    line = f"openssl req -x509 -newkey rsa:2048 -nodes -subj /CN=termin -keyout {key}"
    line += f" -out {certificate} -addext subjectAltName=DNS:localhost"
    subprocess.run(line.split(), check=True, capture_output=True)
    settings = {"SITE": "https://localhost:{port}", "CADDY_TLS": f"tls {certificate} {key}"}
    file = tmp_path / "Caddyfile"  # the shipped one sends people at port 80 on, which may be taken
    elsewhere = f"admin off\n\thttp_port {free_port()}"
    file.write_text(shipped_file(program).read_text().replace("admin off", elsewhere))
    with caddy(program, tmp_path, web=[web], health_port=health, file=file, **settings) as proxy:
        wait_for(lambda: listens(proxy.port), seconds=20)
        ours = ssl.create_default_context(cafile=str(certificate))
        told = _told(http.client.HTTPSConnection("localhost", proxy.port, context=ours, timeout=20))
    assert told["X-Forwarded-Proto"] == "https"

"""The office's provider may stand in for a password and gives nobody an account or a role.

Its app is installed by a setting, so these tests run in a process that has the setting.
"""

from __future__ import annotations

import base64
import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from django.conf import settings
from django.test import Client

from config.foundation.staff import Staff
from tests.security.conftest import StaffMaker
from tests.servers import free_port

LOGIN, OFFICE = "/accounts/login/", "/accounts/oidc/office/login/"
SECRET = "a secret between us"

if not settings.SSO_SERVER:

    def test_provider_is_offered_only_when_it_is_configured(client: Client, db: None) -> None:
        assert "/oidc/" not in client.get(LOGIN).content.decode()
        assert client.get(OFFICE).status_code == 404

    @pytest.mark.once
    def test_single_sign_on_in_a_process_that_has_it() -> None:
        configured = {
            "SSO_SERVER": f"http://127.0.0.1:{free_port()}",
            "SSO_CLIENT_SECRET": SECRET,
            **dict.fromkeys(("DATA_DIR", "DATABASE_URL", "REDIS_URL"), ""),  # parts of its own
        }
        environment = {k: v for k, v in (os.environ | configured).items() if v}
        command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", __file__]
        run = subprocess.run(
            command, env=environment, capture_output=True, text=True, timeout=120, check=False
        )
        assert run.returncode == 0, run.stdout
        assert "passed" in run.stdout

else:
    pytestmark = pytest.mark.django_db

    class Provider(BaseHTTPRequestHandler):
        """Issues tokens for whatever claims a code says, to whoever knows the secret."""

        def _say(self, content: dict[str, Any], status: int = 200) -> None:
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.end_headers()
            self.wfile.write(json.dumps(content).encode())

        def do_GET(self) -> None:
            """The description, and who the bearer of a token is."""
            if self.path == "/.well-known/openid-configuration":
                names = ("authorization", "token", "userinfo")
                ends = {f"{name}_endpoint": f"{settings.SSO_SERVER}/{name}" for name in names}
                self._say(ends | {"issuer": settings.SSO_SERVER, "jwks_uri": "unused"})
            else:
                bearer = self.headers["Authorization"].removeprefix("Bearer ")
                self._say(json.loads(base64.urlsafe_b64decode(bearer)))

        def do_POST(self) -> None:
            """A token for a code."""
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            asked = {name: values[0] for name, values in parse_qs(body).items()}
            if asked["client_secret"] != SECRET or "code_verifier" not in asked:
                return self._say({"error": "invalid_client"}, status=401)
            claims = json.loads(base64.urlsafe_b64decode(asked["code"]))
            return self._say(
                {
                    "access_token": asked["code"],
                    "token_type": "Bearer",
                    "id_token": _token(claims | {"aud": asked["client_id"]}),
                }
            )

        def log_message(self, *args: object) -> None:
            """Quietly."""

    def _base64(content: object) -> str:
        return base64.urlsafe_b64encode(json.dumps(content).encode()).decode().rstrip("=")

    def _token(claims: dict[str, object]) -> str:
        head, now = {"alg": "RS256", "typ": "JWT"}, int(time.time())
        body = {"iss": settings.SSO_SERVER, "iat": now, "exp": now + 60} | claims
        return f"{_base64(head)}.{_base64(body)}.c2lnbmF0dXJl"

    @pytest.fixture(autouse=True)
    def _provider() -> Iterator[None]:
        server = ThreadingHTTPServer(("127.0.0.1", urlsplit(settings.SSO_SERVER).port), Provider)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield
        server.shutdown()
        server.server_close()

    def _signs_in(client: Client, **claims: object) -> Any:
        """The answer to who comes back from the provider."""
        there = urlsplit(client.post(OFFICE)["Location"])
        asked = {name: values[0] for name, values in parse_qs(there.query).items()}
        assert f"{there.scheme}://{there.netloc}" == settings.SSO_ORIGIN
        assert asked["code_challenge_method"] == "S256"
        content = json.dumps({"sub": "17"} | claims).encode()
        code = base64.urlsafe_b64encode(content).decode()
        return client.get(f"{OFFICE}callback/", {"code": code, "state": asked["state"]})

    def test_login_page_offers_the_provider_and_may_lead_there(client: Client) -> None:
        page = client.get(LOGIN)
        assert OFFICE in page.content.decode()
        assert f"form-action 'self' {settings.SSO_ORIGIN}" in page["Content-Security-Policy"]
        assert client.get(OFFICE).status_code == 200  # looking starts nothing

    def test_known_address_signs_in_and_meets_the_second_factor(
        client: Client, make_staff: StaffMaker
    ) -> None:
        make_staff(email="amina@office.example")
        answer = _signs_in(client, email="Amina@office.example", email_verified=True)
        assert answer["Location"].startswith("/accounts/2fa/authenticate/")
        assert client.get("/admin/").status_code == 302

    def test_known_address_without_a_factor_signs_in(
        client: Client, make_staff: StaffMaker
    ) -> None:
        person = make_staff(email="amina@office.example", factor=False)
        _signs_in(client, email="amina@office.example", email_verified=True)
        assert client.get("/admin/").status_code == 200
        person.refresh_from_db()
        assert person.has_usable_password()  # and the password is as it was

    @pytest.mark.parametrize(
        "claims",
        [
            {"email": "stranger@office.example", "email_verified": True},
            {"email": "amina@office.example", "email_verified": False},
            {"email": "amina@office.example", "email_verified": "false"},
            {"email": "amina@office.example"},
            {"email": "", "email_verified": True},
            {"preferred_username": "amina", "groups": ["admin"], "is_superuser": True},
            {"email": "twins@office.example", "email_verified": True},
            {"email": "gone@office.example", "email_verified": True},
        ],
        ids=[
            "stranger",
            "unverified",
            "in quotes",
            "unsaid",
            "empty",
            "name",
            "two accounts",
            "disabled",
        ],
    )
    def test_stranger_of_the_provider_gets_no_account(
        client: Client, make_staff: StaffMaker, claims: dict[str, object]
    ) -> None:
        make_staff(username="amina", email="amina@office.example", factor=False)
        make_staff(email="")
        make_staff(email="twins@office.example")
        make_staff(email="twins@office.example")
        make_staff(email="gone@office.example", is_active=False, factor=False)
        before = Staff.objects.count()
        _signs_in(client, **claims)
        assert client.get("/admin/").status_code == 302
        assert Staff.objects.count() == before
        assert "_auth_user_id" not in client.session

    def test_answer_nobody_asked_for_is_refused(client: Client, make_staff: StaffMaker) -> None:
        make_staff(email="amina@office.example", factor=False)
        content = json.dumps({"sub": "1", "email": "amina@office.example", "email_verified": True})
        code = base64.urlsafe_b64encode(content.encode()).decode()
        client.get(f"{OFFICE}callback/", {"code": code, "state": "made up"})
        assert client.get("/admin/").status_code == 302

    def test_only_the_number_of_the_provider_is_stored(
        client: Client, make_staff: StaffMaker
    ) -> None:
        from allauth.socialaccount.models import SocialAccount, SocialToken

        make_staff(email="amina@office.example", factor=False)
        for _time in range(2):
            _signs_in(client, email="amina@office.example", email_verified=True, name="Amina")
            assert SocialAccount.objects.get().uid == "17"
            assert SocialAccount.objects.get().extra_data == {}
        assert not SocialToken.objects.exists()

    def test_address_that_passed_to_somebody_else_opens_nothing(make_staff: StaffMaker) -> None:
        make_staff(email="amina@office.example", factor=False)
        first, second, renamed = Client(), Client(), Client()
        _signs_in(first, email="amina@office.example", email_verified=True)
        _signs_in(second, email="amina@office.example", email_verified=True, sub="18")
        assert second.get("/admin/").status_code == 302
        _signs_in(renamed, email="amina.new@office.example", email_verified=True)
        assert renamed.get("/admin/").status_code == 200

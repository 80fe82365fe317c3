"""A mistake of an operator, one at a time among right settings: found, with a mend."""

from __future__ import annotations

import os
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from config import checks
from tests.config.planting import PASSWORD, Deployment, as_owner
from tests.servers import free_port

pytestmark = pytest.mark.once


def test_nothing_is_wrong_with_right_settings(deployment: Deployment) -> None:
    assert deployment.complaints() == []
    checked = deployment.run("manage.py", "check", "--deploy", "--fail-level", "WARNING")
    assert checked.returncode == 0, checked.stderr


REPEATED = "geheim-wort-" * 6
MISTAKES: list[tuple[str, dict[str, str | None]]] = [
    ("DATABASE_URL", {"DATABASE_URL": None}),
    ("DATABASE_URL", {"DATABASE_URL": "mysql://a:b@127.0.0.1/c"}),
    ("DATABASE_URL", {"DATABASE_URL": "postgres://a:b/c@127.0.0.1:port/c"}),
    ("REDIS_URL", {"REDIS_URL": None}),
    ("REDIS_URL", {"REDIS_URL": "http://127.0.0.1"}),
    ("EMAIL_URL", {"EMAIL_URL": None}),
    ("EMAIL_URL", {"EMAIL_URL": "mail.office.test"}),
    ("EMAIL_URL", {"EMAIL_URL": "smtp://mail.office.test:25"}),
    ("DEFAULT_FROM_EMAIL", {"DEFAULT_FROM_EMAIL": "Office"}),
    ("SECRET_KEY", {"SECRET_KEY": "short"}),
    ("SECRET_KEY", {"SECRET_KEY": None}),
    ("SECRET_KEY", {"SECRET_KEY": REPEATED}),
    ("SECRET_KEY", {"SECRET_KEY_FILE": "/nowhere/key"}),
    ("PERSON_KEY_SECRET", {"PERSON_KEY_SECRET": None}),
    ("PERSON_KEY_SECRET", {"PERSON_KEY_SECRET": REPEATED}),
    ("PUBLIC_BASE_URL", {"PUBLIC_BASE_URL": "http://termin.office.test", "SECRET_KEY": None}),
    ("PUBLIC_BASE_URL", {"PUBLIC_BASE_URL": "https://termin.office.test/termine"}),
    ("PUBLIC_BASE_URL", {"PUBLIC_BASE_URL": "https://termin.office.test:https"}),
    ("PUBLIC_BASE_URL", {"PUBLIC_BASE_URL": "https://[termin"}),
    ("PUBLIC_BASE_URL", {"PUBLIC_BASE_URL": "https://termin.example.de", "SITE": None}),
    ("SITE", {"SITE": "termine.office.test"}),
    ("TRUSTED_PROXIES", {"TRUSTED_PROXIES": None}),
    ("TRUSTED_PROXIES", {"TRUSTED_PROXIES": "one"}),
    ("TRUSTED_PROXIES", {"TRUSTED_PROXY": "1"}),
    ("ALLOWED_HOSTS", {"ALLOWED_HOSTS": "localhost"}),
    ("ALLOWED_HOSTS", {"ALLOWED_HOSTS": "*"}),
    ("DEBUG", {"DEBUG": "true"}),
    ("DEBUG", {"DEBUG": "ture"}),
    ("METRICS_TOKEN", {"METRICS_TOKEN": None}),
    ("METRICS_TOKEN", {"METRICS_TOKEN": "short"}),
    ("DATA_DIR", {"DATA_DIR": "/proc/soforttermin"}),
    ("LOG_LEVEL", {"LOG_LEVEL": "verbose"}),
    ("SSO_CLIENT_SECRET", {"SSO_SERVER": "https://login.office.test"}),
    ("KEEP_DRAFT_HOURS", {"KEEP_DRAFT_HOURS": "0"}),
    ("KEEP_WAITING_HOURS", {"KEEP_WAITING_HOURS": str(100 * 365 * 24)}),
    ("KEEP_WAITING_HOURS", {"KEEP_WAITING_HOURS": "9" * 30}),
    ("SECURITY_CONTACT", {"SECURITY_CONTACT": "security@office.test"}),
]


@pytest.mark.parametrize(
    ("name", "changed"),
    MISTAKES,
    ids=[" ".join(f"{key}={str(value)[:24]}" for key, value in row[1].items()) for row in MISTAKES],
)
def test_a_wrong_setting_is_named_with_its_mend(
    deployment: Deployment, name: str, changed: dict[str, str | None]
) -> None:
    found = deployment.complaints(**changed)
    assert any(name in text for text in found), found
    secrets = [value for value in deployment.environment.values() if len(value) > 40]
    assert not any(secret in text for text in found for secret in (*secrets, PASSWORD, REPEATED))


def test_a_wrong_password_is_told_from_a_wrong_address(deployment: Deployment) -> None:
    wrong = {
        name: deployment.environment[name].replace(PASSWORD, "wrong")
        for name in ("DATABASE_URL", "REDIS_URL")
    }
    found = deployment.complaints(**wrong)
    assert [text for text in found if "refuses us" in text] == found
    assert [text.split(":")[0] for text in found] == ["DATABASE_URL", "REDIS_URL"]
    away = f"127.0.0.1:{free_port()}"
    found = deployment.complaints(
        DATABASE_URL=f"postgres://soforttermin:{PASSWORD}@{away}/planted",
        REDIS_URL=f"redis://:{PASSWORD}@{away}/0",
    )
    assert ["answers" in text for text in found] == [True, True]


def test_a_mail_address_of_another_service_is_found(deployment: Deployment) -> None:
    broker = urlsplit(deployment.environment["REDIS_URL"]).port
    for port in (deployment.port, broker):
        (text,) = deployment.complaints(EMAIL_URL=f"smtp://127.0.0.1:{port}")
        assert text.startswith("EMAIL_URL: no mail server answers.")


def test_secrets_may_come_from_files(deployment: Deployment) -> None:
    changed: dict[str, str | None] = {}
    for name in ("DATABASE_URL", "REDIS_URL", "EMAIL_URL", "SECRET_KEY"):
        file = deployment.folder / name
        file.write_text(f"{deployment.environment[name]}\n")
        changed |= {name: None, f"{name}_FILE": str(file)}
    assert deployment.complaints(**changed) == []


def test_a_password_may_begin_with_a_dollar(deployment: Deployment) -> None:
    assert deployment.complaints(SECRET_KEY="$" + os.urandom(40).hex()) == []


@pytest.mark.parametrize(
    ("does", "takes_back", "says"),
    [
        (
            "REVOKE UPDATE ON booking_slot FROM soforttermin",
            "GRANT UPDATE ON booking_slot TO soforttermin",
            "lacks rights on tables. Run config/postgres/app-role.sql",
        ),
        (
            "REVOKE ALL ON django_migrations FROM soforttermin",
            "GRANT ALL ON django_migrations TO soforttermin",
            "lacks rights on tables. Run config/postgres/app-role.sql",
        ),
        (
            "UPDATE django_migrations SET app = 'x' WHERE app = 'booking'",
            "UPDATE django_migrations SET app = 'booking' WHERE app = 'x'",
            "Tables of this version are missing. manage.py migrate",
        ),
        (
            "UPDATE foundation_staff SET is_active = false",
            "UPDATE foundation_staff SET is_active = true",
            "There is no account of staff. manage.py createsuperuser",
        ),
        (
            "ALTER ROLE soforttermin CONNECTION LIMIT 0",
            "ALTER ROLE soforttermin CONNECTION LIMIT -1",
            "DATABASE_URL: no database answers.",
        ),
    ],
)
def test_what_is_missing_in_the_database_is_found(
    deployment: Deployment, does: str, takes_back: str, says: str
) -> None:
    with as_owner(deployment, does, takes_back):
        (text,) = deployment.complaints()
    assert says in text


def test_the_role_that_owns_the_tables_is_for_migrations_alone(deployment: Deployment) -> None:
    (text,) = deployment.complaints(DATABASE_URL=deployment.owner)
    assert "Run web, worker and beat as the role of config/postgres/app-role.sql." in text


def test_static_files_that_nobody_collected_are_found(
    deployment: Deployment, tmp_path: Path
) -> None:
    (text,) = deployment.complaints(STATIC_ROOT=str(tmp_path))
    assert "manage.py collectstatic" in text


def test_a_line_of_env_that_is_no_setting_is_found(
    deployment: Deployment, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / ".env").write_text("SITE=a.test\n# NOTHING=1\nMAIL_SERVER=b.test\nEMAIL_URL=c\n")
    monkeypatch.setattr("django.conf.settings.BASE_DIR", tmp_path)
    (found,) = checks.names_are_known()
    assert "MAIL_SERVER is no setting." in str(found)

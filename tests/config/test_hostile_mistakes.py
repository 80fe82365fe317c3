"""Mistakes that somebody hostile planted: settings that don't agree, servers set up wrong.

docs/operations.md has them in a table; a row without its mistake here fails, and the reverse.
"""

from __future__ import annotations

import re
from datetime import timedelta
from pathlib import Path

import pytest
from django.core.checks import CheckMessage
from redis import Redis

from config.operations import server_checks
from tests.config.planting import PASSWORD, ROOT, Deployment, as_owner
from tests.servers import free_port

pytestmark = pytest.mark.once
FAR = "203.0.113.7"  # of nobody (RFC 5737)
SETTINGS: list[tuple[str, dict[str, str | None]]] = [
    ("config.E060", {"METRICS_TOKEN": "@SECRET_KEY"}),
    ("config.E061", {"SECRET_KEY_FALLBACKS": "@SECRET_KEY"}),
    ("config.W062", {"DATABASE_URL": f"postgres://soforttermin:{PASSWORD}@{FAR}:5432/planted"}),
    ("config.W063", {"REDIS_URL": f"redis://:{PASSWORD}@{FAR}:6379/0"}),
    ("config.W064", {"REDIS_URL": f"rediss://:{PASSWORD}@127.0.0.1:1/0?ssl_cert_reqs=none"}),
    ("config.W054", {"REDIS_URL": "@REDIS_URL/99"}),
    ("config.E065", {"SENTRY_DSN": "http://key@sentry.office.test/1"}),
    ("config.W066", {"EMAIL_URL": "smtp+tls://termin@127.0.0.1:1"}),
    ("config.E067", {"DEFAULT_FROM_EMAIL": "Office <root@localhost>"}),
    ("config.E068", {"CADDY_TRUST": f"trusted_proxies {FAR}/32"}),
    ("config.E068", {"SITE": "http://termin.office.test"}),
    ("config.W069", {"TRUSTED_PROXIES": "9"}),
    ("config.E070", {"COMPOSE_PROFILES": "backup,pooler"}),
    ("config.E070", {"DATABASE_HOST": "pooler"}),
    (
        "config.E070",
        {
            "COMPOSE_PROFILES": "pooler",
            "DATABASE_HOST": "pooler",
            "DATABASE_URL": f"postgres://soforttermin:{PASSWORD}@pooler:5432/planted",
        },
    ),
    ("config.W071", {"DATABASE_BEHIND_PGBOUNCER": "true", "DATABASE_CONN_MAX_AGE": "600"}),
    ("config.W072", {"SECURITY_CONTACT": None}),
    ("config.E073", {"SMS_GATEWAY": "config.foundation.sms.Gateway2"}),
    ("config.E074", {"KEEP_ACCESS_RECORD_HOURS": "24"}),
    ("config.E075", {"REQUEST_SECONDS": "0"}),
    ("config.E075", {"REQUEST_SECONDS": "86400"}),
]
ROLE = "ALTER ROLE soforttermin"
DATABASE = [
    ("config.E080", f"{ROLE} SUPERUSER", f"{ROLE} NOSUPERUSER"),
    ("config.E080", f"{ROLE} CREATEROLE", f"{ROLE} NOCREATEROLE"),
    (
        "config.E081",
        "GRANT DELETE ON foundation_accessrecord TO soforttermin",
        "REVOKE DELETE ON foundation_accessrecord FROM soforttermin",
    ),
    (
        "config.E082",
        f"{ROLE} SET default_transaction_read_only = on",
        f"{ROLE} RESET default_transaction_read_only",
    ),
    ("config.E083", f"{ROLE} SET synchronous_commit = off", f"{ROLE} RESET synchronous_commit"),
    (
        "config.E084",
        f"{ROLE} SET default_transaction_isolation = 'serializable'",
        f"{ROLE} RESET default_transaction_isolation",
    ),
    ("config.W085", f"{ROLE} CONNECTION LIMIT 5", f"{ROLE} CONNECTION LIMIT -1"),
    (
        "config.W086",
        "ALTER DATABASE planted SET log_statement = 'all'",
        "ALTER DATABASE planted SET log_statement = 'none'",
    ),
    (
        "config.W093",
        "UPDATE booking_servicewindow SET valid_until = valid_from + 1",
        "UPDATE booking_servicewindow SET valid_until = NULL",
    ),
]


def _filled_in(deployment: Deployment, changed: dict[str, str | None]) -> dict[str, str | None]:
    """`@NAME` is the right value of another setting, with what follows a slash at its end."""
    filled = dict(changed)
    for name, value in changed.items():
        if value and value.startswith("@"):
            other, slash, end = value[1:].partition("/")
            filled[name] = deployment.environment[other] + slash + end
    return filled


def _findings(deployment: Deployment, **changed: str | None) -> dict[str, str]:
    """What the doctor finds, by the number of each check: its text and its mend."""
    return {row["id"]: f"{row['text']} {row['mend']}" for row in deployment.findings(**changed)}


@pytest.mark.parametrize(
    ("number", "changed"), SETTINGS, ids=[f"{row[0]} {' '.join(row[1])}" for row in SETTINGS]
)
def test_a_setting_that_does_not_agree_is_named(
    deployment: Deployment, number: str, changed: dict[str, str | None]
) -> None:
    filled = _filled_in(deployment, changed)
    found = _findings(deployment, **filled)
    assert number in found, found
    assert any(name in found[number] for name in changed)
    for secret in (*deployment.environment.values(), *filled.values()):
        assert not secret or len(secret) < 40 or secret not in str(found)


@pytest.mark.parametrize(
    ("number", "does", "mends"), DATABASE, ids=[f"{row[0]} {row[1][:50]}" for row in DATABASE]
)
def test_a_database_set_up_wrong_is_found_and_its_mend_works(
    deployment: Deployment, number: str, does: str, mends: str
) -> None:
    with as_owner(deployment, does, mends):
        found = _findings(deployment)
        assert list(found) == [number], found
    assert _findings(deployment) == {}


def test_a_broker_that_drops_messages_is_found(deployment: Deployment) -> None:
    with Redis.from_url(deployment.environment["REDIS_URL"]) as broker:
        before = {name: broker.config_get(name)[name] for name in ("maxmemory", "maxmemory-policy")}
        try:
            for name, value in {"maxmemory": "8mb", "maxmemory-policy": "allkeys-lru"}.items():
                broker.config_set(name, value)
            assert list(_findings(deployment)) == ["config.W088"]
        finally:
            for name, value in before.items():
                broker.config_set(name, value)


def test_a_broker_that_is_a_copy_is_found(deployment: Deployment) -> None:
    with Redis.from_url(deployment.environment["REDIS_URL"]) as broker:
        try:
            broker.replicaof("127.0.0.1", free_port())
            assert list(_findings(deployment)) == ["config.W087"]
        finally:
            broker.replicaof("NO", "ONE")
    assert _findings(deployment) == {}


def test_a_folder_that_everybody_may_write_is_found(deployment: Deployment) -> None:
    folder = Path(deployment.environment["DATA_DIR"])
    folder.chmod(0o777)
    try:
        assert list(_findings(deployment)) == ["config.W089"]
    finally:
        folder.chmod(0o700)


def test_migrations_may_go_past_the_pooler(deployment: Deployment) -> None:
    """As `prepare` of docker-compose.yml does."""
    told = {"COMPOSE_PROFILES": "backup,pooler", "DATABASE_HOST": "pooler"}
    assert _findings(deployment, **told, DATABASE_BEHIND_PGBOUNCER="false") == {}


def numbers(found: list[CheckMessage]) -> list[str]:
    return [str(one.id) for one in found]


def test_an_env_that_everybody_may_read_is_found(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr("django.conf.settings.BASE_DIR", tmp_path)
    monkeypatch.setattr("django.conf.settings.HTTPS", True)
    monkeypatch.setattr("django.conf.settings.DATA_DIR", tmp_path)
    (tmp_path / ".env").write_text("SECRET_KEY=a\n")
    for mode, found in ((0o644, ["config.W090"]), (0o640, [])):
        (tmp_path / ".env").chmod(mode)
        assert numbers([*server_checks.others_read_and_write_nothing()]) == found


def test_a_package_that_is_not_the_locked_one_is_found(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    assert [*server_checks.packages_are_those_of_the_lock()] == []
    monkeypatch.setattr("django.conf.settings.BASE_DIR", tmp_path)
    (tmp_path / "requirements.txt").write_text(
        "django==1.0 \\\n    --hash=sha256:0\nnowhere[extra]==2.0 \\\n"
        "windows==3 ; sys_platform == 'win32' \\\n"
    )
    old, missing = server_checks.packages_are_those_of_the_lock()
    assert numbers([old, missing]) == ["config.W091"] * 2
    assert re.match(r"django is \d\S+, and the lock has 1.0\.", old.msg)
    assert missing.msg == "nowhere is missing, and the lock has 2.0."


@pytest.mark.django_db
@pytest.mark.parametrize(("seconds", "found"), [(-90, ["config.W092"]), (2, [])])
def test_clocks_that_differ_are_found(
    monkeypatch: pytest.MonkeyPatch, seconds: int, found: list[str]
) -> None:
    apart = timedelta(seconds=seconds)
    monkeypatch.setattr("config.foundation.clock.skew", lambda *, now: apart)
    assert numbers([*server_checks.clocks_agree()]) == found


def test_every_mistake_has_its_row_in_the_handbook() -> None:
    text = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")
    table = text.partition("## Mistakes that are found")[2].partition("\n## ")[0]
    listed = set(re.findall(r"^\| `(config\.[EW]\d{3})` ", table, re.MULTILINE))
    code = "".join((ROOT / "config" / name).read_text() for name in CHECKED)
    made = set(re.findall(r'id="(config\.[EW]0(?:54|[6-9]\d))"', code))
    assert listed == made
    planted = {row[0] for row in SETTINGS} | {row[0] for row in DATABASE}
    planted |= set(re.findall(r'"(config\.[EW]0[89]\d)"', Path(__file__).read_text()))
    assert made - planted == set()


CHECKED = ("agreement_checks.py", "operations/checks.py", "operations/server_checks.py")

"""System checks of settings that are fine alone and don't agree: with each other, or with compose.

They belong to those of `config.checks`.
"""

from __future__ import annotations

import os
import re
from datetime import timedelta
from itertools import combinations
from urllib.parse import parse_qs, urlsplit

from django.conf import settings
from django.core.checks import Error, Warning
from django.utils.module_loading import import_string

from config.checks import LOOPBACK, RANDOM_KEY, Found, setting_check

MOST_PROXIES = 3
LEAST_SECONDS, MOST_SECONDS = 20, 300
LEAST_RECORDED = timedelta(days=30)  # config.operations.append_only_tables
_SECRETS = ("SECRET_KEY", "PERSON_KEY_SECRET", "METRICS_TOKEN", "SMS_TOKEN", "SSO_CLIENT_SECRET")
_ENCRYPTED = {"require", "verify-ca", "verify-full"}


@setting_check()
def secrets_differ() -> Found:
    """Who learns one must not have another; PERSON_KEY_SECRET by SECRET_KEY is config.E011."""
    for one, other in combinations(_SECRETS, 2):
        if (one, other) != _SECRETS[:2] and getattr(settings, one) == getattr(
            settings, other
        ) != "":
            yield Error(f"{one} and {other} are equal.", hint=RANDOM_KEY, id="config.E060")


@setting_check()
def old_keys_are_old() -> Found:
    """A rotation that forgot the new key changes nothing."""
    if settings.SECRET_KEY in settings.SECRET_KEY_FALLBACKS:
        text = "SECRET_KEY_FALLBACKS holds the SECRET_KEY of today."
        hint = f"Put a new one into SECRET_KEY, and leave the old one here. {RANDOM_KEY}"
        yield Error(text, hint=hint, id="config.E061")


@setting_check()
def servers_are_asked_encrypted() -> Found:
    """Passwords, names and letters must not cross other people's network in the clear."""
    database = settings.DATABASES["default"]
    host = database.get("HOST", "")
    if _is_far(host) and database.get("OPTIONS", {}).get("sslmode") not in _ENCRYPTED:
        hint = "Add ?sslmode=verify-full to DATABASE_URL (require, if its authority is not known)."
        yield Warning("DATABASE_URL: the way is not encrypted.", hint=hint, id="config.W062")
    broker = urlsplit(settings.REDIS_URL)
    if broker.scheme == "redis" and _is_far(broker.hostname or ""):
        hint = "Write rediss://, and let the broker listen so."
        yield Warning("REDIS_URL: the way is not encrypted.", hint=hint, id="config.W063")
    if broker.scheme == "rediss" and parse_qs(broker.query).get("ssl_cert_reqs") == ["none"]:
        hint = "Take ssl_cert_reqs=none out."
        yield Warning("REDIS_URL: anybody may be the broker.", hint=hint, id="config.W064")


def _is_far(host: str) -> bool:
    # one word is a container or a machine of the same network; a full name or address may be any
    private = re.match(r"10\.|192\.168\.|172\.(1[6-9]|2\d|3[01])\.|f[cd][0-9a-f]{2}:", host)
    return bool(re.search(r"[.:]", host)) and host not in LOOPBACK and not private


@setting_check()
def errors_are_reported_to_an_address() -> Found:
    """What is no address of a Sentry loses every report without a word."""
    found = urlsplit(settings.SENTRY_DSN)
    if settings.SENTRY_DSN and not (
        found.username and (found.scheme == "https" or found.hostname in LOOPBACK)
    ):
        hint = "Copy it from the project's settings: https://key@sentry.example.de/1."
        yield Error("SENTRY_DSN can't be used.", hint=hint, id="config.E065")


@setting_check()
def mail_account_is_whole() -> Found:
    """With a name and no password nobody signs in, and the server refuses each letter."""
    if bool(settings.EMAIL_HOST_USER) != bool(settings.EMAIL_HOST_PASSWORD):
        text = "EMAIL_URL has a user without a password, or the other way round."
        hint = "Write smtp+tls://user:password@host:587."
        yield Warning(text, hint=hint, id="config.W066")


@setting_check()
def sender_can_be_answered() -> Found:
    """No mail server takes a letter from localhost."""
    if not settings.LOOPBACK and settings.DEFAULT_FROM_EMAIL.rstrip(">").endswith("@localhost"):
        hint = "Write an address of a domain whose SPF record names your mail server."
        yield Error("DEFAULT_FROM_EMAIL is at localhost.", hint=hint, id="config.E067")


@setting_check()
def proxies_of_the_city_are_counted() -> Found:
    """Too few, and all visitors have one address; too many, and they may claim any."""
    behind = os.environ.get("CADDY_TRUST") or os.environ.get("SITE", "").startswith("http://")
    if behind and settings.HTTPS and settings.TRUSTED_PROXIES == 1:
        text = "SITE or CADDY_TRUST names a proxy before ours, and TRUSTED_PROXIES counts one."
        yield Error(text, hint="Set TRUSTED_PROXIES=2.", id="config.E068")
    if settings.TRUSTED_PROXIES > MOST_PROXIES:
        text = f"TRUSTED_PROXIES is {settings.TRUSTED_PROXIES}: visitors could claim any address."
        hint = "Count the proxies that a request passes; each must set X-Forwarded-For."
        yield Warning(text, hint=hint, id="config.W069")


@setting_check()
def pooler_is_told_of() -> Found:
    """compose starts it by its profile; the product has to speak to it, and to know."""
    wanted = "pooler" in os.environ.get("COMPOSE_PROFILES", "").split(",")
    named = os.environ.get("DATABASE_HOST") == "pooler"
    told = settings.DATABASES["default"].get("DISABLE_SERVER_SIDE_CURSORS", False)
    # `prepare` goes to PostgreSQL itself, and is rightly told of no pooler
    untold = settings.DATABASES["default"].get("HOST") == "pooler" and not told
    if wanted != named or untold:
        text = "COMPOSE_PROFILES, DATABASE_HOST and DATABASE_BEHIND_PGBOUNCER don't agree."
        hint = "With a pooler: COMPOSE_PROFILES=pooler, DATABASE_HOST=pooler and …PGBOUNCER=true."
        yield Error(text, hint=hint, id="config.E070")
    if told and settings.DATABASES["default"]["CONN_MAX_AGE"]:
        text = "DATABASE_CONN_MAX_AGE keeps connections of the pooler from others."
        hint = "Take DATABASE_CONN_MAX_AGE out: behind PgBouncer it is 0."
        yield Warning(text, hint=hint, id="config.W071")


@setting_check(always=True)
def gateway_is_there() -> Found:
    """A misspelt adapter is noticed with the first short message, hours later."""
    try:
        import_string(settings.SMS_GATEWAY)
    except ImportError:
        hint = "Leave it out, or write the path of a class like config.foundation.sms.HttpGateway."
        yield Error("SMS_GATEWAY names no adapter.", hint=hint, id="config.E073")


@setting_check()
def records_are_kept_as_long_as_they_must() -> Found:
    """The database lets nothing younger go, so a shorter time would be promised and not kept."""
    for name in ("ACCESS_RECORD", "ADMIN_LOG"):
        if settings.RETENTION[name] < LEAST_RECORDED:
            hours = LEAST_RECORDED // timedelta(hours=1)
            text = f"KEEP_{name}_HOURS is shorter than the database allows."
            yield Error(text, hint=f"Set it to {hours} or more.", id="config.E074")


@setting_check()
def hanging_requests_end() -> Found:
    """Four that hang stop a process, and the proxy waits no longer than a minute anyway."""
    if not LEAST_SECONDS <= settings.REQUEST_SECONDS <= MOST_SECONDS:
        text = f"REQUEST_SECONDS is {settings.REQUEST_SECONDS}: answers would be cut, or none end."
        yield Error(text, hint="Leave it out: 60 is plenty.", id="config.E075")


@setting_check()
def flaws_can_be_reported() -> Found:
    """Without it there is no security.txt, and who finds a flaw tells nobody or everybody."""
    if settings.HTTPS and not settings.SECURITY_CONTACT:
        hint = "Set SECURITY_CONTACT to mailto:security@… or https://…, read by somebody."
        yield Warning("SECURITY_CONTACT is not set.", hint=hint, id="config.W072")

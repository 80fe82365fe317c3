"""System checks of settings that each are fine and together are not.

`manage.py check --deploy` and `manage.py doctor` show them; each names the setting and a mend. What
can be seen on the machine only is in `config.operations.checks`.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator
from difflib import get_close_matches
from email.utils import parseaddr
from pathlib import Path
from urllib.parse import urlsplit

from django.conf import settings
from django.core.checks import CheckMessage, Error, Info, Tags, Warning, register
from django.core.exceptions import ValidationError
from django.core.validators import validate_email

from config.environment import KNOWN, OF_COMPOSE

LOOPBACK = {"localhost", "127.0.0.1", "::1"}
RANDOM_KEY = "Make one with: openssl rand -base64 48"
_DJANGO = "django.core.mail.backends"
WRITES_NO_MAIL = {
    "config.foundation.email_files",
    *(f"{_DJANGO}.{name}" for name in ("console", "dummy", "filebased", "locmem")),
}
_SECRETS = ("SECRET_KEY", "PERSON_KEY_SECRET", "METRICS_TOKEN")


Found = Iterator[CheckMessage]


def setting_check(*, always: bool = False) -> Callable[[Callable[[], Found]], Callable[[], Found]]:
    """Registers a check; unless `always`, for a deployment alone."""

    def registered(found: Callable[[], Found]) -> Callable[[], Found]:
        def run(app_configs: object, **more: object) -> list[CheckMessage]:
            return list(found())

        run.__name__ = found.__name__
        register(Tags.security, deploy=not always)(run)
        return found

    return registered


@setting_check(always=True)
def debug_is_for_loopback() -> Found:
    """DEBUG shows source, settings and everybody's letters."""
    if settings.DEBUG and not settings.LOOPBACK:
        hint = "Unset DEBUG, or set PUBLIC_BASE_URL to an address on loopback."
        yield Error("DEBUG is on at a public address.", hint=hint, id="config.E001")


@setting_check()
def person_key_is_long() -> Found:
    """Whoever guesses this key can tell from a person key whose it is."""
    if len(settings.PERSON_KEY_SECRET) < 50:
        text = "PERSON_KEY_SECRET needs at least 50 characters."
        yield Error(text, hint=RANDOM_KEY, id="config.E002")


@setting_check()
def letters_leave_encrypted() -> Found:
    """Codes and links must not cross a network in the clear."""
    if (
        settings.EMAIL_BACKEND.endswith("smtp.EmailBackend")
        and not (settings.EMAIL_USE_TLS or settings.EMAIL_USE_SSL)
        and settings.EMAIL_HOST not in LOOPBACK
    ):
        hint = "Write EMAIL_URL with smtp+tls:// (STARTTLS) or smtp+ssl://."
        yield Error("The way to the mail server is not encrypted.", hint=hint, id="config.E003")


@setting_check()
def public_address_is_https() -> Found:
    """Without https neither cookies nor passwords are safe, and the demonstration key is in use."""
    if not settings.HTTPS and not settings.LOOPBACK:
        hint = "Put a proxy with a certificate in front and set PUBLIC_BASE_URL to its address."
        yield Error("The public address is not https.", hint=hint, id="config.E004")


@setting_check()
def metrics_have_a_token() -> Found:
    """The token is all that stands before the metrics; without one nobody can collect them."""
    if settings.HTTPS and not settings.METRICS_TOKEN:
        text = "METRICS_TOKEN is not set: /metrics answers nobody."
        yield Warning(text, hint=RANDOM_KEY, id="config.W010")
    elif settings.METRICS_TOKEN and len(settings.METRICS_TOKEN) < 32:
        text = "METRICS_TOKEN needs at least 32 characters."
        yield Error(text, hint=RANDOM_KEY, id="config.E005")


@setting_check()
def letters_reach_somebody() -> Found:
    """A file reaches nobody, so under https no letter and no short message leaves into one."""
    if not settings.HTTPS:
        return
    if settings.EMAIL_BACKEND.rpartition(".")[0] in WRITES_NO_MAIL:
        hint = "Set EMAIL_URL; until then every letter waits."
        yield Error("There is no mail server.", hint=hint, id="config.E006")
    if settings.SMS_GATEWAY.endswith((".FileGateway", ".ConsoleGateway")):
        hint = "Set SMS_URL, or take e-mail addresses alone at the box; short messages wait."
        yield Info("There is no gateway for short messages.", hint=hint, id="config.I007")


@setting_check()
def parts_are_named() -> Found:
    """SQLite and a private broker are for trying: a public service has a server for each."""
    if not settings.HTTPS:
        return
    if settings.DATABASES["default"]["ENGINE"].endswith("sqlite3"):
        hint = "Set DATABASE_URL to postgres://name:password@host:5432/name."
        yield Error("DATABASE_URL names no PostgreSQL.", hint=hint, id="config.E008")
    if not settings.REDIS_URL:
        hint = "Set REDIS_URL to redis://:password@host:6379/0; until then no letter leaves."
        yield Error("REDIS_URL is not set.", hint=hint, id="config.E009")


@setting_check(always=True)
def bounces_have_an_address() -> Found:
    """Of 64 characters before the @ (RFC 5321, 4.5.3.1.1) number and seal of a letter take 44."""
    if settings.BOUNCE_ADDRESS and not 0 < settings.BOUNCE_ADDRESS.find("@") <= 20:
        hint = "Take one with 1 to 20 characters before the @, like bounce@termin.example.de."
        yield Error("BOUNCE_ADDRESS fits into no envelope.", hint=hint, id="config.E023")


@setting_check(always=True)
def bounces_are_read_encrypted() -> Found:
    """Neither a password nor who was written to may cross a network in the clear."""
    url = urlsplit(settings.BOUNCE_IMAP_URL)
    is_safe = url.scheme == "imaps" or (url.scheme == "imap" and url.hostname in LOOPBACK)
    if settings.BOUNCE_IMAP_URL and not (is_safe and url.hostname and url.username):
        hint = "Write it like imaps://user:password@host/INBOX."
        yield Error("BOUNCE_IMAP_URL can't be used.", hint=hint, id="config.E024")


@setting_check()
def letters_that_come_back_are_read() -> Found:
    """A report that nobody reads helps nobody whose address was mistyped."""
    if bool(settings.BOUNCE_ADDRESS) != bool(settings.BOUNCE_IMAP_URL):
        hint = "Set both BOUNCE_ADDRESS and BOUNCE_IMAP_URL, or neither."
        yield Warning("Letters that come back are not read.", hint=hint, id="config.W025")


@setting_check()
def person_key_is_its_own() -> Found:
    """The key of persons outlives SECRET_KEY: with both one, a rotation lets people book twice."""
    if settings.HTTPS and settings.PERSON_KEY_SECRET == settings.SECRET_KEY:
        text = "PERSON_KEY_SECRET is not set, or equal to SECRET_KEY."
        yield Error(text, hint=f"Set it once and for all. {RANDOM_KEY}", id="config.E011")


@setting_check()
def secrets_are_random() -> Found:
    """A word said often is long, and guessed."""
    for name in (*_SECRETS, "SECRET_KEY_FALLBACKS"):
        value = getattr(settings, name)
        for secret in [value] if isinstance(value, str) else value:
            pieces = {secret[at : at + 3] for at in range(len(secret) - 2)}
            if secret and len(pieces) < 0.7 * (len(secret) - 2):
                text = f"{name} repeats itself."
                yield Error(text, hint=RANDOM_KEY, id="config.E012")


@setting_check()
def proxies_are_counted() -> Found:
    """Behind a proxy that is not trusted every request is plain, and is sent to https for ever."""
    if settings.HTTPS and not settings.TRUSTED_PROXIES:
        text = "TRUSTED_PROXIES is 0: behind a proxy each page would redirect to itself for ever."
        hint = "Set TRUSTED_PROXIES to the number of proxies in front, 1 with the shipped files."
        yield Error(text, hint=hint, id="config.E013")


@setting_check()
def hosts_are_ours() -> Found:
    """The public name must be answered, and no name that a stranger makes up."""
    if "*" in settings.ALLOWED_HOSTS:
        hint = "Leave ALLOWED_HOSTS out: it is then the host of PUBLIC_BASE_URL."
        yield Error("ALLOWED_HOSTS answers to any name.", hint=hint, id="config.E014")
    elif not any(_covers(pattern, settings.PUBLIC_HOST) for pattern in settings.ALLOWED_HOSTS):
        hint = f"Add {settings.PUBLIC_HOST}, or leave ALLOWED_HOSTS out."
        text = "ALLOWED_HOSTS lacks the host of PUBLIC_BASE_URL: each page would be 400."
        yield Error(text, hint=hint, id="config.E015")


def _covers(pattern: str, host: str) -> bool:
    return host == pattern or (pattern.startswith(".") and f".{host}".endswith(pattern))


@setting_check()
def proxy_serves_the_public_address() -> Found:
    """compose's proxy gets its certificate for SITE; letters link to PUBLIC_BASE_URL."""
    # http:// where another proxy, which has the certificate, stands before compose's
    site = os.environ.get("SITE", "").removeprefix("http://").removeprefix("https://")
    if site and site.lower() != settings.PUBLIC_HOST:
        text = "SITE and PUBLIC_BASE_URL name two hosts."
        hint = f"Set PUBLIC_BASE_URL to https://{site}, or SITE to {settings.PUBLIC_HOST}."
        yield Error(text, hint=hint, id="config.E016")


@setting_check()
def addresses_can_be_used() -> Found:
    """What others read of us: the sender of letters, and where a flaw is reported."""
    if not settings.HTTPS:
        return
    try:
        validate_email(parseaddr(settings.DEFAULT_FROM_EMAIL)[1])
    except ValidationError:
        hint = "Write an address like termin@example.de."
        yield Error("DEFAULT_FROM_EMAIL is no address.", hint=hint, id="config.E017")
    contact = settings.SECURITY_CONTACT
    if contact and not re.fullmatch(r"mailto:[^@\s]+@[^@\s]+|https://[^\s/]+\S*", contact):
        hint = "Write mailto:security@example.de or https://…, as RFC 9116 asks."
        yield Error("SECURITY_CONTACT is no address.", hint=hint, id="config.E018")


@setting_check()
def examples_are_replaced() -> Found:
    """A host of .env.example belongs to nobody (RFC 2606)."""
    named = {
        "PUBLIC_BASE_URL": settings.PUBLIC_HOST,
        "DEFAULT_FROM_EMAIL": settings.DEFAULT_FROM_EMAIL.rpartition("@")[2].rstrip(">"),
        "EMAIL_URL": settings.EMAIL_HOST,
        "SSO_SERVER": urlsplit(settings.SSO_SERVER).hostname or "",
        "SMS_URL": urlsplit(settings.SMS_URL).hostname or "",
    }
    for name, host in named.items():
        if re.search(r"(^|\.)example(\.(de|org|com|net))?$", host):
            hint = "Put in your own."
            yield Warning(f"{name} has the host of an example.", hint=hint, id="config.W019")


@setting_check()
def sign_on_is_whole() -> Found:
    """A provider knows us by a secret, and may be asked over https alone."""
    if not settings.SSO_SERVER:
        return
    if not settings.SSO_CLIENT_SECRET:
        hint = "Set SSO_CLIENT_SECRET to what the provider shows for this client."
        yield Error("SSO_SERVER is set without a secret.", hint=hint, id="config.E020")
    if settings.HTTPS and not settings.SSO_SERVER.startswith("https://"):
        hint = "Set SSO_SERVER to the issuer's https:// address."
        yield Error("SSO_SERVER is not https.", hint=hint, id="config.E021")


@setting_check(always=True)
def names_are_known() -> Found:
    """A misspelt setting does nothing, and nobody hears of it."""
    known = KNOWN | OF_COMPOSE
    known |= {f"{name}_FILE" for name in known}
    for name in sorted(_written() - known):
        yield _unknown(name, get_close_matches(name, known, n=1, cutoff=0.6))
    for name in sorted(set(os.environ) - _written() - known):
        if near := get_close_matches(name, known, n=1, cutoff=0.85):
            yield _unknown(name, near)


def _unknown(name: str, near: list[str]) -> CheckMessage:
    hint = f"Write {near[0]}?" if near else "Take the line out; .env.example has every setting."
    return Warning(f"{name} is no setting.", hint=hint, id="config.W022")


def _written() -> set[str]:
    """The names in .env; what else is in the environment may be another program's."""
    file = Path(settings.BASE_DIR) / ".env"
    if not file.is_file():
        return set()
    found = re.findall(r"^\s*(?:export\s+)?([A-Za-z_][\w]*)\s*=", file.read_text(), re.MULTILINE)
    return set(found)

"""Settings from the environment: each refusal names its setting and never shows its value."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, TypeVar
from urllib.parse import SplitResult, quote, urlsplit

import environ
from django.core.exceptions import ImproperlyConfigured
from environ.fileaware_mapping import FileAwareMapping

# What docker-compose.yml takes from .env, beside our own settings.
OF_COMPOSE = frozenset(
    {
        "SITE",
        "SECRETS",
        "CADDY_IMAGE",
        "CADDY_TLS",
        "CADDY_TRUST",
        "CERTIFICATES",
        "CLAMAV_IMAGE",
        "HTTP",
        "HTTPS",
        "POSTGRES_IMAGE",
        "VALKEY_IMAGE",
        "DATABASE_HOST",
        "DATABASE_CPUS",
        "BACKUPS",
        "UPLOADS",
        "COMPOSE_PROFILES",
    }
)
Value = TypeVar("Value")
KNOWN: set[str] = set()  # every name that config.settings has asked for
_FLAGS = {
    **dict.fromkeys(("true", "yes", "on", "1"), True),
    **dict.fromkeys(("false", "no", "off", "0", ""), False),
}


def address(text: str) -> SplitResult:
    """The parts of an address; raises ValueError where its port is none."""
    parts = urlsplit(text)
    _ = parts.port
    return parts


def with_password(url: str, password: str) -> str:
    """The address with this password, unless it has one already."""
    parts = urlsplit(url)
    if not password or not parts.hostname or parts.password:
        return url
    user, host = parts.username or "", parts.netloc.rpartition("@")[2]
    return parts._replace(netloc=f"{user}:{quote(password, safe='')}@{host}").geturl()


def postgres_session(*, pooled: bool) -> dict[str, object]:
    """How psycopg opens a session: how long we wait for what, and what is kept on a connection."""
    if pooled:
        # A statement prepared on one connection of the pooler is unknown on the next; and it takes
        # no options of a session: config/postgres/app-role.sql sets the timeouts on the role.
        return {"connect_timeout": 2, "prepare_threshold": None}
    waits = "-c lock_timeout=3s -c statement_timeout=10s -c idle_in_transaction_session_timeout=15s"
    return {"connect_timeout": 2, "options": waits}


class _Variables(FileAwareMapping):  # type: ignore[misc]  # the package has no types
    """The environment, where NAME_FILE may stand for NAME; no value refers to another."""

    def __getitem__(self, key: str) -> str:
        value = str(super().__getitem__(key)).strip()
        # django-environ takes "$x" for the variable x; a password may well begin like that
        return value.replace("$", r"\$")


class Environment(environ.Env):  # type: ignore[misc]  # the package has no types
    """Reads settings by name, from NAME or from the file that NAME_FILE points to."""

    ENVIRON = _Variables()

    def __init__(self) -> None:
        super().__init__()
        self.smart_cast = False
        self.escape_proxy = True

    def get_value(
        self,
        var: str,
        cast: Any = None,
        default: Any = environ.Env.NOTSET,
        parse_default: Any = False,
    ) -> Any:
        """The value of a setting; raises ImproperlyConfigured with the setting's name."""
        KNOWN.add(var)
        try:
            return super().get_value(var, cast=cast, default=default, parse_default=parse_default)
        except OSError as error:
            raise ImproperlyConfigured(f"{var}_FILE can't be read: {error.strerror}") from None
        except ValueError:
            kind = "a whole number" if cast is int else "what it should be"
            raise ImproperlyConfigured(f"{var} is not {kind}") from None

    def bool(self, var: str, default: Any = False) -> bool:
        """True or false; raises ImproperlyConfigured for any other word."""
        return bool(self.choice(var, _FLAGS, default="true" if default else "false"))

    def choice(self, var: str, choices: dict[str, Value], *, default: str) -> Value:
        """What the setting's word stands for; raises ImproperlyConfigured for any other word."""
        word = self.str(var, default=default)
        for name, value in choices.items():
            if name.casefold() == word.casefold():
                return value
        named = ", ".join(name for name in choices if name)
        raise ImproperlyConfigured(f"{var} is none of: {named}")

    def phone_prefixes(self, var: str, *, default: str) -> tuple[str, ...]:
        """What numbers in international form begin with; raises ImproperlyConfigured."""
        found = tuple(part.strip() for part in self.str(var, default=default).split(","))
        if not all(re.fullmatch(r"\+[1-9][0-9]{0,5}", prefix) for prefix in found):
            raise ImproperlyConfigured(f"{var} is no list like +49,+43")
        return found

    def converted(
        self, var: str, convert: Callable[[str], Value], *, default: str, like: str
    ) -> Value:
        """The setting as `convert` understands it; raises ImproperlyConfigured otherwise."""
        try:
            return convert(self.str(var, default=default))
        except (ValueError, KeyError, ImproperlyConfigured):
            hint = "write special characters of a password as %XX"
            raise ImproperlyConfigured(f"{var} is no address like {like}; {hint}") from None

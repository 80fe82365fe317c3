"""System checks: settings that each are fine and together are not."""

from __future__ import annotations

from collections.abc import Sequence

from django.conf import settings
from django.core.checks import CheckMessage, Error, Info, Tags, register

LOOPBACK = {"localhost", "127.0.0.1", "::1"}
_DJANGO = "django.core.mail.backends"
WRITES_NO_MAIL = {
    "config.foundation.email_files",
    *(f"{_DJANGO}.{name}" for name in ("console", "dummy", "filebased", "locmem")),
}


@register(Tags.security)
def debug_is_for_loopback(app_configs: object, **more: object) -> Sequence[CheckMessage]:
    """DEBUG shows source, settings and everybody's letters."""
    if not settings.DEBUG or settings.LOOPBACK:
        return []
    hint = "Unset DEBUG, or set PUBLIC_BASE_URL to an address on loopback."
    return [Error("DEBUG is on at a public address.", hint=hint, id="config.E001")]


@register(Tags.security, deploy=True)
def person_key_is_long(app_configs: object, **more: object) -> Sequence[CheckMessage]:
    """Whoever guesses this key can tell from a person key whose it is."""
    if len(settings.PERSON_KEY_SECRET) >= 50:
        return []
    hint = "Make one with: openssl rand -base64 48"
    return [Error("PERSON_KEY_SECRET needs at least 50 characters.", hint=hint, id="config.E002")]


@register(Tags.security, deploy=True)
def letters_leave_encrypted(app_configs: object, **more: object) -> Sequence[CheckMessage]:
    """Codes and links must not cross a network in the clear."""
    plain = (
        settings.EMAIL_BACKEND.endswith("smtp.EmailBackend")
        and not (settings.EMAIL_USE_TLS or settings.EMAIL_USE_SSL)
        and settings.EMAIL_HOST not in LOOPBACK
    )
    if not plain:
        return []
    hint = "Write EMAIL_URL with smtp+tls:// (STARTTLS) or smtp+ssl://."
    return [Error("The way to the mail server is not encrypted.", hint=hint, id="config.E003")]


@register(Tags.security, deploy=True)
def letters_reach_somebody(app_configs: object, **more: object) -> Sequence[CheckMessage]:
    """A file reaches nobody, so under https no letter and no short message leaves into one."""
    if not settings.HTTPS:
        return []
    found: list[CheckMessage] = []
    if settings.EMAIL_BACKEND.rpartition(".")[0] in WRITES_NO_MAIL:
        hint = "Set EMAIL_URL; until then every letter waits."
        found += [Error("There is no mail server.", hint=hint, id="config.E006")]
    if settings.SMS_GATEWAY.endswith((".FileGateway", ".ConsoleGateway")):
        hint = "Set SMS_URL, or take e-mail addresses alone at the box; short messages wait."
        found += [Info("There is no gateway for short messages.", hint=hint, id="config.I007")]
    return found


@register(Tags.security, deploy=True)
def public_address_is_https(app_configs: object, **more: object) -> Sequence[CheckMessage]:
    """Without https neither cookies nor passwords are safe, and the demonstration key is in use."""
    if settings.HTTPS or settings.LOOPBACK:
        return []
    hint = "Put a reverse proxy with a certificate in front and set PUBLIC_BASE_URL to its address."
    return [Error("The public address is not https.", hint=hint, id="config.E004")]


@register(Tags.security, deploy=True)
def metrics_token_is_long(app_configs: object, **more: object) -> Sequence[CheckMessage]:
    """The token is all that stands before the metrics."""
    if not settings.METRICS_TOKEN or len(settings.METRICS_TOKEN) >= 32:
        return []
    return [Error("METRICS_TOKEN needs at least 32 characters.", id="config.E005")]

"""The settings of online applications; `.env.example` explains each."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from django.core.exceptions import ImproperlyConfigured

from config.environment import Environment

SCHEMES = {"unix", "tcp"}


@dataclass(frozen=True, kw_only=True)
class ApplicationSettings:
    """Where papers lie, what seals them and who scans them; without keys nothing is open.

    `keys` are age identities: the first one seals, all of them open. A demonstration, with DEBUG on
    loopback, needs no scanner and may have a key of its own beside the papers.
    """

    folder: Path
    keys: tuple[str, ...] = ()
    recovery_recipient: str = ""
    scanner_url: str = ""
    # of the converter's service; empty: a child of whoever asks
    converter_socket: str = ""
    is_demonstration: bool = False
    # whoever took the copy for the case file may not be the one who confirms it
    transfer_by_two: bool = False


def application_settings(
    env: Environment, *, data_dir: Path, is_demonstration: bool
) -> ApplicationSettings:
    """The settings from the environment; raises ImproperlyConfigured."""
    scanner = env.str("SCANNER_URL", default="")
    parts = urlsplit(scanner)
    if scanner and (parts.scheme not in SCHEMES or not (parts.hostname or parts.path)):
        raise ImproperlyConfigured(
            "SCANNER_URL is no address like tcp://clamd:3310 or unix:///run/clamav/clamd.ctl"
        )
    converter = env.str("CONVERTER_SOCKET", default="")
    if converter and not converter.startswith("/"):
        raise ImproperlyConfigured("CONVERTER_SOCKET is no path like /run/converter/socket")
    return ApplicationSettings(
        folder=data_dir / "sealed",
        keys=tuple(env.str("FILE_KEYS", default="").replace(",", " ").split()),
        recovery_recipient=env.str("FILE_RECOVERY_RECIPIENT", default=""),
        scanner_url=scanner,
        converter_socket=converter,
        is_demonstration=is_demonstration,
        transfer_by_two=env.bool("TRANSFER_BY_TWO", default=False),
    )

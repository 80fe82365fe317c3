"""What every page shows."""

from __future__ import annotations

from functools import cache

import yaml
from django.conf import settings
from django.http import HttpRequest
from django.utils import timezone
from django.utils.functional import SimpleLazyObject
from django.utils.translation import get_language, get_language_info

from config.foundation.dates import say_moment
from config.foundation.office import ServiceStatus, current_office, service_status
from config.foundation.pickup_point import pickup_addresses


@cache
def languages() -> dict[str, str]:
    """Each language's own name by its code, in the order of the settings."""
    return {code: get_language_info(code)["name_local"] for code, _name in settings.LANGUAGES}


@cache
def _reviewed() -> frozenset[str]:
    """The languages whose texts a person has read; German is the binding one."""
    path = settings.BASE_DIR / "locale" / "reviewed.yaml"
    rows = yaml.safe_load(path.read_text(encoding="utf-8"))
    return frozenset(code for code, review in rows.items() if review["reviewed_on"])


def _notice() -> str:
    return service_status().notice_at(timezone.now())


def _pause() -> dict[str, str] | None:
    now, status = timezone.now(), service_status()
    if status.state_at(now) != ServiceStatus.State.PAUSED:
        return None
    return {"until": say_moment(status.until, current_office().zone) if status.until else ""}


def _restricted() -> bool:
    return service_status().state_at(timezone.now()) == ServiceStatus.State.RESTRICTED


# Forms that go to an address of their own; a refusal shows the page there, and no GET finds it.
ACTS = frozenset(
    {
        *(
            "accept",
            "call_staff",
            "cancel",
            "decline",
            "end",
            "extend",
            "finish",
            "cancel_hold",
            "leave",
        ),
        *("letter_language", "mistake", "resend", "resend_code"),
        *("absent", "move", "remove", "remove_member", "supply", "withdraw"),
        *("request_phone_code", "prove_phone", "stop_texts"),
        *("simulator_close", "simulator_power", "simulator_slot", "simulator_tick"),
    }
)


def page_address(request: HttpRequest) -> str:
    """Where the page that is shown can be opened: an act stands one step below its page."""
    match = request.resolver_match
    if match is not None and match.url_name in ACTS:
        return request.path[: request.path.rstrip("/").rindex("/") + 1]
    return request.get_full_path()


def page(request: HttpRequest) -> dict[str, object]:
    """The office, the state of its service and the languages, for the frame of every page."""
    language = get_language() or settings.LANGUAGE_CODE
    names = languages()
    return {
        "office": current_office,
        "service": service_status,
        "notice": _notice,
        "pause": _pause,
        "restricted": _restricted,
        "box_addresses": SimpleLazyObject(pickup_addresses),
        "languages": names.items(),
        "page_address": page_address(request),
        "language_name": names.get(language, language),
        "unreviewed": language not in _reviewed(),
    }

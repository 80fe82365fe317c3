"""What every page shows."""

from __future__ import annotations

from django.http import HttpRequest

from config.foundation.office import current_office, service_status


def page(request: HttpRequest) -> dict[str, object]:
    """The office and the state of its service, for the frame of every page; lazily."""
    return {"office": current_office, "service": service_status}

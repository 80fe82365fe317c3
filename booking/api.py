"""What machines may know: how much is free, never which times."""

from __future__ import annotations

from datetime import UTC

from django.http import HttpRequest, JsonResponse
from django.utils import timezone
from django.views.decorators.cache import cache_control
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_safe

from booking.availability import availability


@csrf_exempt  # nothing can be written: a POST is told so and not that its token is missing
@require_safe
@cache_control(public=True, max_age=1)
def show_availability(request: HttpRequest) -> JsonResponse:
    """Free times within the horizon, when the next ones open, and the state of the service."""
    found = availability(now=timezone.now())
    opening = found.next_opening_at
    return JsonResponse(
        {
            "free": found.free,
            "next_opening_at": opening.astimezone(UTC).isoformat() if opening else None,
            "status": found.state,
        }
    )

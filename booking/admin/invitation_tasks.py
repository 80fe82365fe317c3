"""What invitations leave to do at the desk."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from django.urls import reverse
from django.utils.translation import gettext as _

from booking.actions.quota_counts import short_quotas
from booking.admin.to_do import TEAM_LEAD, Task


def invitation_tasks(*, now: datetime) -> Iterator[Task]:
    """Quotas in which more people may choose than there are times at `now` (UTC)."""
    for quota, invited, free in short_quotas(now=now):
        yield Task(
            text=_(
                "%(quota)s: %(invited)s open invitations, %(free)s free appointments. Add hours."
            )
            % {"quota": quota, "invited": invited, "free": free},
            count=1,
            who=TEAM_LEAD,
            until=_("now"),
            url=reverse("admin:booking_counter_changelist"),
            permission="booking.view_counter",
        )

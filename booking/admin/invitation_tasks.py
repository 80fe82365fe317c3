"""What invitations leave to do at the desk."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from booking.actions.quota_counts import short_quotas
from booking.admin.to_do import CASEWORKERS, SHOWN, TEAM_LEAD, Person, Task, not_reached
from booking.models import Invitation


def invitation_tasks(*, now: datetime) -> Iterator[Task]:
    """Quotas with too few times at `now` (UTC), and people whom no invitation reached."""
    if returned := _without_news(now=now):
        yield Task(
            text=_("E-mails of invitations came back or were refused: phone, or print the sheet."),
            count=len(returned),
            who=CASEWORKERS,
            until=_("today"),
            url=reverse("admin:foundation_notification_changelist"),
            permission="foundation.view_notification",
            people=[
                Person(
                    name=row.applicant.desk_name,
                    phone=row.applicant.phone,
                    when=row.valid_until - timedelta(microseconds=1),
                    url=reverse("admin:booking_invitation_change", args=[row.pk]),
                    action=gettext_lazy("Open"),
                )
                for row in returned
            ],
        )
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


def _without_news(*, now: datetime) -> list[Invitation]:
    """Open invitations whose newest letter did not reach the person; first those that end first."""
    rows = Invitation.objects.open(now=now).filter(pk__in=not_reached("invitation"))
    return list(rows.select_related("applicant").order_by("valid_until", "pk")[:SHOWN])

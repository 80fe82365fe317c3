"""The tables of a box: with its tabs, and without its name where there is but one."""

from __future__ import annotations

from collections import Counter
from typing import Any, ClassVar

from django.http import HttpRequest, HttpResponse

from config.foundation.admin_bases import AccessLoggedAdmin
from pickup_box.models import Alarm, Box, Deposit


class BoxTableAdmin(AccessLoggedAdmin):
    """A list below the tabs of the daily work."""

    recorded = False  # unless its rows name a case

    change_list_template = "pickup_box/admin/list.html"
    empty_value_display = "–"
    tab: ClassVar[str]

    def get_list_display(self, request: HttpRequest) -> list[Any]:
        """The columns; which box it is where there are several."""
        found = super().get_list_display(request)
        return found if Box.objects.count() > 1 else [each for each in found if each != "box"]

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """The list, with the way to the daily work of each box."""
        tabs = {"boxes": _boxes_with_work(), "page": self.tab}
        return super().changelist_view(request, {**(extra_context or {}), **tabs})


def _boxes_with_work() -> list[Box]:
    """Every box, with what its tabs count asked for all boxes at once."""
    boxes = list(Box.objects.order_by("pk"))
    alarms = Counter(Alarm.objects.filter(handled_at=None).values_list("box", flat=True))
    to_take_out = Counter(Deposit.objects.to_recall().values_list("box", flat=True))
    for box in boxes:
        box.open_alarms, box.to_take_out = alarms[box.pk], to_take_out[box.pk]
    return boxes

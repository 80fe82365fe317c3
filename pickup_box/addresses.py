"""Says to the other apps where the boxes stand."""

from __future__ import annotations

from config.foundation.pickup_point import registers_addresses
from pickup_box.models import Box


@registers_addresses
def addresses() -> list[str]:
    """The address of each box in one line, in the order of their names."""
    rows = Box.objects.order_by("slug").values_list("address", flat=True)
    return [", ".join(address.splitlines()) for address in rows]

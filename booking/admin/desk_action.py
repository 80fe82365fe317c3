"""What a button of the desk is: when it fits, what it asks, what it does."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.functional import Promise

from booking.admin.action_forms import ActionForm
from booking.models import Appointment
from config.foundation.office import Office
from config.foundation.staff import Staff

Act = Callable[[Appointment, dict[str, Any], datetime, Staff], object]
Fits = Callable[[Appointment, datetime, Office], bool]


@dataclass(frozen=True, kw_only=True)
class DeskAction:
    """One button: when it fits, what it asks, what it does."""

    name: str  # in addresses
    event: str  # as the action records it
    label: str | Promise
    help: str | Promise
    # with %(reference)s, %(name)s, %(time)s and %(by)s, as far as it names them
    done: str | Promise
    act: Act
    fits: Fits
    form: type[ActionForm] = ActionForm
    main: bool = False  # shown in the list of the day
    danger: bool = False
    tells: bool = False  # by a letter to the person
    # done by one press in a list; its own page asks only where somebody comes another way
    at_once: bool = False
    # its form carries the version of what it writes, which the action compares itself
    own_version: bool = False

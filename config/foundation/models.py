"""Where Django looks for models; each lives in the module that is named after it."""

from config.foundation.audit import AccessRecord
from config.foundation.bots import BotSignal
from config.foundation.bounces import BounceMailbox
from config.foundation.broken_invariants import BrokenInvariant
from config.foundation.contacts import Link
from config.foundation.limits import Limit
from config.foundation.office import CounterGroup, Office, ServiceStatus
from config.foundation.outbox import Notification
from config.foundation.relay import Relay
from config.foundation.staff import KnownSource, Staff
from config.foundation.substitutions import Substitution
from config.foundation.sweeps import Sweep

__all__ = [
    "AccessRecord",
    "BotSignal",
    "BounceMailbox",
    "BrokenInvariant",
    "CounterGroup",
    "KnownSource",
    "Limit",
    "Link",
    "Notification",
    "Office",
    "Relay",
    "ServiceStatus",
    "Staff",
    "Substitution",
    "Sweep",
]

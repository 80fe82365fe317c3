"""What the web processes count themselves: answers, how long they took, refusals by reason.

Under gunicorn each process writes into a folder that its master has made (config.gunicorn), and
whichever is asked adds them up; elsewhere the one process counts in its memory.
"""

from __future__ import annotations

from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.values import MutexValue, ValueClass

from config.foundation.actions import Refused, refused

# the client library decides once, when it is imported, where it counts
_SHARED = ValueClass is not MutexValue
REGISTRY = CollectorRegistry()
# from what a page takes when nothing is wrong to what makes people go away
BUCKETS = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)

ANSWERS = Counter(
    "soforttermin_http_requests",
    "Answered requests by page (name of its address), method and status.",
    ["page", "method", "status"],
    registry=REGISTRY,
)
SECONDS = Histogram(
    "soforttermin_http_request_duration_seconds",
    "Seconds from a request to its answer inside the web process, by page.",
    ["page"],
    buckets=BUCKETS,
    registry=REGISTRY,
)
REFUSALS = Counter(
    "soforttermin_refusals",
    "What actions in the web processes refused, by reason.",
    ["reason"],
    registry=REGISTRY,
)


def _count_refusal(sender: type[Refused], **more: object) -> None:
    # most have a code of their own; what only the desk meets is told by its class
    reason = sender.__name__ if sender.code == Refused.code else sender.code
    REFUSALS.labels(reason=reason).inc()


refused.connect(_count_refusal, dispatch_uid=__name__)


def exposition() -> bytes:
    """The counts of all processes of this web server, as Prometheus reads them."""
    registry = REGISTRY
    if _SHARED:
        registry = CollectorRegistry()
        MultiProcessCollector(registry)  # type: ignore[no-untyped-call]  # has no types
    return generate_latest(registry)

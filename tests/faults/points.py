"""Where a test may break a request; see tests.faults.wsgi."""

POINTS = (
    "before_transaction",
    "after_event",
    "after_letter",
    "before_commit",
    "after_commit",
    "before_answer",
)

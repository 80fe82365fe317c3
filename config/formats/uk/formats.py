"""3 December 2026, the month in the genitive."""

DATE_FORMAT = "j E Y р."
MONTH_DAY_FORMAT = "j E"

"""Days and dates of birth as people, keyboards and attackers write them."""

from tests.corpus import NORMALISED, OK, REFUSED, Cases

_NEVER: Cases = (
    ("2023-02-29", REFUSED),  # 62
    ("2025-06-31", REFUSED),
    ("31.06.2025", REFUSED),
    ("2025-13-01", REFUSED),
    ("01.13.2025", REFUSED),
    ("9999-12-31", REFUSED),  # 64
    ("31.12.9999", REFUSED),
    ("0000-01-01", REFUSED),  # 65
    ("10000-01-01", REFUSED),
    ("-2025-01-01", REFUSED),
    ("01.01.1899", REFUSED),  # 68
    ("12/31/2025", REFUSED),  # 70
    ("13/31/2025", REFUSED),
    ("31/12-2025", REFUSED),
    ("31\\12\\2025", REFUSED),
    ("12-31-2025", REFUSED),
    ("31.12.25", REFUSED),
    ("1.1.1", REFUSED),
    ("31.12.2025 02:30", REFUSED),
    ("2026-10-25 02:30", REFUSED),  # 73
    ("2027-03-28 02:30", REFUSED),
    ("2026-10-25T02:30:00Z", REFUSED),
    ("2026-W10-1", REFUSED),
    ("20261225", REFUSED),
    ("heute", REFUSED),
    ("1e5", REFUSED),  # 77
    ("0x10", REFUSED),
    ("NaN", REFUSED),
    ("1_000", REFUSED),  # 74
    ("1.0", REFUSED),
    ("-1", REFUSED),
    ("9" * 5_000, REFUSED),  # 76
    ("00.05.0000", REFUSED),
    ("05.00.1985", REFUSED),
    ("31.12.2025\x00", REFUSED),
    ("31.12.2025\nBcc: x@y.z", REFUSED),
    ("<script>", REFUSED),
    ("{{7*7}}", REFUSED),
    ("1 OR 1=1", REFUSED),
)
DAYS: Cases = (
    ("2024-02-29", OK),  # 61
    ("2026-12-31", OK),
    ("31.12.2026", NORMALISED),
    ("1.2.2026", NORMALISED),
    ("31. 12. 2026", NORMALISED),
    ("  31.12.2026 ", NORMALISED),
    ("٣١.١٢.٢٠٢٦", NORMALISED),  # 71
    ("۳۱.۱۲.۲۰۲۶", NORMALISED),
    ("\u200f31.12.2026\u200e", NORMALISED),
    ("31\u200b.12.2026", NORMALISED),
    ("31/12/2026", NORMALISED),
    ("1/2/2026", NORMALISED),
    ("31 12 2026", NORMALISED),
    ("31\u00a012\u202f2026", NORMALISED),
    ("３１．１２．２０２６", NORMALISED),
    ("2026\u201312\u201331", NORMALISED),
    ("३१.१२.२०२६", NORMALISED),
    ("2026-12", REFUSED),
    ("2026", REFUSED),
    ("00.00.2026", REFUSED),
    ("00.05.2026", REFUSED),
    *_NEVER,
)
BIRTH_DATES: Cases = (
    ("1985-05-12", OK),
    ("1985", OK),
    ("12.05.1985", NORMALISED),
    ("00.00.1985", NORMALISED),
    ("00.05.1985", NORMALISED),
    ("1985-05-00", NORMALISED),
    ("۱۲.۰۵.۱۹۸۵", NORMALISED),
    ("12/05/1985", NORMALISED),
    ("00/05/1985", NORMALISED),
    ("1985-05", OK),
    ("29.02.1984", NORMALISED),
    ("29.02.1985", REFUSED),
    ("30.02.1985", REFUSED),
    *_NEVER,
)
# In stored form, against 22 November 2026: nobody is born tomorrow or was born 130 years ago (67).
IMPOSSIBLE_BIRTHS: tuple[str, ...] = (
    "2026-11-23",
    "2026-12",
    "2027",
    "2100-01-01",
    "1900",
    "1900-01-01",
)

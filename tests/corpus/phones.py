"""Phone numbers; the field is optional everywhere in the applicant's way."""

from tests.corpus import NORMALISED, OK, REFUSED, Cases

PHONES: Cases = (
    ("+49391123456", OK),
    ("+491701234567", OK),
    ("+380441234567", OK),
    ("+49 (0)89/123456", NORMALISED),  # 79
    ("0391 540-4444", NORMALISED),
    ("0049 391 123456", NORMALISED),
    ("٠٣٩١ ١٢٣٤٥٦", NORMALISED),
    ("110", REFUSED),
    ("112", REFUSED),
    ("1" * 40, REFUSED),
    ("+" + "1" * 40, REFUSED),
    ("12", REFUSED),
    ("abc", REFUSED),
    ("0800-CALL-ME-NOW-PLEASE", REFUSED),
    ("+49391123456\x00", REFUSED),
    ("+49391123456\nBcc: x@y.z", REFUSED),
    ("0391 123456; rm -rf /", REFUSED),
    ("=1+1", REFUSED),
    ("<script>alert(1)</script>", REFUSED),
    ("9" * 100_000, REFUSED),
)

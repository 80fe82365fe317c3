"""Names of persons: of many scripts, of many lengths, and what is no name at all."""

from tests.corpus import NORMALISED, OK, REFUSED, Cases

NAMES: Cases = (
    ("محمد الأحمد", OK),  # 1
    ("Nguyễn Thị Ánh", OK),  # 2
    ("O’Connor-Müller", OK),  # 4
    ("O'Connor", OK),
    ("李小龍", OK),  # 5
    ("李", OK),
    ("Łukasz Żółć", OK),
    ("Олександр Шевченко", OK),
    ("فاطمه‌زهرا", OK),  # a non-joiner between letters, as Persian needs it
    ("ශ්‍රී", OK),  # a joiner between letters
    ("Ἀλέξανδρος", OK),
    ("አበበ በቂላ", OK),
    ("ያለምወርቅ", OK),
    ("សុខ សំណាង", OK),  # 34
    ("สมชาย ใจดี", OK),  # 34
    ("தமிழ்செல்வி", OK),
    ("김민준", OK),
    ("Ng", OK),
    ("D'", OK),
    ("ﷺ", OK),  # 26
    ("Müller Jr.", OK),  # 35
    ("Ali.", OK),  # 35
    ("Null", OK),  # 31
    ("None", OK),
    ("undefined", OK),
    ("True", OK),
    ("NaN", OK),
    ("ı İ ß ẞ", OK),  # 32
    ("{{x}} {% load x %}", OK),  # 28
    ("{{7*7}} Müller", OK),
    ("%s", OK),
    ("%(name)s %n", OK),
    ("${x}", OK),
    ("=cmd|' /C calc'!A0", OK),  # 29
    ("+1 Ali", OK),
    ("@SUM(1)", OK),
    ("<script>alert(1)</script>", OK),
    ('<b>Ali</b> & "Co"', OK),
    ("Robert'); DROP TABLE booking_applicant;--", OK),
    ("a" * 80, OK),
    ("ä" * 80, OK),
    ("  Ali  ", NORMALISED),
    ("Ali   Reza", NORMALISED),
    ("Ali\u00a0Reza", NORMALISED),
    ("\ufeffX", NORMALISED),  # 11
    ("Mu\u0308ller", NORMALISED),
    ("a" * 80 + "  ", NORMALISED),
    ("-", REFUSED),  # 7
    ("...", REFUSED),
    ("{{7*7}}", REFUSED),  # no letter
    ("12345", REFUSED),
    ("\u200b", REFUSED),  # 10
    ("\u200b\u200b\u200b", REFUSED),
    ("\u200d", REFUSED),
    ("Ali\u200d", REFUSED),
    ("\u2066Ali\u2069", REFUSED),  # 13
    ("Ali\u202egnp.exe", REFUSED),
    ("a\x00b", REFUSED),  # 14
    ("a\r\nBcc: x@y.z", REFUSED),  # 16
    ("a\nb", REFUSED),
    ("a\tb", REFUSED),
    ("a\u2028b", REFUSED),  # 17
    ("a\u2029b", REFUSED),
    ("a\x85b", REFUSED),
    ("a\x7fb", REFUSED),  # 19
    ("a\x1b[31mb", REFUSED),
    ("a\ue000b", REFUSED),
    ("a\U000e0041b", REFUSED),
    ("a\u0378b", REFUSED),
    ("a\ufffdb", REFUSED),  # what a browser's broken bytes become
    ("Z" + "\u0301" * 40, REFUSED),  # 23
    ("Z" + "\u0489" * 5 + "algo", REFUSED),
    ("👨‍👩‍👧", REFUSED),  # 25
    ("a" * 81, REFUSED),
    ("a" * 10_000, REFUSED),
)
# What the form itself refuses as missing.
EMPTY: tuple[str, ...] = ("", "   ", "\u00a0", "\ufeff")  # 8
# No form can carry it; JSON can (20).
LONE_SURROGATE = "a\ud800b"

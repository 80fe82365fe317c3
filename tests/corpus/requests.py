"""Cookies, headers, queries and paths that no browser sends by itself, for every address."""

# Values of any cookie, as they stand in the header; the first three hold a NUL once they are read.
FOREIGN_COOKIES: tuple[str, ...] = (
    '"aaaaaaaaaaaaaaaa\\000aaaaaaaaaaaaaaaa"',  # long enough for a session, or nobody looks it up
    '"\\000"',
    "aaaaaaaaaaaaaaaa\x00aaaaaaaaaaaaaaaa",
    '"\\377\\376"',
    "\xed\xa0\x80",  # half of a pair of UTF-16, as bytes
    "",
    "=;=",
    "x" * 4_000,
    ":" * 50,
    "W10:x:y",
    "9" * 5_000,
)
# A cookie header as a whole.
FOREIGN_COOKIE_HEADERS: tuple[str, ...] = (
    ";;;",
    "=",
    "a",
    "\x00=\x00",
    "session",
    "session=; session=a; session=b",
    "x=1; " * 300,
)
# Content types; a page may understand or refuse each.
FOREIGN_CHARSETS: tuple[str, ...] = (
    "utf-7",
    "utf-8-sig",
    "iso-8859-1",
    "cp037",
    "nonsense",
    "",
    "x" * 1_000,
)
# Codecs that read no text, or not every one: Django decodes by them before any middleware.
NO_TEXTS: tuple[str, ...] = (
    *("base64", "hex", "rot13", "zlib", "bz2", "quopri", "uu"),
    *("utf-16", "utf-32", "idna", "punycode", "unicode_escape", "undefined"),
)
FOREIGN_HEADERS: tuple[tuple[str, str], ...] = (
    *(("Origin", value) for value in ("null", "http://[", "https://x:99999999", "\x00", "é")),
    *(("Referer", value) for value in ("http://[", "x" * 9_000, "\x00", "//", "é")),
    *(("X-Forwarded-For", value) for value in ("", ",", "x", "::1%0", "1.2.3.4\x00", "," * 500)),
    *(("X-Forwarded-Proto", value) for value in ("", "x", "https, http")),
    *(("If-Modified-Since", value) for value in ("x", "Thu, 99 Jan 0000 99:99:99 GMT")),
    *(("If-None-Match", value) for value in ("x", '"' * 99, "*")),
    *(("Range", value) for value in ("bytes=9-1", "bytes=-", "x" * 999)),
    *(("Accept", value) for value in ("", "x/y;q=z", "*/*" * 999)),
    *(("Accept-Encoding", value) for value in ("", "gzip;q=x", "\x00")),
    ("Authorization", "Bearer \x00"),
    ("User-Agent", "\x00" * 99),
    ("X-Requested-With", "XMLHttpRequest"),
    ("Expect", "x"),
)
# Values of any part of an address, percent-encoded.
FOREIGN_ANYWHERE: tuple[str, ...] = (
    "%00",
    "a%00b",
    "9" * 12,
    "9" * 30,
    "9" * 5_000,
    "-1",
    "%D9%A3",  # an Arabic three
    "%ED%A0%80",
    "%FF",
)
FOREIGN_QUERIES: tuple[str, ...] = (
    *FOREIGN_ANYWHERE,
    *("abc", "1e999", "nan", "", "[]"),
    *("0001-01-01", "9999-12-31", "99999-01-01", "31.12.9999", "01.01.0001"),
)
FOREIGN_PARTS: tuple[str, ...] = (*FOREIGN_ANYWHERE, "x" * 3_000, "_2F", "_", "..")
# Values of any field of a form at the desk.
FOREIGN_FIELD_VALUES: tuple[str, ...] = (
    "a\x00b",
    "9" * 12,
    "9" * 30,
    "9" * 5_000,
    "-1",
    "1e999",
    "٣",
    "\ud7ff\ufffd",
    "x" * 20_000,
    "[]",
    "[" * 5_000,
    "99999-01-01",
    "01.01.0001",
    "31.12.9999",
)

"""Hosts, paths, identifiers, headers and bodies that nobody sends by mistake."""

# 100: every one stays on our own host (T-L14).
FOREIGN_NEXT: tuple[str, ...] = (
    "//evil.example",
    "///evil.example",
    "https://evil.example",
    "https:evil.example",
    "http:///evil.example",
    "\\\\evil.example",
    "/\\evil.example",
    "\\/evil.example",
    "javascript:alert(1)",
    "data:text/html,x",
    "https://testserver@evil.example",
    "https://testserver.evil.example",
    " //evil.example",
    "/\t/evil.example",
)
# 101: (header, value); answered 400 or ignored, and never written into a letter (T-L7).
FOREIGN_HOSTS: tuple[tuple[str, str], ...] = (
    ("Host", "evil.example"),
    ("Host", "evil.example:443"),
    ("Host", "testserver@evil.example"),
    ("Host", "testserver, evil.example"),
    ("Host", ""),
    ("X-Forwarded-Host", "evil.example"),
    ("X-Host", "evil.example"),
    ("Forwarded", "host=evil.example"),
    ("X-Original-URL", "/admin/"),
)
# 86, 85: values of `slot` and of other identifiers in forms and paths.
FOREIGN_IDS: tuple[str, ...] = (
    "abc",
    "",
    "0",
    "-1",
    "1e9",
    "9" * 30,
    "1 OR 1=1",
    "1;DROP TABLE booking_slot",
    "٣",
    "1_000",
    "0x10",
    "null",
    "[]",
    "a\x00b",
    "../../etc/passwd",
    "{{7*7}}",
    "<script>alert(1)</script>",
    "x" * 10_000,
)
# 112: paths that exist nowhere.
FOREIGN_PATHS: tuple[str, ...] = (
    "/v%00",
    "/de/%00",
    "/../../etc/passwd",
    "/de/..%2f..%2fetc/passwd",
    "/static/../config/settings.py",
    "/static/%2e%2e/config/settings.py",
    "/.env",
    "/.git/config",
    "/media/x.pdf",
    "/xx/",
    "/de/manage/" + "a" * 3_000 + "/",
    "/de/" + "%F0%9F%91%BB" * 50,
    "/%ff%fe",
    "/%2f/evil.example/de/",
    "/de/manage/..;/admin/",
)
# 103: the page comes in the default language.
FOREIGN_LANGUAGES: tuple[str, ...] = (
    "xx-",
    "xx",
    "*",
    "de;q=nan",
    "de;q=-1",
    ",,,;;;",
    "de-" + "a" * 10_000,
    "x" * 10_000,
    "de\x00",
    "../../etc",
    "a-" * 2_000,
)
# 104: (content type, body); none of them may write anything.
FOREIGN_BODIES: tuple[tuple[str, bytes], ...] = (
    ("text/plain", b"category=expired"),
    ("", b"category=expired"),
    ("multipart/form-data", b"--x\r\nbroken"),
    ("multipart/form-data; boundary=", b"--\r\n"),
    ("multipart/form-data; boundary=x", b"garbage"),
    (
        "multipart/form-data; boundary=x",
        b'--x\r\nContent-Disposition: form-data; name="category"\r\n\r\nexp',
    ),
    ("application/json", b"{"),
    ("application/json", b'{"category": ["expired"]}'),
    ("application/x-www-form-urlencoded", b"\xff\xfe\x00"),
    ("application/x-www-form-urlencoded", b"a=%ED%A0%80&b=%"),
    ("application/x-www-form-urlencoded; charset=utf-7", b"category=+AHg-"),
    ("application/x-www-form-urlencoded; charset=nonsense", b"category=expired"),
    ("application/x-www-form-urlencoded", b"&".join(b"f%d=1" % n for n in range(1_001))),  # 106
    ("application/x-www-form-urlencoded", b"a=" + b"x" * 300_000),  # 22
)
# 95: values of the session cookie.
FOREIGN_SESSIONS: tuple[str, ...] = (
    "garbage",
    "../../etc/passwd",
    "x" * 4_000,
    "%00",
    "a" * 32,
    "'; DROP TABLE django_session;--",
    "session:" * 10,
)
# 113
FOREIGN_PAGES: tuple[str, ...] = ("-1", "0", "abc", "9" * 30, "1e9", "٣")
# Fields that no form has (T-C2).
FOREIGN_FIELDS: dict[str, str] = {
    "status": "booked",
    "slot_id": "1",
    "appointment": "1",
    "applicant": "1",
    "is_staff": "1",
    "is_superuser": "1",
    "id": "1",
    "pk": "1",
    "revision": "99",
    "token": "x",
    "code_hash": "x",
    "person_key": "x",
    "namesake_number": "1",
    "verified_at": "2026-01-01",
    "expires_at": "2099-01-01",
    "held_until": "2099-01-01",
    "need_by": "2026-01-01",
    "now": "2026-01-01",
}
# T-C4: shown, never run.
MARKUP: tuple[str, ...] = (
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "<svg onload=alert(1)>",
    '"><script>alert(1)</script>',
    "'><img src=x onerror=alert(1)>",
    "</textarea><script>alert(1)</script>",
    "</title><script>alert(1)</script>",
    "</script><script>alert(1)</script>",
    "<a href=javascript:alert(1)>x</a>",
    "<iframe srcdoc='<script>alert(1)</script>'>",
    "<style>@import 'x'</style>x",
    "<meta http-equiv=refresh content=0>x",
    "<base href=//evil.example>x",
    "<math><mi//xlink:href='data:x'>x",
    "{{constructor.constructor('alert(1)')()}}",
)
# T-C5: cells that a spreadsheet would calculate.
FORMULAS: tuple[str, ...] = (
    "=1+1",
    "=cmd|' /C calc'!A0",
    '=HYPERLINK("http://evil.example","x")',
    "=IMPORTXML(A1,A2)",
    "=WEBSERVICE(A1)",
    "=DDE(A;B;C)",
    "+1+1",
    "+49391",
    "-1+1",
    "-cmd|'x'!A0",
    "@SUM(1+1)",
    "@A1",
    "\t=1+1",
    "\r=1+1",
    "\n=1+1",
    "\x00=1+1",
    " =1+1",
    "=",
    "＝1+1",
    "+",
)

"""E-mail addresses."""

from tests.corpus import NORMALISED, OK, REFUSED, Cases

ADDRESSES: Cases = (
    ("a@b.de", OK),  # 36
    ("a.b+c@example.org", OK),
    ("o'connor@example.org", OK),
    ("a@sub.domain.example.org", OK),
    ("a@xn--mnchen-3ya.de", OK),
    ("someone@mailinator.com", OK),  # 57: accepted; the desk sees it
    ("l" * 64 + "@example.org", OK),
    ("A@B.DE", NORMALISED),  # 37
    ("a@münchen.de", NORMALISED),  # 39
    ("a@x.de\n", NORMALISED),  # 49
    ("  a@x.de  ", NORMALISED),
    ("ü@x.de", REFUSED),  # 40
    ("a@[127.0.0.1]", REFUSED),  # 42
    ("a@[IPv6:::1]", REFUSED),
    ("a@127.0.0.1", REFUSED),
    ('"quoted@x"@x.de', REFUSED),  # 43
    ('"a b"@x.de', REFUSED),
    ("l" * 65 + "@x.de", REFUSED),  # 45
    ("a@" + "d" * 60 + "." + "d" * 60 + "." + "d" * 60 + "." + "d" * 63 + ".de" * 4, REFUSED),  # 46
    ("l" * 250 + "@x.de", REFUSED),
    ("a@x.de\nBcc: e@v.il", REFUSED),  # 48
    ("a@x.de\r\nBcc: e@v.il", REFUSED),
    ("a@x.de%0aBcc:e@v.il", REFUSED),
    ("Max <a@x.de>", REFUSED),  # 51
    ("a@x.de, b@x.de", REFUSED),
    ("a@x.de;b@x.de", REFUSED),
    (".a@x.de", REFUSED),  # 52
    ("a..b@x.de", REFUSED),
    ("a.@x.de", REFUSED),
    ("a@b", REFUSED),  # 54
    ("a@x..de", REFUSED),
    ("a@-x.de", REFUSED),
    ("a@x.de.", REFUSED),
    ("a@", REFUSED),
    ("@x.de", REFUSED),
    ("a", REFUSED),
    ("a b@x.de", REFUSED),
    ("a@x.de\x00", REFUSED),  # 55
    ("a\x00@x.de", REFUSED),
    ("a@x.de\u2028", NORMALISED),
    ("a\u202e@x.de", REFUSED),
    ("a\u200b@x.de", REFUSED),
    ("a@x\u3002de", NORMALISED),  # an ideographic full stop, as some keyboards type it
    ("mailto:a@x.de", REFUSED),
    ("a@localhost", REFUSED),
    ("<script>@x.de", REFUSED),
    ("=cmd@x.de'", REFUSED),
    ("a@x.de" * 200, REFUSED),
    ("a" * 100_000, REFUSED),
)
# Six spellings of one mailbox (T-A2).
ONE_MAILBOX: tuple[str, ...] = (
    "ali.reza@gmail.com",
    "alireza@gmail.com",
    "Ali.Reza+termin@gmail.com",
    "a.l.i.r.e.z.a@googlemail.com",
    "ALIREZA@GoogleMail.com",
    "alireza+1+2@gmail.com",
)

"""Mails in the mailbox of bounces: what mail servers send, and what else arrives."""

from __future__ import annotations

MESSAGE_ID = "<0123456789abcdef@testserver>"


def report(
    to: str,
    *,
    action: str = "failed",
    status: str = "5.1.1",
    message_id: str = MESSAGE_ID,
    kind: str = "multipart/report; report-type=delivery-status",
    returned: str = "text/rfc822-headers",
    end: str = "\r\n",
) -> bytes:
    """A report as Postfix writes it (RFC 3464)."""
    lines = f"""\
Return-Path: <>
Delivered-To: {to}
From: MAILER-DAEMON@mx.example.org (Mail Delivery System)
To: {to}
Subject: Undelivered Mail Returned to Sender
Auto-Submitted: auto-replied
MIME-Version: 1.0
Content-Type: {kind};
 boundary="4B2C1.1795432/mx.example.org"

This is a MIME-encapsulated message.

--4B2C1.1795432/mx.example.org
Content-Description: Notification
Content-Type: text/plain; charset=us-ascii

I'm sorry to have to inform you that your message could not be delivered.

--4B2C1.1795432/mx.example.org
Content-Description: Delivery report
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.example.org
X-Postfix-Queue-ID: 4B2C1
Arrival-Date: Mon, 23 Nov 2026 08:00:01 +0100 (CET)

Final-Recipient: rfc822; person0@example.org
Original-Recipient: rfc822;person0@example.org
Action: {action}
Status: {status}
Diagnostic-Code: smtp; 550 5.1.1 User unknown

--4B2C1.1795432/mx.example.org
Content-Description: Undelivered Message Headers
Content-Type: {returned}

From: Soforttermin <termin@testserver>
To: person0@example.org
Message-ID: {message_id}
Subject: Ihr Termin

--4B2C1.1795432/mx.example.org--
"""
    return lines.replace("\n", end).encode()


def vacation_note(to: str) -> bytes:
    """What an absent person's mail program answers to the envelope sender."""
    return (
        f"From: person0@example.org\r\nTo: {to}\r\nSubject: Abwesend: Ihr Termin\r\n"
        f"Auto-Submitted: auto-replied (vacation)\r\nIn-Reply-To: {MESSAGE_ID}\r\n\r\n"
        "Action: failed\r\nStatus: 5.1.1\r\n"
    ).encode()


def in_each_other(to: str, count: int = 3000) -> bytes:
    """A report of so many parts, each within the one before."""
    parts = "".join(
        f"--b{n}\r\nContent-Type: multipart/report; boundary=b{n + 1}\r\n\r\n" for n in range(count)
    )
    return f"To: {to}\r\nContent-Type: multipart/report; boundary=b0\r\n\r\n{parts}".encode()


def side_by_side(to: str) -> bytes:
    """Ten thousand empty parts in a row, and as many blocks of fields in one of them."""
    parts = "--b\r\nContent-Type: message/delivery-status\r\n\r\n" + "A: b\r\n\r\n" * 10_000
    head = f"To: {to}\r\nContent-Type: multipart/report; boundary=b\r\n\r\n"
    return (head + "--b\r\n\r\n" * 10_000 + parts).encode()


def hostile(to: str, forged: str) -> dict[str, bytes]:
    """Mails after which nothing may have changed; `to` is the right return address."""
    good = report(to)
    return {
        "empty": b"",
        "no mail": b"\x00\xff" * 1000,
        "forged seal": report(forged),
        "forged seal beside the right one": report(f"{to}, {forged}"),
        "two letters": report(f"{to}, {to.replace('+', '+1', 1)}"),
        "seal cut": report(to[:20] + "@testserver"),
        "seal too long": report(to.replace("@", "0@")),
        "no seal": report("bounce+1@testserver"),
        "delay": report(to, action="delayed", status="4.4.1"),
        "delivered": report(to, action="delivered", status="2.0.0"),
        "relayed": report(to, action="relayed", status="2.0.0"),
        "failed without status": report(to, status=""),
        "failed with a good status": report(to, status="2.1.1"),
        "status of 400 digits": report(to, status=f"5.{'1' * 400}.1"),
        "status of other digits": report(to, status="٥.١.١"),
        "read receipt": report(
            to, kind="multipart/report; report-type=disposition-notification"
        ).replace(b"message/delivery-status", b"message/disposition-notification"),
        "no multipart": report(to, kind="text/plain; x=y"),
        "no boundary": good.replace(b"boundary=", b"border="),
        "report within a message": b"To: "
        + to.encode()
        + b"\r\nContent-Type: message/rfc822\r\n\r\n"
        + good,
        "vacation": vacation_note(to),
        "3,000 parts in each other": in_each_other(to),
        "20,000 parts side by side": side_by_side(to),
        "10 MB of header": b"X: " + b"a" * 10_000_000 + b"\r\n" + good,
        "10 MB before the report": good.replace(b"I'm sorry", b"I'm sorry\r\n" * 900_000),
        "64 kB of recipients": b"To: " + b"bounce+1.a," * 6_000 + b"\r\n" + good,
        "unknown message id": report("bounce@testserver", message_id="<nobody@testserver>"),
    }

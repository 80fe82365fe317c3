"""docs/bare_metal.md, followed literally on an empty machine: `make operator-handbook`."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable
from contextlib import closing
from functools import partial
from itertools import chain, cycle, repeat
from typing import Any

import pytest

from tests.config.test_stack import until
from tests.mailserver import Script
from tests.ops.conftest import NAMES, SITE, VERSIONS
from tests.ops.guests import Guest, Guests
from tests.ops.handbook import blocks
from tests.ops.machine import Machine, Shell, missing

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(bool(missing()), reason=missing()),
    pytest.mark.allow_hosts(["127.0.0.1"]),
]
LEAST = 1000  # requests while something restarts
OLD, NEW = VERSIONS


class Walk:
    """An operator's way through the page in one shell, and what is looked at on the way."""

    def __init__(self, on: Machine, letters: Script, shell: Shell) -> None:
        self.machine, self.letters, self.shell = on, letters, shell
        self.todo = blocks("bare_metal.md", NAMES)

    def next(self, section: str) -> str:
        """The commands of the next block, which has to stand under this heading."""
        block = self.todo.pop(0)
        assert block.section == section
        return block.commands

    def does(self, commands: str) -> str:
        """What the commands say."""
        sys.stderr.write(commands)
        return self.shell.run(commands, seconds=900)

    def through(self, section: str) -> str:
        """Runs every block up to the end of a section."""
        said = ""
        while any(block.section == section for block in self.todo):
            said += self.does(self.todo.pop(0).commands)
        return said

    def among_guests(self, what: str, turns: Iterable[str]) -> None:
        """Runs commands while people come, until they made a thousand requests: none may fail."""
        with Guests(SITE) as guests:
            for commands in turns:
                self.does(commands)
                if guests.asked >= LEAST:
                    break
        sys.stderr.write(f"=== {what}: {len(guests.failed)} of {guests.asked} requests failed\n")
        assert guests.failed == []

    def books(self) -> None:
        """Somebody books through all parts and gets the letter."""
        email = f"guest{len(self.letters.taken)}@example.org"
        guest = Guest(SITE)
        guest.opens("/en/check/").sends(category="expired").sends(title_valid_until="31.01.2020")
        guest.opens("/en/details/").sends(
            family_name="Musterfrau",
            birth_date=f"12.05.{1950 + len(self.letters.taken)}",
            email=email,
        )
        guest.sends(code=until(lambda: self._letter(email, r"\b\d{6}\b"), "a letter with a code"))
        guest.sends(slot=guest.offered("slot")[0]).sends()
        reference = re.search(r'id="reference"[^>]*>\s*([^<\s]+)', guest.page)
        assert reference, guest.status
        until(lambda: self._letter(email, re.escape(reference[1])), "a letter that confirms")

    def _letter(self, email: str, words: str) -> str:
        for message in self.letters.taken:
            if message["To"] == email and (found := re.search(words, _text(message))):
                return found[0]
        return ""

    def release(self) -> str:
        """What the first web server says at /healthz."""
        return self.machine.run("curl -s -H 'Host: localhost' http://127.0.0.1:8001/healthz")


def _text(message: Any) -> str:
    parts = [part for part in message.walk() if part.get_content_type() == "text/plain"]
    return parts[0].get_payload(decode=True).decode() if parts else ""


def test_handbook_leads_to_a_running_service(empty: Machine, letters: Script) -> None:
    with closing(empty.shell()) as shell:
        follow(Walk(empty, letters, shell))


def follow(walk: Walk) -> None:
    """From the first command of the page to its last."""
    empty = walk.machine
    walk.through("The reverse proxy: nginx")
    assert "Nothing to mend." in walk.through("Is it well?")
    walk.books()
    units_are_sound(empty)
    secrets_stay_where_they_belong(empty)

    one_by_one = walk.next("Restart one by one")
    walk.among_guests("restart one by one", repeat(one_by_one))
    another = walk.next("Another release")
    switched = another.index("cp -r ")
    walk.does(another[:switched])
    a_server_stays_with_its_release(empty)
    back = walk.next("Another release")
    there = another[another.index("cp -rn ") :]
    both_ways = chain([another[switched:]], cycle([back, there]))
    walk.among_guests("another release and back", both_ways)
    walk.does(there)
    assert walk.release() == f"ok {NEW}\n"
    walk.books()
    walk.does(back)
    assert walk.release() == "ok\n"

    ask = "cd /; PGHOST=/var/run/postgresql runuser -u postgres -- psql -d soforttermin --command"
    count = f"{ask} 'SELECT count(*) FROM booking_appointment'"  # noqa: S608
    before = empty.run(count)
    walk.does(walk.next("Backup and restore"))
    walk.books()
    walk.through("Backup and restore")
    assert empty.run(count) == before
    empty.run("cp -r /srv/newer/usr /")
    walk.through("The next major version of PostgreSQL")
    assert empty.run(count) == before
    assert "18." in empty.run(f"{ask} 'SHOW server_version'")
    walk.books()

    walk.through("Caddy instead of nginx")
    until(lambda: Guest(SITE).opens("/en/check/").status == 200, "Caddy")
    walk.among_guests("restart one by one behind Caddy", repeat(one_by_one))
    walk.books()
    assert "Nothing to mend." in walk.through("A pooler")
    walk.books()
    assert walk.todo == []


def units_are_sound(on: Machine) -> None:
    """systemd understands every line, lets the parts do little, and starts one again that died."""
    shipped = on.run("cd /etc/systemd/system; ls -d soforttermin*.* | grep -v '\\.d$'").split()
    units = [
        name.replace("web@", "web@1").replace("migrate@", f"migrate@{OLD}") for name in shipped
    ]
    assert on.run(f"systemd-analyze verify --man=no {' '.join(units)}") == ""
    for part in ("web@1", "web@2", "worker", "beat"):
        unit = f"soforttermin-{part}.service"
        on.run(f"systemd-analyze security --threshold=20 --no-pager {unit}")
        show = f"systemctl show --property MainPID --value {unit}"
        first = on.run(show)
        on.run(f"kill -KILL {first}")
        until(partial(_is_another, on, show, first), unit)
    assert on.run("systemctl --failed --plain --no-legend") == ""


def _is_another(on: Machine, show: str, first: str) -> bool:
    return on.run(show) not in {first, "0\n"}


def secrets_stay_where_they_belong(on: Machine) -> None:
    """The product does not see the owner's password, and the proxy sees none at all."""
    for user, file in (
        ("soforttermin", "/etc/soforttermin/owner.env"),
        ("www-data", "/etc/soforttermin/env"),
        ("soforttermin", "/etc/soforttermin/tls/termin.key"),
    ):
        assert "Permission denied" in on.run(f"runuser -u {user} -- cat {file} 2>&1 || true")


def a_server_stays_with_its_release(on: Machine) -> None:
    """Another release is switched to, and what a running server loads late is still its own."""
    late = f"/opt/soforttermin/releases/{NEW}/.venv/lib/python3*/site-packages/fpdf"
    on.run(f"for each in {late}; do mv $each $each.away; done")
    sheet = f"https://{SITE}/en/documents/pickup_box_consent/sheet.pdf"
    ask = f"curl -sk -o /dev/null -w '%{{http_code}}' --resolve {SITE}:443:127.0.0.1 {sheet}"
    assert [on.run(ask) for _server_and_process in range(4)] == ["200"] * 4
    on.run(f"for each in {late}.away; do mv $each ${{each%.away}}; done")

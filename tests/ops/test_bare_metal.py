"""docs/bare_metal.md, followed literally on an empty machine: `make operator-handbook`."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Iterable
from contextlib import closing
from functools import partial
from itertools import chain, cycle, repeat
from typing import Any

import pytest
from django.conf import settings
from playwright.sync_api import Browser

from tests.config.test_stack import until
from tests.journeys.applying import brings_papers, hands_in, proves
from tests.journeys.conftest import PHONE, Person
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
PARTS = ["soforttermin-web@1", "soforttermin-web@2", "soforttermin-worker", "soforttermin-beat"]
PARTS += ["postgresql@18-soforttermin", "redis-server", "caddy", "pgbouncer", "clamav-daemon"]
# What an authority sends.
NEW_PAIR = f"""
openssl req -x509 -newkey rsa:2048 -nodes -days 90 -subj /CN={SITE} \\
  -addext subjectAltName=DNS:{SITE} -keyout /root/termin.key -out /root/termin.pem 2>/dev/null
"""
# What the team lead presses at the desk.
OPENED = """
from django.utils import timezone
from documents.applications.actions.intakes import open_for_applications
now = timezone.now()
open_for_applications(procedure="humanitarian", opens_at=now, by=None, now=now)
"""


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

    def among_guests(self, what: str, turns: Iterable[str]) -> str:
        """Runs commands while people come, until they made a thousand requests: none may fail."""
        said = ""
        with Guests(SITE) as guests:
            for commands in turns:
                said += self.does(commands)
                if guests.asked >= LEAST:
                    break
        sys.stderr.write(f"=== {what}: {len(guests.failed)} of {guests.asked} requests failed\n")
        assert guests.failed == []
        return said

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

    def applies(self, browser: Browser) -> None:
        """Somebody sends an application with photos and a PDF, and gets the receipt."""
        email = f"applicant{len(self.letters.taken)}@example.org"
        context = browser.new_context(viewport=PHONE, ignore_https_errors=True)
        album = settings.DATA_DIR / "journeys" / "operator-handbook"
        person = Applicant(context.new_page(), f"https://{SITE}", album)
        person.read = lambda: str(until(lambda: self._letter(email, r"\b\d{6}\b"), "a code"))
        proves(person, email)
        brings_papers(person)
        reference = hands_in(person)
        until(lambda: self._letter(email, re.escape(reference)), "a letter with the receipt")
        context.close()

    def _letter(self, email: str, words: str) -> str:
        for message in self.letters.taken:
            if message["To"] == email and (found := re.search(words, _text(message))):
                return found[0]
        return ""

    def release(self) -> str:
        """What the first web server says at /healthz."""
        return self.machine.run("curl -s -H 'Host: localhost' http://127.0.0.1:8001/healthz")


class Applicant(Person):
    """Somebody whose letters come from a real mail server."""

    read: Callable[[], str]

    def reads_the_code(self) -> str:
        """Looks into the mailbox."""
        return self.read()


def _text(message: Any) -> str:
    parts = [part for part in message.walk() if part.get_content_type() == "text/plain"]
    return parts[0].get_payload(decode=True).decode() if parts else ""


def test_handbook_leads_to_a_running_service(
    empty: Machine, letters: Script, browser: Browser
) -> None:
    with closing(empty.shell()) as shell:
        follow(Walk(empty, letters, shell), browser)


def follow(walk: Walk, browser: Browser) -> None:
    """From the first command of the page to its last."""
    empty = walk.machine
    walk.through("The reverse proxy: nginx")
    assert "Nothing to mend." in walk.through("Is it well?")
    walk.books()
    units_are_sound(empty)
    secrets_stay_where_they_belong(empty)

    one_by_one = walk.next("Restart one by one")
    walk.among_guests("restart one by one", repeat(one_by_one))
    certificate = walk.next("A new certificate")
    empty.run(NEW_PAIR)
    walk.among_guests("a new certificate", repeat(certificate))
    a_server_that_cannot_start_closes_its_door(empty)
    prepared, switch, others, back = (walk.next("Another release") for _block in range(4))
    units = switch.index("cp -r ")
    walk.does(prepared + switch[:units])
    a_server_stays_with_its_release(empty)
    there = switch + others
    both_ways = chain([switch[units:] + others], cycle([back, there]))
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
    back_to_the_second(walk)
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
    pooler = chain([walk.next("A pooler")], repeat(one_by_one))
    assert "Nothing to mend." in walk.among_guests("to a pooler, then one by one", pooler)
    walk.books()
    print_memory(empty)

    empty.run("mkdir -p /var/lib/clamav; cp -r /srv/signatures/. /var/lib/clamav")
    applications = chain([walk.next("Online applications")], repeat(one_by_one))
    said = walk.among_guests("to online applications, then one by one", applications)
    assert "Nothing to mend." in said
    empty.run(f"soforttermin shell --command '{OPENED}'")
    assert "Nothing to mend." in empty.run("soforttermin doctor")
    walk.applies(browser)
    scanned = "SELECT DISTINCT state, scan FROM applications_file"
    assert "ready|clean" in empty.run(f"{ask} '{scanned}' --tuples-only --no-align")
    assert empty.run("systemctl --failed --plain --no-legend") == ""
    walk.books()
    print_memory(empty)
    assert walk.todo == []

    before = empty.run(count)
    empty.cut_power()
    empty.start()
    until(lambda: Guest(SITE).opens("/en/check/").status == 200, "the site after a power cut")
    assert "Nothing to mend." in empty.run("soforttermin doctor; soforttermin check_invariants")
    assert empty.run("systemctl --failed --plain --no-legend") == ""
    assert empty.run(count) == before
    walk.books()


def back_to_the_second(walk: Walk) -> None:
    """What is booked after a moment is gone when the database goes back to it."""
    walk.does(walk.next("Back to any second"))
    moment = walk.machine.run("sleep 2; date '+%F %T%:::z'; sleep 2").strip()
    walk.books()
    back, count = re.subn(r"(?<=--target=')[^']+", moment, walk.next("Back to any second"))
    assert count == 1
    walk.does(back)


def a_server_that_cannot_start_closes_its_door(on: Machine) -> None:
    """Who comes is passed on to the other one, which answers all."""
    folder = "/run/systemd/system/soforttermin-web@1.service.d"
    on.run(f"""
        mkdir -p {folder}
        printf '[Service]\\nEnvironment=TRUSTED_PROXIES=one\\n' > {folder}/wrong.conf
        systemctl daemon-reload
        systemctl restart soforttermin-web@1 && exit 1 || true
    """)
    ask = "systemctl is-failed soforttermin-web@1.socket || true"
    until(lambda: on.run(ask) == "failed\n", "the door is closed")
    opened = [Guest(SITE).opens("/en/check/").status for _each in range(20)]
    assert opened == [200] * 20
    on.run(f"""
        rm -r {folder}
        systemctl daemon-reload
        systemctl reset-failed soforttermin-web@1.service soforttermin-web@1.socket
        systemctl restart soforttermin-web@1
    """)


def print_memory(on: Machine) -> None:
    """What each part takes, in MB (PSS): what it shares with others counts by its share."""
    sum_up = """awk '/^Pss:/ {sum += $2} END {print int(sum / 1024)}'"""
    for unit in PARTS:
        group = f"/sys/fs/cgroup/systemd$(systemctl show --property ControlGroup --value {unit})"
        files = f"$(sed 's|.*|/proc/&/smaps_rollup|' {group}/cgroup.procs)"
        taken = on.run(f"systemctl is-active --quiet {unit} && {sum_up} {files} || true")
        if taken:
            sys.stderr.write(f"=== memory of {unit}: {taken.strip()} MB\n")


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

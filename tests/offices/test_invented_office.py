"""An office of another state: two counters, other hours, no box, no phone; nothing is Magdeburg's.

`pytest --office tests/offices/musterfurt.yaml` runs the tests of booking for it as well.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, date, datetime, time
from pathlib import Path

import pytest
import time_machine
from django.conf import settings
from django.core import mail
from django.core.mail import EmailMultiAlternatives
from django.core.management import call_command
from django.test import Client
from django.utils import timezone
from django.utils.translation import override

from booking import availability
from booking.actions.slots import open_slots
from booking.models import Slot
from config.foundation.contacts import forget_links
from config.foundation.office import Office, forget_memory
from config.foundation.outbox import Notification, send_due
from config.foundation.pickup_point import forget_address_memory
from config.foundation.place_fields import STATE_NAMES
from documents.catalogue import shown_on
from tests import offices
from tests.booking.visitors import Visitor
from tests.factories import MONDAY
from tests.look.validity import faults

pytestmark = pytest.mark.django_db
LANGUAGES = [code for code, _name in settings.LANGUAGES]
STANDING = ["", "contact/", "privacy/", "accessibility/", "imprint/", "check/", "documents/"]
STANDING += ["manage/", "invitation/", "figures/", "box/"]
MAGDEBURG = re.compile(
    r"Ma[gq]d[ei]b|Magdebourg|Saxony-A|Sachsen-A|Saxe-A|Saksonya-A|Магд[еи]б|Саксон|م[اأ][غگ]د|"
    r"ساكسون|زاکسن|0391|\b39\d{3}\b|Bremer|ovgu"
)
PRODUCT = ("booking", "config", "documents", "eligibility", "locale", "pickup_box", "templates")
# how a command is called, for an example; and the name of a state in the list of all
EXAMPLES = re.compile(r"offices/magdeburg\.yaml|--layout magdeburg|_\(\"Saxony-Anhalt\"\)")


@pytest.fixture
def invented(db: None) -> Iterator[Office]:
    """The invented office on a Monday at eight, with its times and the shipped catalogue."""
    for forget in (forget_memory, forget_links, forget_address_memory, availability.forget_memory):
        forget()
    with time_machine.travel(MONDAY, tick=False):
        call_command("load_office", offices.INVENTED, verbosity=0)
        call_command("load_catalogue", verbosity=0)
        call_command("open_slots", verbosity=0)
        yield Office.objects.get()


def read_letters() -> str:
    """What the letters that leave now say, in all their parts."""
    for queue in Notification.Queue:
        send_due(queue=queue, now=timezone.now())
    texts: list[str] = []
    for letter in mail.outbox:
        assert isinstance(letter, EmailMultiAlternatives)
        html = [str(content) for content, _kind in letter.alternatives]
        texts += [str(letter.subject), str(letter.body), *html]
    return "\n".join(texts)


def test_every_counter_serves_in_its_own_hours(invented: Office) -> None:
    open_slots(now=datetime(2026, 12, 30, 7, tzinfo=UTC), days=10)
    for day, hours in {
        date(2026, 11, 25): {("room-12", time(13)), ("room-12", time(16, 40))},
        date(2026, 11, 27): {("room-14", time(7, 30)), ("room-14", time(11, 10))},
        date(2026, 12, 1): set(),
        # Epiphany is a holiday there and not in every state
        date(2027, 1, 6): set(),
    }.items():
        slots = Slot.objects.filter(starts_at__date=day).order_by("starts_at")
        ends = [slots.first(), slots.last()]
        found = {
            (one.counter.slug, one.starts_at.astimezone(invented.zone).time())
            for one in ends
            if one
        }
        assert found == hours, day
    minutes = {(one.ends_at - one.starts_at).seconds // 60 for one in Slot.objects.all()}
    assert minutes == {20}
    at_both = Slot.objects.filter(starts_at=datetime(2026, 11, 30, 12, tzinfo=UTC))
    assert set(at_both.values_list("counter__slug", flat=True)) == {"room-12", "room-14"}


@pytest.mark.parametrize("language", LANGUAGES)
def test_pages_name_no_box_no_phone_and_no_other_office(
    invented: Office, client: Client, language: str
) -> None:
    for path in STANDING:
        page = client.get(f"/{language}/{path}").content.decode()
        assert not faults(page), path
        assert not MAGDEBURG.search(page), path
        assert "Musterfurt" in page, path
        assert 'href="tel:' not in page, path
        if path != "box/":
            assert "/box/" not in page, path
            assert "ickup box" not in page, path


def test_the_box_is_said_to_be_missing(invented: Office, client: Client) -> None:
    assert "This office has no pickup box." in client.get("/en/box/").content.decode()
    assert client.get("/en/box/jbs/").status_code == 404


def test_no_list_of_papers_leads_to_a_box(invented: Office, client: Client) -> None:
    catalogue = shown_on(date(2026, 11, 23))
    assert {"emergency", "study", "humanitarian"} <= {one.id for one in catalogue.procedures}
    for procedure in catalogue.procedures:
        assert not procedure.id.startswith("pickup_box")
        assert "box_pickup" not in procedure.facts
        assert "box" not in {note.id for note in procedure.notes}
        page = client.get(f"/en/documents/{procedure.id}/").content.decode()
        assert not faults(page), procedure.id
        assert not MAGDEBURG.search(page), procedure.id
    assert client.get("/en/documents/pickup_box/").status_code == 404


def test_somebody_books_at_a_counter_of_its_own(invented: Office, client: Client) -> None:
    visitor = Visitor(client)
    said = [visitor.get("check/expired/").content.decode()]
    visitor.enters()
    said += [visitor.get(path).content.decode() for path in ("check/result/", "verify/")]
    visitor.post("verify/", {"code": visitor.code()})
    said.append(visitor.get("times/").content.decode())
    visitor.post("times/", {"slot": visitor.slots()[0]})
    said.append(visitor.get("review/").content.decode())
    visitor.post("review/")
    said += [visitor.get(path).content.decode() for path in ("appointment/", "manage/")]
    letters = read_letters()
    for text in (*said, letters):
        assert not MAGDEBURG.search(text)
        assert "tel:" not in text
        assert "call" not in re.sub(r"<[^>]*>|call(ed)? off", "", text)
    assert "Room 1" in said[-2]
    assert "Zimmer 1" in letters
    assert "Landratsamt Musterfurt" in str(mail.outbox[-1].from_email)
    assert "12:55" in letters  # five minutes before, as this office wants it
    for path in ("appointment/appointment.pdf", "appointment/appointment.ics"):
        assert visitor.get(path).status_code == 200
    calendar = visitor.get("appointment/appointment.ics").content.decode()
    assert "Musterfurt" in calendar
    assert not MAGDEBURG.search(calendar)


def test_a_no_leads_to_whoever_this_office_has(invented: Office, client: Client) -> None:
    visitor = Visitor(client)
    visitor.post("check/expiring/", {"title_valid_until": "24.12.2027", "has_appointment": "no"})
    page = visitor.get("check/result/").content.decode()
    assert 'data-decision="refused"' in page
    assert "auslaenderamt@musterfurt.example" in page.replace("<wbr>", "")
    assert "https://musterfurt.example/" in page
    assert "tel:" not in page


def test_nothing_of_magdeburg_is_in_code_or_texts() -> None:
    """Facts of an office stand in its file and in the layout of its box, and nowhere else."""
    found: list[str] = []
    states: set[str] = set()
    for language in LANGUAGES:
        with override(language):
            states |= {f'msg{of} "{name}"' for of in ("id", "str") for name in STATE_NAMES.values()}
    for path in (path for folder in PRODUCT for path in Path(folder).rglob("*")):
        own = path.parent in (Path("config/offices"), Path("pickup_box/layouts"))
        if own or path.suffix not in {".py", ".html", ".txt", ".yaml", ".po", ".js", ".css"}:
            continue
        for line in path.read_text(encoding="utf-8").splitlines():
            if line in states:
                continue
            if MAGDEBURG.search(EXAMPLES.sub("", line)):
                found.append(f"{path}: {line.strip()[:90]}")
    assert found == []

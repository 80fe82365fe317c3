"""Invented values for the facts of an office that nobody has told yet."""

from __future__ import annotations

from datetime import date
from typing import Any

from config.foundation.contacts import Link, forget_links
from config.foundation.office import Office, forget_memory

# What nobody has told about the office, so that no page of a demonstration has a gap. All of it is
# invented and says so; what is known is never replaced.
FACTS: dict[str, Any] = {
    "entrance": {
        "de": "Beispiel: Eingang im Hof",
        "en": "Example: entrance in the courtyard",
        "ar": "مثال: المدخل من الفناء",
    },
    "floor": {
        "de": "Beispiel: 1. Stock, Raum 123",
        "en": "Example: first floor, room 123",
        "ar": "مثال: الطابق الأول، الغرفة 123",
    },
    "arrive_minutes": 10,
    "legal_representative": "Alex Beispiel (erfunden), Leitung der Behörde",
    "data_protection_officer": "Kim Beispiel (erfunden)\nMusterweg 1, 12345 Musterstadt\n"
    "datenschutz@demo.example",
    "supervisory_authority": "Beispielbehörde für Datenschutz (erfunden)\n"
    "Musterplatz 2, 12345 Musterstadt\npost@aufsicht.demo.example",
    "enforcement_body": "Beispielstelle für Barrierefreiheit (erfunden)\n"
    "Musterplatz 3, 12345 Musterstadt\npost@schlichtung.demo.example",
    "accessibility_stated_on": date(2026, 11, 2),
}


def fill_gaps() -> None:
    """Gives every fact and every address that the office lacks an invented value."""
    office = Office.objects.get()
    for name, value in FACTS.items():
        if not getattr(office, name):
            setattr(office, name, value)
    office.save()
    for link in Link.objects.filter(address=""):
        at = f"{link.slug}@demo.example" if link.kind == Link.Kind.MAILBOX else ""
        link.address = at or f"https://demo.example/{link.slug}/"
        link.save()
    forget_memory()
    forget_links()

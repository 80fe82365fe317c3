"""Persons get the key of today's spelling rules (ß/ss, ä/ae, yeh, kaf); who collides is a namesake."""

from collections import defaultdict

from django.db import migrations
from django.utils import timezone

from config.foundation.persons import person_key

LIVE = ("held", "booked", "checked_in")


def rekey(apps, schema_editor):
    Applicant = apps.get_model("booking", "Applicant")
    Appointment = apps.get_model("booking", "Appointment")
    WaitingEntry = apps.get_model("booking", "WaitingEntry")
    persons = defaultdict(list)  # new key -> [(old key, namesake number)], the oldest first
    members = defaultdict(list)  # (new key, old key, namesake number) -> applicants
    known = Applicant.objects.filter(forgotten_at=None).exclude(person_key="")
    names = ("pk", "family_name", "given_names", "birth_date", "person_key", "namesake")
    for pk, family_name, given_names, birth_date, old, number in known.order_by("pk").values_list(
        *names
    ):
        new = person_key(family_name=family_name, given_names=given_names, birth_date=birth_date)
        if (old, number) not in persons[new]:
            persons[new].append((old, number))
        members[new, old, number].append(pk)
    for new, found in persons.items():
        if found == [(new, number) for _old, number in found]:
            continue
        taken = set()
        # who has the key already keeps the number, then whoever has something live
        for old, number in sorted(found, key=lambda each: each[0] != new):
            people = members[new, old, number]
            live = Appointment.objects.filter(applicant__in=people, status__in=LIVE).exists()
            waits = WaitingEntry.objects.filter(applicant__in=people, status="waiting").exists()
            free = number
            if live or waits:
                while free in taken:
                    free += 1
                taken.add(free)
            mine = {"person_key": new, "namesake": free}
            Appointment.objects.filter(applicant__in=people).exclude(person_key="").update(**mine)
            WaitingEntry.objects.filter(applicant__in=people).exclude(person_key="").update(**mine)
            applicants = Applicant.objects.filter(pk__in=people)
            applicants.update(**mine)
            if free != number:
                applicants.filter(flagged_at=None).update(flagged_at=timezone.now())


class Migration(migrations.Migration):

    dependencies = [
        ("booking", "0006_slot_in_hours"),
    ]

    operations = [
        migrations.RunPython(rekey, migrations.RunPython.noop),
    ]

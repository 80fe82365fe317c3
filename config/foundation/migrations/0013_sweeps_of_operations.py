"""Tasks have other names now; when they last ran is still known."""

from django.db import migrations
from django.db.models import F, Value
from django.db.models.functions import Replace

RENAMED = {
    "config.tasks.": "config.operations.tasks.",
    "booking.tasks.release_lapsed": "booking.tasks.expire_due_holds",
}


def rename(apps, before, now):
    sweeps = apps.get_model("foundation", "Sweep").objects
    moved = sweeps.filter(task__startswith=before)
    # a worker of the new release may have left word already
    names = [name.replace(before, now) for name in moved.values_list("task", flat=True)]
    sweeps.filter(task__in=names).delete()
    moved.update(task=Replace(F("task"), Value(before), Value(now)))


def forwards(apps, schema_editor):
    for before, now in RENAMED.items():
        rename(apps, before, now)


def backwards(apps, schema_editor):
    for before, now in RENAMED.items():
        rename(apps, now, before)


class Migration(migrations.Migration):
    dependencies = [("foundation", "0012_mailboxes_and_links")]
    operations = [migrations.RunPython(forwards, backwards)]

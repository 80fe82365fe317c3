"""An offer whose letter has not left has no deadline, where it had one hour before the start."""

from datetime import timedelta

import booking.states
from django.db import migrations, models
from django.db.models import F


def clear(apps, schema_editor):
    """Takes the deadline of offers that were made without one."""
    appointments = apps.get_model("booking", "Appointment").objects.using(schema_editor.connection.alias)
    last = F("slot__starts_at") - timedelta(minutes=60)
    appointments.filter(status="offered", held_until=last).update(held_until=None)


def restore(apps, schema_editor):
    """Gives these offers the deadline that stood for none."""
    appointments = apps.get_model("booking", "Appointment").objects.using(schema_editor.connection.alias)
    appointments.filter(status="offered", held_until=None).update(held_until=F("free_from"))


class Migration(migrations.Migration):

    dependencies = [
        ('booking', '0012_standard_field_names'),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name='appointment',
            name='appointment_held_until_iff_held_or_offered',
        ),
        migrations.RemoveConstraint(
            model_name='appointment',
            name='appointment_free_from_not_before_held_until',
        ),
        migrations.RunPython(clear, restore),
        migrations.AddConstraint(
            model_name='appointment',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('free_from__isnull', False), ('status__in', [booking.states.Status['HELD'], booking.states.Status['OFFERED']])), models.Q(models.Q(('status__in', [booking.states.Status['HELD'], booking.states.Status['OFFERED']]), _negated=True), ('free_from', None)), _connector='OR'), name='appointment_free_from_iff_held_or_offered'),
        ),
        migrations.AddConstraint(
            model_name='appointment',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('status', booking.states.Status['HELD']), _negated=True), ('held_until__isnull', False), _connector='OR'), name='appointment_hold_has_held_until'),
        ),
        migrations.AddConstraint(
            model_name='appointment',
            constraint=models.CheckConstraint(condition=models.Q(('held_until', None), models.Q(('free_from__gte', models.F('held_until')), ('free_from__isnull', False)), _connector='OR'), name='appointment_free_from_not_before_held_until'),
        ),
    ]

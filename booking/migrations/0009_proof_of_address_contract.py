from django.db import migrations, models
from django.db.models import F


def prove(apps, schema_editor):
    """Until now a proof was always taken for one of the address that stands there."""
    applicants = apps.get_model("booking", "Applicant").objects.using(schema_editor.connection.alias)
    applicants.filter(verified_at__isnull=False).update(proved_address_key=F("address_key"))


class Migration(migrations.Migration):

    dependencies = [
        ('booking', '0008_applicant_version'),
    ]

    operations = [
        migrations.RunPython(prove, migrations.RunPython.noop),
        migrations.AddConstraint(
            model_name='applicant',
            constraint=models.CheckConstraint(condition=models.Q(('verified_at', None), ('proved_address_key', models.F('address_key')), _connector='OR'), name='applicant_proof_is_of_its_address'),
        ),
    ]

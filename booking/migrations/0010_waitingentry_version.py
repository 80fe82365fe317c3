from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('booking', '0009_proof_of_address_contract'),
    ]

    operations = [
        migrations.AddField(
            model_name='waitingentry',
            name='version',
            field=models.PositiveIntegerField(db_default=1, default=1),
        ),
    ]

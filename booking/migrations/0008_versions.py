from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('booking', '0007_rekey_persons'),
    ]

    operations = [
        migrations.AddField(
            model_name='applicant',
            name='version',
            field=models.PositiveIntegerField(db_default=1, default=1),
        ),
        migrations.AddField(
            model_name='waitingentry',
            name='version',
            field=models.PositiveIntegerField(db_default=1, default=1),
        ),
    ]

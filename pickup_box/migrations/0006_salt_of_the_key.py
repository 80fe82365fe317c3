"""A new key of a box can't be made by who has learnt the secret of the product."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("pickup_box", "0005_terminal")]

    operations = [
        migrations.AddField(
            model_name="box",
            name="key_salt",
            field=models.CharField(
                blank=True, db_default="", default="", editable=False, max_length=64
            ),
        ),
    ]

"""The step of an appointment says which action it was; the column keeps its name."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("booking", "0013_offer_without_deadline")]

    operations = [
        migrations.SeparateDatabaseAndState(
            state_operations=[
                migrations.RenameField(model_name="appointmentevent", old_name="verb", new_name="action"),
                migrations.AlterField(
                    model_name="appointmentevent",
                    name="action",
                    field=models.CharField(db_column="verb", max_length=20, verbose_name="what"),
                ),
            ]
        )
    ]

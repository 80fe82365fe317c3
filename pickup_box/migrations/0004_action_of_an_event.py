"""The step of a deposit says which action it was; the column keeps its name."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("pickup_box", "0003_forget_unsettled")]

    operations = [
        migrations.SeparateDatabaseAndState(
            state_operations=[
                migrations.RenameField(model_name="depositevent", old_name="verb", new_name="action"),
                migrations.AlterField(
                    model_name="depositevent",
                    name="action",
                    field=models.CharField(db_column="verb", max_length=30, verbose_name="what"),
                ),
            ]
        )
    ]

"""Three kinds of sign that nothing ever wrote are no choices any more. No column changes."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("foundation", "0013_sweeps_of_operations")]
    operations = [
        migrations.SeparateDatabaseAndState(
            state_operations=[
                migrations.AlterField(
                    model_name="botsignal",
                    name="kind",
                    field=models.CharField(
                        choices=[("honeypot", "filled in a field that nobody sees")],
                        max_length=10,
                        verbose_name="kind",
                    ),
                )
            ]
        )
    ]

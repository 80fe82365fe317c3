"""What leaves by e-mail or SMS is a notification; its table keeps its name."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("foundation", "0014_bot_signals_honeypot_only")]

    operations = [
        # table, constraints and indexes keep their names
        migrations.SeparateDatabaseAndState(
            state_operations=[
                migrations.RenameModel(old_name="Letter", new_name="Notification"),
                migrations.AlterModelTable(name="notification", table="foundation_letter"),
            ]
        )
    ]

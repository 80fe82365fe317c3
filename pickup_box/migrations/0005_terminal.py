"""The terminal calls staff, and a reader of QR codes may stand beside it."""

from django.db import migrations, models

KINDS = [
    ("unanswered", "a door did not answer"),
    ("left_open", "a door stands open"),
    ("power_lost", "power was lost while a door was open"),
    ("not_taken", "closed with something inside"),
    ("door_fault", "a door is broken"),
    ("code_void", "five wrong tries: the code is void"),
    ("paused", "many wrong tries: the terminal pauses"),
    ("stopped", "too many openings: the box has stopped"),
    ("call", "somebody at the terminal asks for help"),
]


class Migration(migrations.Migration):
    dependencies = [("pickup_box", "0004_action_of_an_event")]

    operations = [
        migrations.AddField(
            model_name="box",
            name="reads_qr",
            field=models.BooleanField(
                db_default=False,
                default=False,
                help_text="a reader that types what it reads, like a keyboard",
                verbose_name="the terminal reads QR codes",
            ),
        ),
        migrations.SeparateDatabaseAndState(
            state_operations=[
                migrations.AlterField(
                    model_name="alarm",
                    name="kind",
                    field=models.CharField(choices=KINDS, max_length=12, verbose_name="kind"),
                ),
            ]
        ),
    ]

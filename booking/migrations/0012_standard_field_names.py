"""Fields get names that say what they hold; the columns keep theirs."""

from django.db import migrations, models

import booking.states

NAMESAKES = ("applicant", "appointment", "waitingentry")
ONE_PER_PERSON = (
    (
        "waitingentry",
        "waiting_one_entry_per_person",
        models.Q(("status", booking.states.WaitingStatus["WAITING"])),
    ),
    (
        "appointment",
        "appointment_one_live_per_person",
        models.Q(
            (
                "status__in",
                [
                    booking.states.Status["BOOKED"],
                    booking.states.Status["CHECKED_IN"],
                    booking.states.Status["HELD"],
                ],
            )
        ),
    ),
)


def _number(model):
    label = {"verbose_name": "namesake"} if model == "applicant" else {}
    return models.PositiveSmallIntegerField(db_column="namesake", default=0, **label)


class Migration(migrations.Migration):
    dependencies = [("booking", "0011_calendar_entry")]

    operations = [
        migrations.SeparateDatabaseAndState(
            state_operations=[
                *(
                    migrations.RemoveConstraint(model_name=model, name=name)
                    for model, name, _condition in ONE_PER_PERSON
                ),
                *(
                    migrations.RenameField(
                        model_name=model, old_name="namesake", new_name="namesake_number"
                    )
                    for model in NAMESAKES
                ),
                *(
                    migrations.AlterField(
                        model_name=model, name="namesake_number", field=_number(model)
                    )
                    for model in NAMESAKES
                ),
                migrations.RenameField(
                    model_name="appointment", old_name="hasty", new_name="confirmed_too_fast"
                ),
                migrations.AlterField(
                    model_name="appointment",
                    name="confirmed_too_fast",
                    field=models.BooleanField(
                        db_column="hasty", default=False, verbose_name="confirmed very fast"
                    ),
                ),
                *(
                    migrations.AddConstraint(
                        model_name=model,
                        constraint=models.UniqueConstraint(
                            condition=condition,
                            fields=("person_key", "namesake_number"),
                            name=name,
                        ),
                    )
                    for model, name, condition in ONE_PER_PERSON
                ),
            ]
        )
    ]

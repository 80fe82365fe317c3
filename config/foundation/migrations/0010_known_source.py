from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('foundation', '0009_letter_unanswered'),
    ]

    operations = [
        migrations.CreateModel(
            name='KnownSource',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('key', models.CharField(max_length=64, unique=True)),
                ('seen_at', models.DateTimeField(db_index=True)),
            ],
            options={
                'default_permissions': (),
            },
        ),
    ]

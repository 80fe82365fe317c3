from django.db import migrations


class Migration(migrations.Migration):
    """Drops the cache table of sign-in: its values were pickled, and nothing reads them any more."""

    dependencies = [
        ('foundation', '0010_known_source'),
    ]

    operations = [
        migrations.RunSQL('DROP TABLE IF EXISTS signin_limits', migrations.RunSQL.noop),
    ]

"""Copies of applications for the case file."""


import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('applications', '0002_document_requests'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AlterModelOptions(
            name='application',
            options={'default_permissions': ('view',), 'permissions': [('review_application', 'Can review applications'), ('transfer_application', 'Can hand applications over to the case file')], 'verbose_name': 'application', 'verbose_name_plural': 'applications'},
        ),
        migrations.CreateModel(
            name='Transfer',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('made_at', models.DateTimeField(verbose_name='made at')),
                ('left_at', models.DateTimeField(blank=True, null=True)),
                ('sha512', models.CharField(blank=True, max_length=128)),
                ('confirmed_at', models.DateTimeField(blank=True, null=True, verbose_name='confirmed at')),
                ('application', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='transfers', to='applications.application')),
                ('confirmed_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('made_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'verbose_name': 'copy for the case file',
                'verbose_name_plural': 'copies for the case file',
                'ordering': ['pk'],
                'default_permissions': (),
                'constraints': [models.CheckConstraint(condition=models.Q(models.Q(('left_at', None), ('sha512', '')), models.Q(('left_at__isnull', False), models.Q(('sha512', ''), _negated=True)), _connector='OR'), name='transfer_left_with_its_hash'), models.CheckConstraint(condition=models.Q(('confirmed_at', None), ('left_at__isnull', False), _connector='OR'), name='transfer_confirmed_only_if_it_left'), models.UniqueConstraint(condition=models.Q(('confirmed_at__isnull', False)), fields=('application',), name='transfer_confirmed_once')],
            },
        ),
    ]

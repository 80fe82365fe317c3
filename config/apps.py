"""The top app: deployment checks and the admin site."""

from __future__ import annotations

from importlib import import_module

from django.apps import AppConfig
from django.conf import settings
from django.contrib.admin.apps import AdminConfig as DjangoAdminConfig
from django.db.models.signals import post_migrate

from config import agreement_checks, checks  # noqa: F401  (registers them)
from config.accounts.roles import grant
from config.operations import error_reports
from config.operations.append_only_tables import protect


class ConfigConfig(AppConfig):
    name = "config"
    label = "config"

    def ready(self) -> None:
        """Registers the checks of the machine, and how the apps reach each other.

        Each migration ends with roles and rights.
        """
        import_module("config.operations.server_checks")
        import_module("config.operations.collecting_at_counter")
        if settings.SENTRY_DSN:
            error_reports.start(settings.SENTRY_DSN)
        post_migrate.connect(grant, dispatch_uid="config.accounts.roles.grant")
        post_migrate.connect(protect, dispatch_uid="config.operations.append_only_tables.protect")


class AdminConfig(DjangoAdminConfig):
    default_site = "config.admin.site.DeskSite"

    def ready(self) -> None:
        """Registers the accounts of staff last: they replace what other apps have registered."""
        super().ready()
        import_module("config.admin.edit_log")
        import_module("config.admin.places")
        import_module("config.admin.service_status")
        import_module("config.accounts.admin")

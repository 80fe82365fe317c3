"""The top app: deployment checks and the admin site."""

from __future__ import annotations

from importlib import import_module

from django.apps import AppConfig
from django.contrib.admin.apps import AdminConfig as DjangoAdminConfig
from django.db.models.signals import post_migrate

from config import checks  # noqa: F401  (registers them)
from config.accounts.roles import grant
from config.operations.append_only_tables import protect


class ConfigConfig(AppConfig):
    name = "config"
    label = "config"

    def ready(self) -> None:
        """Lets every migration end with the permissions of the roles and of append-only tables."""
        post_migrate.connect(grant, dispatch_uid="config.accounts.roles.grant")
        post_migrate.connect(protect, dispatch_uid="config.operations.append_only_tables.protect")


class AdminConfig(DjangoAdminConfig):
    default_site = "config.admin.site.DeskSite"

    def ready(self) -> None:
        """Registers the accounts of staff last: they replace what other apps have registered."""
        super().ready()
        import_module("config.accounts.admin")

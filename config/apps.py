"""The top app: deployment checks and the admin site."""

from __future__ import annotations

from django.apps import AppConfig
from django.contrib.admin.apps import AdminConfig as DjangoAdminConfig
from django.db.models.signals import post_migrate

from config import checks  # noqa: F401  (registers them)
from config.append_only import protect
from config.roles import grant


class ConfigConfig(AppConfig):
    name = "config"
    label = "config"

    def ready(self) -> None:
        """Lets every migration end with the permissions of config.roles and config.append_only."""
        post_migrate.connect(grant, dispatch_uid="config.roles.grant")
        post_migrate.connect(protect, dispatch_uid="config.append_only.protect")


class AdminConfig(DjangoAdminConfig):
    default_site = "config.desk.DeskSite"

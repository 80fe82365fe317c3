"""The top app: deployment checks and the admin site."""

from __future__ import annotations

from django.apps import AppConfig
from django.contrib.admin.apps import AdminConfig as DjangoAdminConfig


class ConfigConfig(AppConfig):
    name = "config"
    label = "config"


class AdminConfig(DjangoAdminConfig):
    default_site = "config.desk.DeskSite"

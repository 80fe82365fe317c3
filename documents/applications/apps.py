from importlib import import_module

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ApplicationsConfig(AppConfig):
    name = "documents.applications"
    label = "applications"
    verbose_name = _("Online applications")

    def ready(self) -> None:
        """Registers how notifications are prepared and rendered, and what `doctor` looks at."""
        import_module("documents.applications.checks")
        import_module("documents.applications.actions.verification")
        import_module("documents.applications.notifications")

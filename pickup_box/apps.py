from importlib import import_module

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class PickupBoxConfig(AppConfig):
    name = "pickup_box"
    verbose_name = _("Pickup box")

    def ready(self) -> None:
        """Registers how notifications are prepared and rendered, and where the boxes stand."""
        import_module("pickup_box.actions.prepare_notifications")
        import_module("pickup_box.notifications")
        import_module("pickup_box.addresses")

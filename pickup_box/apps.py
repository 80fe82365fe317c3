from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class PickupBoxConfig(AppConfig):
    name = "pickup_box"
    verbose_name = _("Pickup box")

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class BookingConfig(AppConfig):
    name = "booking"
    verbose_name = _("Appointments")

    def ready(self) -> None:
        """Registers the letters, what happens when they leave, and what times there are."""
        from booking import actions, availability  # noqa: F401
        from booking.notifications import rendering  # noqa: F401

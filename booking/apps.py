from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class BookingConfig(AppConfig):
    name = "booking"
    verbose_name = _("Appointments")

    def ready(self) -> None:
        """Registers how notifications are prepared and rendered, and what times there are."""
        from booking import availability  # noqa: F401
        from booking.actions import application_invitations, prepare_notifications  # noqa: F401
        from booking.notifications import invitations, rendering, texts  # noqa: F401

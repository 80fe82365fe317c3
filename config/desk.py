"""The caseworkers' door: the admin site, German first."""

from __future__ import annotations

from django.contrib.admin import AdminSite
from django.utils.translation import gettext_lazy as _


class DeskSite(AdminSite):
    """The Django admin under the product's own name."""

    site_header = _("Soforttermin")
    site_title = _("Soforttermin")
    index_title = _("Today")

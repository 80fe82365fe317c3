"""The address a request comes from: known for limits, never stored."""

from __future__ import annotations

from ipaddress import IPv6Address, ip_address, ip_network

from django.conf import settings
from django.http import HttpRequest

_ONE_HOME = 64  # whoever has one IPv6 address has the 2^64 beside it


def address_of(request: HttpRequest) -> str:
    """The visitor's address as the outermost trusted proxy saw it; IPv6 as its /64 network.

    What the visitor's own X-Forwarded-For claims counts for nothing.
    """
    direct = str(request.META.get("REMOTE_ADDR") or "unknown")
    told = request.META.get("HTTP_X_FORWARDED_FOR", "").split(",")
    proxies = settings.TRUSTED_PROXIES
    text = told[-proxies].strip() if 0 < proxies <= len(told) else direct
    try:
        address = ip_address(text)
    except ValueError:
        return direct
    if isinstance(address, IPv6Address):
        if address.ipv4_mapped:
            return str(address.ipv4_mapped)
        return str(ip_network((address, _ONE_HOME), strict=False))
    return str(address)

"""Mailboxes and links of the office at the place where they are needed."""

from __future__ import annotations

from django import template

from config.foundation import contacts
from config.foundation.contacts import Link, Mailbox

register = template.Library()


def _place(of: str, row: str) -> str:
    return f"{of}.{row}" if row else of


@register.simple_tag
def links_at(of: str, row: str = "") -> list[Link]:
    """Forms, services and films of a list, or of one of its rows."""
    return contacts.links_at(_place(of, row))


@register.simple_tag
def online_services() -> list[Link]:
    """The online services of the office whose addresses are known."""
    return contacts.online_services()


@register.simple_tag
def mailboxes_at(of: str, row: str = "") -> list[Mailbox]:
    """Every mailbox, the fitting ones first."""
    return contacts.mailboxes_at(_place(of, row))


@register.simple_tag
def own_mailboxes(of: str, row: str = "") -> list[Mailbox]:
    """The mailboxes of this very row; none while the office has named none."""
    return contacts.own_mailboxes(_place(of, row))


@register.simple_tag
def mailboxes_for(of: str, row: str = "") -> list[Mailbox]:
    """The fitting mailboxes alone; where there are none, all."""
    return contacts.mailboxes_for(_place(of, row))

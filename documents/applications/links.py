"""The link to an application in its letters: signed, and good for as long as the papers are kept.

It is not stored: whoever reads the database, or a letter at the desk, has no link that works.
"""

from __future__ import annotations

from django.core.signing import BadSignature, Signer

from documents.applications.models import Application

_SALT = "applications.link"


def link_secret(application: Application) -> str:
    """What stands in the link of this application."""
    return _signer().sign(str(application.pk))


def application_of(secret: str) -> Application | None:
    """The application of a link, also once it is forgotten; None for what we never signed."""
    try:
        pk = _signer().unsign(secret)
    except BadSignature:
        return None
    return Application.objects.filter(pk=pk).exclude(sent_at=None).first()


def _signer() -> Signer:
    return Signer(salt=_SALT, sep=".", algorithm="sha256")

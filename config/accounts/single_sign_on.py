"""Single sign-on by OpenID Connect: the office's own provider instead of a password.

The provider says who somebody is, never what they may do: accounts and roles are the office's, and
the second factor comes afterwards as ever. Of what the provider tells, only its number for the
person is kept.
"""

from __future__ import annotations

from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from allauth.socialaccount.models import SocialAccount, SocialLogin
from django.http import HttpRequest

from config.foundation.staff import Staff


class Adapter(DefaultSocialAccountAdapter):
    """Knows staff by the address that the provider has verified, and from then on by its number."""

    def pre_social_login(self, request: HttpRequest, sociallogin: SocialLogin) -> None:
        """Finds the one account; without one nobody gets any further."""
        account = sociallogin.account
        if not sociallogin.is_existing:
            staff = _known(sociallogin)
            if staff is None:
                return
            sociallogin.user = account.user = staff
        account.extra_data = {}
        account.save()

    def is_open_for_signup(self, request: HttpRequest, sociallogin: SocialLogin) -> bool:
        """Never: accounts are made by the office."""
        return False


def _known(sociallogin: SocialLogin) -> Staff | None:
    # `is True`: some providers say "false" in quotes
    verified = [each.email for each in sociallogin.email_addresses if each.verified is True]
    found = list(Staff.objects.filter(email__iexact=verified[0])[:2]) if verified else []
    # an address may pass to somebody else, who then comes with another number
    if len(found) != 1 or SocialAccount.objects.filter(user=found[0]).exists():
        return None
    return found[0]

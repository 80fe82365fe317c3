"""Forms of sign-in that count guesses; allauth counts in a cache, and the product keeps none."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from allauth.account.adapter import get_adapter as get_account_adapter
from allauth.account.forms import ChangePasswordForm as StockChangePasswordForm
from allauth.core import context
from allauth.core.internal.cryptokit import compare_user_code
from allauth.mfa import app_settings
from allauth.mfa.adapter import get_adapter
from allauth.mfa.base.forms import AuthenticateForm as StockAuthenticateForm
from allauth.mfa.base.forms import ReauthenticateForm as StockReauthenticateForm
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.forms import ActivateTOTPForm as StockActivateTOTPForm
from allauth.mfa.totp.internal import auth as totp
from allauth.mfa.utils import decrypt
from django.utils import timezone

from config.accounts import sign_in_limits
from config.foundation import limits
from config.foundation.staff import Staff

_HOUR = timedelta(hours=1)


@contextmanager
def _counted(user: Staff, secret: sign_in_limits.Secret) -> Iterator[None]:
    """Counts what is tried inside, unless it is right; raises ValidationError after too many."""
    attempt = sign_in_limits.begin(
        context.request, account=user.get_username(), secret=secret, now=timezone.now()
    )
    if attempt is None:
        raise get_account_adapter().validation_error("too_many_login_attempts")
    yield
    attempt.give_back()


def _use(code: str, *, secret: str) -> None:
    """Takes a right one-time code for the first time; raises ValidationError ever after."""
    for counter in totp.yield_hotp_counters_from_time():
        value = totp.format_hotp_value(totp.hotp_value(secret, counter))
        if not compare_user_code(actual=code, expected=value):
            continue
        # counted in the hour of its step, whenever it is used: one row for as long as it is good
        step = datetime.fromtimestamp(counter * app_settings.TOTP_PERIOD, UTC)
        subject = f"{secret}|{counter}"
        if not limits.take("one-time code", subject, limit=1, per=_HOUR, now=step):
            raise get_adapter().validation_error("incorrect_code")


if TYPE_CHECKING:  # it stands before one of the forms of allauth
    from allauth.mfa.base.forms import AuthenticateForm as _Form
else:
    _Form = object


class _OneCode(_Form):
    """Takes each code once, for as long as its step is good."""

    user: Staff
    authenticator: Authenticator

    def clean_code(self) -> str:
        """The code; raises ValidationError when it is wrong, used or one guess too many."""
        with _counted(self.user, sign_in_limits.CODE):
            code: str = super().clean_code()
            if self.authenticator.type == Authenticator.Type.TOTP:
                _use(code, secret=decrypt(self.authenticator.data["secret"]))
        return code


class AuthenticateForm(_OneCode, StockAuthenticateForm):
    """The second factor at sign-in."""


class ReauthenticateForm(_OneCode, StockReauthenticateForm):
    """The second factor once more, before what needs a fresh sign-in."""


class ActivateTOTPForm(StockActivateTOTPForm):
    """The first code of a new app: it signs nobody in afterwards."""

    def clean_code(self) -> str:
        """The code; raises ValidationError when it is wrong or one guess too many."""
        with _counted(self.user, sign_in_limits.CODE):
            code: str = super().clean_code()
            _use(code, secret=self.secret)
        return code


class ChangePasswordForm(StockChangePasswordForm):
    """A new password; who found an open desk can't guess the present one here either."""

    def clean_oldpassword(self) -> str:
        """The present password; raises ValidationError when it is wrong or one guess too many."""
        with _counted(self.user, sign_in_limits.PASSWORD):
            password: str = super().clean_oldpassword()
        return password

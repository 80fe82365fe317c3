"""Words of Django that it has no German for, or another than the desk: `locale/de` says them."""

from __future__ import annotations

from django.utils.translation import gettext_noop as _

WORDS = (
    _("Conflicting form data submitted. Please try again."),
    _("Password-based authentication was disabled."),
    _("Set password: %s"),
    _("Reset password"),
    _("Set password"),
    _("Password-based authentication"),
    _("Enabled"),
    _("Disabled"),
    _("Enter the same password as before, for verification."),
    _("You must type the same password each time."),
    _("Account Inactive"),
    _("This account is inactive."),
    _("Enable password-based authentication for this user by setting a password."),
    _("After you’ve created a user, you’ll be able to edit more user options."),
    _("This action will <strong>enable</strong> password-based authentication for this user."),
    _("Disable password-based authentication"),
    _("Enable password-based authentication"),
    _("In case you’ve forgotten, you are:"),
    _(
        "Whether the user will be able to authenticate using a password or not. "
        "If disabled, they may still be able to authenticate using other backen"
        "ds, such as Single Sign-On or LDAP."
    ),
    _("log entry"),
    _("log entries"),
    _("Save and add another"),
    _("Save and continue editing"),
)

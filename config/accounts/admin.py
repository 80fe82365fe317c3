"""Accounts of staff at the desk: nobody raises themselves, nobody sees a secret of another."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from auditlog.registry import auditlog
from django import forms
from django.contrib import admin
from django.contrib.auth.admin import UserAdmin
from django.contrib.auth.forms import AdminPasswordChangeForm, AdminUserCreationForm
from django.contrib.auth.models import Group
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from config.foundation.optimistic_lock import OptimisticLockAdmin
from config.foundation.staff import Staff

if TYPE_CHECKING:  # Django's own classes know their model only to the type checker
    AddForm = AdminUserCreationForm[Staff]
    PasswordForm = AdminPasswordChangeForm[Staff]
    Users = UserAdmin[Staff]
else:
    AddForm, PasswordForm, Users = AdminUserCreationForm, AdminPasswordChangeForm, UserAdmin

# Seeds and recovery codes are nobody's to read; groups follow the table in config.accounts.roles.
for model in (Authenticator, EmailAddress, Group):
    admin.site.unregister(model)
auditlog.register(Staff, exclude_fields=["password", "last_login"], m2m_fields={"groups"})


class FirstPasswordForm(AddForm):
    """A new account; who types its password knows it, so it is good for one sign-in."""

    class Meta:
        model = Staff
        fields = ("username", "first_name", "last_name", "email")

    def save(self, commit: bool = True) -> Staff:
        """Stores the account with the duty to change the password."""
        self.instance.must_change_password = True
        return super().save(commit)


class NewPasswordForm(PasswordForm):
    """A new password for somebody who forgot theirs, also for one sign-in."""

    def save(self, commit: bool = True) -> Staff:
        """Stores the account with the duty to change the password."""
        self.user.must_change_password = True
        return super().save(commit)


@admin.register(Staff)
class StaffAdmin(OptimisticLockAdmin, Users):
    """Accounts, their groups and lost second factors."""

    add_form = FirstPasswordForm
    change_password_form = NewPasswordForm
    list_display = ("username", "last_name", "first_name", "is_active", "last_login")
    list_filter = ("is_active", "groups")
    filter_horizontal = ()
    actions = ("remove_second_factor",)
    readonly_fields = ("last_login", "date_joined")
    fieldsets = (
        (None, {"fields": ("username", "password", "must_change_password")}),
        (_("Person"), {"fields": ("first_name", "last_name", "email", "language")}),
        (_("Access"), {"fields": ("is_active", "is_staff", "groups", "is_superuser")}),
        (_("Dates"), {"fields": ("last_login", "date_joined")}),
    )

    def get_readonly_fields(
        self, request: HttpRequest, obj: Staff | None = None
    ) -> tuple[str, ...]:
        """Only a superuser makes a superuser."""
        locked = () if request.user.is_superuser else ("is_superuser",)
        return (*super().get_readonly_fields(request, obj), *locked)

    def formfield_for_manytomany(self, *args: Any, **kwargs: Any) -> Any:
        """Groups as boxes to tick: there are three."""
        kwargs["widget"] = forms.CheckboxSelectMultiple
        return super().formfield_for_manytomany(*args, **kwargs)

    def has_change_permission(self, request: HttpRequest, obj: Staff | None = None) -> bool:
        """Nobody changes their own rights, and only a superuser changes a superuser."""
        may = super().has_change_permission(request, obj)
        if obj is None or request.user.is_superuser:
            return may
        return may and not obj.is_superuser and obj.pk != request.user.pk

    def has_delete_permission(self, request: HttpRequest, obj: Staff | None = None) -> bool:
        """Never: the access log names its people; a person who left is set inactive."""
        return False

    @admin.action(description=_("Remove the second factor (lost phone or key)"))
    def remove_second_factor(self, request: HttpRequest, queryset: QuerySet[Staff]) -> None:
        """Lets the chosen people set a new second factor up at their next sign-in."""
        people = [person for person in queryset if self.has_change_permission(request, person)]
        Authenticator.objects.filter(user__in=people).delete()
        for person in people:
            self.log_change(request, person, [{"changed": {"fields": ["second factor"]}}])
        self.message_user(request, _("Second factor removed: %(n)s.") % {"n": len(people)})

    def get_actions(self, request: HttpRequest) -> Any:
        """Without the right to change accounts there is nothing to do with a list of them."""
        return super().get_actions(request) if self.has_change_permission(request) else {}

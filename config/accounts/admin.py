"""Accounts of staff at the desk: nobody raises themselves, nobody sees a secret of another."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from auditlog.registry import auditlog
from django import forms
from django.contrib import admin, messages
from django.contrib.auth.admin import UserAdmin
from django.contrib.auth.forms import (
    AdminPasswordChangeForm,
    AdminUserCreationForm,
    ReadOnlyPasswordHashField,
    ReadOnlyPasswordHashWidget,
    SetUnusablePasswordMixin,
    UserChangeForm,
)
from django.contrib.auth.models import Group
from django.core.exceptions import PermissionDenied
from django.db.models import Exists, OuterRef, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.urls import URLPattern, path
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.safestring import SafeString
from django.utils.timezone import localtime
from django.utils.translation import gettext_lazy as _

from config.accounts.roles import CASEWORKER, OPS, REGISTRAR, TEAM_LEAD
from config.accounts.second_factors import FACTOR, take_away
from config.accounts.substitutes import end_substitution, hand_on, possible_substitutes
from config.foundation.actions import Refused
from config.foundation.admin_bases import AccessLoggedReadOnlyAdmin, staff_name, tag, wall_day
from config.foundation.colleagues import ColleagueField
from config.foundation.day_inputs import DeskDayField
from config.foundation.edits import calls
from config.foundation.office import office_day
from config.foundation.optimistic_lock import OptimisticLockAdmin
from config.foundation.staff import Staff, staff_of
from config.foundation.substitutions import Substitution

if TYPE_CHECKING:  # Django's own classes know their model only to the type checker
    AddForm = AdminUserCreationForm[Staff]
    ChangeForm = UserChangeForm[Staff]
    PasswordForm = AdminPasswordChangeForm[Staff]
    Users = UserAdmin[Staff]
else:
    AddForm, ChangeForm = AdminUserCreationForm, UserChangeForm
    PasswordForm, Users = AdminPasswordChangeForm, UserAdmin

ROLE_NAMES: dict[str, str | Promise] = {
    CASEWORKER: _("caseworker"),
    TEAM_LEAD: _("team lead"),
    OPS: _("operations"),
    REGISTRAR: _("registers people for special hours"),
}

# Seeds and recovery codes are nobody's to read; groups follow the table in config.accounts.roles.
for model in (Authenticator, EmailAddress, Group):
    admin.site.unregister(model)
auditlog.register(Substitution)
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


class PasswordState(ReadOnlyPasswordHashWidget):
    """Whether a password is set; how it is stored is of no use to anybody at the desk."""

    def get_context(self, name: str, value: Any, attrs: dict[str, Any] | None) -> dict[str, Any]:
        """Django's, without algorithm, salt and hash."""
        context = super().get_context(name, value, attrs)
        if any("value" in entry for entry in context["summary"]):
            context["summary"] = [{"label": _("A password is set.")}]
        return context


class AccountForm(ChangeForm):
    """An account and its roles."""

    password = ReadOnlyPasswordHashField(label=_("Password"), widget=PasswordState)

    def clean(self) -> dict[str, Any]:
        """Refuses the desk to whoever registers people: they are of another service."""
        data: dict[str, Any] = super().clean() or self.cleaned_data
        roles = {group.name for group in data.get("groups", ())}
        has_more = roles != {REGISTRAR} or data.get("is_staff") or data.get("is_superuser")
        if REGISTRAR in roles and has_more:
            self.add_error(
                "groups",
                _("Who registers people has this role alone, and no access to the administration."),
            )
        return data


class NewPasswordForm(PasswordForm):
    """A new password for somebody who forgot theirs, also for one sign-in."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if field := self.fields.get("usable_password"):
            # Django adds a sentence that has no translation
            field.help_text = SetUnusablePasswordMixin.usable_password_help_text

    def save(self, commit: bool = True) -> Staff:
        """Stores the account with the duty to change the password."""
        self.user.must_change_password = True
        return super().save(commit)


def role_name(group: Group) -> str | Promise:
    """What the desk calls a group."""
    return ROLE_NAMES.get(group.name, group.name)


@calls(Group)
def called(name: str) -> str:
    """What the log of edits calls a role."""
    return str(ROLE_NAMES.get(name, name))


class RoleFilter(admin.SimpleListFilter):
    """Accounts by role."""

    title = _("role")
    parameter_name = "role"

    def lookups(self, request: HttpRequest, model_admin: object) -> list[tuple[str, Any]]:
        """The roles."""
        return list(ROLE_NAMES.items())

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """Whoever has the chosen role."""
        return queryset.filter(groups__name=self.value()) if self.value() else queryset


@admin.register(Staff)
class StaffAdmin(OptimisticLockAdmin, Users):
    """Accounts, their groups and lost second factors."""

    form = AccountForm
    add_form = FirstPasswordForm
    change_password_form = NewPasswordForm
    list_display = ("username", "person", "roles", "second_factor", "standing", "last_login")
    list_filter = ("is_active", RoleFilter)
    filter_horizontal = ()
    actions = ("remove_second_factor",)
    readonly_fields = ("last_login", "date_joined")
    fieldsets = (
        (None, {"fields": ("username", "password", "must_change_password")}),
        (_("Person"), {"fields": ("first_name", "last_name", "email", "language")}),
        (_("Access and rights"), {"fields": ("is_active", "is_staff", "groups", "is_superuser")}),
        (_("Dates"), {"fields": ("last_login", "date_joined")}),
    )

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        """One button saves; a new account goes on to its roles by itself."""
        one = {"show_save_and_add_another": False, "show_save_and_continue": False}
        return super().render_change_form(request, {**context, **one}, *args, **kwargs)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Staff]:
        """With the roles and whether there is a second factor, in two queries."""
        factors = Authenticator.objects.filter(user=OuterRef("pk"))
        rows: QuerySet[Staff] = super().get_queryset(request).prefetch_related("groups")
        return rows.annotate(has_factor=Exists(factors))

    @admin.display(description=_("person"), ordering="last_name")
    def person(self, row: Staff) -> str:
        """First and last name."""
        return row.get_full_name() or "–"

    @admin.display(description=_("roles"))
    def roles(self, row: Staff) -> str:
        """In words; a superuser needs none."""
        names = [str(role_name(group)) for group in row.groups.all()]
        if row.is_superuser:
            names.append(str(_("superuser")))
        return ", ".join(names) or "–"

    @admin.display(description=_("second factor"))
    def second_factor(self, row: Staff) -> SafeString:
        """Whether there is one; without it nobody gets further than its set-up."""
        has_factor: bool = getattr(row, "has_factor")  # noqa: B009  # annotated above
        return tag(_("set up"), "success") if has_factor else tag(_("missing"), "warning")

    @admin.display(description=_("state"), ordering="is_active")
    def standing(self, row: Staff) -> SafeString:
        """Whether the account may sign in."""
        if not row.is_active:
            return tag(_("locked"))
        if row.must_change_password:
            return tag(_("password to be changed"), "info")
        return tag(_("active"), "success")

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        """Without the link to a new password for whoever may not set it."""
        found = super().get_fieldsets(request, obj)
        if obj is None or self.has_change_permission(request, obj):
            return found
        return [
            (title, {"fields": [name for name in options["fields"] if name != "password"]})
            for title, options in found
        ]

    def get_readonly_fields(
        self, request: HttpRequest, obj: Staff | None = None
    ) -> tuple[str, ...]:
        """Only a superuser makes a superuser."""
        locked = () if request.user.is_superuser else ("is_superuser",)
        return (*super().get_readonly_fields(request, obj), *locked)

    def formfield_for_manytomany(self, *args: Any, **kwargs: Any) -> Any:
        """Groups as boxes to tick: there are few."""
        kwargs["widget"] = forms.CheckboxSelectMultiple(attrs={"class": "desk-ticks"})
        field = super().formfield_for_manytomany(*args, **kwargs)
        if field is not None:
            field.choices = [(group.pk, role_name(group)) for group in Group.objects.order_by("pk")]
            field.help_text = ""
        return field

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
        for person in people:
            take_away(person, now=timezone.now())
            self.log_change(request, person, [{"changed": {"fields": [FACTOR]}}])
        self.message_user(request, _("Second factor removed: %(n)s.") % {"n": len(people)})

    def get_actions(self, request: HttpRequest) -> Any:
        """Without the right to change accounts there is nothing to do with a list of them."""
        return super().get_actions(request) if self.has_change_permission(request) else {}


class HandOnForm(forms.Form):
    """To whom, which rights, and until when."""

    substitute = ColleagueField(Staff.objects.none(), label=_("Substitute"), empty_label=None)
    rights = forms.MultipleChoiceField(
        choices=Substitution.Right.choices,
        label=_("Rights"),
        widget=forms.CheckboxSelectMultiple,
    )
    until = DeskDayField(label=_("Last day"), help_text=_("six weeks at most"))

    def __init__(self, *args: Any, by: Staff, **kwargs: Any) -> None:
        super().__init__(*args, **{"label_suffix": "", **kwargs})
        field = self.fields["substitute"]
        assert isinstance(field, forms.ModelChoiceField)  # noqa: S101
        field.queryset = possible_substitutes(by).order_by("last_name", "username")


@admin.register(Substitution)
class SubstitutionAdmin(AccessLoggedReadOnlyAdmin):
    """Who stands in for the team lead with which right: made and ended by pages of their own."""

    change_list_template = "admin/foundation/substitution/change_list.html"
    change_form_template = "admin/foundation/substitution/change_form.html"
    recorded = False  # about staff, not about the people they serve
    desk_help = _(
        "Somebody who stands in for the team lead gets single rights until a day. Everything they "
        "do with them is recorded under their own name."
    )
    stand_in = staff_name("substitute", _("substitute"))
    granter = staff_name("granted_by", _("handed on by"))
    ender = staff_name("ended_by", _("ended by"))
    list_display = ("stand_in", "right", "standing", "until", "granter", "granted_at")
    list_select_related = ("substitute", "granted_by")
    ordering = ("-granted_at",)
    fields = readonly_fields = (*list_display, "ended_at", "ender")

    @admin.display(description=_("state"))
    def standing(self, row: Substitution) -> SafeString:
        """Whether it holds today."""
        if row.ended_at:
            return tag(_("taken back"))
        today = office_day(timezone.now())
        return tag(_("over")) if row.until < today else tag(_("in force"), "success")

    def name_of(self, row: Substitution) -> str:
        """Who, and what for."""
        return f"{row.substitute}: {row.get_right_display()}"

    def get_urls(self) -> list[URLPattern]:
        """With handing on and ending."""
        site = self.admin_site.admin_view
        return [
            path("hand-on/", site(self.hand_on_view), name="foundation_substitution_hand-on"),
            path("<path:object_id>/end/", site(self.end_view), name="foundation_substitution_end"),
            *super().get_urls(),
        ]

    def shown_beside(self, request: HttpRequest, row: Substitution) -> dict[str, Any]:
        """Whether there is anything to take back."""
        return {"may_end": row.ended_at is None and self._may_hand_on(request)}

    def _may_hand_on(self, request: HttpRequest) -> bool:
        return request.user.has_perm("foundation.hand_on_rights")

    def hand_on_view(self, request: HttpRequest) -> HttpResponseBase:
        """Hands rights on, each in a row of its own."""
        if not self._may_hand_on(request):
            raise PermissionDenied
        now, by = timezone.now(), staff_of(request)
        form = HandOnForm(request.POST or None, by=by)
        refusal = None
        if request.method == "POST" and form.is_valid():
            data = form.cleaned_data
            try:
                for right in data["rights"]:
                    hand_on(
                        substitute=data["substitute"],
                        right=Substitution.Right(right),
                        until=data["until"],
                        now=now,
                        by=by,
                    )
            except Refused as refused:
                refusal = refused.sentence
            else:
                text = _("%(name)s, %(time)s: rights handed on by %(by)s until %(day)s.")
                told = {"name": data["substitute"], "time": f"{localtime(now):%H:%M}", "by": by}
                messages.success(request, text % {**told, "day": wall_day(data["until"])})
                return redirect("admin:foundation_substitution_changelist")
        return self.page(
            request,
            "admin/foundation/substitution/hand_on.html",
            title=_("Hand rights on"),
            status=422 if request.method == "POST" else 200,
            form=form,
            refusal=refusal,
        )

    def end_view(self, request: HttpRequest, object_id: str) -> HttpResponseBase:
        """Takes a right back before its last day."""
        row = self.row_for(request, object_id, permission="foundation.hand_on_rights")
        now, by = timezone.now(), staff_of(request)
        if request.method == "POST":
            end_substitution(row=row, now=now, by=by)
            text = _("%(name)s, %(time)s: right taken back by %(by)s.")
            told = {"name": row.substitute, "time": f"{localtime(now):%H:%M}", "by": by}
            messages.success(request, text % told)
            return redirect("admin:foundation_substitution_change", row.pk)
        return self.page(
            request,
            "admin/foundation/substitution/end.html",
            title=_("Take the right back"),
            original=row,
        )

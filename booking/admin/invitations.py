"""Invitations at the desk: inviting, the list by state, extending, withdrawing, the sheet."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponseBase
from django.shortcuts import redirect
from django.urls import URLPattern, path
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.safestring import SafeString
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from booking import actions
from booking.actions.desk_refusals import NoTimesLeft
from booking.actions.invitation_terms import end_of_choice
from booking.actions.invitations import free_times, open_invitations
from booking.actions.refusals import PageOutdated
from booking.admin.applicants import ShowsPerson
from booking.admin.application_invitations import InvitesFromReview
from booking.admin.invitation_forms import (
    MOST_PEOPLE,
    THIS_TIME,
    ExtendForm,
    InviteeForm,
    InviteForm,
    people_forms,
)
from booking.admin.invitation_history import history_of_invitation
from booking.admin.invitation_search import search
from booking.admin.invite_selected import ISSUE
from booking.deadlines import LAST_CALL
from booking.invitation_pdf import print_invitation
from booking.models import Invitation, Quota
from booking.states import InvitationState, Status, invitation_state
from config.foundation.actions import Refused
from config.foundation.admin_about import messages_about
from config.foundation.admin_bases import tag, wall_day, wall_time
from config.foundation.audit import AccessRecord
from config.foundation.numbers import whole_number
from config.foundation.office import current_office
from config.foundation.printing import inline_pdf
from config.foundation.staff import staff_of

NAMES = {
    InvitationState.OPEN: pgettext_lazy("invitation", "open"),
    InvitationState.TAKEN: gettext_lazy("appointment chosen"),
    InvitationState.USED: gettext_lazy("visit over"),
    InvitationState.OVER: gettext_lazy("nothing chosen"),
    InvitationState.WITHDRAWN: gettext_lazy("withdrawn"),
}
CAME = {
    Status.COMPLETED: gettext_lazy("came"),
    Status.NO_SHOW: gettext_lazy("not come"),
}
TONES = {
    InvitationState.OPEN: "info",
    InvitationState.TAKEN: "success",
    InvitationState.OVER: "warning",
}


class State(admin.SimpleListFilter):
    """Where invitations stand; open ones unless told otherwise."""

    title = gettext_lazy("state")
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: object) -> list[tuple[str, Any]]:
        """Every state but the default."""
        return [
            ("taken", NAMES[InvitationState.TAKEN]),
            ("over", NAMES[InvitationState.OVER]),
            ("missed", CAME[Status.NO_SHOW]),
            ("came", CAME[Status.COMPLETED]),
            ("withdrawn", NAMES[InvitationState.WITHDRAWN]),
        ]

    def choices(self, changelist: Any) -> Any:
        """The default has a name."""
        default, *others = list(super().choices(changelist))
        yield {**default, "display": NAMES[InvitationState.OPEN]}
        yield from others

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """The invitations of one state."""
        now, rows = timezone.now(), Invitation.objects.all()
        found = {
            "taken": rows.taken(now=now),
            "over": rows.over(now=now),
            "missed": rows.used(Status.NO_SHOW),
            "came": rows.used(Status.COMPLETED),
            "withdrawn": rows.exclude(withdrawn_at=None),
        }
        return queryset.filter(pk__in=found.get(self.value() or "", rows.open(now=now)))


@admin.register(Invitation)
class InvitationAdmin(ShowsPerson, InvitesFromReview):
    """Invitations are made by inviting, and changed by actions."""

    change_form_template = "admin/booking/invitation/change_form.html"
    change_list_template = "admin/booking/invitation/change_list.html"
    desk_help = gettext_lazy(
        "Whoever is invited chooses an appointment of the quota by the link in the letter, or with "
        "its number and the date of birth. Times that are cancelled open the invitation again."
    )
    list_display = (
        *("person", "born", "quota", "case_reference"),
        *("listed", "visit", "until", "contact"),
    )
    list_filter = (State, "quota")
    ordering = ("valid_until", "pk")
    fields = readonly_fields = ("reference",)  # the page has a template of its own

    def case_reference_of(self, row: Invitation) -> str:
        """The same file again."""
        return row.case_reference

    def name_of(self, row: Invitation) -> str:
        """The person's name, or the reference once nobody knows it."""
        return row.applicant.desk_name or row.reference

    def get_queryset(self, request: HttpRequest) -> QuerySet[Invitation]:
        """With their visits, in one query."""
        rows = Invitation.objects.with_visits(now=timezone.now())
        return rows.select_related("applicant", "quota")

    @admin.display(description=gettext_lazy("state"))
    def listed(self, row: Any) -> SafeString:
        """In words and a colour."""
        now = timezone.now()
        state = state_of(row, now=now)
        if state == InvitationState.USED:
            return tag(CAME[Status(row.visit_status)])
        if state == InvitationState.OPEN and row.valid_until - now <= LAST_CALL:
            return tag(pgettext_lazy("invitation", "open, ends soon"), "warning")
        return state_tag(state)

    @admin.display(description=gettext_lazy("appointment"), ordering="visit_at")
    def visit(self, row: Any) -> str:
        """When the person comes or was to come."""
        return wall_time(row.visit_at) if row.visit_at else "–"

    @admin.display(description=gettext_lazy("valid until"), ordering="valid_until")
    def until(self, row: Invitation) -> str:
        """The last day."""
        return wall_day(localtime(row.valid_until - timedelta(microseconds=1)))

    def get_urls(self) -> list[URLPattern]:
        """With inviting, and what becomes of one invitation."""
        site = self.admin_site.admin_view
        pages = {"extend": self.extend_view, "withdraw": self.withdraw_view, "sheet": self.sheet}
        return [
            path("invite/", site(self.invite_view), name="booking_invitation_invite"),
            path(
                "application/<int:pk>/",
                site(self.application_view),
                name="booking_invitation_application",
            ),
            path("search/", site(partial(search, self)), name="booking_invitation_search"),
            *(
                path(f"<path:object_id>/{name}/", site(view), name=f"booking_invitation_{name}")
                for name, view in pages.items()
            ),
            *super().get_urls(),
        ]

    def shown_beside(self, request: HttpRequest, row: Invitation) -> dict[str, Any]:
        """Who, until when, and the visits it led to."""
        now = timezone.now()
        state = row.state_at(now)
        is_over = state in {InvitationState.USED, InvitationState.WITHDRAWN}
        return {
            **self._facts(row),
            "standing": state_tag(state),
            "visits": row.appointments.exclude(booked_at=None).select_related("slot__counter"),
            "may_issue": request.user.has_perm(ISSUE) and bool(row.person_key),
            "may_extend": not is_over,
            "may_withdraw": state in {InvitationState.OPEN, InvitationState.OVER},
            "may_repeat": state in {InvitationState.OVER, InvitationState.WITHDRAWN},
            "is_open": state == InvitationState.OPEN,
            "history": history_of_invitation(row),
            "messages_sent": messages_about(row.subject, now=now, is_over=is_over),
        }

    def _facts(self, row: Invitation) -> dict[str, Any]:
        return {
            "born": self.born(row),
            "until": self.until(row),
            "issued": wall_time(row.issued_at),
        }

    # --- inviting -------------------------------------------------------------------------------

    def invite_view(self, request: HttpRequest) -> HttpResponseBase:
        """Who is invited to what: one page, one press."""
        if not request.user.has_perm(ISSUE):
            raise PermissionDenied
        now = timezone.now()
        given = request.POST if request.method == "POST" else None
        quotas = list(Quota.objects.filter(in_service=True))
        quota = self._chosen(request, quotas)
        if quota is None:
            # what was entered is for the quota that was named, and for no other
            refusal = None if given is None else PageOutdated.sentence
            return self._invite_page(request, quotas=quotas, refusal=refusal)
        count = _number_of_people(request)
        more = given is not None and "more" in given
        form = InviteForm(None if more else given, quota=quota, now=now, initial=_kept(request))
        people = people_forms(given, now=now, count=count)
        shown: dict[str, Any] = {
            "quotas": quotas,
            "quota": quota,
            "form": form,
            "people": people,
            "count": count,
            "may_add": count < MOST_PEOPLE,
            "free": free_times(quota, now=now),
            "open": open_invitations(quota, now=now),
            "none_left": NoTimesLeft.sentence,
        }
        if given is None or more:
            return self._invite_page(request, **shown)
        entered = [each for number, each in enumerate(people) if not number or each.is_entered]
        if not all([form.is_valid(), *(each.is_valid() for each in entered)]):
            return self._invite_page(request, status=422, **shown)
        if form.cleaned_data["way"] == THIS_TIME and len(entered) > 1:
            form.add_error(
                "way", _("One appointment is for one person: please invite them one by one.")
            )
            return self._invite_page(request, status=422, **shown)
        try:
            return self._invite(request, quota, form, entered, now=now)
        except Refused as refused:
            return self._invite_page(request, refusal=refused.sentence, **shown)

    def _chosen(self, request: HttpRequest, quotas: list[Quota]) -> Quota | None:
        """The quota that the page is about; to look at, the only one where there is no choice."""
        asked = request.POST if request.method == "POST" else request.GET
        found = next((each for each in quotas if str(each.pk) == asked.get("quota")), None)
        if found is not None or request.method == "POST":
            return found
        return quotas[0] if len(quotas) == 1 else None

    def _invite_page(
        self, request: HttpRequest, *, status: int = 200, **context: Any
    ) -> HttpResponseBase:
        template = "admin/booking/invitation/invite.html"
        return self.page(request, template, title=_("Invite"), status=status, **context)

    def _invite(
        self,
        request: HttpRequest,
        quota: Quota,
        form: InviteForm,
        entered: list[InviteeForm],
        *,
        now: datetime,
    ) -> HttpResponseBase:
        by, data = staff_of(request), form.cleaned_data
        terms: dict[str, Any] = {
            "quota": quota,
            "valid_until": data["valid_until"],
            "quiet": data["quiet"],
            "now": now,
            "by": by,
        }
        if data["way"] == THIS_TIME:
            booked = actions.invite_to_time(
                person=entered[0].invitee, slot_id=int(data["slot"]), **terms
            )
            self.record(request, AccessRecord.Kind.VIEW, booked.subject)
            messages.success(request, _("Appointment booked by %(by)s.") % {"by": by})
            return redirect("admin:booking_appointment_change", booked.pk)
        issued = actions.invite(people=[each.invitee for each in entered], **terms)
        self.tell_issued(request, issued, now=now)
        if len(issued) == 1:
            return redirect("admin:booking_invitation_change", issued[0].pk)
        return redirect("admin:booking_invitation_changelist")

    # --- afterwards -----------------------------------------------------------------------------

    def extend_view(self, request: HttpRequest, object_id: str) -> HttpResponseBase:
        """A later end."""
        row = self.row_for(request, object_id, permission=ISSUE)
        now = timezone.now()
        until = max(row.valid_until, end_of_choice(row.quota, now=now)) - timedelta(microseconds=1)
        form = ExtendForm(
            request.POST or None, now=now, initial={"valid_until": localtime(until).date()}
        )
        if request.method == "POST" and not form.is_valid():
            return self._act_page(request, row, _("Extend the invitation"), form=form, status=422)

        def act(revision: int) -> None:
            until = form.cleaned_data["valid_until"]
            actions.extend_invitation(invitation=row, valid_until=until, revision=revision, now=now)

        title = _("Extend the invitation")
        return self._act(request, row, title, act, column="valid_until", form=form)

    def withdraw_view(self, request: HttpRequest, object_id: str) -> HttpResponseBase:
        """Takes it back."""
        row = self.row_for(request, object_id, permission=ISSUE)
        now, by = timezone.now(), staff_of(request)

        def act(revision: int) -> None:
            actions.withdraw_invitation(invitation=row, revision=revision, now=now, by=by)

        title = _("Withdraw the invitation")
        return self._act(request, row, title, act, column="withdrawn_at", danger=True)

    def _act(
        self,
        request: HttpRequest,
        row: Invitation,
        title: str,
        act: Callable[[int], None],
        *,
        column: str,
        **context: Any,
    ) -> HttpResponseBase:
        refusal: str | Promise | None = None
        if request.method == "POST":
            try:
                if request.POST.get("subject") != row.subject:
                    raise PageOutdated
                version = whole_number(request.POST.get("version", ""), digits=9)
                act(-1 if version is None else version)
            except Refused as refused:
                refusal = refused.sentence
            else:
                self.log_change(request, row, [{"changed": {"fields": [column]}}])
                messages.success(request, _("Done by %(by)s.") % {"by": staff_of(request)})
                return redirect("admin:booking_invitation_change", row.pk)
            row.refresh_from_db()
        return self._act_page(request, row, title, refusal=refusal, **context)

    def _act_page(
        self, request: HttpRequest, row: Invitation, title: str, **context: Any
    ) -> HttpResponseBase:
        self.record(request, AccessRecord.Kind.VIEW, row.subject)
        template = "admin/booking/invitation/act.html"
        standing = state_tag(row.state_at(timezone.now()))
        shown = {"original": row, "standing": standing, **self._facts(row), **context}
        return self.page(request, template, title=title, **shown)

    def sheet(self, request: HttpRequest, object_id: str) -> HttpResponseBase:
        """The invitation on paper; who prints it is in the access log."""
        row = self.row_for(request, object_id, permission=ISSUE)
        now = timezone.now()
        if row.state_at(now) != InvitationState.OPEN:
            raise Http404
        self.record(request, AccessRecord.Kind.EXPORT, row.subject)
        content = print_invitation(row, office=current_office(), now=now)
        return inline_pdf(content, row.reference)


def state_of(row: Any, *, now: datetime) -> InvitationState:
    """Where an invitation of a list stands; it has its visits beside it (`with_visits`)."""
    return invitation_state(
        withdrawn=row.withdrawn_at is not None,
        used=row.is_used,
        taken=row.is_taken,
        over=row.valid_until <= now,
    )


def state_tag(state: InvitationState) -> SafeString:
    """A state in words and a colour."""
    return tag(NAMES[state], TONES.get(state, ""))


def _number_of_people(request: HttpRequest) -> int:
    typed = whole_number(request.POST.get("count", ""), digits=3)
    count = 1 if typed is None else typed
    return max(1, min(count + ("more" in request.POST), MOST_PEOPLE))


def _kept(request: HttpRequest) -> dict[str, Any]:
    """What was chosen before somebody asked for room for one more person."""
    if "more" not in request.POST:
        return {}
    names = ("way", "slot", "valid_until", "quiet")
    return {name: request.POST[name] for name in names if name in request.POST}

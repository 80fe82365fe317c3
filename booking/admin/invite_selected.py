"""The one action for many rows: inviting the people of a list to times of a quota."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from booking import actions
from booking.actions.invitations import Invitee
from booking.actions.refusals import PageOutdated
from booking.admin.invitation_forms import MOST_PEOPLE, SelectedForm
from booking.models import Applicant, Invitation
from config.foundation.actions import Refused
from config.foundation.admin_bases import AccessLoggedReadOnlyAdmin
from config.foundation.audit import AccessRecord
from config.foundation.staff import staff_of

ISSUE = "booking.issue_invitation"


class InvitesSelected(AccessLoggedReadOnlyAdmin):
    """A list of people who can be invited together: all of them, or nobody."""

    actions = ("invite_selected",)

    def get_actions(self, request: HttpRequest) -> Any:
        """For whoever may invite."""
        return super().get_actions(request) if request.user.has_perm(ISSUE) else {}

    def case_reference_of(self, row: Any) -> str:
        """The file of a row, where the list knows it."""
        return ""

    @admin.action(description=gettext_lazy("Invite the selected people"))
    def invite_selected(
        self, request: HttpRequest, queryset: QuerySet[Any]
    ) -> HttpResponseBase | None:
        """Asks to what and until when; the second press of the same form invites."""
        now = timezone.now()
        rows = list(queryset.select_related("applicant"))
        if not rows:  # they have left this list since the page was opened
            messages.error(request, PageOutdated.sentence)
            return None
        people = [_invitee(row.applicant, self.case_reference_of(row)) for row in rows]
        if len(rows) > MOST_PEOPLE or not all(person.family_name for person in people):
            text = _("Please choose at most %(n)s people, and only such whose name is still known.")
            messages.error(request, text % {"n": MOST_PEOPLE})
            return None
        is_answer = "quota" in request.POST
        form = SelectedForm(request.POST if is_answer else None, now=now)
        refusal: str | Promise | None = None
        if is_answer and form.is_valid():
            try:
                issued = actions.invite(
                    people=people, now=now, by=staff_of(request), **form.cleaned_data
                )
            except Refused as refused:
                refusal = refused.sentence
            else:
                self.tell_issued(request, issued, now=now)
                return redirect("admin:booking_invitation_changelist")
        for row in rows:
            self.record(request, AccessRecord.Kind.VIEW, row.subject)
        return self.page(
            request,
            "admin/booking/invitation/invite_selected.html",
            title=_("Invite the selected people"),
            status=422 if form.errors else 200,
            rows=[(row.pk, row.applicant) for row in rows],
            form=form,
            refusal=refusal,
        )

    def tell_issued(self, request: HttpRequest, issued: list[Invitation], *, now: datetime) -> None:
        """Says who was invited at `now` (UTC) and who had been before, and that they were seen."""
        for each in issued:
            self.record(request, AccessRecord.Kind.VIEW, each.subject)
        by = staff_of(request)
        messages.success(request, _("Invited by %(by)s: %(n)s.") % {"by": by, "n": len(issued)})
        if kept := sum(each.issued_at < now for each in issued):
            told = ngettext(
                "%(n)s person was invited before: the letter leaves again, the last day stays.",
                "%(n)s people were invited before: the letter leaves again, the last day stays.",
                kept,
            )
            messages.warning(request, told % {"n": kept})


def _invitee(applicant: Applicant, case_reference: str) -> Invitee:
    return Invitee(
        family_name=applicant.family_name,
        given_names=applicant.given_names,
        birth_date=applicant.birth_date,
        email=applicant.email,
        phone=applicant.phone,
        access_need=applicant.access_need,
        language=applicant.language,
        case_reference=case_reference,
    )

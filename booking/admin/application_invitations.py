"""Inviting the person of an online application from its review."""

from __future__ import annotations

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.utils.translation import gettext as _

from booking import actions
from booking.admin.invitation_forms import SelectedForm
from booking.admin.invite_selected import ISSUE, InvitesSelected
from config.foundation.actions import Refused
from config.foundation.audit import AccessRecord
from config.foundation.numbers import whole_number
from config.foundation.staff import staff_of
from documents.applications.models import Application
from documents.applications.states import Status
from documents.applications.transitions import TransitionNotAllowed


class InvitesFromReview(InvitesSelected):
    """The page that leads from a review to an invitation."""

    def application_view(self, request: HttpRequest, pk: int) -> HttpResponseBase:
        """To what, and until when; one press invites."""
        may_review = request.user.has_perm("applications.review_application")
        if not (may_review and request.user.has_perm(ISSUE)):
            raise PermissionDenied
        row = get_object_or_404(Application.objects.exclude(sent_at=None), pk=pk, forgotten_at=None)
        now = timezone.now()
        form = SelectedForm(request.POST if request.method == "POST" else None, now=now)
        refusal: Refused | None = None
        if request.method == "POST" and form.is_valid():
            try:
                if request.POST.get("subject") != row.subject:
                    raise TransitionNotAllowed
                issued = actions.invite_for_application(
                    application=row,
                    version=whole_number(request.POST.get("version", ""), digits=9) or 0,
                    by=staff_of(request),
                    now=now,
                    **form.cleaned_data,
                )
            except Refused as refused:
                refusal = refused
                row.refresh_from_db()
            else:
                self.record(request, AccessRecord.Kind.VIEW, row.subject)
                self.tell_issued(request, [issued], now=now)
                return redirect("admin:applications_application_change", row.pk)
        elif request.method != "POST" and row.status != Status.IN_REVIEW:
            refusal = TransitionNotAllowed()
        self.record(request, AccessRecord.Kind.VIEW, row.subject)
        return self.page(
            request,
            "admin/booking/invitation/application.html",
            title=_("Invite"),
            application=row,
            form=form,
            refusal=refusal.sentence if refusal else None,
            status=422 if form.errors else 200,
        )

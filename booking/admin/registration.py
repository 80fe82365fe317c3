"""The one page of people of other services, who register whom they know for special hours."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required, permission_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import URLPattern, path
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from booking import actions
from booking.actions.invitations import left_to_give
from booking.actions.registration import quotas_of, registered_this_week
from booking.admin.invitation_forms import RegistrationForm
from booking.admin.invitations import state_of, state_tag
from booking.invitation_pdf import print_invitation
from booking.models import Invitation, Quota
from booking.models.invitations import InvitationQuerySet
from config.foundation.actions import Refused
from config.foundation.audit import AccessRecord, record_access
from config.foundation.dates import show_birth_date
from config.foundation.office import current_office
from config.foundation.staff import Staff, staff_of

PERMISSION = "booking.register_person"
SHOWN_FOR = timedelta(days=30)


@login_required
@permission_required(PERMISSION, raise_exception=True)
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def register(request: HttpRequest) -> HttpResponse:
    """Whom to register for which hours, and whom this account has registered."""
    now, by = timezone.now(), staff_of(request)
    quotas = list(quotas_of(by))
    quota = _chosen(request, quotas)
    form = RegistrationForm(request.POST if request.method == "POST" else None, now=now)
    shown: dict[str, Any] = {"quotas": quotas, "quota": quota, "form": form}
    if request.method != "POST":
        return _page(request, by, now=now, **shown)
    if quota is None or not form.is_valid():
        return _page(request, by, now=now, status=422, **shown)
    try:
        row = actions.register(quota=quota, person=form.invitee, now=now, by=by)
    except Refused as refusal:
        return _page(request, by, now=now, status=409, refusal=refusal, **shown)
    record_access(by=by, kind=AccessRecord.Kind.VIEW, subject=row.subject, now=now)
    messages.success(request, _("Registered. Invitation number: %(n)s.") % {"n": row.reference})
    return redirect("register", permanent=False)


@login_required
@permission_required(PERMISSION, raise_exception=True)
@never_cache
@require_safe
def sheet(request: HttpRequest, pk: int) -> HttpResponse:
    """An invitation on paper, for whoever has no e-mail address."""
    now, by = timezone.now(), staff_of(request)
    rows = _own(by, now=now).open(now=now).exclude(person_key="")
    row = get_object_or_404(rows.select_related("applicant", "quota"), pk=pk)
    record_access(by=by, kind=AccessRecord.Kind.EXPORT, subject=row.subject, now=now)
    content = print_invitation(row, office=current_office(), now=now)
    headers = {"Content-Disposition": f'inline; filename="{row.reference}.pdf"'}
    return HttpResponse(content, content_type="application/pdf", headers=headers)


urlpatterns: list[URLPattern] = [
    path("register/", register, name="register"),
    path("register/<int:pk>/sheet/", sheet, name="register-sheet"),
]


def _chosen(request: HttpRequest, quotas: list[Quota]) -> Quota | None:
    """The hours that the page is about; the only ones where there is no choice."""
    named = request.POST.get("quota") or request.GET.get("quota", "")
    found = next((quota for quota in quotas if str(quota.pk) == named), None)
    return found or (quotas[0] if len(quotas) == 1 and not named else None)


def _own(by: Staff, *, now: datetime) -> InvitationQuerySet:
    return Invitation.objects.filter(issued_by=by, issued_at__gt=now - SHOWN_FOR)


def _page(
    request: HttpRequest, by: Staff, *, now: datetime, status: int = 200, **context: Any
) -> HttpResponse:
    quota = context["quota"]
    if quota is not None:
        used = registered_this_week(quota, by, now=now)
        context["left"] = max(0, left_to_give(quota, now=now))
        context["left_this_week"] = max(0, quota.per_week - used)
    rows = _own(by, now=now).with_visits(now=now).select_related("applicant", "quota")
    context["rows"] = [_shown(row, now=now) for row in rows.order_by("-issued_at", "-pk")]
    record_access(by=by, kind=AccessRecord.Kind.LIST, subject="invitation list", now=now)
    context |= {"title": _("Special hours"), "site_title": "Soforttermin"}
    return render(request, "admin/register.html", context, status=status)


def _shown(row: Any, *, now: datetime) -> dict[str, Any]:
    """One line of the list; `row` has its visits beside it."""
    state = state_of(row, now=now)
    return {
        "row": row,
        "name": row.applicant.desk_name,
        "born": show_birth_date(row.applicant.birth_date) if row.applicant.birth_date else "",
        "state": state_tag(state),
        "until": row.last_day(current_office()),
        "may_print": state == "open" and bool(row.person_key),
    }

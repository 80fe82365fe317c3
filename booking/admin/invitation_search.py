"""Search among invitations of every state: by POST, so that no name gets into an address."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.core.exceptions import PermissionDenied
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _

from booking.admin.action_forms import SearchForm
from booking.admin.search import FOUND_AT_MOST, person_meant, references_in
from config.foundation.audit import AccessRecord, record_access
from config.foundation.person_forms import CaseField
from config.foundation.staff import staff_of

if TYPE_CHECKING:
    from booking.admin.invitations import InvitationAdmin


def find(text: str, rows: QuerySet[Any]) -> tuple[str, QuerySet[Any]]:
    """How `text` was understood, and those of `rows` that it means, the newest first."""
    rows = rows.order_by("-issued_at", "-pk")
    number = Q(reference__in=references_in(text))
    if case := CaseField(required=False).clean(text):  # many have none
        number |= Q(case_reference__iexact=case)
    if (by_reference := rows.filter(number)).exists():
        return "reference", by_reference
    how, person = person_meant(text)
    return how, rows.filter(person, applicant__forgotten_at=None)


def search(desk: InvitationAdmin, request: HttpRequest) -> HttpResponseBase:
    """The page of what was found; one single find leads straight to its page."""
    if not desk.has_view_permission(request):
        raise PermissionDenied
    form = SearchForm(request.POST or None)
    found: list[Any] = []
    if form.is_valid():
        how, rows = find(form.cleaned_data["q"], desk.get_queryset(request))
        found = list(rows[:FOUND_AT_MOST])
        record_access(
            by=staff_of(request),
            kind=AccessRecord.Kind.SEARCH,
            subject=found[0].subject if len(found) == 1 else "invitation list",
            reason=f"by {how}, {len(found)} found",
            now=timezone.now(),
        )
        if len(found) == 1:
            return redirect("admin:booking_invitation_change", found[0].pk)
    return desk.page(
        request,
        "admin/booking/invitation/search.html",
        title=_("Search among the invitations"),
        form=form,
        found=[
            (row, desk.born(row), desk.listed(row), desk.visit(row), desk.until(row))
            for row in found
        ],
        asked=form.is_valid(),
    )

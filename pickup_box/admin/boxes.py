"""Boxes at the desk: loading, taking out, the picture of the doors, alarms."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from functools import partial
from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db import models
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from config.foundation.actions import Refused
from config.foundation.admin_bases import Admin
from config.foundation.optimistic_lock import OptimisticLockAdmin
from config.foundation.staff import Staff, staff_of
from config.foundation.texts import TextsFormField
from pickup_box import terminals
from pickup_box.actions import boxes, deposits
from pickup_box.admin.deposit_actions import ACTS, Act, acts_for
from pickup_box.admin.deposits import run
from pickup_box.allocation import room
from pickup_box.models import Alarm, Box, Compartment, Deposit
from pickup_box.occupancy import picture, tally
from pickup_box.states import Status

SCANNED = ("assign", "load", "check_load")


@admin.register(Box)
class BoxAdmin(OptimisticLockAdmin, Admin):
    """The box, its facts and its work."""

    change_form_template = "pickup_box/admin/box.html"
    list_display = ("slug", "status", "paused_until", "seen_at")
    readonly_fields = ("status", "paused_until", "seen_at")

    def get_readonly_fields(self, request: HttpRequest, obj: Box | None = None) -> tuple[str, ...]:
        """The short name is part of addresses and of the codes' salt."""
        return (*self.readonly_fields, "slug") if obj else self.readonly_fields

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """Texts are an input for each language: other JSON would break the pages of the box."""
        if isinstance(db_field, models.JSONField) and db_field.name != "weekdays":
            lines = db_field.name in {"leaflet", "consent_form"}
            kwargs["form_class"] = partial(TextsFormField, lines=lines)
        return super().formfield_for_dbfield(db_field, request, **kwargs)

    def get_urls(self) -> list[URLPattern]:
        """The pages of the daily work."""
        pages = {"map": self.map, "load": self.load, "recall": self.recall, "switch": self.switch}
        own = [
            path(
                f"<int:pk>/{name}/",
                self.admin_site.admin_view(page),
                name=f"pickup_box_box_{name}",
            )
            for name, page in pages.items()
        ]
        return [*own, *super().get_urls()]

    def map(self, request: HttpRequest, pk: int) -> HttpResponse:
        """The doors by what lies behind them, and what needs a look."""
        box = self._box(request, pk, "view_deposit")
        now = timezone.now()
        rows = picture(box)
        return self._page(
            request,
            "map",
            box,
            rows=rows,
            tally=tally(rows),
            links=True,
            stuck=Deposit.objects.stuck(now=now).filter(box=box),
            alarms=box.alarms.filter(handled_at=None).select_related("compartment")[:50],
        )

    def load(self, request: HttpRequest, pk: int) -> HttpResponse:
        """The queue for compartments, and the field for the scanner."""
        box = self._box(request, pk, "view_deposit")
        if request.method == "POST":
            self._scan(request)
            return HttpResponseRedirect(request.path)
        free = deposits.free_compartments(box)
        inside = Deposit.objects.filter(box=box, status__in=[Status.ASSIGNED, Status.LOADED])
        return self._page(
            request,
            "load",
            box,
            waiting=_with_acts(Deposit.objects.waiting().filter(box=box)[:200]),
            under_way=_with_acts(inside.order_by("status_since")[:200]),
            room=room(free, low_reserve=box.low_reserve),
            scanned=[ACTS[name] for name in SCANNED],
            chosen=request.session.get("box_scan", "assign"),
        )

    def recall(self, request: HttpRequest, pk: int) -> HttpResponse:
        """What has to be taken out or looked at, in the order of the doors."""
        box = self._box(request, pk, "view_deposit")
        listed = Deposit.objects.to_recall().filter(box=box)[:500]
        return self._page(request, "recall", box, listed=_with_acts(listed))

    def switch(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Stops or starts the box, or makes this browser its terminal."""
        box = self._box(request, pk, "change_box")
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        act = request.POST.get("act")
        if act == "enrol":
            response = HttpResponseRedirect(reverse("pickup_box:start", args=[box.slug]))
            terminals.enrol(response, box)
            return response
        actions = {"stop": boxes.stop_box, "start": boxes.start_box}
        if act not in actions:
            raise PermissionDenied
        run(request, lambda by, now: actions[act](box=box, by=by, now=now), done=str(box))
        return HttpResponseRedirect(reverse("admin:pickup_box_box_map", args=[pk]))

    def has_delete_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return False

    def _scan(self, request: HttpRequest) -> None:
        """Does what the scanner is set to, for the reference it read."""
        if not request.user.has_perm("pickup_box.change_deposit"):
            raise PermissionDenied
        act = ACTS.get(request.POST.get("act", ""))
        if act is None or act.name not in SCANNED:
            raise PermissionDenied
        request.session["box_scan"] = act.name
        typed = request.POST.get("reference", "")

        def found(by: Staff, now: datetime) -> None:
            act.do(deposits.find(reference=typed), by=by, now=now, reason="")

        run(request, found, done=_where(typed, act.name))

    def _box(self, request: HttpRequest, pk: int, permission: str) -> Box:
        if not request.user.has_perm(f"pickup_box.{permission}"):
            raise PermissionDenied
        return get_object_or_404(Box, pk=pk)

    def _page(self, request: HttpRequest, name: str, box: Box, **context: Any) -> HttpResponse:
        context |= {**self.admin_site.each_context(request), "box": box, "page": name}
        context["title"] = box.title
        return render(request, f"pickup_box/admin/{name}.html", context)


@admin.register(Compartment)
class CompartmentAdmin(Admin):
    """The doors, one by one."""

    list_display = ("number", "box", "size", "row", "column", "is_low", "in_service", "used_at")
    list_filter = ("box", "size", "is_low", "in_service")
    search_fields = ("number",)
    actions = ("look", "close", "reopen")
    list_per_page = 100

    @admin.action(description=_("Open the door to look inside"), permissions=["change"])
    def look(self, request: HttpRequest, queryset: QuerySet[Compartment]) -> None:
        """Opens one door at a time."""
        compartment = queryset.first()
        if compartment is None or queryset.count() != 1:
            self.message_user(request, _("Please choose one compartment."), level="ERROR")
            return
        run(
            request,
            lambda by, now: boxes.look_inside(
                compartment=compartment, by=by, reason="look", now=now
            ),
            done=str(compartment),
        )

    @admin.action(description=_("Take out of service"), permissions=["change"])
    def close(self, request: HttpRequest, queryset: QuerySet[Compartment]) -> None:
        """Closes those that are empty."""
        self._each(request, queryset, boxes.close_compartment)

    @admin.action(description=_("Put back into service"), permissions=["change"])
    def reopen(self, request: HttpRequest, queryset: QuerySet[Compartment]) -> None:
        """Puts repaired ones back."""
        self._each(request, queryset, boxes.reopen_compartment)

    def get_readonly_fields(self, request: HttpRequest, obj: object = None) -> list[str]:
        """Doors are made by create_compartments and stay where they are."""
        return [field.name for field in Compartment._meta.fields]

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Never here: create_compartments adds them from a layout."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: object = None) -> bool:
        """Never: a closed door is out of service."""
        return False

    def _each(
        self, request: HttpRequest, queryset: QuerySet[Compartment], action: Callable[..., object]
    ) -> None:
        by, now = staff_of(request), timezone.now()
        done, refused = 0, []
        for compartment in queryset:
            try:
                action(compartment=compartment, by=by, now=now)
                done += 1
            except Refused as refusal:
                refused.append(f"{compartment}: {refusal}")
        self.message_user(request, _("Done: %(n)s.") % {"n": done})
        if refused:
            self.message_user(request, " ".join(refused), level="ERROR")


@admin.register(Alarm)
class AlarmAdmin(Admin):
    """What needs a look; nothing here is deleted."""

    list_display = ("at", "kind", "box", "compartment", "deposit", "handled_at", "handled_by")
    list_filter = ("box", "kind", "handled_at")
    list_select_related = ("box", "compartment", "deposit", "handled_by")
    actions = ("handle",)

    @admin.action(description=_("Mark as handled"), permissions=["view"])
    def handle(self, request: HttpRequest, queryset: QuerySet[Alarm]) -> None:
        """Marks them with name and time."""
        done = boxes.handle_alarms(alarms=queryset, by=staff_of(request), now=timezone.now())
        self.message_user(request, _("Done: %(n)s.") % {"n": done})

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: object = None) -> bool:
        """Never: only `handle`."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return False


def _with_acts(rows: QuerySet[Deposit]) -> list[tuple[Deposit, list[Act]]]:
    chosen = rows.select_related("box", "compartment", "checked_by")
    return [(each, acts_for(each)) for each in chosen]


def _where(reference: str, act: str) -> str:
    return f"{reference.strip().upper()}: {ACTS[act].label}"

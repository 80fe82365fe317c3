"""Boxes at the desk: loading, taking out, the picture of the doors, alarms."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.timezone import localtime
from django.utils.translation import gettext_lazy as _

from config.foundation.actions import Refused
from config.foundation.admin_bases import tag, wall_time
from config.foundation.audit import record_repeated
from config.foundation.numbers import whole_number
from config.foundation.sheets import qr_svg
from config.foundation.staff import staff_of
from pickup_box import terminals
from pickup_box.actions import boxes, deposits
from pickup_box.admin import door_facts
from pickup_box.admin.box_settings import BoxSettings
from pickup_box.admin.box_tables import BoxTableAdmin
from pickup_box.admin.deposit_actions import Act, acts_for
from pickup_box.admin.deposit_facts import MISSING
from pickup_box.admin.deposits import run
from pickup_box.admin.recording import SIZES
from pickup_box.admin.scanning import scan
from pickup_box.allocation import room
from pickup_box.models import Alarm, Box, Compartment, Deposit, Opening
from pickup_box.occupancy import picture, tally
from pickup_box.states import Status

SHOWN_OPENINGS = 30
LISTED = "deposit list"  # in the access log
LABELS = 96  # four sheets


@admin.register(Box)
class BoxAdmin(BoxSettings):
    """The box, its facts and its work."""

    list_display = ("__str__", "standing", "pause", "heard")

    def get_urls(self) -> list[URLPattern]:
        """The pages of the daily work."""
        pages = {
            **{"map": self.map, "load": self.load, "recall": self.recall},
            **{"switch": self.switch, "labels": self.labels},
        }
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
            openings=Opening.objects.filter(box=box).select_related("compartment", "by", "deposit")[
                :SHOWN_OPENINGS
            ],
        )

    def load(self, request: HttpRequest, pk: int) -> HttpResponse:
        """The field for the scanner, what is under way and the queue for compartments."""
        box = self._box(request, pk, "view_deposit")
        if request.method == "POST":
            self._scan(request, box)
            return HttpResponseRedirect(request.path)
        now = timezone.now()
        record_repeated(by=staff_of(request), subject=LISTED, now=now)
        free = deposits.free_compartments(box)
        inside = Deposit.objects.filter(box=box, status__in=[Status.ASSIGNED, Status.LOADED])
        opened = Opening.objects.running().filter(box=box, opened_at__isnull=False)
        waiting = Deposit.objects.waiting().filter(box=box).select_related("consent")[:200]
        return self._page(
            request,
            "load",
            box,
            waiting=[
                (each, acts, [MISSING[gap] for gap in deposits.missing_of(each, now=now)])
                for each, acts in _with_acts(waiting)
            ],
            under_way=_with_acts(inside.order_by("status_since")[:200]),
            open_doors=set(opened.values_list("compartment", flat=True)),
            room=room(free, low_reserve=box.low_reserve),
        )

    def labels(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Labels for the envelopes of what waits, or of one document (?only=17), on A4."""
        box = self._box(request, pk, "view_deposit")
        only = whole_number(request.GET.get("only", ""))
        rows = Deposit.objects.filter(box=box)
        rows = rows.waiting() if only is None else rows.filter(pk=only)
        found = [(each, qr_svg(each.reference, title=each.reference)) for each in rows[:LABELS]]
        return self._page(request, "labels", box, labels=found)

    def recall(self, request: HttpRequest, pk: int) -> HttpResponse:
        """What has to be taken out or looked at, in the order of the doors."""
        box = self._box(request, pk, "view_deposit")
        record_repeated(by=staff_of(request), subject=LISTED, now=timezone.now())
        listed = Deposit.objects.to_recall().filter(box=box)[:500]
        return self._page(request, "recall", box, listed=_with_acts(listed))

    def switch(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Stops or starts the box, or makes this browser its terminal; asks before it stops."""
        box = self._box(request, pk, "change_box")
        if request.method == "GET":
            told = Deposit.objects.filter(box=box, status=Status.NOTIFIED).count()
            return self._page(request, "stop", box, told=told)
        if request.method != "POST":
            return HttpResponseNotAllowed(["GET", "POST"])
        act = request.POST.get("act")
        if act == "enrol":
            response = HttpResponseRedirect(reverse("pickup_box:start", args=[box.slug]))
            terminals.enrol(response, box)
            return response
        switches = {
            "stop": (boxes.stop_box, _("The box is stopped: nobody can collect.")),
            "start": (boxes.start_box, _("The box is in service again.")),
        }
        if act not in switches:
            raise PermissionDenied
        do, done = switches[act]
        run(request, lambda by, now: do(box=box, by=by, now=now), done=f"{box.title}: {done}")
        sees_doors = request.user.has_perm("pickup_box.view_deposit")
        page = "map" if sees_doors else "change"
        return HttpResponseRedirect(reverse(f"admin:pickup_box_box_{page}", args=[pk]))

    def _scan(self, request: HttpRequest, box: Box) -> None:
        """Does what is next for the document whose reference was read."""
        if not request.user.has_perm("pickup_box.change_deposit"):
            raise PermissionDenied
        typed = request.POST.get("reference", "")
        by, now = staff_of(request), timezone.now()
        try:
            for done in scan(box=box, reference=typed, by=by, now=now):
                self.message_user(request, done, level="SUCCESS")
        except Refused as refusal:
            self.message_user(request, f"{typed.strip().upper()}: {refusal}", level="ERROR")

    def _box(self, request: HttpRequest, pk: int, permission: str) -> Box:
        if not request.user.has_perm(f"pickup_box.{permission}"):
            raise PermissionDenied
        return get_object_or_404(Box, pk=pk)

    def _page(self, request: HttpRequest, name: str, box: Box, **context: Any) -> HttpResponse:
        context |= {**self.admin_site.each_context(request), "box": box, "page": name}
        context["title"] = box.title
        return render(request, f"pickup_box/admin/{name}.html", context)


@admin.register(Compartment)
class CompartmentAdmin(BoxTableAdmin):
    """The doors, one by one."""

    tab = "map"
    change_form_template = "pickup_box/admin/compartment.html"
    list_display = ("number", "how_big", "row", "column", "reach", "standing", "used_at", "box")
    list_select_related = ("box",)
    list_filter = ("box", "size", "is_low", "in_service")
    search_fields = ("number",)
    search_help_text = _("Number on the compartment")
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

    # doors are made by create_compartments and stay where they are
    fields = readonly_fields = list_display

    @admin.display(description=_("size"), ordering="size")
    def how_big(self, row: Compartment) -> str:
        """The size in words."""
        return str(SIZES[row.size])

    @admin.display(description=_("within reach of a wheelchair"), ordering="is_low")
    def reach(self, row: Compartment) -> str:
        """A word where it is so."""
        return str(_("yes")) if row.is_low else "–"

    @admin.display(description=_("state"), ordering="in_service")
    def standing(self, row: Compartment) -> SafeString:
        """Whether it takes documents."""
        if row.in_service:
            return tag(_("in service"), "success")
        return tag(_("out of service"), "danger")

    def name_of(self, row: Any) -> str:
        """The number on the door."""
        return str(_("Compartment %s") % row.number)

    def shown_beside(self, request: HttpRequest, row: Compartment) -> dict[str, Any]:
        """What is in it and what happened there."""
        return door_facts.of_compartment(request, row)

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Never here: create_compartments adds them from a layout."""
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


class Handled(admin.SimpleListFilter):
    """Open alarms unless told otherwise."""

    title = _("state")
    parameter_name = "handled"

    def lookups(self, request: HttpRequest, model_admin: object) -> list[tuple[str, Any]]:
        """What was handled stays on record."""
        return [("yes", _("handled")), ("any", _("all"))]

    def choices(self, changelist: Any) -> Any:
        """The default has a name."""
        default, *others = list(super().choices(changelist))
        yield {**default, "display": _("to be handled")}
        yield from others

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """Alarms in the chosen state."""
        if self.value() == "any":
            return queryset
        return queryset.filter(handled_at__isnull=self.value() != "yes")


@admin.register(Alarm)
class AlarmAdmin(BoxTableAdmin):
    """What needs a look; nothing here is deleted."""

    tab = "map"
    change_form_template = "pickup_box/admin/alarm.html"
    list_display = ("when", "what", "compartment", "deposit", "state", "box")
    list_filter = (Handled, "kind", "box")
    list_select_related = ("box", "compartment", "deposit", "handled_by")
    fields = readonly_fields = list_display
    actions = ("handle",)

    @admin.display(description=_("at"), ordering="at")
    def when(self, row: Alarm) -> str:
        """Wall time."""
        return wall_time(row.at)

    @admin.display(description=_("kind"), ordering="kind")
    def what(self, row: Alarm) -> str:
        """The kind in words."""
        return str(row.get_kind_display())

    @admin.display(description=_("state"), ordering="handled_at")
    def state(self, row: Alarm) -> SafeString:
        """Open, or who handled it and when."""
        if row.handled_at is None:
            return tag(_("to be handled"), "danger")
        handled = tag(_("handled"), "success")
        return format_html("{} {}, {}", handled, wall_time(row.handled_at), row.handled_by)

    def name_of(self, row: Any) -> str:
        """Its kind, as the heading of its page."""
        return self.what(row)

    def shown_beside(self, request: HttpRequest, row: Alarm) -> dict[str, Any]:
        """The document it is about, and what happened at its door before and after."""
        return door_facts.of_alarm(request, row)

    @admin.action(description=_("Mark as handled"), permissions=["view"])
    def handle(
        self, request: HttpRequest, queryset: QuerySet[Alarm]
    ) -> HttpResponseRedirect | None:
        """Marks them with name and time; leads back to the map it was pressed on."""
        by, now = staff_of(request), timezone.now()
        first = queryset.first()
        done = boxes.handle_alarms(alarms=queryset, by=by, now=now)
        what = self.what(first) if first and done == 1 else _("Alarms (%(n)s)") % {"n": done}
        told = {"what": what, "time": f"{localtime(now):%H:%M}", "by": by}
        self.message_user(request, _("%(what)s, %(time)s: handled by %(by)s.") % told)
        box = whole_number(request.POST.get("back", ""))
        if box is None:
            return None
        return HttpResponseRedirect(reverse("admin:pickup_box_box_map", args=[box]))

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: object = None) -> bool:
        """Never: only `handle`."""
        return False


def _with_acts(rows: QuerySet[Deposit]) -> list[tuple[Deposit, list[Act]]]:
    chosen = rows.select_related("box", "compartment", "checked_by")
    return [(each, acts_for(each)) for each in chosen]

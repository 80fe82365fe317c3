"""What the pages of the desk have in common: rows that are only looked at, and their filters."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, ClassVar

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.timezone import localtime
from django.utils.translation import gettext_lazy as _

from config.foundation.audit import AccessRecord, record_access
from config.foundation.staff import staff_of

if TYPE_CHECKING:  # Django's own classes know their model only to the type checker
    Admin = admin.ModelAdmin[Any]
    Rows = admin.TabularInline[Any, Any]
    Blocks = admin.StackedInline[Any, Any]
else:
    Admin = admin.ModelAdmin
    Rows = admin.TabularInline
    Blocks = admin.StackedInline


def wall_time(at: datetime) -> str:
    """`at` by the clock on the wall, as German forms write it."""
    return f"{localtime(at):%d.%m.%Y %H:%M}"


class NoDeleteAdmin(Admin):
    """Nothing is deleted by hand; what a row can go through has pages of its own."""

    # a page may explain itself in place
    desk_help: ClassVar[str | Promise] = ""

    def has_delete_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return False

    def row_for(self, request: HttpRequest, object_id: str, *, permission: str) -> Any:
        """The row, for whoever has `permission`; raises PermissionDenied or Http404."""
        if not request.user.has_perm(permission):
            raise PermissionDenied
        row = self.get_object(request, object_id)
        if row is None:
            raise Http404
        return row

    def page(
        self, request: HttpRequest, template: str, *, title: object, status: int = 200, **more: Any
    ) -> TemplateResponse:
        """A page in the frame of the admin, beside the list and the form of this table.

        With a `refusal` to show it is answered 409.
        """
        context = {
            **self.admin_site.each_context(request),
            "title": title,
            "opts": self.opts,
            **more,
        }
        status = 409 if more.get("refusal") else status
        return TemplateResponse(request, template, context, status=status)


class AccessLoggedReadOnlyAdmin(NoDeleteAdmin):
    """Rows that are looked at and never edited; who looks is written down."""

    show_full_result_count = False
    list_per_page = 50
    recorded: ClassVar[bool] = True

    def has_add_permission(self, request: HttpRequest, *args: object) -> bool:
        """Never: the product makes these rows."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: object = None) -> bool:
        """Never: actions change them, not forms."""
        return False

    def record(self, request: HttpRequest, kind: AccessRecord.Kind, subject: str) -> None:
        """Adds a line to the access log."""
        if self.recorded:
            record_access(by=staff_of(request), kind=kind, subject=subject, now=timezone.now())

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """The list, with a line in the access log."""
        response = super().changelist_view(request, extra_context)
        if response.status_code == 200:
            self.record(request, AccessRecord.Kind.LIST, f"{self.opts.model_name} list")
        return response

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """One row, with a line in the access log."""
        response = super().change_view(request, object_id, form_url, extra_context)
        if response.status_code == 200:
            self.record(request, AccessRecord.Kind.VIEW, f"{self.opts.model_name}/{object_id}")
        return response

    def shown_beside(self, request: HttpRequest, row: Any) -> dict[str, Any]:
        """What the page of a row shows besides its columns, for whoever may see it."""
        return {}

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        """Django's page of one row, with what is shown beside it."""
        row = kwargs.get("obj")
        beside = {} if row is None else self.shown_beside(request, row)
        return super().render_change_form(request, {**context, **beside}, *args, **kwargs)

    def history_view(
        self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """The admin's own history, for those who may see the row."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        return super().history_view(request, object_id, extra_context)


class ReadOnlyRows(Rows):
    """Rows below their parent that nobody edits."""

    extra = 0
    can_delete = False

    def has_add_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return False


class RecentRowsFilter(admin.SimpleListFilter):
    """The last days of a table that grows; there is no "all", which would read it whole."""

    title = _("time")
    parameter_name = "within"
    column: ClassVar[str] = "at"

    def lookups(self, request: HttpRequest, model_admin: object) -> list[tuple[str, Any]]:
        """Seven days unless told otherwise."""
        return [("1", _("24 hours")), ("30", _("30 days")), ("365", _("a year"))]

    def choices(self, changelist: Any) -> Any:
        """The default has a name."""
        default, *others = list(super().choices(changelist))
        yield {**default, "display": _("7 days")}
        yield from others

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        told = self.value()
        days = int(told) if told in dict(self.lookup_choices) else 7
        return queryset.filter(**{f"{self.column}__gte": timezone.now() - timedelta(days=days)})

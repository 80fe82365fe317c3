"""The box and its compartments."""

from __future__ import annotations

from datetime import date, datetime
from zoneinfo import ZoneInfo

from django.core.exceptions import ValidationError
from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _

from config.foundation.office import (
    check_single_lines,
    check_state,
    check_time_zone,
    in_language,
)
from pickup_box.allocation import Size
from pickup_box.states import OCCUPYING


def monday_to_friday() -> list[int]:
    """The weekdays on which the box can be reached, Monday 0."""
    return [0, 1, 2, 3, 4]


def check_weekdays(days: object) -> None:
    """Raises ValidationError unless `days` is a list of at least one weekday, Monday 0."""
    known = isinstance(days, list) and days and all(day in range(7) for day in days)
    if not known:
        raise ValidationError(_("Weekdays are numbers from 0 (Monday) to 6."), code="weekdays")


class Box(models.Model):
    """A cabinet with numbered doors and a terminal: its facts, policy and present state."""

    class Status(models.TextChoices):
        OPEN = "open", _("in operation")
        STOPPED = "stopped", _("stopped")

    slug = models.SlugField(_("short name"), unique=True)
    # texts are {language: text}; German is needed
    name = models.JSONField(_("name"))
    address = models.TextField(_("address"))
    hours = models.JSONField(_("opening hours"), default=dict, blank=True)
    phone = models.CharField(_("phone"), max_length=40, blank=True)
    email = models.EmailField(_("e-mail"), blank=True)
    help_hours = models.JSONField(_("hours of the help line"), default=dict, blank=True)
    leaflet = models.JSONField(_("leaflet"), default=dict, blank=True)
    consent_form = models.JSONField(_("declaration of consent"), default=dict, blank=True)
    consent_version = models.CharField(_("version of the consent form"), max_length=40, blank=True)

    state = models.CharField(_("federal state"), max_length=2, help_text=_("for public holidays"))
    time_zone = models.CharField(_("time zone"), max_length=40, default="Europe/Berlin")
    weekdays = models.JSONField(
        _("weekdays that count"), default=monday_to_friday, validators=[check_weekdays]
    )
    storage_days = models.PositiveSmallIntegerField(
        _("days to collect"), default=7, validators=[MinValueValidator(1)]
    )
    reminder_days = models.PositiveSmallIntegerField(_("reminder (days before)"), default=2)
    low_reserve = models.PositiveSmallIntegerField(
        _("low compartments kept for those who need one"), default=0
    )
    four_eyes = models.BooleanField(_("a second person checks what was loaded"), default=False)
    slot_sensor = models.BooleanField(_("the slot for old documents has a sensor"), default=False)
    reads_qr = models.BooleanField(
        _("the terminal reads QR codes"),
        default=False,
        db_default=False,
        help_text=_("a reader that types what it reads, like a keyboard"),
    )
    simulated = models.BooleanField(
        _("simulated"), default=False, help_text=_("no real doors; any browser is the terminal")
    )

    status = models.CharField(
        _("status"), max_length=8, choices=Status.choices, default=Status.OPEN, editable=False
    )
    paused_until = models.DateTimeField(
        _("terminal paused until"), null=True, blank=True, editable=False
    )
    slot_filled_at = models.DateTimeField(null=True, blank=True, editable=False)
    seen_at = models.DateTimeField(_("hardware last heard"), null=True, blank=True, editable=False)
    key_generation = models.PositiveIntegerField(default=1, editable=False)
    # drawn with each new key, so that who has learnt our secret can't make the next one
    key_salt = models.CharField(
        max_length=64, blank=True, db_default="", default="", editable=False
    )
    # Every act that is counted takes a turn first: the lock on this row makes counts exact.
    turn = models.PositiveBigIntegerField(default=0, editable=False)

    class Meta:
        verbose_name = _("pickup box")
        verbose_name_plural = _("pickup boxes")
        ordering = ["slug"]
        constraints = [
            models.CheckConstraint(
                name="box_status_is_known", condition=Q(status__in=["open", "stopped"])
            ),
            models.CheckConstraint(
                name="box_keeps_documents_for_a_day_at_least", condition=Q(storage_days__gte=1)
            ),
        ]

    def __str__(self) -> str:
        return self.title or self.slug

    def clean(self) -> None:
        """Refuses a state or a time zone that nobody can count days with, and broken lines."""
        check_single_lines(self)
        for column, check in (("state", check_state), ("time_zone", check_time_zone)):
            try:
                check(getattr(self, column))
            except ValidationError as error:
                raise ValidationError({column: error.messages}) from error

    @property
    def title(self) -> str:
        """The name in the active language."""
        return in_language(self.name)

    @cached_property
    def to_take_out(self) -> int:
        """How many documents staff should take out or look at."""
        count: int = self.deposits.to_recall().count()
        return count

    @cached_property
    def open_alarms(self) -> int:
        """How many alarms nobody has handled yet."""
        return self.alarms.filter(handled_at=None).count()

    def local_day(self, now: datetime) -> date:
        """The day at the box at the instant `now`."""
        return now.astimezone(ZoneInfo(self.time_zone)).date()


class CompartmentQuerySet(models.QuerySet["Compartment"]):
    """Compartments in the language of the desk."""

    def occupied(self) -> CompartmentQuerySet:
        """Those that belong to a deposit, whatever lies behind the door."""
        return self.filter(deposits__status__in=OCCUPYING)

    def free(self) -> CompartmentQuerySet:
        """Those in service that nothing and nobody occupies."""
        taken = self.model.objects.occupied().values("pk")
        return self.filter(in_service=True).exclude(pk__in=taken)


class Compartment(models.Model):
    """One door with what can lie behind it; whether it is free is derived from the deposits."""

    box = models.ForeignKey(
        Box, models.PROTECT, related_name="compartments", verbose_name=_("pickup box")
    )
    number = models.PositiveIntegerField(_("number"))
    size = models.PositiveSmallIntegerField(
        _("size"),
        choices=[
            (Size.SMALL.value, _("small")),
            (Size.MEDIUM.value, _("medium")),
            (Size.LARGE.value, _("large")),
        ],
        default=Size.SMALL.value,
    )
    row = models.PositiveSmallIntegerField(_("row"), help_text=_("counted from the bottom"))
    column = models.PositiveSmallIntegerField(_("column"))
    is_low = models.BooleanField(_("within reach of a wheelchair"), default=False)
    in_service = models.BooleanField(_("in service"), default=True, editable=False)
    used_at = models.DateTimeField(_("empty since"), null=True, blank=True, editable=False)

    objects = CompartmentQuerySet.as_manager()

    class Meta:
        verbose_name = _("compartment")
        verbose_name_plural = _("compartments")
        ordering = ["box", "number"]
        constraints = [
            models.UniqueConstraint(
                fields=["box", "number"], name="compartment_number_once_per_box"
            ),
            models.UniqueConstraint(
                fields=["box", "row", "column"], name="compartment_one_per_place_in_box"
            ),
            models.CheckConstraint(
                name="compartment_size_is_known", condition=Q(size__in=[1, 2, 3])
            ),
        ]

    def __str__(self) -> str:
        return str(self.number)

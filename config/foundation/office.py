"""The one office this deployment belongs to: every fact about it is data."""

from __future__ import annotations

import re
import time as _time
from datetime import date, datetime, time, timedelta
from unicodedata import category
from zoneinfo import ZoneInfo, available_timezones

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from config.foundation.pickup_point import forget_address_memory
from config.foundation.texts import page_language
from config.foundation.workdays import STATES


def in_language(texts: dict[str, str], language: str | None = None) -> str:
    """The text for `language` (the active one by default), else the German one."""
    return texts.get(language or page_language()) or texts.get("de", "")


def check_state(code: str) -> None:
    """Raises ValidationError unless `code` is a federal state ("ST")."""
    if code not in STATES:
        raise ValidationError(_("This is no federal state. Known are: %s") % ", ".join(STATES))


def check_time_zone(name: str) -> None:
    """Raises ValidationError unless `name` is a time zone ("Europe/Berlin")."""
    if name not in available_timezones():
        raise ValidationError(_("This is no time zone; write one like Europe/Berlin."))


_DAY_OF_A_YEAR = re.compile(r"(\d{1,2})\.(\d{1,2})\.")


def days_of_a_year(text: str) -> set[tuple[int, int]]:
    """The (month, day) of each line like "24.12."; raises ValidationError for anything else."""
    days = set()
    for line in text.split():
        found = _DAY_OF_A_YEAR.fullmatch(line)
        try:
            day, month = map(int, found.groups() if found else ())
            date(2000, month, day)
        except ValueError:
            raise ValidationError(_("Write a day like 24.12., one a line.")) from None
        days.add((month, day))
    return days


def check_days_of_a_year(text: str) -> None:
    """Raises ValidationError unless each line is a day like "24.12."."""
    days_of_a_year(text)


def check_single_lines(row: models.Model) -> None:
    """Raises ValidationError where what has one line has another, or a character that is none.

    One in the sender's name, and no letter could be written any more.
    """
    columns = [column for column in row._meta.concrete_fields if type(column) is models.CharField]
    errors = {
        column.name: _("Write this in one line.")
        for column in columns
        if any(category(ch) in _NO_LINE for ch in _written(row, column.name))
    }
    if errors:
        raise ValidationError(errors)


def _written(row: models.Model, name: str) -> str:
    # what nobody gave a new row is left to the database
    value = getattr(row, name)
    return value if isinstance(value, str) else ""


# control characters, line and paragraph separators, halves of a character
_NO_LINE = frozenset({"Cc", "Zl", "Zp", "Cs"})

LEGAL = (
    *("legal_representative", "data_protection_officer", "supervisory_authority"),
    *("enforcement_body", "accessibility_stated_on"),
)


class Office(models.Model):
    """Facts and policy of the immigration office; one row, loaded from its office file."""

    class Release(models.TextChoices):
        CALENDAR_DAY = "calendar_day", _("at a fixed time of the day")
        TO_THE_MINUTE = "to_the_minute", _("to the minute")

    class Distribution(models.TextChoices):
        WAITING_LIST = "waiting_list", _("waiting list, by need and joining time")
        DRAW = "draw", _("waiting list, by draw")
        OPEN = "open", _("no waiting list")

    class Proof(models.TextChoices):
        ATTACK = "attack", _("only while very many come at once")
        ALWAYS = "always", _("always")
        NEVER = "never", _("never")

    slug = models.SlugField(_("short name"), unique=True)
    name = models.JSONField(_("name"), help_text=_("language: text; German is needed"))
    city = models.CharField(_("city"), max_length=100)
    state = models.CharField(
        _("federal state"),
        max_length=2,
        validators=[check_state],
        help_text=_("for public holidays"),
    )
    time_zone = models.CharField(
        _("time zone"), max_length=40, default="Europe/Berlin", validators=[check_time_zone]
    )
    sender_name = models.CharField(
        _("sender of letters"),
        max_length=60,
        blank=True,
        db_default="",
        help_text=_("stands outside on every e-mail, so nothing of the matter"),
    )
    visitor_address = models.TextField(_("visitor address"))
    postal_address = models.TextField(_("postal address"), blank=True)
    phone = models.CharField(_("phone"), max_length=40, blank=True)
    fax = models.CharField(_("fax"), max_length=40, blank=True)
    directions = models.JSONField(_("how to get there"), default=dict, blank=True)
    map_place = models.CharField(
        _("place on a map"),
        max_length=200,
        blank=True,
        db_default="",
        help_text=_("street and city as maps find them; empty: no link to a map"),
    )
    # Inside the building; empty until somebody has said it, and then the pages leave it out.
    entrance = models.JSONField(_("entrance"), default=dict, db_default={}, blank=True)
    floor = models.JSONField(_("floor and room"), default=dict, db_default={}, blank=True)
    arrive_minutes = models.PositiveSmallIntegerField(
        _("be there so many minutes before"),
        null=True,
        blank=True,
        help_text=_("empty: nothing is said about it"),
    )
    opening_hours = models.JSONField(_("general opening hours"), default=dict, blank=True)
    website = models.URLField(_("website"), blank=True)
    payment = models.JSONField(_("ways of payment"), default=dict, blank=True)
    # What the law asks for on imprint, privacy and accessibility; never invented, shown once given.
    legal_representative = models.TextField(
        _("legal representative"), blank=True, db_default="", help_text=_("name and function")
    )
    data_protection_officer = models.TextField(
        _("data protection officer"), blank=True, db_default="", help_text=_("address and contact")
    )
    supervisory_authority = models.TextField(
        _("supervisory authority for data protection"),
        blank=True,
        db_default="",
        help_text=_("address and contact"),
    )
    enforcement_body = models.TextField(
        _("enforcement body for accessibility"),
        blank=True,
        db_default="",
        help_text=_("address and contact"),
    )
    accessibility_stated_on = models.DateField(
        _("date of the accessibility statement"), null=True, blank=True
    )

    # beside the public holidays of the state, which are known
    closed_days = models.TextField(
        _("closed on these days of every year"),
        blank=True,
        db_default="",
        validators=[check_days_of_a_year],
        help_text=_("one day a line, like 24.12."),
    )
    horizon_days = models.PositiveSmallIntegerField(
        _("bookable days ahead"),
        default=7,
        validators=[MinValueValidator(0), MaxValueValidator(27)],
    )
    release_mode = models.CharField(
        _("new times open"), max_length=20, choices=Release.choices, default=Release.CALENDAR_DAY
    )
    release_time = models.TimeField(_("at"), default=time(7, 0))
    slot_minutes = models.PositiveSmallIntegerField(
        _("minutes per time"), default=10, validators=[MinValueValidator(5)]
    )
    hold_minutes = models.PositiveSmallIntegerField(
        _("minutes a time is held"), default=10, validators=[MinValueValidator(5)]
    )
    hold_extensions = models.PositiveSmallIntegerField(_("extensions of a hold"), default=10)
    quarantine_minutes_least = models.PositiveSmallIntegerField(
        _("a freed time reappears after at least (minutes)"),
        default=2,
        validators=[MinValueValidator(2)],
    )
    quarantine_minutes_most = models.PositiveSmallIntegerField(
        _("and at most (minutes)"), default=15, validators=[MinValueValidator(2)]
    )
    persons_per_address = models.PositiveSmallIntegerField(
        _("persons per e-mail address"), default=4
    )
    no_show_minutes = models.PositiveSmallIntegerField(
        _("minutes of patience before somebody counts as not come"), default=5
    )
    # Whoever owns a domain has any number of addresses; at a public provider nobody does.
    persons_per_domain = models.PositiveSmallIntegerField(
        _("persons per mail domain that is no public provider"), default=12
    )
    public_mail_domains = models.TextField(
        _("public mail providers"), blank=True, help_text=_("one domain a line")
    )
    holds_per_hour = models.PositiveSmallIntegerField(_("holds per person and hour"), default=10)
    distribution = models.CharField(
        _("distribution of times"),
        max_length=20,
        choices=Distribution.choices,
        default=Distribution.WAITING_LIST,
    )
    # A device computes it by itself; a machine has to do so for each of its fakes.
    proof = models.CharField(
        _("proof of work"), max_length=10, choices=Proof.choices, default=Proof.ATTACK
    )
    proof_above = models.PositiveIntegerField(
        _("people within ten minutes above whom the proof is asked for"), default=1000
    )

    class Meta:
        verbose_name = _("office")
        verbose_name_plural = _("office")

    def __str__(self) -> str:
        return self.slug

    @property
    def zone(self) -> ZoneInfo:
        """The zone whose wall clock the opening hours follow."""
        return ZoneInfo(self.time_zone)

    def clean(self) -> None:
        """Refuses more than one line in a fact of one line."""
        check_single_lines(self)

    def missing_legal(self) -> list[str]:
        """What the law asks for and nobody has entered yet, in words; for the team lead."""
        return [
            str(self._meta.get_field(name).verbose_name)  # type: ignore[union-attr]  # columns, no relations
            for name in LEGAL
            if not getattr(self, name)
        ]

    def is_closed_on(self, day: date) -> bool:
        """Whether nobody is served on this local day in any year."""
        return (day.month, day.day) in days_of_a_year(self.closed_days)

    def be_there(self, starts_at: datetime) -> str:
        """At which time to be here for `starts_at`; nothing where it is not said how early."""
        if self.arrive_minutes is None:
            return ""
        local = (starts_at - timedelta(minutes=self.arrive_minutes)).astimezone(self.zone)
        return f"{local:%H:%M}"

    @property
    def title(self) -> str:
        """The name in the active language."""
        return in_language(self.name)


class CounterGroup(models.Model):
    """Counters that serve the same cases, with the mailbox that answers for them."""

    slug = models.SlugField(_("short name"), unique=True)
    name = models.JSONField(_("name"), help_text=_("language: text; German is needed"))
    mailbox = models.EmailField(_("mailbox"), blank=True)
    position = models.PositiveSmallIntegerField(_("position"), default=0)

    class Meta:
        verbose_name = _("counter group")
        verbose_name_plural = _("counter groups")
        ordering = ["position", "slug"]

    def __str__(self) -> str:
        return in_language(self.name)


class ServiceStatus(models.Model):
    """Whether the service takes bookings, and what the office wants everyone to read; one row."""

    class State(models.TextChoices):
        OPEN = "open", _("open")
        RESTRICTED = "restricted", _("restricted operation")
        PAUSED = "paused", _("paused")

    state = models.CharField(_("state"), max_length=12, choices=State.choices, default=State.OPEN)
    until = models.DateTimeField(
        _("until"), null=True, blank=True, help_text=_("then open again; empty: for the time being")
    )
    notice = models.JSONField(_("public notice"), default=dict, blank=True)
    notice_from = models.DateTimeField(_("notice from"), null=True, blank=True)
    notice_until = models.DateTimeField(_("notice until"), null=True, blank=True)

    class Meta:
        verbose_name = _("service status")
        verbose_name_plural = _("service status")

    def __str__(self) -> str:
        return self.get_state_display()

    def state_at(self, now: datetime) -> str:
        """The state at `now`: a pause or a restriction ends by itself at its end, with no job."""
        if self.until and now >= self.until:
            return self.State.OPEN
        return self.state

    def notice_at(self, now: datetime) -> str:
        """The public notice in the active language, or nothing outside its time."""
        if self.notice_from and now < self.notice_from:
            return ""
        if self.notice_until and now >= self.notice_until:
            return ""
        return in_language(self.notice)


class NoOffice(Exception):
    """No office file has been loaded yet."""


_kept: dict[str, tuple[float, tuple[Office, ServiceStatus]]] = {}


def _row() -> tuple[Office, ServiceStatus]:
    # Every page shows both. Two seconds of memory spare a rush two queries a page and still
    # honour a pause within five seconds.
    kept = _kept.get("office")
    if kept and kept[0] > _time.monotonic():
        return kept[1]
    office = Office.objects.first()
    if office is None:
        raise NoOffice("load an office first: manage.py load_office config/offices/magdeburg.yaml")
    status = ServiceStatus.objects.first() or ServiceStatus()
    _kept["office"] = (_time.monotonic() + settings.OFFICE_MEMORY_SECONDS, (office, status))
    return office, status


def current_office() -> Office:
    """The office of this deployment, at most two seconds old; raises NoOffice."""
    return _row()[0]


def office_day(moment: datetime) -> date:
    """The local day at the office on which a UTC instant falls; raises NoOffice."""
    return moment.astimezone(current_office().zone).date()


def service_status() -> ServiceStatus:
    """The state of the service, at most two seconds old; raises NoOffice."""
    return _row()[1]


def forget_memory() -> None:
    """Lets the next call read the database again."""
    _kept.clear()
    forget_address_memory()

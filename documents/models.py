"""The catalogue: published versions as they were, and the one being edited as rows.

A published version is one immutable document (`content`), so a checklist costs one or two queries
and nobody can change half of it. Rows exist only while a version is a draft.
"""

from __future__ import annotations

from datetime import date

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import gettext_lazy as _

from config.foundation.office import in_language
from documents.catalogue_types import BRING, CASE, MEMBER, ONLINE, UPLOAD
from documents.checklist import condition_problem
from documents.schema import text_problem


def validate_texts(value: object) -> None:
    """Refuses what is not `{language: text}` with German in it."""
    if problem := text_problem(value):
        raise ValidationError(_("%(problem)s"), params={"problem": problem})


def validate_condition(value: object) -> None:
    """Refuses a condition that is not understood."""
    if problem := condition_problem(value):
        raise ValidationError(_("%(problem)s"), params={"problem": problem})


class TextsField(models.JSONField):
    """`{language: text}`, German first."""

    def __init__(self, *args: object, **kwargs: object) -> None:
        kwargs.setdefault("default", dict)
        kwargs.setdefault("validators", [validate_texts])
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]  # as Django has it


class VersionQuerySet(models.QuerySet["CatalogueVersion"]):
    """Versions in the words of the office."""

    def published(self) -> VersionQuerySet:
        """Versions that people could ever see."""
        return self.filter(published_at__isnull=False)

    def drafts(self) -> VersionQuerySet:
        """Versions that are being edited."""
        return self.filter(published_at__isnull=True)

    def in_force(self, *, on: date) -> VersionQuerySet:
        """The published versions that hold on a day, the deciding one first."""
        begun = self.published().filter(valid_from__lte=on)
        return begun.order_by("-valid_from", "-published_at", "-pk")


class CatalogueVersion(models.Model):
    """One edition of the whole catalogue."""

    class Source(models.TextChoices):
        SHIPPED = "shipped", _("shipped with the software")
        OFFICE = "office", _("edited by the office")

    name = models.CharField(_("name"), max_length=100)
    source = models.CharField(_("source"), max_length=10, choices=Source.choices)
    valid_from = models.DateField(_("valid from"))
    reviews = models.JSONField(_("reviewed languages"), default=list, blank=True)
    content = models.JSONField(_("content"), default=dict, editable=False)
    digest = models.CharField(_("digest"), max_length=64, editable=False, blank=True)
    created_at = models.DateTimeField(_("created at"), auto_now_add=True)
    published_at = models.DateTimeField(_("published at"), null=True, editable=False)
    published_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        verbose_name=_("published by"),
        null=True,
        editable=False,
        related_name="+",
    )

    objects = VersionQuerySet.as_manager()

    class Meta:
        verbose_name = _("version of the catalogue")
        verbose_name_plural = _("versions of the catalogue")
        ordering = ["-valid_from", "-pk"]
        permissions = [("publish_catalogueversion", _("Can publish a version of the catalogue"))]
        indexes = [models.Index(fields=["valid_from", "published_at"], name="version_in_force")]
        constraints = [
            models.CheckConstraint(
                name="version_published_with_content",
                condition=models.Q(published_at__isnull=True) | ~models.Q(digest=""),
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def is_draft(self) -> bool:
        """Whether it can still be edited."""
        return self.published_at is None


class Procedure(models.Model):
    """Something people apply for, or a page to read and print."""

    class Kind(models.TextChoices):
        PROCEDURE = "procedure", _("procedure")
        SHEET = "sheet", _("sheet to read and print")
        FORM = "form", _("form to sign on paper")

    version = models.ForeignKey(
        CatalogueVersion, models.CASCADE, related_name="procedures", verbose_name=_("version")
    )
    slug = models.SlugField(_("short name"))
    kind = models.CharField(_("kind"), max_length=10, choices=Kind.choices, default=Kind.PROCEDURE)
    position = models.PositiveSmallIntegerField(_("position"), default=0)
    title = TextsField(_("title"))
    intro = TextsField(_("introduction"), blank=True)

    class Meta:
        verbose_name = _("procedure")
        verbose_name_plural = _("procedures")
        ordering = ["version", "position", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["version", "slug"], name="procedure_unique_slug")
        ]

    def __str__(self) -> str:
        return in_language(self.title)


class Part(models.Model):
    """A row of a procedure, in its place."""

    procedure = models.ForeignKey(
        Procedure, models.CASCADE, related_name="%(class)ss", verbose_name=_("procedure")
    )
    position = models.PositiveSmallIntegerField(_("position"), default=0)

    class Meta:
        abstract = True
        ordering = ["position", "pk"]


class FamilyPart(Part):
    """A row that a family answers or hands in once, or each of its members."""

    of = models.CharField(
        _("in a family"),
        max_length=10,
        default=MEMBER,
        db_default=MEMBER,
        choices=[(MEMBER, _("each person")), (CASE, _("once for all"))],
        help_text=_("when spouses and children apply online together"),
    )

    class Meta(Part.Meta):
        abstract = True


class Question(FamilyPart):
    """What the assistant asks."""

    class Kind(models.TextChoices):
        ONE = "one", _("one answer")
        MANY = "many", _("everything that applies")
        DAY = "day", _("a day")

    slug = models.SlugField(_("short name"))
    kind = models.CharField(_("kind"), max_length=10, choices=Kind.choices, default=Kind.ONE)
    title = TextsField(_("question"))
    help = TextsField(_("help"), blank=True)
    groups = models.JSONField(
        _("groups of answers"),
        default=list,
        db_default=[],
        blank=True,
        help_text=_("each with id, title (language: text) and facts; empty: all answers in a row"),
    )
    picture = models.CharField(
        _("picture"),
        max_length=20,
        blank=True,
        db_default="",
        choices=[("residence_card", _("residence card"))],
        help_text=_("shows where the answer stands"),
    )

    class Meta(FamilyPart.Meta):
        verbose_name = _("question")
        verbose_name_plural = _("questions")

    def __str__(self) -> str:
        return in_language(self.title)


class Option(models.Model):
    """An answer; its fact is what conditions name."""

    question = models.ForeignKey(
        Question, models.CASCADE, related_name="options", verbose_name=_("question")
    )
    position = models.PositiveSmallIntegerField(_("position"), default=0)
    fact = models.SlugField(_("fact"))
    label = TextsField(_("answer"))

    class Meta:
        verbose_name = _("answer")
        verbose_name_plural = _("answers")
        ordering = ["position", "pk"]

    def __str__(self) -> str:
        return in_language(self.label) or self.fact


class Requirement(FamilyPart):
    """A paper to bring or send."""

    class Way(models.TextChoices):
        UPLOAD = UPLOAD, _("uploaded")
        BRING = BRING, _("brought to the appointment")
        ONLINE = ONLINE, _("not needed: the application takes its place")

    slug = models.SlugField(_("short name"))
    title = TextsField(_("title"))
    reason = TextsField(_("why it is on the list"))
    details = TextsField(_("details"), blank=True)
    accepted = TextsField(_("accepted, one per line"), blank=True)
    not_accepted = TextsField(_("not accepted"), blank=True)
    condition = models.JSONField(
        _("condition"), null=True, blank=True, validators=[validate_condition]
    )
    if_available = models.BooleanField(_("only if available"), default=False)
    by = models.CharField(
        _("in an online application"),
        max_length=10,
        choices=Way.choices,
        default=Way.UPLOAD,
        db_default=Way.UPLOAD,
    )
    office_states = models.BooleanField(
        _("still to be stated by the office"),
        default=False,
        db_default=False,
        help_text=_("While a list has such a paper, nobody can apply for it online."),
    )
    see = models.SlugField(_("see also the page"), blank=True)

    class Meta(FamilyPart.Meta):
        verbose_name = _("paper")
        verbose_name_plural = _("papers")

    def __str__(self) -> str:
        return in_language(self.title)


class Note(Part):
    """What a person should know."""

    class Kind(models.TextChoices):
        INFO = "info", _("information")
        WARNING = "warning", _("warning")
        DEADLINE = "deadline", _("deadline")
        STOP = "stop", _("goes elsewhere")

    slug = models.SlugField(_("short name"))
    kind = models.CharField(_("kind"), max_length=10, choices=Kind.choices, default=Kind.INFO)
    title = TextsField(_("title"))
    text = TextsField(_("text"), blank=True)
    condition = models.JSONField(
        _("condition"), null=True, blank=True, validators=[validate_condition]
    )
    link = models.URLField(_("link"), blank=True)
    see = models.SlugField(_("see also the page"), blank=True)
    counts_from = models.SlugField(_("counted from the day"), blank=True)
    offset = models.CharField(
        _("offset"), max_length=20, blank=True, help_text=_("like -8 weeks or +90 days")
    )

    class Meta(Part.Meta):
        verbose_name = _("note")
        verbose_name_plural = _("notes")

    def __str__(self) -> str:
        return in_language(self.title)

    def clean(self) -> None:
        """Refuses half a deadline."""
        if self.counts_from and not self.offset:
            raise ValidationError({"offset": _("Please write how long before or after the day.")})
        if self.offset and not self.counts_from:
            raise ValidationError({"counts_from": _("Please choose the day from which to count.")})


class Charge(Part):
    """A fee that a procedure may cost."""

    code = models.SlugField(_("fee"))
    condition = models.JSONField(
        _("condition"), null=True, blank=True, validators=[validate_condition]
    )
    certain = models.BooleanField(_("always asked for"), default=True)

    class Meta(Part.Meta):
        verbose_name = _("fee of the procedure")
        verbose_name_plural = _("fees of the procedure")

    def __str__(self) -> str:
        fee = Fee.objects.filter(version__procedures=self.procedure_id, code=self.code).first()
        return str(fee or self._meta.verbose_name)


class Fee(models.Model):
    """An amount that is valid for a time."""

    class Kind(models.TextChoices):
        FEE = "fee", _("fee")
        MEANS = "means", _("means of living")

    version = models.ForeignKey(
        CatalogueVersion, models.CASCADE, related_name="fees", verbose_name=_("version")
    )
    position = models.PositiveSmallIntegerField(_("position"), default=0)
    code = models.SlugField(_("short name"))
    kind = models.CharField(_("kind"), max_length=10, choices=Kind.choices, default=Kind.FEE)
    title = TextsField(_("title"))
    amount = models.DecimalField(_("amount in euros"), max_digits=9, decimal_places=2)
    basis = models.CharField(_("legal basis"), max_length=200, blank=True)
    valid_from = models.DateField(_("valid from"), null=True, blank=True)
    valid_until = models.DateField(_("valid until (exclusive)"), null=True, blank=True)

    class Meta:
        verbose_name = _("fee")
        verbose_name_plural = _("fees")
        ordering = ["version", "position", "pk"]
        constraints = [
            models.CheckConstraint(name="fee_not_negative", condition=models.Q(amount__gte=0)),
            models.CheckConstraint(
                name="fee_ends_after_it_begins",
                condition=models.Q(valid_from__isnull=True)
                | models.Q(valid_until__isnull=True)
                | models.Q(valid_until__gt=models.F("valid_from")),
            ),
        ]

    def __str__(self) -> str:
        return in_language(self.title)


class Reduction(models.Model):
    """Who pays less, or nothing, for which fees."""

    version = models.ForeignKey(
        CatalogueVersion, models.CASCADE, related_name="reductions", verbose_name=_("version")
    )
    position = models.PositiveSmallIntegerField(_("position"), default=0)
    slug = models.SlugField(_("short name"))
    share = models.DecimalField(
        _("share to pay"),
        max_digits=3,
        decimal_places=2,
        help_text=_("0 for nothing, 0.5 for half"),
    )
    codes = models.JSONField(_("for the fees"), default=list)
    reason = TextsField(_("explanation"))
    not_codes = models.JSONField(_("never for the fees"), default=list, blank=True)
    otherwise = TextsField(_("explanation for these"), blank=True)
    ask_codes = models.JSONField(_("fees where the office decides"), default=list, blank=True)
    ask = TextsField(_("explanation where the office decides"), blank=True)
    condition = models.JSONField(
        _("condition"), null=True, blank=True, validators=[validate_condition]
    )
    basis = models.CharField(_("legal basis"), max_length=200, blank=True)

    class Meta:
        verbose_name = _("reduction")
        verbose_name_plural = _("reductions")
        ordering = ["version", "position", "pk"]
        constraints = [
            models.CheckConstraint(
                name="reduction_leaves_less_than_the_whole",
                condition=models.Q(share__gte=0, share__lt=1),
            ),
        ]

    def __str__(self) -> str:
        return in_language(self.reason)

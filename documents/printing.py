"""A checklist as a PDF: one column, the German under every line."""

from __future__ import annotations

from datetime import datetime

from django.utils.formats import date_format
from django.utils.translation import gettext as _

from config.foundation.sheets import Sheet
from documents.checklist import Advice, Checklist, ExpectedFee, Item
from documents.entries import GERMAN, Text
from documents.templatetags.papers import euro


def print_checklist(
    found: Checklist, *, language: str, address: str, reviewed: bool, now: datetime
) -> bytes:
    """The PDF of a list in the active language; `address` is where its QR code leads."""
    page = _Page(found.procedure.title.to(language), language, now)
    page.sheet.heading(
        found.procedure.title.to(language), language=page.spoken(found.procedure.title)
    )
    page.german(found.procedure.title)
    page.both(found.procedure.intro)
    if not reviewed:
        page.say(
            _("This translation has not been checked by a person yet. The German text counts.")
        )
    page.sheet.gap()
    if found.stop:
        page.advice(found.stop)
    for item in found.items:
        page.item(item)
    if found.fee.lines:
        page.fees(found.fee)
    for fee in found.means:
        page.say(f"{fee.title.to(language)}: {euro(fee.amount)}")
    for note in found.notes:
        page.advice(note)
    if found.procedure.kind == "form":
        page.signature()
    page.sheet.gap(4)
    page.sheet.qr(address, caption=_("Scan this to read the page again."), language=language)
    return page.sheet.as_bytes()


class _Page:
    def __init__(self, title: str, language: str, now: datetime) -> None:
        self.sheet = Sheet(title=title, language=language, now=now)
        self._language = language

    def spoken(self, text: Text) -> str:
        return self._language if text.has(self._language) else GERMAN

    def say(self, sentence: str) -> None:
        self.sheet.text(sentence, language=self._language, size=10, quiet=True)

    def german(self, text: Text) -> None:
        if self.spoken(text) != GERMAN:
            self.sheet.text(text.de, language=GERMAN, size=10, quiet=True)

    def both(self, text: Text) -> None:
        self.sheet.text(text.to(self._language), language=self.spoken(text))
        self.german(text)

    def under(self, text: Text, before: str = "") -> None:
        if not text:
            return
        lines = text.to(self._language).splitlines()
        said = "\n".join(f"• {line}" for line in lines) if len(lines) > 1 else lines[0]
        self.sheet.under_tick(before + said, language=self.spoken(text))
        if self.spoken(text) != GERMAN and len(lines) == 1:
            self.sheet.under_tick(text.de, language=GERMAN, quiet=True)

    def item(self, item: Item) -> None:
        optional = f" ({_('if you have it')})" if item.if_available else ""
        self.sheet.tick(item.title.to(self._language) + optional, language=self.spoken(item.title))
        if self.spoken(item.title) != GERMAN:
            self.sheet.under_tick(item.title.de, language=GERMAN, quiet=True)
        self.under(item.details)
        self.under(item.accepted)
        self.under(item.not_accepted, _("Not accepted:") + " ")
        self.sheet.gap(3)

    def advice(self, note: Advice) -> None:
        self.sheet.keep(25)
        self.sheet.gap(2)
        self.sheet.text(note.title.to(self._language), language=self.spoken(note.title), bold=True)
        if note.due_on:
            self.say(_("By %(day)s") % {"day": date_format(note.due_on)})
        self.both(note.text)

    def fees(self, fee: ExpectedFee) -> None:
        self.sheet.heading(_("Expected fee"), language=self._language, size=13)
        for line in fee.lines:
            may = "" if line.certain else f" ({_('possible')})"
            title = f"{line.title.to(self._language)}: {euro(line.amount)}{may}"
            self.sheet.text(title, language=self.spoken(line.title))
            for reason in line.explained:
                self.sheet.under_tick(reason.to(self._language), language=self.spoken(reason))
        self.say(_("This is an estimate. The office decides."))

    def signature(self) -> None:
        for label in ("Name, Vorname", "Geburtsdatum", "Ort, Datum", "Unterschrift"):
            self.sheet.blank(label, language=GERMAN)

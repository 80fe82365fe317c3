"""A checklist as a PDF: one column, the German under every line."""

from __future__ import annotations

from datetime import datetime

from django.utils.formats import date_format
from django.utils.functional import Promise
from django.utils.text import format_lazy
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, override

from config.foundation.contacts import Mailbox, links_at, mailboxes_for, own_mailboxes
from config.foundation.office import current_office, in_language
from config.foundation.pickup_point import pickup_addresses
from config.foundation.sheets import Sheet
from documents.catalogue_types import GERMAN, Text
from documents.checklist import Advice, Checklist, ExpectedFee, Item
from documents.without_box import is_of_box
from documents.wording import cost, euro, titled

SIGNATURE_LINES = (
    "Name, Vorname",
    "Geburtsdatum",
    "Telefonnummer oder E-Mail-Adresse",
    "Aktenzeichen (falls bekannt)",
    "Ort, Datum",
    "Unterschrift",
)
_NOT_ACCEPTED = format_lazy("{} ", gettext_lazy("Not accepted:"))
_URGENT = {
    "title_expired": gettext_lazy("Your residence title has expired."),
    "title_expires_soon": gettext_lazy("Your residence title expires within 7 days."),
}


def print_checklist(
    found: Checklist,
    *,
    language: str,
    address: str,
    reviewed: bool,
    now: datetime,
    reason_for_urgency: str = "",
) -> bytes:
    """The PDF of a list in the active language; `address` is where its QR code leads.

    `reason_for_urgency` says why the emergency check is the way, or nothing.
    """
    page = _Page(found.procedure.title.to(language), language, now)
    page.sheet.heading(
        found.procedure.title.to(language), language=page.spoken(found.procedure.title)
    )
    page.german(found.procedure.title)
    page.both(found.procedure.intro)
    if not reviewed:
        page.say(
            _(
                "This translation has not been checked by a person yet. The German version is "
                "binding."
            )
        )
    if reason_for_urgency:
        book = _("Check whether you can book an emergency appointment")
        page.say(f"{_URGENT[reason_for_urgency]} {book}")
    page.boxes(found)
    page.sheet.gap()
    if found.stop:
        page.advice(found.stop)
        page.elsewhere(f"{found.procedure.id}.{found.stop.id}")
    for item in found.items:
        page.item(item)
        for link in links_at(f"{found.procedure.id}.{item.id}"):
            page.sheet.under_tick(f"{link}: {link.address}", quiet=True)
        if item.office_states:
            page.mailboxes(mailboxes_for(found.procedure.id))
    if found.fee.lines:
        page.fees(found.fee)
    for fee in found.means:
        page.say(f"{fee.title.to(language)}: {euro(fee.amount)}")
    for note in found.notes:
        page.advice(note)
    # signed is the German original alone; a translation is only for reading
    if found.procedure.kind == "form" and language == GERMAN:
        page.signature()
    page.sheet.gap(4)
    page.sheet.qr(address, caption=_("Scan this code to open the page again."), language=language)
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
        if text.wants_german_beside(self._language):
            self.sheet.text(text.de, language=GERMAN, size=10, quiet=True)

    def both(self, text: Text) -> None:
        self.sheet.text(text.to(self._language), language=self.spoken(text))
        self.german(text)

    def under(self, text: Text, before: Promise | str = "") -> None:
        if not text:
            return
        lines = text.to(self._language).splitlines()
        said = "\n".join(f"• {line}" for line in lines) if len(lines) > 1 else lines[0]
        self.sheet.under_tick(f"{before}{said}", language=self.spoken(text))
        if text.wants_german_beside(self._language) and len(lines) == 1:
            with override(GERMAN):
                self.sheet.under_tick(f"{before}{text.de}", language=GERMAN, quiet=True)

    def item(self, item: Item) -> None:
        self.sheet.tick(titled(item, self._language), language=self.spoken(item.title))
        if item.title.wants_german_beside(self._language):
            self.sheet.under_tick(titled(item, GERMAN), language=GERMAN, quiet=True)
        self.under(item.details)
        self.under(item.accepted)
        self.under(item.not_accepted, _NOT_ACCEPTED)
        self.sheet.gap(3)

    def advice(self, note: Advice) -> None:
        self.sheet.keep(25)
        self.sheet.gap(2)
        self.sheet.text(note.title.to(self._language), language=self.spoken(note.title), bold=True)
        if note.due_on:
            self.say(_("By %(day)s") % {"day": date_format(note.due_on)})
        self.both(note.text)

    def elsewhere(self, place: str) -> None:
        for link in links_at(place):
            self.say(f"{in_language(link.name, self._language)}: {link.address}")
        own = own_mailboxes(place)
        self.mailboxes(own or mailboxes_for("contact"))
        if not own:
            self.reach()

    def mailboxes(self, found: list[Mailbox]) -> None:
        for one in found:
            self.say(f"{in_language(one.name, self._language)}: {one.address}")

    def reach(self) -> None:
        office = current_office()
        hours = in_language(office.opening_hours, self._language)
        for name, value in ((_("Opening hours"), hours), (_("Phone"), office.phone)):
            if value:
                self.say(f"{name}: {value}")

    def fees(self, fee: ExpectedFee) -> None:
        self.sheet.heading(_("Expected fee"), language=self._language, size=13)
        for line in fee.lines:
            may = "" if line.certain else f" ({_('if needed')})"
            title = f"{line.title.to(self._language)}: {cost(line)}{may}"
            self.sheet.text(title, language=self.spoken(line.title))
            for reason in line.explained:
                self.sheet.under_tick(reason.to(self._language), language=self.spoken(reason))
        self.sheet.gap(1)
        total = f"{_('Expected fee')}: {cost(fee)}"
        self.sheet.text(total, language=self._language, bold=True)
        self.say(_("This is an estimate. The office decides."))

    def boxes(self, found: Checklist) -> None:
        seen = [found.procedure.id, *(item.see for item in found.items)]
        seen += [note.see for note in found.notes]
        if any(is_of_box(page) for page in seen):
            for place in pickup_addresses():
                self.say(f"{_('Pickup box')}: {place}")

    def signature(self) -> None:
        for label in SIGNATURE_LINES:
            self.sheet.blank(label, language=GERMAN)
        office = current_office()
        where = office.postal_address or office.visitor_address
        lines = ["Abzugeben bei:", in_language(office.name, GERMAN), *where.splitlines()]
        self.sheet.text("\n".join(lines), language=GERMAN)

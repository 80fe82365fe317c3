"""The logs of edits say in German what was changed by whom, and no empty history is offered."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from auditlog.models import LogEntry as AuditedEdit
from django.contrib import admin
from django.contrib.admin.models import ADDITION, CHANGE, DELETION, LogEntry
from django.contrib.auth.models import Group
from django.contrib.contenttypes.models import ContentType
from django.db.models import Model
from django.forms import MultiWidget
from django.test import Client, RequestFactory
from django.utils.translation import override

from booking.models import Counter
from config.accounts.roles import REGISTRAR
from config.foundation.edits import audited_values, edit_in_words, field_name
from config.foundation.office import Office
from config.foundation.staff import Staff
from documents.models import Procedure
from tests.factories import CounterFactory, StaffFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def german() -> Iterator[None]:
    with override("de"):
        yield


def logged(model: type[Model], message: object, *, flag: int = CHANGE) -> LogEntry:
    text = message if isinstance(message, str) else json.dumps(message)
    table = ContentType.objects.get_for_model(model)
    return LogEntry(content_type=table, action_flag=flag, change_message=text)


@pytest.mark.usefixtures("german")
@pytest.mark.parametrize(
    ("model", "message", "flag", "said"),
    [
        (Counter, [{"added": {}}], ADDITION, "Angelegt."),
        (Counter, "", DELETION, "Gelöscht."),
        (Counter, [], CHANGE, "–"),
        (
            Office,
            [{"changed": {"fields": ["Closed days", "Phone"]}}],
            CHANGE,
            "Geändert: Schließtage und Telefon.",
        ),
        (
            Office,
            [
                {
                    "changed": {
                        "fields": ["Phone", "New times open", "Name"],
                        "values": [
                            ["0391 1", ""],
                            ["calendar_day", "to_the_minute"],
                            ['{"de": "Amt", "en": "Office"}', '{"de": "Behörde", "en": "Office"}'],
                        ],
                    }
                }
            ],
            CHANGE,
            "Geändert: Telefon (0391 1 → –), Freigabe neuer Termine (zu einer festen Uhrzeit → "
            "auf die Minute genau) und Name (Deutsch: Amt → Deutsch: Behörde).",
        ),
        (
            Procedure,
            [{"added": {"name": "question", "object": "Why?"}}],
            CHANGE,
            "Hinzugefügt: Frage.",
        ),
        (
            Procedure,
            [{"deleted": {"name": "note", "object": "1"}}],
            CHANGE,
            "Gelöscht: Hinweis.",
        ),
        (
            Staff,
            [{"changed": {"fields": ["second factor"], "reason": "phone lost."}}],
            CHANGE,
            "Geändert: Zweiter Faktor. Grund: phone lost.",
        ),
        (Staff, "typed by somebody", CHANGE, "typed by somebody"),
    ],
)
def test_line_of_the_log_is_a_german_sentence(
    model: type[Model], message: object, flag: int, said: str
) -> None:
    assert edit_in_words(logged(model, message, flag=flag)) == said


def test_every_field_of_every_form_is_known_to_the_log(rf: RequestFactory, office: Office) -> None:
    request: Any = rf.get("/admin/")
    request.user = StaffFactory(is_superuser=True)
    english = {}
    for model, desk in admin.site._registry.items():
        form = desk.get_form(request, change=True)
        for name, field in form.base_fields.items():
            with override(None):
                label = str(field.label or name)  # as Django writes it into the log
            with override("de"):
                if not field.widget.is_hidden and field_name(model, label) == label:
                    english[f"{model._meta.label}.{name}"] = label
    # words that German has as well
    assert set(english.values()) <= SAME_IN_GERMAN, english


def test_no_choice_of_the_desk_is_a_row_of_dashes(rf: RequestFactory, office: Office) -> None:
    request: Any = rf.get("/admin/")
    request.user = StaffFactory(is_superuser=True)
    dashes = []
    for model, desk in admin.site._registry.items():
        inlines = [each.get_formset(request) for each in desk.get_inline_instances(request)]
        for form in (desk.get_form(request), *(each.form for each in inlines)):
            for name, field in form.base_fields.items():
                if "-----" in str([str(label) for _v, label in getattr(field, "choices", [])]):
                    dashes.append(f"{model._meta.label}.{name}")
    assert dashes == []


SAME_IN_GERMAN = {"Fax", "Link", "Name", "Position", "Text", "Website"}


def test_history_names_people_by_their_full_name_in_german(office: Office) -> None:
    lead = StaffFactory(
        username="kurz", first_name="Birgit", last_name="Kurz", is_superuser=True, language="de"
    )
    client = Client()
    client.force_login(lead)
    table = ContentType.objects.get_for_model(Office)
    change = [{"changed": {"fields": ["Phone"]}}]
    LogEntry.objects.create(
        user=lead,
        content_type=table,
        object_id=str(office.pk),
        object_repr="magdeburg",
        action_flag=CHANGE,
        change_message=json.dumps(change),
    )
    page = client.get(f"/admin/foundation/office/{office.pk}/history/").content.decode()
    assert "<td>Birgit Kurz</td><td>Geändert: Telefon.</td>" in page
    assert "kurz" not in page
    # the office is called like its table: the way to the page says it once
    assert page.count(">Behörde</a>") == 1


def test_empty_history_is_no_page(office: Office) -> None:
    client = Client()
    client.force_login(StaffFactory(is_superuser=True))
    counter = CounterFactory()
    answer = client.get(f"/admin/booking/counter/{counter.pk}/history/")
    assert answer["Location"] == f"/admin/booking/counter/{counter.pk}/change/"
    assert "/history/" not in client.get(answer["Location"]).content.decode()


def test_audit_log_says_who_changed_what_in_german() -> None:
    lead = StaffFactory(
        username="kurz", first_name="Birgit", last_name="Kurz", is_superuser=True, language="de"
    )
    counter = CounterFactory(slug="9")
    counter.name = {**counter.name, "de": "Schalter 9"}
    counter.in_service = False
    counter.save()
    edit = AuditedEdit.objects.get_for_object(counter).latest("pk")
    AuditedEdit.objects.filter(pk=edit.pk).update(actor=lead)
    with override("de"):
        assert set(audited_values(edit)) == {
            ("Name", "Deutsch: Notfallschalter 1", "Deutsch: Schalter 9"),
            ("In Betrieb", "Ja", "Nein"),
        }
    client = Client()
    client.force_login(lead)
    page = client.get("/admin/auditlog/logentry/").content.decode()
    assert "Schalter: Schalter 9" in page
    assert "Name (Deutsch: Notfallschalter 1 → Deutsch: Schalter 9)" in page
    assert "In Betrieb (Ja → Nein)" in page
    assert "Birgit Kurz" in page
    row = client.get(f"/admin/auditlog/logentry/{edit.pk}/change/").content.decode()
    for english in ("Created", "Resource", "Correlation", "update", "in_service", "system"):
        assert english not in page + row.replace("System", "")


def test_role_is_named_as_the_desk_calls_it() -> None:
    client = Client()
    client.force_login(StaffFactory(is_superuser=True, language="de"))
    colleague = StaffFactory()
    group = Group.objects.get(name=REGISTRAR)
    page = f"/admin/foundation/staff/{colleague.pk}/change/"
    client.post(page, typed(client, page) | {"groups": [str(group.pk)], "is_staff": ""})
    assert list(colleague.groups.all()) == [group]
    text = client.get("/admin/auditlog/logentry/").content.decode()
    assert "Anmeldung für besondere Sprechzeiten" in text
    text += client.get(page.replace("change", "history")).content.decode()
    assert " registrar" not in text


def test_change_of_hours_is_one_line_and_its_page_tells_all(office: Office) -> None:
    client = Client()
    client.force_login(StaffFactory(is_superuser=True, language="de"))
    counter = CounterFactory()
    AuditedEdit.objects.all().delete()
    hours = {"valid_from": "2099-01-05", "for_good": "yes", "replace": "yes"}
    for weekday in range(5):
        hours |= {f"opens_{weekday}_1": "08:00", f"closes_{weekday}_1": "12:00"}
    answer = client.post(f"/admin/booking/counter/{counter.pk}/hours/", hours)
    assert answer.status_code == 302, answer.context["form"].errors
    page = client.get("/admin/auditlog/logentry/").content.decode()
    assert page.count('<th class="field-when') == 1
    said = "Neu: Montag 08:00–12:00, Dienstag 08:00–12:00, Mittwoch 08:00–12:00"
    assert said in page
    assert f'href="/admin/booking/counter/{counter.pk}/change/"' in page
    edit = AuditedEdit.objects.earliest("pk")
    assert said in client.get(f"/admin/auditlog/logentry/{edit.pk}/change/").content.decode()


def test_logs_tell_from_what_to_what_a_setting_was_changed(office: Office) -> None:
    client = Client()
    client.force_login(StaffFactory(is_superuser=True, language="de"))
    counter = CounterFactory()
    page = f"/admin/booking/counter/{counter.pk}/change/"
    client.post(page, typed(client, page) | {"name_de": "Schalter 9"})
    said = "Geändert: Name (Deutsch: Notfallschalter 1 → Deutsch: Schalter 9)"
    assert said in client.get(page.replace("change", "history")).content.decode()
    assert said in client.get("/admin/auditlog/logentry/").content.decode()


def test_logs_tell_of_a_colleague_only_that_something_was_changed() -> None:
    client = Client()
    client.force_login(StaffFactory(is_superuser=True, language="de"))
    colleague = StaffFactory(last_name="Vorher", email="vorher@example.org")
    page = f"/admin/foundation/staff/{colleague.pk}/change/"
    client.post(page, typed(client, page) | {"last_name": "Nachher"})
    colleague.refresh_from_db()
    assert colleague.last_name == "Nachher"
    edit = AuditedEdit.objects.get_for_object(colleague).latest("pk")
    for log in (page.replace("change", "history"), f"/admin/auditlog/logentry/{edit.pk}/change/"):
        text = client.get(log).content.decode()
        assert "Geändert: Nachname." in text
        assert "Vorher" not in text.replace('<th scope="col">Vorher</th>', "")
    assert "Vorher" not in LogEntry.objects.latest("pk").change_message


def typed(client: Client, page: str) -> dict[str, Any]:
    """What the form of `page` sends when nobody has typed anything."""
    form = client.get(page).context["adminform"].form
    found: dict[str, Any] = {}
    for name in form.fields:
        value = form[name].value()
        widget: Any = form.fields[name].widget
        if isinstance(widget, MultiWidget):
            several: Any = widget
            parts = zip(several.widgets_names, several.decompress(value), strict=True)
            found |= {f"{name}{part}": text or "" for part, text in parts}
        elif value is not None and value is not False:
            found[name] = value
    return found


def test_audit_log_costs_the_same_however_many_lines(
    django_assert_max_num_queries: Any,
) -> None:
    client = Client()
    client.force_login(StaffFactory(is_superuser=True))
    for number in range(12):
        CounterFactory(slug=str(number))
    with django_assert_max_num_queries(20):
        client.get("/admin/auditlog/logentry/")

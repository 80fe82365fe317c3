"""The rows of a draft at the desk: fields in words that lose nothing and tell what is wrong."""

from __future__ import annotations

import json
import re
from decimal import Decimal
from typing import Any

import pytest
from django.contrib.auth.models import Group
from django.db.models import Model
from django.forms import HiddenInput
from django.test import Client
from django.urls import reverse
from django.utils.translation import override
from time_machine import TimeMachineFixture

from config.accounts.roles import TEAM_LEAD
from config.foundation.staff import Staff
from documents.actions import copy_to_draft, pack
from documents.admin.condition_parts import Part, Parts, parts_of
from documents.changes import changes
from documents.models import (
    CatalogueVersion,
    Charge,
    Fee,
    Note,
    Option,
    Procedure,
    Question,
    Reduction,
    Requirement,
)
from documents.validation import read
from tests.browser_form import Sent, form_sent
from tests.documents.conftest import NOW, TODAY
from tests.responses import Response

TABLES: list[type[Model]] = [
    *(Procedure, Question, Requirement, Note, Charge, Fee, Reduction),
]
CONDITIONS: list[Any] = [
    None,
    "a",
    {"not": "a"},
    {"any": ["a", "b"]},
    {"all": ["a", "b"]},
    {"not": {"any": ["a", "b"]}},
    {"not": {"all": ["a", "b"]}},
    {"all": ["a", {"not": "b"}]},
    {"all": ["a", {"any": ["b", "c"]}]},
    {"all": ["a", "b", "c", {"not": {"all": ["d", "e"]}}]},
    {"all": ["a", "b", {"any": ["c", "d"]}, {"not": {"all": ["e", "f"]}}]},
    {"any": ["a", {"all": ["b", "c"]}]},
    {"any": [{"not": "a"}, {"not": {"any": ["b", "c"]}}]},
]
DEEP = {"all": ["a", {"any": ["b", {"all": ["c", "d"]}]}]}


@pytest.fixture(autouse=True)
def clock(time_machine: TimeMachineFixture) -> None:
    time_machine.move_to(NOW, tick=False)


@pytest.fixture
def draft(loaded: CatalogueVersion) -> CatalogueVersion:
    return copy_to_draft(loaded, name="Entwurf", valid_from=TODAY)


@pytest.fixture
def lead(db: None, client: Client) -> Client:
    user = Staff.objects.create_user(username="lead", password="x", is_staff=True)
    user.groups.add(Group.objects.get(name=TEAM_LEAD))
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return client


def address(row: Model) -> str:
    return reverse(f"admin:documents_{row._meta.model_name}_change", args=[row.pk])


def form_id(model: type[Model]) -> str:
    return f"{model._meta.model_name}_form"


def opened(client: Client, row: Model) -> Sent:
    page = client.get(address(row))
    assert page.status_code == 200
    return form_sent(page.content.decode(), form_id(type(row)))


def saved(client: Client, row: Model, sent: Sent) -> Response:
    answer = client.post(address(row), sent)
    errors = answer.context["errors"] if answer.context and "errors" in answer.context else ""
    assert answer.status_code == 302, errors
    row.refresh_from_db()
    return answer


# --- nothing is lost ------------------------------------------------------------------------------


@pytest.mark.parametrize("model", TABLES)
def test_every_shipped_row_opened_and_saved_stays_as_it_is(
    lead: Client, draft: CatalogueVersion, model: type[Model]
) -> None:
    before = json.dumps(pack(draft), ensure_ascii=False)
    rows = list(model._default_manager.all())
    assert rows
    for row in rows:
        saved(lead, row, opened(lead, row))
    assert json.dumps(pack(draft), ensure_ascii=False) == before


def test_shipped_conditions_are_all_shown_in_parts(draft: CatalogueVersion) -> None:
    for model in (Requirement, Note, Charge, Reduction):
        for condition in model._default_manager.values_list("condition", flat=True):
            assert parts_of(condition) is not None, condition


@pytest.mark.parametrize("condition", CONDITIONS)
def test_condition_comes_back_from_its_parts(condition: Any) -> None:
    parts = parts_of(condition)
    assert parts is not None
    assert parts.condition() == condition


def test_condition_of_more_levels_has_no_parts() -> None:
    assert parts_of(DEEP) is None
    assert parts_of({"not": {"not": "a"}}) is None


def test_order_of_answers_does_not_matter() -> None:
    one, other = Parts(parts=(Part("any", ("a", "b")),)), Parts(parts=(Part("any", ("b", "a")),))
    assert one.means() == other.means()
    assert one.means() != Parts(parts=(Part("all", ("a", "b")),)).means()


# --- nothing but words ----------------------------------------------------------------------------


@pytest.mark.parametrize("model", TABLES)
@pytest.mark.parametrize("page", ["change", "add"])
def test_no_input_that_is_typed_into_holds_a_key_or_a_document(
    lead: Client, draft: CatalogueVersion, model: type[Model], page: str
) -> None:
    keys = {*Option.objects.values_list("fact", flat=True)}
    for each in (Procedure, Question, Requirement, Note, Reduction):
        keys |= {*each._default_manager.values_list("slug", flat=True)}
    keys |= {*Fee.objects.values_list("code", flat=True)}
    name = f"admin:documents_{model._meta.model_name}"
    urls = [reverse(f"{name}_add")]
    if page == "change":
        urls = [address(row) for row in model._default_manager.all()]
    for url in urls:
        text = lead.get(url).content.decode()
        typed = re.findall(r'<input type="(?:text|number)"[^>]* value="([^"]*)"', text)
        typed += re.findall(r"<textarea[^>]*>\s*(.*?)</textarea>", text, re.DOTALL)
        assert not keys & {each for each in typed if "_" in each or each.isascii()}, url
        assert not [each for each in typed if each.startswith(("{", "[", "null", "&quot;"))], url
        shown = re.sub(r"<[^>]*>", " ", text)
        assert not {key for key in keys if "_" in key} & set(re.findall(r"\w+", shown)), url


def test_answers_stand_below_their_question(lead: Client, draft: CatalogueVersion) -> None:
    row = Requirement.objects.get(procedure__slug="emergency", slug="residence_permit")
    page = lead.get(address(row)).content.decode()
    assert (
        "nicht bei: „Welcher Notfall liegt vor? – Ich habe mein Aufenthaltsdokument verloren“"
        in page
    )
    asked = {title.strip() for title in re.findall(r"<summary>([^<]*)<", page)}
    assert "Welcher Notfall liegt vor?" in asked
    foreign = Question.objects.exclude(procedure=row.procedure)
    titles = {question.title["de"] for question in foreign}
    assert "Haben Sie einen gültigen Pass?" in titles
    assert not titles & asked


# --- what is chosen is stored ---------------------------------------------------------------------


def test_condition_is_ticked_in_parts(lead: Client, draft: CatalogueVersion) -> None:
    row = Requirement.objects.get(procedure__slug="emergency", slug="photo")
    sent = opened(lead, row)
    saved(lead, row, sent | {"condition_0_facts": ["job_loss"], "condition_0_how": ["none"]})
    assert row.condition == {"not": "job_loss"}
    sent = opened(lead, row) | {
        "condition_1_how": ["any"],
        "condition_1_facts": ["expired", "expiring"],
    }
    saved(lead, row, sent)
    assert row.condition == {"all": [{"not": "job_loss"}, {"any": ["expired", "expiring"]}]}
    sent = opened(lead, row)
    del sent["condition_0_facts"], sent["condition_1_facts"]
    saved(lead, row, sent)
    assert row.condition is None


def test_deep_condition_stays_until_it_is_replaced(lead: Client, draft: CatalogueVersion) -> None:
    row = Requirement.objects.get(procedure__slug="emergency", slug="photo")
    names = ["expired", "expiring", "job_loss", "lost_document"]
    deep = json.loads(
        json.dumps(DEEP)
        .replace('"a"', f'"{names[0]}"')
        .replace('"b"', f'"{names[1]}"')
        .replace('"c"', f'"{names[2]}"')
        .replace('"d"', f'"{names[3]}"')
    )
    Requirement.objects.filter(pk=row.pk).update(condition=deep)
    saved(lead, row, opened(lead, row) | {"title_de": ["Foto"]})
    assert (row.condition, row.title["de"]) == (deep, "Foto")
    sent = opened(lead, row) | {"condition_replace": ["on"], "condition_0_facts": ["expired"]}
    saved(lead, row, sent)
    assert row.condition == "expired"


def test_deadline_is_a_number_a_unit_and_a_side(lead: Client, draft: CatalogueVersion) -> None:
    row = Note.objects.get(procedure__slug="humanitarian", slug="eight_weeks_before")
    sent = opened(lead, row)
    assert [sent[f"offset_{name}"] for name in ("number", "unit", "side")] == [
        *(["8"], ["weeks"], ["-"])
    ]
    saved(lead, row, sent | {"offset_number": ["7"], "offset_unit": ["days"]})
    assert row.offset == "-7 days"


def test_fees_of_a_reduction_are_ticked(lead: Client, draft: CatalogueVersion) -> None:
    row = Reduction.objects.get(slug="scholarship")
    sent = opened(lead, row)
    assert sent["share"] == ["0"]
    saved(lead, row, sent | {"codes": ["ae_first", "settlement"], "share": ["50"]})
    assert row.codes == ["ae_first", "settlement"]
    assert row.share * 100 == 50


def test_rows_below_a_page_are_moved_by_a_press(lead: Client, draft: CatalogueVersion) -> None:
    procedure = Procedure.objects.get(slug="emergency")
    papers = procedure.requirements.order_by("position", "pk")
    first, second, *others = [row.pk for row in papers]
    for way, order in (("down", [second, first]), ("up", [first, second]), ("up", [first, second])):
        sent = opened(lead, procedure) | {"_move": [f"requirement-{first}-{way}"]}
        assert saved(lead, procedure, sent)["Location"] == address(procedure)
        assert [row.pk for row in papers.all()] == [*order, *others]
    question = procedure.questions.get(slug="category")
    answers = [row.pk for row in question.options.all()]
    sent = opened(lead, question) | {"_move": [f"option-{answers[0]}-down"]}
    saved(lead, question, sent)
    assert [row.pk for row in question.options.all()][:2] == [answers[1], answers[0]]
    for wrong in (f"option-{first}-up", "requirement-0-up", "x", f"requirement-{first}-left"):
        saved(lead, procedure, opened(lead, procedure) | {"_move": [wrong]})
        assert [row.pk for row in papers.all()] == [first, second, *others]


def test_that_a_row_was_moved_stands_in_the_history(lead: Client, draft: CatalogueVersion) -> None:
    procedure = Procedure.objects.get(slug="emergency")
    first = procedure.requirements.order_by("position", "pk")[0]
    for way in ("up", "down"):  # the first one has no place above it
        saved(
            lead, procedure, opened(lead, procedure) | {"_move": [f"requirement-{first.pk}-{way}"]}
        )
    page = reverse("admin:documents_procedure_history", args=[procedure.pk])
    assert lead.get(page).content.decode().count("Unterlage: Geändert: Reihenfolge.") == 1


def test_place_of_a_row_is_chosen_by_what_follows(lead: Client, draft: CatalogueVersion) -> None:
    rows = Requirement.objects.filter(procedure__slug="emergency").order_by("position", "pk")
    first, second, third, *_others = rows
    sent = opened(lead, first)
    assert sent["position"] == [str(second.pk)]
    saved(lead, third, opened(lead, third) | {"position": [str(first.pk)]})
    assert [row.pk for row in rows.all()[:3]] == [third.pk, first.pk, second.pk]
    assert [row.position for row in rows.all()] == list(range(rows.count()))
    saved(lead, first, opened(lead, first) | {"position": [""]})
    assert rows.last() == first
    unchanged = rows.first()
    assert unchanged is not None
    saved(lead, unchanged, opened(lead, unchanged))
    assert rows.first() == unchanged


def test_fees_of_a_reduction_stand_in_one_table(lead: Client, draft: CatalogueVersion) -> None:
    row = Reduction.objects.get(slug="minor_half")
    page = lead.get(reverse("admin:documents_reduction_change", args=[row.pk]))
    lines = {line.code: line for line in page.context["fee_lines"]}
    first = lines["ae_first"]
    assert (first.amount, first.reduced) == ("100,00 €", "50,00 €")
    assert [ticked for _name, _head, ticked in first.boxes] == [True, False, False]
    assert [ticked for _name, _head, ticked in lines["ra_u24"].boxes] == [False, True, False]
    assert len(lines) == len({fee.code for fee in draft.fees.all()})
    sent = opened(lead, row)
    twice = lead.post(
        reverse("admin:documents_reduction_change", args=[row.pk]),
        sent | {"ask_codes": ["ae_first"]},
    )
    assert "höchstens eine Spalte" in twice.content.decode()


def test_group_gets_an_answer_and_another_heading(lead: Client, draft: CatalogueVersion) -> None:
    row = Question.objects.get(procedure__slug="humanitarian", slug="title")
    first, second = row.groups[:2]
    sent = opened(lead, row)
    moved = second["facts"][-1]
    sent["groups_0_facts"] = [*first["facts"], moved]
    sent["groups_1_facts"] = second["facts"][:-1]
    sent["groups_1_title_de"] = ["Schutz"]
    saved(lead, row, sent)
    assert row.groups[0] == first | {"facts": [*first["facts"], moved]}
    assert row.groups[1]["id"] == second["id"]
    assert row.groups[1]["title"]["de"] == "Schutz"
    assert row.groups[1]["title"]["en"] == second["title"]["en"]


def test_new_rows_get_keys_that_nobody_types(lead: Client, draft: CatalogueVersion) -> None:
    procedure = Procedure.objects.get(slug="emergency")
    add = f"{reverse('admin:documents_requirement_add')}?procedure={procedure.pk}"
    sent = form_sent(lead.get(add).content.decode(), form_id(Requirement))
    sent |= {"title_de": ["Geld für die Gebühren"], "reason_de": ["Darum."]}
    sent |= {"condition_0_facts": ["expired"]}
    for number in ("geld_fuer_die_gebuehren", "geld_fuer_die_gebuehren_2"):
        assert lead.post(add, sent).status_code == 302
        row = Requirement.objects.latest("pk")
        assert (row.slug, row.condition, row.procedure) == (number, "expired", procedure)
    question = Question.objects.get(procedure=procedure, slug="category")
    sent = opened(lead, question)
    count = int(sent["options-TOTAL_FORMS"][0])
    sent |= {
        "options-TOTAL_FORMS": [str(count + 1)],
        f"options-{count}-label_de": ["Etwas Neues"],
    }
    saved(lead, question, sent)
    assert question.options.latest("pk").fact == "etwas_neues"
    assert question.options.last() == question.options.latest("pk")
    read(pack(draft))


def test_fee_gets_another_amount_or_is_new(lead: Client, draft: CatalogueVersion) -> None:
    add = reverse("admin:documents_fee_add")
    sent = form_sent(lead.get(add).content.decode(), form_id(Fee))
    sent |= {"title_de": ["Kopie"], "amount": ["1.00"], "kind": ["fee"]}
    assert lead.post(add, sent).status_code == 302
    assert Fee.objects.latest("pk").code == "kopie"
    sent |= {"code": ["ae_ext"], "valid_from": ["01.01.2030"]}
    assert lead.post(add, sent).status_code == 302
    assert Fee.objects.latest("pk").code == "ae_ext"


def test_amount_is_written_as_it_is_read(lead: Client, draft: CatalogueVersion) -> None:
    Staff.objects.update(language="de")
    fee = Fee.objects.filter(version=draft, code="ae_ext").get()
    Fee.objects.filter(pk=fee.pk).update(amount="11208")
    assert "11.208,00" in lead.get(reverse("admin:documents_fee_changelist")).content.decode()
    page = reverse("admin:documents_fee_change", args=[fee.pk])
    sent = form_sent(lead.get(page).content.decode(), form_id(Fee))
    assert sent["amount"] == ["11208,00"]
    assert lead.post(page, sent | {"amount": ["100,50"]}).status_code == 302
    fee.refresh_from_db()
    assert fee.amount == Decimal("100.50")


def test_row_whose_procedure_is_not_known_asks_for_it_first(
    lead: Client, draft: CatalogueVersion
) -> None:
    page = lead.get(reverse("admin:documents_note_add"))
    fields = page.context["adminform"].form.fields
    assert {"condition", "counts_from", "offset", "see"}.isdisjoint(fields)
    assert not any(isinstance(each.widget, HiddenInput) for each in fields.values())


def test_procedure_of_thousands_of_digits_is_none(lead: Client, draft: CatalogueVersion) -> None:
    answer = lead.post(reverse("admin:documents_note_add"), {"procedure": "9" * 5000})
    assert answer.status_code == 200
    assert "procedure" in answer.context["adminform"].form.errors


# --- what is wrong is said at its field -----------------------------------------------------------


@pytest.mark.parametrize(
    ("model", "slug", "entered", "field", "sentence"),
    [
        (Requirement, "photo", {"condition_0_facts": ["gone"]}, "condition",
         "die keine Frage mehr hat"),
        (Note, "eight_weeks_before", {"offset_number": ["viele"]}, "offset",
         "eine ganze Zahl von 0 bis 999"),
        (Note, "eight_weeks_before", {"offset_number": [""]}, "offset", "wie lange davor"),
        (Note, "eight_weeks_before", {"counts_from": [""]}, "counts_from", "den Tag"),
        (Note, "interpreter", {"see": ["gone"]}, "see", "Auswahl"),
        (Reduction, "scholarship", {"codes": ["gone"]}, "codes", "Auswahl"),
        (Reduction, "scholarship", {"codes": []}, "codes", "zwingend erforderlich"),
        (Reduction, "scholarship", {"share": ["100"]}, "share", "99"),
        (Question, "title", {"groups_0_title_de": [""]}, "groups", "deutsche Überschrift"),
        (Question, "title", {"groups_0_facts": []}, "groups", "für jede Gruppe die Antworten"),
        (Question, "title", {"groups_0_facts": ["title_22_1", "title_24"]}, "groups",
         "In mehr als einer Gruppe"),
        (Question, "title", {"groups_0_facts": ["title_22_1"]}, "groups", "In keiner Gruppe"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_said_at_the_field(
    lead: Client,
    draft: CatalogueVersion,
    model: type[Model],
    slug: str,
    entered: Sent,
    field: str,
    sentence: str,
) -> None:
    rows = model._default_manager.filter(slug=slug)
    row = rows.filter(procedure__slug="humanitarian").first() if model is Note else rows.first()
    assert row
    answer = lead.post(address(row), opened(lead, row) | entered)
    assert answer.status_code == 200
    errors = answer.context["adminform"].form.errors
    assert list(errors) == [field]
    assert sentence in errors[field][0]
    assert errors[field][0] in answer.content.decode().replace("&quot;", '"')


# --- what a draft changes, in words ---------------------------------------------------------------


def test_changes_name_pages_fees_and_days(lead: Client, draft: CatalogueVersion) -> None:
    before = pack(draft)
    Note.objects.filter(slug="interpreter").update(see="legalisation")
    Note.objects.filter(slug="eight_weeks_before").update(offset="-3 months")
    Reduction.objects.filter(slug="scholarship").update(codes=["ae_first"], ask_codes=[])
    with override("de"):
        found = changes(before, pack(draft))
    said = {label: (old, new) for change in found for label, old, new in change.fields}
    assert (
        said["Verweis auf Seite"][1]
        == "Ausländische Urkunden: Legalisation, Apostille, Übersetzung"
    )
    assert said["Abstand"] == ("8 Wochen vor diesem Tag", "3 Monate vor diesem Tag")
    assert said["für die Gebühren"][1] == "Ersterteilung der Aufenthaltserlaubnis"
    words = " ".join(part for pair in said.values() for part in pair)
    assert not re.search(r"\b\w+_\w+\b", words + " ".join(said)), said

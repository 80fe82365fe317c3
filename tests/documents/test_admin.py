"""The office edits its catalogue."""

import re
from datetime import timedelta

import pytest
from django.contrib.auth.models import Group, Permission
from django.db.models import Model
from django.test import Client
from django.urls import reverse
from django.utils.translation import override
from pytest_django import DjangoAssertNumQueries
from time_machine import TimeMachineFixture

from config.accounts.roles import CASEWORKER, TEAM_LEAD
from config.foundation.staff import Staff
from documents.actions import copy_to_draft
from documents.catalogue import catalogue_on
from documents.catalogue_types import Catalogue
from documents.condition_words import Answer, condition_in_words
from documents.models import CatalogueVersion, Fee, Procedure, Question, Reduction, Requirement
from tests.documents.cases import price
from tests.documents.conftest import NOW, TODAY
from tests.responses import Response

VERSION = "admin:documents_catalogueversion_change"
PHOTO = (
    "Aktuelles biometrisches Lichtbild: Code vom Fotostudio oder Aufnahme in der Behörde, "
    "kein Papierfoto"
)


@pytest.fixture(autouse=True)
def clock(time_machine: TimeMachineFixture) -> None:
    time_machine.move_to(NOW, tick=False)


@pytest.fixture
def lead(db: None, client: Client) -> Staff:
    user = Staff.objects.create_user(username="lead", password="x", is_staff=True)
    user.groups.add(Group.objects.get(name=TEAM_LEAD))
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return user


@pytest.fixture
def draft(loaded: CatalogueVersion) -> CatalogueVersion:
    return copy_to_draft(loaded, name="Entwurf", valid_from=TODAY)


def form_of(page: Response) -> dict[str, str]:
    """What the browser would send back of the admin form on a page."""
    form = page.context["adminform"].form
    data: dict[str, str] = {}
    for bound in form:
        value = bound.value()
        if hasattr(bound.field.widget, "decompress"):
            for n, part in enumerate(bound.field.widget.decompress(value)):
                data[f"{bound.html_name}{bound.field.widget.widgets_names[n]}"] = part
        elif value is True:
            data[bound.html_name] = "on"
        elif value not in (None, False):
            data[bound.html_name] = bound.field.prepare_value(value)
    for formset in page.context["inline_admin_formsets"]:
        for row in [formset.formset.management_form, *formset.formset.forms]:
            for bound in row:
                value = bound.value()
                if value not in (None, False):
                    data[bound.html_name] = (
                        "on" if value is True else bound.field.prepare_value(value)
                    )
    return data


def confirm(client: Client, draft: CatalogueVersion) -> None:
    """Reads what changes for whom, and publishes."""
    address = reverse("admin:documents_publish", args=[draft.pk])
    client.post(address, {"seen": client.get(address).context["seen"]})


def test_a_stranger_sees_nothing(
    client: Client, loaded: CatalogueVersion, draft: CatalogueVersion
) -> None:
    for name in ("copy", "publish", "missing", "preview"):
        address = reverse(f"admin:documents_{name}", args=[draft.pk])
        ask = client.post if name in {"copy", "publish"} else client.get
        assert ask(address).status_code == 302
    assert CatalogueVersion.objects.count() == 2


def test_a_caseworker_reads_and_changes_nothing(
    client: Client, loaded: CatalogueVersion, draft: CatalogueVersion
) -> None:
    user = Staff.objects.create_user(username="desk", password="x", is_staff=True)
    user.groups.add(Group.objects.get(name=CASEWORKER))
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    assert client.get(reverse("admin:documents_preview", args=[loaded.pk])).status_code == 200
    for name in ("copy", "publish"):
        address = reverse(f"admin:documents_{name}", args=[draft.pk])
        assert client.post(address).status_code == 403
    assert client.get(reverse("admin:documents_fee_changelist")).status_code == 403


def test_editing_is_not_publishing(client: Client, draft: CatalogueVersion, db: None) -> None:
    user = Staff.objects.create_user(username="editor", password="x", is_staff=True)
    user.user_permissions.add(Permission.objects.get(codename="change_catalogueversion"))
    user.user_permissions.add(Permission.objects.get(codename="view_catalogueversion"))
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    assert client.post(reverse("admin:documents_publish", args=[draft.pk])).status_code == 403


def test_actions_take_no_get(client: Client, lead: Staff, loaded: CatalogueVersion) -> None:
    assert client.get(reverse("admin:documents_copy", args=[loaded.pk])).status_code == 405
    draft = copy_to_draft(loaded, name="x", valid_from=TODAY)
    client.get(reverse("admin:documents_publish", args=[draft.pk]))
    assert CatalogueVersion.objects.drafts().exists()


def test_copy_edit_preview_publish(client: Client, lead: Staff, loaded: CatalogueVersion) -> None:
    client.post(reverse("admin:documents_copy", args=[loaded.pk]))
    draft = CatalogueVersion.objects.drafts().get()

    fee = Fee.objects.get(version=draft, code="ae_ext")
    page = client.get(reverse("admin:documents_fee_change", args=[fee.pk]))
    data = form_of(page) | {"amount": "95.00"}
    assert client.post(page.request["PATH_INFO"], data).status_code == 302
    fee.refresh_from_db()
    assert fee.amount == 95
    assert fee.title["en"] == "Extension of the residence permit"

    shown = client.post(
        reverse("admin:documents_preview_page", args=[draft.pk, "study", "en"]),
        {"purpose": "extension", "passport_of": "visa_needed", "age": "age_18_or_more"},
    ).content.decode()
    assert "95.00" in shown
    assert "Preview of a draft" in shown
    assert price(catalogue_on(TODAY), "ae_ext", TODAY).amount == 93

    confirm(client, draft)
    draft.refresh_from_db()
    assert draft.published_by == lead
    assert draft.published_at == NOW
    assert price(catalogue_on(TODAY), "ae_ext", TODAY).amount == 95


def test_a_text_is_edited_in_every_language_and_needs_german(
    client: Client, lead: Staff, draft: CatalogueVersion
) -> None:
    row = Requirement.objects.get(procedure__slug="emergency", slug="photo")
    page = client.get(reverse("admin:documents_requirement_change", args=[row.pk]))
    data = form_of(page)
    assert data["title_de"] == PHOTO
    client.post(page.request["PATH_INFO"], data | {"title_ar": "صورة"})
    row.refresh_from_db()
    assert row.title["ar"] == "صورة"
    data = form_of(client.get(page.request["PATH_INFO"]))
    answer = client.post(page.request["PATH_INFO"], data | {"title_de": ""})
    assert answer.status_code == 200
    assert "Bitte schreiben Sie auch den deutschen Text." in answer.content.decode()


def test_publishing_a_broken_draft_names_every_place(
    client: Client, lead: Staff, draft: CatalogueVersion
) -> None:
    Requirement.objects.filter(slug="photo").update(condition="unknown_fact")
    answer = client.post(reverse("admin:documents_publish", args=[draft.pk]), follow=True)
    text = answer.content.decode()
    place = f"Notfalltermin › Unterlage: {PHOTO} › für wen"
    assert f"{place}: Keine Frage hat die Antwort „etwas, das es nicht mehr gibt“." in text
    assert "unknown_fact" not in text
    assert CatalogueVersion.objects.get(pk=draft.pk).is_draft


def test_publishing_backwards_is_refused_with_a_sentence(
    client: Client, lead: Staff, draft: CatalogueVersion
) -> None:
    CatalogueVersion.objects.filter(pk=draft.pk).update(valid_from=TODAY - timedelta(days=1))
    confirm(client, draft)
    assert CatalogueVersion.objects.get(pk=draft.pk).is_draft


def test_a_published_version_can_only_be_read(
    client: Client, lead: Staff, loaded: CatalogueVersion
) -> None:
    page = client.get(reverse(VERSION, args=[loaded.pk]))
    assert 'name="_save"' not in page.content.decode()
    answer = client.post(reverse(VERSION, args=[loaded.pk]), {"name": "Ours"})
    assert answer.status_code == 403
    delete = reverse("admin:documents_catalogueversion_delete", args=[loaded.pk])
    assert client.post(delete, {"post": "yes"}).status_code == 403


def test_a_draft_can_be_renamed_and_thrown_away(
    client: Client, lead: Staff, draft: CatalogueVersion
) -> None:
    page = client.get(reverse(VERSION, args=[draft.pk]))
    data = form_of(page) | {
        "name": "Neu",
        "reviews_ar_by": "Frau Saleh",
        "reviews_ar_on": "2026-11-20",
    }
    assert client.post(reverse(VERSION, args=[draft.pk]), data).status_code == 302
    draft.refresh_from_db()
    assert draft.name == "Neu"
    read = {"language": "ar", "reviewed_by": "Frau Saleh", "reviewed_on": "2026-11-20"}
    assert draft.reviews == [read]
    page = client.get(reverse(VERSION, args=[draft.pk]))
    shown = page.context["adminform"].form["reviews"].as_widget()
    names = re.findall(r'<input type="text" name="reviews_(\w+)_by"(?: value="([^"]*)")?', shown)
    assert [(code, name) for code, name in names if name] == [("ar", "Frau Saleh")]
    assert 'value="2026-11-20"' in shown
    delete = reverse("admin:documents_catalogueversion_delete", args=[draft.pk])
    asked = client.get(delete).content.decode()
    assert "„Neu“ (Fassung des Katalogs) endgültig löschen?" in asked
    assert "Objekte" not in asked
    names = [str(each) for each in draft.procedures.all()]
    assert f"<li>Verfahren ({len(names)}): " in asked
    assert all(name in asked for name in names)
    assert "Veröffentlichte Fassungen" in asked
    client.post(delete, {"post": "yes"})
    assert not CatalogueVersion.objects.drafts().exists()
    assert not Procedure.objects.exists()


def test_missing_translations_are_reported(
    client: Client, lead: Staff, loaded: CatalogueVersion
) -> None:
    content = loaded.content
    del content["procedures"][0]["title"]["en"]
    CatalogueVersion.objects.filter(pk=loaded.pk).update(content=content)
    page = client.get(reverse("admin:documents_missing", args=[loaded.pk])).content.decode()
    assert f"<li>{content['procedures'][0]['title']['de']} › Titel</li>" in page


@pytest.mark.parametrize("report", ["missing", "preview"])
def test_reports_of_a_broken_draft_say_what_is_wrong(
    client: Client, lead: Staff, draft: CatalogueVersion, report: str
) -> None:
    Question.objects.filter(slug="purpose").update(kind="some")
    page = client.get(reverse(f"admin:documents_{report}", args=[draft.pk]))
    assert "“some” is none of" in page.content.decode()
    address = reverse("admin:documents_preview_page", args=[draft.pk, "study", "en"])
    assert client.get(address).status_code == 404


@pytest.mark.parametrize("language", ["de", "en", "ar", "uk"])
def test_every_page_is_previewed_in_every_language(
    client: Client, lead: Staff, draft: CatalogueVersion, shipped: Catalogue, language: str
) -> None:
    for procedure in shipped.procedures:
        address = reverse("admin:documents_preview_page", args=[draft.pk, procedure.id, language])
        page = client.get(address)
        assert page.status_code == 200
        assert f'<html lang="{language}"' in page.content.decode()


def test_preview_of_an_unknown_page_or_language_is_not_found(
    client: Client, lead: Staff, draft: CatalogueVersion
) -> None:
    for slug, language in (("nothing", "en"), ("study", "xx")):
        address = reverse("admin:documents_preview_page", args=[draft.pk, slug, language])
        assert client.get(address).status_code == 404


@pytest.mark.parametrize("model", [Procedure, Requirement, Question, Fee, Reduction])
def test_lists_and_forms_open_with_steady_queries(
    client: Client,
    lead: Staff,
    draft: CatalogueVersion,
    model: type[Model],
    django_assert_max_num_queries: DjangoAssertNumQueries,
) -> None:
    name = model._meta.model_name
    # the office and its status among them, which the header asks for
    with django_assert_max_num_queries(17):
        client.get(reverse(f"admin:documents_{name}_changelist"))
    row = model._default_manager.all()[0]
    assert client.get(reverse(f"admin:documents_{name}_change", args=[row.pk])).status_code == 200


def test_publishing_tells_first_what_changes_for_whom(
    client: Client, lead: Staff, draft: CatalogueVersion
) -> None:
    address = reverse("admin:documents_publish", args=[draft.pk])
    assert client.get(address).context["changes"] == []
    Fee.objects.filter(version=draft, code="ae_ext").update(amount=95)
    paper = Requirement.objects.get(procedure__slug="emergency", slug="residence_permit")
    paper.condition = None
    paper.title["ar"] = "تصريح"
    paper.save()
    Requirement.objects.filter(procedure__slug="emergency", slug="photo").delete()
    page = client.get(address)
    told = {(each.what, each.how): each for each in page.context["changes"]}
    assert len(told) == 3
    fee = told["Gebühr: Verlängerung der Aufenthaltserlaubnis", "changed"]
    assert fee.fields == (("Betrag in Euro", "93.00", "95.00"),)
    change = told["Unterlage: Aufenthaltstitel", "changed"]
    lost = "„Welcher Notfall liegt vor? – Ich habe mein Aufenthaltsdokument verloren“"
    assert ("für wen", f"nicht bei: {lost}", "für alle") in change.fields
    assert any("Arabisch" in label for label, _old, _new in change.fields)
    assert told[f"Unterlage: {PHOTO}", "removed"].who == "für alle"


def test_what_was_confirmed_is_what_is_published(
    client: Client, lead: Staff, draft: CatalogueVersion
) -> None:
    address = reverse("admin:documents_publish", args=[draft.pk])
    seen = client.get(address).context["seen"]
    Fee.objects.filter(version=draft, code="ae_ext").update(amount=95)
    assert client.post(address, {"seen": seen}).context["outdated"]
    assert CatalogueVersion.objects.get(pk=draft.pk).is_draft


@pytest.mark.parametrize(
    ("condition", "sentence"),
    [
        (None, "für alle"),
        ("a", "nur bei: A"),
        ({"not": "a"}, "nicht bei: A"),
        ({"any": ["a", "b"]}, "nur bei: A oder B"),
        (
            {"all": ["a", {"not": {"any": ["b", "c"]}}]},
            "nur bei: A und nicht (B oder eine Antwort, die es nicht mehr gibt)",
        ),
        ({"every": ["a"]}, "Diese Bedingung ist nicht lesbar"),
    ],
)
def test_condition_is_a_german_sentence(condition: object, sentence: str) -> None:
    with override("de"):
        assert condition_in_words(condition, {"a": "A", "b": "B"}) == sentence


@pytest.mark.parametrize(
    ("condition", "sentence"),
    [
        ({"any": ["a", "b"]}, "nur bei: „F – A oder B“"),
        ({"not": {"any": ["a", "b"]}}, "nicht bei: „F – A oder B“"),
        ({"any": ["a", "b", "c"]}, "nur bei: „F – A oder B“ oder „G – C“"),
        ({"all": [{"any": ["a", "b"]}, "c"]}, "nur bei: „F – A oder B“ und „G – C“"),
        ({"all": [{"any": ["a", "c"]}, "b"]}, "nur bei: („F – A“ oder „G – C“) und „F – B“"),
    ],
)
def test_answers_to_one_question_ask_it_once(condition: object, sentence: str) -> None:
    facts = {"a": Answer("F", "A"), "b": Answer("F", "B"), "c": Answer("G", "C")}
    with override("de"):
        assert condition_in_words(condition, facts) == sentence


def test_condition_stands_as_a_sentence_above_its_field(
    client: Client, lead: Staff, draft: CatalogueVersion
) -> None:
    row = Requirement.objects.get(procedure__slug="emergency", slug="residence_permit")
    page = client.get(reverse("admin:documents_requirement_change", args=[row.pk]))
    assert (
        "nicht bei: „Welcher Notfall liegt vor? – Ich habe mein Aufenthaltsdokument verloren“"
        in page.content.decode()
    )


def test_draft_that_changes_nothing_offers_no_button(
    client: Client, lead: Staff, loaded: CatalogueVersion, draft: CatalogueVersion
) -> None:
    address = reverse("admin:documents_publish", args=[draft.pk])
    page = client.get(address)
    assert f"„Entwurf“ stimmt mit „{loaded.name}“ überein" in page.content.decode()
    assert 'id="publish"' not in page.content.decode()
    answer = client.post(address, {"seen": page.context["seen"]})
    assert "stimmt mit" in answer.content.decode()
    assert CatalogueVersion.objects.get(pk=draft.pk).is_draft


def test_another_order_and_a_review_are_changes(
    client: Client, lead: Staff, draft: CatalogueVersion
) -> None:
    address = reverse("admin:documents_publish", args=[draft.pk])
    first, second = Requirement.objects.filter(procedure__slug="emergency")[:2]
    Requirement.objects.filter(pk=first.pk).update(position=1)
    Requirement.objects.filter(pk=second.pk).update(position=0)
    read = {"language": "ar", "reviewed_by": "Frau Saleh", "reviewed_on": "2026-11-20"}
    CatalogueVersion.objects.filter(pk=draft.pk).update(reviews=[read])
    order, review = client.get(address).context["changes"]
    assert order.where == "Notfalltermin"
    assert order.fields[0][1].startswith(f"{first} · {second} · ")
    assert order.fields[0][2].startswith(f"{second} · {first} · ")
    assert review.fields[0][2] == "Arabisch: Frau Saleh, 20.11.2026"
    confirm(client, draft)
    assert not CatalogueVersion.objects.get(pk=draft.pk).is_draft
    page = client.get(reverse(VERSION, args=[draft.pk])).content.decode()
    assert "Arabisch: Frau Saleh, 20.11.2026" in page
    assert "reviewed_by" not in page


def test_deletion_says_what_goes_along_and_what_stays(
    client: Client, lead: Staff, draft: CatalogueVersion
) -> None:
    question = Question.objects.filter(options__isnull=False).first()
    assert question is not None
    asked = client.get(reverse("admin:documents_question_delete", args=[question.pk]))
    text = asked.content.decode()
    assert f"<li>Antworten ({question.options.count()}): " in text
    assert "veröffentlichte Fassungen bleiben unverändert" in text
    fee = Fee.objects.filter(version=draft).first()
    assert fee is not None
    asked = client.get(reverse("admin:documents_fee_delete", args=[fee.pk]))
    assert "Weitere Einträge werden nicht gelöscht." in asked.content.decode()
    rows = {"action": "delete_selected", "_selected_action": [question.pk]}
    text = client.post(reverse("admin:documents_question_changelist"), rows).content.decode()
    assert "Diesen Eintrag endgültig löschen?" in text
    assert f"<li>Antworten ({question.options.count()}): " in text

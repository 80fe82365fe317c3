"""Loading the shipped catalogue: safe to repeat, and never over the office's own."""

import re
import shutil
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
import time_machine
import yaml
from django.core.management import CommandError, call_command
from pytest_django import Settings

from documents.actions import copy_to_draft, publish
from documents.catalogue import catalogue_on
from documents.models import CatalogueVersion
from documents.yaml_files import SHIPPED
from tests.documents.cases import price
from tests.documents.conftest import NOW, TODAY

pytestmark = pytest.mark.django_db


@pytest.fixture
def changed(tmp_path: Path) -> Path:
    folder = shutil.copytree(SHIPPED, tmp_path / "catalogue")
    fees = folder / "fees.yaml"
    fees.write_text(fees.read_text().replace("amount: 93.00", "amount: 95.00"))
    return folder


@pytest.fixture(autouse=True)
def monday() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield


def test_loads_once_and_says_so(capsys: pytest.CaptureFixture[str]) -> None:
    call_command("load_catalogue")
    assert "Published 11 procedures" in capsys.readouterr().out
    call_command("load_catalogue")
    assert "nothing changed" in capsys.readouterr().out
    assert CatalogueVersion.objects.count() == 1


def test_first_load_holds_for_the_past_and_a_later_one_from_today(changed: Path) -> None:
    call_command("load_catalogue")
    call_command("load_catalogue", "--folder", changed)
    assert price(catalogue_on(date(2026, 11, 22)), "ae_ext", TODAY).amount == 93
    assert price(catalogue_on(TODAY), "ae_ext", TODAY).amount == 95


def test_check_changes_nothing_and_reports_missing_translations(
    capsys: pytest.CaptureFixture[str], settings: Settings
) -> None:
    settings.LANGUAGES = [("de", "Deutsch"), ("en", "English"), ("xx", "None")]
    call_command("load_catalogue", "--check")
    out = capsys.readouterr().out
    assert "xx: procedures.emergency.title is not translated" in out
    assert not CatalogueVersion.objects.exists()


def test_every_text_is_there_in_every_language(capsys: pytest.CaptureFixture[str]) -> None:
    call_command("load_catalogue", "--check")
    assert capsys.readouterr().out == "The catalogue is sound; 0 texts are not translated.\n"


def test_sentences_in_simple_german_are_short() -> None:
    texts = yaml.safe_load((SHIPPED / "texts" / "de-simple.yaml").read_text())["texts"]
    sentences = [
        sentence
        for text in texts.values()
        for sentence in re.split(r"(?<=[.?!:])\s+|\n", str(text))
    ]
    assert len(sentences) > len(texts)
    assert [sentence for sentence in sentences if len(sentence.split()) > 14] == []


def test_never_overwrites_what_the_office_published_unless_told(changed: Path) -> None:
    call_command("load_catalogue")
    draft = copy_to_draft(CatalogueVersion.objects.get(), name="Ours", valid_from=TODAY)
    publish(draft, by=None, now=NOW, today=TODAY)
    with pytest.raises(CommandError, match="--replace"):
        call_command("load_catalogue", "--folder", changed)
    assert price(catalogue_on(TODAY), "ae_ext", TODAY).amount == 93
    call_command("load_catalogue", "--folder", changed, "--replace")
    assert price(catalogue_on(TODAY), "ae_ext", TODAY).amount == 95


def test_a_draft_of_the_office_is_left_alone(changed: Path) -> None:
    call_command("load_catalogue")
    draft = copy_to_draft(CatalogueVersion.objects.get(), name="Ours", valid_from=TODAY)
    call_command("load_catalogue", "--folder", changed)
    assert draft.procedures.exists()

"""The groups of a question's answers: a heading in every language, and the answers below it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.datastructures import MultiValueDict
from django.utils.translation import gettext_lazy as _

from config.foundation.field_options import drop_json_options
from config.foundation.keys import new_key
from config.foundation.texts import TextsFormField
from documents.admin.draft_choices import Drafts, with_stored
from documents.catalogue_types import GERMAN

Groups = list[dict[str, Any]]


class GroupsWidget(forms.Widget):
    """One fold for each group, and one that is empty."""

    template_name = "admin/documents/groups.html"
    use_fieldset = True
    drafts = Drafts()
    titles = TextsFormField().widget

    def get_context(self, name: str, value: Any, attrs: dict[str, Any] | None) -> dict[str, Any]:
        """With the answers of each group ticked, these first and in their order."""
        context = super().get_context(name, value, attrs)
        shown = [*(value or []), {"id": "", "title": {}, "facts": []}]
        answers = self.drafts.answers()
        stored = [fact for group in value or [] for fact in group["facts"]]
        words = dict(with_stored(answers, stored))
        groups = []
        for number, group in enumerate(shown):
            own = group["facts"]
            order = [*own, *(fact for fact, _label in answers if fact not in own)]
            title = self.titles.get_context(f"{name}_{number}_title", group["title"], attrs)
            ticks = [(fact, words[fact], fact in own) for fact in order]
            groups.append({**group, "number": number, "widget": title["widget"], "ticks": ticks})
        return {**context, "groups": groups, "has_answers": bool(answers)}

    def value_from_datadict(
        self, data: Mapping[str, Any], files: MultiValueDict[str, Any], name: str
    ) -> Groups:
        """The groups that have a title or an answer."""
        found = []
        number = 0
        while f"{name}_{number}_id" in data:
            key = f"{name}_{number}"
            facts = f"{key}_facts"
            titles = self.titles.value_from_datadict(data, files, f"{key}_title")
            codes = self.titles.widgets_names
            group = {
                "id": data[f"{key}_id"],
                "title": {
                    code.removeprefix("_"): text.strip()
                    for code, text in zip(codes, titles, strict=True)
                    if text and text.strip()
                },
                "facts": data.getlist(facts)
                if isinstance(data, MultiValueDict)
                else data.get(facts, []),
            }
            if group["title"] or group["facts"]:
                found.append(group)
            number += 1
        return found

    def value_omitted_from_data(self, *_args: Any) -> bool:
        """No group at all is an answer: all answers in a row."""
        return False


class GroupsField(forms.Field):
    """Groups of answers, each answer in one of them; none is all answers in a row."""

    widget = GroupsWidget

    def __init__(self, **kwargs: Any) -> None:
        drop_json_options(kwargs)
        super().__init__(**kwargs)

    def offer(self, drafts: Drafts, stored: Any) -> None:
        """The answers that may be ticked."""
        self.widget.drafts = drafts

    def clean(self, value: Groups) -> Groups:
        """The groups, new ones with an id; raises ValidationError for what can't be shown."""
        words = dict(self.widget.drafts.answers())
        often = Counter(fact for group in value for fact in group["facts"])
        if not often.keys() <= words.keys():
            raise ValidationError(_("An answer is ticked that the question no longer has."))
        if any(GERMAN not in group["title"] for group in value):
            raise ValidationError(_("Please write the German heading of every group."))
        if any(not group["facts"] for group in value):
            raise ValidationError(_("Please tick the answers of every group."))
        twice = [words[fact] for fact, count in often.items() if count > 1]
        if twice:
            raise ValidationError(_("In more than one group: %s") % ", ".join(twice))
        left = [word for fact, word in words.items() if fact not in often]
        if value and left:
            raise ValidationError(_("In no group: %s") % ", ".join(left))
        taken = {group["id"] for group in value}
        for group in value:
            group["id"] = group["id"] or new_key(group["title"][GERMAN], taken)
            taken.add(group["id"])
        return value

    def has_changed(self, initial: Any, data: Groups | None) -> bool:
        """Compares them as they are stored."""
        return (initial or []) != (data or [])

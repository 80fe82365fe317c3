"""What the skin of the desk asks about a row."""

from __future__ import annotations

from itertools import chain
from typing import Any

from django import template
from django.contrib.admin.utils import NestedObjects
from django.db import router
from django.db.models import Model, QuerySet
from django.template import Context

from config.foundation import admin_bases, edits, phones, texts

register = template.Library()
register.filter(admin_bases.columns_of)
register.filter(admin_bases.row_name)
register.filter(admin_bases.has_history)
register.filter(edits.edit_in_words)
register.filter(admin_bases.wall_day)
register.filter(phones.show_phone)
register.filter(admin_bases.wall_time)


@register.simple_tag(takes_context=True)
def language_switch(context: Context) -> list[texts.LanguageChoice]:
    """The languages of all texts on a page with a form and its rows."""
    adminform: Any = context.get("adminform")
    rows = (each.formset.forms for each in context.get("inline_admin_formsets") or ())
    form = adminform.form if adminform else context.get("form")
    return texts.language_switch([*([form] if form else ()), *chain(*rows)])


@register.simple_tag
def goes_along(rows: Model | QuerySet[Any]) -> list[tuple[str, list[str]]]:
    """What is deleted together with `rows`: the name of each table with those of its rows."""
    chosen = [rows] if isinstance(rows, Model) else list(rows)
    if not chosen:
        return []
    collector = NestedObjects(using=router.db_for_write(type(chosen[0])))
    collector.collect(chosen)
    found = []
    tables: dict[Any, Any] = collector.model_objs
    for model, those in tables.items():
        names = [admin_bases.row_name(each) for each in those if each not in chosen]
        if names and not model._meta.auto_created:
            found.append((str(model._meta.verbose_name_plural), sorted(names)))
    return found

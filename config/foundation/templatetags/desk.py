"""What the skin of the desk asks about a row."""

from __future__ import annotations

from django import template

from config.foundation import admin_bases, edits

register = template.Library()
register.filter(admin_bases.columns_of)
register.filter(admin_bases.row_name)
register.filter(admin_bases.has_history)
register.filter(edits.edit_in_words)
register.filter(admin_bases.say_time)

"""Phone numbers in groups, as people read and dictate them."""

from __future__ import annotations

import pytest

from config.foundation.phones import show_phone


@pytest.mark.parametrize(
    ("stored", "shown"),
    [
        ("+493915404388", "+49 391 5404388"),
        ("+4917612345678", "+49 176 12345678"),
        ("+33612345678", "+33 6 12 34 56 78"),
        ("", ""),
        ("call the front desk", "call the front desk"),
    ],
)
def test_number_is_shown_in_groups(stored: str, shown: str) -> None:
    assert show_phone(stored) == shown

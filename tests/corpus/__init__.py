"""Bad and unusual input as data: every list holds (value, what must become of it) pairs.

The numbers are those of docs/reliability.md, section "Corpus". Whoever adds a field, an endpoint or
a command sends these values to it; `tests/security/test_corpus.py` does so for every public form.
"""

from enum import StrEnum


class Expect(StrEnum):
    """What a field does with a value."""

    OK = "ok"  # taken as it is
    NORMALISED = "normalised"  # taken in its canonical form
    REFUSED = "refused"  # the form comes back with a sentence beside the field, nothing is written


OK, NORMALISED, REFUSED = Expect.OK, Expect.NORMALISED, Expect.REFUSED
Cases = tuple[tuple[str, Expect], ...]

"""The table of `make mutate` fits the code: a change that moves a protection moves its row."""

from __future__ import annotations

from tests.security.mutate import ROOT, read_table


def test_protections_stand_where_the_table_says() -> None:
    assert [each.name for each in read_table() if not each.stands()] == []


def test_what_notices_them_is_there() -> None:
    tests = {test for each in read_table() for test in each.tests}
    assert tests
    missing = []
    for test in sorted(tests):
        file, _, function = test.partition("::")
        name = function.rpartition("::")[2].partition("[")[0]
        source = (ROOT / file).read_text("utf-8") if (ROOT / file).is_file() else ""
        if not source or (name and f"def {name}(" not in source):
            missing.append(test)
    assert missing == []

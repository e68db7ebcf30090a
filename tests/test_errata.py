"""The errata: every row that differs or is false has one kind of error, and no other row has any."""

from collections import Counter

import pytest
from convcost import ConvcostError
from textbook import ledger
from textbook.ledger import errata

WRONG = [entry["id"] for entry in ledger.report() if entry["verdict"] in ("differs", "false")]


def test_exactly_the_rows_that_differ_or_are_false_have_a_kind_of_error():
    assert list(errata.error_kinds()) == WRONG


def test_every_kind_is_from_the_list_and_used():
    assert set(errata.error_kinds().values()) == set(errata.ERROR_KINDS)


def test_every_row_that_differs_stands_in_one_group_with_its_reason():
    groups = errata.errata()
    assert list(groups) == list(errata.ERROR_KINDS)
    assert Counter(e["id"] for group in groups.values() for e in group) == Counter(WRONG)
    assert all(e["reason"] and e["notebook"] for group in groups.values() for e in group)


@pytest.mark.parametrize("kind", errata.ERROR_KINDS)
def test_a_table_shows_every_row_with_its_reason_and_the_way_to_its_chapter(kind):
    table, entries = errata.errata_table(kind), errata.errata()[kind]
    assert table.count('class="cc-note"') == len(entries) == table.count("<a href=") == table.count("<a class=")
    for e in entries:
        assert f'href="../back/ledger.html#{e["id"]}"' in table
        assert f'href="../{e["notebook"].removeprefix("chapters/")}.html#{e["id"]}"' in table


@pytest.mark.parametrize("verdict", ["truncated", "conditional"])
def test_rows_that_are_no_errors_stand_in_a_table_of_their_own(verdict):
    table, entries = errata.errata_table(verdict), [e for e in ledger.report() if e["verdict"] == verdict]
    assert f"{len(entries)} rows" in table
    assert len(entries) == table.count('class="cc-note"') and not set(errata.error_kinds()) & {e["id"] for e in entries}
    assert all(f'back/ledger.html#{e["id"]}"' in table for e in entries)


@pytest.mark.parametrize(
    "lines, message",
    [
        (["a,typo"], "a: unknown kind of error 'typo'"),
        (["a,units", "a,claim"], "a: has two kinds of error, units and claim"),
    ],
)
def test_an_unknown_kind_or_a_second_one_is_an_error(lines, message, monkeypatch, tmp_path):
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "errata.csv").write_text("\n".join(["id,kind", *lines]), encoding="utf-8")
    monkeypatch.setattr(errata, "files", lambda package: tmp_path)
    with pytest.raises(ConvcostError, match=message):
        errata.error_kinds()


def test_a_row_that_differs_without_a_kind_is_an_error(monkeypatch):
    some = dict(list(errata.error_kinds().items())[1:])
    monkeypatch.setattr(errata, "error_kinds", lambda: some)
    with pytest.raises(ConvcostError, match=f"{WRONG[0]}: differs, but errata.csv gives no kind"):
        errata.errata()

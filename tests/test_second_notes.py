"""The second reader's notes: what is written is what is read back."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cxr_auditor.findings import Finding, Status
from cxr_auditor.registry import READERS
from cxr_auditor.second_notes import (
    fewer_line,
    not_used_line,
    numbered,
    read_said_line,
    reader_missing,
    said_line,
    tells_of_a_missing_reader,
)

names = st.lists(st.sampled_from(list(READERS)), min_size=1, max_size=4).map(numbered)


@given(st.sampled_from(list(Finding)), names, st.data())
def test_who_says_what_is_read_as_it_was_written(finding, readers, data):
    said = {name: data.draw(st.sampled_from(list(Status))) for name in readers}
    assert read_said_line(said_line(finding, said)) == (finding, said)


@pytest.mark.parametrize(
    "note",
    [
        "",
        "Pneumothorax - present: a; b.",  # no status before the second name
        "Pneumothorax - present: a; seen: b.",  # none that there is
        "Pneumothorax - absent: a; present: b.",  # not in the order in which it is written
        "Broken rib - present: a.",  # no finding of the vocabulary
        "Pneumothorax - present: a; absent: a.",  # one reader, two words
    ],
)
def test_other_notes_are_left_alone(note):
    assert read_said_line(note) is None
    assert not tells_of_a_missing_reader(note)


@given(names, st.integers(1, 5), st.text(min_size=1))
def test_a_missing_reader_is_told(readers, lost, why):
    assert tells_of_a_missing_reader(not_used_line(readers[0], why))
    fewer = fewer_line(readers, len(readers) + lost)
    assert tells_of_a_missing_reader(fewer) and reader_missing(["Another note.", fewer])
    assert not reader_missing(["Another note.", not_used_line(readers[0], why)])  # said by a single reader of something else

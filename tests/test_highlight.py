"""The draft cut at its marks."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cxr_auditor.highlight import Segment, segments, visible
from cxr_auditor.schema import Span

TURNS = "".join(chr(code) for code in (*range(0x202A, 0x202F), *range(0x2066, 0x206A)))


def span(draft, start, end):
    return Span(start=start, end=end, text=draft[start:end])


@pytest.mark.parametrize(
    "draft, marks, expected",
    [
        ("", [], []),  # an empty draft has no segment
        ("abc", [], [("abc", "", "")]),  # nothing marked
        ("abc", [(0, 3, "x")], [("abc", "x", "x")]),  # all of it
        ("abc", [(1, 2, "x")], [("a", "", ""), ("b", "x", "x"), ("c", "", "")]),  # in the middle
        ("abcd", [(0, 2, "x"), (2, 4, "y")], [("ab", "x", "x"), ("cd", "y", "y")]),  # side by side
        ("abcd", [(0, 3, "x"), (1, 4, "y")], [("a", "x", ""), ("bc", "xy", "x"), ("d", "y", "y")]),  # across each other
        ("abcd", [(1, 2, "y"), (0, 4, "x")], [("a", "x", ""), ("b", "yx", "y"), ("cd", "x", "x")]),  # one in the other, order kept
        ("abcd", [(0, 2, "x"), (0, 2, "y")], [("ab", "xy", "xy"), ("cd", "", "")]),  # the same words twice
        ("abcd", [(0, 2, "x"), (0, 2, "x")], [("ab", "x", "x"), ("cd", "", "")]),  # the same mark twice
        ("a😀b", [(1, 2, "x")], [("a", "", ""), ("😀", "x", "x"), ("b", "", "")]),  # offsets count characters
    ],
)
def test_segments(draft, marks, expected):
    found = segments(draft, [(span(draft, start, end), key) for start, end, key in marks])
    assert found == [Segment(text, tuple(keys), tuple(ends)) for text, keys, ends in expected]


def test_words_that_are_not_the_draft_s_are_refused():
    with pytest.raises(ValueError, match="must be the draft's own text, but characters 0 to 3 are not"):
        segments("edited", [(Span(start=0, end=3, text="old"), "x")])


@st.composite
def marked(draw):
    draft = draw(st.text(min_size=1, max_size=40))
    places = draw(st.lists(st.tuples(st.integers(0, len(draft) - 1), st.integers(1, 10), st.sampled_from("abcd")), max_size=8))
    return draft, [(span(draft, start, min(start + length, len(draft))), key) for start, length, key in places]


@given(marked())
def test_all_text_stands_once_and_every_mark_over_exactly_its_words(case):
    draft, marks = case
    found = segments(draft, marks)
    assert "".join(segment.text for segment in found) == draft and all(segment.text for segment in found)
    for key in "abcd":
        covered = {i for place, k in marks if k == key for i in range(place.start, place.end)}
        at, shown = 0, set()
        for segment in found:
            if key in segment.keys:
                shown |= set(range(at, at + len(segment.text)))
            at += len(segment.text)
        assert shown == covered
        assert sum(key in segment.ends for segment in found) == len({place.end for place, k in marks if k == key})


@given(st.text())
def test_visible_text_keeps_its_length_and_holds_no_control_character(text):
    shown = visible(text)
    assert len(shown) == len(text) and not any(ord(c) < 32 and c not in "\n\r\t" or c == "\x7f" for c in shown)


@given(st.text("ab אب" + TURNS))
def test_visible_text_is_turned_by_no_control_character(text):
    shown = visible(text)
    assert not set(shown) & set(TURNS)
    assert [c for c in shown if c != "⇄"] == [c for c in text if c not in TURNS]  # letters that are written from the right stay

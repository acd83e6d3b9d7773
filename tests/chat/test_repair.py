"""What comes of a malformed reply: elements and what was mended, an explicit empty list, or Unreadable with a reason; nothing else."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cxr_auditor.chat.repair import MOST_ELEMENTS, Unreadable, read_elements, split_reasoning

KEYS = ("label",)
A = '{"label": "a", "box_2d": [0.1, 0.2, 0.3, 0.4]}'
B = '{"label": "b", "box_2d": null}'
TWO = f"[{A}, {B}]"

# reply, labels read (None: unreadable), complete, a word of the repairs or of the reason ("" = nothing had to be mended)
TABLE = [
    (TWO, "ab", True, ""),  # clean
    (f"  \n{TWO}\n ", "ab", True, ""),  # white space around
    ("[]", "", True, ""),  # an explicit empty list is an answer of its own
    (" [ ] ", "", True, ""),  # the same with spaces
    ("", None, None, "empty"),  # nothing came
    ("\n\t ", None, None, "empty"),  # white space came
    ("The lungs are clear.", None, None, "no list"),  # prose alone is no finding and no absence
    ("null", None, None, "no list"),  # the constant is no list
    ("0", None, None, "no list"),  # nor is a number
    ('"clear"', None, None, "no list"),  # nor is a text
    (f"```json\n{TWO}\n```", "ab", True, "fence"),  # fenced
    (f"```\n{TWO}\n```", "ab", True, "fence"),  # fenced without a language
    (f"```json\n{TWO}", "ab", True, "fence"),  # fence never closed
    (f"```json\n[{A}, ", "a", False, "cut off"),  # fence never closed and the list cut off
    (f"Here it is: {TWO} Hope this helps.", "ab", True, "text around"),  # prose around
    (f"See [1] and {{x}}. {TWO}", "ab", True, "text around"),  # brackets in the prose before
    (f"{TWO} as in [Smith 2020]", "ab", True, "text around"),  # brackets in the prose after
    (f"I see [ on the left. {TWO}", "ab", True, "unwrapped"),  # a bracket of the prose that never closes
    (f"as shown) {TWO}", "ab", True, "text around"),  # a closing bracket of the prose
    (A, "a", True, "one object"),  # one object, no list
    (f"{A}\n{B}", "ab", True, "side by side"),  # JSON lines
    (f"{A}, {B}", "ab", True, "side by side"),  # objects with a comma, no list
    (f"1. {A}\n2. {B}", "ab", True, "side by side"),  # a numbered list of objects
    (f'{{"findings": {TWO}}}', "ab", True, "out of an object"),  # wrapper object
    (f'{{"image": "x", "findings": {TWO}, "note": "ok"}}', "ab", True, "out of an object"),  # wrapper with company
    (f'{{"result": {{"findings": {TWO}}}}}', "ab", True, "out of an object"),  # wrapper in a wrapper
    (f'{{"first": {A}, "second": {B}}}', "ab", True, "side by side"),  # an object of objects
    ('{"findings": []}', "", True, "out of an object"),  # explicit empty list in a wrapper
    ('{"box_2d": []}', None, None, "expected fields"),  # an empty list that is something else
    ("{}", None, None, "no list"),  # an empty object says nothing
    (f"[{TWO}]", "ab", True, "unwrapped"),  # a list in a list
    (f"[{A}, {B}", "ab", False, "cut off"),  # the last bracket is missing
    (f"[{A}, {B},", "ab", False, "cut off"),  # cut off after a comma
    (f'[{A}, {{"label": "b", "box', "a", False, "cut off"),  # cut off in a key
    (f'[{A}, {{"label": "b", "box_2d": [0.1, 0.', "a", False, "cut off"),  # cut off in a number: no half box
    (f'[{A}, {{"label": "pneumoth', "a", False, "cut off"),  # cut off in a text: no half label
    ('[{"label": "a", "box_2d": [0.1, 0.2', None, None, "first element"),  # cut off before anything was complete
    ('[{"label', None, None, "first element"),  # cut off at once
    ("[", None, None, "no list"),  # only the opening bracket
    (f'{{"findings": [{A}, {{"label"', "a", False, "cut off"),  # a wrapper cut off
    ("[{'label': 'a', 'box_2d': None}]", "a", True, "single quotes"),  # Python, not JSON
    ("[{'label': 'patient's lung'}]", ["patient's lung"], True, "kept"),  # an apostrophe inside single quotes
    ('[{"label": "a", "box_2d": None}]', "a", True, "another language"),  # None for null
    ('[{"label": "a", "box_2d": NaN}]', "a", True, ""),  # NaN: Python's JSON takes it, the box falls later
    (f"[{A}, {B},]", "ab", True, "trailing comma"),  # comma after the last element
    ('[{"label": "a", "box_2d": null,}]', "a", True, "trailing comma"),  # comma after the last member
    (f"[{A} {B}]", "ab", True, "missing comma"),  # no comma between elements
    ('[{"label": "a" "box_2d": null}]', "a", True, "missing comma"),  # no comma between members
    ("[{label: a, box_2d: null}]", "a", True, "without quotes"),  # bare words
    (f"[{A}, // the right one\n {B}]", "ab", True, "comment"),  # line comment
    (f"[{A}, /* and */ {B}]", "ab", True, "comment"),  # block comment
    ('[{"label": "a", "box_2d": (0.1, 0.2, 0.3, 0.4)}]', "a", True, "round brackets"),  # a Python tuple
    ('[{"label": "a "big" one"}]', ['a "big" one'], True, "kept"),  # quotation marks not escaped
    ('[{"label": "a\nb"}]', ["a\nb"], True, "line break"),  # a raw line break in a text
    ('[{"label": "a\\u00e9"}]', ["aé"], True, ""),  # an escape
    (f"[{A}}}, {B}]", "ab", True, ""),  # one closing brace too many
    (f'[{{"label": "a", {B}]', "ab", True, "missing bracket"),  # one closing brace too few
    (f"[{A}, ...]", "a", False, "left something out"),  # the model elided the rest
    (f"[{A}, 5]", "a", False, "no finding"),  # something else among the elements
    (f'[{A}, {{"finding": "b"}}]', "a", False, "no finding"),  # an element with other fields
    ('[{"finding": "b"}]', None, None, "expected fields"),  # only elements with other fields
    ("[1, 2, 3]", None, None, "no list"),  # a list of numbers
    ('["a", "b"]', None, None, "no list"),  # a list of texts
    ("[none]", None, None, "no list"),  # a bare word is no empty list
    (f"Draft: [{B}]. Final: [{A}]", "a", True, "last of 2"),  # a draft and an answer: the last complete list counts
    (f"Final: [{A}]. Also [{B}, {{", "a", False, "cut off"),  # the last list is cut off: the complete one, no longer complete
    (f"[{A}] or else []", None, None, "empty one"),  # a full list, then an empty one: which is meant?
    (f"[] Corrected: [{A}]", "a", True, "last of 2"),  # an empty list, then a full one
    (f"<think>maybe [{B}]</think>{TWO}", "ab", True, ""),  # a trace that holds a list
    (f"maybe [{B}]</think>\n{TWO}", "ab", True, ""),  # a trace whose opening tag stood in the prompt
    (f"<unused94>thought [{B}]<unused95>{TWO}", "ab", True, ""),  # another family's trace
    (f"<thinking>hm</thinking>\n```json\n{TWO}```", "ab", True, "fence"),  # trace and fence
    (f"<think>maybe [{B}]", None, None, "reasoning"),  # cut off while reasoning: the draft in it is no answer
    ("<think>ok</think>", None, None, "reasoning"),  # a trace and nothing after it
    ('"[{\\"label\\": \\"a\\"}]"', "a", True, ""),  # JSON in a JSON text
    ("[" * 5000, None, None, "no list"),  # deep nesting
    ('{"a":' * 5000, None, None, "first element"),  # deep objects
    ("\ufeff" + TWO, "ab", True, ""),  # a byte order mark
    ("[" + "9" * 5000 + "]", None, None, "no list"),  # a number that Python refuses to convert
]


@pytest.mark.parametrize(("reply", "labels", "complete", "word"), TABLE)
def test_malformed_replies(reply, labels, complete, word):
    if labels is None:
        with pytest.raises(Unreadable, match=word):
            read_elements(reply, KEYS)
        return
    found = read_elements(reply, KEYS)
    assert [element["label"] for element in found.objects] == list(labels)
    assert found.complete is complete
    if word:
        assert word in " ".join(found.repairs)
    else:
        assert not found.repairs


def test_the_table_covers_what_it_promises():
    assert len(TABLE) >= 60


def test_a_box_survives_every_kind_of_dressing():
    for dressed in (TWO, f"```json\n{TWO}\n```", f'so: {{"findings": {TWO}}}', TWO.replace('"', "'"), f"[{A},"):
        assert read_elements(dressed, KEYS).objects[0]["box_2d"] == [0.1, 0.2, 0.3, 0.4]


def test_endless_repetition_is_capped():
    found = read_elements("[" + ", ".join([A] * 500), KEYS)
    assert len(found.objects) == MOST_ELEMENTS
    assert not found.complete


@given(st.text(alphabet="[]{}(),:'\"\\ \nabel01.-/*`<think>_", max_size=300))
def test_any_text_is_read_or_unreadable(text):
    try:
        found = read_elements(text, KEYS)
    except Unreadable:
        return
    assert all("label" in element for element in found.objects)


@pytest.mark.parametrize(
    "piece",
    [
        "[",  # openers only
        '{"a":',  # objects that never close
        '[{"label":"',  # texts that never close
        '[{"label":"a"},',  # lists within lists
        "(' ",  # quotes followed by white space
        "]}",  # closers only
        "// [",  # comments
    ],
)
def test_the_time_grows_with_the_text_and_no_faster(piece):
    def steps(length):
        """Characters looked at, as lookups in the text."""
        text = Counting((piece * length)[:length])
        from cxr_auditor.chat.loose_json import LooseReader

        LooseReader(text, KEYS).run()
        return text.looks

    assert steps(8000) <= 2.2 * steps(4000) + 100


class Counting(str):
    """A text that counts how often it is looked into."""

    looks = 0

    def __getitem__(self, place):
        found = super().__getitem__(place)
        self.looks += max(len(found), 1)
        return found


@pytest.mark.parametrize(
    ("text", "trace", "rest"),
    [
        ("[]", None, "[]"),  # no trace
        ("<think>a</think>[]", "a", "[]"),  # both tags
        ("a</think>[]", "a", "[]"),  # the opening tag stood in the prompt
        ("<think>a</think>b</think>[]", "ab", "[]"),  # the last closing tag ends the trace
        ("<think>a", "a", ""),  # never closed
        ("<unused94>thought\na<unused95>[]", "thought\na", "[]"),  # another family's tags
        ("<think></think>[]", None, "[]"),  # an empty trace is none
    ],
)
def test_reasoning_is_kept_apart(text, trace, rest):
    assert split_reasoning(text) == (trace, rest)

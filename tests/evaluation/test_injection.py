"""Drafts with known errors: seeded, round-trip, free of the parser's tables, and caught by the judge whenever they are read as meant."""

import ast
import math
from pathlib import Path
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import cxr_auditor.evaluation.injection as injection
from cxr_auditor.compare import compare
from cxr_auditor.errors import InputError
from cxr_auditor.evaluation.auditing import error_caught, intended_reading
from cxr_auditor.evaluation.datasets import LabelledBox, LabelledFilm
from cxr_auditor.evaluation.injection import (
    ErrorType,
    Style,
    TrueFinding,
    Truth,
    load_drafts,
    phrases_development,
    phrases_held_out,
    sample_truths,
    save_drafts,
    truth_of,
    write_drafts,
)
from cxr_auditor.evaluation.injection.plan import faithful_plan, inject, possible_errors
from cxr_auditor.evaluation.injection.writer import Wording, write
from cxr_auditor.findings import NO_FINDING, Finding, Side, Status
from cxr_auditor.geometry import Box
from cxr_auditor.schema import FlagKind, NoteKind

EFFUSION, PNEUMOTHORAX, OPACITY, NODULE, HEART = Finding
LEFT, RIGHT = Side
DRAFTS = list(write_drafts(sample_truths(150, seed=3), seed=3))


def test_same_seed_same_drafts_and_another_seed_others():
    def texts(seed):
        return [draft.text for draft in write_drafts(sample_truths(10, seed=1), seed=seed)]

    assert texts(5) == texts(5) != texts(6)


def test_a_draft_does_not_depend_on_the_films_beside_it():
    truths = list(sample_truths(6, seed=1))
    alone = {draft.draft_id: draft.text for draft in write_drafts(truths[3:4], seed=2)}
    together = {draft.draft_id: draft.text for draft in write_drafts(truths, seed=2)}
    assert alone.items() <= together.items()


def test_language_varies():
    assert {draft.style for draft in DRAFTS} == set(Style)
    assert len({draft.text for draft in DRAFTS}) > 0.95 * len(DRAFTS)


def test_no_slot_is_left_open():
    for draft in DRAFTS:
        assert draft.text.strip() and not set("{}") & set(draft.text) and "  " not in draft.text, draft.text


def test_every_type_of_error_is_written():
    assert {draft.error for draft in DRAFTS} == {None, *ErrorType}


def test_drafts_round_trip(tmp_path):
    path = tmp_path / "drafts.jsonl"
    save_drafts(DRAFTS, path)
    assert load_drafts(path) == DRAFTS


def test_drafts_are_written_whole_or_not_at_all(tmp_path):
    def stopped():
        yield DRAFTS[0]
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        save_drafts(stopped(), tmp_path / "drafts.jsonl")
    assert not (tmp_path / "drafts.jsonl").exists()


@pytest.mark.parametrize("line", ['{"id": "a"}', "not json", '{"id": 1, "errors": [{"type": "mislaid"}]}'])  # incomplete; no JSON; unknown
def test_a_broken_line_is_named(tmp_path, line):
    path = tmp_path / "drafts.jsonl"
    save_drafts(DRAFTS[:1], path)
    path.write_text(path.read_text(encoding="utf-8") + line + "\n", encoding="utf-8")
    with pytest.raises(InputError, match="drafts.jsonl, line 2: is not a draft"):
        load_drafts(path)


def test_read_as_meant_the_judge_says_exactly_what_was_done():
    """The expectations come from the mistake, not from the judge: the two must meet with nothing left over."""
    for draft in DRAFTS:
        judged = compare(draft.truth.reading(), intended_reading(draft))
        assert all(error_caught(error, judged.flags, judged.notes) for error in draft.errors), draft.draft_id
        expected = {(error.expected, error.finding) for error in draft.errors if isinstance(error.expected, FlagKind)}
        assert {(flag.kind, flag.finding) for flag in judged.flags} == expected, draft.draft_id
        assert all(flag.urgent == flag.finding.urgent for flag in judged.flags), draft.draft_id


sides = st.sampled_from([(), (LEFT,), (RIGHT,), (LEFT, RIGHT)])
statuses = st.sampled_from([Status.PRESENT, Status.UNCERTAIN, Status.ABSENT, None])


@st.composite
def truths(draw):
    found, absent = [], []
    for finding in Finding:
        status = draw(statuses)
        if status is Status.ABSENT:
            absent.append(finding)
        elif status:
            found.append(TrueFinding(finding, status, draw(sides) if finding.has_sides else ()))
    return Truth("case", "patient", tuple(found), tuple(absent))


@settings(max_examples=150, deadline=None)
@given(truths(), st.integers(0, 2**32))
def test_any_film_gives_faithful_drafts_without_flags_and_errors_with_one(truth, seed):
    if not truth.findings and not truth.absent:
        assert list(write_drafts([truth], seed)) == []
        return
    for draft in write_drafts([truth], seed):
        judged = compare(truth.reading(), intended_reading(draft))
        kinds = [error.expected for error in draft.errors if isinstance(error.expected, FlagKind)]
        assert [flag.kind for flag in judged.flags] == kinds
        unknown = set(Finding) - {f.finding for f in truth.findings} - set(truth.absent)
        assert not unknown & {say.label for say in draft.intended}  # what is not known of a film is never written about


RIGHT_EFFUSION = Truth("a", "a", (TrueFinding(EFFUSION, Status.PRESENT, (RIGHT,)),), (PNEUMOTHORAX, OPACITY, NODULE, HEART))
TWO_SIDED = Truth("b", "b", (TrueFinding(EFFUSION, Status.PRESENT, (LEFT, RIGHT)),), ())


@pytest.mark.parametrize(
    "truth, error, finding, expected, flag_sides",
    [
        (RIGHT_EFFUSION, ErrorType.OMITTED, EFFUSION, FlagKind.MISSING, (RIGHT,)),  # left out
        (RIGHT_EFFUSION, ErrorType.DENIED, EFFUSION, FlagKind.MISSING, (RIGHT,)),  # "no effusion"
        (RIGHT_EFFUSION, ErrorType.WRONG_SIDE, EFFUSION, FlagKind.WRONG_SIDE, (RIGHT,)),  # the film's side
        (RIGHT_EFFUSION, ErrorType.CONTRADICTED, EFFUSION, FlagKind.CONTRADICTORY, ()),  # said and denied
        (RIGHT_EFFUSION, ErrorType.OVER_HEDGED, EFFUSION, NoteKind.HEDGED, (RIGHT,)),  # a note, no flag
        (TWO_SIDED, ErrorType.OMITTED, EFFUSION, FlagKind.MISSING, (LEFT, RIGHT)),  # both sides left out
    ],
)
def test_what_each_error_expects(truth, error, finding, expected, flag_sides):
    plan, injected = inject(faithful_plan(truth, Random(0)), truth, error, finding, Random(0))
    assert (injected.expected, injected.sides) == (expected, flag_sides)
    if error is ErrorType.OMITTED:
        assert finding not in {say.label for say in plan.says}
    if error is ErrorType.CONTRADICTED:
        assert {say.status for say in plan.says if say.label is finding} == {Status.PRESENT, Status.ABSENT}


def test_one_side_of_two_expects_the_side_left_out():
    plan, injected = inject(faithful_plan(TWO_SIDED, Random(0)), TWO_SIDED, ErrorType.ONE_SIDE_OF_TWO, EFFUSION, Random(1))
    (said,) = {say.sides for say in plan.says if say.label is EFFUSION}
    assert len(said) == 1 and set(injected.sides) == set(Side) - set(said)


def test_an_invented_finding_takes_the_normal_statement_with_it():
    normal = Truth("n", "n", (), tuple(Finding))
    for seed in range(20):
        plan, injected = inject(faithful_plan(normal, Random(seed)), normal, ErrorType.INVENTED, NODULE, Random(seed))
        assert NO_FINDING not in {say.label for say in plan.says} and injected.urgent and injected.expected is FlagKind.UNSUPPORTED


def test_leaving_out_the_only_finding_calls_the_film_normal():
    alone = Truth("o", "o", (TrueFinding(HEART),), ())
    plan, _ = inject(faithful_plan(alone, Random(0)), alone, ErrorType.OMITTED, HEART, Random(0))
    assert [say.label for say in plan.body] == [NO_FINDING]


def test_errors_of_side_need_known_sides():
    unplaced = Truth("u", "u", (TrueFinding(EFFUSION, Status.PRESENT, ()), TrueFinding(HEART)), ())
    assert not {ErrorType.WRONG_SIDE, ErrorType.ONE_SIDE_OF_TWO} & set(possible_errors(unplaced))
    doubtful = Truth("d", "d", (TrueFinding(EFFUSION, Status.UNCERTAIN, (LEFT,)),), ())
    assert not possible_errors(doubtful)


@pytest.mark.parametrize("wording", Wording)
def test_whoever_contradicts_himself_uses_one_word_for_it(wording):
    """ "A mass ... no nodule" is no contradiction; the drafts that are meant to hold one must not be written so."""
    for seed in range(300):
        truth = Truth("k", "k", (TrueFinding(NODULE, Status.PRESENT, (LEFT,)),), ())
        plan, _ = inject(faithful_plan(truth, Random(seed)), truth, ErrorType.CONTRADICTED, NODULE, Random(seed))
        text = write(plan, Random(seed), wording)[0].lower()
        assert text.count("mass") >= 2 or text.count("nodule") >= 2, text


def test_truth_of_a_film_takes_sides_from_boxes():
    film = LabelledFilm(
        "f",
        "p",
        "test",
        labels={EFFUSION: True, NODULE: True, HEART: False},
        boxes=(LabelledBox(EFFUSION, Box(0.6, 0.05, 0.9, 0.3), "test"),),  # the image's left is the patient's right
    )
    truth = truth_of(film)
    assert truth.of(EFFUSION).sides == (RIGHT,) and truth.of(NODULE).sides == () and truth.absent == (HEART,)
    reading = truth.reading()
    assert set(reading.scope) == {EFFUSION, NODULE, HEART}  # nothing is said of what nobody labelled
    assert [(f.finding, f.sides) for f in reading.findings] == [(EFFUSION, (RIGHT,)), (NODULE, ())]


def test_shares_of_simulated_films():
    sampled = list(sample_truths(2000, seed=0))
    share = sum(len(truth.findings) for truth in sampled) / (5 * len(sampled))
    assert math.isclose(share, 0.42, abs_tol=0.02)
    assert all(set(truth.of(f.finding).sides) <= set(Side) for truth in sampled for f in truth.findings)


TABLES = ("NOUNS", "PRESENT_FRAMES", "HEDGED_FRAMES", "ABSENT_FRAMES", "JOINED_DENIALS", "PAIRS", "SHORT", "SHORT_HEDGES", "ASIDES")


def phrases_of(table):
    if isinstance(table, str):
        return {table}
    return {phrase for part in (table.values() if isinstance(table, dict) else table) for phrase in phrases_of(part)}


def test_the_held_out_wording_has_every_table_and_shares_next_to_nothing():
    names = {name for name in vars(phrases_development) if name.isupper()}
    assert names == {name for name in vars(phrases_held_out) if name.isupper()}
    for name in TABLES:
        own, held_out = phrases_of(getattr(phrases_development, name)), phrases_of(getattr(phrases_held_out, name))
        assert len(own & held_out) <= 0.15 * len(held_out), (name, own & held_out)


@pytest.mark.parametrize("wording", Wording)
def test_every_wording_fills_every_slot(wording):
    for draft in write_drafts(sample_truths(60, seed=2), 2, wording):
        assert draft.text.strip() and not set("{}") & set(draft.text) and "  " not in draft.text, draft.text


def test_the_writer_knows_nothing_of_the_parser():
    for path in Path(injection.__file__).parent.glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ImportFrom):
                assert "parsers" not in (node.module or ""), path.name

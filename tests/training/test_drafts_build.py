"""From films and files to a corpus of drafts: the same bytes from one seed, splits that share nothing, balance, and the command."""

import json
import re
import subprocess
import sys
from collections import Counter
from itertools import combinations
from pathlib import Path
from tempfile import gettempdir

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scripted_model import Scripted
from typer.testing import CliRunner

from cxr_auditor.errors import InputError
from cxr_auditor.evaluation.injection import phrases_development, phrases_held_out
from cxr_auditor.findings import NO_FINDING, Finding, Status
from cxr_auditor.parsers.nemotron import NemotronParser, schema_for
from cxr_auditor.schema import DraftReading, Mention
from cxr_auditor.training.cli import app
from cxr_auditor.training.corpus import corpus_manifest
from cxr_auditor.training.corpus.splits import SPLITS
from cxr_auditor.training.corpus.spool import scratch_database
from cxr_auditor.training.drafts import Labelled, Settings, build_drafts, drafts_manifest, read_drafts
from cxr_auditor.training.drafts import spool as spool_module
from cxr_auditor.training.drafts.choose import check_apart, split
from cxr_auditor.training.drafts.given import DEVELOPMENT, HELD_OUT, Given, written_drafts
from cxr_auditor.training.drafts.spool import Spool
from cxr_auditor.training.drafts.target import Taught
from cxr_auditor.training.drafts.wording import alike, leave_out_near, pairs_of

FILMS = 60


def mine(folder: Path, *drafts: dict) -> dict[str, Labelled]:
    path = folder / "mine.jsonl"
    path.write_text("".join(json.dumps(draft) + "\n" for draft in drafts))
    return {"mine": Labelled(path, "CC0")}


def labelled(number: int, text: str = "", **more) -> dict:
    """A draft about an effusion, in words that no other number has."""
    text = text or f"{chr(97 + number)}xx {chr(97 + number)}yy: small left effusion, {'very ' * number} stable."
    return {
        "id": number,
        "text": text,
        "findings": [{"label": "pleural_effusion", "status": "present", "sides": ["left"], "span": "effusion"}],
    } | more


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    """A corpus of written and labelled drafts, its folder and its manifest."""
    folder = tmp_path_factory.mktemp("drafts")
    sources = mine(folder, *(labelled(number, document=f"patient {number // 2}") for number in range(20)))
    summary = build_drafts(sources, folder / "out", Settings(films=FILMS))
    return folder / "out", summary.manifest


def test_a_folder_for_scratch_files_that_is_full_is_named(monkeypatch):
    def small(path):
        database = scratch_database(path)
        database.execute("PRAGMA max_page_count=20")
        return database

    monkeypatch.setattr(spool_module, "scratch_database", small)
    with pytest.raises(InputError, match=f"{gettempdir()}.*takes no more.*TMPDIR"):
        build_drafts({}, None, Settings(films=FILMS))


def examples(folder: Path) -> dict[str, list]:
    return {name: list(read_drafts(folder, name)) for name in SPLITS}


# What is written


def test_every_example_is_read_back_by_the_served_parser(built):
    folder, manifest = built
    for one in [one for drafts in examples(folder).values() for one in drafts][::10]:
        reading = NemotronParser(chat=Scripted(one.target)).parse(one.text)
        assert reading.findings == DraftReading(parser="nemotron", findings=one.said).findings and not reading.notes
        assert one.request.messages[0].text == one.question and one.text in one.question
        assert one.request.schema == schema_for(one.text)
    assert manifest["prompt"]["sha256"] == NemotronParser(chat=Scripted("[]")).parse("Film.").prompts["nemotron_draft"]


@pytest.mark.slow  # imports torch
def test_the_served_mask_lets_every_target_through(built):
    llguidance = pytest.importorskip("llguidance")
    from cxr_auditor.chat.grammar import _compiled

    tokenizer = llguidance.LLTokenizer("byte")
    for one in [one for drafts in examples(built[0]).values() for one in drafts][::30]:
        matcher = llguidance.LLMatcher(tokenizer, _compiled(json.dumps(one.request.schema)))
        tokens = tokenizer.tokenize_str(one.target)
        assert matcher.try_consume_tokens(tokens) == len(tokens) and matcher.is_accepting()


def test_the_manifest_says_what_was_built_of_what(built):
    folder, manifest = built
    assert drafts_manifest(folder) == manifest | {"sha256": drafts_manifest(folder)["sha256"]}
    assert set(drafts_manifest(folder)["sha256"]) == {f"{name}.jsonl" for name in SPLITS}
    (own, *written) = manifest["sources"]
    assert (own["name"], own["file"], own["licence"], own["drafts"], len(own["sha256"])) == ("mine", "mine.jsonl", "CC0", 20, 64)
    assert [source["name"] for source in written] == [DEVELOPMENT, HELD_OUT]
    steps = [step["drafts"] for step in manifest["steps"].values()]
    assert steps == sorted(steps, reverse=True)
    assert steps[0] - steps[-1] == sum(manifest["left_out"].values())
    for name, drafts in examples(folder).items():
        counts = manifest["splits"][name]
        assert counts["drafts"] == len(drafts) and counts["sources"] == Counter(one.source for one in drafts)
        for finding, status in [(finding, status) for finding in Finding for status in Status]:
            said = sum((one.label, one.status) == (finding, status) for draft in drafts for one in draft.said)
            assert counts[f"{finding} {status}"] == said


def test_one_seed_gives_one_corpus_to_the_byte(tmp_path):
    for name, seed in (("a", 1), ("b", 1), ("c", 2)):
        build_drafts(mine(tmp_path, labelled(0), labelled(1)), tmp_path / name, Settings(films=20, seed=seed, test=0.2))
    first, again, other = ({path.name: path.read_bytes() for path in (tmp_path / name).iterdir()} for name in "abc")
    assert first == again and first["train.jsonl"] != other["train.jsonl"]


def test_a_corpus_of_films_is_not_taken_for_one_of_drafts(built):
    with pytest.raises(InputError, match="cxr-corpus-1"):
        corpus_manifest(built[0])


@pytest.mark.parametrize(
    "change",
    [
        lambda line: line | {"target": line["target"].replace("present", "absent")},  # says something else
        lambda line: line | {"text": "x" + line["text"]},  # every word in another place
        lambda line: {name: value for name, value in line.items() if name != "messages"},  # no question
        lambda line: line | {"messages": []},
    ],
)
def test_a_changed_line_is_no_example(built, tmp_path, change):
    folder, _ = built
    (tmp_path / "manifest.json").write_bytes((folder / "manifest.json").read_bytes())
    lines = [json.loads(line) for line in (folder / "train.jsonl").read_text().splitlines()]
    place = next(number for number, line in enumerate(lines) if "present" in line["target"])
    lines[place] = change(lines[place])
    (tmp_path / "train.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
    with pytest.raises(InputError, match=f"train.jsonl, line {place + 1}: "):
        list(read_drafts(tmp_path, "train"))


# Splits


def test_splits_share_no_document_and_no_wording(built):
    drafts = examples(built[0])
    documents = {name: {(one.source, one.document) for one in drafts[name]} for name in SPLITS}
    for one, other in combinations(SPLITS, 2):
        assert not documents[one] & documents[other]
        pairs = [pairs_of(draft.text) for draft in drafts[other]]
        assert not any(alike(pairs_of(draft.text), some) for draft in drafts[one] for some in pairs)


def phrases_of(table) -> set[str]:
    if isinstance(table, str):
        return {table}
    parts = table.values() if isinstance(table, dict) else table if isinstance(table, tuple) else ()
    return {phrase for part in parts for phrase in phrases_of(part)}


WHOLE = ("FRAMES", "SENTENCES", "JOINED_DENIALS", "PAIRS", "NORMAL", "BONES", "ASIDES", "PREFACES", "ADVICE")
"""Endings of the tables whose words stand in a draft as they are; nouns are put together, and two wordings may put together the same."""


def own_words_of(module) -> set[str]:
    """The runs of at least two words between the slots of a wording's phrases."""
    phrases = {phrase for name, table in vars(module).items() if name.endswith(WHOLE) for phrase in phrases_of(table)}
    runs = {run.strip(" .,;:?()/").casefold() for phrase in phrases for run in re.split(r"\{.*?\}", phrase)}
    return {run for run in runs if len(run.split()) > 1}


def test_evaluations_own_phrases_are_in_no_training_or_validation_draft(built):
    folder, manifest = built
    known = " | ".join(sorted(own_words_of(phrases_development)))
    held_out = {run for run in own_words_of(phrases_held_out) if run not in known}
    assert len(held_out) > 80
    texts = {name: "\n".join(one.text.casefold() for one in drafts if one.source != "mine") for name, drafts in examples(folder).items()}
    leaked = {run for run in held_out for name in ("train", "validation") if re.search(rf"\b{re.escape(run)}\b", texts[name])}
    assert not leaked
    assert sum(run in texts["test"] for run in held_out) > 20  # the test would see them
    assert HELD_OUT in manifest["held_out"] and "test split alone" in manifest["held_out"]
    assert [HELD_OUT in manifest["splits"][name]["sources"] for name in SPLITS] == [False, False, True]


@pytest.mark.parametrize(
    "source, splits, problem",
    [
        ("mine", ("train", "test"), "Documents in more than one split: 1"),
        (HELD_OUT, ("train", "train"), "held-out wording outside test: 2"),
    ],
)
def test_a_corpus_that_leaks_is_refused(tmp_path, source, splits, problem):
    spool = Spool(tmp_path / "drafts.sqlite", seed=0)
    for number, name in enumerate(splits):
        spool.add(Given(source, str(number), "one patient", "text", ()), Taught((), "[]"))
        spool.db.execute("UPDATE drafts SET split = ? WHERE id = ?", (name, str(number)))
    with pytest.raises(InputError, match=problem):
        check_apart(spool)
    spool.close()


def test_each_split_gets_its_share_of_a_rare_kind_of_statement(tmp_path):
    spool = Spool(tmp_path / "drafts.sqlite", seed=0)
    for number in range(100):
        label = Finding.PNEUMOTHORAX if number % 10 == 0 else Finding.CARDIOMEGALY
        said = (Mention(label=label, status=Status.PRESENT, span="word", start=0, end=4),)
        spool.add(Given("mine", str(number), str(number), "word", said), Taught(said, "[]"))
    split(spool, Settings(films=0))
    shares = {name: spool.counts(f"reason IS NULL AND split = '{name}'") for name in SPLITS}
    assert [shares[name]["pneumothorax present"] for name in SPLITS] == [8, 1, 1]
    assert [shares[name]["drafts"] for name in SPLITS] == [80, 10, 10]
    spool.close()


def test_a_document_in_two_files_is_one_document(tmp_path):
    files = {}
    for name, numbers in (("one", range(12)), ("two", range(12, 24))):
        (tmp_path / name).mkdir()
        drafts = [labelled(number, document=f"patient {number % 12}") for number in numbers]
        files[name] = mine(tmp_path / name, *drafts)["mine"]
    manifest = build_drafts(files, tmp_path / "out", Settings(films=0)).manifest
    assert [manifest["steps"]["read"][name] for name in ("drafts", "documents")] == [24, 12]
    found = [(one.document, name) for name, drafts in examples(tmp_path / "out").items() for one in drafts]
    assert len(found) == 24 and len(set(found)) == 12


def test_too_few_documents_for_a_split_are_an_error(tmp_path):
    with pytest.raises(InputError, match="No draft is left for the split 'validation'"):
        build_drafts(mine(tmp_path, labelled(0)), None, Settings(films=0))


# Wording


@settings(max_examples=60, deadline=None)
@given(st.lists(st.lists(st.sampled_from("abcdef"), max_size=9).map(" ".join), max_size=14))
def test_of_all_drafts_that_are_nearly_alike_one_stays(tmp_path_factory, texts):
    spool = Spool(tmp_path_factory.mktemp("wording") / "drafts.sqlite", seed=0)
    for number, text in enumerate(texts):
        spool.add(Given("mine", str(number), str(number), text, ()), Taught((), "[]"))
    leave_out_near(spool)
    kept = [draft.text for draft in spool.drafts()]
    spool.close()
    assert not any(alike(pairs_of(one), pairs_of(other)) for one, other in combinations(kept, 2))
    assert all(any(alike(pairs_of(text), pairs_of(one)) for one in kept) for text in texts)


@pytest.mark.parametrize(
    "one, other, near",
    [
        ("Small left effusion, 8 mm nodule.", "SMALL RIGHT EFFUSION - 9 MM NODULE", True),  # case, side, number, punctuation
        ("Small left effusion. No pneumothorax. Heart normal.", "Small left effusion. No pneumothorax. Heart is normal.", True),
        ("Small left effusion. No pneumothorax.", "No pneumothorax. Heart enlarged.", False),  # a sentence in common
        ("Effusion.", "Pneumothorax.", False),
    ],
)
def test_what_counts_as_nearly_the_same_wording(one, other, near):
    assert alike(pairs_of(one), pairs_of(other)) is near


def test_of_two_alike_the_labelled_draft_stays(tmp_path):
    like = next(given for given in written_drafts(Settings(films=20)) if given.source == DEVELOPMENT)
    line = {"id": "like", "text": like.text, "findings": [json.loads(one.model_dump_json()) for one in like.said]}
    sources = mine(tmp_path, line, labelled(1), labelled(2))
    build_drafts(sources, tmp_path / "out", Settings(films=20, test=0.2, balance=0))
    found = [one.source for drafts in examples(tmp_path / "out").values() for one in drafts if one.text == like.text]
    assert found == ["mine"]


# Balance


def test_balance_leaves_out_what_is_common_and_keeps_what_is_rare(tmp_path):
    steps = build_drafts({}, None, Settings(films=FILMS, balance=1.0)).manifest["steps"]
    before, after = steps["each wording once"], steps["balanced"]
    assert after["drafts"] < 0.8 * before["drafts"]
    assert any(after[kind] == before[kind] > 0 for kind in before)  # the rarest by drafts stays whole; the steps count statements

    def spread(step):
        shares = [step[f"{finding} {status}"] for finding in Finding for status in Status]
        return max(shares) / min(shares)

    assert spread(after) < spread(before)
    assert after[f"{NO_FINDING} present"] > 0


def test_without_balance_every_draft_stays():
    steps = build_drafts({}, None, Settings(films=20, balance=0, test=0.2)).manifest["steps"]
    assert steps["balanced"] == steps["each wording once"]


# The command


def run(*arguments: str):
    return CliRunner().invoke(app, ["drafts", *arguments])


def test_a_dry_run_prints_the_counts_and_writes_nothing(tmp_path):
    path = mine(tmp_path, *map(labelled, range(10)))["mine"].path
    options = ["--labelled", f"mine={path}", "--licence", "mine=CC BY 4.0", "--films", "20", "--out", str(tmp_path / "out")]
    dry = run(*options, "--dry-run")
    assert dry.exit_code == 0 and [one.name for one in tmp_path.iterdir()] == ["mine.jsonl"]
    real = run(*options)
    assert real.exit_code == 0 and real.output.splitlines()[:-1] == dry.output.splitlines()[:-1]
    assert "Nothing was written (dry run)." in dry.output and "mine: CC BY 4.0" in dry.output
    assert {path.name for path in (tmp_path / "out").iterdir()} == {"manifest.json", *(f"{name}.jsonl" for name in SPLITS)}
    again = run(*options)
    assert isinstance(again.exception, InputError) and "is not empty" in str(again.exception)  # never written over


@pytest.mark.parametrize(
    "arguments, problem",
    [
        (["--labelled", "drafts.jsonl"], "Write NAME=VALUE"),  # nameless
        (["--labelled", "a=x", "--labelled", "a=y"], "gives 'a' twice"),
        (["--labelled", "a=nowhere.jsonl"], "nowhere.jsonl can't be opened"),
        (["--labelled", f"{HELD_OUT}=x"], "is taken"),  # would be taken for evaluation's drafts
        (["--licence", "a=CC0"], "--labelled does not"),  # for nothing
        (["--films", "0"], "No draft is left to teach"),
        (["--films", "-1"], "films must be at least 0"),
        (["--balance", "-1"], "balance must be at least 0"),
        (["--validation", "0.6", "--test", "0.5"], "below 1"),  # nothing left for training
    ],
)
def test_wrong_options_say_how_to_mend_them(arguments, problem):
    result = run(*arguments, "--dry-run")
    assert isinstance(result.exception, InputError) and problem in str(result.exception)


@pytest.mark.parametrize(
    "drafts, problem",
    [
        ([labelled(0), labelled(1), labelled(0)], "mine.jsonl, line 3, field 'id': '0' was given before"),
        ([], "mine.jsonl holds no draft"),
    ],
)
def test_a_file_that_can_not_be_taken_leaves_nothing_behind(tmp_path, drafts, problem):
    with pytest.raises(InputError, match=problem):
        build_drafts(mine(tmp_path, *drafts), tmp_path / "made" / "out", Settings(films=0))
    assert not list((tmp_path / "made").iterdir())


@pytest.mark.slow
def test_memory_does_not_grow_with_the_drafts():
    code = """
import resource, sys
from cxr_auditor.training.drafts import Settings, build_drafts
build_drafts({}, None, Settings(films=int(sys.argv[1])))
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
"""
    small, large = (
        int(subprocess.run([sys.executable, "-c", code, films], check=True, capture_output=True).stdout) for films in ("150", "1500")
    )
    assert large < 1.1 * small

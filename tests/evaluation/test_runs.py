"""Whole runs on tiny folders: files written, resumed, bad files named, nothing silently empty."""

import json

import numpy as np
import pytest
from PIL import Image
from typer.testing import CliRunner

from cxr_auditor.errors import InputError
from cxr_auditor.evaluation.baselines import prevalence
from cxr_auditor.evaluation.cli import app
from cxr_auditor.evaluation.datasets import load_dataset
from cxr_auditor.evaluation.metrics import Estimate
from cxr_auditor.evaluation.predictions import predict
from cxr_auditor.evaluation.report import plain, table, told
from cxr_auditor.evaluation.runs import SMALLEST_GROUP, Settings, Split, chosen, evaluate_reader, groups
from cxr_auditor.findings import Finding, Status
from cxr_auditor.schema import ImageFinding, ImageReading

MANIFEST = "file,image_id,patient_id,view,native_labels,six_labels,rsna_class,width,origin,split_group"
FILMS = 24


class Bright:
    """Calls an effusion where the film's mean is high; counts how many films it looked at."""

    name, revision, scope, silence_means_absent = "bright", "r1", tuple(Finding), True

    def __init__(self):
        self.looked = 0

    def read(self, film):
        self.looked += 1
        score = float(film.pixels.mean()) / 255
        said = (ImageFinding(finding=Finding.PLEURAL_EFFUSION, score=score),) if score > 0.5 else ()
        return ImageReading(reader=self.name, revision=self.revision, findings=said, scores={Finding.PLEURAL_EFFUSION.value: score})


@pytest.fixture
def folder(tmp_path):
    """Films of two a patient; every third shows an effusion and is bright; the last one is no image."""
    root = tmp_path / "data"
    (root / "512").mkdir(parents=True)
    rows = [MANIFEST]
    for i in range(FILMS):
        label = "Effusion" if i % 3 == 0 else "No Finding"
        rows.append(f"512/{i}.png,{i},{i // 2},PA,{label},,,512,alpha,512")
        ramp = np.tile(np.arange(64, dtype=np.uint8), (64, 1))  # some contrast, so that it is not refused as blank
        Image.fromarray(ramp + np.uint8((150 if i % 3 == 0 else 20) + i)).save(root / "512" / f"{i}.png")
    (root / "512" / f"{FILMS - 1}.png").write_bytes(b"this is not an image")
    (root / "manifest.csv").write_text("\n".join(rows) + "\n", encoding="utf-8")
    return root


@pytest.fixture
def bright(monkeypatch):
    reader = Bright()
    monkeypatch.setattr("cxr_auditor.registry.make_reader", lambda name: reader)
    return reader


def run(*arguments):
    result = CliRunner().invoke(app, [str(a) for a in arguments])
    if isinstance(result.exception, InputError):
        raise result.exception
    return result


def test_evaluate_reader_prints_and_writes_everything(folder, bright, tmp_path):
    out = tmp_path / "out"
    result = run("reader", "--reader", "bright", "--data", folder, "--out", out, "--resamples", 20, "--published")
    assert result.exit_code == 0 and "| Pleural effusion | 8 |" in result.stdout and "Baseline: always normal" in result.stdout
    data = json.loads((out / "reader.json").read_text(encoding="utf-8"), parse_constant=lambda name: pytest.fail(f"{name} in JSON"))
    figures = data["groups"]["all films"]["pleural_effusion"]
    assert figures["auroc"]["value"] == 1 and figures["auroc"]["n"] == 8 and figures["f1"]["low"] == pytest.approx(0.631, abs=1e-3)
    assert data["baselines"]["prevalence guess"]["pleural_effusion"]["f1"]["value"] < 1
    assert data["published"]["pleural_effusion"]["f1"] == 1 and data["published"]["cardiomegaly"]["f1"] is None
    assert data["manifest"]["settings"]["reader"] == "bright"
    assert {name: len(value) for name, value in data["manifest"]["sha256"].items()} == {"labels": 64, "images": 64}
    assert {path.name for path in out.iterdir()} >= {"reader.json", "reader.md", "readings.jsonl", "roc.png", "reliability.png"}


def test_one_bad_file_is_counted_and_named_and_not_fatal(folder, bright, tmp_path):
    out = tmp_path / "out"
    result = run("reader", "--reader", "bright", "--data", folder, "--out", out, "--resamples", 5, "--no-plots")
    data = json.loads((out / "reader.json").read_text(encoding="utf-8"))
    assert list(data["bad_files"]) == [str(FILMS - 1)] and data["readings"] == {"ok": FILMS - 1}
    assert "1 of 24 films could not be opened" in result.stderr and f"| {FILMS - 1} |" in result.stdout


def test_the_manifest_notices_changed_labels_and_changed_images(folder, bright, tmp_path):
    def hashes(out):
        run("reader", "--reader", "bright", "--data", folder, "--out", tmp_path / out, "--resamples", 2, "--no-plots")
        return json.loads((tmp_path / out / "reader.json").read_text(encoding="utf-8"))["manifest"]["sha256"]

    first = hashes("one")
    Image.fromarray(np.tile(np.arange(64, dtype=np.uint8), (64, 1))).save(folder / "512" / "1.png")
    second = hashes("two")
    manifest = (folder / "manifest.csv").read_text(encoding="utf-8")
    (folder / "manifest.csv").write_text(manifest.replace("512/3.png,3,1,PA,Effusion", "512/3.png,3,1,PA,Mass"), encoding="utf-8")
    third = hashes("three")
    assert first["labels"] == second["labels"] != third["labels"] and first["images"] != second["images"] == third["images"]


def test_lite_on_its_own_films_takes_the_patients_it_was_not_trained_on(folder, monkeypatch, tmp_path):
    seen = []
    monkeypatch.setattr("cxr_auditor.registry.make_reader", lambda name: Bright())
    monkeypatch.setattr("cxr_auditor.evaluation.runs.chosen", lambda films, settings: seen.append(settings.split) or films)
    for name in ("lite", "bright"):
        run("reader", "--data", folder, "--reader", name, "--out", tmp_path / name, "--resamples", 2, "--no-plots")
    assert seen == [Split.VALIDATION, Split.ALL]


def test_plots_without_matplotlib_are_refused_before_the_run(folder, bright, monkeypatch, tmp_path):
    monkeypatch.setattr("cxr_auditor.evaluation.plots.find_spec", lambda name: None)
    with pytest.raises(InputError, match="Plots need the package matplotlib"):
        run("reader", "--reader", "bright", "--data", folder, "--out", tmp_path / "out")
    assert bright.looked == 0


def test_a_missing_image_is_a_bad_file_too(folder, bright, tmp_path):
    (folder / "512" / "3.png").unlink()
    run("reader", "--reader", "bright", "--data", folder, "--out", tmp_path / "out", "--resamples", 5, "--no-plots")
    assert "3" in json.loads((tmp_path / "out" / "reader.json").read_text(encoding="utf-8"))["bad_files"]


def test_a_stopped_run_goes_on_where_it_was(folder, bright, tmp_path):
    out = tmp_path / "out"
    run("reader", "--reader", "bright", "--data", folder, "--out", out, "--resamples", 5, "--no-plots")
    whole = (out / "reader.md").read_text(encoding="utf-8")
    kept = (out / "readings.jsonl").read_text(encoding="utf-8").splitlines(keepends=True)
    (out / "readings.jsonl").write_text("".join(kept[:11]) + kept[11][:30], encoding="utf-8")  # ten films, and a line that was cut off
    bright.looked = 0
    run("reader", "--reader", "bright", "--data", folder, "--out", out, "--resamples", 5, "--no-plots")
    assert bright.looked == FILMS - 1 - 10 and (out / "reader.md").read_text(encoding="utf-8") == whole
    assert len((out / "readings.jsonl").read_text(encoding="utf-8").splitlines()) == len(kept)
    bright.looked = 0
    run("reader", "--reader", "bright", "--data", folder, "--out", out, "--resamples", 5, "--no-plots")
    assert bright.looked == 0  # and what was written after the cut can be read


def test_readings_of_another_reader_are_not_taken(folder, bright, tmp_path):
    run("reader", "--reader", "bright", "--data", folder, "--out", tmp_path / "out", "--resamples", 5, "--no-plots")
    bright.revision = "r2"
    with pytest.raises(InputError, match="another run .revision is 'r1', now 'r2'"):
        run("reader", "--reader", "bright", "--data", folder, "--out", tmp_path / "out", "--resamples", 5, "--no-plots")


def test_a_damaged_line_in_the_middle_is_named(folder, bright, tmp_path):
    films = load_dataset("films", folder)
    cache = tmp_path / "readings.jsonl"
    predict(films, bright, cache, {"reader": "bright"})
    lines = cache.read_text(encoding="utf-8").splitlines()
    cache.write_text("\n".join([lines[0], "{}", *lines[2:]]) + "\n", encoding="utf-8")
    with pytest.raises(InputError, match="readings.jsonl, line 2: is not a kept reading"):
        predict(films, bright, cache, {"reader": "bright"})


def test_failed_readings_are_counted_and_tried_again(folder, tmp_path):
    class Down(Bright):
        def read(self, film):
            self.looked += 1
            status = "failed" if self.looked % 2 else "ok"
            return ImageReading(reader=self.name, revision=self.revision, status=status)

    reader, films = Down(), load_dataset("films", folder)
    first = predict(films, reader, tmp_path / "r.jsonl", {})
    failed = sum(not reading.usable for reading in first.readings.values())
    looked = reader.looked
    predict(films, reader, tmp_path / "r.jsonl", {})
    assert failed == 12 and reader.looked == looked + failed


def test_no_film_read_is_an_error(folder, bright, tmp_path):
    for path in (folder / "512").iterdir():
        path.write_bytes(b"nothing")
    with pytest.raises(InputError, match="Not one of 24 films could be read"):
        run("reader", "--reader", "bright", "--data", folder, "--out", tmp_path / "out", "--no-plots")


@pytest.mark.parametrize(
    "arguments, problem",
    [
        (["reader"], "There are no films to evaluate on"),  # no data
        (["reader", "--data", "nowhere"], "does not exist"),  # no folder
        (["reader", "--data", ".", "--dataset", "mimic"], "no dataset named 'mimic'"),  # unknown set
        (["reader", "--data", ".", "--split", "test"], "--split 'test' is not known. It must be one of all, validation"),  # unknown part
        (["reader", "--data", ".", "--votes", "two"], "--votes 'two' is not known. It must be one of any, majority"),  # unknown rule
        (["audit", "--reader", "lite"], "needs films to read"),  # a reader without films
        (["audit", "--parser", "nobody"], "no parser named 'nobody'"),  # unknown parser
    ],
)
def test_nonsense_is_one_line_that_says_how_to_mend_it(arguments, problem, tmp_path):
    with pytest.raises(InputError, match=problem) as caught:
        run(*arguments, "--out", tmp_path / "out")
    assert caught.value.hint


def test_a_split_without_films_is_an_error(folder):
    films = [film for film in load_dataset("films", folder) if not Split.VALIDATION.takes(film)]
    with pytest.raises(InputError, match="No film of the dataset"):
        chosen(films, Settings(split=Split.VALIDATION))


def test_the_split_is_by_patient(folder):
    films = load_dataset("films", folder)
    held_out, rest = chosen(films, Settings(split=Split.VALIDATION)), chosen(films, Settings(split=Split.DEVELOPMENT))
    assert not {film.patient_id for film in held_out} & {film.patient_id for film in rest}
    assert len(held_out) + len(rest) == len(films)


def test_validation_guesses_by_the_other_patients_prevalence(folder, monkeypatch, tmp_path):
    films = load_dataset("films", folder)
    known = []
    monkeypatch.setattr("cxr_auditor.evaluation.runs.prevalence", lambda own: known.extend(own) or prevalence(own))
    results, held_out, _ = evaluate_reader(films, Bright(), tmp_path, Settings(split=Split.VALIDATION, resamples=5))
    assert known and not {film.patient_id for film in known} & {film.patient_id for film in held_out}
    assert results["dataset"]["films"] < FILMS and "validation patients" in results["dataset"]["split"]


def test_groups_need_enough_films(folder):
    films = load_dataset("films", folder)
    assert list(groups(films)) == ["all films"]
    many = [film for film in films for _ in range(SMALLEST_GROUP)]
    mixed = many[: SMALLEST_GROUP * 4]
    mixed = [*mixed, *(f.__class__(**{**f.__dict__, "groups": {"view": "AP"}}) for f in many[:SMALLEST_GROUP])]
    assert list(groups(mixed)) == ["all films", "origin alpha", "resolution 512", "view AP", "view PA"]


def test_evaluate_audit_on_simulated_films_and_again_from_its_files(tmp_path):
    out = tmp_path / "out"
    first = run("audit", "--films", 12, "--out", out, "--resamples", 10)
    assert first.exit_code == 0 and "| wrong side |" in first.stdout and (out / "confusion.png").stat().st_size > 1000
    data = json.loads((out / "audit.json").read_text(encoding="utf-8"), parse_constant=lambda name: pytest.fail(f"{name} in JSON"))
    assert data["films"] == 12 and data["figures"]["sensitivity omitted, as meant"]["value"] == 1
    assert data["reading"] == "truth" and len(data["manifest"]["sha256"]["drafts.jsonl"]) == 64
    again = run("audit", "--films", 12, "--out", out, "--resamples", 10, "--no-plots")
    assert again.stdout == first.stdout


def test_drafts_of_another_run_are_not_overwritten(tmp_path):
    run("audit", "--films", 5, "--out", tmp_path, "--resamples", 5, "--no-plots")
    with pytest.raises(InputError, match="drafts.jsonl holds the drafts of another run"):
        run("audit", "--films", 6, "--out", tmp_path, "--resamples", 5, "--no-plots")


def test_evaluate_audit_with_a_reader(folder, bright, tmp_path):
    result = run("audit", "--data", folder, "--reader", "bright", "--out", tmp_path, "--resamples", 5, "--no-plots")
    data = json.loads((tmp_path / "audit.json").read_text(encoding="utf-8"))
    assert result.exit_code == 0 and data["reading"] == "bright" and data["films"] == FILMS - 1  # the bad file is left out
    assert data["findings"]["pleural_effusion"]["mistakes"] > 0
    assert data["manifest"]["settings"]["reader_revision"] == "r1"


def test_nothing_of_a_draft_or_file_name_reaches_the_log(folder, bright, tmp_path, caplog):
    caplog.set_level("DEBUG")
    run("audit", "--data", folder, "--reader", "bright", "--out", tmp_path, "--resamples", 5)
    assert not [record for record in caplog.records if record.name.startswith("cxr_auditor")]


def test_json_never_holds_nan():
    value = plain({"a": float("nan"), "b": [float("inf"), 1.5, 2], "c": Estimate(float("nan"), 0.0, 1.0, 3), Status.PRESENT: "x"})
    assert json.loads(json.dumps(value, allow_nan=False))["b"] == [None, 1.5, 2] and value["a"] is None and value["present"] == "x"


@pytest.mark.parametrize(
    "estimate, text",
    [
        (Estimate(0.8125, 0.75, 1.0, 9), ".812 [.750, 1.000]"),  # the usual
        (Estimate(0.5, float("nan"), float("nan"), 1), ".500"),  # too few to say how sure
        (Estimate(float("nan"), float("nan"), float("nan"), 0), "–"),  # undefined
        (None, "–"),  # not measured
    ],
)
def test_figures_in_words(estimate, text):
    assert told(estimate) == text


def test_table_is_markdown():
    assert table(["a", "b"], [["x", "1"]]) == "| a | b |\n| --- | ---: |\n| x | 1 |\n"

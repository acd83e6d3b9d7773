"""Whole runs on tiny folders: files written, resumed, bad files named, nothing silently empty."""

import hashlib
import json
from dataclasses import replace

import numpy as np
import pytest
from dataset_files import put
from PIL import Image
from typer.testing import CliRunner

from cxr_auditor.errors import InputError
from cxr_auditor.evaluation.baselines import prevalence
from cxr_auditor.evaluation.cli import app
from cxr_auditor.evaluation.datasets import LabelledFilm, load_dataset
from cxr_auditor.evaluation.metrics import Estimate
from cxr_auditor.evaluation.parsings import KeptParser
from cxr_auditor.evaluation.predictions import predict
from cxr_auditor.evaluation.provenance import labels_hash
from cxr_auditor.evaluation.report import plain, table, told
from cxr_auditor.evaluation.runs import SMALLEST_GROUP, Settings, Split, audit_simulated, chosen, evaluate_reader, groups
from cxr_auditor.findings import Finding, Status
from cxr_auditor.registry import make_parser
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
    if isinstance(result.exception, Exception):
        raise result.exception
    return result


def test_evaluate_reader_prints_and_writes_everything(folder, bright, tmp_path):
    out = tmp_path / "out"
    result = run("reader", "--reader", "bright", "--data", folder, "--out", out, "--resamples", 20, "--published")
    assert result.exit_code == 0 and "| Pleural effusion | 8 |" in result.stdout and "Baseline: always normal" in result.stdout
    data = json.loads((out / "reader.json").read_text(encoding="utf-8"), parse_constant=lambda name: pytest.fail(f"{name} in JSON"))
    figures = data["groups"]["all films"]["pleural_effusion"]
    assert figures["auroc"]["value"] == 1 and figures["auroc"]["n"] == 8 and figures["recall"]["low"] == pytest.approx(0.631, abs=1e-3)
    assert data["baselines"]["prevalence guess"]["pleural_effusion"]["f1"]["value"] < 1
    assert data["published"]["pleural_effusion"]["f1"] == 1 and data["published"]["cardiomegaly"]["f1"] is None
    assert data["manifest"]["settings"]["reader"] == "bright"
    hashed = {name: len(value) for name, value in data["manifest"]["sha256"].items()}
    assert hashed == {"labels": 64, "images": 64, "manifest.csv": 64}
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


@pytest.mark.parametrize(
    "change",
    [
        {"labels": {Finding.CARDIOMEGALY: False}},
        {"second": {Finding.CARDIOMEGALY: True}},  # another reading of the film
        {"groups": {"view": "AP"}},  # what figures are also given by
        {"searched": (Finding.CARDIOMEGALY,)},  # whether a missing box says something
    ],
    ids=lambda change: next(iter(change)),
)
def test_the_hash_of_the_labels_covers_everything_that_moves_a_figure(change):
    film = LabelledFilm("a", "p", "test", labels={Finding.CARDIOMEGALY: True})
    assert labels_hash([film]) != labels_hash([replace(film, **change)])


def test_lite_on_its_own_films_takes_the_patients_it_was_not_trained_on(folder, monkeypatch, tmp_path):
    seen = []
    monkeypatch.setattr("cxr_auditor.registry.make_reader", lambda name: Bright())
    monkeypatch.setattr("cxr_auditor.evaluation.runs.chosen", lambda films, settings: seen.append(settings.split) or films)
    for name in ("lite", "bright"):
        run("reader", "--data", folder, "--reader", name, "--out", tmp_path / name, "--resamples", 2, "--no-plots")
    assert seen == [Split.VALIDATION, Split.ALL]


def test_a_page_says_that_lite_may_have_been_trained_on_the_films(tmp_path, monkeypatch):
    monkeypatch.setattr("cxr_auditor.registry.make_reader", lambda name: Bright())
    put(tmp_path / "train-rle.csv", "ImageId,EncodedPixels", "a,0 1024", "b,-1")
    for name in "ab":
        Image.fromarray(np.tile(np.arange(64, dtype=np.uint8), (64, 1))).save(tmp_path / f"{name}.png")
    options = ("--data", tmp_path, "--dataset", "siim", "--out", tmp_path / "out", "--resamples", 2, "--no-plots")
    for command in ("reader", "audit"):
        page = run(command, "--reader", "second=lite+medgemma", *options).stdout
        data = json.loads((tmp_path / "out" / f"{command}.json").read_text(encoding="utf-8"))
        assert "may have been trained on these films" in page and "may have been trained" in data["training_overlap"]
        with pytest.raises(InputError, match="does not name NIH's patients"):
            run(command, "--reader", "lite", "--split", "validation", *options)


@pytest.mark.parametrize("name", ["readings.jsonl", "reader.json"])
def test_a_folder_in_the_place_of_a_file_is_an_error_in_one_line(folder, bright, tmp_path, name):
    (tmp_path / "out" / name).mkdir(parents=True)
    with pytest.raises(InputError, match="can't be"):
        run("reader", "--reader", "bright", "--data", folder, "--out", tmp_path / "out", "--resamples", 2, "--no-plots")


@pytest.mark.parametrize("name", ["drafts.jsonl", "parsed.jsonl", "parser_errors.jsonl"])
def test_a_folder_in_the_place_of_an_audits_file_is_an_error_in_one_line(tmp_path, name):
    (tmp_path / name).mkdir()
    with pytest.raises(InputError, match=f"{name} can't be read or written"):
        run("audit", "--films", 2, "--out", tmp_path, "--resamples", 2, "--no-plots")


def test_a_negative_seed_is_refused_before_anything_is_read(tmp_path):
    result = run("audit", "--seed", -1, "--out", tmp_path)
    assert result.exit_code == 2 and "--seed" in result.stderr


def test_the_page_says_what_the_reader_does_not_look_for_and_what_the_means_are_of(folder, monkeypatch, tmp_path):
    class Narrow(Bright):
        scope = (Finding.PLEURAL_EFFUSION,)

        def read(self, film):
            return super().read(film).model_copy(update={"scope": self.scope})

    monkeypatch.setattr("cxr_auditor.registry.make_reader", lambda name: Narrow())
    page = run("reader", "--reader", "narrow", "--data", folder, "--out", tmp_path, "--resamples", 2, "--no-plots").stdout
    assert "Outside the reader's scope: Pneumothorax, Lung opacity" in page and "macro F1: of Pleural effusion." in page


def test_a_film_without_its_image_is_in_no_figure(folder, bright, tmp_path):
    for name in (3, 4):  # an effusion and none
        (folder / "512" / f"{name}.png").unlink()
    run("reader", "--reader", "bright", "--data", folder, "--out", tmp_path, "--resamples", 2, "--no-plots")
    figures = json.loads((tmp_path / "reader.json").read_text(encoding="utf-8"))["groups"]["all films"]
    own = figures["pleural_effusion"]
    assert own["recall"] == own["recall"] | {"value": 1, "n": 7} and own["specificity"]["n"] == FILMS - 3 - 7
    assert figures["overall"]["films read"]["n"] == FILMS - 3


def test_boxes_that_could_not_be_placed_are_told_of(bright, tmp_path):
    put(tmp_path / "train.csv", "image_id,class_name,x_min,y_min,x_max,y_max", "a,Pleural effusion,0,0,9,9", "b,No finding,,,,")
    for name in "ab":
        Image.fromarray(np.tile(np.arange(64, dtype=np.uint8), (64, 1))).save(tmp_path / f"{name}.png")
    options = ("--dataset", "vindr", "--reader", "bright", "--out", tmp_path / "out", "--resamples", 2, "--no-plots")
    assert "The size of 1 films with a finding is not known" in run("reader", "--data", tmp_path, *options).stdout
    put(tmp_path / "train_meta.csv", "image_id,width,height", "a,64,64", "b,64,64")
    page = run("reader", "--data", tmp_path, *options).stdout
    assert "Boxes: 1." in page and "is not known, so" not in page


def test_the_table_that_was_read_is_on_record(folder, bright, tmp_path):
    table = folder / "manifest.csv"
    options = ("--reader", "bright", "--out", tmp_path, "--resamples", 2, "--no-plots")
    run("reader", "--data", table, *options)
    data = json.loads((tmp_path / "reader.json").read_text(encoding="utf-8"))
    assert data["manifest"]["sha256"]["manifest.csv"] == hashlib.sha256(table.read_bytes()).hexdigest()


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


def test_a_film_whose_image_has_changed_is_read_again(folder, bright, tmp_path):
    films, cache = load_dataset("films", folder), tmp_path / "readings.jsonl"
    first = predict(films, bright, cache, {})
    Image.fromarray(np.tile(np.arange(64, dtype=np.uint8), (64, 1)) + np.uint8(190)).save(folder / "512" / "1.png")
    (folder / "512" / "2.png").unlink()
    bright.looked = 0
    second = predict(films, bright, cache, {})
    assert bright.looked == 1 and second.images["1"] != first.images["1"] and second.readings["1"] != first.readings["1"]
    assert "2" in second.bad_files and "2" not in second.readings  # its reading is kept, and of an image that is gone
    assert predict(films, bright, cache, {}).readings == second.readings and bright.looked == 1


def test_readings_of_another_reader_are_not_taken(folder, bright, tmp_path):
    run("reader", "--reader", "bright", "--data", folder, "--out", tmp_path / "out", "--resamples", 5, "--no-plots")
    bright.revision = "r2"
    with pytest.raises(InputError, match="another run .revision is 'r1', now 'r2'"):
        run("reader", "--reader", "bright", "--data", folder, "--out", tmp_path / "out", "--resamples", 5, "--no-plots")


@pytest.mark.parametrize("now", ["server:medgemma-2", "server:med", "a + b", "server:medgemma + c"])
def test_a_revision_that_only_begins_alike_is_another(folder, bright, tmp_path, now):
    films, cache = load_dataset("films", folder), tmp_path / "readings.jsonl"
    bright.revision = "server:medgemma"
    predict(films, bright, cache, {})
    bright.revision = now
    with pytest.raises(InputError, match="another run"):
        predict(films, bright, cache, {})


def test_what_a_server_serves_is_known_from_its_first_answer(folder, bright, tmp_path):
    films, cache = load_dataset("films", folder), tmp_path / "readings.jsonl"

    def serve(served: str, count: int):
        bright.revision = "server"

        def read(film):
            bright.revision = f"server:{served}"
            return type(bright).read(bright, film)

        bright.read = read
        return predict(films[:count], bright, cache, {})

    serve("one", 2)
    assert len(serve("one", 3).readings) == 3
    with pytest.raises(InputError, match="another run .revision is 'server:one', now 'server:two'"):
        serve("two", 4)


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


@pytest.mark.parametrize(
    "arguments, problem",
    [
        (["--dataset", "nih", "--votes", "all"], "--dataset and --votes would change nothing without --data"),
        (["--split", "all"], "--split would change nothing without --data"),
        (["--limit", "3"], "--limit would change nothing without --data"),
        (["--films", "3", "--data", "."], "--films would change nothing with --data"),
    ],
)
def test_an_option_without_effect_is_refused(arguments, problem, tmp_path):
    with pytest.raises(InputError, match=problem):
        run("audit", *arguments, "--out", tmp_path)


def test_the_record_of_simulated_films_names_no_dataset(tmp_path):
    run("audit", "--films", 3, "--out", tmp_path, "--resamples", 2, "--no-plots")
    data = json.loads((tmp_path / "audit.json").read_text(encoding="utf-8"))
    settings = data["manifest"]["settings"]
    assert settings["source"] == "simulated" and settings["films"] == 3 and not settings.keys() & {"dataset", "split", "votes", "limit"}
    assert "flags per 100 faithful drafts" in (tmp_path / "audit.md").read_text(encoding="utf-8")


def test_drafts_of_another_run_are_not_overwritten(tmp_path):
    run("audit", "--films", 5, "--out", tmp_path, "--resamples", 5, "--no-plots")
    with pytest.raises(InputError, match="drafts.jsonl holds the drafts of another run"):
        run("audit", "--films", 6, "--out", tmp_path, "--resamples", 5, "--no-plots")


def test_evaluate_audit_with_a_reader(folder, bright, tmp_path):
    result = run("audit", "--data", folder, "--reader", "bright", "--split", "all", "--out", tmp_path, "--resamples", 5, "--no-plots")
    data = json.loads((tmp_path / "audit.json").read_text(encoding="utf-8"))
    assert result.exit_code == 0 and data["reading"] == "bright" and data["films"] == FILMS - 1  # the bad file is left out
    assert data["findings"]["pleural_effusion"]["mistakes"] > 0
    assert data["manifest"]["settings"]["reader_revision"] == "r1"
    assert list(data["bad_files"]) == [str(FILMS - 1)] and data["readings"] == {"ok": FILMS - 1} and "1 of 24 films" in result.stderr
    assert set(data["manifest"]["sha256"]) == {"labels", "images", "manifest.csv", "drafts.jsonl"}
    assert set(data["manifest"]["seconds"]) == {"reading", "auditing", "figures"} and data["source"]["films"] == FILMS


def test_the_audit_says_which_readings_failed(folder, bright, monkeypatch, tmp_path):
    failed = ImageReading(reader="bright", revision="r1", status="failed", message="gone")
    looked = bright.read
    monkeypatch.setattr(bright, "read", lambda film: failed if film.pixels.mean() < 128 else looked(film))
    result = run("audit", "--data", folder, "--reader", "bright", "--split", "all", "--out", tmp_path, "--resamples", 5, "--no-plots")
    data = json.loads((tmp_path / "audit.json").read_text(encoding="utf-8"))
    assert data["readings"] == {"ok": 8, "failed": 15} and data["films"] == 8 and "8 ok, 15 failed" in result.stdout


def test_an_audit_of_films_that_nobody_could_open_says_so(folder, bright, tmp_path):
    for path in (folder / "512").iterdir():
        path.unlink()
    with pytest.raises(InputError, match="Not one of 24 films could be read. The image 0.png can't be read"):
        run("audit", "--data", folder, "--reader", "bright", "--split", "all", "--out", tmp_path)


def test_the_truth_is_audited_on_the_films_that_the_lite_reader_is(folder, monkeypatch, tmp_path):
    monkeypatch.setattr("cxr_auditor.registry.make_reader", lambda name: Bright())
    for name in ("truth", "lite"):
        run("audit", "--data", folder, "--reader", name, "--out", tmp_path, "--resamples", 2, "--no-plots")  # the same drafts.jsonl
        assert "validation patients" in (tmp_path / "audit.md").read_text(encoding="utf-8")


class Asked:
    """A model's parser (in truth the rules) that counts the drafts that it read; stops after `limit`."""

    name, prompts = "asked", {"parse": "0" * 64}

    def __init__(self, revision="1", limit=10**6):
        self.revision, self.limit, self.read = revision, limit, 0
        self._rules = make_parser("rules")

    def parse(self, text):
        if self.read == self.limit:
            raise KeyboardInterrupt
        self.read += 1
        return self._rules.parse(text).model_copy(update={"parser": self.name, "prompts": self.prompts})


def test_a_model_that_is_asked_otherwise_is_asked_again(tmp_path):
    path, plain, thinking = tmp_path / "parsed.jsonl", Asked(), Asked()
    thinking.asks = "thinking"
    for parser in (plain, plain, thinking):
        KeptParser(parser, path).parse("No effusion.")
        assert parser.read == 1


def test_an_audit_that_was_stopped_reads_no_draft_twice(tmp_path):
    settings = Settings(resamples=2)
    with pytest.raises(KeyboardInterrupt):
        audit_simulated(10, Asked(limit=25), tmp_path, settings)
    kept = (tmp_path / "parsed.jsonl").read_text(encoding="utf-8")
    (tmp_path / "parsed.jsonl").write_text(kept + '{"parser": "ru', encoding="utf-8")  # stopped while it wrote
    parser = Asked()
    results, _ = audit_simulated(10, parser, tmp_path, settings)
    assert parser.read == results["drafts"] - 25
    again, other = Asked(), Asked(revision="2")
    assert audit_simulated(10, again, tmp_path, settings)[0]["figures"] == results["figures"] and again.read == 0
    audit_simulated(10, other, tmp_path, settings)
    assert other.read == results["drafts"]  # another parser's readings are not taken


def test_a_draft_that_the_rules_read_for_a_failing_model_is_read_again(tmp_path):
    class Failing(Asked):
        prompts = {}

    parser = Failing()
    for reading in (1, 2):
        KeptParser(parser, tmp_path / "parsed.jsonl").parse("No effusion.")
        assert parser.read == reading


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

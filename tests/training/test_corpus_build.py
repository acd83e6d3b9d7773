"""From folders to a corpus: films a few at a time, balance, splits by patient, files that are whole or not there."""

import csv
import json
import random
import zipfile
from collections import Counter, defaultdict
from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image, PngImagePlugin
from typer.testing import CliRunner

from cxr_auditor.errors import InputError
from cxr_auditor.evaluation.datasets import LabelledFilm, chestxdet, image_bytes, load_dataset, rsna, siim, vindr
from cxr_auditor.findings import Finding
from cxr_auditor.schema import ImageReading
from cxr_auditor.training.cli import app
from cxr_auditor.training.corpus import Settings, build_corpus, corpus_films, corpus_prompt, read_corpus, write
from cxr_auditor.training.corpus.shards import stream_films
from cxr_auditor.training.corpus.splits import SPLITS, TEST, check_disjoint
from cxr_auditor.training.corpus.spool import Spool

EFFUSION, PNEUMOTHORAX, OPACITY, NODULE, HEART = Finding
BOXED = {"Effusion": "Effusion", "Infiltration": "Infiltrate", "Nodule": "Nodule", "Pneumothorax": "Pneumothorax"}
GREY = Image.linear_gradient("L").resize((64, 64))
COMMON = ["No Finding"] * 6 + ["Effusion", "Infiltration", "Infiltration", "Effusion|Infiltration", "Nodule", "Edema"]


def picture(name: str) -> bytes:
    """A picture file that no other name has."""
    said, file = PngImagePlugin.PngInfo(), BytesIO()
    said.add_text("name", name)
    GREY.save(file, "PNG", pnginfo=said)
    return file.getvalue()


def nih(folder: Path, labels: list[str], films_of_a_patient: int = 2) -> Path:
    """An NIH folder with one film for each of `labels`, a box for the first of them, and a picture of its own."""
    (folder / "images").mkdir(parents=True)
    with (folder / "Data_Entry.csv").open("w", newline="") as entries, (folder / "BBox_List.csv").open("w", newline="") as boxes:
        entry, box = csv.writer(entries), csv.writer(boxes)
        entry.writerow(["Image Index", "Finding Labels", "Patient ID", "View Position"])
        box.writerow(["Image Index", "Finding Label", "Bbox [x", "y", "w", "h]"])
        for number, label in enumerate(labels):
            patient = number // films_of_a_patient
            name = f"{patient:08d}_{number % films_of_a_patient:03d}.png"
            entry.writerow([name, label, patient, "PA"])
            if label.partition("|")[0] in BOXED:
                box.writerow([name, BOXED[label.partition("|")[0]], 100, 200, 300, 400])
            (folder / "images" / name).write_bytes(picture(name))
    return folder


def many(seed=0, films=600, rare=()) -> list[str]:
    labels = random.Random(seed).choices(COMMON, k=films)
    for place, label in enumerate(rare):
        labels[place * 20] = label
    return labels


@pytest.fixture
def folder(tmp_path) -> Path:
    return nih(tmp_path / "nih", many(rare=["Pneumothorax"] * 12))


def examples(out: Path) -> dict[str, list]:
    return {name: list(read_corpus(out, name)) for name in SPLITS if (out / f"{name}.jsonl").exists()}


def build(folder: Path, out: Path | None, test_list=None, **settings):
    return build_corpus({"nih": folder}, out, Settings(**settings), test_list)


# What a corpus is measured on


def test_a_reader_is_measured_on_the_test_films_of_a_corpus(folder, tmp_path, monkeypatch):
    from cxr_auditor import registry
    from cxr_auditor.evaluation.cli import app

    build(folder, tmp_path / "corpus", normals=1)
    tested = examples(tmp_path / "corpus")[TEST]
    films = {film.image_id: film for film in load_dataset("nih", folder)}
    truth = {one.sha256: one.findings for one in tested}

    class Knows:
        name, revision, scope, silence_means_absent = "knows", "1", tuple(Finding), True

        def read(self, film):
            return ImageReading(reader="knows", revision="1", findings=truth[film.sha256])

    monkeypatch.setattr(registry, "make_reader", lambda spec: Knows())
    options = ["--corpus", str(tmp_path / "corpus"), "--reader", "lite", "--no-plots", "--resamples", "5"]
    said = CliRunner().invoke(app, ["reader", *options, "--out", str(tmp_path / "out")])
    assert said.exit_code == 0, said.output
    results = json.loads((tmp_path / "out" / "reader.json").read_text())
    assert results["dataset"]["films"] == len(tested) and results["dataset"]["name"] == "nih"
    assert results["groups"]["all films"]["overall"]["macro F1"]["value"] == 1
    assert [one.searched for one in tested] == [films[one.image_id].searched for one in tested]  # so that precision is of those alone
    assert "development patients" in results["training_overlap"]  # lite would have learnt from some of them
    assert {"manifest.json", "test.jsonl"} <= results["manifest"]["sha256"].keys()
    with pytest.raises(InputError, match="--split would change nothing with --corpus"):
        CliRunner().invoke(app, ["reader", *options, "--split", "all"], catch_exceptions=False)


def test_a_corpus_without_test_films_measures_nobody(folder, tmp_path):
    build(folder, tmp_path / "corpus", test=0, normals=1)
    with pytest.raises(InputError, match="test"):
        corpus_films(tmp_path / "corpus", TEST)


# Films a few at a time


@pytest.mark.parametrize("at_once", [10_000, 2])
def test_the_table_of_a_folder_that_holds_several_can_be_named(tmp_path, at_once):
    """VinDr-CXR as published: tables of training and test films side by side."""
    folder = tmp_path / "vindr"
    (folder / "annotations").mkdir(parents=True)
    for part in ("train", "test"):
        rows = [f"{part}{number},No finding,R1,,,," for number in range(5)]
        (folder / "annotations" / f"annotations_{part}.csv").write_text(
            "\n".join(["image_id,class_name,rad_id,x_min,y_min,x_max,y_max", *rows])
        )
        (folder / part).mkdir()
        for number in range(5):
            (folder / part / f"{part}{number}.png").write_bytes(picture(f"{part}{number}"))
    with pytest.raises(InputError, match="several tables of one kind.*annotations_test.csv.*Give the path"):
        list(stream_films("vindr", folder, Settings()))
    films = list(stream_films("vindr", folder / "annotations" / "annotations_train.csv", Settings(at_once=at_once)))
    assert sorted(film.image_id for film in films) == [f"train{number}" for number in range(5)]
    assert all(film.image == folder / "train" / f"{film.image_id}.png" for film in films)


def test_shards_give_the_same_films_as_one_reading(folder):
    whole = {film.image_id: film for film in load_dataset("nih", folder)}
    streamed = list(stream_films("nih", folder, Settings(at_once=100)))
    assert [film.image_id for film in streamed] != list(whole)  # shard after shard
    assert len(streamed) == len(whole) and {film.image_id: film for film in streamed} == whole
    assert all(film.image.is_file() and not film.image.is_symlink() for film in streamed)


def test_shards_of_the_films_layout_keep_their_archive(tmp_path):
    rows = [f"128/{i}.jpg,{i},{i},PA,No Finding" for i in range(9)]
    (tmp_path / "manifest.csv").write_text("\n".join(["file,image_id,patient_id,view,native_labels", *rows]))
    with zipfile.ZipFile(tmp_path / "128.zip", "w") as archive:
        for i in range(9):
            archive.writestr(f"128/{i}.jpg", f"film {i}")
    films = list(stream_films("films", tmp_path, Settings(at_once=3)))
    assert {film.image_id: image_bytes(film.image) for film in films} == {str(i): f"film {i}".encode() for i in range(9)}
    assert {film.image.archive for film in films} == {tmp_path / "128.zip"}


def test_an_error_in_a_shard_names_the_line_of_the_original(folder):
    table = folder / "Data_Entry.csv"
    lines = table.read_text().splitlines()
    lines[457] = lines[457].replace(lines[457].split(",")[1], "Unicorn")
    table.write_text("\n".join(lines))
    with pytest.raises(InputError, match="Data_Entry.csv, line 458, column 'Finding Labels'.*Unicorn"):
        build(folder, None, at_once=50)


def test_the_corpus_does_not_hang_on_how_many_rows_are_read_at_once(folder, tmp_path):
    for name, at_once in (("a", 10_000), ("b", 37)):
        build(folder, tmp_path / name, at_once=at_once)
    for split in SPLITS:
        assert (tmp_path / "a" / f"{split}.jsonl").read_bytes() == (tmp_path / "b" / f"{split}.jsonl").read_bytes()


# Original size and votes


def test_boxes_of_resized_films_are_divided_by_the_original_size_and_disputed_films_are_no_normal_ones(tmp_path):
    rows = ["image_id,class_name,class_id,rad_id,x_min,y_min,x_max,y_max"]
    for i in range(9):
        rows += [f"{i},Pleural effusion,10,R{r},0,1000,500,2000" for r in (1, 2)] + [f"{i},No finding,14,R3,,,,"]
        rows += [f"n{i},No finding,14,R{r},,,," for r in (1, 2)] + [f"n{i},Nodule/Mass,8,R3,100,100,200,200"]  # one of three
        rows += [f"p{i},No finding,14,R{r},,,," for r in (1, 2, 3)]
        rows += [f"o{i},ILD,5,R{r},100,100,200,200" for r in (1, 2, 3)]  # abnormal, outside the vocabulary
    (tmp_path / "annotations_train.csv").write_text("\n".join(rows))
    names = [f"{letter}{i}" for i in range(9) for letter in ("", "n", "o", "p")]
    (tmp_path / "train_meta.csv").write_text("\n".join(["image_id,dim0,dim1", *(f"{name},2000,1000" for name in names)]))
    for name in names:
        (tmp_path / f"{name}.png").write_bytes(picture(name))  # whatever size the copy at hand has
    summary = build_corpus({"vindr": tmp_path}, tmp_path / "out")
    found = {one.image_id: one.findings for split in examples(tmp_path / "out").values() for one in split}
    assert all(found[str(i)][0].box.as_list() == [0.5, 0.0, 1.0, 0.5] for i in range(9))
    assert all(found[f"p{i}"] == () and f"n{i}" not in found for i in range(9))
    assert len(found) == 18
    assert summary.manifest["left_out"] == {"two readings of the film disagree": 9, "only disease outside the vocabulary": 9}


# Balance


def test_balance_keeps_every_urgent_film_and_the_ratio_of_normal_ones(folder):
    steps = build(folder, None, normals=0.5, most=10).manifest["steps"]
    before, after = steps["usable"], steps["balanced"]
    assert after["pneumothorax"] == before["pneumothorax"] == 12 and after["nodule_mass"] == before["nodule_mass"]
    assert after["no_finding"] == round(0.5 * (after["films"] - after["no_finding"]))
    assert 10 <= after["pleural_effusion"] < before["pleural_effusion"]


def test_without_a_limit_every_film_with_a_finding_stays(folder):
    steps = build(folder, None).manifest["steps"]
    assert all(steps["balanced"][finding.value] == steps["usable"][finding.value] for finding in Finding)


def test_another_seed_draws_other_normal_films_and_the_same_seed_the_same(folder, tmp_path):
    for name, seed in (("a", 1), ("b", 1), ("c", 2)):
        build(folder, tmp_path / name, normals=0.5, seed=seed)
    first, again, other = ({one.image_id for split in examples(tmp_path / name).values() for one in split} for name in "abc")
    assert first == again != other


# Splits


def test_no_patient_is_in_two_splits_and_nothing_is_lost(folder, tmp_path):
    summary = build(folder, tmp_path / "out")
    patients = defaultdict(set)
    for name, split in examples(tmp_path / "out").items():
        for one in split:
            patients[one.patient].add(name)
    assert all(len(names) == 1 for names in patients.values())
    splits = summary.manifest["splits"]
    assert sum(split["films"] for split in splits.values()) == summary.manifest["steps"]["balanced"]["films"]


@pytest.mark.parametrize("seed", range(3))
def test_every_label_gets_its_share_of_every_split(tmp_path, seed):
    labels = many(seed, 1500, rare=["Pneumothorax"] * 20 + ["Mass|Effusion"] * 10)
    manifest = build(nih(tmp_path / "nih", labels, films_of_a_patient=3), None, seed=seed).manifest
    whole = manifest["steps"]["balanced"]
    for name, share in (("validation", 0.1), ("test", 0.1)):
        for label in (*(finding.value for finding in Finding if whole[finding.value]), "no_finding", "films"):
            assert abs(manifest["splits"][name][label] - share * whole[label]) <= max(2, 0.02 * whole[label]), (name, label)


def test_a_rare_urgent_finding_is_in_every_split(tmp_path):
    labels = many(films=600, rare=["Pneumothorax"] * 3)  # a tenth of three is no film: shares alone would leave two splits without
    splits = build(nih(tmp_path / "nih", labels), None).manifest["splits"]
    assert [splits[name]["pneumothorax"] for name in SPLITS] == [1, 1, 1]


def test_a_fixed_test_set_is_whole_and_its_patients_are_nowhere_else(folder, tmp_path):
    listed = tmp_path / "test.csv"
    listed.write_text("image_id,patient_id\n00000003_000,\n00000010_000,\nelsewhere,17\n")
    summary = build(folder, tmp_path / "out", test_list=listed, normals=100)
    ids = {name: {one.image_id for one in split} for name, split in examples(tmp_path / "out").items()}
    assert ids["test"] <= {"00000003_000", "00000010_000"} and ids["test"]
    others = {name[:8] for name in ids["train"] | ids["validation"]}
    assert not others & {"00000003", "00000010", "00000017"}  # 17: a patient whose listed film is not even here
    assert summary.manifest["test_list"]["films"] == 3 and summary.manifest["test_list"]["found"] == 2
    assert summary.manifest["left_out"]["its patient is in the test set"] >= 2


@pytest.mark.parametrize("ending", ["", ".png", ".dcm"])  # as NIH's own list and other tools write names
def test_listed_names_count_with_the_ending_of_a_file_or_without(folder, tmp_path, ending):
    listed = tmp_path / "test.csv"
    listed.write_text(f"image_id,patient_id\n00000003_000{ending},\nelsewhere{ending},17{ending}\n")
    build(folder, tmp_path / "out", test_list=listed, normals=100)
    ids = {name: {one.image_id for one in split} for name, split in examples(tmp_path / "out").items()}
    assert ids["test"] == {"00000003_000"}
    assert not {name[:8] for name in ids["train"] | ids["validation"]} & {"00000003", "00000017"}


@pytest.mark.parametrize(
    "name, problem",
    [
        ("00000003-000", "lists 1 films, and none of them is in these data sets.*written as '00000000_000'"),  # other names altogether
        ("00000003_000", "test set would be empty. Left out: 1 no image"),  # its picture is not there
    ],
)
def test_a_test_list_that_takes_no_film_is_an_error(folder, tmp_path, name, problem):
    (folder / "images" / "00000003_000.png").unlink()
    listed = tmp_path / "test.csv"
    listed.write_text(f"image_id\n{name}\n")
    with pytest.raises(InputError, match=problem):
        build(folder, tmp_path / "out", test_list=listed)
    assert not (tmp_path / "out").exists()


def test_listed_films_that_cannot_be_used_are_not_counted_as_found(folder, tmp_path):
    (folder / "images" / "00000003_000.png").write_bytes(b"")
    listed = tmp_path / "test.csv"
    listed.write_text("image_id\n00000003_000\n00000010_000\n")
    summary = build(folder, None, test_list=listed)
    assert summary.manifest["test_list"]["films"] == 2 and summary.manifest["test_list"]["found"] == 1
    assert summary.manifest["splits"]["test"]["films"] == 1


def alike(folder: Path, first: str, second: str) -> list[str]:
    """Gives one film with the label `first` and one with `second` the same picture. Returns their names."""
    rows = [(row["Image Index"], row["Finding Labels"]) for row in csv.DictReader((folder / "Data_Entry.csv").open())]
    one = next(name for name, label in rows if label == first)
    other = next(name for name, label in rows if label == second and name[:8] != one[:8])
    (folder / "images" / other).write_bytes((folder / "images" / one).read_bytes())
    return [one[:-4], other[:-4]]


@pytest.mark.parametrize("labels", [("No Finding", "Nodule"), ("Pneumothorax", "Effusion")])  # an urgent film is no truth either way
def test_one_picture_with_contradictory_labels_teaches_nothing(folder, tmp_path, labels):
    names = alike(folder, *labels)
    summary = build(folder, tmp_path / "out", normals=100)
    found = {one.image_id for split in examples(tmp_path / "out").values() for one in split}
    assert not found & set(names) and summary.manifest["left_out"]["two readings of the film disagree"] == 2
    assert "the same film again" not in summary.manifest["left_out"]


def test_a_picture_that_is_left_out_has_taken_no_place_in_the_balance(folder):
    whole = build(folder, None, most=0).manifest["steps"]["balanced"]
    for path in [path for path in sorted((folder / "images").iterdir()) if path.stem.endswith("_001")][:100]:
        path.write_bytes(b"cut off")
    steps = build(folder, None).manifest["steps"]
    assert steps["balanced"]["films"] < whole["films"]
    assert steps["balanced"]["no_finding"] == steps["balanced"]["films"] - steps["balanced"]["no_finding"]  # the ratio holds at the end


def test_pictures_that_are_none_are_counted_and_named_and_join_no_patients(folder, tmp_path):
    for name, data in (("00000001_000", b""), ("00000002_000", b""), ("00000004_000", picture("cut")[:-40])):
        (folder / "images" / f"{name}.png").write_bytes(data)
    result = run("--data", f"nih={folder}", "--out", str(tmp_path / "out"), "--normals", "100")
    assert result.exit_code == 0, result.exception
    manifest = json.loads((tmp_path / "out" / "manifest.json").read_text())
    assert manifest["left_out"]["an image that can't be used"] == 3 and "the same film again" not in manifest["left_out"]
    assert list(manifest["unreadable"]) == ["nih/00000001_000", "nih/00000002_000", "nih/00000004_000"]
    assert "nih/00000004_000: " in result.output
    patients = {one.image_id: one.patient for split in examples(tmp_path / "out").values() for one in split}
    assert patients["00000001_001"] != patients["00000002_001"]


def test_one_picture_under_two_names_is_one_film_of_one_patient(folder, tmp_path):
    images = folder / "images"
    rows = {row["Image Index"]: row for row in csv.DictReader((folder / "Data_Entry.csv").open())}
    first, second = [name for name, row in rows.items() if row["Finding Labels"] == "Nodule"][:2]
    (images / second).write_bytes((images / first).read_bytes())
    listed = tmp_path / "test.csv"
    listed.write_text(f"image_id\n{second[:-4]}\n")
    summary = build(folder, tmp_path / "out", test_list=listed)
    found = {one.image_id: name for name, split in examples(tmp_path / "out").items() for one in split}
    assert found[second[:-4]] == "test" and first[:-4] not in found and summary.manifest["left_out"]["the same film again"] == 1
    assert not any(name.startswith(first[:8]) for name in found)  # the other name's patient is the test set's patient


def test_a_film_of_two_data_sets_is_taken_once_and_the_first_one_counts(folder, tmp_path):
    entries = {film.image_id: film for film in load_dataset("nih", folder)}
    normal = [film for film in entries.values() if film.normal][:2]
    layout = tmp_path / "films"
    layout.mkdir()
    said = zip(normal, ("Edema", "Nodule"), strict=True)  # the first set calls them abnormal, the second normal
    rows = [f"{film.image_id}.png,{film.image_id},{film.patient_id},{label}" for film, label in said]
    (layout / "manifest.csv").write_text("\n".join(["file,image_id,patient_id,native_labels", *rows]))
    (layout / f"{normal[1].image_id}.png").write_bytes(picture("another encoding of the picture"))
    summary = build_corpus({"films": layout, "nih": folder}, tmp_path / "out", Settings(normals=100))
    found = {one.image_id: one for split in examples(tmp_path / "out").values() for one in split}
    assert normal[0].image_id not in found and found[normal[1].image_id].dataset == "films"
    assert summary.manifest["left_out"]["the same film again"] == 2


def test_a_patient_in_two_splits_is_refused(tmp_path):
    spool = Spool(tmp_path / "films.sqlite", seed=0)
    for image_id, split in (("a", "train"), ("b", "test")):
        spool.add("nih", LabelledFilm(image_id, "7", "made up", tmp_path, normal=True), ())
        spool.db.execute("UPDATE films SET split = ? WHERE image_id = ?", (split, image_id))
    with pytest.raises(InputError, match="Patients in more than one split: 1"):
        check_disjoint(spool)
    spool.close()


def test_too_few_patients_for_a_split_is_an_error(tmp_path):
    with pytest.raises(InputError, match="No film is left for the split 'validation'"):
        build(nih(tmp_path / "nih", ["Nodule", "Nodule"]), None)


@pytest.mark.parametrize("pair", [("nih", "rsna"), ("films", "chestx-det"), ("siim", "rsna")])  # the same people under other names
def test_sets_that_share_patients_under_other_names_are_not_mixed(tmp_path, pair):
    with pytest.raises(InputError, match="same patients under different names"):
        build_corpus({name: tmp_path for name in pair}, None)


# Files


def test_a_corpus_reads_back_and_its_manifest_says_where_it_comes_from(folder, tmp_path):
    summary = build(folder, tmp_path / "out")
    manifest = json.loads((tmp_path / "out" / "manifest.json").read_text())
    read = examples(tmp_path / "out")
    assert {name: len(split) for name, split in read.items()} == {name: manifest["splits"][name]["films"] for name in SPLITS}
    assert all(image_bytes(one.image) == picture(one.image.name) for one in read["test"])
    (source,) = manifest["sources"]
    assert source["licence"].startswith("NIH Clinical Center") and set(source["sha256"]) == {"Data_Entry.csv", "BBox_List.csv"}
    assert set(manifest["sha256"]) == {f"{name}.jsonl" for name in SPLITS} and manifest["settings"]["seed"] == Settings().seed
    assert list(manifest["steps"]) == ["read", "usable", "each picture once", "balanced"]
    assert corpus_prompt(tmp_path / "out") == summary.manifest["prompt"]["text"] and "$" not in manifest["prompt"]["text"]
    counted = Counter(
        one.finding.value for split in read.values() for film in split for one in {f.finding: f for f in film.findings}.values()
    )
    assert all(counted[finding.value] == manifest["steps"]["balanced"][finding.value] for finding in Finding)


@pytest.mark.parametrize(
    "line, problem",
    [
        ("{", "JSONDecodeError"),  # cut off
        ('{"id": "a"}', "KeyError"),  # fields missing
        ("[1]", "TypeError"),  # no object
    ],
)
def test_a_bad_line_is_named(folder, tmp_path, line, problem):
    build(folder, tmp_path / "out")
    path = tmp_path / "out" / "test.jsonl"
    path.write_text("\n" + line + "\n")
    with pytest.raises(InputError, match=f"test.jsonl, line 2: .*{problem}"):
        list(read_corpus(tmp_path / "out", "test"))


def test_a_target_that_was_changed_by_hand_is_named(folder, tmp_path):
    build(folder, tmp_path / "out")
    path = tmp_path / "out" / "train.jsonl"
    path.write_text(path.read_text().replace("no_finding", "cardiomegaly", 1))
    with pytest.raises(InputError, match="its target does not say what its findings say"):
        list(read_corpus(tmp_path / "out", "train"))


def test_a_failure_leaves_nothing_behind(folder, tmp_path, monkeypatch):
    written = []

    def fails(film, folder):
        written.append(film)
        if len(written) > 20:
            raise OSError(28, "No space left on device")
        return {}

    monkeypatch.setattr(write, "line_of", fails)
    with pytest.raises(InputError, match="No space left"):
        build(folder, tmp_path / "made" / "out")
    assert len(written) > 20 and list((tmp_path / "made").iterdir()) == []


def test_a_picture_that_is_gone_is_named_and_nothing_is_written(tmp_path):
    (tmp_path / "manifest.csv").write_text("file,image_id,patient_id,native_labels\n512/a.jpg,a,1,Mass\n")
    with pytest.raises(InputError, match="a.jpg can't be read"):
        build_corpus({"films": tmp_path}, tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_a_corpus_is_never_written_over(folder, tmp_path):
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "mine.txt").write_text("mine")
    with pytest.raises(InputError, match="is not empty"):
        build(folder, tmp_path / "out")
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["mine.txt"]


# The command


def run(*arguments: str):
    return CliRunner().invoke(app, ["corpus", *arguments])


def test_a_dry_run_prints_the_counts_and_writes_nothing(folder, tmp_path):
    dry = run("--data", f"nih={folder}", "--out", str(tmp_path / "out"), "--dry-run")
    assert dry.exit_code == 0 and not (tmp_path / "out").exists() and sorted(path.name for path in tmp_path.iterdir()) == ["nih"]
    real = run("--data", f"nih={folder}", "--out", str(tmp_path / "out"))
    assert real.exit_code == 0 and real.output.splitlines()[:-1] == dry.output.splitlines()[:-1]
    assert "Nothing was written (dry run)." in dry.output and "only disease outside the vocabulary" in dry.output


@pytest.mark.parametrize(
    "arguments, problem",
    [
        (["--data", "nih"], "Write NAME=FOLDER"),  # no folder
        (["--data", "unicorn=x"], "no dataset named 'unicorn'"),  # unknown
        (["--data", "nih=nowhere"], "does not exist"),  # missing
        (["--data", "nih=a", "--data", "nih=b"], "given twice"),  # one after the other
        (["--data", "nih=a", "--votes", "most"], "any, majority, all"),  # no vote
        (["--data", "nih=a", "--unboxed", "no"], "keep, urgent, drop"),  # no choice
        (["--data", "nih=a", "--validation", "0.6", "--test", "0.5"], "below 1"),  # nothing left for training
        (["--data", "nih=a", "--test-list", "t.csv", "--test", "0.1"], "--test-list or --test"),  # two test sets
        (["--data", "nih=a", "--normals", "-1"], "normals must be a number of at least 0"),  # fewer than none
        (["--data", "nih=a", "--normals", "nan"], "normals must be a number of at least 0"),  # no number
        (["--data", "nih=a", "--normals", "inf"], "a large number takes all"),  # no count comes of it
    ],
)
def test_wrong_options_say_how_to_mend_them(arguments, problem):
    result = run(*arguments)
    assert isinstance(result.exception, InputError) and problem in str(result.exception)


def test_a_source_of_boxes_that_is_none_is_named_with_those_that_are(folder):
    wrong = run("--data", f"nih={folder}", "--dry-run", "--without", "NIH")
    assert isinstance(wrong.exception, InputError) and "The sources are NIH BBox_List_2017." in str(wrong.exception)
    right = run("--data", f"nih={folder}", "--dry-run", "--without", "NIH BBox_List_2017")
    assert right.exit_code == 0 and "\n    0  boxes taught" in right.output


def test_the_help_names_every_source_of_boxes():
    said = " ".join(run("--help").output.split()).replace("│ ", "").replace(" │", "")
    named = {module.SOURCE for module in (chestxdet, rsna, siim, vindr)} | {"RSNA_2018", "NIH_BBox_List_2017", "NIH BBox_List_2017"}
    assert all(source in said for source in named), said


def test_a_set_with_one_labelled_finding_says_what_would_take_it(tmp_path):
    (tmp_path / "train-rle.csv").write_text("ImageId,EncodedPixels\n" + "".join(f"f{i},10 20\n" for i in range(4)))
    for i in range(4):
        (tmp_path / f"f{i}.png").write_bytes(picture(str(i)))
    with pytest.raises(InputError, match="4 not every finding is known. --partial takes films"):
        build_corpus({"siim": tmp_path}, None)


@pytest.mark.parametrize("kind", ["file", "link", "here", "above"])
def test_a_place_that_no_corpus_can_be_written_to_is_refused_before_the_work(tmp_path, monkeypatch, kind):
    monkeypatch.chdir(tmp_path)
    Path("real").mkdir()
    Path("file").write_text("mine")
    Path("link").symlink_to("real")
    out = {"here": Path("."), "above": Path("real/..")}.get(kind, Path(kind))
    with pytest.raises(InputError, match="must be new or an empty folder"):
        build_corpus({"nih": tmp_path / "no data set, which nobody asked for yet"}, out)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["file", "link", "real"]


def test_real_films_with_the_available_boxes(shared, tmp_path):
    data = shared / "data" / "nih"
    if not (data / "manifest.csv").is_file():
        pytest.skip("no NIH films beside this checkout")
    result = run("--data", f"films={data}", "--out", str(tmp_path / "out"), "--unboxed", "urgent", "--normals", "0.2")
    assert result.exit_code == 0, result.exception
    print(result.output)
    manifest = json.loads((tmp_path / "out" / "manifest.json").read_text())
    assert manifest["steps"]["balanced"]["pneumothorax"] == manifest["steps"]["usable"]["pneumothorax"] > 0
    for name in SPLITS:
        assert all(manifest["splits"][name][finding.value] for finding in Finding)
    assert "RSNA 2018 challenge" in result.output  # boxes that come under terms of their own

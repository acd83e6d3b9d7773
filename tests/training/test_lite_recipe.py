"""The lite reader's recipe: data, augmentation, network, training loop, export, calibration, figures, boxes."""

import csv
import json
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

torch = pytest.importorskip("torch", reason="training needs torch")
pytest.importorskip("onnx", reason="training needs onnx")

from sklearn.metrics import roc_auc_score  # noqa: E402

from cxr_auditor.errors import InputError  # noqa: E402
from cxr_auditor.findings import Finding  # noqa: E402
from cxr_auditor.geometry import Box  # noqa: E402
from cxr_auditor.images import Radiograph  # noqa: E402
from cxr_auditor.readers.lite import LiteReader, Network, to_square  # noqa: E402
from cxr_auditor.training.lite import __main__ as command  # noqa: E402
from cxr_auditor.training.lite import boxes, calibrate, data, export, figures  # noqa: E402
from cxr_auditor.training.lite.augment import augment, mixed  # noqa: E402
from cxr_auditor.training.lite.members import Member  # noqa: E402
from cxr_auditor.training.lite.model import LiteNet, evened, pooled  # noqa: E402
from cxr_auditor.training.lite.train import Recipe, Stage, train_member  # noqa: E402

HEADER = ["file", "image_id", "patient_id", "view", "native_labels", "six_labels", "rsna_class", "width", "origin", "split_group"]
TINY = (8, 8, 8, 16, 16)


@pytest.fixture(autouse=True)
def one_thread():
    torch.set_num_threads(1)


def net_of(seed: int, outputs: int = len(data.OUTPUTS), widths=TINY, **options) -> LiteNet:
    """A network with random weights and random running statistics, so that nothing is a no-op."""
    torch.manual_seed(seed)
    net = LiteNet(outputs, widths, **options).train()
    with torch.no_grad():
        for parameter in net.parameters():
            if parameter.ndim == 1:
                parameter.add_(0.3 * torch.randn_like(parameter))
        for _ in range(3):
            net(torch.rand(8, 1, 64, 64) * 255)
    return net.eval()


@pytest.fixture
def folder(tmp_path) -> Path:
    """A data folder of 400 synthetic films of 200 patients: a bright disc on one side is an effusion, none is no finding."""
    rng = np.random.default_rng(0)
    (tmp_path / "512").mkdir()
    rows, drawn = [], []
    for i in range(400):
        film = rng.normal(110, 12, (96, 80)).clip(0, 255).astype(np.uint8)
        labels = [name for j, name in enumerate(data.TARGETS[:5]) if (i // 2) % 6 == j]
        for name in labels:
            j = data.TARGETS.index(name)
            cv2.circle(film, (20 + 40 * (i % 2), 15 + 15 * j), 9, 230, -1)
            drawn.append([f"f{i}", boxes.SOURCE, name, name, (11 + 40 * (i % 2)) / 80, (6 + 15 * j) / 96, 18 / 80, 18 / 96, "1024"])
        cv2.imwrite(str(tmp_path / "512" / f"f{i}.jpg"), film)
        six = "|".join(labels) or "no_finding"
        rows.append([f"512/f{i}.jpg", f"f{i}", str(i // 2), "PA" if i % 3 else "AP", "No Finding", six, "", "80", "made", "512"])
    write(tmp_path / "manifest.csv", HEADER, rows)
    write(tmp_path / "boxes.csv", ["image_id", "source", "label", "six", "x", "y", "w", "h", "res"], drawn)
    return tmp_path


def write(path: Path, header, rows):
    with path.open("w", newline="") as stream:
        csv.writer(stream).writerows([header, *rows])


# data


def test_the_split_is_by_patient_and_about_the_stated_share():
    held = [data.is_validation(str(patient)) for patient in range(5000)]
    assert abs(np.mean(held) - data.VALIDATION_PERCENT / 100) < 0.02
    assert held[:40] == [data.is_validation(str(patient)) for patient in range(40)]


def test_manifest_and_targets(folder):
    films = data.read_manifest(folder)
    labels, mask = data.targets(films)
    assert labels.shape == mask.shape == (400, len(data.OUTPUTS))
    assert labels[0, data.OUTPUTS.index("pleural_effusion")] == 1
    assert labels[:, data.OUTPUTS.index("AP")].sum() == sum(film.view == "AP" for film in films)
    assert mask.min() == 1


def test_an_unknown_view_is_masked(folder):
    films = data.read_manifest(folder)
    unknown = [data.Film(**{**vars(films[0]), "view": ""})]
    assert data.targets(unknown)[1][0, data.OUTPUTS.index("AP")] == 0


def test_rare_labels_are_drawn_more_often(folder):
    films = data.read_manifest(folder)
    labels, _ = data.targets(films)
    weights = data.sampling_weights(films, labels)
    assert weights.sum() == pytest.approx(1)
    thinned = [i for i in range(400) if labels[i, 1] == 0 or i < 40]  # fewer pneumothoraces
    weights = data.sampling_weights([films[i] for i in thinned], labels[thinned])
    rare = labels[thinned, 1] > 0
    assert weights[rare].min() > weights[~rare].max()


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (lambda folder: (folder / "manifest.csv").unlink(), "manifest.csv does not exist"),  # wrong folder
        (lambda folder: write(folder / "manifest.csv", HEADER[:-1], []), "lacks the columns split_group"),  # an older manifest
        (lambda folder: (folder / "512" / "f3.jpg").unlink(), "512/f3.jpg of the manifest"),  # incomplete copy
        (lambda folder: (folder / "512" / "f3.jpg").write_bytes(b"no image"), "512/f3.jpg can't be decoded"),  # damaged copy
    ],
)
def test_a_bad_data_folder_is_named(folder, spoil, said):
    spoil(folder)
    with pytest.raises(InputError, match=said):
        store = data.FilmStore(folder)
        [store(film) for film in data.read_manifest(folder)]


# augmentation


@settings(max_examples=30, deadline=None)
@given(st.integers(64, 300), st.integers(64, 300), st.sampled_from([64, 96, 128]), st.integers(0, 2**32 - 1))
def test_augmentation_keeps_shape_and_range_of_any_film(height, width, side, seed):
    film = np.random.default_rng(seed).integers(0, 256, (height, width), dtype=np.uint8)
    out = augment(film, side, np.random.default_rng(seed))
    assert out.shape == (side, side) and out.dtype == np.float32 and np.isfinite(out).all()
    assert np.array_equal(out, augment(film, side, np.random.default_rng(seed)))  # the seed decides


def test_mixup_blends_films_and_labels_alike():
    rng = np.random.default_rng(0)
    films = np.stack([np.full((4, 4), value, np.float32) for value in (0, 100, 200, 255)])
    labels = films[:, 0, :2] / 255
    mask = np.array([[1, 1], [1, 0], [1, 1], [1, 1]], np.float32)
    out, soft, known = mixed(films, labels, mask, rng, share=1.0)
    assert np.allclose(out[:, 0, :2] / 255, soft)
    assert (known[:, 0] == 1).all() and known[1, 1] == 0
    assert mixed(films, labels, mask, rng, share=0.0)[0] is films


# network and export


def test_pooling_lies_between_mean_and_maximum():
    maps = torch.randn(2, 3, 4, 4)
    value = pooled(maps, 4.0)
    assert (value >= maps.mean((2, 3)) - 1e-5).all() and (value <= maps.amax((2, 3)) + 1e-5).all()
    assert torch.allclose(pooled(torch.full((1, 1, 4, 4), 2.0), 4.0), torch.tensor([[2.0]]))


def test_evened_takes_brightness_and_contrast_of_the_surroundings_away():
    texture = torch.sin(torch.arange(128.0) * 1.7)[None, None, None, :].expand(1, 1, 128, 128)
    shade = torch.linspace(-2, 2, 128)[None, None, :, None]
    flat = evened(texture)
    assert (evened(texture + shade) - flat).abs().mean() < 0.15 * flat.abs().mean()  # a slow change of brightness
    assert evened(2 * texture).std() < 1.25 * flat.std()  # twice the contrast
    assert evened(torch.zeros(1, 1, 64, 64)).abs().max() == 0  # a blank film stays finite


@pytest.mark.parametrize(
    ("members", "side"),
    [
        ([{}], 64),  # one plain member
        ([{}, {"contrast": True}], 96),  # two that see different things
        ([{}, {"contrast": True}, {"widths": (8, 16, 16, 16, 24)}], 160),  # three, of different widths
    ],
)
def test_the_exported_file_answers_like_the_network(tmp_path, members, side):
    network = export.ensemble([net_of(seed, **options) for seed, options in enumerate(members)])
    data_of_file = export.export(network, side, tmp_path / "net.onnx")
    assert b".py" not in data_of_file  # no trace of the machine that made it
    answer = Network(data_of_file)
    film = np.random.default_rng(side).integers(0, 256, (150, 120), dtype=np.uint8)
    logits, maps = answer(film, side)
    with torch.no_grad():
        expected, places = network(torch.from_numpy(to_square(film, side)).float()[None, None])
    assert np.abs(logits - expected[0].numpy()).max() < 1e-3
    assert np.abs(maps - places[0].numpy()).max() < 1e-3
    assert np.abs(logits).max() > 1e-2  # not two zeros that agree


def test_eight_bit_weights_change_little_and_leave_the_members_alone():
    members = [net_of(seed, widths=(16, 16, 32, 48, 64)) for seed in range(2)]
    before = [member.head.weight.clone() for member in members]
    film = torch.rand(1, 1, 96, 96) * 255
    with torch.no_grad():
        both = torch.cat([film, film.flip(3)])
        exact = export.mix(export._LOGITS) @ torch.stack([member(both)[0] for member in members]).mean((0, 1))
        shipped = export.ensemble(members)(film)[0][0]
    assert torch.allclose(exact, shipped, atol=0.05)
    assert all(torch.equal(old, member.head.weight) for old, member in zip(before, members, strict=True))


def test_a_mirrored_film_gets_the_same_logits_and_mirrored_maps():
    network = export.ensemble([net_of(0)])
    film = torch.rand(1, 1, 96, 96) * 255
    with torch.no_grad():
        logits, maps = network(film)
        mirrored, mirrored_maps = network(film.flip(3))
    assert torch.allclose(logits, mirrored, atol=1e-4)
    assert torch.allclose(maps, mirrored_maps.flip(3), atol=1e-4)


# training


def test_training_learns_and_is_repeatable(folder):
    films = data.read_manifest(folder)
    store = data.FilmStore(folder)
    pixels = [store(film) for film in films]
    labels, mask = data.targets(films)
    weights = data.sampling_weights(films, labels)
    recipe = Recipe(stages=(Stage(32, 4), Stage(48, 4)), widths=TINY, batch=32, mixup=0.3, rate=4e-3)
    said = []
    nets = [train_member(pixels, labels, mask, weights, recipe, seed=3, say=said.append) for _ in range(2)]
    for a, b in zip(*(net.state_dict().values() for net in nets), strict=True):
        assert torch.equal(a, b)
    reports = [json.loads(line) for line in said[: len(said) // 2]]
    assert reports[-1]["loss"] < reports[0]["loss"]
    assert [report["side"] for report in reports] == [32] * 4 + [48] * 4


@pytest.mark.slow
def test_from_films_to_card(folder, tmp_path, capsys, monkeypatch):
    recipe = Recipe(stages=(Stage(32, 1), Stage(64, 1)), widths=TINY, batch=32)
    taught = replace(recipe, stages=(Stage(64, 0.5),), teacher=0.5)
    members = (Member("tiny", seed=0, recipe=recipe), Member("taught", seed=1, recipe=taught, start="tiny", teachers=("tiny",)))
    monkeypatch.setattr(command, "MEMBERS", members)
    monkeypatch.setattr(command, "SHIPPED", ("tiny", "taught"))
    monkeypatch.setattr(command, "SIDE", 64)
    out = tmp_path / "out"
    assert command.main(["--data", str(folder), "--out", str(out)]) == 0
    assert sorted(path.stem for path in (out / "members").iterdir()) == ["taught", "tiny"]
    card = (out / "MODEL_CARD.md").read_text()
    assert "nihcc.app.box.com" in card
    assert LiteReader(out).revision in card
    reading = LiteReader(out).read(Radiograph(data.FilmStore(folder)(data.read_manifest(folder)[0])))
    assert set(reading.scores) == set(data.TARGETS)

    capsys.readouterr()
    (out / "MODEL_CARD.md").unlink()
    measured = (out / "figures.json").read_text()
    assert command.main(["evaluate", "--data", str(folder), "--out", str(out)]) == 0
    assert (out / "figures.json").read_text() == measured  # the same figures from the same file
    assert (out / "MODEL_CARD.md").read_text() == card


def test_a_wrong_folder_ends_the_command_with_a_sentence(tmp_path, capsys):
    assert command.main(["--data", str(tmp_path), "--out", str(tmp_path / "out")]) == 2
    assert "manifest.csv does not exist" in capsys.readouterr().err


# calibration and figures


@pytest.mark.parametrize("seed", range(4))
def test_borders_keep_their_promises_in_every_large_group(seed):
    rng = np.random.default_rng(seed)
    positive = rng.random(3000) < 0.15
    groups = np.where(rng.random(3000) < 0.3, "512", "128")
    logits = rng.normal(size=3000) + 1.5 * positive + (groups == "512")
    fit = calibrate.calibrate(logits, positive, groups)
    p = fit.probability(logits)
    for part in (groups == "128", groups == "512", groups != ""):
        assert np.mean(p[part & ~positive] >= fit.present) <= 0.05
        assert np.mean(p[part & positive] < fit.absent) <= 0.05
    assert fit.absent <= fit.present
    assert abs(p.mean() - positive.mean()) < 0.01


def test_a_perfect_label_leaves_no_overlap_of_zones():
    positive = np.arange(400) % 4 == 0
    fit = calibrate.calibrate(np.where(positive, 3.0, -3.0) + np.linspace(0, 1, 400), positive, np.full(400, "512"))
    assert fit.absent <= fit.present


def test_a_label_that_was_not_learned_gets_its_prevalence():
    positive = np.arange(200) % 5 == 0
    fit = calibrate.calibrate(np.where(positive, -1.0, 1.0), positive, np.full(200, "512"))
    assert fit.probability(np.array([-9.0, 9.0])) == pytest.approx([0.2, 0.2], abs=1e-6)


@settings(max_examples=50, deadline=None)
@given(hnp.arrays(bool, 40), hnp.arrays(np.int8, 40))
def test_auroc_agrees_with_scikit_learn(positive, score):
    if positive.all() or not positive.any():
        assert np.isnan(figures.auroc(positive, score))
    else:
        assert figures.auroc(positive, score) == pytest.approx(roc_auc_score(positive, score))


def test_intervals_are_by_patient_and_seeded():
    value = np.repeat(np.random.default_rng(0).normal(size=20), 30)  # 30 alike films each of 20 patients

    def mean(drawn):
        return float(value[drawn].mean())

    by_patient = figures.with_interval(mean, np.repeat(np.arange(20), 30))
    by_film = figures.with_interval(mean, np.arange(600))
    assert by_patient["high"] - by_patient["low"] > 3 * (by_film["high"] - by_film["low"])
    assert by_patient == figures.with_interval(mean, np.repeat(np.arange(20), 30))


@pytest.mark.parametrize(
    ("found", "reference", "expected"),
    [
        ([], [Box(0, 0, 1, 1)], 0.0),  # nothing found
        ([Box(0, 0, 0.5, 0.5), Box(0, 0, 1, 1)], [Box(0, 0, 1, 1)], 1.0),  # the best one counts
        ([Box(0, 0, 0.5, 0.5)], [Box(0.5, 0.5, 1, 1)], 0.0),  # side by side
    ],
)
def test_best_iou(found, reference, expected):
    assert figures.best_iou(found, reference) == expected


def test_calibration_error_of_a_constant_is_its_distance_from_the_rate():
    positive = np.arange(100) % 4 == 0
    assert figures.calibration_error(positive, np.full(100, 0.75), bins=1) == pytest.approx(0.5)


def test_zone_rates():
    zone = np.array(["present", "absent", "uncertain", "present"])
    rates = figures.zone_rates(np.array([True, True, False, False]), zone)
    assert [rates[f"positives_{level}"] for level in ("present", "uncertain", "absent")] == [0.5, 0, 0.5]
    assert [rates[f"negatives_{level}"] for level in ("present", "uncertain", "absent")] == [0.5, 0.5, 0]


def drawn_films(finding: Finding) -> list[boxes.Drawn]:
    """Eight films with a hot cell each and a box of 0.3 x 0.2 around it."""
    films = []
    for k in range(8):
        cells = np.random.default_rng(k).normal(0, 0.1, (8, 8)).astype(np.float32)
        cells[2 + k % 4, 1 + k % 2] += 5
        y, x = (2.5 + k % 4) / 8, (1.5 + k % 2) / 8
        films.append(boxes.Drawn(cells, (Box(y - 0.15, x - 0.1, y + 0.15, x + 0.1),)))
    return films


def test_the_box_rules_find_place_and_size_of_what_was_drawn():
    normal = boxes.Normal.of(np.random.default_rng(0).normal(0, 0.1, (50, 8, 8)).astype(np.float32))
    rules, reached = boxes.choose_rules({finding: drawn_films(finding) for finding in Finding}, dict.fromkeys(Finding, normal))
    assert set(rules) == set(Finding)
    nodules = reached["nodule_mass"]
    assert nodules["films"] == 8 and nodules["peak_inside"] == nodules["side_right"] == 1.0 and nodules["mean_iou"] > 0.6
    rule = rules[Finding.NODULE_MASS]
    assert (rule.height, rule.width) == pytest.approx((0.3, 0.2))
    assert rule.place == pytest.approx(rule.place[:, ::-1], abs=1e-5)  # either side alike
    assert rule.place[6, 3] > rule.place[15, 8] + 2  # where boxes were, and where none was


def test_mixes_are_of_known_outputs_and_of_one_scale():
    for table in (export._LOGITS, export._MAPS):
        assert list(table) == list(data.TARGETS)
        assert torch.allclose(export.mix(table).abs().sum(1), torch.ones(len(data.TARGETS)))

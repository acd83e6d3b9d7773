"""Localisation: IoU and average precision against pycocotools, matching against brute force, and the test that shuffling collapses it."""

import contextlib
import io
import itertools
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cxr_auditor.evaluation.metrics import FilmBoxes, average_precision, localise
from cxr_auditor.evaluation.metrics.localisation import RankedBoxes, localisation_figures, match_boxes
from cxr_auditor.evaluation.metrics.published import pooled_localisation
from cxr_auditor.geometry import Box, iou


def random_box(random) -> Box:
    y0, x0 = random.uniform(0, 0.6, 2)
    height, width = random.uniform(0.05, 0.4, 2)
    return Box(y0, x0, y0 + height, x0 + width)


def random_films(seed, films=40, scores=True) -> list[FilmBoxes]:
    random = np.random.default_rng(seed)
    made = []
    for _ in range(films):
        truth = tuple(random_box(random) for _ in range(random.integers(0, 4)))
        near = [t for t in truth if random.random() < 0.7]
        moved = [Box(b.y0, b.x0, b.y0 + b.height * random.uniform(0.5, 1), b.x0 + b.width * random.uniform(0.5, 1)) for b in near]
        predicted = (*moved, *(random_box(random) for _ in range(random.integers(0, 3))))
        made.append(FilmBoxes(truth, predicted, tuple(random.random(len(predicted))) if scores and predicted else ()))
    return made


def figures(films, weights=None):
    return localisation_figures(localise(films), np.ones(len(films)) if weights is None else weights)


@pytest.mark.parametrize("threshold", [0.3, 0.5, 0.75])
@pytest.mark.parametrize("seed", range(4))
def test_average_precision_equals_pycocotools(seed, threshold):
    coco = pytest.importorskip("pycocotools.coco", reason="pycocotools is the independent implementation")
    from pycocotools.cocoeval import COCOeval

    films = random_films(seed)

    def xywh(box):
        return [box.x0 * 1000, box.y0 * 1000, box.width * 1000, box.height * 1000]

    truth, predicted = [], []
    for place, film in enumerate(films):
        for box in film.truth:
            number = {"id": len(truth) + 1, "image_id": place, "category_id": 1}
            truth.append(number | {"bbox": xywh(box), "area": box.area * 1e6, "iscrowd": 0})
        for box, score in zip(film.predicted, film.scores, strict=True):
            predicted.append({"image_id": place, "category_id": 1, "bbox": xywh(box), "score": score})
    with contextlib.redirect_stdout(io.StringIO()):
        gold = coco.COCO()
        gold.dataset = {"images": [{"id": i} for i in range(len(films))], "annotations": truth, "categories": [{"id": 1}]}
        gold.createIndex()
        evaluator = COCOeval(gold, gold.loadRes(predicted), "bbox")
        evaluator.params.iouThrs = np.array([threshold])
        evaluator.evaluate()
        evaluator.accumulate()
    expected = evaluator.eval["precision"][0, :, 0, 0, -1].mean()
    assert average_precision(films, threshold) == pytest.approx(expected, abs=1e-9)


def test_iou_equals_pycocotools():
    mask = pytest.importorskip("pycocotools.mask", reason="pycocotools is the independent implementation")
    random = np.random.default_rng(0)
    a, b = [[random_box(random) for _ in range(20)] for _ in range(2)]

    def xywh(boxes):
        return np.array([[box.x0, box.y0, box.width, box.height] for box in boxes])

    expected = mask.iou(xywh(a), xywh(b), [0] * 20)
    assert np.allclose([[iou(x, y) for y in b] for x in a], expected)


corner = st.integers(0, 4).map(lambda v: v / 4)  # a coarse grid, so that ties and empty boxes are common
box = st.tuples(corner, corner, corner, corner).map(lambda v: Box(min(v[0], v[2]), min(v[1], v[3]), max(v[0], v[2]), max(v[1], v[3])))


@settings(max_examples=200, deadline=None)
@given(st.lists(box, max_size=4), st.lists(box, max_size=4), st.sampled_from([1e-9, 0.3, 0.5]))
def test_matching_is_one_to_one_and_greedy(predicted, truth, threshold):
    pairs = match_boxes(predicted, truth, threshold)
    assert len({i for i, _, _ in pairs}) == len({j for _, j, _ in pairs}) == len(pairs)
    assert all(overlap == iou(predicted[i], truth[j]) >= threshold for i, j, overlap in pairs)
    free_p, free_t = set(range(len(predicted))), set(range(len(truth)))
    for _, _, overlap in pairs:  # by brute force: each step takes the best that is left
        assert overlap == max(iou(predicted[i], truth[j]) for i, j in itertools.product(free_p, free_t))
        done = next((i, j) for i, j, o in pairs if o == overlap and i in free_p and j in free_t)
        free_p.discard(done[0])
        free_t.discard(done[1])
    assert all(iou(predicted[i], truth[j]) < threshold for i, j in itertools.product(free_p, free_t))


def test_matching_prefers_the_higher_overlap():
    truth = [Box(0, 0, 0.5, 0.5)]
    predicted = [Box(0, 0, 0.5, 0.4), Box(0, 0, 0.5, 0.5)]
    assert match_boxes(predicted, truth, 0.3) == [(1, 0, 1.0)]


def test_threshold_is_inclusive():
    assert match_boxes([Box(0, 0, 1, 0.5)], [Box(0, 0, 1, 1)], 0.5)


def test_figures_hand_checked():
    whole, half, far = Box(0, 0, 0.4, 0.4), Box(0, 0, 0.4, 0.2), Box(0.8, 0.8, 0.9, 0.9)
    films = [
        FilmBoxes(truth=(whole,), predicted=(half,)),  # IoU 0.5
        FilmBoxes(truth=(whole, far), predicted=(far, Box(0.5, 0, 0.6, 0.1)), scores=(0.2, 0.9)),  # one found; the best-scored is wrong
        FilmBoxes(truth=(), predicted=(far,)),  # a false alarm on a film without the finding
        FilmBoxes(truth=(whole,), predicted=()),  # nothing said
    ]
    got = figures(films)
    assert got["rate@0.5"] == pytest.approx(2 / 4) and got["precision@0.5"] == pytest.approx(2 / 4)
    assert got["mean_iou"] == pytest.approx((0.5 + 1 + 0 + 0) / 4)
    assert got["pointing"] == pytest.approx(1 / 3) and got["film_rate@0.3"] == pytest.approx(2 / 3)


def test_undefined_where_there_is_nothing():
    got = figures([FilmBoxes(), FilmBoxes(predicted=(Box(0, 0, 1, 1),))])
    assert math.isnan(got["rate@0.3"]) and math.isnan(got["mean_iou"]) and got["precision@0.3"] == 0
    silent = [FilmBoxes(truth=(Box(0, 0, 1, 1),))]
    assert average_precision(silent) == 0 and figures(silent)["rate@0.3"] == 0 and math.isnan(figures(silent)["precision@0.3"])
    assert math.isnan(average_precision([FilmBoxes()]))


@settings(max_examples=100, deadline=None)
@given(
    st.lists(st.tuples(st.lists(box, max_size=3), st.lists(st.tuples(box, st.sampled_from([0.2, 1.0])), max_size=3)), max_size=6),
    st.randoms(use_true_random=False),
)
def test_average_precision_does_not_depend_on_the_order_of_films_or_boxes(rows, random):
    def made(rows):
        return [FilmBoxes(tuple(t), tuple(b for b, _ in p), tuple(s for _, s in p)) for t, p in rows]

    mixed = [(random.sample(t, len(t)), random.sample(p, len(p))) for t, p in random.sample(rows, len(rows))]
    assert average_precision(made(rows)) == pytest.approx(average_precision(made(mixed)), nan_ok=True)


def test_boxes_of_one_score_are_one_step():
    found, wrong = FilmBoxes((Box(0, 0, 1, 1),), (Box(0, 0, 1, 1),)), FilmBoxes((Box(0, 0, 1, 1),), (Box(0, 0, 0.1, 0.1),))
    assert average_precision([found, wrong]) == average_precision([wrong, found]) == pytest.approx(0.5 * 51 / 101)


def test_weights_equal_repetition():
    films = random_films(7, films=12, scores=True)
    weights = np.random.default_rng(0).integers(0, 4, 12)
    repeated = [film for film, n in zip(films, weights, strict=True) for _ in range(n)]
    assert figures(films, weights) == pytest.approx(figures(repeated))
    assert RankedBoxes(films, 0.5).average_precision(weights.astype(float)) == pytest.approx(average_precision(repeated))


def test_a_centre_on_the_edge_lies_inside():
    assert figures([FilmBoxes((Box(0, 0, 0.5, 0.5),), (Box(0.4, 0.4, 0.6, 0.6),))])["pointing"] == 1


def test_precision_is_counted_where_boxes_were_looked_for():
    place = Box(0, 0, 1, 1)
    films = [FilmBoxes((place,), (place,)), FilmBoxes((), (place,)), FilmBoxes((place,), (place,))]
    got = localisation_figures(localise(films), np.ones(3), np.array([True, True, False]))
    assert got["precision@0.5"] == 0.5 and got["rate@0.5"] == 1


def shuffled(films):
    """Predictions handed to the next film: nobody's box is compared with its own film any more."""
    return [FilmBoxes(film.truth, films[i - 1].predicted, films[i - 1].scores) for i, film in enumerate(films)]


def test_shuffling_predictions_between_patients_collapses_every_figure_but_the_published_ones():
    places = [Box(y / 8, x / 8, y / 8 + 0.1, x / 8 + 0.1) for y in range(8) for x in range(8)]  # each patient's lesion in its own place
    films = [FilmBoxes((place,), (place,)) for place in places]
    before, after = figures(films), figures(shuffled(films))
    for name, value in before.items():
        assert value == pytest.approx(1), name
        assert after[name] < 0.1, name
    assert average_precision(films) == pytest.approx(1) and average_precision(shuffled(films)) < 0.1
    assert pooled_localisation(films) == pooled_localisation(shuffled(films))
    assert pooled_localisation(shuffled(films))["rate@0.5"] == 1  # a box on one patient "finds" another's lesion


def test_shuffling_pulls_realistic_boxes_down_to_chance_while_published_figures_stand_still():
    films = [film for film in random_films(3, films=120) if film.truth]
    before, after = figures(films), figures(shuffled(films))
    assert all(after[name] < 0.5 * before[name] for name in before if name != "pointing")
    assert pooled_localisation(films) == pytest.approx(pooled_localisation(shuffled(films)))

"""A reader's figures on films whose answers are known."""

import math

import numpy as np
import pytest

from cxr_auditor.evaluation.baselines import always_normal, prevalence, prevalence_guess
from cxr_auditor.evaluation.datasets import LabelledBox, LabelledFilm
from cxr_auditor.evaluation.metrics import FilmBoxes
from cxr_auditor.evaluation.metrics.published import pooled_localisation
from cxr_auditor.evaluation.reader_figures import OVERALL, averaged, called, published_figures, reader_estimates, unsearched
from cxr_auditor.findings import Finding, Status
from cxr_auditor.geometry import Box
from cxr_auditor.schema import ImageFinding, ImageReading

EFFUSION, PNEUMOTHORAX, OPACITY, NODULE, HEART = Finding
DENIED, UNSURE = (ImageFinding(finding=EFFUSION, status=status) for status in (Status.ABSENT, Status.UNCERTAIN))


def films(number=40):
    """Every fourth film shows an effusion, the first ten in places of their own, every tenth a pneumothorax; two films a patient."""
    made = []
    for i in range(number):
        present = {finding for finding, every in ((EFFUSION, 4), (PNEUMOTHORAX, 10)) if i % every == 0}
        y, x = (i % 8) / 8, (i // 8 % 8) / 8
        place = Box(y, x, y + 0.1, x + 0.1)
        made.append(
            LabelledFilm(
                f"film-{i}",
                f"patient-{i // 2}",
                "test",
                labels={finding: finding in present for finding in Finding},
                normal=not present,
                boxes=(LabelledBox(EFFUSION, place, "test"),) if EFFUSION in present else (),
                second={OPACITY: i % 3 == 0},
                searched=tuple(Finding),
            )
        )
    return made


def perfect(film, **changes):
    said = [ImageFinding(finding=f, box=next(iter(film.boxes_of(f)), None), score=0.9) for f in film.present]
    scores = {finding.value: 0.9 if film.labels[finding] else 0.1 for finding in Finding}
    return ImageReading(reader="perfect", findings=said, scores=scores, **changes)


def estimates(labelled, readings):
    return reader_estimates(labelled, readings, seed=1, resamples=50)


def test_a_perfect_reader():
    labelled = films()
    figures = estimates(labelled, {film.image_id: perfect(film) for film in labelled})
    for finding in (EFFUSION, PNEUMOTHORAX):
        own = figures[finding]
        assert [own[name].value for name in ("auroc", "precision", "recall", "f1", "specificity", "sensitivity at 95%")] == [1] * 6
        assert own["false present"].value == own["false absent"].value == own["left open"].value == 0
    assert figures[EFFUSION]["rate@0.5"].value == figures[EFFUSION]["ap@0.5"].value == figures[EFFUSION]["mean_iou"].value == 1
    assert figures[EFFUSION]["rate@0.5"].n == figures[EFFUSION]["recall"].n == 10
    assert math.isnan(figures[HEART]["auroc"].value) and math.isnan(figures[HEART]["f1"].value)  # no film shows it
    overall = figures[OVERALL]
    assert overall["specificity on normal films"].value == overall["urgent recall"].value == overall["macro F1"].value == 1
    assert overall["urgent recall"].n == 4 and overall["false findings per normal film"].value == 0


def test_shuffling_a_reader_between_patients_collapses_its_figures_but_not_the_published_ones():
    labelled = films()
    readings = {film.image_id: perfect(film) for film in labelled}
    ids = list(readings)
    shuffled = {image_id: readings[ids[i - 4]] for i, image_id in enumerate(ids)}  # effusion still meets effusion, in another place
    before, after = estimates(labelled, readings)[EFFUSION], estimates(labelled, shuffled)[EFFUSION]
    for name in ("rate@0.3", "precision@0.3", "rate@0.5", "precision@0.5", "mean_iou", "pointing", "film_rate@0.3", "ap@0.5"):
        assert before[name].value == 1 and after[name].value == 0, name
    places = ("rate@0.3", "precision@0.3", "rate@0.5", "mean_iou@0.3")
    assert all(published_figures(labelled, shuffled)[EFFUSION][name] == 1 for name in places)
    assert published_figures(labelled, shuffled)[OVERALL]["rate@0.5"] == 1


def test_films_that_were_not_read_count_as_missed_and_never_as_rightly_negative():
    labelled = films()
    readings = {film.image_id: perfect(film) for film in labelled if film.image_id != "film-0"}
    readings["film-4"] = ImageReading(reader="perfect", status="failed", message="gone")
    readings["film-1"] = ImageReading(reader="perfect", status="nothing_usable")
    own = estimates(labelled, readings)[EFFUSION]
    assert own["recall"].value == pytest.approx(8 / 10)  # films 0 and 4 show it
    assert own["specificity"].n == 29 and own["specificity"].value == 1  # film 1 is out
    assert estimates(labelled, readings)[OVERALL]["films read"].value == pytest.approx(37 / 40)


def test_a_finding_outside_the_scope_has_score_figures_only():
    labelled = films()
    readings = {
        film.image_id: ImageReading(reader="r", scope=(PNEUMOTHORAX,), scores={"pleural_effusion": float(film.labels[EFFUSION])})
        for film in labelled
    }
    own = estimates(labelled, readings)[EFFUSION]
    assert own["auroc"].value == 1 and "recall" not in own and "rate@0.5" not in own


def test_a_finding_that_the_reader_does_not_look_for_is_no_better_than_one_it_misses():
    labelled = films()
    readings = {}
    for film in labelled:
        whole = perfect(film)
        said = [found for found in whole.findings if found.finding is EFFUSION]
        readings[film.image_id] = ImageReading(reader="perfect", scope=(EFFUSION,), findings=said, scores=whole.scores)
    figures = estimates(labelled, readings)
    overall = figures[OVERALL]
    assert overall["macro F1"].value == 0.5 and overall["macro F1 in scope"].value == 1  # of the pneumothoraces none is called
    assert averaged(figures)["macro F1"] == (EFFUSION,) and averaged(figures)["macro AUROC"] == (EFFUSION, PNEUMOTHORAX)
    assert overall["mAP@0.5"].value == 1 and "mAP@0.5 in scope" not in overall  # only effusions have boxes


def half_boxed(boxed, searched):
    """Ten films with an effusion, `boxed` of them with its box, and thirty without; the reader boxes all effusions and three others."""
    place, labelled, readings = Box(0, 0, 0.5, 0.5), [], {}
    for i in range(40):
        own = (LabelledBox(EFFUSION, place, "test"),) if i < boxed else ()
        film = LabelledFilm(str(i), str(i), "test", labels={EFFUSION: i < 10}, boxes=own, searched=(EFFUSION,) if searched(i) else ())
        said = (ImageFinding(finding=EFFUSION, box=place, score=0.9 if i < 10 else 0.5),) if i < 10 or i % 10 == 0 else ()
        labelled.append(film)
        readings[film.image_id] = ImageReading(reader="r", findings=said)
    return labelled, readings


@pytest.mark.parametrize(
    "boxed, searched, precision, films_counted",
    [
        (10, lambda i: True, 10 / 13, 13),  # somebody looked everywhere
        (5, lambda i: i < 5 or 10 <= i < 25, 5 / 7, 7),  # on twenty films: the boxes drawn on the others say nothing
        (5, lambda i: False, math.nan, 0),  # on no film: where there is no box, nothing is known
        (5, lambda i: i < 5, math.nan, 0),  # only where there is one: every box would be right
    ],
)
def test_precision_and_average_precision_are_of_films_on_which_boxes_were_looked_for(boxed, searched, precision, films_counted):
    labelled, readings = half_boxed(boxed, searched)
    own = estimates(labelled, readings)[EFFUSION]
    assert own["precision@0.5"].value == pytest.approx(precision, nan_ok=True) and own["precision@0.5"].n == films_counted
    assert own["ap@0.5"].value == pytest.approx(math.nan if math.isnan(precision) else 1, nan_ok=True)
    assert own["rate@0.5"].value == 1 and own["rate@0.5"].n == boxed
    assert unsearched(labelled) == ((EFFUSION,) if math.isnan(precision) else ())


def test_only_proportions_have_the_exact_bound():
    labelled = films()
    own = estimates(labelled, {film.image_id: perfect(film) for film in labelled})
    figures = own[EFFUSION] | own[OVERALL]
    bounded = {name for name, one in figures.items() if one.value in (0, 1) and not math.isnan(one.low)}
    assert bounded >= {"recall", "precision", "specificity", "rate@0.5", "precision@0.5", "urgent recall", "films read"}
    assert not bounded & {"auroc", "f1", "ap@0.5", "mean_iou", "macro F1", "mAP@0.5", "false findings per normal film"}
    assert own[OVERALL]["films read"].low == pytest.approx(0.025 ** (1 / 20))  # forty films of twenty patients


def test_another_reading_of_the_same_films_has_its_own_figures():
    labelled = films()
    readings = {film.image_id: ImageReading(reader="r", scores={OPACITY.value: 0.8 if film.second[OPACITY] else 0.2}) for film in labelled}
    own = estimates(labelled, readings)[OPACITY]
    assert own["auroc (second reading)"].value == 1 and own["auroc (second reading)"].n == 14
    assert math.isnan(own["auroc"].value)  # the first labels know no opacity


@pytest.mark.parametrize(
    "reading, expected",
    [
        (None, None),  # no reading at all
        (ImageReading(reader="r", status="failed"), None),  # failed
        (ImageReading(reader="r", scope=(HEART,)), None),  # not looked for
        (ImageReading(reader="r"), -1),  # looked for and silent
        (ImageReading(reader="r", silence_means_absent=False), 0),  # silent, which says nothing
        (ImageReading(reader="r", findings=(DENIED,)), -1),  # denied
        (ImageReading(reader="r", findings=(UNSURE,)), 0),  # left open
        (ImageReading(reader="r", findings=(UNSURE, ImageFinding(finding=EFFUSION))), 1),  # one of two regions is sure
    ],
)
def test_what_a_reading_calls_a_finding(reading, expected):
    assert called(reading, EFFUSION) == expected


def test_always_normal_finds_nothing_and_alarms_nobody():
    labelled = films()
    figures = estimates(labelled, always_normal(labelled))
    assert figures[EFFUSION]["f1"].value == 0 and figures[EFFUSION]["auroc"].value == 0.5 and figures[EFFUSION]["false absent"].value == 1
    assert figures[OVERALL]["specificity on normal films"].value == 1 and figures[OVERALL]["urgent recall"].value == 0
    assert figures[OVERALL]["macro F1"].value == 0  # both findings are present and never predicted


def test_prevalence_guess_is_as_common_as_told_and_knows_nothing():
    labelled = films(2000)
    rates = prevalence(labelled)
    assert rates[EFFUSION] == 0.25 and rates[HEART] == 0
    readings = prevalence_guess(labelled, rates, seed=4)
    assert readings == prevalence_guess(labelled, rates, seed=4)
    share = np.mean([called(readings[film.image_id], EFFUSION) == 1 for film in labelled])
    assert share == pytest.approx(0.25, abs=0.03)
    truth = [film.labels[EFFUSION] for film in labelled]
    scores = np.array([readings[film.image_id].scores[EFFUSION.value] for film in labelled])
    assert scores[truth].mean() == pytest.approx(0.5, abs=0.04)
    assert not any(called(reading, HEART) == 1 for reading in readings.values())


def test_prevalence_leaves_out_what_nobody_labelled():
    assert set(prevalence([LabelledFilm("a", "a", "t", labels={EFFUSION: True})])) == {EFFUSION}


def test_boxes_of_uncertain_findings_are_counted_apart():
    film = LabelledFilm("a", "a", "t", labels={EFFUSION: True}, boxes=(LabelledBox(EFFUSION, Box(0, 0, 0.5, 0.5), "t"),))
    unsure = ImageReading(reader="r", findings=(ImageFinding(finding=EFFUSION, status=Status.UNCERTAIN, box=Box(0, 0, 0.5, 0.5)),))
    own = estimates([film], {"a": unsure})[EFFUSION]
    assert own["rate@0.5"].value == 0 and own["any rate@0.5"].value == 1


def test_a_film_with_other_findings_is_not_counted_among_the_normal_ones():
    labels = dict.fromkeys(Finding, False)
    calm = LabelledFilm("calm", "a", "t", labels=labels, normal=True)
    fibrotic = LabelledFilm("fibrotic", "b", "t", labels=labels, normal=False, outside=("Fibrosis",))
    alarm = ImageReading(reader="r", findings=(ImageFinding(finding=OPACITY),))
    overall = estimates([calm, fibrotic], {"calm": ImageReading(reader="r"), "fibrotic": alarm})[OVERALL]
    assert overall["specificity on normal films"].value == 1 and overall["specificity on normal films"].n == 1


def test_published_heaps_are_one_for_each_finding():
    box = Box(0, 0, 0.5, 0.5)
    assert pooled_localisation([FilmBoxes((box,), ())], [FilmBoxes((), (box,))])["rate@0.5"] == 0  # another finding's box finds nothing

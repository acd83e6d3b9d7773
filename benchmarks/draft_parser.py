#!/usr/bin/env python3
"""How well does a draft parser read? Scores any parser of the registry on the draft benchmark and on the project's own drafts.

    --data ../shared/bench/drafts            tables with n and 95 % intervals, speed, and medspaCy in the same run where it is importable
    --data ../shared/bench/drafts --errors   also every disagreement with the labels, by document id
    --drafts tests/parsers/data/drafts_2026_11.jsonl     documents that carry their own text and labels

The conventions are those of the benchmark's own `load.py` and `score.py`, which are imported from the data folder. Intervals: percentile
bootstrap over documents, seeded. Nothing of the benchmark's text is written anywhere.
"""

import argparse
import importlib.util
import json
import random
import statistics
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from cxr_auditor.registry import make_parser  # noqa: E402

FINDINGS = ("pleural_effusion", "pneumothorax", "lung_opacity_consolidation", "nodule_mass", "cardiomegaly")
STATUSES = ("present", "absent", "uncertain")
RANK = {"present": 3, "uncertain": 2, "absent": 1, "not_mentioned": 0}


def load_module(folder: Path, name: str):
    spec = importlib.util.spec_from_file_location(f"draft_bench_{name}", folder / f"{name}.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def predictions(parse, documents: list[dict]) -> list[dict]:
    return [{"id": document["id"], "findings": parse(document["text"])} for document in documents]


def findings_of(reading) -> list[dict]:
    """The contract's findings of one DraftReading, as plain data."""
    return [
        {
            "label": str(m.label),
            "status": m.status.value,
            "span": m.span,
            "start": m.start,
            "end": m.end,
            "sides": [side.value for side in m.sides],
        }
        for m in reading.findings
    ]


def folded(findings: list[dict], label: str) -> str:
    """Document level: present > uncertain > absent > not mentioned."""
    return max((f["status"] for f in findings if f["label"] == label), key=RANK.get, default="not_mentioned")


def f1_table(score, predicted, documents) -> tuple[dict, dict]:
    """(counts by (status, label), other figures) by the benchmark's own scorer."""
    return score.score(predicted, documents)


def macro(counts: dict, status: str, labels) -> float:
    """Mean F1 over the labels that have gold; NaN where none has."""
    values = []
    for label in labels:
        c = counts.get((status, label))
        if c and c["tp"] + c["fn"]:
            values.append(2 * c["tp"] / (2 * c["tp"] + c["fp"] + c["fn"]))
    return statistics.fmean(values) if values else float("nan")


def sides_exact(predicted, documents) -> tuple[int, int, list]:
    """(exact, n, wrong): stated sides of present and uncertain findings, folded over a document."""
    exact = n = 0
    wrong = []
    for prediction, document in zip(predicted, documents, strict=True):
        for label, gold in document.get("sides", {}).items():
            standing = [f for f in prediction["findings"] if f["label"] == label and f["status"] != "absent"]
            if not standing:
                continue
            n += 1
            found = sorted({side for f in standing for side in f["sides"]})
            right = [sorted(gold)] + [sorted(other) for other in document.get("accept_sides", {}).get(label, [])]
            exact += found in right
            if found not in right:
                wrong.append((document["id"], label, gold, found))
    return exact, n, wrong


def interval(statistic, predicted, documents, repeats: int, seed: int = 20261122) -> tuple[float, float]:
    """95 % percentile bootstrap of `statistic(predicted, documents)`, documents resampled with replacement."""
    draw = random.Random(seed)
    values = []
    for _ in range(repeats):
        chosen = draw.choices(range(len(documents)), k=len(documents))
        value = statistic([predicted[i] for i in chosen], [documents[i] for i in chosen])
        if value == value:
            values.append(value)
    if not values:
        return float("nan"), float("nan")
    values.sort()
    return values[int(0.025 * (len(values) - 1))], values[int(0.975 * (len(values) - 1) + 0.999)]


def show(title, score, predicted, documents, repeats, statuses=STATUSES, labels=None) -> None:
    labels = labels or (*FINDINGS, "no_finding")
    counts, figures = f1_table(score, predicted, documents)
    print(f"\n{title}: {len(documents)} documents")
    for status in statuses:
        rows = [
            (label, counts[status, label])
            for label in labels
            if (status, label) in counts and counts[status, label]["tp"] + counts[status, label]["fn"]
        ]
        if not rows:
            continue

        def one(p, d, status=status):
            return macro(f1_table(score, p, d)[0], status, labels)

        low, high = interval(one, predicted, documents, repeats)
        n = sum(c["tp"] + c["fn"] for _, c in rows)
        print(f"  {status:<10} macro-F1 {macro(counts, status, labels):.3f}  [{low:.3f}, {high:.3f}]  n {n}")
        for label, c in rows:
            tp, fp, fn = c["tp"], c["fp"], c["fn"]
            precision = tp / (tp + fp) if tp + fp else float("nan")
            f1 = 2 * tp / (2 * tp + fp + fn)
            print(f"    {label:<28} P {precision:.3f}  R {tp / (tp + fn):.3f}  F1 {f1:.3f}  n {tp + fn}  tp/fp/fn {tp}/{fp}/{fn}")
    if figures["span_overlap"] is not None:
        verbatim, overlap, iou = (figures[name] for name in ("span_verbatim", "span_overlap", "span_iou"))
        print(f"  spans      verbatim {verbatim:.3f}  overlap {overlap:.3f}  mean IoU {iou:.3f}")
    exact, n, _ = sides_exact(predicted, documents)
    if n:

        def share(p, d):
            e, m, _ = sides_exact(p, d)
            return e / m if m else float("nan")

        low, high = interval(share, predicted, documents, repeats)
        print(f"  sides      exact {exact}/{n} = {exact / n:.3f}  [{low:.3f}, {high:.3f}]")


def show_errors(predicted, documents) -> None:
    """Disagreements by document id and label; arguable pairs count only outside their accepted set."""
    print("\nDisagreements (gold -> predicted):")
    for prediction, document in zip(predicted, documents, strict=True):
        for label, gold in document["labels"].items():
            found, accepted = folded(prediction["findings"], label), document.get("accept", {}).get(label)
            if document.get("kind") == "mesh":
                wrong = label in FINDINGS and label not in document.get("ambiguous", ()) and (found == "present") != (gold == "present")
            else:
                wrong = found not in accepted if accepted else found != gold
            if wrong:
                print(f"  {document['id']:<10} {label:<28} {gold} -> {found}")
    for name, label, gold, found in sides_exact(predicted, documents)[2]:
        print(f"  {name:<10} {label:<28} sides {gold} -> {found}")


def speed(parse, documents, repeats: int = 3) -> float:
    """Documents a second of processor time, the best of `repeats` passes over fresh copies of the texts."""
    best = 0.0
    for _ in range(repeats):
        texts = ["".join(list(document["text"])) for document in documents]
        start = time.process_time()
        for text in texts:
            parse(text)
        best = max(best, len(texts) / (time.process_time() - start))
    return best


def hostile(parse, size: int = 100_000) -> None:
    print(f"\nHostile repetition, {size:,} characters each (seconds):")
    for unit in (
        "no ",
        "no effusion, ",
        "left ",
        "possible ",
        "a" * 50 + " ",
        "heart ",
        "(",
        "?",
        "effusion and ",
        "right > left ",
        "not ",
        "left, not right, ",
        ". ",
        "pneumothoraxx ",
        "\n",
        "<b>",
        "&nbsp;",
        "\u0130",
    ):
        text = (unit * (size // len(unit) + 1))[:size]
        start = time.perf_counter()
        parse(text)
        print(f"  {unit.strip()[:16]!r:<20} {time.perf_counter() - start:.3f}")


def start_up() -> None:
    """Fresh processes: the import alone, and with the tables read."""
    print("\nStart-up in a fresh process (seconds, pydantic imported before):")
    for what, code in (("import", ""), ("import and first draft", "; rules.RulesParser().parse('No effusion.')")):
        timed = "import time, pydantic; t = time.perf_counter(); import cxr_auditor.parsers.rules as rules"
        command = [sys.executable, "-c", f"{timed}{code}; print(time.perf_counter() - t)"]
        seconds = [float(subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout) for _ in range(3)]
        print(f"  {what:<24} {min(seconds):.3f}")


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--parser", default="rules", help="a parser of the registry (default: rules)")
    arguments.add_argument(
        "--data", type=Path, help="the folder of the draft benchmark (hand_dev.jsonl, mesh_dev.jsonl, load.py, score.py)"
    )
    arguments.add_argument(
        "--drafts", type=Path, action="append", default=[], help="more documents that carry text and labels (JSON lines)"
    )
    arguments.add_argument(
        "--scorer", type=Path, default=ROOT.parent / "shared/bench/drafts", help="the folder of score.py where --data is not given"
    )
    arguments.add_argument("--errors", action="store_true", help="list the disagreements")
    arguments.add_argument("--bootstrap", type=int, default=1000, help="repeats (default: 1000; the MeSH set takes a tenth)")
    options = arguments.parse_args()

    parser = make_parser(options.parser)
    score = load_module(options.data or options.scorer, "score")
    print(f"parser {parser.name} {parser.revision}")

    def parse(text):
        return findings_of(parser.parse(text))

    for path in options.drafts:
        documents = [json.loads(line) for line in path.open(encoding="utf-8") if line.strip()]
        predicted = predictions(parse, documents)
        show(path.name, score, predicted, documents, options.bootstrap)
        if options.errors:
            show_errors(predicted, documents)
    if not options.data:
        return
    load = load_module(options.data, "load")
    hand = list(load.documents([options.data / "hand_dev.jsonl"]))
    mesh = list(load.documents([options.data / "mesh_dev.jsonl"]))
    trainee = [document for document in hand if document["id"].startswith("ADV")]
    readers = {f"{parser.name}": parse}
    rival = medspacy_parse()
    if rival is None:
        print("medspaCy not importable")
    else:
        readers["medspaCy"] = rival
    rates = {}
    for name, reader in readers.items():
        predicted = predictions(reader, hand)
        by_id = {p["id"]: p for p in predicted}
        show(f"{name}, hand_dev", score, predicted, hand, options.bootstrap)
        show(f"{name}, trainee drafts of hand_dev", score, [by_id[d["id"]] for d in trainee], trainee, options.bootstrap)
        coded = predictions(reader, mesh)
        show(f"{name}, mesh_dev", score, coded, mesh, max(1, options.bootstrap // 10), ("present", "present_or_uncertain"), FINDINGS)
        if options.errors and name == parser.name:
            show_errors(predicted, hand)
            show_errors(coded, mesh)
        rates[name] = speed(parser.parse if name == parser.name else reader, hand + mesh, 3 if name == parser.name else 1)
    print("\nDocuments a second on one core (processor time):")
    for name, rate in rates.items():
        ratio = f"   {rate / rates['medspaCy']:.1f} times medspaCy" if name != "medspaCy" and "medspaCy" in rates else ""
        print(f"  {name:<12} {rate:,.0f}{ratio}")
    hostile(parser.parse)
    start_up()


def medspacy_parse():
    """A parse function over medspaCy's ConText with its default rules and the usual target words; None where it is not installed."""
    try:
        import medspacy
        from medspacy.target_matcher import TargetRule
    except ImportError:
        return None
    from loguru import logger

    logger.disable("PyRuSH")
    nlp = medspacy.load(enable=["medspacy_pyrush", "medspacy_target_matcher", "medspacy_context"])
    matcher = nlp.get_pipe("medspacy_target_matcher")
    words = {
        "pleural_effusion": [
            "effusion",
            "effusions",
            "pleural effusion",
            "pleural effusions",
            "pleural fluid",
            "hemothorax",
            "hydropneumothorax",
        ],
        "pneumothorax": ["pneumothorax", "pneumothoraces", "ptx", "hydropneumothorax"],
        "lung_opacity_consolidation": [
            "opacity",
            "opacities",
            "consolidation",
            "infiltrate",
            "infiltrates",
            "airspace disease",
            "pneumonia",
        ],
        "nodule_mass": ["nodule", "nodules", "mass", "masses"],
        "cardiomegaly": ["cardiomegaly", "enlarged heart", "heart is enlarged"],
    }
    matcher.add([TargetRule(word, label) for label, group in words.items() for word in group])

    def parse(text):
        found = []
        for entity in nlp(text).ents:
            status = "absent" if entity._.is_negated else "uncertain" if entity._.is_uncertain else "present"
            if not (entity._.is_historical or entity._.is_hypothetical):
                found.append(
                    {
                        "label": entity.label_,
                        "status": status,
                        "span": entity.text,
                        "start": entity.start_char,
                        "end": entity.end_char,
                        "sides": [],
                    }
                )
        return found

    return parse


if __name__ == "__main__":
    main()

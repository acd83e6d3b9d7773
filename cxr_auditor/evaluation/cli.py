"""`cxr-auditor evaluate reader | audit`: prints the page of results and writes it, with JSON and plots, into a folder."""

import sys
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer

from ..errors import InputError

app = typer.Typer(
    help="Measure a reader on labelled films, or the whole audit on drafts with known errors.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)

DataOption = Annotated[Path | None, typer.Option("--data", help="The folder that holds the dataset's tables and images.")]
DatasetOption = Annotated[str, typer.Option("--dataset", help="films, vindr, vindr-vqa, nih, chestx-det, siim, rsna or open-i.")]
OutOption = Annotated[Path, typer.Option("--out", help="Folder for results, readings and drafts; a stopped run goes on from it.")]
SplitOption = Annotated[
    str, typer.Option("--split", help="all, validation or development patients; lite on NIH films takes validation, the rest all.")
]
VotesOption = Annotated[str, typer.Option("--votes", help="How many of a film's readers must agree: any, majority or all.")]
LimitOption = Annotated[int, typer.Option("--limit", min=0, help="Take only the first N films; 0 takes all.")]
SeedOption = Annotated[int, typer.Option("--seed", help="Of the intervals, the drafts and the guesses.")]
ResamplesOption = Annotated[int, typer.Option("--resamples", min=1, help="Draws of the patients for the intervals.")]
PlotsOption = Annotated[bool, typer.Option("--plots/--no-plots", help="Plots need the extra `evaluation`.")]


@app.command()
def reader(
    data: DataOption = None,
    dataset: DatasetOption = "films",
    reader: Annotated[str, typer.Option("--reader", envvar="CXR_AUDITOR_READER", show_envvar=False, help="Any reader's name.")] = "lite",
    out: OutOption = Path("evaluation"),
    split: SplitOption = "",
    votes: VotesOption = "majority",
    limit: LimitOption = 0,
    seed: SeedOption = 20261122,
    resamples: ResamplesOption = 1000,
    published: Annotated[bool, typer.Option("--published", help="Add the published definitions, for comparison only.")] = False,
    plots: PlotsOption = True,
) -> None:
    """A reader on labelled films, beside an always-normal and a prevalence-guess baseline."""
    from ..registry import make_reader
    from .plots import plot_reader, require_matplotlib
    from .runs import evaluate_reader

    if plots:
        require_matplotlib()
    settings = _settings(dataset, split or _own_split(dataset, reader), votes, seed, resamples, limit, published)
    every = _films(dataset, data, votes)
    results, films, done = evaluate_reader(every, make_reader(reader), _folder(out), settings, _progress("reading"))
    if plots:
        plot_reader(films, done.readings, out)
    print((out / "reader.md").read_text(encoding="utf-8"), end="")
    if done.bad_files:
        print(f"{len(done.bad_files)} of {len(films)} films could not be opened; they are named in {out / 'reader.json'}.", file=sys.stderr)


@app.command()
def audit(
    films: Annotated[int, typer.Option("--films", min=1, help="Simulated films, where no dataset is given.")] = 1000,
    data: DataOption = None,
    dataset: DatasetOption = "films",
    reader: Annotated[str, typer.Option("--reader", help="truth, or any reader's name (which needs --data).")] = "truth",
    parser: Annotated[str, typer.Option("--parser", envvar="CXR_AUDITOR_PARSER", show_envvar=False, help="Any parser's name.")] = "rules",
    out: OutOption = Path("evaluation"),
    split: SplitOption = "",
    votes: VotesOption = "majority",
    limit: LimitOption = 0,
    wording: Annotated[str, typer.Option("--wording", help="held-out, or development: the one a parser may be mended on.")] = "held-out",
    seed: SeedOption = 20261122,
    resamples: ResamplesOption = 1000,
    plots: PlotsOption = True,
) -> None:
    """The whole audit on drafts with known errors, against the films' true findings or a reader's."""
    from ..registry import make_parser, make_reader
    from .injection import Wording, sample_truths
    from .plots import plot_confusion, require_matplotlib
    from .predictions import predict
    from .runs import chosen, evaluate_audit, film_truths, usable

    if plots:
        require_matplotlib()
    settings = _settings(dataset, split or _own_split(dataset, reader), votes, seed, resamples, limit)
    settings = replace(settings, wording=_choice(Wording, wording, "--wording"))
    made = make_parser(parser)
    readings = None
    if data is None:
        if reader != "truth":
            raise InputError(f"The reader {reader!r} needs films to read.", "Give --data FOLDER, or --reader truth.")
        truths = list(sample_truths(films, seed))
    else:
        labelled = chosen(_films(dataset, data, votes), settings)
        truths = film_truths(labelled)
        if reader != "truth":
            looking = make_reader(reader)
            about = {"reader": looking.name, "revision": looking.revision, "dataset": dataset}
            readings = usable(predict(labelled, looking, _folder(out) / "readings.jsonl", about, _progress("reading")))
    results, _ = evaluate_audit(truths, made, _folder(out), settings, readings, _progress("auditing"))
    if plots:
        plot_confusion(results["confusion"], out)
    print((out / "audit.md").read_text(encoding="utf-8"), end="")


def _own_split(dataset: str, reader: str) -> str:
    """The lite reader was trained on NIH films, so only the patients that its recipe held out say how it does."""
    return "validation" if reader == "lite" and dataset in ("films", "nih") else "all"


def _settings(dataset, split, votes, seed, resamples, limit, published=False):
    from .datasets.agreement import Votes
    from .runs import Settings, Split

    return Settings(dataset, _choice(Split, split, "--split"), _choice(Votes, votes, "--votes"), seed, resamples, limit, published)


def _choice(kind, value: str, option: str):
    if value not in set(kind):
        raise InputError(f"{option} {value!r} is not known.", f"It must be one of {', '.join(kind)}.")
    return kind(value)


def _films(dataset: str, data: Path | None, votes: str):
    from .datasets import load_dataset
    from .datasets.agreement import Votes

    if data is None:
        raise InputError("There are no films to evaluate on.", "Give --data the dataset's folder; nothing is downloaded.")
    return load_dataset(dataset, data, Votes(votes))


def _folder(out: Path) -> Path:
    try:
        out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise InputError(f"The output folder {out.name!r} can't be made ({error.strerror}).", "Choose another with --out.") from error
    return out


def _progress(label: str):
    def wrapped(items: Iterable) -> Iterable:
        with typer.progressbar(list(items), label=label, file=sys.stderr, show_pos=True) as bar:
            yield from bar

    return wrapped

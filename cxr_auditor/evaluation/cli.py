"""`cxr-auditor evaluate reader | audit`: prints the page of results and writes it, with JSON and plots, into a folder."""

import sys
from collections.abc import Callable, Iterable
from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer

from ..errors import InputError
from . import RESAMPLES, SEED

app = typer.Typer(
    help="Measure a reader on labelled films, or the whole audit on drafts with known errors.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)

FILMS = 1000
TRUTH = "truth"
_OTHERWISE = {
    "without --data": "with --data FOLDER",
    "with --data": "on simulated films, without --data",
    "with --corpus": "on a data set, without --corpus",
}

DataOption = Annotated[Path | None, typer.Option("--data", help="The folder of the dataset's tables and images, or its main table.")]
DatasetOption = Annotated[
    str, typer.Option("--dataset", help="films (the default), vindr, vindr-vqa, nih, chestx-det, siim, rsna or open-i.")
]
OutOption = Annotated[Path, typer.Option("--out", help="Folder for results, readings and drafts; a stopped run goes on from it.")]
SplitOption = Annotated[
    str,
    typer.Option("--split", help="all, or NIH's patients by lite's training: validation (held out; where lite reads them) or development."),
]
VotesOption = Annotated[str, typer.Option("--votes", help="How many of a film's readers must agree: any, majority (the default) or all.")]
LimitOption = Annotated[int, typer.Option("--limit", min=0, help="Take only the first N films; 0 takes all.")]
SeedOption = Annotated[int, typer.Option("--seed", min=0, help="Of the intervals, the drafts and the guesses.")]
ResamplesOption = Annotated[int, typer.Option("--resamples", min=1, help="Draws of the patients for the intervals.")]
PlotsOption = Annotated[bool, typer.Option("--plots/--no-plots", help="Plots need the extra `evaluation`.")]


@app.command()
def reader(
    data: DataOption = None,
    dataset: DatasetOption = "",
    corpus: Annotated[
        Path | None, typer.Option("--corpus", help="Instead of a data set: the test films of a corpus that `train corpus` built.")
    ] = None,
    reader: Annotated[str, typer.Option("--reader", envvar="CXR_AUDITOR_READER", show_envvar=False, help="Any reader's name.")] = "lite",
    out: OutOption = Path("evaluation"),
    split: SplitOption = "",
    votes: VotesOption = "",
    limit: LimitOption = 0,
    seed: SeedOption = SEED,
    resamples: ResamplesOption = RESAMPLES,
    published: Annotated[bool, typer.Option("--published", help="Add the published definitions, for comparison only.")] = False,
    plots: PlotsOption = True,
) -> None:
    """A reader on labelled films, beside an always-normal and a prevalence-guess baseline."""
    from ..registry import make_reader
    from .lite_training import default_split
    from .plots import plot_reader, require_matplotlib
    from .runs import evaluate_reader

    if plots:
        require_matplotlib()
    if corpus is None:
        dataset = dataset or "films"
        split = split or default_split(dataset, reader)
    else:
        _refuse("with --corpus", {"--data": data, "--dataset": dataset, "--split": split, "--votes": votes})
        films, dataset, tables = _test_films(corpus)
        split = "all"
    settings = _settings(dataset, split, votes or "majority", seed, resamples, limit, published)
    settings = replace(settings, reader_spec=reader.strip())
    if corpus is None:
        films, tables = _films(dataset, data, settings.votes)
    results, films, done = evaluate_reader(films, make_reader(reader), _folder(out), settings, tables, _progress)
    if plots:
        plot_reader(films, done.readings, out)
    print((out / "reader.md").read_text(encoding="utf-8"), end="")
    _tell_bad_files(results["bad_files"], results["dataset"]["films"], out / "reader.json")


@app.command()
def audit(
    films: Annotated[int | None, typer.Option("--films", min=1, help=f"Simulated films, where no dataset is given; {FILMS}.")] = None,
    data: DataOption = None,
    dataset: DatasetOption = "",
    reader: Annotated[str, typer.Option("--reader", help="truth, or any reader's name (which needs --data).")] = TRUTH,
    parser: Annotated[str, typer.Option("--parser", envvar="CXR_AUDITOR_PARSER", show_envvar=False, help="Any parser's name.")] = "rules",
    out: OutOption = Path("evaluation"),
    split: Annotated[
        str, typer.Option("--split", help="all, validation or development patients; where NIH's are named validation, else all.")
    ] = "",
    votes: VotesOption = "",
    limit: LimitOption = 0,
    wording: Annotated[str, typer.Option("--wording", help="held-out, or development: the one a parser may be mended on.")] = "held-out",
    seed: SeedOption = SEED,
    resamples: ResamplesOption = RESAMPLES,
    plots: PlotsOption = True,
) -> None:
    """The whole audit on drafts with known errors, against the films' true findings or a reader's."""
    from ..registry import make_parser, make_reader
    from .injection import Wording
    from .lite_training import LITE, default_split
    from .plots import plot_confusion, require_matplotlib
    from .runs import audit_films, audit_simulated

    if plots:
        require_matplotlib()
    if data is None:
        if reader.strip() != TRUTH:
            raise InputError(f"The reader {reader!r} needs films to read.", "Give --data FOLDER, or --reader truth.")
        _refuse("without --data", {"--dataset": dataset, "--split": split, "--votes": votes, "--limit": limit})
    else:
        _refuse("with --data", {"--films": films})
    dataset = dataset or "films"
    # the truth is audited on the films that lite is, so that the two can be compared
    settings = _settings(dataset, split or default_split(dataset, LITE), votes or "majority", seed, resamples, limit)
    settings = replace(settings, wording=_choice(Wording, wording, "--wording"), reader_spec=reader.strip())
    made = make_parser(parser)
    if data is None:
        results, _ = audit_simulated(films or FILMS, made, _folder(out), settings, _progress)
    else:
        every, tables = _films(dataset, data, settings.votes)
        looking = None if settings.reader_spec == TRUTH else make_reader(reader)
        results, _ = audit_films(every, looking, made, _folder(out), settings, tables, _progress)
    if plots:
        plot_confusion(results["confusion"], out)
    print((out / "audit.md").read_text(encoding="utf-8"), end="")
    if data is not None:
        _tell_bad_files(results.get("bad_files", {}), results["source"]["films"], out / "audit.json")


def _test_films(corpus: Path):
    from ..training.corpus import corpus_films
    from ..training.corpus.write import MANIFEST

    films, datasets = corpus_films(corpus, "test")
    return films, datasets, (corpus / MANIFEST, corpus / "test.jsonl")


def _refuse(where: str, options: dict[str, str | int | Path | None]) -> None:
    """InputError for an option that was given and would change nothing."""
    given = [name for name, value in options.items() if value]
    if given:
        raise InputError(f"{' and '.join(given)} would change nothing {where}.", f"Leave it out, or run {_OTHERWISE[where]}.")


def _settings(dataset, split, votes, seed, resamples, limit, published=False):
    from .datasets.agreement import Votes
    from .runs import Settings, Split

    return Settings(dataset, _choice(Split, split, "--split"), _choice(Votes, votes, "--votes"), seed, resamples, limit, published)


def _choice(kind, value: str, option: str):
    if value not in set(kind):
        raise InputError(f"{option} {value!r} is not known.", f"It must be one of {', '.join(kind)}.")
    return kind(value)


def _films(dataset: str, data: Path | None, votes: str):
    from .datasets import read_dataset
    from .datasets.agreement import Votes

    if data is None:
        raise InputError("There are no films to evaluate on.", "Give --data the dataset's folder; nothing is downloaded.")
    return read_dataset(dataset, data, Votes(votes))


def _tell_bad_files(bad_files: dict[str, str], films: int, where: Path) -> None:
    if bad_files:
        print(f"{len(bad_files)} of {films} films could not be opened; they are named in {where}.", file=sys.stderr)


def _folder(out: Path) -> Path:
    try:
        out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise InputError(f"The output folder {out.name!r} can't be made ({error.strerror}).", "Choose another with --out.") from error
    return out


def _progress(label: str) -> Callable[[Iterable], Iterable]:
    def wrapped(items: Iterable) -> Iterable:
        with typer.progressbar(list(items), label=label, file=sys.stderr, show_pos=True) as bar:
            yield from bar

    return wrapped

"""`cxr-auditor cases add | check | list`: libraries of teaching cases. Nothing is downloaded."""

import json
import signal
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer

from ..case_file import Difficulty
from ..errors import InputError

app = typer.Typer(
    help="Libraries of teaching cases: films with their true findings.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)

DATASET_HELP = "Films of a dataset in --data: films, vindr, vindr-vqa, nih, chestx-det, siim, rsna, open-i or coco."
TABLE_HELP = "CSV for --films: file,finding,status,side,x0,y0,x1,y1 and, where wanted, title,teaches,difficulty,draft."
_FITTING = {
    "--starter": set(),
    "--dataset": {"--data", "--licence", "--source", "--difficulty", "--votes", "--limit", "--shuffle", "--normals"},
    "--films": {"--table", "--boxes", "--licence", "--source", "--difficulty", "--synthetic"},
}
_LINE_EVERY = 10  # cases
_NAMED = 10  # films
LibraryArgument = Annotated[Path, typer.Argument(help="The library: a folder of cases.")]


@app.command("list")
def list_cases(folder: LibraryArgument, as_json: Annotated[bool, typer.Option("--json", help="One JSON line a case.")] = False) -> None:
    """List the cases of a library."""
    from .cases import load_library, summary, table

    cases = load_library(folder)
    if as_json:
        for case in cases:
            print(json.dumps(summary(case), ensure_ascii=False))
    else:
        print(table(cases), end="")


@app.command()
def check(folder: LibraryArgument) -> None:
    """Check every case of a library: one line for each problem, by file and field. Exit code 0 without a problem, else 2."""
    from .check import check_library

    count, problems = check_library(folder)
    for problem in problems:
        print(" ".join(problem.split()))
    print(f"{count} cases, {len(problems) or 'no'} problem{'' if len(problems) == 1 else 's'}.")
    if problems:
        raise typer.Exit(2)


@app.command()
def add(
    out: Annotated[Path, typer.Option("--out", help="The library to add to; it is made where there is none.")],
    starter: Annotated[bool, typer.Option("--starter", help="Draw the project's synthetic starter cases.")] = False,
    dataset: Annotated[str | None, typer.Option("--dataset", help=DATASET_HELP)] = None,
    data: Annotated[Path | None, typer.Option("--data", help="The folder that holds the dataset's tables and images.")] = None,
    films: Annotated[Path | None, typer.Option("--films", help="Your own films, with --table or a reading F.json beside each.")] = None,
    table: Annotated[Path | None, typer.Option("--table", help=TABLE_HELP)] = None,
    boxes: Annotated[str | None, typer.Option("--boxes", help="The table's boxes are in pixels or fractions of the upright film.")] = None,
    licence: Annotated[str | None, typer.Option("--licence", help="Under which terms you may use the films; a must for an import.")] = None,
    source: Annotated[str | None, typer.Option("--source", help="Who made or labelled the films; a must with --films.")] = None,
    difficulty: Annotated[str | None, typer.Option("--difficulty", help="easy, medium or hard; else as the table says, or medium.")] = None,
    synthetic: Annotated[bool, typer.Option("--synthetic", help="The films of --films are no real patient's.")] = False,
    votes: Annotated[str | None, typer.Option("--votes", help="Readers of a film who must agree: any, majority (default) or all.")] = None,
    limit: Annotated[int | None, typer.Option("--limit", min=1, help="Take only N of the dataset's films that can be used.")] = None,
    shuffle: Annotated[int | None, typer.Option("--shuffle", help="Take them at random, by this seed, not in their order.")] = None,
    normals: Annotated[float | None, typer.Option("--normals", min=0, max=1, help="Share of a dataset's films without a finding.")] = None,
) -> None:
    """Add cases to a library: the synthetic starter cases, films of a dataset, or films of your own. All are added, or none."""
    if [starter, dataset is not None, films is not None].count(True) != 1:
        raise InputError("Say what to add, one thing at a time.", "Use --starter, --dataset NAME --data FOLDER, or --films FOLDER.")
    given = {"--data": data, "--table": table, "--boxes": boxes, "--licence": licence, "--source": source, "--difficulty": difficulty}
    given |= {"--synthetic": synthetic or None, "--votes": votes, "--limit": limit, "--shuffle": shuffle, "--normals": normals}
    _only_fitting("--starter" if starter else "--dataset" if dataset is not None else "--films", given)
    if starter:
        _add_starter(out)
        return
    _need(licence, "--licence", "under which terms you may use the films")
    if dataset is not None:
        _need(data, "--data", "the dataset's folder; nothing is downloaded")
        _add_dataset(out, dataset, data, votes, (limit, shuffle, normals), source, licence, difficulty)
    else:
        _need(source, "--source", "who made or labelled the films")
        _add_own(out, films, table, boxes, _stated(source, licence, difficulty, synthetic))


def _add_starter(out: Path) -> None:
    from .library import refuse_taken
    from .starter import starter_cases, starter_library

    wanted = starter_library()
    refuse_taken(out, [case.name for case in wanted])  # before minutes of drawing
    _write(out, starter_cases(wanted), len(wanted), "drawing")


def _add_dataset(out: Path, name: str, folder: Path, votes: str | None, choice: tuple, source, licence: str, difficulty) -> None:
    from ..evaluation.datasets.agreement import Votes
    from .labelled import choose, dataset_films, labelled_cases, usable

    fit, left_out = usable(dataset_films(name, folder, _choice(Votes, votes or Votes.MAJORITY, "--votes")))
    for reason, count in left_out.most_common():
        print(f"Left out: {count} {_films(count)} {reason}.", file=sys.stderr)
    if not fit:
        raise InputError(f"No film of {folder.name!r} can be used.", "A case needs an image, and a box for each finding but a large heart.")
    chosen = choose(fit, *choice)
    if not chosen:
        raise InputError(f"Of {len(fit)} usable films none is left with that share of normals.", "Change --normals or --limit.")
    stated = _stated(source or fit[0].source, licence, difficulty, synthetic=False)
    _write(out, labelled_cases(chosen, stated), len(chosen), "copying")
    _warn_of_burnt_in_names()


def _add_own(out: Path, folder: Path, table: Path | None, boxes: str | None, stated) -> None:
    from .own_films import Unit, paired_cases, paired_films, table_cases, table_rows, unlisted_films

    if not folder.is_dir():
        raise InputError(f"The folder of films {folder} does not exist.", "Give the folder that holds your films.")
    if table is not None:
        unit = None if boxes is None else _choice(Unit, boxes, "--boxes")
        rows = table_rows(table)
        _write(out, table_cases(folder, rows, unit, stated), len(rows), "copying")
        unlisted = unlisted_films(folder, rows)
        if unlisted:
            more = f" and {len(unlisted) - _NAMED} more" if len(unlisted) > _NAMED else ""
            names = f"{', '.join(unlisted[:_NAMED])}{more}"
            print(f"Left out: {len(unlisted)} {_films(len(unlisted))} that {table.name} does not list: {names}.", file=sys.stderr)
    elif boxes is not None:
        raise InputError("--boxes is about a table's boxes.", "Give the table: --table F.csv")
    else:
        paired = paired_films(folder)
        _write(out, paired_cases(paired, stated), len(paired), "copying")
    if not stated.synthetic:
        _warn_of_burnt_in_names()


def _write(out: Path, cases: Iterable, count: int, label: str) -> None:
    from .library import add_cases

    with _ended_in_order():
        if sys.stderr.isatty():
            with typer.progressbar(cases, length=count, label=label, file=sys.stderr, show_pos=True) as bar:
                added = add_cases(out, bar)
        else:
            added = add_cases(out, _with_lines(cases, count, label))
    if added.known:
        print(f"Left out: {added.known} {_films(added.known)} that the library has already.", file=sys.stderr)
    if not added.names:
        raise InputError(f"Nothing was added: {out.name} has all of these films already.")
    first, last = added.names[0], added.names[-1]
    print(f"Added {len(added.names)} {'case' if len(added.names) == 1 else 'cases'}: {first if first == last else f'{first} to {last}'}.")


def _with_lines(cases: Iterable, count: int, label: str) -> Iterator:
    """The cases, with a sign of life now and then in a log."""
    for number, case in enumerate(cases, 1):
        yield case
        if number % _LINE_EVERY == 0:
            print(f"{label}: {number} of {count}", file=sys.stderr, flush=True)


@contextmanager
def _ended_in_order() -> Iterator[None]:
    """SIGTERM ends the program as an error does: what was begun is taken away."""
    before = signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def _stated(source: str, licence: str, difficulty: str | None, synthetic: bool):
    from .new_case import Stated

    return Stated(source, licence, _choice(Difficulty, difficulty or Difficulty.MEDIUM, "--difficulty"), synthetic)


def _only_fitting(way: str, given: dict) -> None:
    """InputError for an option that this way of adding would not heed."""
    idle = [option for option, value in given.items() if value is not None and option not in _FITTING[way]]
    if idle:
        fitting = f"It takes {', '.join(sorted(_FITTING[way]))}." if _FITTING[way] else "Leave it out."
        raise InputError(f"{idle[0]} does nothing with {way}.", fitting)


def _need(value, option: str, what: str) -> None:
    if value is None or not str(value).strip():
        raise InputError(f"{option} is missing.", f"Say {what}.")


def _choice(kind, value: str, option: str):
    if value not in set(kind):
        raise InputError(f"{option} {value!r} is not known.", f"It must be one of {', '.join(kind)}.")
    return kind(value)


def _films(count: int) -> str:
    return "film" if count == 1 else "films"


def _warn_of_burnt_in_names() -> None:
    print("Only pixels were copied. Words burnt into the pixels are still there: look at each film before you share it.", file=sys.stderr)

"""`cxr-auditor train ...`: from data sets on disk to a better reader."""

import os
from pathlib import Path
from typing import Annotated

import typer

from ..errors import InputError
from .sft.settings import defaults_file, fields_help, read_settings

app = typer.Typer(
    help="Tune a reader on films of your own.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)


@app.callback()
def train() -> None:
    """Tune a reader on films of your own. Nothing is downloaded."""


@app.command()
def corpus(
    data: Annotated[
        list[str],
        typer.Option("--data", metavar="NAME=FOLDER", help="A data set, by its folder or main table; as often as wanted."),
    ],
    out: Annotated[Path, typer.Option("--out", help="A new folder for the splits and the manifest.")] = Path("corpus"),
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Print the counts and write nothing.")] = False,
    test_list: Annotated[
        Path | None, typer.Option("--test-list", help="A fixed test set: CSV with image_id and, where known, patient_id.")
    ] = None,
    validation: Annotated[float, typer.Option("--validation", help="Share of the films.")] = 0.1,
    test: Annotated[float | None, typer.Option("--test", help="Share of the films. [default: 0.1; none with --test-list]")] = None,
    votes: Annotated[str, typer.Option("--votes", help="How many of a film's readers must agree: any, majority or all.")] = "majority",
    unboxed: Annotated[
        str, typer.Option("--unboxed", help="Films with a finding that has no box: keep, drop, or keep only the urgent ones.")
    ] = "keep",
    partial: Annotated[
        bool, typer.Option("--partial", help="Take films on which not every finding is known: silence teaches absence.")
    ] = False,
    without: Annotated[
        list[str] | None,
        typer.Option(
            "--without",
            metavar="SOURCE",
            help="Use no box of this source, as the data name it: RSNA_2018, NIH_BBox_List_2017 (films), "
            "'NIH BBox_List_2017', 'RSNA Pneumonia 2018', 'SIIM-ACR Pneumothorax', ChestX-Det, VinDr-CXR, 'VinDr-CXR VQA'.",
        ),
    ] = None,
    normals: Annotated[float, typer.Option("--normals", help="Normal films for each film with a finding.")] = 1.0,
    most: Annotated[int, typer.Option("--most", help="Films of a common finding; urgent films always stay. 0: no limit.")] = 0,
    seed: Annotated[int, typer.Option("--seed")] = 20261122,
    at_once: Annotated[int, typer.Option("--at-once", help="Rows of a table held in memory at a time.")] = 2000,
) -> None:
    """Films and targets for tuning a grounding reader, balanced and split by patient."""
    from ..evaluation.datasets.agreement import Votes
    from .corpus import Settings, Unboxed, build_corpus
    from .corpus.tell import told

    if test_list is not None and test:
        raise InputError("A fixed test set and a share of the films can't both be the test set.", "Give --test-list or --test.")
    settings = Settings(
        votes=_choice(Votes, votes, "--votes"),
        unboxed=_choice(Unboxed, unboxed, "--unboxed"),
        partial=partial,
        without=tuple(without or ()),
        normals=normals,
        most=most,
        validation=validation,
        test=0.1 if test is None else test,
        seed=seed,
        at_once=at_once,
    )
    summary = build_corpus(_sources(data), None if dry_run else out, settings, test_list)
    print(told(summary), end="")


@app.command(epilog=fields_help())
def sft(
    settings: Annotated[Path | None, typer.Argument(metavar="SETTINGS", help="A TOML file; --defaults prints one.")] = None,
    defaults: Annotated[bool, typer.Option("--defaults", help="Print a settings file with every setting, its default, its use.")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Check settings, corpus and images, say what a run would do.")] = False,
) -> None:
    """Tune a model on a corpus of films or drafts: QLoRA, merged into a clean base. The same command goes on after a stop."""
    if defaults:
        print(defaults_file(), end="")
        return
    if settings is None:
        raise InputError("Tuning needs a settings file.", "Make one: cxr-auditor train sft --defaults > sft.toml")
    from .sft.run import check, plan, tune

    chosen = read_settings(settings)
    if dry_run:
        print(plan(chosen, check(chosen)))
        return
    model = tune(chosen, lambda line: print(line, flush=True))
    print(f"The tuned model is in {model}; its README.md says how to use it, its NOTICE under which terms.")


@app.command()
def job(dry_run: Annotated[bool, typer.Option("--dry-run", help="Check everything, print the steps and take none.")] = False) -> None:
    """What jobs/tune.sh does on a rented GPU: corpus, sft, evaluation. It is described by variables: see there."""
    from .sft.job import read_job, run_job

    run_job(read_job(os.environ, Path.cwd()), dry_run=dry_run)


@app.command()
def drafts(
    labelled: Annotated[
        list[str] | None, typer.Option("--labelled", metavar="NAME=FILE", help="Labelled drafts of your own, JSON lines; several times.")
    ] = None,
    licence: Annotated[
        list[str] | None, typer.Option("--licence", metavar="NAME=TERMS", help="Under which terms those drafts come; for the manifest.")
    ] = None,
    out: Annotated[Path, typer.Option("--out", help="A new folder for the splits and the manifest; it holds the drafts' words.")] = Path(
        "drafts"
    ),
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Print the counts and write nothing.")] = False,
    films: Annotated[int, typer.Option("--films", help="Simulated films to write drafts about; 0: labelled drafts only.")] = 2000,
    balance: Annotated[
        float, typer.Option("--balance", help="Most drafts of a kind of statement, as a multiple of the rarest kind's. 0: all.")
    ] = 2.0,
    validation: Annotated[float, typer.Option("--validation", help="Share of the documents.")] = 0.1,
    test: Annotated[float, typer.Option("--test", help="Share of the documents; of written drafts, in wording of its own.")] = 0.1,
    seed: Annotated[int, typer.Option("--seed")] = 20261122,
) -> None:
    """Drafts and replies for tuning a draft parser: faithful and faulty ones written here, and labelled ones of your own."""
    from .drafts import Settings
    from .drafts.command import drafts_command

    settings = Settings(films=films, balance=balance, validation=validation, test=test, seed=seed)
    print(drafts_command(labelled or [], licence or [], None if dry_run else out, settings), end="")


def _sources(given: list[str]) -> dict[str, Path]:
    sources: dict[str, Path] = {}
    for one in given:
        name, equals, folder = one.partition("=")
        if not (name and equals and folder):
            raise InputError(f"--data {one!r} can't be read.", "Write NAME=FOLDER, for example vindr=data/vindr.")
        if name in sources:
            raise InputError(f"The data set {name!r} is given twice.", "Give each once.")
        sources[name] = Path(folder)
    return sources


def _choice(kind, value: str, option: str):
    if value not in set(kind):
        raise InputError(f"{option} {value!r} is not known.", f"It must be one of {', '.join(kind)}.")
    return kind(value)

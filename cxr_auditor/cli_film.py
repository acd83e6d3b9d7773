"""`cxr-auditor models | ask | write-report | where`: what a vision-language model can do with a film beside reading it for an audit."""

import json
import sys
from pathlib import Path
from typing import Annotated

import typer

from .errors import InputError
from .geometry import BOX_FORMAT, box_sides

ReaderArgument = Annotated[str, typer.Option("--reader", envvar="CXR_AUDITOR_READER", show_envvar=False, help="medgemma, radvlm@URL, ...")]
FilmArgument = Annotated[Path, typer.Argument(help="PNG, JPEG, WebP, TIFF or DICOM film.")]


def register(app: typer.Typer) -> None:
    """Adds these commands to the program's."""
    for name, command in (("models", models), ("ask", ask), ("write-report", write_report), ("where", where)):
        app.command(name)(command)


def models() -> None:
    """List the models that the program knows: what can run here, why others can't, size, licence, and the command that runs each."""
    from .models import as_text, overview

    print(as_text(overview()), end="")


def ask(
    image: FilmArgument,
    question: Annotated[list[str], typer.Argument(help="Questions, asked one after the other in one conversation.")],
    reader: ReaderArgument = "medgemma",
) -> None:
    """Ask a model about a film. The answers are a model's words: nobody checked them."""
    from .readers.abilities import Answers

    made, film = _able(reader, Answers, "answer questions"), _film(image)
    history: list[tuple[str, str]] = []
    for one in question:
        pieces = []
        for piece in made.ask(film, history, one):
            pieces.append(piece)
            print(piece, end="", flush=True)
        print()
        history.append((one, "".join(pieces)))


def write_report(image: FilmArgument, reader: ReaderArgument = "medgemma") -> None:
    """Let a model write a report, for practice. It is never fed into an audit."""
    from .readers.abilities import WritesReports

    made, film = _able(reader, WritesReports, "write reports"), _film(image)
    print(made.write_report(film))
    print("Written by a model for practice; nobody checked it.", file=sys.stderr)


def where(
    image: FilmArgument,
    sentence: Annotated[str, typer.Argument(help='For example "Opacity at the left base."')],
    reader: ReaderArgument = "medgemma",
) -> None:
    """Show where on a film a sentence points: boxes as JSON, none where the model says nowhere."""
    from .readers.abilities import Locates

    made, film = _able(reader, Locates, "locate a sentence"), _film(image)
    boxes = [{"box": box.as_list(), "sides": [side.value for side in box_sides(box)]} for box in made.locate(film, sentence)]
    print(json.dumps({"box_format": BOX_FORMAT, "boxes": boxes}))


def _film(image: Path):
    from .images import load

    return load(image)


def _able(reader: str, ability: type, what: str):
    from .registry import make_reader

    made = make_reader(reader)
    if not isinstance(made, ability):
        raise InputError(f"The reader {made.name!r} can't {what}.", "Choose a vision-language model: cxr-auditor models lists them.")
    return made

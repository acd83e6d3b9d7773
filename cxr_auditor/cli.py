"""The command line. Exit code 0 when audited, 2 on bad input (one line on stderr), 1 otherwise."""

import errno
import json
import os
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Annotated, NoReturn

import typer

from . import cli_film
from .errors import AuditorError, InputError
from .evaluation.cli import app as evaluate_app
from .schema import DraftReading, ImageReading, Outcome, ReadingStatus
from .teaching.cli import app as cases_app
from .teaching.users_cli import DATABASE_HELP
from .teaching.users_cli import app as users_app
from .training.cli import app as train_app
from .version import __version__

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)

app.add_typer(evaluate_app, name="evaluate")
app.add_typer(cases_app, name="cases")
app.add_typer(users_app, name="users")
app.add_typer(train_app, name="train")
cli_film.register(app)

READER_HELP = "lite, reference, ... or NAME=MODEL, NAME@SERVER. Default: $CXR_AUDITOR_READER, else lite."
PARSER_HELP = "rules, ... or NAME=MODEL, NAME@SERVER. Default: $CXR_AUDITOR_PARSER, else rules."
ReaderOption = Annotated[str, typer.Option("--reader", envvar="CXR_AUDITOR_READER", show_envvar=False, help=READER_HELP)]
ParserOption = Annotated[str, typer.Option("--parser", envvar="CXR_AUDITOR_PARSER", show_envvar=False, help=PARSER_HELP)]


def _version(asked: bool) -> None:
    if asked:
        print(f"cxr-draft-auditor {__version__}")
        raise typer.Exit


@app.callback()
def program(
    version: Annotated[bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")] = False,
) -> None:
    """Says where a draft impression and a chest film disagree. Research and education only; not a medical device."""


@app.command()
def audit(
    image: Annotated[Path, typer.Argument(help="PNG, JPEG, WebP, TIFF or DICOM film.")],
    draft: Annotated[str | None, typer.Option("--draft", help="The draft impression.")] = None,
    draft_file: Annotated[Path | None, typer.Option("--draft-file", help="A UTF-8 text file with the draft.")] = None,
    reader: ReaderOption = "lite",
    parser: ParserOption = "rules",
    reading: Annotated[Path | None, typer.Option("--reading", help="Audit against this reading (JSON); no reader runs.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the whole report as JSON.")] = False,
    overlay: Annotated[Path | None, typer.Option("--overlay", help="Write the film with its boxes to this PNG.")] = None,
) -> None:
    """Audit one film and one draft."""
    from . import audit as pipeline  # the function; its module is imported with the package
    from .audit import audit_reading
    from .images import load
    from .registry import check_reader
    from .text import report_text

    if draft is not None and draft_file is not None:
        raise InputError("Give the draft once.", "Use --draft TEXT or --draft-file FILE, not both.")
    if draft_file is not None:
        draft = _read_text(draft_file, "The draft file")
    check_reader(reader)
    film = load(image)
    if reading is None:
        report = pipeline(film, draft, reader, parser)
    else:
        from .reading_data import load_reading

        report = audit_reading(film, load_reading(reading), draft, parser)
    print(report.to_json() if as_json else report_text(report), end="")
    if overlay is not None:
        _write_overlay(film, report, overlay)
    if report.outcome is Outcome.NOT_AUDITED:
        raise typer.Exit(1)


def _write_overlay(film, report, path: Path) -> None:
    """A failure to write or draw is told, and never loses the audit, which has been printed by now."""
    from .overlay import overlay_png

    try:
        path.write_bytes(overlay_png(film, report))
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or type(error).__name__
        print(f"The overlay could not be written ({reason}). Check that its folder exists and is writable.", file=sys.stderr)


@app.command()
def parse(
    source: Annotated[str, typer.Argument(metavar="[FILE|-]", help='JSON lines {"id", "text"}; - reads standard input.')] = "-",
    parser: ParserOption = "rules",
) -> None:
    """Read drafts: JSON lines in, one JSON line out for each, in the same order."""
    from .audit import parse_draft
    from .registry import make_parser
    from .schema import DraftStatus

    made = make_parser(parser)
    failed = False
    for line, document in _json_lines(source):
        text = document.get("text")
        if "id" not in document or not isinstance(text, str):
            raise InputError(f'Line {line} is not a document: "id" and "text" (a string) are needed.', 'Write {"id": ..., "text": "..."}.')
        try:
            parsed = parse_draft(text, made)
        except InputError as error:
            raise InputError(f"Line {line}: {error.message}", error.hint) from error
        failed |= parsed.status is DraftStatus.FAILED
        print(json.dumps({"id": document["id"], **draft_line(parsed)}))
    if failed:
        raise typer.Exit(1)


def draft_line(parsed: DraftReading) -> dict:
    """A draft reading in the form that `parse` prints."""
    mention = ("label", "status", "sides", "span", "start", "end")
    other = ("term", "status", "span", "start", "end")
    data = parsed.model_dump(mode="json")
    line = {
        "findings": [{key: m[key] for key in mention} for m in data["findings"]],
        "other": [{key: m[key] for key in other} for m in data["other"]],
        "contradictions": data["contradictions"],
        "status": data["status"],
    }
    return line | {key: data[key] for key in ("notes", "message") if data[key]}


@app.command()
def read(
    images: Annotated[list[Path], typer.Argument(help="Films to read.")],
    reader: ReaderOption = "lite",
) -> None:
    """Read films: one JSON line for each, in the order given. A film that can't be read is named on stderr; the others go on."""
    from .audit import read_film
    from .images import load
    from .registry import make_reader

    made = make_reader(reader)
    bad_input = failed = False
    for path in images:
        try:
            reading = read_film(load(path), made)
        except InputError as error:
            bad_input = True
            print(f"{path}: {_one_line(error)}", file=sys.stderr)
            told = {"status": ReadingStatus.FAILED, "message": str(error)}
            about = {"scope": made.scope, "silence_means_absent": made.silence_means_absent}
            reading = ImageReading(reader=made.name, revision=made.revision, **about, **told)
        failed |= reading.status in (ReadingStatus.FAILED, ReadingStatus.NOTHING_USABLE)
        print(json.dumps({"image": str(path), **reading_line(reading)}))
    if bad_input or failed:
        raise typer.Exit(2 if bad_input else 1)


def reading_line(reading: ImageReading) -> dict:
    """An image reading in the form that `read` prints."""
    data = reading.model_dump(mode="json")
    finding = ("finding", "status", "sides", "box", "score")
    line = {
        "status": data["status"],
        "findings": [{key: f[key] for key in finding} for f in data["findings"]],
        "scores": data["scores"],
        "scope": data["scope"],
        "silence_means_absent": data["silence_means_absent"],
    }
    return line | {key: data[key] for key in ("other", "notes", "message") if data[key]}


@app.command()
def serve(
    host: Annotated[str, typer.Option(envvar="GRADIO_SERVER_NAME", show_envvar=False)] = "127.0.0.1",
    port: Annotated[int, typer.Option(envvar="GRADIO_SERVER_PORT", show_envvar=False, min=1, max=65535)] = 7860,
    library: Annotated[Path | None, typer.Option("--library", help="Your own cases to teach with, beside the examples.")] = None,
    database: Annotated[str | None, typer.Option("--database", help=DATABASE_HELP)] = None,
    accounts: Annotated[bool, typer.Option("--accounts", help="Teaching needs a sign-in, on this machine too.")] = False,
) -> None:
    """Open the web page on this machine. Where other machines can reach it, teaching needs a sign-in: see `cxr-auditor users`."""
    if database is not None:
        os.environ["CXR_AUDITOR_DATABASE"] = database
    if accounts:
        os.environ["CXR_AUDITOR_ACCOUNTS"] = "1"
    if library is not None:
        from .teaching.cases import library_folders
        from .teaching.shelf import LIBRARY_VARIABLE

        library_folders(library)  # a page that runs leaves out what it can't use
        os.environ[LIBRARY_VARIABLE] = str(library.resolve())
    try:
        from .web.app import serve as serve_page
    except ModuleNotFoundError as error:
        hint = "Install it: pip install 'cxr-draft-auditor[web,teaching]'."
        raise AuditorError(f"The page needs the Python package {error.name!r}, which is not installed.", hint) from error

    serve_page(host, port)


def _read_text(path: Path, what: str) -> str:
    """The file's own characters, line ends as they are, without a byte order mark: places in it are counted in these."""
    try:
        return path.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise InputError(f"{what} is not UTF-8 text.", "Save it as UTF-8.") from error
    except OSError as error:
        raise InputError(f"{what} can't be read: {error.strerror}.", "Check its path.") from error


def _json_lines(source: str) -> Iterator[tuple[int, dict]]:
    if source == "-":
        text = sys.stdin.buffer.read().decode("utf-8-sig", "surrogateescape")
    else:
        text = _read_text(Path(source), "The file of drafts")
    for number, line in enumerate(text.split("\n"), start=1):
        if not line.strip():
            continue
        try:
            document = json.loads(line)
        except json.JSONDecodeError as error:
            raise InputError(f"Line {number} is not JSON ({error.msg}, column {error.colno}).", "Write one JSON object a line.") from error
        except (ValueError, RecursionError) as error:  # valid perhaps, but beyond what Python's own reader takes
            wrong = f"Line {number} holds a number too long or a nesting too deep to be read."
            raise InputError(wrong, 'Write {"id": ..., "text": "..."}.') from error
        if not isinstance(document, dict):
            raise InputError(f"Line {number} is not a JSON object.", 'Write {"id": ..., "text": "..."}.')
        yield number, document


# Typer carries its own copy of click since 0.2x: the root of usage errors is reached through the one class it exports.
UsageProblem = next(c for c in typer.BadParameter.__mro__ if c.__name__ == "ClickException")


def _one_line(error: Exception) -> str:
    return " ".join(str(error).split())


def main() -> None:
    """Entry point of the command line."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(encoding="utf-8", errors="backslashreplace")
    plainly(lambda: app(standalone_mode=False, prog_name="cxr-auditor"))


def plainly(run: Callable[[], int | None]) -> NoReturn:
    """Runs and exits; every error that is meant for a person is one line on stderr."""
    try:
        code = run()
        sys.stdout.flush()
    except InputError as error:
        _leave(2, _one_line(error))
    except AuditorError as error:
        _leave(1, _one_line(error))
    except typer.Abort:
        _leave(1, "Stopped.")
    except UsageProblem as error:
        if type(error).__name__ == "NoArgsIsHelpError":
            _leave(2, error.format_message())
        _leave(2, f"{_one_line(error.format_message())} Try 'cxr-auditor --help'.")
    except OSError as error:
        if error.errno not in (errno.EPIPE, errno.ENOSPC):
            raise
        # what was printed has nowhere to go: a closed pipe, a full disk
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        _leave(1, "" if isinstance(error, BrokenPipeError) else f"The output could not be written: {error.strerror}.")
    sys.exit(code or 0)


def _leave(code: int, line: str) -> NoReturn:
    if line:
        print(line, file=sys.stderr)
    sys.exit(code)

"""`cxr-auditor users ...`: who has an account, and what is kept of them. No password is ever an argument: other programs can read those."""

import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer

from ..errors import AuditorError, InputError
from .records import Person, Role

app = typer.Typer(
    help="Accounts of trainees and teachers.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)

DATABASE_HELP = "sqlite:///FILE or postgresql://USER:PASSWORD@HOST/NAME. Default: $CXR_AUDITOR_DATABASE, else a file in your data folder."
STDIN_HELP = "Read the password from the first line of standard input."
DatabaseOption = Annotated[str | None, typer.Option("--database", help=DATABASE_HELP)]
StdinOption = Annotated[bool, typer.Option("--password-stdin", help=STDIN_HELP)]
NameArgument = Annotated[str, typer.Argument(help="The name to sign in with.")]


@app.command()
def add(
    name: NameArgument,
    role: Annotated[Role, typer.Option("--role", help="A trainee has sessions; a teacher sees those of a group too.")] = Role.TRAINEE,
    group: Annotated[str | None, typer.Option("--group", help="A group of trainees and its teachers.")] = None,
    password_stdin: StdinOption = False,
    database: DatabaseOption = None,
) -> None:
    """Add an account. The password is asked for, twice, and not shown."""
    with _accounts(database) as accounts:
        accounts.check_free(name, group)  # before anybody thinks of a password
        print(f"Added {_line(accounts.add(name, _password(password_stdin), role, group))}.")


@app.command("list")
def list_users(database: DatabaseOption = None) -> None:
    """List who there is: name, role, group, and how they come in."""
    with _accounts(database) as accounts:
        people = accounts.everybody()
    if not people:
        print("Nobody yet. Add somebody: cxr-auditor users add NAME --role teacher", file=sys.stderr)
        return
    rows = [("name", "role", "group", "comes in"), *((p.name, p.role.value, p.group or "-", _way_in(p)) for p in people)]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        print("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())


@app.command()
def remove(
    name: NameArgument,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    database: DatabaseOption = None,
) -> None:
    """Delete a person and everything that is theirs: sessions, drafts, answers, sign-ins."""
    from .keeping import belongings, forget

    with _accounts(database) as accounts:
        person = accounts.named(name)
        theirs = belongings(accounts.store, person)
        goes = [_count(theirs.sessions, "session"), _count(theirs.drafts, "committed draft"), _count(theirs.answers, "answer")]
        stays = f" What stays: {_count(theirs.corrections, 'correction')} of a case's truth." if theirs.corrections else ""
        print(f"{_line(person)}: {', '.join(goes)}.{stays}")
        if not yes and not typer.confirm("Delete all of it? It can't be brought back.", err=True):
            raise typer.Abort
        forget(accounts.store, person)
        print(f"Removed {person.name}.")


@app.command()
def password(name: NameArgument, password_stdin: StdinOption = False, database: DatabaseOption = None) -> None:
    """Give a person another password. Whoever is signed in under this name is signed out."""
    with _accounts(database) as accounts:
        accounts.need_password(name)
        person = accounts.set_password(name, _password(password_stdin))
        print(f"{person.name} has a new password and is signed out everywhere.")


@app.command()
def group(
    name: NameArgument,
    group: Annotated[str | None, typer.Argument(help="The group; left out with --none.", show_default=False)] = None,
    none: Annotated[bool, typer.Option("--none", help="Take the person out of any group.")] = False,
    database: DatabaseOption = None,
) -> None:
    """Put a person into a group: its teachers see its trainees' sessions."""
    if (group is None) is not none:
        raise InputError("Name one group, or none.", "Write 'users group NAME GROUP' or 'users group NAME --none'.")
    with _accounts(database) as accounts:
        print(f"{_line(accounts.set_group(name, group))}.")


@app.command()
def role(name: NameArgument, role: Annotated[Role, typer.Argument(help="trainee or teacher")], database: DatabaseOption = None) -> None:
    """Make a person a trainee or a teacher."""
    with _accounts(database) as accounts:
        print(f"{_line(accounts.set_role(name, role))}.")


@app.command()
def export(
    name: NameArgument,
    out: Annotated[Path, typer.Option("--out", help="The JSON file to write.")],
    database: DatabaseOption = None,
) -> None:
    """Write everything that is stored about a person to a file that only you may read."""
    from .keeping import export_json

    with _accounts(database) as accounts:
        text = export_json(accounts.store, accounts.named(name))
    try:
        _write_private(out, text)
    except OSError as error:
        raise InputError(f"{out} can't be written: {error.strerror}.", "Check that its folder exists and is writable.") from error
    print(f"Wrote {out}.")


@app.command()
def sweep(
    days: Annotated[int | None, typer.Option("--days", min=1, help="Default: $CXR_AUDITOR_KEEP_DAYS.")] = None,
    database: DatabaseOption = None,
) -> None:
    """Delete the sessions that ended, or were left, more than so many days ago. A running server does it by itself once a day."""
    from datetime import UTC, datetime

    from . import keeping

    days = days or keeping.keep_days()
    if days is None:
        raise InputError("How long to keep sessions is not set.", f"Give --days N, or set {keeping.KEEP_DAYS_VARIABLE}.")
    with _accounts(database) as accounts:
        gone = keeping.sweep(accounts.store, datetime.now(UTC), days)
    print(f"Deleted {_count(gone, 'session')}.")


@contextmanager
def _accounts(database: str | None) -> Iterator:
    """The accounts of the database asked for, which is closed at the end."""
    try:
        from .accounts import Accounts
        from .store.engine import open_store
    except ModuleNotFoundError as error:
        hint = "Install it: pip install 'cxr-draft-auditor[teaching]'."
        raise AuditorError(f"Accounts need the Python package {error.name!r}, which is not installed.", hint) from error

    store = open_store(database)
    try:
        yield Accounts(store)
    finally:
        store.close()


def _password(from_stdin: bool) -> str:
    """A password that was typed twice without being shown, or the first line of standard input."""
    if from_stdin:
        try:
            line = sys.stdin.readline()
        except UnicodeDecodeError as error:
            raise InputError("The password on standard input is not UTF-8 text.", "Write it as UTF-8.") from error
        if not line:
            raise InputError("No password came on standard input.", "Write it there in one line.")
        return line.rstrip("\r\n")
    if not sys.stdin.isatty():
        raise InputError("There is no terminal to ask for the password.", "Send it to standard input and add --password-stdin.")
    return typer.prompt("Password", hide_input=True, confirmation_prompt=True, err=True)


def _write_private(out: Path, text: str) -> None:
    """Writes a file that its owner alone may read; one that is there is replaced, whoever might read it or has it open."""
    out = out.resolve()
    if out.exists() and not out.is_file():
        raise InputError(f"{out} is no file.", "Name the JSON file to write.")
    descriptor, new = tempfile.mkstemp(prefix=f".{out.name[:50]}-", dir=out.parent)
    try:
        with open(descriptor, "w", encoding="utf-8") as file:
            file.write(text)
        os.replace(new, out)
    except BaseException:
        os.unlink(new)
        raise


def _way_in(person: Person) -> str:
    from .accounts import HUGGING_FACE
    from .people import LOCAL

    if person.name == LOCAL:
        return "at this machine, without login"
    return "Hugging Face" if person.name.startswith(HUGGING_FACE) else "password"


def _count(number: int, what: str) -> str:
    return f"{number} {what}{'' if number == 1 else 's'}"


def _line(person: Person) -> str:
    return f"{person.name} ({person.role}{f', group {person.group}' if person.group else ''})"

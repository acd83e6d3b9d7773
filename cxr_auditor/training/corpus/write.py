"""The corpus on disk: one JSON line a film, one file a split, one manifest. It appears whole or not at all."""

import json
import os
import shutil
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from tempfile import mkdtemp

from ...errors import InputError
from ...evaluation.datasets import ArchiveMember
from ...evaluation.provenance import file_hash
from .splits import SPLITS
from .spool import Spool, Spooled
from .target import target_text

FORMAT = "cxr-corpus-1"
MANIFEST = "manifest.json"


@contextmanager
def appearing(out: Path) -> Iterator[Path]:
    """A folder to write to that becomes `out` at the end; after an error nothing of it is left. InputError where `out` can't be had."""
    if out.name in ("", "..") or out.is_symlink() or (out.exists() and not out.is_dir()):
        raise InputError(f"The output folder {str(out)!r} must be new or an empty folder of its own.", "Choose another with --out.")
    if out.is_dir() and any(out.iterdir()):
        raise InputError(f"The output folder {out.name!r} is not empty.", "Choose another with --out: a corpus is never written over.")
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        made = Path(mkdtemp(prefix=f".{out.name}-", dir=out.parent))
    except OSError as error:
        raise InputError(f"The output folder {out.name!r} can't be made ({error.strerror}).", "Choose another with --out.") from error
    try:
        yield made
        made.chmod(0o755)
        os.replace(made, out)
    except OSError as error:
        raise InputError(f"The corpus can't be written ({error.strerror}).", "Check the disk, or choose another --out.") from error
    finally:
        shutil.rmtree(made, ignore_errors=True)  # there only after an error


def write_corpus(spool: Spool, folders: Mapping[str, Path], manifest: dict, made: Path) -> None:
    """Writes the splits in a seeded order, and the manifest with the hash of each, into the folder `made`."""

    def lines(name: str) -> Iterator[dict]:
        return (line_of(film, folders[film.dataset]) for film in spool.films("split = ?", (name,)))

    write_splits(lines, [name for name in SPLITS if manifest["splits"][name]["films"]], manifest, made)


def write_splits(lines: Callable[[str], Iterable[dict]], names: Iterable[str], manifest: dict, made: Path) -> None:
    """Writes the lines of the splits `names`, one file each, and the manifest with the hash of each, into the folder `made`."""
    hashes = {}
    for name in names:
        path = made / f"{name}.jsonl"
        with path.open("w", encoding="utf-8") as handle:
            for line in lines(name):
                handle.write(json.dumps(line, ensure_ascii=False) + "\n")
        hashes[path.name] = file_hash(path)
    text = json.dumps(manifest | {"sha256": hashes}, indent=2, ensure_ascii=False)
    (made / MANIFEST).write_text(text + "\n", encoding="utf-8")


def line_of(film: Spooled, folder: Path) -> dict:
    """One film as it stands in the corpus; its image by the path below its data set's folder."""
    place = film.image.archive if isinstance(film.image, ArchiveMember) else film.image
    image = {"image": Path(os.path.relpath(place, folder)).as_posix()}
    if isinstance(film.image, ArchiveMember):
        image["member"] = film.image.member
    return {
        "id": film.image_id,
        "dataset": film.dataset,
        "patient": film.patient,
        **image,
        "sha256": film.sha256,
        "findings": [one.model_dump(mode="json", include={"finding", "sides", "box"}) for one in film.findings],
        "searched": list(film.searched),
        "target": target_text(film.findings),
    }

"""Where a model's files lie: a folder of the user's, or the Hugging Face hub's, fetched when the user has named the model and not before.

What is in the hub's cache is used as it is, without asking the network: the same commit until the user names another one.
"""

import hashlib
import json
from pathlib import Path

from .errors import ModelMissing

FILES = ("*.json", "*.jinja", "*.model", "*.safetensors", "*.txt")
CODE = "*.py"
_SAMPLES, _SAMPLE = 64, 4096  # of a file of weights: how many, and how many bytes each


def fetch(model: str, revision: str | None = None, code: bool = False) -> Path:
    """The folder that holds the whole model. `code`: also the Python files that come with it.

    Raises ModelMissing: unknown name or revision, gated weights, no network.
    """
    if Path(model).is_dir():
        return Path(model)
    from huggingface_hub import snapshot_download
    from huggingface_hub.errors import GatedRepoError, HfHubHTTPError, HFValidationError, RepositoryNotFoundError, RevisionNotFoundError

    transport_error = HfHubHTTPError.__bases__[0]  # the root of whichever HTTP library the hub's client is built on
    patterns = [*FILES, CODE] if code else [*FILES]
    try:
        held = cached(model, revision)
        return held if held is not None else Path(snapshot_download(model, revision=revision, allow_patterns=patterns))
    except GatedRepoError as error:
        raise ModelMissing(
            f"The weights of {model!r} are gated.",
            f"Accept their terms at https://huggingface.co/{model}, then log in: hf auth login.",
        ) from error
    except (RepositoryNotFoundError, RevisionNotFoundError, HFValidationError) as error:
        at = f" at the revision {revision!r}" if revision else ""
        raise ModelMissing(
            f"There is no model {model!r}{at}: no such folder, and the Hugging Face hub has none (or shows it to nobody without a login).",
            "Check the name; `python -m cxr_auditor models` lists what is known.",
        ) from error
    except (OSError, transport_error) as error:
        raise ModelMissing(
            f"The weights of {model!r} are not on this machine and could not be fetched.",
            "Check the network and the free disk space, or name a folder that holds them.",
        ) from error


def there(model: str, revision: str | None = None) -> Path | None:
    """The folder that holds the whole model, where it is on this machine. Asks no network."""
    folder = Path(model)
    if folder.is_dir():
        return folder if is_whole(folder) else None
    return cached(model, revision)


def cached(model: str, revision: str | None = None) -> Path | None:
    """The model's snapshot in the hub's cache, where it is there and whole (a download may have been interrupted). Asks no network."""
    try:
        from huggingface_hub import snapshot_download
        from huggingface_hub.errors import HFValidationError, LocalEntryNotFoundError
    except ModuleNotFoundError:
        return None  # nothing can have been fetched; loading says what to install

    try:
        folder = Path(snapshot_download(model, revision=revision, local_files_only=True))
    except (LocalEntryNotFoundError, HFValidationError):
        return None
    return folder if is_whole(folder) else None


def is_whole(folder: Path) -> bool:
    """Whether a folder holds a config and every weight file that belongs to it."""
    index = folder / "model.safetensors.index.json"
    if not (folder / "config.json").is_file():
        return False
    if not index.is_file():
        return (folder / "model.safetensors").is_file()
    return all((folder / name).is_file() for name in set(json.loads(index.read_text("utf-8"))["weight_map"].values()))


def revision_of(model: str, folder: Path) -> str:
    """The commit of a snapshot, or a fingerprint of a folder of the user's.

    A fingerprint stands for the config, the names and sizes of all files, and samples of the weights: they are too large to be hashed
    each time, and a model that was tuned again has files of the same sizes.
    """
    if not Path(model).is_dir():
        return folder.name
    digest = hashlib.sha256((folder / "config.json").read_bytes())
    for path in sorted(folder.iterdir()):
        size = path.stat().st_size
        digest.update(f"{path.name} {size}\n".encode())
        if path.suffix == ".safetensors":
            with path.open("rb") as stream:
                for place in range(0, size, max(_SAMPLE, size // _SAMPLES)):
                    stream.seek(place)
                    digest.update(stream.read(_SAMPLE))
    return f"folder:{digest.hexdigest()[:12]}"

"""Where the files that come with the project lie: `assets` (example films, the lite reader's weights) and `prompts`.

In a checkout they are folders beside the package; an installed package carries them in `_data`.
"""

from pathlib import Path

from .errors import InputError

_PACKAGE = Path(__file__).resolve().parent
_ROOTS = (_PACKAGE / "_data", _PACKAGE.parent)


def shipped_folder(name: str, *parts: str) -> Path:
    """A shipped folder, or a folder in it. InputError where it is missing."""
    for root in _ROOTS:
        folder = root.joinpath(name, *parts)
        if folder.is_dir():
            return folder
    missing = _ROOTS[-1].joinpath(name, *parts)
    raise InputError(f"The folder {missing} is missing.", "Run from a full checkout, or install the package anew.")


def assets_folder(*parts: str) -> Path:
    """The folder `assets`, or a folder in it. InputError where it is missing."""
    return shipped_folder("assets", *parts)

"""Any source -> Radiograph."""

import hashlib
import os
import stat
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

import numpy as np

from ..errors import InputError
from .film import LIMITS, Radiograph, check_bytes
from .quiet import hush_decoders
from .sniff import kind_of

if TYPE_CHECKING:
    from PIL import Image


def load(source: "str | Path | bytes | BinaryIO | np.ndarray | Image.Image") -> Radiograph:
    """The film in a path, the bytes of a file, an open binary file, an array or a Pillow image.

    Raises InputError with a sentence that holds no file name, no path and nothing of the file's text; TypeError for any other source.
    """
    hush_decoders()
    if isinstance(source, np.ndarray):
        from .raster import read_array

        described = f"{source.shape} {source.dtype.str} ".encode()
        return read_array(source, hashlib.sha256(described + np.ascontiguousarray(source).tobytes()).hexdigest())
    if isinstance(source, (bytes, bytearray, memoryview)):
        return _decode(bytes(source))
    if isinstance(source, (str, os.PathLike)):
        return _decode(_read_file(Path(source)))
    if hasattr(source, "read"):
        return _decode(source.read(LIMITS.bytes + 1))
    from PIL import Image

    if isinstance(source, Image.Image):
        from .raster import read_pillow

        return read_pillow(source)
    raise TypeError(f"an image must be a path, bytes, a binary file, an array or a Pillow image, but got {type(source).__name__}")


def _read_file(path: Path) -> bytes:
    try:
        found = path.stat()
        regular = stat.S_ISREG(found.st_mode)
        data = path.read_bytes() if regular and found.st_size <= LIMITS.bytes else b""
    except FileNotFoundError:
        raise InputError("There is no image file at that path.", "Check the path.") from None
    except (OSError, ValueError):  # ValueError: a NUL in the path
        raise InputError("The image file can't be opened.", "Check its path and whether you may read it.") from None
    if not regular:
        raise InputError("The image path is no file but a folder or a device.", "Name one image file.")
    check_bytes(found.st_size)
    return data


def _decode(data: bytes) -> Radiograph:
    check_bytes(len(data))
    sha256 = hashlib.sha256(data).hexdigest()
    kind = kind_of(data)
    if kind == "DICOM":
        from .dicom import read_dicom

        return read_dicom(data, sha256)
    from .raster import read_picture

    return read_picture(data, kind, sha256)

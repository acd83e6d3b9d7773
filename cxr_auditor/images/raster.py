"""PNG, JPEG, WebP and TIFF, Pillow images and arrays -> Radiograph."""

import dataclasses
import hashlib
import io
import struct
import zlib
from contextlib import contextmanager

import numpy as np
from PIL import Image, ImageOps

from ..errors import InputError
from .film import Radiograph, check_size
from .tones import colour, grey, robust_window, to_uint8

_PILLOW_FORMATS = {"PNG": "PNG", "JPEG": "JPEG", "WebP": "WEBP", "TIFF": "TIFF"}
_BROKEN = (OSError, EOFError, SyntaxError, ValueError, TypeError, KeyError, IndexError, OverflowError, struct.error, zlib.error)
_DEEP_MODES = ("I", "F", "I;16", "I;16B", "I;16L", "I;16N")  # deeper than eight bits
_GREY_MODES = ("1", "L", "LA", "La")
_TIFF_BITS, _TIFF_PHOTOMETRIC, _WHITE_IS_ZERO = 258, 262, 0
_PNG_DEPTH = 24  # where a PNG file's header tells the bits of a sample
_COLOUR_MODES = ("RGB", "RGBA", "RGBa", "RGBX", "LA", "La")  # of eight bits, whatever the file holds
_ORIENTATION = 0x0112
_UPRIGHT = {  # EXIF orientation -> the turn that undoes it
    2: np.fliplr,
    3: lambda values: np.rot90(values, 2),
    4: np.flipud,
    5: lambda values: values.swapaxes(0, 1),
    6: lambda values: np.rot90(values, -1),
    7: lambda values: np.rot90(values, 2).swapaxes(0, 1),
    8: np.rot90,
}


def read_picture(data: bytes, kind: str, sha256: str) -> Radiograph:
    """The film in the bytes of a picture file of that kind. Raises InputError."""
    with _translated(kind):
        picture = Image.open(io.BytesIO(data), formats=[_PILLOW_FORMATS[kind]])
    check_size(*picture.size)
    with _translated(kind):
        several = 1 if picture.format == "MPO" else getattr(picture, "n_frames", 1)  # an MPO's further pictures are previews of the same
    if several > 1:
        raise InputError(f"The {kind} file holds {several} pictures; a film is one.", "Save the one film as a file of its own.")
    return _film(picture, kind, sha256, data)


def read_pillow(picture: Image.Image) -> Radiograph:
    """The film in a Pillow image, its orientation tag applied. Raises InputError."""
    check_size(*picture.size)
    with _translated("picture"):
        described = f"{picture.size} {picture.mode} ".encode() + picture.tobytes()
    return _film(picture, "picture", hashlib.sha256(described).hexdigest())


def read_array(array: np.ndarray, sha256: str) -> Radiograph:
    """The film in an array: (height, width) of any real type, or (height, width, 1, 3 or 4) of uint8. Raises InputError.

    uint8 is taken as it is, with 3 channels as RGB and a 4th as alpha, which is dropped; other types are windowed by their own levels.
    """
    if array.ndim == 3 and array.shape[2] == 1:
        array = array[:, :, 0]
    coloured = array.ndim == 3 and array.shape[2] in (3, 4) and array.dtype == np.uint8
    if not (coloured or (array.ndim == 2 and (array.dtype == bool or np.issubdtype(array.dtype, np.integer) or array.dtype.kind == "f"))):
        raise InputError(
            f"An image array must be (height, width) numbers or (height, width, 3) uint8, but got {array.dtype} of shape {array.shape}."
        )
    check_size(array.shape[1], array.shape[0])
    if coloured:
        return _coloured(array[:, :, :3], "array", sha256, ())
    if array.dtype == bool:
        return Radiograph(pixels=array.astype(np.uint8) * 255, sha256=sha256)
    if array.dtype == np.uint8:
        return Radiograph(pixels=array, sha256=sha256)
    return _deep(array, "array", sha256, ())


def _film(picture: Image.Image, kind: str, sha256: str, data: bytes = b"") -> Radiograph:
    """`data`: the file, where there is one; Pillow cuts colour of more than eight bits down to the upper eight."""
    white_is_zero = getattr(picture, "tag_v2", {}).get(_TIFF_PHOTOMETRIC) == _WHITE_IS_ZERO
    with _translated(kind):
        orientation = picture.getexif().get(_ORIENTATION, 1)
        upright = ImageOps.exif_transpose(picture)  # loads it, and takes account of a TIFF that turns itself when loaded
        deep = upright.mode in _DEEP_MODES
        plain = upright if deep else upright.convert("L" if upright.mode in _GREY_MODES else "RGB")  # drops alpha
    notes = ("turned upright as the file's orientation tag says",) if orientation not in (0, 1) else ()
    if upright.mode in _COLOUR_MODES and _bits(picture, kind, data) > 8:
        rgb = _deep_colour(data, kind, orientation, np.asarray(plain))
        return _windowed_colour(rgb, kind, sha256, notes)
    values = np.asarray(plain)
    if deep:  # Pillow inverts a white-is-zero TIFF of eight bits or fewer only
        return _deep(np.negative(values, dtype=np.float64) if white_is_zero else values, kind, sha256, notes)
    if plain.mode == "L":
        return Radiograph(pixels=values, kind=kind, sha256=sha256, notes=notes)
    return _coloured(values, kind, sha256, notes)


def _deep(values: np.ndarray, kind: str, sha256: str, notes: tuple[str, ...]) -> Radiograph:
    low, high = robust_window(values)
    return Radiograph(pixels=to_uint8(values, low, high), kind=kind, sha256=sha256, notes=(*notes, "windowed by its own grey levels"))


def _bits(picture: Image.Image, kind: str, data: bytes) -> int:
    """Bits of a sample in a PNG or TIFF file; 8 where there is no file, or one of another kind."""
    if kind == "PNG" and data:
        return data[_PNG_DEPTH]
    if kind == "TIFF" and data:
        return max(getattr(picture, "tag_v2", {}).get(_TIFF_BITS, (8,)))
    return 8


def _deep_colour(data: bytes, kind: str, orientation: int, upright: np.ndarray) -> np.ndarray:
    """The colours of a file in their full depth, alpha dropped: (height, width, 3), as `upright` shows them in eight bits.

    OpenCV turns a TIFF by its orientation tag, whatever it is told, and a PNG not: of both ways, the one that fits is taken.
    """
    import cv2

    stored = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_UNCHANGED)
    ways = []
    if stored is not None and stored.ndim == 3 and stored.dtype == np.uint16 and stored.shape[2] >= 3:
        rgb = stored[:, :, 2::-1]  # OpenCV's order is blue, green, red
        ways = [way for way in (rgb, _UPRIGHT.get(orientation, np.asarray)(rgb)) if way.shape == upright.shape]
    if not ways:
        raise InputError(f"The colours of the {kind} file are stored in a way that can't be read.", "Save it as grey, or as a PNG file.")
    return min(ways, key=lambda way: np.abs((way >> 8).astype(np.int16) - upright).mean())


def _windowed_colour(rgb: np.ndarray, kind: str, sha256: str, notes: tuple[str, ...]) -> Radiograph:
    """Its luma (ITU-R BT.601) as deep grey; how colourful it is, on the scale of eight bits from black to its own white."""
    film = _deep(np.rint(rgb @ (0.299, 0.587, 0.114)).astype(rgb.dtype), kind, sha256, notes)
    colourfulness, tint = colour(to_uint8(rgb, 0, robust_window(rgb)[1]))
    return dataclasses.replace(film, colourfulness=colourfulness, tint=tint)


def _coloured(rgb: np.ndarray, kind: str, sha256: str, notes: tuple[str, ...]) -> Radiograph:
    colourfulness, tint = colour(rgb)
    return Radiograph(pixels=grey(rgb), kind=kind, sha256=sha256, notes=notes, colourfulness=colourfulness, tint=tint)


@contextmanager
def _translated(kind: str):
    """What Pillow raises on a broken file, as an InputError. Only Pillow's own calls stand inside; its message may quote the file."""
    try:
        yield
    except Image.DecompressionBombError:
        raise InputError("The image declares far more pixels than a film has.", "Save it smaller.") from None
    except _BROKEN:
        raise InputError(f"The {kind} file is damaged or cut short.", "Export or download it again.") from None

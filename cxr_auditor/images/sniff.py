"""What kind of file some bytes are, by their content; the name of a file says nothing."""

from ..errors import InputError
from .film import ACCEPTED

_PICTURES = (
    (b"\x89PNG\r\n\x1a\n", "PNG"),
    (b"\xff\xd8\xff", "JPEG"),
    (b"II*\0", "TIFF"),
    (b"MM\0*", "TIFF"),
    (b"II+\0", "TIFF"),  # BigTIFF
    (b"MM\0+", "TIFF"),
)
_REFUSED = (
    (b"GIF8", "a GIF picture"),
    (b"BM", "a BMP picture"),
    (b"%PDF", "a PDF document"),
    (b"PK\x03\x04", "a ZIP archive"),
    (b"\x1f\x8b", "a gzip archive"),
    (b"\0\0\0\x0cjP  ", "a bare JPEG 2000 picture"),
    (b"\xff\x4f\xff\x51", "a bare JPEG 2000 picture"),
)
_HEIC = (b"heic", b"heix", b"hevc", b"mif1", b"msf1", b"avif", b"avis")
_ENVELOPED = bytes.fromhex("2a864886f70d010703")  # ASN.1 object id of CMS enveloped data: how PS3.10 says to encrypt a DICOM file


def kind_of(data: bytes) -> str:
    """PNG, JPEG, WebP, TIFF or DICOM. Raises InputError for anything else, and names what it is where that is known."""
    for magic, kind in _PICTURES:
        if data.startswith(magic):
            return kind
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return "WebP"
    if data[128:132] == b"DICM" or _bare_dataset(data):
        return "DICOM"
    if data[:1] == b"\x30" and _ENVELOPED in data[:64]:
        raise InputError("The DICOM file is encrypted.", "Decrypt it first.")
    what = _refused(data)
    if what:
        raise InputError(f"This is {what}, not an X-ray image.", ACCEPTED)
    raise InputError("The file is not an image that can be read.", ACCEPTED)


def _bare_dataset(data: bytes) -> bool:
    """A DICOM dataset without its preamble starts with an element of group 2 or 8, in little endian, with a short length."""
    if data[:2] not in (b"\x02\x00", b"\x08\x00") or len(data) < 16:
        return False
    element, explicit = data[2:4], data[4:6]
    return element[1] == 0 and (explicit.isalpha() and explicit.isupper() or int.from_bytes(data[4:8], "little") < 128)


def _refused(data: bytes) -> str | None:
    for magic, what in _REFUSED:
        if data.startswith(magic):
            return what
    if data[4:8] == b"ftyp" and data[8:12] in _HEIC:
        return "a HEIC or AVIF picture"
    head = data[:4096]
    try:
        text = head.decode("utf-8")
    except UnicodeDecodeError as error:
        if error.start < len(head) - 3:  # not merely a character cut in two by the head's end
            return None
        text = head[: error.start].decode("utf-8")
    if "\0" in text:
        return None
    return "an SVG drawing" if "<svg" in text else "a text file"

"""What a compressed picture inside a DICOM file declares, read without decoding it."""

import struct

_SIZ = b"\xff\x4f\xff\x51"  # JPEG 2000: start of codestream, then image and tile size
_SOI, _EOI = b"\xff\xd8", b"\xff\xd9"  # JPEG: start and end of image
_PADDING = 64  # bytes that may follow the end
_NO_LENGTH = {0x01, *range(0xD0, 0xD9)}  # JPEG markers without a segment
_FRAME = {*range(0xC0, 0xD0), 0xF7} - {0xC4, 0xC8, 0xCC}  # JPEG and JPEG-LS: start of frame


def codestream_size(frame: bytes) -> tuple[int, int] | None:
    """(width, height) that a JPEG, JPEG-LS or JPEG 2000 codestream declares; None where it declares none."""
    try:
        if frame.startswith(_SOI):
            return _jpeg_size(frame)
        at = frame.find(_SIZ, 0, 4096)  # a JP2 file's boxes may stand before it
        if at < 0:
            return None
        right, bottom, left, top = struct.unpack_from(">4I", frame, at + 8)
        return right - left, bottom - top
    except (IndexError, struct.error):
        return None


def breaks_off(frame: bytes) -> bool:
    """Whether a JPEG or JPEG-LS codestream lacks its end; libjpeg would fill the missing rows with grey and say nothing."""
    return frame.startswith(_SOI) and _EOI not in frame[-_PADDING:]


def _jpeg_size(frame: bytes) -> tuple[int, int] | None:
    at = 2
    while frame[at] == 0xFF:
        marker = frame[at + 1]
        if marker in _FRAME:
            height, width = struct.unpack_from(">2H", frame, at + 5)
            return width, height
        at += 1 if marker == 0xFF else 2 if marker in _NO_LENGTH else 2 + struct.unpack_from(">H", frame, at + 2)[0]
    return None

"""A film that the browser sends in an event (static/drop.js), as base64: neither its bytes nor its name touch the server's disk."""

import base64
import time

from ..errors import InputError
from ..images import LIMITS


def decoded(sent: str | None, size: int) -> bytes:
    """The bytes of a film of `size` bytes. InputError for one that is too large, of which a browser sends only the size, or broken."""
    if size > LIMITS.bytes:
        most = LIMITS.bytes // 2**20
        raise InputError(f"The file has {size / 2**20:.0f} MiB.", f"At most {most} MiB are taken: export a smaller one.")
    try:
        return base64.b64decode(sent or "", validate=True)
    except ValueError as error:
        raise InputError("The film did not arrive whole.", "Choose it again.") from error


def taken() -> str:
    """Tells the drop zone that the file it sent has been dealt with; it watches for a new value."""
    return str(time.monotonic_ns())

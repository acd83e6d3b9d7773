"""Keeps what the decoding libraries say out of the logs: their warnings and debug lines can quote a file's metadata, patient included."""

import logging
import warnings

_LIBRARIES = ("pydicom", "PIL", "pylibjpeg", "openjpeg", "libjpeg")


def hush_decoders() -> None:
    """Silences the decoding libraries. Cheap, idempotent and safe between threads, so the loader calls it each time."""
    for name in _LIBRARIES:
        logger = logging.getLogger(name)
        if logger.level <= logging.CRITICAL:
            logger.setLevel(logging.CRITICAL + 1)
    warnings.filterwarnings("ignore", module=rf"({'|'.join(_LIBRARIES)})\b")

"""SIIM-ACR Pneumothorax 2019: masks as run lengths, column after column, each start counted from the end of the run before."""

from collections import defaultdict
from pathlib import Path

import numpy as np

from ...findings import Finding
from .chestxdet import mask_box
from .record import LabelledBox, LabelledFilm
from .tables import image_index, read_table

SOURCE = "SIIM-ACR Pneumothorax"
FRAME = (1024, 1024)
NO_MASK = "-1"


def decode_rle(text: str, width: int, height: int) -> np.ndarray:
    """The mask, (height, width) of booleans, of a relative column-major run-length text. Raises ValueError when it is none.

    >>> decode_rle("1 2 2 1", width=2, height=3).astype(int).tolist()
    [[0, 0], [1, 0], [1, 1]]
    """
    try:
        numbers = [int(value) for value in text.split()]
    except ValueError as error:
        raise ValueError("run lengths must be whole numbers") from error
    if not numbers or len(numbers) % 2 or min(numbers) < 0:
        raise ValueError("run lengths must be pairs of a gap and a length, none negative")
    if sum(numbers) > width * height:
        raise ValueError(f"run lengths must fit {width} x {height} pixels, but reach pixel {sum(numbers)} (gaps count from the run before)")
    values = np.tile([False, True], len(numbers) // 2)
    flat = np.zeros(width * height, dtype=bool)
    flat[: sum(numbers)] = np.repeat(values, numbers)
    return flat.reshape(width, height).T


def read_siim(table: Path, *, images: Path | None = None, frame: tuple[int, int] = FRAME) -> list[LabelledFilm]:
    """Films of the run-length table; only pneumothorax is known of them. A film may have several rows, each with its own box."""
    files = image_index(images)
    boxes: dict[str, list[LabelledBox]] = defaultdict(list)
    free: set[str] = set()
    for row in read_table(table, {"image": ("ImageId",), "mask": ("EncodedPixels",)}):
        image_id = row.text("image")
        own = boxes[image_id]
        if row.text("mask") == NO_MASK:
            free.add(image_id)
        else:
            try:
                mask = decode_rle(row.text("mask"), *frame)
            except ValueError as error:
                raise row.error("mask", str(error)) from error
            if not mask.any():
                raise row.error("mask", f"must mark at least one pixel, or be {NO_MASK} for none")
            own.append(LabelledBox(Finding.PNEUMOTHORAX, mask_box(mask), SOURCE))
        if own and image_id in free:
            raise row.error("mask", f"must be {NO_MASK} or masks, but this film has both")
    return [
        LabelledFilm(
            image_id=image_id,
            patient_id=image_id,
            source=SOURCE,
            image=files.get(image_id),
            labels={Finding.PNEUMOTHORAX: bool(own)},
            normal=False if own else None,
            boxes=tuple(own),
            size=frame,
            searched=(Finding.PNEUMOTHORAX,),
        )
        for image_id, own in boxes.items()
    ]

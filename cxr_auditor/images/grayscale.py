"""Stored values of a grey DICOM picture -> what a screen shows: modality LUT, VOI LUT or window, padding, MONOCHROME1.

Every step maps a stored value by itself, so the whole pipeline runs on the list of values that occur, never on the picture.
"""

import numpy as np
from pydicom.dataset import Dataset
from pydicom.pixels import apply_rescale, apply_windowing

from .tones import robust_window, to_uint8

_COLLAPSED = 8  # grey levels between the 5th and 95th percentile under which the file's own window shows nothing
_LUT_FAULTS = (AttributeError, IndexError, KeyError, TypeError, ValueError, OverflowError, NotImplementedError)


def displayed(stored: np.ndarray, dataset: Dataset) -> tuple[np.ndarray, tuple[str, ...]]:
    """(pixels, notes): integers (height, width) as stored -> uint8 of the same shape, bright = dense. Raises InputError."""
    lowest = int(stored.min())
    levels = np.arange(lowest, int(stored.max()) + 1, dtype=np.int32)
    place = stored.astype(np.int32) - lowest
    padding = _padding(levels, dataset)
    counted = ~padding[place]
    values, notes = _modality(levels, dataset)
    table = None
    for step in (_voi_lut, _window):
        if table is None:
            table, said = step(values, dataset)
            notes += said
    if table is not None and counted.any():
        low, high = np.percentile(table[place][counted], (5, 95))
        if high - low < _COLLAPSED:
            table, notes = None, (*notes, "the file's window shows next to nothing and was not used")
    if table is None:
        shown = values[place]
        table = to_uint8(values, *robust_window(shown, counted))
        notes += ("windowed by its own grey levels",)
    if str(dataset.get("PhotometricInterpretation", "")).strip().upper() == "MONOCHROME1":
        table, notes = 255 - table, (*notes, "MONOCHROME1 inverted")
    table[padding] = 0
    if padding.any() and not counted.all():
        notes += ("pixel padding shown black",)
    return table[place], notes


def _padding(levels: np.ndarray, dataset: Dataset) -> np.ndarray:
    """Boolean, one per level: whether it is the file's padding value or lies in its padding range."""
    first, last = _number(dataset, "PixelPaddingValue"), _number(dataset, "PixelPaddingRangeLimit")
    if first is None:
        return np.zeros(levels.shape, bool)
    first = _signed(first, dataset)
    last = first if last is None else _signed(last, dataset)
    return (levels >= min(first, last)) & (levels <= max(first, last))


def _signed(value: float, dataset: Dataset) -> float:
    """A tag that may be written as US though the pixels are signed (PS3.5 ambiguous VR): 65536 too high then."""
    return value - 2**16 if dataset.get("PixelRepresentation") == 1 and value >= 2**15 else value


def _number(dataset: Dataset, keyword: str) -> float | None:
    """The first value of a numeric tag; None where there is none that is a finite number."""
    value = dataset.get(keyword)
    if isinstance(value, (list, tuple)) or (hasattr(value, "__getitem__") and not isinstance(value, (str, bytes))):
        value = value[0] if len(value) else None
    try:
        number = float(value)
    except (TypeError, ValueError):
        return None
    return number if np.isfinite(number) else None


def _modality(levels: np.ndarray, dataset: Dataset) -> tuple[np.ndarray, tuple[str, ...]]:
    if dataset.get("ModalityLUTSequence"):
        try:
            return _looked_up(levels, dataset.ModalityLUTSequence[0], dataset), ()
        except _LUT_FAULTS:
            return levels, ("the file's modality LUT can't be read and was not used",)
    if _number(dataset, "RescaleSlope") and _number(dataset, "RescaleIntercept") is not None:
        return apply_rescale(levels, dataset), ()
    return levels, ()


def _voi_lut(values: np.ndarray, dataset: Dataset) -> tuple[np.ndarray | None, tuple[str, ...]]:
    if not dataset.get("VOILUTSequence"):
        return None, ()
    try:
        item = dataset.VOILUTSequence[0]
        mapped = _looked_up(values, item, dataset)
        return to_uint8(mapped, 0, 2 ** _descriptor(item, dataset)[2] - 1), ("VOI LUT of the file",)
    except _LUT_FAULTS:
        return None, ("the file's VOI LUT can't be read and was not used",)


def _window(values: np.ndarray, dataset: Dataset) -> tuple[np.ndarray | None, tuple[str, ...]]:
    if "WindowWidth" not in dataset and "WindowCenter" not in dataset:
        return None, ()
    ends = np.array([-1e12, 1e12])  # far outside any window: what they come out as is black and white
    try:
        with np.errstate(over="ignore"):
            mapped = apply_windowing(np.concatenate((values.astype(np.float64), ends)), dataset)
    except _LUT_FAULTS:
        return None, ("the file's window can't be read and was not used",)
    *_, black, white = mapped
    if white < black:  # a negative rescale slope turns pydicom's output range over
        mapped, black, white = -mapped, -black, -white
    return to_uint8(mapped[:-2], black, white), ("window of the file",)


def _descriptor(item: Dataset, dataset: Dataset) -> tuple[int, int, int]:
    """(entries, first value mapped, bits of an entry)."""
    entries, first, bits = (int(value) for value in item.LUTDescriptor)
    return entries or 2**16, int(_signed(first, dataset)), bits


def _looked_up(values: np.ndarray, item: Dataset, dataset: Dataset) -> np.ndarray:
    """`values` through a LUT. Not pydicom's: that one holds the index in the type of the output, so 8-bit tables of more entries wrap."""
    entries, first, bits = _descriptor(item, dataset)
    data = item.LUTData
    if isinstance(data, bytes):
        little = dataset.original_encoding[1] is not False
        wide = len(data) >= 2 * entries
        data = np.frombuffer(data, ("<u2" if little else ">u2") if wide else np.uint8)
    table = np.asarray(data, dtype=np.float64)[:entries]
    index = np.clip(np.rint(values).astype(np.int64) - first, 0, len(table) - 1)
    return np.rint(np.minimum(table[index], 2**bits - 1)).astype(np.int32)

"""DICOM -> Radiograph. Only pixels, view and photometric facts are read; no patient attribute is looked at, and none leaves."""

import io
import struct

import numpy as np
import pydicom
from pydicom.dataset import Dataset
from pydicom.encaps import get_frame
from pydicom.errors import BytesLengthException, InvalidDicomError
from pydicom.pixels import get_decoder, pixel_array
from pydicom.sequence import Sequence
from pydicom.uid import (
    HTJ2K,
    JPEG2000,
    UID,
    ExplicitVRLittleEndian,
    HTJ2KLossless,
    HTJ2KLosslessRPCL,
    ImplicitVRLittleEndian,
    JPEG2000Lossless,
    JPEGBaseline8Bit,
    JPEGExtended12Bit,
    JPEGLossless,
    JPEGLosslessSV1,
    JPEGLSLossless,
    JPEGLSNearLossless,
    RLELossless,
    UncompressedTransferSyntaxes,
)

from ..errors import InputError
from .codestream import breaks_off, codestream_size
from .film import Radiograph, check_size
from .grayscale import displayed
from .position import declared_problem, turn_upright, view_of
from .tones import colour, grey

_XRAY = ("CR", "DX", "DR", "RG", "XR")  # DR, XR: not in the standard's list, but written by some systems
_UNSTATED = ("", "OT", "SC")  # anonymised copies and digitised films
_MODALITIES = {
    "CT": "a CT image",
    "MR": "an MR image",
    "US": "an ultrasound image",
    "NM": "a nuclear medicine image",
    "PT": "a PET image",
    "MG": "a mammogram",
    "XA": "an angiogram",
    "RF": "a fluoroscopy image",
    "PX": "a dental image",
    "IO": "a dental image",
    "SR": "a structured report",
    "DOC": "a document",
    "SEG": "a segmentation",
    "PR": "a presentation state",
}
_RADIOGRAPH_CLASSES = (
    "",
    "1.2.840.10008.5.1.4.1.1.1",  # Computed Radiography Image Storage
    "1.2.840.10008.5.1.4.1.1.1.1",  # Digital X-Ray Image Storage - For Presentation
    "1.2.840.10008.5.1.4.1.1.1.1.1",  # Digital X-Ray Image Storage - For Processing
    "1.2.840.10008.5.1.4.1.1.7",  # Secondary Capture Image Storage
)
_TAGS = (  # all that is read of a file; none of them describes the patient beyond how they stood
    *("SOPClassUID", "Modality", "BodyPartExamined", "ViewPosition", "ViewCodeSequence", "PatientOrientation", "FieldOfViewHorizontalFlip"),
    *("EncryptedAttributesSequence", "NumberOfFrames", "Rows", "Columns", "SamplesPerPixel", "PlanarConfiguration"),
    *("PhotometricInterpretation", "BitsAllocated", "BitsStored", "HighBit", "PixelRepresentation"),
    *("PixelPaddingValue", "PixelPaddingRangeLimit", "RescaleSlope", "RescaleIntercept", "ModalityLUTSequence"),
    *("WindowCenter", "WindowWidth", "VOILUTFunction", "VOILUTSequence"),
    *("PixelData", "FloatPixelData", "DoubleFloatPixelData", "ExtendedOffsetTable", "ExtendedOffsetTableLengths"),
)
# One decoder for each kind of compression, chosen because damaged pictures make it raise. Left to itself pydicom may take GDCM, which
# ends the process on some (abort or segmentation fault), or pylibjpeg's RLE decoder, which panics.
_DECODERS = {
    RLELossless: ("pydicom", "pydicom"),
    JPEGBaseline8Bit: ("pillow", "pillow"),
    JPEGExtended12Bit: ("pylibjpeg", "pylibjpeg-libjpeg"),
    JPEGLossless: ("pylibjpeg", "pylibjpeg-libjpeg"),
    JPEGLosslessSV1: ("pylibjpeg", "pylibjpeg-libjpeg"),
    JPEGLSLossless: ("pyjpegls", "pyjpegls"),
    JPEGLSNearLossless: ("pyjpegls", "pyjpegls"),
    JPEG2000Lossless: ("pillow", "pillow"),
    JPEG2000: ("pillow", "pillow"),
    HTJ2KLossless: ("pylibjpeg", "pylibjpeg-openjpeg"),
    HTJ2KLosslessRPCL: ("pylibjpeg", "pylibjpeg-openjpeg"),
    HTJ2K: ("pylibjpeg", "pylibjpeg-openjpeg"),
}
_DEFLATED = b"1.2.840.10008.1.2.1.99"
_BROKEN = (
    InvalidDicomError,
    BytesLengthException,
    AttributeError,
    EOFError,
    IndexError,
    KeyError,
    NotImplementedError,
    OSError,
    OverflowError,
    TypeError,
    ValueError,
    struct.error,
)
_AGAIN = "Export or download it again."
_UNPACKED = "Save it uncompressed or as JPEG 2000."


def read_dicom(data: bytes, sha256: str) -> Radiograph:
    """The film in the bytes of a DICOM file, with or without its preamble. Raises InputError.

    The first window or VOI LUT of the file is applied, or the film's own percentiles where it has none that can be used; MONOCHROME1 is
    inverted, pixel padding black, and the film turned upright as Patient Orientation says.
    """
    if _DEFLATED in data:  # inflating it has no limit
        raise InputError("The DICOM file is deflated as a whole.", _UNPACKED)
    dataset, unreadable = _read(data)
    _check_object(dataset)
    _check_pixels(dataset)
    stored = _decode(dataset)
    if stored.ndim == 3:
        pixels, notes, (colourfulness, tint) = grey(stored), (), colour(stored)
    else:
        pixels, notes = displayed(stored, dataset)
        colourfulness = tint = 0.0
    pixels, turned = turn_upright(pixels, dataset)
    return Radiograph(
        pixels=pixels,
        view=view_of(dataset),
        kind="DICOM",
        sha256=sha256,
        notes=(*unreadable, *notes, *turned),
        colourfulness=colourfulness,
        tint=tint,
        declared=declared_problem(dataset),
    )


def _read(data: bytes) -> tuple[Dataset, tuple[str, ...]]:
    """The tags of interest, those that can't be read left out, and a note where there were any."""
    try:
        dataset = pydicom.dcmread(io.BytesIO(data), force=True, specific_tags=list(_TAGS))
    except _BROKEN:
        raise InputError("The DICOM file is damaged or cut short.", _AGAIN) from None  # the library's message can quote the file
    unreadable = []
    for keyword in _TAGS:
        try:
            value = dataset.get(keyword)  # pydicom converts a value when it is first asked for
            for item in value if isinstance(value, Sequence) else ():
                list(item)
        except _BROKEN:
            unreadable.append(keyword)
            del dataset[keyword]
    return dataset, (f"tags that can't be read and were not used: {', '.join(unreadable)}",) if unreadable else ()


def _text(dataset: Dataset, keyword: str) -> str:
    return str(dataset.get(keyword) or "").strip().upper()


def _check_object(dataset: Dataset) -> None:
    """One plain X-ray picture, in the clear."""
    modality = _text(dataset, "Modality")
    if modality not in (*_XRAY, *_UNSTATED):
        what = _MODALITIES.get(modality, "of another modality")  # the tag's own text isn't repeated: it could hold anything
        raise InputError(f"The DICOM file is {what}, not a plain X-ray.", "Accepted: CR and DX films of the chest.")
    if modality in _UNSTATED and _text(dataset, "SOPClassUID") not in _RADIOGRAPH_CLASSES:
        raise InputError("The DICOM file is of another kind than a plain X-ray.", "Accepted: CR and DX films of the chest.")
    if not (dataset.get("PixelData") or dataset.get("FloatPixelData") or dataset.get("DoubleFloatPixelData")):
        if "EncryptedAttributesSequence" in dataset:
            raise InputError("The DICOM file is encrypted.", "Decrypt it first.")
        raise InputError("The DICOM file holds no picture.", "It may have been cut short: export or download it again.")
    frames = _whole_number(dataset, "NumberOfFrames", 1)
    if frames > 1:
        raise InputError(f"The DICOM file holds {frames} frames; a film is one.", "Save the one film as a file of its own.")


def _check_pixels(dataset: Dataset) -> None:
    """What the file declares of its picture, before any of it is decoded."""
    rows, columns = _whole_number(dataset, "Rows", 0), _whole_number(dataset, "Columns", 0)
    samples, bits = _whole_number(dataset, "SamplesPerPixel", 1), _whole_number(dataset, "BitsAllocated", 0)
    if not rows or not columns:
        raise InputError("The DICOM file does not say how large its picture is.", _AGAIN)
    check_size(columns, rows)
    if samples not in (1, 3) or bits not in (8, 16) or "PixelData" not in dataset:
        raise InputError("The DICOM file's pixels are not whole numbers of 8 to 16 bits.", "Save it as a plain grey film.")
    if "PALETTE" in _text(dataset, "PhotometricInterpretation"):
        raise InputError("The DICOM file's picture is in palette colours.", "Save it as a plain grey film.")
    raw = rows * columns * samples * bits // 8
    syntax = _transfer_syntax(dataset)
    if syntax in UncompressedTransferSyntaxes:
        if len(dataset.PixelData) < raw:
            raise InputError("The DICOM file is cut short: it holds fewer pixels than it declares.", _AGAIN)
        return
    if syntax not in _DECODERS:
        raise InputError("The DICOM file's picture is compressed in a way that is not read.", _UNPACKED)
    try:
        frame = get_frame(dataset.PixelData, 0, number_of_frames=1)
    except _BROKEN:
        raise InputError("The DICOM file is damaged or cut short.", _AGAIN) from None
    if syntax == RLELossless:
        if len(frame) > 2 * raw + 4096:  # run lengths make a picture larger by 1/128 at most
            raise InputError("The DICOM file's compressed picture is larger than the one it declares.", _AGAIN)
    elif (size := codestream_size(frame)) != (columns, rows):
        known = "" if size is None else f" of {size[0]} x {size[1]} pixels"
        raise InputError(f"The DICOM file declares {columns} x {rows} pixels but holds another picture{known}.", _AGAIN)
    elif breaks_off(frame):
        raise InputError("The DICOM file's compressed picture is cut short.", _AGAIN)


def _transfer_syntax(dataset: Dataset) -> UID:
    """The file's own, or, of a bare dataset, the uncompressed one that pydicom recognised."""
    if dataset.file_meta.get("TransferSyntaxUID"):
        return UID(str(dataset.file_meta.TransferSyntaxUID))  # a damaged one may be a list
    implicit, little = dataset.original_encoding
    if not little:
        raise InputError("The DICOM file does not say how its picture is stored.", _UNPACKED)
    dataset.file_meta.TransferSyntaxUID = ImplicitVRLittleEndian if implicit else ExplicitVRLittleEndian
    return dataset.file_meta.TransferSyntaxUID


def _whole_number(dataset: Dataset, keyword: str, otherwise: int) -> int:
    value = dataset.get(keyword)
    if value in (None, ""):
        return otherwise
    try:
        return int(value)
    except (TypeError, ValueError):
        raise InputError("The DICOM file's description of its picture can't be read.", _AGAIN) from None


def _decode(dataset: Dataset) -> np.ndarray:
    """Stored values, (height, width) whole numbers, or uint8 (height, width, 3) RGB."""
    syntax = _transfer_syntax(dataset)
    plugin, package = _DECODERS.get(syntax, ("", ""))
    if plugin and plugin not in get_decoder(syntax).available_plugins:
        raise InputError(f"To read this kind of compressed DICOM file the package {package} is needed.", f"Install it, or: {_UNPACKED}")
    bits = _whole_number(dataset, "BitsStored", dataset.BitsAllocated)
    above = _whole_number(dataset, "HighBit", bits - 1) + 1 - bits
    shifted = 0 < above <= dataset.BitsAllocated - bits and syntax in UncompressedTransferSyntaxes
    if shifted:
        dataset.BitsStored = bits + above  # else the decoder takes the upper bits for an overlay
    try:
        stored = pixel_array(dataset, index=0, decoding_plugin=plugin)
    except RuntimeError:  # what pydicom makes of a decoder's failure
        raise InputError("The DICOM file's compressed picture can't be decoded.", f"If it is not damaged: {_UNPACKED}") from None
    except _BROKEN:
        raise InputError("The DICOM file's pixels can't be decoded; they are damaged or cut short.", _AGAIN) from None
    if shifted:
        dataset.BitsStored = bits
        stored = stored >> above  # old files may hold their values in the upper bits
    if stored.ndim == 3 and stored.dtype != np.uint8:
        stored = (stored >> (bits - 8)).astype(np.uint8)
    return stored

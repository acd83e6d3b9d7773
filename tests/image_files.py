"""Image files for the tests, made here: a toy film with a bright spot on one side, in any kind of file, whole or broken."""

import io
import struct

import numpy as np
from PIL import Image
from pydicom import dcmread
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.encaps import encapsulate
from pydicom.uid import ExplicitVRLittleEndian, generate_uid

PATIENT = "Quuxington^Zephyrine"  # stands in every DICOM file made here, and must stand nowhere else


def film(height=120, width=100, top=255, dtype=np.uint8) -> np.ndarray:
    """A smooth grey picture, darker above than below, with a bright square in its upper left (the patient's right) corner."""
    y, x = np.mgrid[0:height, 0:width]
    picture = 0.25 + 0.3 * y / height + 0.1 * np.sin(x / 9)
    picture[: height // 4, : width // 4] = 1.0
    return np.rint(picture * top).astype(dtype)


def corner(pixels: np.ndarray) -> str:
    """Which corner the bright square stands in."""
    h, w = pixels.shape[0] // 4, pixels.shape[1] // 4
    corners = {
        "upper left": pixels[:h, :w],
        "upper right": pixels[:h, -w:],
        "lower left": pixels[-h:, :w],
        "lower right": pixels[-h:, -w:],
    }
    return max(corners, key=lambda name: float(corners[name].mean()))


def saved(picture, kind="PNG", **options) -> bytes:
    """The bytes of a picture (array or Pillow image) saved by Pillow."""
    picture = Image.fromarray(picture) if isinstance(picture, np.ndarray) else picture
    buffer = io.BytesIO()
    picture.save(buffer, kind, **options)
    return buffer.getvalue()


def dicom(pixels=None, *, syntax=ExplicitVRLittleEndian, preamble=True, without=(), **tags) -> bytes:
    """A DX film as DICOM: 12 bits unsigned unless `pixels` are of another type; `tags` are set last, before compression."""
    pixels = film(top=4095, dtype=np.uint16) if pixels is None else pixels
    dataset = Dataset()
    dataset.SOPClassUID, dataset.SOPInstanceUID = "1.2.840.10008.5.1.4.1.1.1.1", generate_uid()
    dataset.PatientName, dataset.PatientID, dataset.Modality = PATIENT, PATIENT, "DX"
    dataset.Rows, dataset.Columns = pixels.shape[:2]
    dataset.SamplesPerPixel = 3 if pixels.ndim == 3 else 1
    dataset.PhotometricInterpretation = "RGB" if pixels.ndim == 3 else "MONOCHROME2"
    if pixels.ndim == 3:
        dataset.PlanarConfiguration = 0
    dataset.BitsAllocated = 8 * pixels.itemsize
    dataset.BitsStored = 12 if pixels.dtype == np.uint16 else dataset.BitsAllocated
    dataset.HighBit = dataset.BitsStored - 1
    dataset.PixelRepresentation = int(pixels.dtype.kind == "i")
    dataset.PixelData = pixels.tobytes()
    dataset["PixelData"].VR = "OB" if pixels.itemsize == 1 else "OW"
    dataset.file_meta = FileMetaDataset()
    dataset.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    dataset.file_meta.MediaStorageSOPClassUID = dataset.SOPClassUID  # stays when a test takes the other one out
    if syntax != ExplicitVRLittleEndian:
        dataset.compress(syntax, generate_instance_uid=False)
    for keyword, value in tags.items():
        setattr(dataset, keyword, value)
    for keyword in without:
        del dataset[keyword]
    buffer = io.BytesIO()
    dataset.save_as(buffer, enforce_file_format=True)
    return buffer.getvalue() if preamble else buffer.getvalue()[132:]


def encapsulated(frame: bytes, syntax, pixels: np.ndarray, **tags) -> bytes:
    """A DICOM file that holds an already compressed frame of `pixels`."""
    dataset = dcmread(io.BytesIO(dicom(pixels, **tags)))
    dataset.PixelData = encapsulate([frame])
    dataset["PixelData"].VR = "OB"
    dataset["PixelData"].is_undefined_length = True
    dataset.file_meta.TransferSyntaxUID = syntax
    buffer = io.BytesIO()
    dataset.save_as(buffer, enforce_file_format=True)
    return buffer.getvalue()


def lossless_jpeg(pixels: np.ndarray, precision: int) -> bytes:
    """`pixels` (height, width) as JPEG lossless (process 14, first-order prediction; ITU-T T.81 annex H). Pillow can't write it.

    Every difference category 0 to 16 has a Huffman code of 5 bits, its own number, which is legal and needs no statistics.
    """
    height, width = pixels.shape
    stored = pixels.astype(int)
    predicted = np.empty_like(stored)
    predicted[:, 1:] = stored[:, :-1]
    predicted[1:, 0] = stored[:-1, 0]
    predicted[0, 0] = 2 ** (precision - 1)
    bits = []
    for difference in (stored - predicted).ravel().tolist():
        category = abs(difference).bit_length()
        bits.append(f"{category:05b}")
        if category:
            bits.append(f"{difference if difference > 0 else difference + 2**category - 1:0{category}b}")
    text = "".join(bits)
    text += "1" * (-len(text) % 8)
    scan = int(text, 2).to_bytes(len(text) // 8, "big").replace(b"\xff", b"\xff\0")
    huffman = b"\0" + bytes([0, 0, 0, 0, 17, *[0] * 11]) + bytes(range(17))
    segments = [
        (0xC4, huffman),
        (0xC3, struct.pack(">BHHB3B", precision, height, width, 1, 1, 0x11, 0)),
        (0xDA, bytes([1, 1, 0, 1, 0, 0])),
    ]
    head = b"".join(b"\xff" + bytes([marker]) + struct.pack(">H", len(body) + 2) + body for marker, body in segments)
    return b"\xff\xd8" + head + scan + b"\xff\xd9"


def lut_item(table, first=0, bits=16) -> Dataset:
    """One item of a LUT sequence: as many entries as `table`, the first mapped from the value `first`."""
    item = Dataset()
    item.add_new("LUTDescriptor", "US", [len(table), first, bits])
    item.add_new("LUTData", "OW", np.asarray(table, "<u2").tobytes())
    return item

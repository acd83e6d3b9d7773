"""Good files of every kind: pixels, orientation, grey levels and tags come out right, and nothing else comes out."""

import dataclasses
import hashlib
import io
import logging
import re
import struct
import warnings
import zlib

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as npst
from image_files import PATIENT, corner, dicom, encapsulated, film, lossless_jpeg, lut_item, saved
from PIL import Image, PngImagePlugin
from pydicom import dcmread
from pydicom.pixels.decoders.base import Decoder
from pydicom.uid import (
    DeflatedExplicitVRLittleEndian,
    ExplicitVRLittleEndian,
    JPEG2000Lossless,
    JPEGBaseline8Bit,
    JPEGLossless,
    JPEGLosslessSV1,
    JPEGLSLossless,
    RLELossless,
)

from cxr_auditor.errors import InputError
from cxr_auditor.images import LIMITS, Radiograph, frontal_problem, load
from cxr_auditor.images.dicom import _read as read_tags
from cxr_auditor.images.tones import to_uint8


def stretched(values) -> np.ndarray:
    """What percentile windowing makes of values, computed apart from the code under test."""
    low, high = np.percentile(values, (0.5, 99.5))
    return np.clip((values.astype(float) - low) / (high - low), 0, 1) * 255


# Pictures


@pytest.mark.parametrize(
    "kind, mode, tolerance",
    [
        ("PNG", "L", 0),  # the plain case
        ("PNG", "LA", 0),  # grey with alpha: alpha dropped
        ("PNG", "RGB", 1),  # grey written as colour
        ("PNG", "RGBA", 1),  # and with alpha
        ("PNG", "P", 1),  # palette
        ("JPEG", "L", 4),
        ("JPEG", "RGB", 4),
        ("JPEG", "CMYK", 4),  # print workflow
        ("WebP", "RGB", 8),
        ("TIFF", "L", 0),
        ("TIFF", "RGB", 1),
    ],
)
def test_pictures_of_eight_bits_are_taken_as_they_are(kind, mode, tolerance):
    grey = Image.fromarray(film())
    picture = grey.convert("RGB").convert(mode) if mode == "CMYK" else grey.convert(mode)
    if mode in ("LA", "RGBA"):
        picture.putalpha(Image.linear_gradient("L").resize(grey.size))
    options = {"quality": 98} if kind == "JPEG" else {"lossless": True} if kind == "WebP" else {}
    data = saved(picture, kind, **options)
    loaded = load(data)
    assert (loaded.kind, loaded.width, loaded.height, loaded.view) == (kind, 100, 120, None)
    assert loaded.sha256 == hashlib.sha256(data).hexdigest()
    assert np.abs(loaded.pixels.astype(int) - film()).max() <= tolerance
    assert loaded.colourfulness < 1 and frontal_problem(loaded) is None


DEEP = film(top=3000, dtype=np.uint16) + 500  # twelve bits somewhere inside sixteen


@pytest.mark.parametrize(
    "picture, kind",
    [
        (Image.fromarray(DEEP), "PNG"),  # 16-bit PNG: the high byte alone would show 14 levels
        (Image.fromarray(DEEP), "TIFF"),  # I;16
        (Image.fromarray(DEEP.astype(np.int32)), "TIFF"),  # I, 32 bits
        (Image.fromarray(DEEP.astype(np.float32) / 7), "TIFF"),  # F
    ],
)
def test_deep_pictures_are_windowed_by_their_levels(picture, kind):
    loaded = load(saved(picture, kind))
    assert np.abs(loaded.pixels - stretched(DEEP)).max() <= 0.51
    assert "windowed by its own grey levels" in loaded.notes


def deep_colour(values: np.ndarray, kind="png", exif: Image.Exif | None = None) -> bytes:
    """A file of 16 bits a sample: (height, width, 3 or 4) as blue, green, red and alpha."""
    data = cv2.imencode(f".{kind}", values)[1].tobytes()
    if exif is None:
        return data
    content = b"eXIf" + exif.tobytes().removeprefix(b"Exif\0\0")
    end_of_header = 33
    chunk = struct.pack(">I", len(content) - 4) + content + struct.pack(">I", zlib.crc32(content))
    return data[:end_of_header] + chunk + data[end_of_header:]


def with_tiff_tag(data: bytes, tag: int, value: int) -> bytes:
    """A little-endian TIFF with one more SHORT tag, in a directory at its end."""
    assert data[:4] == b"II*\0"
    (at,) = struct.unpack_from("<I", data, 4)
    (count,) = struct.unpack_from("<H", data, at)
    entries = [data[at + 2 + 12 * i : at + 14 + 12 * i] for i in range(count)]
    entries = [entry for entry in entries if struct.unpack_from("<H", entry)[0] != tag]
    entries = sorted([*entries, struct.pack("<HHIHH", tag, 3, 1, value, 0)], key=lambda entry: struct.unpack_from("<H", entry)[0])
    padded = data + b"\0" * (len(data) % 2)
    directory = struct.pack("<H", len(entries)) + b"".join(entries) + struct.pack("<I", 0)
    return padded[:4] + struct.pack("<I", len(padded)) + padded[8:] + directory


def grey_alpha_png(values: np.ndarray) -> bytes:
    """A PNG of grey and alpha, 16 bits each, which no library here writes."""

    def chunk(name: bytes, content: bytes) -> bytes:
        return struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))

    both = np.stack((values, np.full_like(values, 65535)), axis=2).astype(">u2")
    header = struct.pack(">IIBBBBB", values.shape[1], values.shape[0], 16, 4, 0, 0, 0)
    rows = b"".join(b"\0" + row.tobytes() for row in both)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")


ALPHA = np.full_like(DEEP, 65535)


@pytest.mark.parametrize(
    "data",
    [
        deep_colour(np.dstack((DEEP, DEEP, DEEP))),  # grey written as colour: the high bytes alone would show 14 levels
        deep_colour(np.dstack((DEEP, DEEP, DEEP, ALPHA))),  # and with alpha
        grey_alpha_png(DEEP),
        deep_colour(np.dstack((DEEP, DEEP, DEEP)), "tiff"),
    ],
    ids=["rgb", "rgba", "la", "tiff"],
)
def test_deep_colour_is_windowed_as_deep_grey_is(data):
    loaded = load(data)
    assert np.abs(loaded.pixels - stretched(DEEP)).max() <= 1
    assert "windowed by its own grey levels" in loaded.notes
    assert loaded.colourfulness < 1 and frontal_problem(loaded) is None


def test_deep_colour_is_windowed_by_its_luma_and_keeps_its_tint():
    blue_base = np.dstack((DEEP + 900, DEEP, DEEP))  # as a film on blue base is scanned; OpenCV's order
    loaded = load(deep_colour(blue_base))
    assert np.abs(loaded.pixels - stretched(DEEP)).max() <= 1  # the same luma everywhere, but for a constant
    assert loaded.tint > 20 and loaded.colourfulness < 5 and frontal_problem(loaded) is None


def test_a_colour_photograph_of_sixteen_bits_is_still_one():
    loaded = load(deep_colour(photograph()[:, :, ::-1].astype(np.uint16) * 257))
    assert "colour" in frontal_problem(loaded)


@pytest.mark.parametrize("kind", ["png", "tiff"])
@pytest.mark.parametrize("orientation", range(1, 9))
def test_the_orientation_tag_is_applied_once_to_deep_colour(orientation, kind):
    undo = {2: 0, 3: 3, 4: 1, 5: 5, 6: 2, 7: 6, 8: 4}
    stored = np.asarray(Image.fromarray(DEEP).transpose(undo[orientation])) if orientation > 1 else DEEP
    rgb = np.dstack((stored, stored, stored))
    if kind == "tiff":
        data = with_tiff_tag(deep_colour(rgb, kind), 0x0112, orientation)
    else:
        exif = Image.Exif()
        exif[0x0112] = orientation
        data = deep_colour(rgb, exif=exif)
    loaded = load(data)
    assert np.array_equal(loaded.pixels, load(deep_colour(np.dstack((DEEP, DEEP, DEEP)), kind)).pixels)
    assert ("turned upright as the file's orientation tag says" in loaded.notes) is (orientation > 1)


@pytest.mark.parametrize("cut", [60, 500, -30])
def test_deep_colour_that_is_cut_short_is_refused(cut):
    with pytest.raises(InputError, match="damaged"):
        load(deep_colour(np.dstack((DEEP, DEEP, DEEP)))[:cut])


@pytest.mark.parametrize("picture", [film(), DEEP])  # eight bits: Pillow inverts; sixteen: it doesn't
def test_a_white_is_zero_tiff_is_inverted(picture):
    normal = saved(picture, "TIFF")
    entry = b"\x06\x01\x03\x00\x01\x00\x00\x00"  # tag 262, one SHORT; its value follows
    assert normal.count(entry) == 1
    inverted = normal.replace(entry + b"\1", entry + b"\0")
    difference = load(normal).pixels.astype(int) + load(inverted).pixels - 255
    assert np.abs(difference).max() <= 1


def test_missing_numbers_are_black():
    values = DEEP.astype(np.float32)
    values[-10:], values[:, -5:] = np.nan, np.inf
    loaded = load(saved(Image.fromarray(values), "TIFF"))
    assert not loaded.pixels[-10:].any() and not loaded.pixels[:, -5:].any() and loaded.pixels[:20, :20].min() > 250


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WebP", "TIFF"])
@pytest.mark.parametrize("orientation", range(1, 9))
def test_the_orientation_tag_is_applied(kind, orientation):
    stored = Image.fromarray(film())
    undo = {2: 0, 3: 3, 4: 1, 5: 5, 6: 2, 7: 6, 8: 4}  # tag -> the transposition that stores the film that way
    stored = stored.transpose(undo[orientation]) if orientation > 1 else stored
    exif = Image.Exif()
    exif[0x0112] = orientation
    loaded = load(saved(stored, kind, exif=exif))
    assert loaded.pixels.shape == (120, 100) and corner(loaded.pixels) == "upper left"
    assert loaded.notes == (() if orientation == 1 else ("turned upright as the file's orientation tag says",))


@pytest.mark.parametrize("name", ["film.png", "film.dcm", "film", "film.txt"])
def test_the_name_of_a_file_says_nothing(tmp_path, name):
    (tmp_path / name).write_bytes(saved(film(), "JPEG"))
    assert load(tmp_path / name).kind == load(str(tmp_path / name)).kind == "JPEG"


def test_every_kind_of_source_gives_the_same_pixels(tmp_path):
    data = saved(film())
    path = tmp_path / "film.png"
    path.write_bytes(data)
    with path.open("rb") as opened:
        sources = [path, data, bytearray(data), opened, io.BytesIO(data), Image.open(io.BytesIO(data)), film(), film()[..., None]]
        loaded = [load(source) for source in sources]
    assert all(np.array_equal(one.pixels, film()) for one in loaded)
    assert {one.sha256 for one in loaded[:5]} == {hashlib.sha256(data).hexdigest()}


@pytest.mark.parametrize(
    "array, expected",
    [
        (np.dstack([film()] * 3), film()),  # colour
        (np.dstack([film()] * 4), film()),  # colour with alpha
        (DEEP, stretched(DEEP)),  # sixteen bits
        (DEEP / 4000, stretched(DEEP)),  # fractions
        (DEEP.astype(np.int32) - 1000, stretched(DEEP)),  # negative values
    ],
)
def test_arrays(array, expected):
    assert np.abs(load(array).pixels - expected.astype(float)).max() <= 1


def test_the_pixels_are_nobody_elses_and_fixed():
    array = film()
    loaded = load(array)
    array[:] = 0
    assert loaded.pixels.any()
    with pytest.raises(ValueError, match="read-only"):
        loaded.pixels[0, 0] = 1
    with pytest.raises(dataclasses.FrozenInstanceError):
        loaded.view = "PA"


@pytest.mark.parametrize("array", [np.zeros((4, 4), float), np.zeros((4, 4, 3), np.uint8)])  # depth, channels
def test_a_radiograph_can_only_hold_eight_bit_grey(array):
    with pytest.raises(ValueError, match="must be uint8"):
        Radiograph(pixels=array)


def test_a_source_of_another_type_is_a_programmers_error():
    with pytest.raises(TypeError, match="but got int"):
        load(3)


# DICOM

TWELVE = film(top=4095, dtype=np.uint16)


@pytest.mark.parametrize("preamble", [True, False])
@pytest.mark.parametrize("syntax", [ExplicitVRLittleEndian, RLELossless, JPEGLSLossless, JPEG2000Lossless], ids=lambda uid: uid.keyword)
def test_dicom_compressions(syntax, preamble):
    loaded = load(dicom(syntax=syntax, preamble=preamble))
    assert loaded.kind == "DICOM" and np.abs(loaded.pixels - stretched(TWELVE)).max() <= 0.51


@pytest.mark.parametrize("syntax", [JPEGLosslessSV1, JPEGLossless], ids=lambda uid: uid.keyword)
def test_dicom_lossless_jpeg(syntax):
    pytest.importorskip("libjpeg", reason="pylibjpeg-libjpeg, the decoder of lossless JPEG, is not installed")
    loaded = load(encapsulated(lossless_jpeg(TWELVE, 12), syntax, TWELVE))
    assert np.abs(loaded.pixels - stretched(TWELVE)).max() <= 0.51


def test_dicom_baseline_jpeg():
    loaded = load(encapsulated(saved(film(), "JPEG", quality=98), JPEGBaseline8Bit, film(), WindowCenter=128, WindowWidth=256))
    assert np.abs(loaded.pixels - film().astype(int)).max() <= 4


@pytest.mark.parametrize("syntax", [JPEGLosslessSV1, JPEGLSLossless], ids=lambda uid: uid.keyword)
def test_a_missing_decoder_is_named(monkeypatch, syntax):
    monkeypatch.setattr(Decoder, "available_plugins", ())
    with pytest.raises(InputError, match="the package py.* is needed.*Save it uncompressed"):
        load(encapsulated(lossless_jpeg(TWELVE, 12), syntax, TWELVE))


@pytest.mark.parametrize("implicit", [True, False])
def test_a_bare_dataset_without_any_header_is_read(implicit):
    dataset = dcmread(io.BytesIO(dicom()))
    del dataset.file_meta
    buffer = io.BytesIO()
    dataset.save_as(buffer, implicit_vr=implicit, little_endian=True, enforce_file_format=False)
    assert np.abs(load(buffer.getvalue()).pixels - stretched(TWELVE)).max() <= 0.51


def linear(values, centre, width):
    return np.clip((values - (centre - 0.5)) / (width - 1) + 0.5, 0, 1) * 255


SIGNED = TWELVE.astype(np.int16) - 2048
PADDED = np.where(np.arange(100) < 10, 65535, TWELVE).astype(np.uint16)  # ten columns at the left edge
VALUES = np.arange(4096)
WIDE = dict(WindowCenter=2000, WindowWidth=4000)


@pytest.mark.parametrize(
    "pixels, tags, expected",
    [
        (TWELVE, dict(WindowCenter=2048, WindowWidth=4096), linear(TWELVE, 2048, 4096)),  # the whole range
        (TWELVE, dict(WindowCenter=[1500, 9], WindowWidth=[2000, 2]), linear(TWELVE, 1500, 2000)),  # several windows: the first
        (TWELVE, dict(WindowCenter=1500, WindowWidth=2000, VOILUTFunction="LINEAR_EXACT"), np.clip((TWELVE - 500) / 2000, 0, 1) * 255),
        (TWELVE, dict(WindowCenter=1500, WindowWidth=900, VOILUTFunction="SIGMOID"), 255 / (1 + np.exp(-4 * (TWELVE - 1500.0) / 900))),
        (TWELVE, {}, stretched(TWELVE)),  # no window: percentiles
        (TWELVE, dict(WindowCenter=None, WindowWidth=None), stretched(TWELVE)),  # an empty window
        (TWELVE, dict(WindowCenter=2000, WindowWidth=0), stretched(TWELVE)),  # an impossible window
        (TWELVE, dict(WindowCenter=60000, WindowWidth=400), stretched(TWELVE)),  # a window beside the film: all black
        (TWELVE, dict(PhotometricInterpretation="MONOCHROME1"), 255 - stretched(TWELVE)),
        (TWELVE, dict(PhotometricInterpretation="MONOCHROME1", WindowCenter=1500, WindowWidth=2000), 255 - linear(TWELVE, 1500, 2000)),
        (TWELVE, dict(PhotometricInterpretation="MONOCHROME1", PresentationLUTShape="INVERSE"), 255 - stretched(TWELVE)),  # inverted once
        (SIGNED, {}, stretched(SIGNED)),  # signed pixels
        (SIGNED, dict(WindowCenter=-500, WindowWidth=2000), linear(SIGNED, -500, 2000)),
        (TWELVE, dict(RescaleSlope=2, RescaleIntercept=-1024, **WIDE), linear(2 * TWELVE - 1024.0, 2000, 4000)),
        (TWELVE, dict(RescaleSlope=-1, RescaleIntercept=4095, **WIDE), linear(4095.0 - TWELVE, 2000, 4000)),
        (film(), dict(WindowCenter=128, WindowWidth=256), linear(film(), 128, 256)),  # eight bits
        (TWELVE, dict(ModalityLUTSequence=[lut_item(VALUES[::-1])]), stretched(4095 - TWELVE)),
        (TWELVE, dict(VOILUTSequence=[lut_item(VALUES**2 // 4096, bits=12)]), (TWELVE.astype(int) ** 2 // 4096) / 4095 * 255),
        (TWELVE, dict(VOILUTSequence=[lut_item(VALUES // 16, bits=8)]), TWELVE // 16),  # 4096 entries of eight bits
        (TWELVE, dict(VOILUTSequence=[lut_item(VALUES[:2000], first=1000, bits=11)]), np.clip(TWELVE - 1000.0, 0, 1999) / 2047 * 255),
        (TWELVE, dict(VOILUTSequence=[lut_item(VALUES, bits=12)], WindowCenter=9, WindowWidth=9), TWELVE / 4095 * 255),  # LUT before window
        (TWELVE, dict(VOILUTSequence=[lut_item([])]), stretched(TWELVE)),  # a LUT without entries
    ],
)
def test_grey_levels_of_a_dicom_film(pixels, tags, expected):
    assert np.abs(load(dicom(pixels, **tags)).pixels - expected).max() <= 1.01


@pytest.mark.parametrize(
    "tags",
    [
        dict(PixelPaddingValue=65535),  # alone
        dict(PixelPaddingValue=65000, PixelPaddingRangeLimit=65535),  # a range
        dict(PixelPaddingValue=65535, PhotometricInterpretation="MONOCHROME1"),  # black though the film is inverted
        dict(PixelPaddingValue=65535, WindowCenter=2048, WindowWidth=4096),  # outside the file's window
    ],
)
def test_padding_is_black_and_counts_for_nothing(tags):
    loaded = load(dicom(PADDED, BitsStored=16, HighBit=15, **tags))
    expected = linear(PADDED, 2048, 4096) if "WindowCenter" in tags else stretched_beside_padding()
    expected = 255 - expected if "PhotometricInterpretation" in tags else expected
    assert not loaded.pixels[:, :10].any() and np.abs(loaded.pixels - expected)[:, 10:].max() <= 1.01


def stretched_beside_padding():
    low, high = np.percentile(PADDED[:, 10:], (0.5, 99.5))
    return np.clip((PADDED - low) / (high - low), 0, 1) * 255


def test_colour_dicom_becomes_grey():
    loaded = load(dicom(np.dstack([film()] * 3), Modality="OT", SOPClassUID="1.2.840.10008.5.1.4.1.1.7"))
    assert np.abs(loaded.pixels.astype(int) - film()).max() <= 1 and loaded.colourfulness == 0


ROWS = [  # how the film is stored; the row's and the column's direction; the note
    (lambda a: a, ["L", "F"], None),
    (lambda a: a[:, ::-1], ["R", "F"], "mirrored back"),
    (lambda a: a[::-1, ::-1], ["R", "H"], "turned upright"),
    (lambda a: a[::-1], ["L", "H"], "turned upright and mirrored back"),
    (lambda a: a.T, ["F", "L"], "turned upright and mirrored back"),
    (lambda a: np.rot90(a, 1), ["F", "R"], "turned upright"),
    (lambda a: np.rot90(a, -1), ["H", "L"], "turned upright"),
    (lambda a: a.T[::-1, ::-1], ["H", "R"], "turned upright and mirrored back"),
    (lambda a: a[:, ::-1], ["RH", "FR"], "mirrored back"),  # oblique: the first letter is the main direction
]


@pytest.mark.parametrize("store, directions, note", ROWS)
def test_a_turned_or_mirrored_dicom_film_is_put_right(store, directions, note):
    loaded = load(dicom(np.ascontiguousarray(store(TWELVE)), PatientOrientation=directions))
    assert loaded.pixels.shape == (120, 100) and np.abs(loaded.pixels - stretched(TWELVE)).max() <= 0.51
    assert [n for n in loaded.notes if "orientation" in n] == ([f"{note} as the file's patient orientation says"] if note else [])


@pytest.mark.parametrize(
    "tags, note",
    [
        (dict(PatientOrientation=["L", "R"]), "orientation is not that of a frontal film"),  # both along one axis
        (dict(PatientOrientation=["X", "F"]), "orientation is not that of a frontal film"),  # no such direction
        (dict(PatientOrientation="L"), None),  # one value of two
        (dict(FieldOfViewHorizontalFlip="YES"), "detector flipped the picture"),  # says what was done, not how it lies
        (dict(FieldOfViewHorizontalFlip="YES", PatientOrientation=["L", "F"]), None),  # the orientation settles it
    ],
)
def test_an_orientation_that_says_too_little_changes_nothing(tags, note):
    loaded = load(dicom(**tags))
    assert corner(loaded.pixels) == "upper left"
    assert any(note in n for n in loaded.notes) if note else loaded.notes == ("windowed by its own grey levels",)


def code(value):
    item = lut_item([0])
    item.CodeValue = value
    return [item]


@pytest.mark.parametrize(
    "tags, view, problem",
    [
        (dict(ViewPosition="PA"), "PA", None),
        (dict(ViewPosition="AP"), "AP", None),
        (dict(ViewPosition="AP SUPINE"), "AP", None),  # free text of some systems
        (dict(ViewPosition="LL"), "LL", "lateral"),
        (dict(ViewPosition="RL"), "LL", "lateral"),  # right lateral
        (dict(ViewPosition="LATERAL"), "LL", "lateral"),
        (dict(ViewPosition="XTABLE LATERAL"), "LL", "lateral"),  # free text again
        (dict(ViewPosition="LATERAL DECUB"), None, None),  # a frontal beam on a patient who lies on a side
        (dict(ViewPosition="LLD"), None, None),  # left lateral decubitus is a frontal beam
        (dict(ViewPosition="RAO"), None, "oblique"),
        (dict(ViewPosition=""), None, None),
        ({}, None, None),
        (dict(ViewCodeSequence=code("272479007")), "PA", None),  # SNOMED CT
        (dict(ViewCodeSequence=code("R-10206")), "AP", None),  # SRT
        (dict(ViewCodeSequence=code("399173006")), "LL", "lateral"),
        (dict(ViewCodeSequence=code("399173006"), ViewPosition="PA"), "PA", None),  # the plain tag goes first
        (dict(PatientOrientation=["A", "F"]), "LL", "lateral"),  # rows run from back to front
        (dict(BodyPartExamined="CHEST"), None, None),
        (dict(BodyPartExamined="HAND"), None, "another part"),
        (dict(BodyPartExamined="RIBS"), None, None),
    ],
)
def test_view_and_body_part(tags, view, problem):
    loaded = load(dicom(**tags))
    said = frontal_problem(loaded)
    assert loaded.view == view and (problem in said if problem else said is None)


@pytest.mark.parametrize(
    "tags",
    [
        dict(without=["Modality"]),  # some public sets drop nearly every tag
        dict(without=["Modality", "SOPClassUID"]),
        dict(Modality="CR"),
        dict(Modality="OT"),  # a digitised film
    ],
)
def test_films_whose_modality_is_missing_are_taken(tags):
    assert load(dicom(**tags)).kind == "DICOM"


def test_an_unreadable_window_is_left_out_and_said():
    loaded = load(dicom(WindowCenter="2048", WindowWidth="4096").replace(b"2048", b"2o48"))
    assert np.abs(loaded.pixels - stretched(TWELVE)).max() <= 0.51
    assert "the file's window can't be read and was not used" in loaded.notes


# Privacy


@pytest.fixture
def everything_said(caplog, capfd, recwarn):
    """All that logs, warnings and the terminal have heard when it is called."""
    caplog.set_level(logging.DEBUG)
    warnings.simplefilter("always")

    def collect():
        captured = capfd.readouterr()
        return "\n".join([caplog.text, captured.out, captured.err, *(str(w.message) for w in recwarn)])

    return collect


def patient_files():
    whole = dicom(PatientBirthDate="19010203", PatientComments=PATIENT)
    odd = whole.replace(b"19010203", b"Quuxingt")  # pydicom warns of this date and quotes it
    exif = Image.Exif()
    exif[270] = PATIENT
    text = PngImagePlugin.PngInfo()
    text.add_text("PatientName", PATIENT)
    tiff = saved(film(), "TIFF", tiffinfo={270: PATIENT})
    return {
        "whole DICOM": whole,
        "DICOM with an impossible date": odd,
        "DICOM whose modality is the name": dicom(Modality="QUUXINGTON"),
        "DICOM whose view is the name": dicom(ViewPosition="QUUXINGTON", BodyPartExamined="QUUXINGTON"),
        "DICOM whose window is the name": whole.replace(b"\x28\x00\x02\x01", b"\x28\x00\x50\x10"),
        "cut DICOM": whole[: len(whole) // 2],
        "DICOM cut in the name": whole[: whole.index(PATIENT.encode()) + 12],
        "TIFF": tiff,
        "cut TIFF": tiff[:-9],
        "PNG": saved(film(), pnginfo=text),
        "JPEG": saved(film(), "JPEG", exif=exif, comment=PATIENT.encode()),
    }


@pytest.mark.parametrize("name", patient_files())
def test_no_patient_attribute_leaves_the_loader(name, everything_said, tmp_path):
    path = tmp_path / f"{PATIENT}.dcm"
    path.write_bytes(patient_files()[name])
    try:
        loaded = load(path)
        leaked = repr(loaded) + repr(vars(loaded)) + str(frontal_problem(loaded))
    except InputError as error:
        assert error.__cause__ is None and (error.__suppress_context__ or error.__context__ is None)
        leaked = repr(error) + str(error)
    assert not re.search("quux|zephyrine", leaked + everything_said(), re.IGNORECASE)


def test_no_patient_attribute_is_even_read():
    dataset, unreadable = read_tags(dicom(PatientBirthDate="19010203"))
    assert dataset.Rows == 120 and not unreadable and not [element for element in dataset if element.tag.group == 0x0010]


# Is it a frontal chest film?


def photograph(tint=1.0):
    y, x = np.mgrid[0:120, 0:100]
    waves = [127 + 120 * np.sin(x / 7 + y / (11 + 5 * i) + 2.1 * i) for i in range(3)]
    grey = np.mean(waves, axis=0)
    return np.dstack([grey + tint * (wave - grey) for wave in waves]).astype(np.uint8)


def tinted(strength):
    """A film on a blue base."""
    grey = film().astype(float)
    return np.dstack([grey * (1 - strength), grey * (1 - strength / 2), grey]).astype(np.uint8)


@pytest.mark.parametrize(
    "picture, said",
    [
        (film(), None),
        (tinted(0.2), None),  # blue film base
        (tinted(0.2)[..., ::-1], None),  # sepia
        (np.dstack([film(), film(), np.clip(film() + 3, 0, 255).astype(np.uint8)]), None),  # a scanner's slight cast
        (photograph(), "colour picture"),
        (photograph(0.3), "colour picture"),  # a pale one
        (np.full((100, 100), 128, np.uint8), "blank"),
        (np.zeros((100, 100), np.uint8), "blank"),
        (np.random.default_rng(0).integers(120, 130, (100, 100)).astype(np.uint8), "blank"),  # only noise on grey
        (np.full((100, 100), 30000, np.uint16), "blank"),  # deep and empty
        (np.random.default_rng(0).integers(30000, 30004, (100, 100)).astype(np.uint16), "blank"),  # its noise is not blown up to a film
        (np.where(np.indices((200, 200)).sum(0) % 17 < 2, 20, 255).astype(np.uint8), "page"),  # lines on white
    ],
)
def test_what_can_not_be_a_film(picture, said):
    problem = frontal_problem(load(picture))
    assert problem is None if said is None else said in problem


def test_a_coloured_label_on_a_film_is_not_a_photograph():
    picture = np.dstack([film()] * 3)
    picture[100:110, 60:90] = (255, 230, 0)
    assert frontal_problem(load(picture)) is None


def test_real_films_all_pass(shared):
    """Every eighth film, so that the test stays short; the header of `frontal` says what all of them show."""
    for path in sorted((shared / "data" / "nih" / "512").glob("*.jpg"))[::8]:
        assert frontal_problem(load(path)) is None


# Properties


@settings(max_examples=60, deadline=None)
@given(npst.arrays(st.sampled_from([np.uint8, np.uint16, np.int32, np.float32]), (64, 66)))
def test_any_array_of_numbers_gives_a_film_or_an_input_error(array):
    try:
        loaded = load(array)
    except InputError as error:
        assert "no usable pixel values" in str(error)
    else:
        assert loaded.pixels.shape == (64, 66)


@settings(max_examples=60, deadline=None)
@given(npst.arrays(np.float64, (7, 5), elements=st.floats(-1e6, 1e6)), st.floats(-1e6, 1e6), st.floats(1e-3, 1e6))
def test_windowing_keeps_the_order_of_grey_levels(values, low, width):
    shown = to_uint8(values, low, low + width).ravel()
    order = np.argsort(values, axis=None)
    assert (np.diff(shown[order].astype(int)) >= 0).all()


@settings(max_examples=150, deadline=None)
@given(st.sampled_from(["PNG", "JPEG", "WebP", "TIFF", "raw", "rle", "jls", "j2k", "ljpeg"]), st.data())
def test_a_damaged_file_gives_a_film_or_an_input_error(damage_base, kind, data):
    """Whatever a library raises on broken bytes is translated; anything else would fail here."""
    whole = bytearray(damage_base[kind])
    for _ in range(data.draw(st.integers(1, 6))):
        whole[data.draw(st.integers(0, len(whole) - 1))] = data.draw(st.integers(0, 255))
    end = data.draw(st.sampled_from([None, data.draw(st.integers(0, len(whole)))]))
    try:
        assert load(bytes(whole[:end])).pixels.size <= LIMITS.pixels
    except InputError as error:
        assert error.message.endswith(".")


@pytest.fixture(scope="session")
def damage_base():
    pictures = {kind: saved(film(70, 64), kind) for kind in ("PNG", "JPEG", "WebP", "TIFF")}
    small = film(70, 64, top=4095, dtype=np.uint16)
    syntaxes = {"raw": ExplicitVRLittleEndian, "rle": RLELossless, "jls": JPEGLSLossless, "j2k": JPEG2000Lossless}
    pictures["ljpeg"] = encapsulated(lossless_jpeg(small, 12), JPEGLosslessSV1, small)
    return pictures | {name: dicom(small, syntax=uid, WindowCenter=2000, WindowWidth=4000) for name, uid in syntaxes.items()}


def test_a_deflated_file_is_refused_before_it_is_inflated():
    data = dicom().replace(ExplicitVRLittleEndian.encode() + b"\0", DeflatedExplicitVRLittleEndian.encode())
    with pytest.raises(InputError, match="deflated"):
        load(data)


def test_values_in_the_upper_bits_of_old_files_are_brought_down():
    plain = film(top=4095, dtype=np.uint16)
    usual = load(dicom(plain, WindowCenter=2048, WindowWidth=4096))
    upper = load(dicom(plain << 4, HighBit=15, WindowCenter=2048, WindowWidth=4096))
    assert np.array_equal(usual.pixels, upper.pixels)

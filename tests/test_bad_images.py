"""Every kind of image that can't be used, and the one sentence that it gets. The sentence names no file, no path and no patient."""

import io
import os
import struct
import zipfile
import zlib

import numpy as np
import pytest
from image_files import PATIENT, dicom, encapsulated, film, lossless_jpeg, saved
from PIL import Image
from pydicom.dataset import Dataset
from pydicom.uid import (
    MPEG2MPML,
    DeflatedExplicitVRLittleEndian,
    ExplicitVRLittleEndian,
    JPEG2000Lossless,
    JPEGLSLossless,
    RLELossless,
)

from cxr_auditor.errors import InputError
from cxr_auditor.images import LIMITS, frontal_problem, load

ACCEPTED = " Accepted: PNG, JPEG, WebP, TIFF and DICOM."
AGAIN = " Export or download it again."
ONE_FILM = " Save the one film as a file of its own."
PLAIN_FILMS = " Accepted: CR and DX films of the chest."
UNPACKED = " Save it uncompressed or as JPEG 2000."
NAME = f"{PATIENT} 1901.png"
TWELVE = film(top=4095, dtype=np.uint16)


def text_file():
    return b"Chest X-ray of " + PATIENT.encode()


def zip_file():
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("film.png", saved(film()))
    return buffer.getvalue()


def png_that_declares(width, height):
    """A whole PNG whose header is changed to another size: a decompression bomb's first bytes."""
    data = saved(film())
    header = b"IHDR" + struct.pack(">2I", width, height) + data[24:29]
    return data[:12] + header + struct.pack(">I", zlib.crc32(header)) + data[33:]


def animated(kind):
    return saved(film(), kind, save_all=True, append_images=[Image.fromarray(255 - film())])


def tiff_of_nothing():
    return saved(Image.fromarray(np.full((80, 80), np.nan, np.float32)), "TIFF")


def without_pixels(**tags):
    return dicom(without=["PixelData"], **tags)


def encrypted_attributes():
    item = Dataset()
    item.EncryptedContentTransferSyntaxUID, item.EncryptedContent = ExplicitVRLittleEndian, b"\x13\x37"
    return without_pixels(EncryptedAttributesSequence=[item])


def enveloped():
    """The start of a DICOM file encrypted as PS3.10 says: CMS enveloped data."""
    return bytes.fromhex("308006092a864886f70d010703a080308002010031820123") + os.urandom(400)


def changed(data, old, new):
    assert data.count(old) == 1
    return data.replace(old, new)


def rle_with_too_many_runs():
    return encapsulated(b"\x02\0\0\0" + bytes(60) + b"\x81\0" * 60_000, RLELossless, TWELVE)


NO_PICTURE = "The DICOM file holds no picture. It may have been cut short: export or download it again."
NO_FILM = "only frontal (PA or AP) chest films are audited."
SHORT = "The DICOM file is cut short: it holds fewer pixels than it declares."

BYTES = [
    # Files of no picture
    ("empty", b"", "The image file is empty." + ACCEPTED),
    ("text", text_file(), "This is a text file, not an X-ray image." + ACCEPTED),
    (
        "text with letters cut at the end of what is looked at",
        ("ä" * 5000).encode()[:-1],
        "This is a text file, not an X-ray image." + ACCEPTED,
    ),
    ("SVG", b"<?xml version='1.0'?><svg xmlns='http://www.w3.org/2000/svg'/>", "This is an SVG drawing, not an X-ray image." + ACCEPTED),
    ("PDF", b"%PDF-1.7\n\x00\xff", "This is a PDF document, not an X-ray image." + ACCEPTED),
    ("ZIP", zip_file(), "This is a ZIP archive, not an X-ray image." + ACCEPTED),
    ("gzip", b"\x1f\x8b\x08" + bytes(99), "This is a gzip archive, not an X-ray image." + ACCEPTED),
    ("random bytes", b"\x07\xfe\x00\xc3" * 400, "The file is not an image that can be read." + ACCEPTED),
    # Pictures of another kind
    ("GIF", saved(film(), "GIF"), "This is a GIF picture, not an X-ray image." + ACCEPTED),
    ("BMP", saved(film(), "BMP"), "This is a BMP picture, not an X-ray image." + ACCEPTED),
    ("HEIC", b"\0\0\0\x18ftypheic\0\0\0\0" + bytes(99), "This is a HEIC or AVIF picture, not an X-ray image." + ACCEPTED),
    ("bare JPEG 2000", saved(film(), "JPEG2000"), "This is a bare JPEG 2000 picture, not an X-ray image." + ACCEPTED),
    # Broken pictures
    ("PNG cut short", saved(film())[:900], "The PNG file is damaged or cut short." + AGAIN),
    ("PNG cut in its header", saved(film())[:20], "The PNG file is damaged or cut short." + AGAIN),
    ("JPEG cut short", saved(film(), "JPEG")[:-400], "The JPEG file is damaged or cut short." + AGAIN),
    ("WebP cut short", saved(film(), "WebP")[:-40], "The WebP file is damaged or cut short." + AGAIN),
    ("TIFF cut short", saved(film(), "TIFF")[:-4000], "The TIFF file is damaged or cut short." + AGAIN),
    ("TIFF of which only the header is left", b"II*\0\x08\0\0\0", "The TIFF file is damaged or cut short." + AGAIN),
    ("JPEG with a wrong first byte", b"\xfe" + saved(film(), "JPEG")[1:], "The file is not an image that can be read." + ACCEPTED),
    ("TIFF without a single number", tiff_of_nothing(), "The image holds no usable pixel values. Export it again from its source."),
    # Too large, too small, too long, too many
    ("bomb", png_that_declares(10_000, 9_000), "The image declares 10000 x 9000 pixels; at most 50 million are taken. Save it smaller."),
    ("great bomb", png_that_declares(60_000, 60_000), "The image declares far more pixels than a film has. Save it smaller."),
    (
        "strip",
        saved(film(4000, 3)),
        "The image is 3 x 4000 pixels; the shorter side must have at least 64. Give the whole film.",
    ),
    ("thumbnail", saved(film(40, 40)), "The image is 40 x 40 pixels; the shorter side must have at least 64. Give the whole film."),
    (
        "panorama",
        saved(film(100, 400)),
        "The image is 400 x 100 pixels; the longer side may be at most 3 times the shorter. Give the whole film.",
    ),
    ("animated PNG", animated("PNG"), "The PNG file holds 2 pictures; a film is one." + ONE_FILM),
    ("animated WebP", animated("WebP"), "The WebP file holds 2 pictures; a film is one." + ONE_FILM),
    ("TIFF of two pages", animated("TIFF"), "The TIFF file holds 2 pictures; a film is one." + ONE_FILM),
    # DICOM of another kind
    ("CT", dicom(Modality="CT"), "The DICOM file is a CT image, not a plain X-ray." + PLAIN_FILMS),
    ("MR", dicom(Modality="MR"), "The DICOM file is an MR image, not a plain X-ray." + PLAIN_FILMS),
    ("ultrasound", dicom(Modality="US"), "The DICOM file is an ultrasound image, not a plain X-ray." + PLAIN_FILMS),
    ("structured report", without_pixels(Modality="SR"), "The DICOM file is a structured report, not a plain X-ray." + PLAIN_FILMS),
    ("unknown modality", dicom(Modality="ZZ"), "The DICOM file is of another modality, not a plain X-ray." + PLAIN_FILMS),
    (
        "CT whose modality is missing",
        dicom(without=["Modality"], SOPClassUID="1.2.840.10008.5.1.4.1.1.2"),
        "The DICOM file is of another kind than a plain X-ray." + PLAIN_FILMS,
    ),
    ("multi-frame DICOM", dicom(NumberOfFrames=12), "The DICOM file holds 12 frames; a film is one." + ONE_FILM),
    (
        "DICOM of colour numbers",
        dicom(PhotometricInterpretation="PALETTE COLOR"),
        "The DICOM file's picture is in palette colours. Save it as a plain grey film.",
    ),
    ("encrypted attributes", encrypted_attributes(), "The DICOM file is encrypted. Decrypt it first."),
    ("encrypted file", enveloped(), "The DICOM file is encrypted. Decrypt it first."),
    ("pixel-less DICOM", without_pixels(), NO_PICTURE),
    ("empty pixels", dicom(PixelData=b""), NO_PICTURE),
    ("DICOM without a size", dicom(without=["Rows"]), "The DICOM file does not say how large its picture is." + AGAIN),
    (
        "DICOM of 32 bits",
        dicom(BitsAllocated=32, BitsStored=32, HighBit=31),
        "The DICOM file's pixels are not whole numbers of 8 to 16 bits. Save it as a plain grey film.",
    ),
    (
        "DICOM video",
        encapsulated(b"\0\0\1\xb3", MPEG2MPML, TWELVE),
        "The DICOM file's picture is compressed in a way that is not read." + UNPACKED,
    ),
    (
        "deflated DICOM",
        changed(dicom(), ExplicitVRLittleEndian.encode() + b"\0", DeflatedExplicitVRLittleEndian.encode()),
        "The DICOM file is deflated as a whole." + UNPACKED,
    ),
    # Broken DICOM
    ("DICOM cut short", dicom()[:-900], SHORT + AGAIN),
    ("only a preamble", bytes(128) + b"DICM", NO_PICTURE),
    (
        "more rows than pixels",
        dicom(Rows=300, Columns=300),
        SHORT + AGAIN,
    ),
    (
        "DICOM bomb by its tags",
        dicom(Rows=60_000, Columns=60_000),
        "The image declares 60000 x 60000 pixels; at most 50 million are taken. Save it smaller.",
    ),
    (
        "DICOM bomb inside: JPEG lossless of another size",
        encapsulated(lossless_jpeg(film(80, 80), 8), "1.2.840.10008.1.2.4.70", film()),
        "The DICOM file declares 100 x 120 pixels but holds another picture of 80 x 80 pixels." + AGAIN,
    ),
    (
        "DICOM bomb inside: JPEG 2000 of another size",
        dicom(syntax=JPEG2000Lossless, Rows=100, Columns=90),
        "The DICOM file declares 90 x 100 pixels but holds another picture of 100 x 120 pixels." + AGAIN,
    ),
    (
        "DICOM bomb inside: JPEG-LS of another size",
        dicom(syntax=JPEGLSLossless, Rows=100, Columns=90),
        "The DICOM file declares 90 x 100 pixels but holds another picture of 100 x 120 pixels." + AGAIN,
    ),
    (
        "DICOM bomb inside: runs without end",
        rle_with_too_many_runs(),
        "The DICOM file's compressed picture is larger than the one it declares." + AGAIN,
    ),
    (
        "no codestream where one should be",
        encapsulated(b"\x00" * 400, "1.2.840.10008.1.2.4.90", TWELVE),
        "The DICOM file declares 100 x 120 pixels but holds another picture." + AGAIN,
    ),
    (
        "a codestream that breaks off",
        encapsulated(lossless_jpeg(TWELVE, 12)[:90], "1.2.840.10008.1.2.4.70", TWELVE),
        "The DICOM file's compressed picture is cut short." + AGAIN,
    ),
    (
        "runs that are too few",
        encapsulated(b"\x02\0\0\0" + bytes(60) + b"\x81\0" * 60, RLELossless, TWELVE),
        "The DICOM file's compressed picture can't be decoded. If it is not damaged: " + UNPACKED.strip(),
    ),
    (
        "a transfer syntax that nobody knows",
        changed(dicom(), ExplicitVRLittleEndian.encode() + b"\0", b"1.2.840.10008.1.2.9\0"),
        "The DICOM file's picture is compressed in a way that is not read." + UNPACKED,
    ),
]


@pytest.mark.parametrize("data, sentence", [pytest.param(data, sentence, id=name) for name, data, sentence in BYTES])
def test_bytes_that_can_not_be_used(tmp_path, data, sentence):
    (tmp_path / NAME).write_bytes(data)
    for source in (data, tmp_path / NAME, str(tmp_path / NAME), io.BytesIO(data)):
        with pytest.raises(InputError) as raised:
            load(source)
        assert str(raised.value) == sentence
        assert not any(word in sentence for word in ("Quux", "1901", "tmp", "/"))


def test_too_many_bytes_are_not_read(tmp_path):
    path = tmp_path / NAME
    with path.open("wb") as sparse:
        sparse.truncate(LIMITS.bytes + 1)
    sentence = "The image file is larger than 64 MB. Save it smaller, for example as PNG or JPEG."

    class Endless(io.RawIOBase):
        taken = 0

        def read(self, size=-1):
            assert size > 0, "reads without an end"
            self.taken += size
            return bytes(size)

    endless = Endless()
    for source in (path, endless):
        with pytest.raises(InputError) as raised:
            load(source)
        assert str(raised.value) == sentence
    assert endless.taken == LIMITS.bytes + 1


@pytest.mark.parametrize(
    "path, sentence",
    [
        ("missing.png", "There is no image file at that path. Check the path."),
        (".", "The image path is no file but a folder or a device. Name one image file."),  # a folder
        ("/dev/null", "The image path is no file but a folder or a device. Name one image file."),
        ("x" * 5000, "The image file can't be opened. Check its path and whether you may read it."),  # longer than a name may be
        ("nul\0.png", "The image file can't be opened. Check its path and whether you may read it."),
    ],
)
def test_paths_that_can_not_be_used(tmp_path, monkeypatch, path, sentence):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(InputError) as raised:
        load(path)
    assert str(raised.value) == sentence


@pytest.mark.parametrize(
    "array, sentence",
    [
        (np.zeros((100, 100, 2), np.uint8), "but got uint8 of shape (100, 100, 2)."),  # two channels
        (np.zeros((3, 100, 100), np.uint8), "but got uint8 of shape (3, 100, 100)."),  # channels first
        (np.zeros(100), "but got float64 of shape (100,)."),
        (np.zeros((100, 100), complex), "but got complex128 of shape (100, 100)."),
        (np.zeros((100, 100, 3)), "but got float64 of shape (100, 100, 3)."),  # colour as fractions
        (np.full((100, 100), "a"), "but got <U1 of shape (100, 100)."),
        (np.zeros((0, 0)), "The image is 0 x 0 pixels; the shorter side must have at least 64. Give the whole film."),
        (np.full((100, 100), np.nan), "The image holds no usable pixel values. Export it again from its source."),
    ],
)
def test_arrays_that_can_not_be_used(array, sentence):
    with pytest.raises(InputError) as raised:
        load(array)
    assert str(raised.value).endswith(sentence)


def test_a_pillow_image_keeps_the_limits(tmp_path):
    (tmp_path / NAME).write_bytes(saved(film())[:900])
    with Image.open(tmp_path / NAME) as lazy, pytest.raises(InputError, match=r"^The picture file is damaged or cut short\."):
        load(lazy)
    with pytest.raises(InputError, match="shorter side"):
        load(Image.new("L", (30, 30)))


NO_FRONTAL = [
    (
        "colour photograph",
        saved(np.random.default_rng(0).integers(0, 255, (90, 90, 3), np.uint8)),
        "This is a colour picture, not a chest X-ray film.",
    ),
    ("black image", saved(np.zeros((90, 90), np.uint8)), "The image is blank: it shows next to no contrast."),
    ("empty DICOM", dicom(np.full((90, 90), 700, np.uint16)), "The image is blank: it shows next to no contrast."),
    (
        "page of text",
        saved(np.pad(np.zeros((10, 40), np.uint8), 40, constant_values=255)),
        "This is a page or a drawing, not a chest X-ray film: nearly all of it is white.",
    ),
    ("lateral film", dicom(ViewPosition="LL"), "The file says that this is a lateral film; " + NO_FILM),
    ("oblique film", dicom(ViewPosition="RAO"), "The file says that this is an oblique film; " + NO_FILM),
    (
        "hand",
        dicom(BodyPartExamined="HAND"),
        "The file says that this film shows another part of the body; only frontal chest films are audited.",
    ),
]


@pytest.mark.parametrize("data, sentence", [pytest.param(data, sentence, id=name) for name, data, sentence in NO_FRONTAL])
def test_images_that_are_no_frontal_chest_film(data, sentence):
    assert frontal_problem(load(data)) == sentence

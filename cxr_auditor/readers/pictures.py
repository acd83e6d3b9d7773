"""The film as the picture that a model gets. Boxes are normalized, so a smaller picture changes none of them; padding does: `unpad`."""

from typing import TYPE_CHECKING

from ..chat.records import ImagePart

if TYPE_CHECKING:
    from PIL.Image import Image

    from ..images import Radiograph


def whole(film: "Radiograph", longest: int) -> ImagePart:
    """The film as it is, no larger than `longest` pixels on its longer side."""
    from PIL import Image

    return ImagePart.of(_fit(Image.fromarray(film.pixels), longest))


def padded(film: "Radiograph", longest: int) -> ImagePart:
    """The film in the middle of a black square (see `geometry.unpad`), no larger than `longest` pixels."""
    from PIL import Image

    side = max(film.width, film.height)
    square = Image.new("L", (side, side))
    square.paste(Image.fromarray(film.pixels), ((side - film.width) // 2, (side - film.height) // 2))
    return ImagePart.of(_fit(square, longest))


def _fit(picture: "Image", longest: int) -> "Image":
    from PIL.Image import Resampling

    scale = longest / max(picture.size)
    if scale >= 1:
        return picture
    return picture.resize((max(round(picture.width * scale), 1), max(round(picture.height * scale), 1)), Resampling.LANCZOS)

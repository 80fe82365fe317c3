"""Photos and scans, drawn anew: orientation applied, metadata gone, white behind what was clear."""

from __future__ import annotations

import io
import struct
import warnings

import pi_heif
from PIL import Image, ImageFilter, ImageOps, ImageStat, MpoImagePlugin  # noqa: F401

from documents.applications.converter.frames import MOST_SIDE, Picture
from documents.applications.converter.refusals import Unusable

# A JPEG is scaled while it is read, the others need all their pixels in memory.
MOST_PIXELS = {"jpeg": 200_000_000, "png": 64_000_000, "heif": 64_000_000}
FORMATS = {"jpeg": ("JPEG", "MPO"), "png": ("PNG",), "heif": ("HEIF",)}
QUALITY = 78
# what Pillow raises for bytes that are no picture
_BROKEN = (OSError, ValueError, SyntaxError, RuntimeError, EOFError, IndexError, struct.error)
_SMALLEST_SIDE = 50
# measured on photos of papers: below these a person can't read them either
_DARK, _BLURRED, _ONE_COLOUR = 50.0, 30.0, 2.0
_LAPLACE = ImageFilter.Kernel((3, 3), (0, 1, 0, 1, -4, 1, 0, 1, 0), scale=1, offset=128)
Image.MAX_IMAGE_PIXELS = MOST_PIXELS["jpeg"]
pi_heif.register_heif_opener(thumbnails=False)
Image.preinit()  # nothing can be loaded later


def read_picture(content: bytes, kind: str) -> Picture:
    """The one page that a photo is; raises Unusable."""
    with warnings.catch_warnings():
        warnings.simplefilter("error", Image.DecompressionBombWarning)
        try:
            picture = Image.open(io.BytesIO(content), formats=FORMATS[kind])
        except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
            raise Unusable("too_large") from error
        except _BROKEN as error:
            raise _refusal(error) from error
    if picture.width * picture.height > MOST_PIXELS[kind]:
        raise Unusable("too_large")
    try:
        if kind == "jpeg":
            picture.draft("RGB", (MOST_SIDE, MOST_SIDE))
        drawn = _flat(_upright(picture))
    except Image.DecompressionBombError as error:
        raise Unusable("too_large") from error
    except _BROKEN as error:
        raise _refusal(error) from error
    return as_page(drawn, is_photo=True)


def as_page(drawn: Image.Image, *, is_photo: bool) -> Picture:
    """A drawn page as it is kept; raises Unusable for a photo that shows nothing."""
    if min(drawn.size) < 1 or (is_photo and min(drawn.size) < _SMALLEST_SIDE):
        raise Unusable("too_heavy" if min(drawn.size) < 1 else "unreadable")
    drawn.thumbnail((MOST_SIDE, MOST_SIDE), Image.Resampling.LANCZOS, reducing_gap=2.0)
    found = _warnings(drawn) if is_photo else ()
    drawn.info.clear()  # a comment would be written again
    out = io.BytesIO()
    drawn.save(out, "JPEG", quality=QUALITY, optimize=False)
    return Picture(out.getvalue(), drawn.width, drawn.height, found)


def _refusal(error: Exception) -> Exception:
    if isinstance(error, OSError) and error.errno:
        return error  # the jail, and no picture
    return Unusable("not_whole" if "truncated" in str(error) else "unreadable")


def _upright(picture: Image.Image) -> Image.Image:
    try:
        return ImageOps.exif_transpose(picture)
    except (SyntaxError, TypeError, KeyError, ZeroDivisionError, ValueError):
        # metadata that can't be read says nothing about how the photo was held
        picture.load()
        return picture


def _flat(picture: Image.Image) -> Image.Image:
    if picture.mode in {"I;16", "I", "F"}:  # 16 bit a channel: converted plainly it would be white
        picture = picture.convert("I").point(lambda value: value / 256).convert("L")
    if picture.has_transparency_data:
        behind = Image.new("RGBA", picture.size, "white")
        return Image.alpha_composite(behind, picture.convert("RGBA")).convert("RGB")
    return picture.convert("RGB")


def _warnings(drawn: Image.Image) -> tuple[str, ...]:
    small = drawn.convert("L")
    small.thumbnail((800, 800))
    tones = ImageStat.Stat(small)
    if tones.stddev[0] < _ONE_COLOUR:
        raise Unusable("one_colour")  # a lens behind a finger, or a canvas that failed
    found = []
    if tones.mean[0] < _DARK:
        found.append("dark")
    edges = small.filter(_LAPLACE).crop((1, 1, small.width - 1, small.height - 1))
    if ImageStat.Stat(edges).var[0] < _BLURRED:
        found.append("blurred")
    return tuple(found)

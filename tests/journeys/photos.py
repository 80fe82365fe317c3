"""Photos as phones take them: many pixels, grain, and turned by a note instead of in truth."""

from __future__ import annotations

from functools import cache

from PIL import Image, ImageChops

from tests.documents.applications.hostile_files import drawing, saved


def grainy(width: int, height: int, grain: float) -> Image.Image:
    """A paper, held upright; a red corner at its top left."""
    paper = drawing(width, height)
    noise = Image.effect_noise(paper.size, grain).convert("RGB")
    return ImageChops.add(paper, noise, offset=-128 - 30)  # paper is never white


@cache
def photo(grain: float = 12.0) -> bytes:
    """One of 12 megapixels."""
    note = Image.Exif()
    note[0x0112] = 6  # as most phones do: the sensor lies on its side
    lying = grainy(3000, 4000, grain).transpose(Image.Transpose.ROTATE_90)
    return saved(lying, "JPEG", quality=90, exif=note)

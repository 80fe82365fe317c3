"""Photos as phones take them: many pixels, grain, and turned by a note instead of in truth."""

from __future__ import annotations

from functools import cache

from PIL import Image, ImageChops

from tests.documents.applications.hostile_files import drawing, saved


@cache
def photo(grain: float = 12.0) -> bytes:
    """A paper at 12 megapixels, held upright; a red corner at its top left."""
    paper = drawing(3000, 4000)
    noise = Image.effect_noise(paper.size, grain).convert("RGB")
    paper = ImageChops.add(paper, noise, offset=-128 - 30)  # paper is never white
    note = Image.Exif()
    note[0x0112] = 6  # as most phones do: the sensor lies on its side
    return saved(paper.transpose(Image.Transpose.ROTATE_90), "JPEG", quality=90, exif=note)

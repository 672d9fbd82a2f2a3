"""Regions as SVG, cased black and white so that they can be seen on any metal.

Every shape is drawn three times: dark, light, then the line itself, whose colour and dash
come from the classes that the caller gives. Lengths are pixels of the upright image.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from markupsafe import Markup

from labeler.core.regions import Box, Polygon, Region, parse_region

_LETTER_SHARE = 1 / 28


def region_marks(
    documents: Sequence[Mapping[str, Any]],
    *,
    width_px: int,
    height_px: int,
    line: str,
    letter: str,
) -> Markup:
    """One `<g>` per region: casing, line with the classes `line`, and its letter."""
    size = max(width_px, height_px) * _LETTER_SHARE
    return Markup("").join(
        _mark(parse_region(d, width_px=width_px, height_px=height_px), line, letter, size)
        for d in documents
    )


def _mark(region: Region, line: str, letter: str, size_px: float) -> Markup:
    # NumPy is slow to load, and a server starts without it.
    from labeler.core.masks import bounding_box

    shape = _shape(region)
    cased = Markup("").join(shape.format(kind=kind) for kind in ("case-dark", "case-light", line))
    # Beside the region, not inside: a letter would hide a small defect.
    around, above = bounding_box(region), size_px * 0.35
    fits_above = around.y > size_px * 1.3
    y = around.y - above if fits_above else around.y + around.height + size_px + above
    text = Markup('<text class="mark-letter" x="{}" y="{}" font-size="{}">{}</text>').format(
        _short(around.x), _short(y), _short(size_px), letter
    )
    return Markup('<g class="mark">') + cased + text + Markup("</g>")


def _short(value: float) -> str:
    return f"{value:.2f}".rstrip("0").rstrip(".")


def _shape(region: Region) -> Markup:
    """The element with `{kind}` left open for its class."""
    if isinstance(region, Box):
        numbers = {n: _short(getattr(region, n)) for n in ("x", "y", "width", "height")}
        attributes = Markup(" ").join(Markup('{}="{}"').format(*pair) for pair in numbers.items())
        return Markup('<rect class="{kind}" ') + attributes + Markup("/>")
    if isinstance(region, Polygon):
        points = " ".join(f"{_short(x)},{_short(y)}" for x, y in region.points)
        return Markup('<polygon class="{kind}" points="') + points + Markup('"/>')
    from labeler.web.mask_outline import mask_outline

    return Markup('<path class="{kind}" d="') + mask_outline(region) + Markup('"/>')

"""How much one image may ask for."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Limits:
    """What an image may measure, in pixels of the stored (not yet turned) picture.

    The default of 2**26 pixels admits a 64 megapixel camera and 8192 x 8192. Both bounds are
    read from the header, before any memory is taken for pixels.
    """

    max_pixels: int = 2**26
    max_side_px: int = 16_384


@dataclass(frozen=True, slots=True)
class ChildLimits:
    """What the decoding child process may use.

    `memory_bytes` is address space beyond what the child needs to start; it covers the decoder's
    own picture (4 bytes per pixel in colour) plus our array (3 bytes per pixel), so the default
    admits 64 megapixels in colour. Decoders that keep more are refused earlier: colour WebP from
    about 32 megapixels, turned colour TIFF from about 60, progressive 4:4:4 JPEG from about 50.
    `wall_s` and `cpu_s` are per image. `images` is after how many a child is replaced, so that a
    slow leak in a decoder never grows into refusals. `file_bytes` is the largest file it may write.
    """

    memory_bytes: int = 512 * 2**20
    wall_s: float = 10.0
    cpu_s: int = 10
    images: int = 2_000
    file_bytes: int = 64 * 2**20

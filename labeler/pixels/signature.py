"""What a file is, by its first bytes. Names and extensions are never believed."""

from enum import StrEnum

from labeler.pixels.refusals import Refusal, RefusedImage

HEAD_BYTES = 132
"""How many first bytes `sniff` wants to see."""


class ImageFormat(StrEnum):
    """The formats we take, named as Pillow names them."""

    JPEG = "JPEG"
    PNG = "PNG"
    TIFF = "TIFF"
    BMP = "BMP"
    WEBP = "WEBP"


_STARTS = (
    (b"\xff\xd8\xff", ImageFormat.JPEG),
    (b"\x89PNG\r\n\x1a\n", ImageFormat.PNG),
    (b"II*\x00", ImageFormat.TIFF),
    (b"MM\x00*", ImageFormat.TIFF),
    (b"II+\x00", ImageFormat.TIFF),  # BigTIFF
    (b"MM\x00+", ImageFormat.TIFF),
)

# "BM" alone begins many texts; a bitmap also states the size of its header, one of these.
_BMP_HEADER_SIZES = frozenset({12, 16, 40, 52, 56, 64, 108, 124})

# Told apart only to say something helpful.
_OTHERS = (
    (b"GIF8", "GIF"),
    (b"%PDF", "PDF"),
    (b"PK\x03\x04", "ZIP"),
    (b"PK\x05\x06", "ZIP"),
    (b"8BPS", "Photoshop"),
    (b"\x00\x00\x00\x0cjP  ", "JPEG 2000"),
    (b"\xff\x0a", "JPEG XL"),
    (b"\x7fELF", "program"),
    (b"MZ", "program"),
)
_ISO_MEDIA = {
    b"heic": "HEIC",
    b"heix": "HEIC",
    b"mif1": "HEIC",
    b"avif": "AVIF",
    b"avis": "AVIF",
}


def sniff(head: bytes) -> ImageFormat:
    """Name the format of a file that begins with `head` (give it `HEAD_BYTES` where it has them).

    Raises `RefusedImage` for anything outside the allow-list.
    """
    if not head:
        raise RefusedImage(Refusal.EMPTY)
    for start, image_format in _STARTS:
        if head.startswith(start):
            return image_format
    if head.startswith(b"RIFF") and head[8:12] == b"WEBP":
        return ImageFormat.WEBP
    if head.startswith(b"BM") and int.from_bytes(head[14:18], "little") in _BMP_HEADER_SIZES:
        return ImageFormat.BMP
    kind = _other_kind(head)
    if kind is None:
        raise RefusedImage(Refusal.NOT_AN_IMAGE)
    raise RefusedImage(Refusal.OTHER_KIND, kind=kind)


def _other_kind(head: bytes) -> str | None:
    for start, kind in _OTHERS:
        if head.startswith(start):
            return kind
    if head[4:8] == b"ftyp":
        return _ISO_MEDIA.get(head[8:12])
    if head[128:132] == b"DICM":
        return "DICOM"
    text = head.removeprefix(b"\xef\xbb\xbf").lstrip().lower()
    if text.startswith((b"<svg", b"<?xml")):
        return "SVG"
    return "HTML" if text.startswith((b"<!doctype html", b"<html")) else None

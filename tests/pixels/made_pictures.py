"""Pictures made by code, in every storage that the tests need."""

import struct
import zlib
from io import BytesIO

import numpy as np
from PIL import Image

FORMATS = ("JPEG", "PNG", "TIFF", "BMP", "WEBP")


def colour(height=40, width=56):
    """A picture without any symmetry: each corner differs, and a slope runs through it."""
    rows, columns = np.mgrid[0:height, 0:width]
    pixels = np.zeros((height, width, 3), np.uint8)
    pixels[..., 0] = 255 * columns // width
    pixels[..., 1] = 255 * rows // height
    pixels[: height // 4, : width // 4] = (255, 0, 0)
    pixels[-height // 4 :, : width // 4] = (0, 0, 255)
    return pixels


def gray(height=40, width=56):
    return np.ascontiguousarray(colour(height, width).max(axis=2))


def gray16(height=40, width=56, most=65_535):
    rows, columns = np.mgrid[0:height, 0:width]
    return (most * (rows * width + columns) // (height * width)).astype(np.uint16)


def encoded(picture, image_format, *, orientation=None, **options):
    """Bytes of an array or image; lossless wherever the format can be."""
    image = picture if isinstance(picture, Image.Image) else Image.fromarray(picture)
    if image_format == "WEBP":
        options = {"lossless": True, **options}
    if image_format == "JPEG":
        options = {"quality": 95, "subsampling": 0, **options}
    if orientation is not None:
        exif = Image.Exif()
        exif[0x0112] = orientation
        options["exif"] = exif
    buffer = BytesIO()
    image.save(buffer, image_format, **options)
    return buffer.getvalue()


def png_chunk(kind, body):
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def png_claiming(width, height, *, data=b"", depth=8, colour_type=2):
    """A PNG whose header says anything and whose pixels are `data`, packed."""
    header = struct.pack(">IIBBBBB", width, height, depth, colour_type, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + png_chunk(b"IHDR", header)
        + png_chunk(b"IDAT", zlib.compress(data, 9))
        + png_chunk(b"IEND", b"")
    )


def png_bomb(side):
    """A true PNG of `side` x `side` black RGB pixels, a thousandth of its size in the file."""
    packer = zlib.compressobj(9)
    row = b"\0" * (1 + side * 3)
    packed = b"".join(packer.compress(row) for _ in range(side)) + packer.flush()
    header = struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + png_chunk(b"IHDR", header)
        + png_chunk(b"IDAT", packed)
        + png_chunk(b"IEND", b"")
    )


def tiff(tags, *, data=b"", order="<", next_ifd=0):
    """A classic TIFF of one directory with (tag, type, count, value) entries and `data` behind it.

    A value of `None` stands for the place where `data` begins.
    """
    head = 8 + 2 + 12 * len(tags) + 4
    mark = b"II" if order == "<" else b"MM"
    parts = [mark, struct.pack(order + "HI", 42, 8), struct.pack(order + "H", len(tags))]
    for tag, kind, count, given in sorted(tags):
        value = head if given is None else given
        body = struct.pack(order + "HH", value, 0) if kind == 3 else struct.pack(order + "I", value)
        parts.append(struct.pack(order + "HHI", tag, kind, count) + body)
    parts.append(struct.pack(order + "I", next_ifd))
    return b"".join(parts) + data


def gray_tiff(pixels, *, bits=16, photometric=1, order="<", data=None, next_ifd=0, height=None):
    """An uncompressed one-strip gray TIFF, `bits` per sample."""
    rows, columns = pixels.shape
    kind = {8: "u1", 16: order + "u2", 32: order + "u4"}.get(bits)
    data = pixels.astype(kind).tobytes() if data is None else data
    tags = [
        (256, 3, 1, columns), (257, 3, 1, height or rows), (258, 3, 1, bits), (259, 3, 1, 1),
        (262, 3, 1, photometric), (273, 4, 1, None), (277, 3, 1, 1), (278, 3, 1, height or rows),
        (279, 4, 1, len(data)),
    ]  # fmt: skip
    return tiff(tags, data=data, order=order, next_ifd=next_ifd)

import pytest

from labeler.pixels.refusals import Refusal, RefusedImage
from labeler.pixels.signature import HEAD_BYTES, sniff
from tests.pixels.made_pictures import FORMATS, colour, encoded


@pytest.mark.parametrize("image_format", FORMATS)
def test_the_five_formats_are_told_by_their_first_bytes(image_format):
    assert sniff(encoded(colour(), image_format)[:HEAD_BYTES]) == image_format


@pytest.mark.parametrize(
    ("head", "kind"),
    [
        (b"GIF89a\x01\x00", "GIF"),
        (b"%PDF-1.7", "PDF"),
        (b"PK\x03\x04", "ZIP"),
        (b"\x7fELF\x02\x01", "program"),
        (b"MZ\x90\x00", "program"),
        (b"<svg xmlns='x'>", "SVG"),
        (b"\xef\xbb\xbf <?xml version='1.0'?><svg/>", "SVG"),
        (b"\n<!DOCTYPE HTML><html>", "HTML"),
        (b"\x00\x00\x00\x18ftypheic", "HEIC"),
        (b"\x00\x00\x00\x18ftypavif", "AVIF"),
        (b"\0" * 128 + b"DICM", "DICOM"),
    ],
)
def test_other_kinds_are_refused_by_name(head, kind):
    with pytest.raises(RefusedImage) as caught:
        sniff(head)
    assert (caught.value.reason, caught.value.values) == (Refusal.OTHER_KIND, {"kind": kind})


@pytest.mark.parametrize(
    "head",
    [
        b"BM is how this text begins, and it is long enough",
        b"RIFF\x10\x00\x00\x00WAVEfmt ",
        b"\x00\x00\x00\x18ftypisom",
        b"\xff\xd8",
        b"\x89PNG",
        b"\0",
        b"name,lot\n",
    ],
)
def test_what_resembles_an_image_is_not_one(head):
    with pytest.raises(RefusedImage) as caught:
        sniff(head)
    assert caught.value.reason == Refusal.NOT_AN_IMAGE


def test_an_empty_file_is_called_empty():
    with pytest.raises(RefusedImage) as caught:
        sniff(b"")
    assert caught.value.reason == Refusal.EMPTY

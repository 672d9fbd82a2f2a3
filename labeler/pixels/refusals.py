"""Why an image is refused: one list, so that every reason has a translation and a test."""

from enum import StrEnum

from labeler.core.errors import InvalidInput


class Refusal(StrEnum):
    """English sentences with named places; each is also its key in the translations."""

    EMPTY = "The file is empty."
    NOT_AN_IMAGE = "This is not a JPEG, PNG, TIFF, BMP or WebP image."
    OTHER_KIND = "This is a {kind} file; images must be JPEG, PNG, TIFF, BMP or WebP."
    TOO_MANY_PIXELS = "The image has more than {most} pixels."
    SIDE_TOO_LONG = "The image is {width} × {height} pixels; a side may have at most {most}."
    SEVERAL_PAGES = "The file holds more than one page or frame; import them one by one."
    FLOATING_POINT = "The image holds floating point values; save it with 8 or 16 bits."
    BEYOND_16_BITS = "The image holds values beyond 16 bits; save it with 8 or 16 bits."
    COLOUR_SPACE = "The colour space {mode} is not supported; save the image as gray or RGB."
    INCOMPLETE = "The file ends too early: the image is incomplete."
    DAMAGED = "The file is damaged: it cannot be decoded as {format}."
    TOO_MUCH_MEMORY = "The image needs more memory to decode than is allowed."
    TOO_SLOW = "The image takes longer to decode than is allowed."
    DECODER_STOPPED = "The decoder stopped at this image; the file is damaged."


class RefusedImage(InvalidInput):
    """This one image cannot be taken; `reason` and `values` say why. Others are unaffected."""

    def __init__(self, reason: Refusal, **values: object) -> None:
        super().__init__(reason.value, fields=(), **values)
        self.reason = reason

    def __reduce__(self) -> tuple[object, ...]:
        """Travel between processes whole: the default would pass the filled sentence as reason."""
        return _rebuilt, (type(self), self.reason, dict(self.values))


def _rebuilt(kind: type[RefusedImage], reason: Refusal, values: dict[str, object]) -> RefusedImage:
    return kind(reason, **values)

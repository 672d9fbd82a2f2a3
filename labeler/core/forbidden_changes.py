"""The words with which a standard or a recipe forbids changes to pictures of a defect type."""

from collections.abc import Iterable, Iterator, Mapping

from labeler.core.errors import FieldError

FORBIDDEN: Mapping[str, frozenset[str]] = {
    "flip": frozenset({"flip"}),
    "rotate": frozenset({"rotate", "affine"}),
    "affine": frozenset({"affine"}),
    "shift": frozenset({"affine"}),
    "scale": frozenset({"affine"}),
    "zoom": frozenset({"affine"}),
    "crop": frozenset({"affine"}),
    "brightness": frozenset({"brightness"}),
    "contrast": frozenset({"contrast"}),
    "gamma": frozenset({"gamma"}),
    "light": frozenset({"light"}),
    "shadow": frozenset({"light"}),
    "noise": frozenset({"noise"}),
    # Tone curves act on each colour channel: only gains and gray noise leave the hue alone.
    "hue": frozenset({"contrast", "gamma"}),
    "saturation": frozenset({"contrast", "gamma"}),
    "color": frozenset({"brightness", "contrast", "gamma", "light"}),
    # In no preset yet, so there is nothing to leave out.
    "blur": frozenset(),
    "jpeg": frozenset(),
}
"""What a word in `forbid_augment` takes away."""


def unknown_words(words: Iterable[str], path: str) -> Iterator[FieldError]:
    """A fault at `path` for every word that forbids nothing known."""
    for word in words:
        if word not in FORBIDDEN:
            yield FieldError.filled(
                path,
                "Nothing is called {word}; known are: {known}.",
                word=word,
                known=", ".join(sorted(FORBIDDEN)),
            )

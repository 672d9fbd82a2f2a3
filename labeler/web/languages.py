"""English sentences are the keys; Korean ones stand in `translations/ko/`, a file per area."""

from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path

from babel.messages.pofile import read_po

from labeler.core.terms import Language

_FOLDER = Path(__file__).parents[1] / "translations"


@lru_cache
def catalog(language: Language) -> Mapping[str, str]:
    """Sentence to sentence; empty for English, whose sentences are the keys."""
    if language is Language.ENGLISH:
        return {}
    found: dict[str, str] = {}
    for path in sorted((_FOLDER / language).glob("*.po")):
        found |= _texts(path, language)
    return found


def _texts(path: Path, language: Language) -> dict[str, str]:
    with path.open("rb") as file:
        read = read_po(file, locale=language)
    return {str(m.id): str(m.string) for m in read if isinstance(m.id, str) and m.id and m.string}


def translated(language: Language, message: str, values: Mapping[str, object]) -> str:
    """The sentence in `language` with its places filled."""
    text = catalog(language).get(message, message)
    return text.format(**values) if values else text


def choose_language(wanted: str | None, fallback: Language) -> Language:
    """A known language, or the installation's."""
    return Language(wanted) if wanted in set(Language) else fallback

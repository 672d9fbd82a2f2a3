"""Which name of a manifest means which incoming file."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping


class ManifestNames:
    """The names that a manifest uses, to be found by the files that come.

    A name fits the file of exactly this name. Only where no such file comes, one may be longer
    than the other by folders at its beginning (`a/1.png` and `images/a/1.png`), and only if no
    other name and no other file of the import could be meant too.

    >>> names = ManifestNames(["a/1.png", "2.png"])
    >>> names.pair(["a/1.png", "b/1.png", "c/2.png"])
    {'a/1.png': 'a/1.png', 'c/2.png': '2.png'}
    """

    def __init__(self, names: Iterable[str]) -> None:
        self._names = frozenset(names)
        self._by_end: dict[str, list[str]] = {}
        for name in self._names:
            for end in _ends(name):
                self._by_end.setdefault(end, []).append(name)

    def pair(self, files: Iterable[str]) -> dict[str, str]:
        """File to manifest name, for all the files of an import; without those in doubt."""
        count = Counter(files)
        rivals: Counter[str] = Counter()
        only: dict[str, str] = {}
        for file, times in count.items():
            found = self._meant(file, count)
            for name in found:
                rivals[name] += times
            if len(found) == 1:
                only[file] = found[0]
        return {file: name for file, name in only.items() if rivals[name] == 1}

    def alone(self, file: str) -> str | None:
        """The name for one file of which the others are not known.

        A manifest name with fewer folders than the file has fits none here: a file in another
        folder could follow.
        """
        longer = self._by_end.get(file, [])
        return file if file in self._names else longer[0] if len(longer) == 1 else None

    def _meant(self, file: str, files: Mapping[str, int]) -> list[str]:
        if file in self._names:
            return [file]
        shorter = [end for end in _ends(file) if end in self._names]
        return [name for name in (*shorter, *self._by_end.get(file, ())) if name not in files]


def _ends(name: str) -> Iterator[str]:
    """What is left of a name without its first folder, its first two, and so on."""
    while "/" in name:
        name = name.partition("/")[2]
        yield name

"""Every sentence that a person can read stands in Korean too, with the same places."""

import ast
import re
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from string import Formatter

import pytest
from babel.messages.extract import extract
from babel.messages.pofile import read_po

from labeler.core import errors
from labeler.core.agreement.values import Reason
from labeler.core.msa.reasons import StudyReason
from labeler.core.msa.sentences import Said
from labeler.core.next_steps import NEXT_STEPS
from labeler.core.terms import Language
from labeler.pixels.refusals import Refusal
from labeler.store.intake_limits import IntakeRefusal
from labeler.web import problems
from labeler.web.languages import catalog, translated
from labeler.web.navigation import _IN_PROJECT

REPO = Path(__file__).parents[1]
KOREAN = REPO / "labeler" / "translations" / "ko"
# Names of things that Korean keeps as they are.
THE_SAME = {"API", "PIN"}
# Sentences of pydantic that people meet in forms; the rest of it stays English.
FROM_PYDANTIC = {"Field required", "Extra inputs are not permitted"}


def template_sentences() -> Iterator[tuple[str, str]]:
    """(sentence, place) of every template, both forms of a plural."""
    for path in sorted((REPO / "templates").rglob("*.html")):
        with path.open("rb") as file:
            found = extract(
                "jinja2.ext:babel_extract", file, keywords={"_": None, "ngettext": (1, 2)},
                options={"trim_blocks": "true", "lstrip_blocks": "true"},
            )  # fmt: skip
            for line, message, *_ in found:
                for one in (message,) if isinstance(message, str) else message:
                    yield one, f"{path.relative_to(REPO)}:{line}"


class Module:
    """A Python file: which of its calls carry a sentence for people, and which sentence."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.tree = ast.parse(path.read_text())
        self.constants = {
            target.id: node.value.value
            for node in ast.walk(self.tree)
            if isinstance(node, ast.Assign)
            and isinstance(node.value, ast.Constant)
            and isinstance(node.value.value, str)
            for target in node.targets
            if isinstance(target, ast.Name)
        }
        # Position of the sentence among the arguments, by the name of what is called.
        self.places = {
            name: 0
            for name, kind in vars(errors).items()
            if isinstance(kind, type) and issubclass(kind, errors.LabelerError)
        } | {"FieldError": 1, "filled": 1, "gettext": 0, "_": 0, "translate": 1}
        for _ in range(3):  # a helper may call a helper that raises
            self._learn_helpers()

    def _learn_helpers(self) -> None:
        for node in ast.walk(self.tree):
            if not isinstance(node, ast.FunctionDef) or node.name.startswith("__"):
                continue
            given = [a.arg for a in (*node.args.posonlyargs, *node.args.args)]
            given = given[1:] if given[:1] in (["self"], ["cls"]) else given
            for argument in self._sentence_arguments(node):
                if isinstance(argument, ast.Name) and argument.id in given:
                    self.places.setdefault(node.name, given.index(argument.id))

    def _sentence_arguments(self, inside: ast.AST) -> Iterator[ast.expr]:
        for call in ast.walk(inside):
            if not isinstance(call, ast.Call):
                continue
            name = getattr(call.func, "id", getattr(call.func, "attr", ""))
            place = self.places.get(name)
            if place is not None and len(call.args) > place:
                yield call.args[place]

    def sentences(self) -> Iterator[tuple[str, str]]:
        """(sentence, place) of every literal that reaches a person."""
        for argument in self._sentence_arguments(self.tree):
            arms = (argument.body, argument.orelse) if isinstance(argument, ast.IfExp) else ()
            for one in arms or (argument,):
                where = f"{self.path.relative_to(REPO)}:{one.lineno}"
                if isinstance(one, ast.Constant) and isinstance(one.value, str):
                    yield one.value, where
                elif isinstance(one, ast.Name) and one.id in self.constants:
                    yield self.constants[one.id], where


def source_sentences() -> Iterator[tuple[str, str]]:
    """(sentence, place) of the Python sources."""
    for path in sorted((REPO / "labeler").rglob("*.py")):
        if path.parent.name != "cli":  # the command line speaks English
            yield from Module(path).sentences()
    for said in (Refusal, IntakeRefusal, Reason, StudyReason, Said):
        yield from ((one.value, f"{said.__name__}.{one.name}") for one in said)
    for table in (problems._TITLES, problems._PLAIN):
        yield from ((text, "labeler/web/problems.py") for text in table.values())
    yield from ((step.web, "labeler/core/next_steps.py") for _, step in NEXT_STEPS)
    yield from ((label, "labeler/web/navigation.py") for _, label, _ in _IN_PROJECT)
    yield from ((text, "pydantic") for text in FROM_PYDANTIC)


@cache
def sentences() -> Mapping[str, str]:
    """Every sentence with one place where it stands."""
    found: dict[str, str] = {}
    for sentence, place in (*template_sentences(), *source_sentences()):
        found.setdefault(sentence, place)
    return found


def names_in(sentence: str) -> list[str]:
    """The names of the places to fill; braces that are no places count as none."""
    try:
        return sorted(name for _, name, _, _ in Formatter().parse(sentence) if name is not None)
    except ValueError:
        return []


def test_the_walk_finds_what_it_is_for() -> None:
    found = sentences()
    for sentence in (
        "Skip to the content",  # a template's frame
        "Sign in",  # a page
        "Give the severity as 1 to {levels}.",  # through a helper, with a value
        "A PIN has 4 to 6 digits.",  # a field
        "There is no such person for you.",  # a constant
        "The file is empty.",  # an enumeration
        "Cannot tell with this many parts",  # another one
        "Not signed in",  # a title
        "Look at what is there now, then go on.",  # what to do next
        "Disputes",  # the navigation
    ):
        assert sentence in found


def test_every_sentence_stands_in_korean() -> None:
    korean = catalog(Language.KOREAN)
    missing = [
        f"{place}: {sentence}"
        for sentence, place in sentences().items()
        if sentence not in korean or (korean[sentence] == sentence and sentence not in THE_SAME)
    ]
    assert not missing, f"{len(missing)} without Korean:\n" + "\n".join(sorted(missing))


def test_korean_sentences_have_the_places_of_the_english_ones() -> None:
    wrong = [
        f"{english!r}: {korean!r}"
        for english, korean in catalog(Language.KOREAN).items()
        if names_in(english) != names_in(korean)
    ]
    assert not wrong, "\n".join(wrong)


def test_no_particle_is_glued_to_a_place() -> None:
    # Which particle fits depends on the last sound of what fills the place.
    glued = re.compile(r"\}(은|는|이|가|을|를|와|과|으로|로|이라|라|아|야|이나|나)(?![가-힣])")
    wrong = [text for text in catalog(Language.KOREAN).values() if glued.search(text)]
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("path", sorted(KOREAN.glob("*.po")), ids=lambda p: p.name)
def test_a_catalogue_can_be_read_and_repeats_nothing(path: Path) -> None:
    with path.open("rb") as file:
        found = read_po(file, locale="ko", abort_invalid=True)
    assert [m for m in found if m.id and (m.fuzzy or not m.string)] == []
    text = path.read_text()
    assert text.count("\nmsgid ") == len({m.id for m in found}), "a sentence stands there twice"


def test_two_catalogues_agree_on_a_sentence_that_both_have() -> None:
    said: dict[str, tuple[str, str]] = {}
    for path in sorted(KOREAN.glob("*.po")):
        with path.open("rb") as file:
            for message in read_po(file, locale="ko"):
                if message.id:
                    before = said.setdefault(str(message.id), (str(message.string), path.name))
                    assert before[0] == message.string, f"{message.id}: {before[1]}, {path.name}"


def test_a_sentence_is_filled_in_either_language() -> None:
    wait = "Too many wrong attempts. Wait {seconds} seconds, then try again."
    assert "17" in translated(Language.KOREAN, wait, {"seconds": 17})
    assert "17" in translated(Language.ENGLISH, wait, {"seconds": 17})

"""The labeling standard: reading its book, and what a next version may not take away."""

import json
import tomllib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from labeler.core.errors import InvalidInput
from labeler.core.forbidden_changes import FORBIDDEN
from labeler.core.standard import (
    DefectType,
    SeverityLevel,
    Standard,
    check_succession,
    parse_standard,
)
from labeler.core.terms import Geometry

CONTRACT = """
[[defect_type]]
code = "scratch"
name = {en = "Scratch", ko = "스크래치"}
definition = {en = "Linear mark, length ≥ 0.5 mm", ko = "선형 자국"}
severity = [
    {code = "light", name = {en = "Light", ko = "경미"}},
    {code = "deep", name = {en = "Deep", ko = "심함"}},
]
geometry = ["box", "polygon", "mask"]
region_required = false
forbid_augment = ["hue"]
"""

LEVELS = [{"code": "light", "name": {"en": "Light"}}, {"code": "deep", "name": {"en": "Deep"}}]


def entry(**changed: object) -> dict[str, object]:
    return {"code": "scratch", "name": {"en": "Scratch"}} | changed


def parse(*entries: object) -> Standard:
    return parse_standard({"defect_types": list(entries)}, version=1)


def faults(document: dict[str, object]) -> list[tuple[str, str]]:
    with pytest.raises(InvalidInput) as caught:
        parse_standard(document, version=1)
    return [(fault.path, fault.message) for fault in caught.value.fields]


def test_the_book_of_the_contract_is_read() -> None:
    standard = parse_standard(tomllib.loads(CONTRACT), version=3)
    assert standard.version == 3
    assert standard.defect_types == (
        DefectType(
            code="scratch",
            name={"en": "Scratch", "ko": "스크래치"},
            definition={"en": "Linear mark, length ≥ 0.5 mm", "ko": "선형 자국"},
            severity=(
                SeverityLevel("light", {"en": "Light", "ko": "경미"}),
                SeverityLevel("deep", {"en": "Deep", "ko": "심함"}),
            ),
            geometry=(Geometry.BOX, Geometry.POLYGON, Geometry.MASK),
            region_required=False,
            forbid_augment=("hue",),
        ),
    )


def test_code_and_name_are_enough() -> None:
    [found] = parse(entry()).defect_types
    assert found == DefectType("scratch", {"en": "Scratch"})
    assert (found.severity, found.geometry, found.region_required) == ((), (), False)


def test_a_defect_type_is_found_by_its_code_and_codes_keep_the_books_order() -> None:
    standard = parse(entry(), entry(code="bubble"))
    assert standard.codes == ("scratch", "bubble")
    assert standard.find("bubble") is standard.defect_types[1]
    assert standard.find("dent") is None


@pytest.mark.parametrize(
    ("name", "language", "shown"),
    [
        ({"en": "Scratch", "ko": "스크래치"}, "ko", "스크래치"),
        ({"en": "Scratch", "ko": "스크래치"}, "en", "Scratch"),
        ({"en": "Scratch"}, "ko", "Scratch"),
        ({"ko": "스크래치"}, "en", "scratch"),
    ],
)
def test_a_name_is_shown_in_the_language_else_english_else_the_code(name, language, shown) -> None:
    assert DefectType("scratch", name).label(language) == shown


@pytest.mark.parametrize("code", ["a", "0", "a_b-c", "x" * 40])
def test_codes_of_small_letters_digits_and_dashes(code: str) -> None:
    assert parse(entry(code=code)).codes == (code,)


CODE = ("defect_types.0.code", "A code has 1 to 40 of a-z, 0-9, _ and -.")
NAME = ("defect_types.0.name", 'Give the text per language, like {en = "Scratch"}.')
TEXT = "Give a text of 1 to 2000 characters."
WORDS = ("defect_types.0.forbid_augment", "Give a list of words.")


@pytest.mark.parametrize(
    ("changed", "fault"),
    [
        ({"code": ""}, CODE),
        ({"code": "Scratch"}, CODE),
        ({"code": "x" * 41}, CODE),
        ({"code": "_x"}, CODE),
        ({"code": "a b"}, CODE),
        ({"code": "a\n"}, CODE),
        ({"code": "../x"}, CODE),
        ({"code": 5}, CODE),
        ({"code": None}, CODE),
        ({"name": None}, NAME),
        ({"name": {}}, NAME),
        ({"name": "Scratch"}, NAME),
        ({"name": {"en": " "}}, ("defect_types.0.name.en", TEXT)),
        ({"name": {"en": "x" * 2001}}, ("defect_types.0.name.en", TEXT)),
        ({"name": {"en": 5}}, ("defect_types.0.name.en", TEXT)),
        (
            {"name": {"EN": "x"}},
            ("defect_types.0.name", "A language is two small letters, like en or ko."),
        ),
        ({"definition": "long"}, ("defect_types.0.definition", NAME[1])),
        (
            {"severity": "light"},
            ("defect_types.0.severity", "Give a list of levels, from light to heavy."),
        ),
        (
            {"severity": LEVELS[:1]},
            ("defect_types.0.severity", "Severity has two to four levels, or none."),
        ),
        (
            {"severity": [{"code": f"l{n}", "name": {"en": "L"}} for n in range(5)]},
            ("defect_types.0.severity", "Severity has two to four levels, or none."),
        ),
        (
            {"severity": [LEVELS[0], LEVELS[0]]},
            ("defect_types.0.severity", "Two levels share a code."),
        ),
        (
            {"severity": [*LEVELS, "deep"]},
            ("defect_types.0.severity.2", "A level has a code and a name."),
        ),
        (
            {"severity": [*LEVELS, {"code": "x", "name": {"en": "X"}, "limit": 3}]},
            ("defect_types.0.severity.2.limit", "This key is not known; see the documentation."),
        ),
        (
            {"geometry": ["circle"]},
            ("defect_types.0.geometry", "A geometry is box, polygon or mask."),
        ),
        ({"geometry": "box"}, ("defect_types.0.geometry", "Give a list of words.")),
        ({"geometry": [1]}, ("defect_types.0.geometry", "Give a list of words.")),
        ({"geometry": [["box"]]}, ("defect_types.0.geometry", "Give a list of words.")),
        (
            {"region_required": True},
            ("defect_types.0.region_required", "A required region needs a geometry."),
        ),
        (
            {"region_required": "yes", "geometry": ["box"]},
            ("defect_types.0.region_required", "Give true or false."),
        ),
        ({"forbid_augment": "hue"}, WORDS),
        ({"forbid_augment": [1]}, WORDS),
        (
            {"forbid_augment": ["flip", "hueee"]},
            (
                "defect_types.0.forbid_augment",
                f"Nothing is called hueee; known are: {', '.join(sorted(FORBIDDEN))}.",
            ),
        ),
        (
            {"colour": "red"},
            ("defect_types.0.colour", "This key is not known; see the documentation."),
        ),
    ],
)
def test_a_fault_is_named_with_its_place(changed, fault) -> None:
    assert faults({"defect_types": [entry(**changed)]}) == [fault]


@pytest.mark.parametrize(
    ("document", "fault"),
    [
        ({}, ("defect_types", "Give at least one defect type.")),
        ({"defect_types": []}, ("defect_types", "Give at least one defect type.")),
        ({"defect_types": "scratch"}, ("defect_types", "Give at least one defect type.")),
        ({"defect_types": {"code": "a"}}, ("defect_types", "Give at least one defect type.")),
        (
            {"defect_types": [entry(code=f"c{n}") for n in range(101)]},
            ("defect_types", "A standard has at most 100 defect types."),
        ),
        ({"defect_types": [entry(), entry()]}, ("defect_types", "Two defect types share a code.")),
        (
            {"defect_types": [entry()], "defect_type": [entry(code="other")]},
            ("defect_type", "Give defect_type or defect_types, not both."),
        ),
        (
            {"defect_types": [entry()], "author": "me"},
            ("author", "This key is not known; see the documentation."),
        ),
        (
            {"defect_types": ["scratch"]},
            ("defect_types.0", "A defect type is a table with at least code and name."),
        ),
    ],
)
def test_a_fault_of_the_whole_book_is_named(document, fault) -> None:
    assert faults(document) == [fault]


def test_all_faults_are_told_at_once() -> None:
    found = faults({"x": 1, "defect_types": [{"name": {"en": "A"}}, entry(name=None), 7]})
    assert [path for path, _ in found] == [
        "x",
        "defect_types.0.code",
        "defect_types.1.name",
        "defect_types.2",
    ]


def test_two_missing_codes_are_not_called_a_shared_one() -> None:
    assert len(faults({"defect_types": [{"name": {"en": "A"}}, {"name": {"en": "B"}}]})) == 2


def test_texts_are_trimmed_and_a_geometry_named_twice_counts_once() -> None:
    [found] = parse(entry(name={"en": " Scratch "}, geometry=["mask", "box", "mask"])).defect_types
    assert found.name == {"en": "Scratch"}
    assert found.geometry == (Geometry.MASK, Geometry.BOX)


def test_a_hundred_defect_types_fit() -> None:
    assert len(parse(*[entry(code=f"c{n}") for n in range(100)]).codes) == 100


# Any well-formed book

texts = st.text(min_size=1, max_size=8).filter(lambda text: text.strip() == text)
names = st.dictionaries(st.sampled_from(["en", "ko", "de"]), texts, min_size=1)
codes = st.from_regex(r"[a-z0-9][a-z0-9_-]{0,9}", fullmatch=True)


def test_a_published_standard_with_a_word_that_nobody_knows_is_still_read() -> None:
    document = {"defect_types": [entry(forbid_augment=["hueee"])]}
    found = parse_standard(document, version=1, published=True)
    assert found.defect_types[0].forbid_augment == ("hueee",)


levels = st.lists(
    st.builds(SeverityLevel, codes, names), min_size=2, max_size=4, unique_by=lambda x: x.code
).map(tuple)
geometries = st.lists(st.sampled_from(Geometry), min_size=1, unique=True).map(tuple)
entries = st.builds(
    DefectType,
    code=codes,
    name=names,
    definition=st.just({}) | names,
    severity=st.just(()) | levels,
    geometry=geometries,
    region_required=st.booleans(),
    forbid_augment=st.lists(st.sampled_from(sorted(FORBIDDEN)), max_size=2).map(tuple),
)
books = st.builds(
    Standard,
    st.just(1),
    st.lists(entries, min_size=1, max_size=4, unique_by=lambda x: x.code).map(tuple),
)


@settings(deadline=None)
@given(books)
def test_a_standard_travels_and_comes_back_the_same(standard: Standard) -> None:
    document = json.loads(json.dumps(standard.document()))
    assert parse_standard(document, version=1) == standard
    assert parse_standard({"defect_type": document["defect_types"]}, version=1) == standard


@settings(deadline=None)
@given(books)
def test_a_standard_may_follow_itself(standard: Standard) -> None:
    check_succession(standard, standard)


# Succession

SCALE = entry(severity=LEVELS)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ([entry()], [entry(), entry(code="bubble")]),
        ([entry(), entry(code="bubble")], [entry(code="bubble"), entry()]),
        ([entry()], [entry(name={"en": "Score"}, geometry=["box"], region_required=True)]),
        ([entry()], [SCALE]),
        ([SCALE], [entry(severity=[*LEVELS, {"code": "open", "name": {"en": "Open"}}])]),
        ([SCALE], [entry(severity=[LEVELS[0], LEVELS[1] | {"name": {"en": "Heavy"}}])]),
    ],
)
def test_a_new_version_may_add_reorder_and_reword(old, new) -> None:
    check_succession(parse(*old), parse(*new))


@pytest.mark.parametrize(
    ("old", "new", "paths"),
    [
        ([entry(), entry(code="bubble")], [entry()], ["defect_types.bubble"]),
        ([SCALE], [entry()], ["defect_types.scratch.severity"]),
        ([SCALE], [entry(severity=LEVELS[::-1])], ["defect_types.scratch.severity"]),
        (
            [SCALE],
            [entry(severity=[{"code": "none", "name": {"en": "None"}}, *LEVELS])],
            ["defect_types.scratch.severity"],
        ),
        (
            [entry(code="bubble"), SCALE],
            [entry(severity=[LEVELS[0], {"code": "new", "name": {"en": "New"}}])],
            ["defect_types.bubble", "defect_types.scratch.severity"],
        ),
    ],
)
def test_a_new_version_takes_nothing_away_from_reviews_already_made(old, new, paths) -> None:
    with pytest.raises(InvalidInput) as caught:
        check_succession(parse(*old), parse(*new))
    assert [fault.path for fault in caught.value.fields] == paths


PICTURE = "0123456789abcdef" * 4


def test_a_limit_and_examples_are_read_and_written_back() -> None:
    shown = {
        "kind": "borderline",
        "image": PICTURE,
        "note": {"en": "Just below.", "ko": "조금 아래."},
    }
    raw = entry(limit={"en": "0.5 mm"}, examples=[shown, {"kind": "typical", "image": PICTURE}])
    standard = parse(raw)
    [defect] = standard.defect_types
    assert defect.limit == {"en": "0.5 mm"}
    assert [(e.kind, e.image, e.note.get("ko")) for e in defect.examples] == [
        ("borderline", PICTURE, "조금 아래."), ("typical", PICTURE, None),
    ]  # fmt: skip
    assert standard.pictures == {PICTURE}
    assert parse_standard(standard.document(), version=1) == standard


def test_a_standard_written_before_there_were_examples_is_read_as_it_was() -> None:
    [defect] = parse(entry()).defect_types
    assert (defect.limit, defect.examples) == ({}, ())


@pytest.mark.parametrize(
    ("examples", "path"),
    [
        ("typical", "defect_types.0.examples"),
        ([{"kind": "typical", "image": PICTURE}] * 13, "defect_types.0.examples"),
        ([{"kind": "typical", "image": PICTURE}] * 2, "defect_types.0.examples"),
        (["typical"], "defect_types.0.examples.0"),
        ([{"kind": "nice", "image": PICTURE}], "defect_types.0.examples.0.kind"),
        ([{"kind": "typical"}], "defect_types.0.examples.0.image"),
        ([{"kind": "typical", "image": "../x"}], "defect_types.0.examples.0.image"),
        ([{"kind": "typical", "image": PICTURE, "note": "x"}], "defect_types.0.examples.0.note"),
        ([{"kind": "typical", "image": PICTURE, "x": 1}], "defect_types.0.examples.0.x"),
    ],
)
def test_a_wrong_example_is_named(examples: object, path: str) -> None:
    assert [place for place, _ in faults({"defect_types": [entry(examples=examples)]})] == [path]

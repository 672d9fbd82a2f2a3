"""The labeling standard as TOML text."""

import pytest

from labeler.core.errors import InvalidInput
from labeler.core.standard import parse_standard
from labeler.web.standard_text import (
    EXAMPLE,
    Fault,
    faults_in,
    line_of,
    read_standard_text,
    standard_text,
)
from tests.cast import STANDARD


def test_the_standard_as_text_reads_back_the_same() -> None:
    tricky = {
        "code": "odd", "name": {"en": 'A "quoted" \\ name\twith\x07 signs', "ko": "이름"},
        "definition": {"en": 'Three """ quotes\nand \\ a line\n\nmore'},
        "limit": {"en": "0.5 mm"},
        "geometry": ["box"], "region_required": True, "forbid_augment": ["hue", "flip"],
        "examples": [
            {"kind": "typical", "image": "a" * 64, "note": {"en": 'A "deep" one', "ko": "심함"}},
            {"kind": "borderline", "image": "b" * 64},
        ],
    }  # fmt: skip
    standard = parse_standard({"defect_types": [*STANDARD["defect_types"], tricky]}, version=3)
    assert parse_standard(read_standard_text(standard_text(standard)), version=3) == standard


def test_the_example_to_begin_from_is_a_standard_in_both_languages() -> None:
    example = parse_standard(read_standard_text(EXAMPLE), version=1)
    assert example.codes == ("scratch", "stain")
    assert all(set(one.name) == set(one.definition) == {"en", "ko"} for one in example.defect_types)
    assert read_standard_text(standard_text(example)) == read_standard_text(EXAMPLE) | {
        "defect_type": [
            one | {"region_required": False} for one in read_standard_text(EXAMPLE)["defect_type"]
        ]
    }


@pytest.mark.parametrize(("broken", "line"), [("a = 1\nb = \n", 2), ("a = 1\n\nname = {", 3)])
def test_text_that_is_no_toml_is_led_to_its_line(broken: str, line: int) -> None:
    with pytest.raises(InvalidInput) as refused:
        read_standard_text(broken)
    [fault] = refused.value.fields
    assert faults_in(broken, {fault.path: fault.message}) == [Fault(line, "", fault.message)]


def test_a_fault_is_led_to_its_line() -> None:
    text = standard_text(parse_standard(STANDARD, version=1))
    lines = text.splitlines()
    assert lines[line_of(text, "defect_types.1.geometry") - 1] == 'geometry = ["box"]'
    assert lines[line_of(text, "defect_types.scratch.severity") - 1] == "severity = ["
    assert lines[line_of(text, "defect_types.stain") - 1] == "[[defect_type]]"
    for unknown in ("text", "defect_types", "defect_types.9", "defect_types.nobody"):
        assert line_of(text, unknown) is None

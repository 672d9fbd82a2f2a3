"""The labeling standard as TOML text."""

from labeler.core.standard import parse_standard
from labeler.web.standard_text import line_of, read_standard_text, standard_text
from tests.cast import STANDARD


def test_the_standard_as_text_reads_back_the_same() -> None:
    tricky = {
        "code": "odd", "name": {"en": 'A "quoted" \\ name\twith\x07 signs', "ko": "이름"},
        "definition": {"en": 'Three """ quotes\nand \\ a line\n\nmore'},
        "geometry": ["box"], "region_required": True, "forbid_augment": ["hue", "flip"],
    }  # fmt: skip
    standard = parse_standard({"defect_types": [*STANDARD["defect_types"], tricky]}, version=3)
    assert parse_standard(read_standard_text(standard_text(standard)), version=3) == standard


def test_a_fault_is_led_to_its_line() -> None:
    text = standard_text(parse_standard(STANDARD, version=1))
    lines = text.splitlines()
    assert lines[line_of(text, "defect_types.1.geometry") - 1] == 'geometry = ["box"]'
    assert lines[line_of(text, "defect_types.scratch.severity") - 1] == "severity = ["
    assert lines[line_of(text, "defect_types.stain") - 1] == "[[defect_type]]"
    for unknown in ("text", "defect_types", "defect_types.9", "defect_types.nobody"):
        assert line_of(text, unknown) is None

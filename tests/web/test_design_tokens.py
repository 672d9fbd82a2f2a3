"""The colours of the interface, measured; and markup that keeps to the security policy."""

import re
from pathlib import Path

import pytest

STATIC = Path(__file__).parents[2] / "static"


def blocks() -> dict[str, dict[str, str]]:
    """The colour tokens per theme."""
    text = (STATIC / "css/tokens.css").read_text()
    found = re.findall(r"(:root[^{]*)\{([^{}]*color-scheme[^{}]*)\}", text)
    return {
        selector.strip(): dict(re.findall(r"--([\w-]+): ([^;]+);", body))
        for selector, body in found
    }


def luminance(colour: str) -> float:
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    """WCAG 2.2: (L1 + 0.05) / (L2 + 0.05), the lighter first."""
    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)


def test_both_ways_to_the_dark_theme_say_the_same() -> None:
    found = blocks()
    assert found[':root[data-theme="dark"]'] == found[':root[data-theme="auto"]']
    assert found[":root"].keys() == found[':root[data-theme="dark"]'].keys()


@pytest.mark.parametrize("theme", [":root", ':root[data-theme="dark"]'])
def test_text_has_7_to_1_and_verdicts_10_to_1(theme: str) -> None:
    token = blocks()[theme]
    texts = [
        (ink, ground)
        for ink in ("ink", "ink-soft")
        for ground in (
            "paper",
            "surface",
            "raised",
            "info-soft",
            "success-soft",
            "warning-soft",
            "error-soft",
            "accent-soft",
        )
    ]
    texts += [
        ("accent", "paper"),
        ("accent", "raised"),
        ("danger", "paper"),
        ("on-accent", "accent"),
        ("on-danger", "danger"),
    ]
    for ink, ground in texts:
        assert contrast(token[ink], token[ground]) >= 7, (ink, ground)
    for verdict in ("ok", "ng", "unsure"):
        assert contrast(token[f"on-{verdict}"], token[verdict]) >= 10, verdict
    for line, ground in (
        ("line", "paper"),
        ("line", "surface"),
        ("unsure-line", "unsure"),
        ("focus", "paper"),
    ):
        assert contrast(token[line], token[ground]) >= 3, (line, ground)


def test_no_markup_carries_a_style_or_a_script_of_its_own() -> None:
    for template in (STATIC.parent / "templates").rglob("*.html"):
        text = template.read_text()
        assert not re.search(r"<[^>]*\sstyle=", text), template
        assert not re.search(r"<style|\son\w+=|javascript:", text), template
        for tag in re.findall(r"<script[^>]*>", text):
            assert "src=" in tag or 'type="application/json"' in tag, template


def test_every_icon_lies_in_the_cell_that_the_style_sheet_names() -> None:
    sheet = (STATIC / "icons/sheet.svg").read_text()
    drawn = re.findall(r'<g id="(\w+)"(?: transform="translate\((\d+)\)")?', sheet)
    css = (STATIC / "css/base.css").read_text()
    named = re.findall(r"\.icon-(\w+) \{ --cell: (\d+)", css)
    [cells] = re.findall(r"--cells: (\d+)", css)
    assert [(name, int(left or 0)) for name, left in drawn] == [
        (name, 24 * int(cell)) for name, cell in named
    ]
    assert [cell for _name, cell in named] == [str(n) for n in range(int(cells))]
    assert f'viewBox="0 0 {24 * int(cells)} 24"' in sheet

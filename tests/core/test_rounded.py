"""Rounded numbers that read like no other number that matters."""

import pytest

from labeler.core.rounded import plain_number


@pytest.mark.parametrize(
    ("value", "limits", "said"),
    [
        (0.9975, (0, 1), "0.998"), (0.9996, (0, 1), "0.9996"), (1.0, (0, 1), "1.00"),
        (0.0038, (0, 1), "0.004"), (0.0, (0, 1), "0.00"), (0.7497, (0.75,), "0.7497"),
        (0.75, (0.75,), "0.75"), (0.9975, (), "1.00"), (1 - 1e-12, (1,), "1.00"),
    ],
)  # fmt: skip
def test_a_rounded_number_is_a_limit_only_where_the_number_is(value, limits, said):
    assert plain_number(value, *limits) == said

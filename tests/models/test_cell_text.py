"""Numbers and truth values kept as such read like the texts of their cells."""

from __future__ import annotations

import pandas as pd
import pytest

from models.cell_text import plain_values, text_series


@pytest.mark.parametrize(
    "cells",
    [[1, 2], [1, None], [0.5, -0.0, None], [3.0, 4], [0.1, 1e15, 2.5e-7], [True, False], [2**53 - 1, 1 - 2**53, 0]],
    ids=str,
)
def test_plain_cells_read_like_their_texts(cells):
    plain = plain_values(cells)
    assert plain is not None
    assert text_series(pd.Series(plain))[0].tolist() == text_series(cells)[0].tolist()


@pytest.mark.parametrize("cells", [[], [None], ["1", 2], [True, None], [True, 1], [2**53 + 1, 0.5], [-(2**63)], [10**400], [float("inf")], [[1], 2]], ids=str)
def test_cells_that_would_read_otherwise_stay_texts(cells):
    assert plain_values(cells) is None

"""Numbers by chance, the same by the same seed. Compiled."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from solver.engine.moves.compiling import inner

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Seeds = NDArray[np.uint64]


@inner
def below(random: Seeds, count: int) -> np.signedinteger[Any]:
    """Return a whole number below ``count``."""
    return np.int64(_next(random) % np.uint64(count))


@inner
def share(random: Seeds) -> float:
    """Return a number above 0 and up to 1."""
    return (float(_next(random) >> np.uint64(11)) + 1.0) / 9007199254740992.0


@inner
def _next(random: Seeds) -> np.uint64:
    """Marsaglia, "Xorshift RNGs", Journal of Statistical Software 8 (14), 2003, with shifts 13, 7, 17."""
    some: np.uint64 = random[0]
    some ^= some << np.uint64(13)
    some ^= some >> np.uint64(7)
    some ^= some << np.uint64(17)
    random[0] = some
    return some

"""The search on bare numbers, for problems that are too large to be an instance: no names, no rules, no audit but the problem's own."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from solver.engine.single_source.run import compile_once
from solver.engine.single_source.search import Search

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from solver.engine.single_source.problem import Problem


@dataclass(frozen=True)
class Found:
    """What a search came to: ``centre_of`` (units,) with its cost, ``None`` without a plan; no plan costs less than ``bound``; seconds it took."""

    centre_of: NDArray[np.int64] | None
    cost: int | None
    bound: int | None
    seconds: float

    def near(self, gap: float) -> bool:
        """Tell whether plan and bound meet within a relative gap."""
        return self.cost is not None and self.bound is not None and self.cost - self.bound <= gap * abs(self.cost)


def search_directly(problem: Problem, seconds: float, gap: float = 1e-4, seed: int = 0) -> Found:
    """Return the best plan of ``problem`` and what is proven within ``seconds``, compiling apart."""
    compile_once()
    began = time.monotonic()

    def enough() -> bool:
        return time.monotonic() - began >= seconds

    search = Search(problem, gap, seed, enough, lambda _search: None).run()
    plan = search.plans.centre_of
    cost = None if plan is None else problem.total(plan)
    return Found(plan, cost, search.bound, time.monotonic() - began)

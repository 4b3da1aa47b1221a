"""The bound in a thread of its own while another looks for plans: prices until they settle, then the search."""

from __future__ import annotations

import threading
from functools import partial
from queue import Empty, SimpleQueue
from typing import TYPE_CHECKING

from solver.engine.tree.search import Tree

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy as np
    from numpy.typing import NDArray

    from solver.engine.ascent import Ascent
    from solver.engine.run import Engine

    Real = NDArray[np.float64]

_WAIT_S = 0.05


class Prover:
    """Raises the bound from where an ascent stands, until nothing is left to prove, :meth:`leave` is called, or the engine has no time left.

    What it finds waits until :meth:`collect` hands it to the engine, so that only the thread which looks for plans changes that.

    Attributes
    ----------
    worth
        (options,) the least each option cost at the prices of the last slice.
    """

    def __init__(self, engine: Engine, ascent: Ascent, slice_of: int, most_looks: float) -> None:
        self._engine, self._ascent, self._slice, self._most_looks = engine, ascent, slice_of, most_looks
        self.worth: Real = ascent.worth.copy()
        self._found: SimpleQueue[Callable[[], None]] = SimpleQueue()
        self._left, self._failed = threading.Event(), False
        self._thread = threading.Thread(target=self._work, name="prover", daemon=True)

    def __enter__(self) -> Prover:
        """Begin."""
        self._thread.start()
        return self

    def __exit__(self, *_raised: object) -> None:
        """Stop within a look, and hand over what was found until then."""
        self._left.set()
        self._thread.join()
        if not self._failed:
            self.collect()

    @property
    def working(self) -> bool:
        """Whether more may come."""
        return self._thread.is_alive()

    def collect(self) -> None:
        """Let the engine take what was found since the last time; what went wrong in the other thread is raised here."""
        while True:
            try:
                take = self._found.get_nowait()
            except Empty:
                return
            take()

    def _over(self) -> bool:
        return self._left.is_set() or self._engine.spent()

    def _work(self) -> None:
        try:
            self._climb()
            self._search()
        except BaseException as problem:
            self._found.put(partial(self._fail, problem))

    def _fail(self, problem: BaseException) -> None:
        self._failed = True
        raise problem

    def _climb(self) -> None:
        ascent = self._ascent
        while not (ascent.found.settled or ascent.found.bound >= self._engine.cost or self._over()):
            ascent.climb(self._engine.cost, self._over, ascent.looks + self._slice)
            self.worth = ascent.worth.copy()
            certificate = ascent.certificate()
            bound = self._engine.bound_by(certificate)
            if bound is not None:
                self._found.put(partial(self._engine.take_certified, bound, certificate))

    def _search(self) -> None:
        engine, certified = self._engine, self._engine.bound_by(self._ascent.certificate())
        while engine.judged is None and not self._over():
            self._left.wait(_WAIT_S)
        if certified is None or self._over():
            return
        tree = Tree(engine.relaxation, self._ascent.found, certified, engine.gap)
        while not (tree.done or tree.looks >= self._most_looks or self._over()):
            tree.go_on(int(engine.cost), tree.looks + self._slice, self._over)
            self._found.put(partial(engine.take_searched, int(min(tree.bound, engine.cost))))

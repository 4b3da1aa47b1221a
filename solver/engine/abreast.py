"""The search in a thread of its own, while another looks for plans."""

from __future__ import annotations

import threading
from functools import partial
from queue import Empty, SimpleQueue
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from solver.engine.run import Engine
    from solver.engine.tree.search import Tree

_WAIT_S = 0.05


class Searcher:
    """Searches until nothing is left, the engine has no time left, so many looks are made in all, or whoever looks for plans leaves.

    What it finds waits until :meth:`collect` hands it to the engine, so that only the thread which looks for plans changes that.
    """

    def __init__(self, engine: Engine, tree: Tree, slice_of: int, most_looks: float) -> None:
        self._engine, self._tree, self._slice, self._most_looks = engine, tree, slice_of, most_looks
        self._found: SimpleQueue[Callable[[], None]] = SimpleQueue()
        self._left = threading.Event()
        self._thread = threading.Thread(target=self._work, name="searcher", daemon=True)

    def __enter__(self) -> Searcher:
        """Begin; from now on the engine collects what is found."""
        self._thread.start()
        self._engine.searcher = self
        return self

    def __exit__(self, kind: type[BaseException] | None, *_raised: object) -> None:
        """Stop, and hand over what was found until then unless something went wrong here or there."""
        self._left.set()
        self._thread.join()
        self._engine.searcher = None
        if kind is None:
            self.collect()

    @property
    def working(self) -> bool:
        """Whether more may come."""
        return self._thread.is_alive()

    def wait(self) -> None:
        """Wait a moment for what may come."""
        self._thread.join(_WAIT_S)

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
            self._search()
        except BaseException as problem:
            self._found.put(partial(_fail, problem))

    def _search(self) -> None:
        engine, tree = self._engine, self._tree
        while engine.judged is None and not self._over():
            self._left.wait(_WAIT_S)
        while not (tree.done or tree.looks >= self._most_looks or self._over()):
            tree.go_on(int(engine.cost), tree.looks + self._slice, self._over)
            self._found.put(partial(engine.take_searched, int(min(tree.bound, engine.cost))))


def _fail(problem: BaseException) -> None:
    raise problem

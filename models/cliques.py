"""Cliques that cover a graph: one row for a whole clique says what a row for each of its edges says, and is tighter."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray


def clique_cover(adjacent: NDArray[np.bool_]) -> list[NDArray[np.int64]]:
    """Return cliques that together hold every edge of a graph.

    Greedy: each clique starts where most edges are still uncovered, takes the neighbour that covers most of them, ties to the higher degree, and
    grows until no vertex is adjacent to all of it. The cover is not the smallest one; finding that is NP-hard (Kou, Stockmeyer and Wong, 1978).

    Parameters
    ----------
    adjacent
        (vertices, vertices) symmetric, false on the diagonal.

    Returns
    -------
    list
        Sorted positions of each clique's vertices, two or more each. Empty for a graph without edges.
    """
    uncovered = adjacent.copy()
    degree = adjacent.sum(axis=1, dtype=np.int64)
    left = degree.copy()
    cliques = []
    while left.any():
        clique = _grown(adjacent, uncovered, degree, int(np.argmax(left)))
        within = np.ix_(clique, clique)
        left[clique] -= uncovered[within].sum(axis=1, dtype=np.int64)
        uncovered[within] = False
        cliques.append(clique)
    return cliques


def _grown(adjacent: NDArray[np.bool_], uncovered: NDArray[np.bool_], degree: NDArray[np.int64], first: int) -> NDArray[np.int64]:
    """Return a clique around ``first`` that no further vertex extends."""
    clique = [first]
    common = np.flatnonzero(adjacent[first])
    covers = uncovered[first, common].astype(np.int64)
    while common.size:
        best = int(np.argmax(covers * (degree.shape[0] + 1) + degree[common]))
        vertex = int(common[best])
        clique.append(vertex)
        stays = adjacent[vertex, common]
        common = common[stays]
        covers = covers[stays] + uncovered[vertex, common]
    return np.array(sorted(clique), dtype=np.int64)

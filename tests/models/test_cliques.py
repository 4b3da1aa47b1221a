"""A clique cover holds every edge of the graph and nothing else."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from models.cliques import clique_cover


def graph(vertices, edges):
    adjacent = np.zeros((vertices, vertices), dtype=np.bool_)
    for a, b in edges:
        adjacent[a, b] = adjacent[b, a] = True
    return adjacent


def test_a_complete_graph_is_one_clique():
    assert [clique.tolist() for clique in clique_cover(~np.eye(5, dtype=np.bool_))] == [[0, 1, 2, 3, 4]]


def test_a_graph_without_edges_needs_none():
    assert clique_cover(np.zeros((4, 4), dtype=np.bool_)) == []
    assert clique_cover(np.zeros((0, 0), dtype=np.bool_)) == []


def test_two_triangles_that_share_a_corner_are_two_cliques():
    cover = clique_cover(graph(5, [(0, 1), (1, 2), (0, 2), (2, 3), (3, 4), (2, 4)]))
    assert sorted(clique.tolist() for clique in cover) == [[0, 1, 2], [2, 3, 4]]


@given(st.integers(1, 12).flatmap(lambda n: st.tuples(st.just(n), st.sets(st.tuples(st.integers(0, n - 1), st.integers(0, n - 1))))))
def test_every_edge_is_covered_by_maximal_cliques(drawn):
    vertices, edges = drawn
    adjacent = graph(vertices, {edge for edge in edges if edge[0] != edge[1]})
    covered = np.zeros_like(adjacent)
    for clique in clique_cover(adjacent):
        within = np.ix_(clique, clique)
        assert (adjacent[within] | np.eye(clique.shape[0], dtype=np.bool_)).all()
        assert not adjacent[:, clique].all(axis=1).any(), "a vertex adjacent to all of it would extend the clique"
        covered[within] |= ~np.eye(clique.shape[0], dtype=np.bool_)
    assert (covered == adjacent).all()

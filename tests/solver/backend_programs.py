"""Programs the back-end tests share."""

from __future__ import annotations

import itertools

import numpy as np
from scipy.sparse import coo_array, csr_array

from models.program import UNBOUNDED, Program


def random_program(seed: int, columns: int = 8, rows: int = 5) -> Program:
    """A small dense binary program with equalities, two-sided rows and negative numbers; about one in four has no plan."""
    chance = np.random.default_rng(seed)
    weights = chance.integers(-6, 10, (rows, columns)) * (chance.random((rows, columns)) < 0.7)
    inside = weights @ chance.integers(0, 2, columns)
    slack = chance.integers(0, 6, rows)
    kind = chance.integers(0, 4, rows)
    low = np.where(kind == 0, -UNBOUNDED, inside - np.where(kind == 1, 0, slack))
    high = np.where(kind == 2, UNBOUNDED, inside + np.where(kind == 1, 0, slack))
    if chance.random() < 0.25:
        low[0], high[0] = 200, UNBOUNDED
    matrix = csr_array(weights.astype(np.int64))
    matrix.eliminate_zeros()
    return Program(
        cost=chance.integers(-(10**6), 10 ** int(chance.integers(1, 9)), columns),
        lower=np.zeros(columns, dtype=np.int64),
        upper=np.ones(columns, dtype=np.int64),
        matrix=matrix,
        row_lower=low.astype(np.int64),
        row_upper=high.astype(np.int64),
        row_tag=np.zeros(rows, dtype=np.int32),
        tags=("random",),
        constant=int(chance.integers(-100, 10**9)),
        name=f"random-{seed}",
    )


def least_cost(program: Program) -> int | None:
    """Every one of the binary plans tried; ``None`` when none keeps every row."""
    plans = np.array(list(itertools.product((0, 1), repeat=program.columns)), dtype=np.int64)
    activity = plans @ program.matrix.toarray().T
    kept = ((activity >= program.row_lower) & (activity <= program.row_upper)).all(axis=1)
    if not kept.any():
        return None
    return int((plans[kept] @ program.cost).min()) + program.constant


def facility_program(centres: int, bodies: int, seed: int, *, tightness: float = 1.6, largest: int = 10**7) -> Program:
    """Single-source capacitated facility location, columns open[j] then served[j, i]; hard from some 15 x 60 on."""
    chance = np.random.default_rng(seed)
    volume = chance.integers(5, 35, bodies)
    capacity = (volume.sum() * tightness / centres * chance.uniform(0.8, 1.2, centres)).astype(np.int64)
    place, home = chance.random((centres, 1, 2)), chance.random((1, bodies, 2))
    charge = (np.linalg.norm(place - home, axis=2) * volume * largest / 20).astype(np.int64)
    opening = (largest * chance.uniform(0.5, 1.5, centres) * bodies / centres / 4).astype(np.int64)
    j, i = (grid.ravel() for grid in np.meshgrid(np.arange(centres), np.arange(bodies), indexing="ij"))
    served = centres + j * bodies + i
    link = bodies + centres + np.arange(served.size)
    parts = [
        (i, served, np.ones_like(i)),
        (bodies + j, served, volume[i]),
        (bodies + np.arange(centres), np.arange(centres), -capacity),
        (link, served, np.ones_like(i)),
        (link, j, -np.ones_like(i)),
    ]
    row, column, weight = (np.concatenate(arrays) for arrays in zip(*parts, strict=True))
    rows, columns = int(link[-1]) + 1, centres + served.size
    matrix = csr_array(coo_array((weight.astype(np.int64), (row, column)), shape=(rows, columns)))
    matrix.sort_indices()
    low, high = np.full(rows, -UNBOUNDED), np.zeros(rows, dtype=np.int64)
    low[:bodies], high[:bodies] = 1, 1
    return Program(
        cost=np.concatenate((opening, charge.ravel())),
        lower=np.zeros(columns, dtype=np.int64),
        upper=np.ones(columns, dtype=np.int64),
        matrix=matrix,
        row_lower=low,
        row_upper=high,
        row_tag=np.zeros(rows, dtype=np.int32),
        tags=("facility",),
        constant=5 * 10**9,
        name=f"facility-{centres}x{bodies}-{seed}",
    )


def greedy_plan(program: Program, centres: int, bodies: int) -> np.ndarray:
    """All centres open, the largest bodies first to the nearest centre with room."""
    dense = program.matrix[bodies : bodies + centres].toarray()
    room = -dense[np.arange(centres), np.arange(centres)]
    volume = dense[0, centres : centres + bodies]
    charge = program.cost[centres:].reshape(centres, bodies)
    values = np.zeros(program.columns, dtype=np.int64)
    values[:centres] = 1
    for body in np.argsort(-volume):
        centre = next(int(at) for at in np.argsort(charge[:, body]) if room[at] >= volume[body])
        room[centre] -= volume[body]
        values[centres + centre * bodies + body] = 1
    return values

"""G35: a centre works by one process, with few variants."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from models import economics
from models.columns import Block, Columns
from models.plan_view import Breach, CostLine, PlanView
from models.rules.base import Parameter, Parameters, Rows, Rule, rows

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from models.arrays import InstanceArrays
    from models.candidates import Candidates

    Whole = NDArray[np.int64]

_BLOCK = "variant kept"


def _kept(offered: Candidates) -> tuple[Whole, Whole, Whole]:
    """Return the group of each (group, variant) that may be kept, the pairs whose unit keeps a variant, and which of those it is, (pairs,)."""
    variants = sorted(set(offered.arrays.unit_variant) - {""})
    at = {variant: position for position, variant in enumerate(variants)}
    variant = np.array([at.get(text, -1) for text in offered.arrays.unit_variant], dtype=np.int64)[offered.pair_unit]
    pairs = np.flatnonzero(variant >= 0)
    key, which = np.unique(offered.pair_group[pairs] * max(1, len(variants)) + variant[pairs], return_inverse=True)
    return key // max(1, len(variants)), pairs, which.astype(np.int64).reshape(-1)


def _amount(arrays: InstanceArrays, band: Whole, parameters: Parameters) -> NDArray[np.float64]:
    """Return money once for a variant kept: the share of the set-up of ``band``, with optimism bias."""
    return float(parameters["share"]) * economics.set_up_amount(arrays.band_set_up_cost[band], arrays.appraisal)


def _blocks(columns: Columns, parameters: Parameters) -> tuple[Block, ...]:
    """Return which variants each group keeps, with their cost; a group's first band is its smallest."""
    offered = columns.candidates
    group, pairs, which = _kept(offered)
    smallest = offered.band_row[np.searchsorted(offered.band_group, group, side="left")]
    cost = offered.arrays.annuities.present_cost("variants", _amount(offered.arrays, smallest, parameters))
    # Pairs of one unit and group, one a band, exclude each other, so they share a row.
    served, row = np.unique(np.stack([offered.pair_unit[pairs], which]), axis=1, return_inverse=True)

    def kept_where_served(columns: Columns) -> Rows:
        each = np.arange(served.shape[1], dtype=np.int64)
        return rows(each.shape[0], [(row.reshape(-1), columns.pair[pairs], 1), (each, columns.block(_BLOCK)[served[1]], -1)], upper=0)

    def filled(columns: Columns, values: Whole) -> Whole:
        kept = np.zeros(group.shape[0], dtype=np.int64)
        np.maximum.at(kept, which, values[columns.pair[pairs]])
        return kept

    option = offered.group_option[group]
    return (Block(_BLOCK, upper=np.ones_like(group), cost=cost, rows=kept_where_served, fill=filled, option=option, component="variants"),)


def _rows(columns: Columns, parameters: Parameters) -> Rows:
    """One row for each group that could keep more than the most."""
    offered = columns.candidates
    group, _, _ = _kept(offered)
    groups, count = np.unique(group, return_counts=True)
    crowded = groups[count > int(parameters["extra"])]
    row_of = np.full(offered.group_option.shape[0], -1, dtype=np.int64)
    row_of[crowded] = np.arange(crowded.shape[0])
    some = np.flatnonzero(row_of[group] >= 0)
    limit = (np.arange(crowded.shape[0]), columns.option[offered.group_option[crowded]], -int(parameters["extra"]))
    return rows(crowded.shape[0], [(row_of[group[some]], columns.block(_BLOCK)[some], 1), limit], upper=0)


def _kept_in_plan(view: PlanView) -> dict[tuple[int, int], set[str]]:
    """Return the variants kept by (centre, service)."""
    kept: dict[tuple[int, int], set[str]] = {}
    for centre, units in sorted(view.units_at.items()):
        for unit in units:
            if view.arrays.unit_variant[unit]:
                kept.setdefault((centre, int(view.arrays.unit_service[unit])), set()).add(view.arrays.unit_variant[unit])
    return kept


def _cost_lines(view: PlanView, parameters: Parameters) -> list[CostLine]:
    arrays = view.arrays
    lines = []
    for (centre, service), variants in _kept_in_plan(view).items():
        bands = np.flatnonzero((arrays.band_centre == centre) & (arrays.band_service == service))
        cluster = view.cluster_at.get(centre)
        if cluster is None or not bands.size:
            continue
        amount = _amount(arrays, bands[:1], parameters)
        present = int(arrays.annuities.present_cost("variants", amount)[0])
        line = CostLine("variants", float(amount[0]), present, "", view.service(service), view.centre(centre), view.model(cluster.model))
        lines += [line] * (len(variants) if present else 0)
    return lines


def _check(view: PlanView, parameters: Parameters) -> list[Breach]:
    most = int(parameters["extra"])
    breaches = []
    for (centre_position, service_position), variants in _kept_in_plan(view).items():
        if len(variants) > most:
            centre, service = view.centre(centre_position), view.service(service_position)
            text = f"centre {centre} keeps {len(variants)} variants of {service} ({', '.join(sorted(variants))}); the most is {most}"
            breaches.append(Breach("standardisation", text, len(variants) - most, "", centre, service))
    return breaches


RULE = Rule(
    id="G35",
    name="standardisation",
    statement=(
        "Beside its own process a centre keeps few variants of a service: those its members insist on (baseline.variant). "
        "Each costs a share of the set-up of the centre's smallest band for the service."
    ),
    formula="sum_b x[i,s,j,m,b] <= keep[v,s,j,m] for a unit that keeps v; sum_v keep[v,s,j,m] <= E y[j,m]",
    basis="customisation is what shared platforms founder on; one variant more, at 5 % of the set-up each, is our assumption",
    mark="A",
    soft=True,
    breach_unit="variant too many",
    parameters=(
        Parameter("extra", "variants beside the centre's own process", 1, 0, 1000),
        Parameter("share", "share of the smallest band's set-up for each variant", 0.05, 0.0, 1.0, whole=False),
    ),
    blocks=_blocks,
    rows=_rows,
    check=_check,
    cost_lines=_cost_lines,
)

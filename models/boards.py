"""How the seats of a board are shared out among the owners of a joint cluster, in keeping with the rules on seats that are in force."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING

from models.rules.shared_owner_workload import owner_workloads
from models.rules.shared_shares import hundredths
from models.schema import JOINT_FORMS

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from models.plan_view import ClusterView, PlanView
    from models.rules import ActiveRule


def seats(workload: Sequence[int], maximum: int, share: int) -> tuple[int, ...]:
    """Return the seats of each owner on the largest board that the limits allow; none when they allow no board.

    Each owner has one seat. Every further seat goes to the owner with the most work for each seat it would then have (highest averages: D'Hondt, 1878)
    among those it would not lift above the limit; the first of equals gets it.

    Parameters
    ----------
    workload
        (owners,) what each brings, common workload units.
    maximum
        Most seats on the board.
    share
        Most of the seats that one owner may hold, in hundredths.
    """
    owners = len(workload)
    size = next((size for size in range(maximum, owners - 1, -1) if owners * (share * size // 100) >= size), 0)
    if not owners or not size:
        return ()
    held = [1] * owners
    for _ in range(size - owners):
        open_to = [owner for owner in range(owners) if held[owner] < share * size // 100]
        held[max(open_to, key=lambda owner: (Fraction(workload[owner], held[owner] + 1), -owner))] += 1
    return tuple(held)


def board(view: PlanView, cluster: ClusterView, active: Sequence[ActiveRule]) -> Mapping[int, int]:
    """Return the seats of each owner of a cluster by body; empty where no rule in force speaks of seats, or the cluster has no board.

    Without a limit on the board each owner has one seat.
    """
    asked = {one.rule.name: one.parameters for one in active if one.rule.name in ("board-seats", "veto-block")}
    if not asked or view.arrays.model_form[cluster.model] not in JOINT_FORMS:
        return {}
    workload = owner_workloads(view, cluster)
    maximum = int(asked["board-seats"]["maximum"]) if "board-seats" in asked else len(workload)
    share = hundredths(asked["veto-block"]["share"]) if "veto-block" in asked else 100
    return dict(zip(workload, seats(list(workload.values()), maximum, share), strict=False))

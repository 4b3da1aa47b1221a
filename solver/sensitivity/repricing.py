"""Re-pricing: what the same plan costs under other figures."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from models.audit import Audit, audit

if TYPE_CHECKING:
    from models.arrays import InstanceArrays
    from models.instance import Instance
    from models.plan import Plan

REPRICED, RESOLVED = "re-priced", "re-solved"


@dataclass(frozen=True)
class Priced:
    """A plan's money under some figures: net present cost with penalties, what carrying on as today costs, the saving, and hard rules broken."""

    cost: int
    do_nothing_cost: int
    saving: int
    breaches: tuple[str, ...]

    @property
    def stands(self) -> bool:
        """Whether no hard rule is broken."""
        return not self.breaches


def repriced(instance: Instance, plan: Plan, arrays: InstanceArrays | None = None) -> Priced:
    """Return what ``plan`` costs in ``instance``, a variant of the one it was made for; ``arrays`` are taken instead of the instance's own."""
    return priced(audit(instance, plan, arrays))


def priced(found: Audit) -> Priced:
    """Return the money of an audit."""
    return Priced(found.cost, found.do_nothing_cost, found.saving, tuple(f"{breach.rule}: {breach.message}" for breach in found.breaches))

"""The reference-class stress: one-off costs and benefits as they turned out in programmes like this one. A stress, not what to expect."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from models.economics import COMPONENTS, Profile
from solver.sensitivity.figures import figures

if TYPE_CHECKING:
    from models.audit import Audit


@dataclass(frozen=True)
class Stressed:
    """A plan's saving under the stress.

    Attributes
    ----------
    one_off, benefits
        Of the plan, net present money: what is paid once, and what is saved before that is paid.
    stressed_one_off, stressed_benefits
        The same under the stress.
    """

    one_off: int
    benefits: int
    stressed_one_off: int
    stressed_benefits: int

    @property
    def saving(self) -> int:
        """The plan's saving against carrying on as today."""
        return self.benefits - self.one_off

    @property
    def stressed_saving(self) -> int:
        """The same under the stress; below 0 the plan would have been better left alone."""
        return self.stressed_benefits - self.stressed_one_off


def stressed(found: Audit) -> Stressed:
    """Return the plan of an audit under the reference class: saving = benefits - one-off, one-off x 1.9, benefits x 0.3.

    Benefits below 0 are not softened.
    """
    factors = figures().stress
    one_off = sum(line.net_present_cost for line in found.lines if COMPONENTS[line.component].profile is Profile.ONCE and line.component != "penalty")
    benefits = found.saving + one_off
    return Stressed(one_off, benefits, round(one_off * factors.one_off), round(benefits * (factors.benefits if benefits > 0 else 1.0)))

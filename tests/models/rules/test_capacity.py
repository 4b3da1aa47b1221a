"""G4: a centre does no more than its band holds."""

from tests.models.rules.cases import Case, Cases
from tests.rule_cases import ASH_BIRCH, BODIES, TOGETHER, paper


def holds(capacity, **changes):
    band = {"centre": ["*"], "service": ["payroll"], "band": ["all"], "capacity": [capacity], "set_up_cost": [0], "fixed_cost": [60], "unit_cost": [1.0]}
    return paper(bands=band, **changes)


CASES = Cases(
    changes=Case(lambda: holds(59), ASH_BIRCH, TOGETHER, free=lambda: holds(1000)),
    infeasible=Case(lambda: holds(59, required=BODIES), None, TOGETHER, free=lambda: holds(1000, required=BODIES)),
    idle=Case(lambda: holds(60), TOGETHER, TOGETHER, free=lambda: holds(1000)),
)

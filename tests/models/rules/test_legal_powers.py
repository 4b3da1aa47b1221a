"""G17: a body uses only what the law allows its type."""

import pandas as pd

from tests.models.rules.cases import Case, Cases
from tests.rule_cases import ASH_BIRCH, TOGETHER, paper

TRUST = {"legal_type": ["council", "council", "trust"]}
CEDAR_MUST = pd.DataFrame({"body": ["cedar"], "centre": "*", "status": "required"})


def powers(**of_the_trust):
    """Return the powers of a council, which may do everything, and of a trust, which may do so but for what is named."""
    every = {"may_lead": True, "may_own": True, "may_use": True}
    rows = [{"legal_type": "council", **every}, {"legal_type": "trust", **every, **of_the_trust}]
    return pd.DataFrame(rows).assign(commercial_model="shared")


def may(links=None, **of_the_trust):
    return paper(bodies=TRUST, powers=powers(**of_the_trust), **({} if links is None else {"links": links}))


CASES = Cases(
    changes=Case(lambda: may(may_use=False), ASH_BIRCH, TOGETHER, free=may),
    infeasible=Case(lambda: may(CEDAR_MUST, may_use=False), None, TOGETHER, free=lambda: may(CEDAR_MUST)),
    idle=Case(lambda: may(may_own=False), TOGETHER, TOGETHER, free=may),
)

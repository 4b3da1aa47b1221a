"""G2: a centre runs under a commercial model it is allowed."""

from tests.models.rules.cases import Case, Cases
from tests.models.rules.ventures import TWO_OWNERS, venture

OUTSOURCED = 4 * 100 + 10 + 1


def allowed(models="", **changes):
    return venture(forms=("joint-company", "outsourced"), centres=({"allowed_models": models},), **changes)


ONE_OWNER = {"customers": ("birch", "cedar"), "required": ("ash",)}
CASES = Cases(
    changes=Case(lambda: allowed("joint-company"), TWO_OWNERS, OUTSOURCED, free=allowed),
    infeasible=Case(lambda: allowed("joint-company", **ONE_OWNER), None, OUTSOURCED, free=lambda: allowed(**ONE_OWNER)),
    idle=Case(lambda: allowed("outsourced"), OUTSOURCED, OUTSOURCED, free=allowed),
)

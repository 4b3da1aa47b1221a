"""G8: a joint cluster has the owners its commercial model asks for, two at least."""

from tests.models.rules.cases import Case, Cases
from tests.models.rules.ventures import THREE_OWNERS, TWO_OWNERS, VOLUMES, venture


def owned(at_least, **changes):
    return venture(models={"joint-company": {"minimum_owners": at_least}}, **changes)


ALL_SHARE = {"customers": ("cedar",), "required": tuple(VOLUMES)}
CASES = Cases(
    changes=Case(lambda: owned(3), THREE_OWNERS, TWO_OWNERS, free=venture),
    infeasible=Case(lambda: owned(3, **ALL_SHARE), None, TWO_OWNERS, free=lambda: venture(**ALL_SHARE)),
    idle=Case(lambda: owned(2), TWO_OWNERS, TWO_OWNERS, free=venture),
)

"""G1: each body and service is done at one centre or stays."""

from models.audit import audit
from models.plan import Assignment, Cluster, Plan
from tests.models.rules.cases import Cases
from tests.rule_cases import paper

DEFINITION = "It says what a plan is: without it work would be done nowhere, at no cost, so nothing can be held against it."
CASES = Cases(changes=DEFINITION, infeasible=DEFINITION, idle=DEFINITION)


def test_work_left_out_and_work_done_twice_are_breaches():
    cluster = Cluster("hub", "shared", "", ("ash",), {"payroll": "all"})
    rest = (Assignment("ash", "payroll", "hub"), Assignment("birch", "payroll"))
    assert audit(paper(), Plan((cluster,), (*rest, Assignment("cedar", "payroll")))).ok
    for assignments in (rest, (*rest, Assignment("cedar", "payroll"), Assignment("cedar", "payroll", "hub"))):
        assert {breach.rule for breach in audit(paper(), Plan((cluster,), assignments)).breaches} == {"serve-once"}

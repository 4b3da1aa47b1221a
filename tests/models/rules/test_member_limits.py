"""C2: a cluster has the members its commercial model states."""

from models.instance import RuleSetting
from tests.models.rules.cases import Case, Cases
from tests.rule_cases import ASH_BIRCH, BODIES, TOGETHER, amounts, best, paper, shared


def members(least=1, most=3, penalty=None, **changes):
    return paper(RuleSetting("member-limits", {}, penalty), model={"minimum_members": [least], "maximum_members": [most]}, **changes)


CASES = Cases(
    changes=Case(lambda: members(most=2), ASH_BIRCH, TOGETHER),
    infeasible=Case(lambda: members(most=2, required=BODIES), None, TOGETHER),
    idle=Case(lambda: members(least=3), TOGETHER, TOGETHER),
)


def test_a_breach_is_a_member_too_few_or_too_many():
    assert amounts(shared(members(most=1), *BODIES), "member-limits") == [2]
    assert amounts(shared(members(least=3), "ash"), "member-limits") == [2]
    assert best(members(most=2, penalty=69)) == TOGETHER + 69
    assert best(members(most=2, penalty=71)) == ASH_BIRCH

"""Contradictions between runs are found; what is no contradiction is left alone."""

from solver.study.verdicts import verdicts
from tests.solver.study.made import record, timed_out


def kinds(*records):
    return [verdict.kind for verdict in verdicts(records)]


def test_runs_that_agree():
    assert kinds(record(), timed_out(contender="cbc"), record("two", cost=999, bound=999)) == []


def test_a_bound_above_the_plan_of_another():
    found = verdicts([record(cost=100, bound=95, stop="limit", gap=0.05), timed_out(contender="cbc", cost=300, bound=200)])
    assert [(one.kind, one.keys, one.shouted) for one in found] == [("bound-above-plan", ("one/cbc/0", "one/highs/0"), True)]
    assert "no plan costs less than 200" in found[0].message


def test_two_different_proofs():
    found = kinds(record(), record(contender="cbc", cost=120, bound=120))
    assert found == ["bound-above-plan", "proofs-differ"]


def test_proofs_within_a_gap_may_differ():
    assert kinds(record(cost=100, bound=99), record(contender="cbc", cost=101, bound=100)) == []


def test_what_floating_point_explains_is_noted_and_not_shouted():
    found = verdicts([record(cost=10_000_000, bound=10_000_000), record(contender="cbc", cost=10_000_011, bound=10_000_011)])
    assert [(one.kind, one.shouted) for one in found] == [("rounding", False)]
    assert kinds(record(cost=10_000_000, bound=10_000_000), record(contender="cbc", cost=10_000_012, bound=10_000_012))[0] == "bound-above-plan"


def test_no_plan_against_a_plan():
    assert kinds(record(), record(contender="cbc", stop="infeasible", cost=None, bound=None, gap=None, audit="")) == ["infeasible-yet-plan"]


def test_plans_with_breaches_contradict_nobody_but_their_own_audit():
    found = verdicts([record(), record(contender="cbc", stop="failed", cost=50, bound=50, audit="breaches", disagreement="breaks 2 rules")])
    assert [(one.kind, one.message) for one in found] == [("audit-disagrees", "cbc (seed 0): breaks 2 rules")]


def test_seeds_of_one_solver_can_contradict_each_other():
    assert "proofs-differ" in kinds(record(), record(seed=1, cost=120, bound=120))

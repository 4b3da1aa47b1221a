"""What solving promises: audited plans, honest stops, and properties any right solver has."""

import dataclasses
import importlib
import threading

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import instances
from instances.generate import Recipe, generate
from models.findings import InvalidInstance
from models.formulation import Strength, eligible, formulate, formulate_candidates
from models.instance import RuleSetting
from models.plan import Assignment, Cluster, Plan
from models.rules import active_rules
from models.tables import read_instance
from solver.auto import choose
from solver.backends.canaries import program_of
from solver.backends.contracts import Event, Options, Outcome
from solver.backends.process import run_many
from solver.backends.registry import info
from solver.construct import do_nothing
from solver.floor import floor_of
from solver.judgement import Stop, relative_gap, safe_bound
from solver.preparing import Stopped
from solver.solve import solve
from tests.small_instances import random_instance

TINY_OPTIMUM = 4_868_800
SOLVING = importlib.import_module("solver.solve")
AUTO = importlib.import_module("solver.auto")
PREPARING = importlib.import_module("solver.preparing")


@pytest.fixture(scope="module")
def tiny():
    return read_instance(instances.path("tiny"))


@pytest.fixture(scope="module")
def hard():
    return generate(Recipe(bodies=60, centres=12, services=4, seed=5))


def optima(*programs):
    """Optimum of each program, ``None`` when infeasible; one child process for all."""
    outcomes = run_many(list(programs), "highs", Options())
    return [None if outcome.values is None else program.objective(outcome.values) for program, outcome in zip(programs, outcomes, strict=True)]


def pairs_of(change):
    """Optima of small instances with and without a change; ``change`` returns the two instances or ``None`` where it does not apply."""
    changed = [two for two in map(change, filter(None, map(small, range(SEEDS)))) if two is not None]
    found = optima(*(formulate(instance).program for two in changed for instance in two))
    assert len(changed) > SEEDS / 8
    return list(zip(found[::2], found[1::2], strict=True))


def never_more(pairs):
    """Whether the second of each pair costs no more than the first."""
    return all(first is None or (second is not None and second <= first) for first, second in pairs)


def small(seed):
    try:
        return random_instance(seed)
    except InvalidInstance:
        return None


SLOW = settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
SEEDS = 80


@SLOW
@given(st.integers(0, 10_000), st.integers(0, 10_000))
def test_the_order_of_rows_changes_nothing(seed, shuffle):
    instance = small(seed)
    if instance is None:
        return
    rng = np.random.default_rng(shuffle)
    tables = {name: frame.iloc[rng.permutation(len(frame))].reset_index(drop=True) for name, frame in instance.tables.items()}
    shuffled = dataclasses.replace(instance, tables=tables)
    one, other = formulate(instance).program, formulate(shuffled).program
    assert shuffled.digest() == instance.digest()
    assert np.array_equal(one.cost, other.cost)
    assert (one.matrix != other.matrix).nnz == 0
    assert np.array_equal(one.row_lower, other.row_lower)
    assert np.array_equal(one.row_upper, other.row_upper)


def test_relaxing_a_rule_never_costs_more():
    def change(instance):
        return (instance, instance.replace(rules=instance.rules[1:])) if instance.rules else None

    assert never_more(pairs_of(change))


def test_softening_a_rule_never_costs_more_than_keeping_it():
    def change(instance):
        soft = tuple(dataclasses.replace(rule, penalty=11) if rule.name != "nearest-centres" else rule for rule in instance.rules)
        hard = tuple(dataclasses.replace(rule, penalty=None) for rule in instance.rules)
        return instance.replace(rules=hard), instance.replace(rules=soft)

    assert never_more(pairs_of(change))


def test_a_further_candidate_centre_never_costs_more():
    def change(instance):
        centres, bands, links = (instance.table(name) for name in ("centres", "bands", "links"))
        if len(centres) < 2 or any(rule.name == "nearest-centres" for rule in instance.rules):
            return None
        kept = ["*", centres["centre"].iloc[0]]
        fewer_links = links[links["centre"].isin(kept)].reset_index(drop=True)
        fewer = instance.replace(
            centres=centres[centres["centre"].isin(kept)].reset_index(drop=True),
            bands=bands[bands["centre"].isin(kept)].reset_index(drop=True),
            links=fewer_links,
        )
        return fewer, instance.replace(links=fewer_links)

    assert never_more(pairs_of(change))


def test_aggregated_rows_admit_the_same_optimum():
    programs = [[formulate(instance, strength=strength).program for strength in Strength] for instance in filter(None, map(small, range(SEEDS)))]
    assert all(aggregated.rows <= strong.rows for strong, aggregated in programs)
    found = optima(*(program for two in programs for program in two))
    assert found[::2] == found[1::2]


def test_solve_proves_the_answer_on_paper(tiny):
    run = solve(tiny)
    assert (run.stop, run.cost, run.bound, run.gap) == (Stop.PROVED, TINY_OPTIMUM, TINY_OPTIMUM, 0.0)
    assert run.audit.ok
    assert run.provenance["chosen"]


def test_the_same_seed_gives_the_same_plan(tiny):
    assert solve(tiny, "highs", seed=3).plan == solve(tiny, "highs", seed=3).plan


def test_start_from_an_earlier_plan(tiny):
    best = solve(tiny).plan
    run = solve(tiny, "highs", start=best, construct=False)
    assert run.plan == best
    assert (run.provenance["start"], run.provenance["plan_from"]) == ("given", "start")
    assert run.provenance["start_use"] in ("accepted", "repaired")


@pytest.mark.parametrize("backend", ["highs", "cp-sat"])
def test_a_start_is_said_to_be_accepted_only_when_it_was(tiny, backend):
    best = solve(tiny).plan
    accepted = solve(tiny, backend, start=best, start_digest=tiny.digest(), construct=False)
    assert accepted.provenance["given"] == "accepted"
    other = solve(tiny, backend, start=best, start_digest="of another", construct=False)
    assert other.provenance["given"] == "accepted, though made for another instance"


def test_a_plan_constructed_that_is_as_good_is_taken_before_one_given(tiny):
    assert solve(tiny, "highs", start=do_nothing(tiny)).provenance["given"] == "passed over: a plan found without it costs no more"


def test_a_start_of_which_nothing_is_eligible_is_rejected(tiny):
    strange = Plan((Cluster("nowhere", "joint-committee"),), (Assignment("nobody", "finance", "nowhere"), Assignment("someone", "finance")))
    run = solve(tiny, "highs", start=strange, start_digest="of another", construct=False)
    assert run.provenance["given"] == "rejected: made for another instance; none of its 2 assignments is eligible here"
    assert run.provenance["start_use"] == "none"
    assert "rejected" in solve(tiny, "highs", start=strange).provenance["given"]


def test_assignments_that_are_not_eligible_are_counted(tiny):
    best = solve(tiny).plan
    longer = Plan(best.clusters, (*best.assignments, Assignment("nobody", "finance", best.clusters[0].centre)))
    run = solve(tiny, "highs", start=longer, construct=False)
    assert run.provenance["given"] == f"repaired: 1 of {len(longer.assignments)} assignments is not eligible here"
    renamed = Plan(tuple(dataclasses.replace(one, bands={}) for one in best.clusters), best.assignments)
    assert solve(tiny, "highs", start=renamed, construct=False).provenance["given"].startswith(("repaired: ", "rejected: "))


def test_a_start_that_breaks_a_rule_is_rejected_or_repaired_and_says_which(tiny):
    best = solve(tiny).plan
    bands = tiny.table("bands").assign(capacity=lambda table: table["capacity"] * 0 + tiny.table("baseline")["volume"].max())
    narrow = tiny.replace(bands=bands)
    found = {backend: solve(narrow, backend, start=best, construct=False).provenance["given"] for backend in ("highs", "cp-sat")}
    assert found["highs"].startswith("rejected: it breaks ")
    assert found["cp-sat"].startswith("repaired: it breaks ")
    assert solve(narrow, "highs", start=best).provenance["given"].startswith("rejected: it breaks ")


def test_no_time_still_gives_carrying_on_as_today(hard):
    run = solve(hard, "highs", time_limit=0.05)
    assert run.stop is Stop.LIMIT
    assert run.plan is not None
    assert run.audit.ok
    assert run.cost <= run.audit.do_nothing_cost


def test_cancel_keeps_the_best_plan(hard):
    cancel = threading.Event()
    threading.Timer(1.5, cancel.set).start()
    run = solve(hard, "highs", cancel=cancel)
    assert run.stop is Stop.CANCELLED
    assert run.audit.ok


def never(*_, **__):
    raise AssertionError("this should not have been reached")


@pytest.mark.parametrize("constructs", [True, False])
def test_asked_to_stop_before_the_solver_it_is_never_begun(tiny, monkeypatch, constructs):
    monkeypatch.setattr(SOLVING, "run_backend", never)
    monkeypatch.setattr(PREPARING, "construct", never)
    cancel = threading.Event()
    cancel.set()
    run = solve(tiny, "highs", cancel=cancel, construct=constructs)
    assert (run.stop, run.plan, run.message) == (Stop.CANCELLED, do_nothing(tiny), "Stopped before the solver began; the best plan so far is kept.")


def test_asked_to_stop_while_building_no_further_rule_is_written(tiny, monkeypatch):
    monkeypatch.setattr(SOLVING, "run_backend", never)
    cancel, phases = threading.Event(), []

    def passed(phase, _said):
        phases.append(phase)
        if phases[1:] and phase == "building":
            cancel.set()

    run = solve(tiny, "highs", cancel=cancel, on_phase=passed)
    assert phases == ["building", "constructing", "building"]
    assert run.stop is Stop.CANCELLED
    assert run.cost == run.provenance["construct_cost"]
    assert "columns" not in run.provenance


def test_between_the_rows_of_any_two_rules_somebody_may_stop(tiny):
    active = active_rules(tiny)
    calls = []

    def second():
        calls.append(1)
        if len(calls) == 2:
            raise Stopped

    with pytest.raises(Stopped):
        formulate_candidates(eligible(tiny, active), active, between=second)
    calls.clear()
    formulate_candidates(eligible(tiny, active), active, between=lambda: calls.append(1))
    assert len(calls) == len(active) > 2


def test_the_phases_of_a_run_come_in_order(tiny):
    phases = []
    solve(tiny, "highs", on_phase=lambda phase, said: phases.append((phase, said)))
    assert phases == [("building", ""), ("constructing", ""), ("building", ""), ("solving", "")]


def test_auto_says_what_it_takes_and_why(tiny):
    said = []
    run = solve(tiny, on_phase=lambda _phase, words: said.append(words))
    assert said[-1] == f"auto takes {run.provenance['solver']}: {run.provenance['chosen']}"
    assert f"{run.provenance['columns']} columns" in said[-1]


def sized(columns):
    return program_of([0] * columns, [])


def test_auto_goes_by_the_size_of_the_program_and_by_what_is_installed(monkeypatch):
    monkeypatch.setattr(AUTO, "LARGE", 5)
    monkeypatch.setattr(AUTO, "installed", lambda: [info(name) for name in ("scip", "cbc", "highs", "cp-sat")])
    assert (choose(sized(4))[0], choose(sized(5))[0]) == ("cp-sat", "highs")
    assert "memory" in choose(sized(5))[1]
    monkeypatch.setattr(AUTO, "installed", lambda: [info(name) for name in ("scip", "cbc")])
    assert (choose(sized(4))[0], choose(sized(5))[0]) == ("scip", "cbc")
    monkeypatch.setattr(AUTO, "installed", list)
    with pytest.raises(KeyError, match="no solver is installed"):
        choose(sized(4))


def test_carrying_on_wins_when_it_is_cheapest(tiny):
    dear = tiny.replace(bands=tiny.table("bands").assign(set_up_cost=100_000_000))
    run = solve(dear)
    assert run.stop is Stop.PROVED
    assert run.plan == do_nothing(dear)
    assert run.audit.saving == 0


def test_a_body_required_where_it_cannot_go_is_infeasible(tiny):
    links = tiny.table("links")
    required = {"body": "cedar", "centre": "north", "service": "*", "status": "required", "distance_km": np.nan, "extra_annual_cost": 0}
    links.loc[0] = {**dict.fromkeys(links.columns, ""), **required, "extra_one_off_cost": 0}
    powers = tiny.table("powers").assign(may_use=False)
    # Put together unchecked, as reading refuses such an instance before any solver runs.
    powerless = dataclasses.replace(tiny, tables={**tiny.tables, "links": links, "powers": powers})
    run = solve(powerless)
    assert run.stop is Stop.INFEASIBLE
    assert run.plan is None


@pytest.mark.parametrize(
    ("outcome", "words"),
    [
        ({"stop": "infeasible"}, "no plan is feasible"),
        ({"stop": "proved", "bound": float(TINY_OPTIMUM * 2)}, "no plan costs less"),
    ],
)
def test_a_solver_that_lies_is_shouted_at(tiny, monkeypatch, outcome, words):
    monkeypatch.setattr(SOLVING, "run_backend", lambda *_, **__: Outcome(**outcome))
    run = solve(tiny, "highs")
    assert run.stop is Stop.FAILED
    assert words in run.disagreement


@pytest.mark.parametrize("told", [-194_579_405_834.0, None, 0.0])
def test_a_bound_below_what_needs_no_solver_is_not_reported(tiny, monkeypatch, told):
    heard = []

    def stopped(*_, on_event, **__):
        on_event(Event(1.0, None, told, "x"))
        return Outcome(stop="limit", bound=told, events=(Event(1.0, None, told, "x"),))

    monkeypatch.setattr(SOLVING, "run_backend", stopped)
    run = solve(tiny, "highs", on_event=heard.append)
    floor = floor_of(formulate(tiny).program)
    assert (run.stop, run.bound) == (Stop.LIMIT, floor)
    assert 0 < floor < run.cost
    assert run.events[-1].bound == heard[-1].bound == (None if told is None else floor)


def test_a_limit_at_which_the_plan_meets_the_bound_kept_nothing_back(tiny, monkeypatch):
    late = Outcome(stop="limit", reason="time-limit", message="The time limit was reached.", bound=float(TINY_OPTIMUM))
    monkeypatch.setattr(SOLVING, "run_backend", lambda *_, **__: late)
    run = solve(tiny, "highs")
    assert (run.stop, run.cost, run.reason, run.message) == (Stop.PROVED, TINY_OPTIMUM, "", "")


def test_a_plan_that_costs_something_else_is_shouted_at(tiny, monkeypatch):
    formulation = formulate(tiny)
    values = run_many([formulation.program], "highs", Options())[0].values
    cheap = dataclasses.replace(formulation, program=dataclasses.replace(formulation.program, constant=-1000))
    monkeypatch.setattr(PREPARING, "formulate_candidates", lambda *_, **__: cheap)
    monkeypatch.setattr(SOLVING, "run_backend", lambda *_, **__: Outcome(stop="proved", values=values, bound=0.0))
    assert "the audit finds a cost" in solve(tiny, "highs").disagreement


def test_slack_that_a_solver_left_too_wide_is_no_part_of_its_plan(tiny, monkeypatch):
    soft = tiny.replace(rules=(RuleSetting("provider-limit", {"maximum": 1}, 100_000),))
    formulation = formulate(soft)
    loose = formulation.values(do_nothing(soft))
    slack = formulation.columns.count
    assert formulation.program.upper[slack] >= 1
    loose[slack] += 1
    assert not formulation.program.violations(loose)
    monkeypatch.setattr(SOLVING, "run_backend", lambda *_, **__: Outcome("limit", values=loose, cost=formulation.program.objective(loose)))
    run = solve(soft, "highs", construct=False)
    assert run.disagreement == ""
    assert (run.stop, run.cost) == (Stop.LIMIT, formulation.program.objective(loose) - 100_000)


@pytest.mark.parametrize(("bound", "whole"), [(10.2, 11), (10.0, 10), (10.00001, 10), (None, None), (float("-inf"), None)])
def test_bounds_are_rounded_the_safe_way(bound, whole):
    assert safe_bound(bound) == whole


def test_gap():
    assert relative_gap(200, 150) == 0.25
    assert relative_gap(0, 0) == 0.0
    assert relative_gap(None, 1) is None
    assert relative_gap(0, -1) is None


def test_unknown_rule_is_refused_before_any_solver_runs(tiny):
    with pytest.raises(InvalidInstance, match="utilisation-flour"):
        tiny.replace(rules=(RuleSetting("utilisation-flour", {}),))

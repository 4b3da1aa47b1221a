"""Why a body goes where it goes: the sums are those on paper, and every difference adds up."""

import pandas as pd
import pytest

import instances
from models.tables import read_instance
from solver.explain.placement import placement
from solver.solve import solve

BEST = 4_868_800


@pytest.fixture(scope="module")
def tiny():
    return read_instance(instances.path("tiny"))


@pytest.fixture(scope="module")
def best(tiny):
    return solve(tiny, "highs").plan


def adds_up(found):
    for one in found.comparisons:
        if one.cost is not None:
            assert sum(part.more for part in one.differences) == one.cost - found.cost
            assert sum(part.here for part in one.differences) == found.cost
            assert one.bound is None or one.bound <= one.cost


def test_alder_at_the_next_best_centre_costs_what_paper_says(tiny, best):
    found = placement(tiny, best, "alder", solver="highs")
    out, alone, elsewhere = found.comparisons
    assert found.centres == ("south",)
    assert found.cost == BEST
    assert (elsewhere.centres, elsewhere.cost, elsewhere.proven) == (("north",), 4_888_800, True)
    assert {part.component: part.more for part in elsewhere.differences if part.more} == {"centre_running": 20_000}
    # Alder's moves save 280,000 and 104,000; 10,000 of joining and 30,000 of owning go with it.
    assert out.cost - BEST == 280_000 + 104_000 - 10_000 - 30_000
    assert {breach.partition(":")[0] for breach in out.breaches} == {"joint-owners", "lead-form"}
    assert alone.centres == ()
    assert alone.cost >= BEST
    adds_up(found)


def test_a_body_that_stays_alone_is_compared_with_sharing(tiny, best):
    found = placement(tiny, best, "cedar", solver="highs")
    assert found.centres == ()
    (elsewhere,) = found.comparisons
    # The cheapest way to take Cedar in is payroll of all four at south in the large band: 322,000 instead of 446,000, and 10,000 to join.
    assert (elsewhere.centres, elsewhere.cost) == (("south",), BEST + 134_000)
    adds_up(found)


def test_a_named_centre_is_forced(tiny, best):
    found = placement(tiny, best, "cedar", solver="highs", centre="north")
    assert found.comparisons[0].centres == ("north",)
    adds_up(found)


def test_what_cannot_be_forced_is_told(tiny, best):
    guarded = tiny.table("bodies").assign(security_level=[1 if body == "cedar" else 0 for body in tiny.table("bodies")["body"]])
    found = placement(tiny.replace(bodies=guarded), best, "cedar", solver="highs", centre="north")
    assert found.comparisons[0].cost is None
    assert "no plan" in found.comparisons[0].trouble


def test_the_rows_that_bind_a_body_are_named(tiny, best):
    links = pd.DataFrame([("alder", "south", "payroll", "required")], columns=["body", "centre", "service", "status"])
    found = placement(tiny.replace(links=links), best, "alder", solver="highs")
    assert found.required_by == ("links row 2: required at south for payroll",)
    assert any(one.trouble for one in found.comparisons)


def test_an_unknown_name_is_refused_with_the_nearest(tiny, best):
    with pytest.raises(KeyError, match="alder"):
        placement(tiny, best, "aldr")
    with pytest.raises(KeyError, match="south"):
        placement(tiny, best, "alder", centre="sout")

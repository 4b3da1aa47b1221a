"""Each commercial model is the best choice somewhere, for a reason that is a sum on paper, and one input changes that.

The sums start from the table in :mod:`tests.solver.explain.market`; costs below are without the set-up of 5,000.
"""

import pytest

import instances
from models.instance import RuleSetting
from models.tables import read_instance
from solver.explain.model_choice import model_choices
from solver.judgement import Stop
from solver.solve import solve
from tests import oracle
from tests.solver.explain.market import COUNCILS, MIXED, SET_UP, TRUSTS, in_cash, in_models, in_powers, in_vat, market, with_rules, with_volume


def unitary():
    """Councils that may lead councils: unitary has the least governance, 394,400 against 421,200 of a committee."""
    return market(COUNCILS)


def committee():
    """Councils and trusts: a council may lead only councils as unitary, so that a unitary cluster could hold two of four.

    Two under unitary: 18,400 + 720 + 1,000 + 200 = 20,320 a year; with two alone 203,200 + 240,000 = 443,200 against 421,200.
    """
    return market(MIXED)


def company():
    """Trusts, none of which may lead: a company employs in its own name, 424,880 against 438,760 of a supplier."""
    return market(TRUSTS)


def supplier():
    """Trusts again, and a supplier whose process saves 20%: 32,000 + 2,560 + 3,360 + 1,500 + 250 = 39,670 a year, with the tender 404,200."""
    return market(TRUSTS, process_saving_rate=0.20)


BEST = {"unitary": (unitary, 394_400), "committee": (committee, 421_200), "company": (company, 424_880), "supplier": (supplier, 404_200)}

FLIPS = {
    # Without power to lead a council is left with the committee, which another row of powers lets it lead.
    "unitary, no power to lead": (lambda: in_powers(unitary(), "council", "unitary", "may_lead", False), "committee", 421_200),
    # 3,000 a year more make 424,400.
    "unitary, governance of 4,000": (lambda: in_models(unitary(), "unitary", "governance_cost", 4_000), "committee", 421_200),
    # 30,000 + 2,400 + 3,360 + 1,750 = 37,510 a year and the tender.
    "unitary, process saving of a supplier 25%": (lambda: in_models(unitary(), "supplier", "process_saving_rate", 0.25), "supplier", 382_600),
    "committee, council may lead trusts": (lambda: in_powers(committee(), "council", "unitary", "lead_for", ""), "unitary", 394_400),
    # 200 more for each of two owners: 42,520 a year against 42,488 of the company.
    "committee, 650 for each owner": (lambda: in_models(committee(), "committee", "owner_cost", 650), "company", 424_880),
    # A third owner costs 450: 42,570 a year.
    "committee, three owners at least": (lambda: in_models(committee(), "committee", "minimum_owners", 3), "company", 424_880),
    "company, trusts may lead a committee": (lambda: in_powers(company(), "trust", "committee", "may_lead", True), "committee", 421_200),
    # 35,200 x 3% = 1,056: 41,366 a year and the tender.
    "company, margin of a supplier 3%": (lambda: in_models(company(), "supplier", "margin_rate", 0.03), "supplier", 421_160),
    # The cash view with all VAT back is the company's still; with none back under a company it pays 20% of 37,168 = 7,433.60 a year.
    "company, no VAT back in cash": (lambda: in_vat(in_cash(company()), "trust", "company", 0.0), "supplier", 438_760),
    # 22,500 more, once.
    "supplier, tender of 30,000": (lambda: in_models(supplier(), "supplier", "procurement_cost", 30_000), "company", 424_880),
    # 32,000 x 7% = 2,240 more a year.
    "supplier, margin of 15%": (lambda: in_models(supplier(), "supplier", "margin_rate", 0.15), "company", 424_880),
    # 20% of 34,560 = 6,912 a year.
    "supplier, no VAT back in cash": (lambda: in_vat(in_cash(supplier()), "trust", "supplier", 0.0), "company", 424_880),
    # A unit a year is 9.292 - 8.64 = 0.652 cheaper than with the company; on 800 units for ten years that is 5,216, under the 5,400 that the
    # client side (14,400) and the tender (7,500) come to beyond governance (16,500).
    "supplier, 200 units a body": (lambda: with_volume(supplier(), 200), "company", 127_536),
    "supplier, too little work": (
        lambda: with_rules(in_models(supplier(), "supplier", "minimum_volume", 4_001), RuleSetting("minimum-volume")),
        "company",
        424_880,
    ),
}


def holds(instance, model, cost):
    found = solve(instance, "highs", time_limit=60)
    assert [(one.centre, one.commercial_model) for one in found.plan.clusters] == [("hub", model)]
    assert all(one.centre == "hub" for one in found.plan.assignments)
    assert found.cost == cost + SET_UP == oracle.optimum(instance)


@pytest.mark.parametrize("model", BEST)
def test_each_commercial_model_is_the_best_somewhere(model):
    made, cost = BEST[model]
    holds(made(), model, cost)


@pytest.mark.parametrize("name", FLIPS)
def test_one_input_makes_another_model_the_best(name):
    changed, model, cost = FLIPS[name]
    assert not name.startswith(model)
    holds(changed(), model, cost)


@pytest.mark.parametrize("model", ["company", "supplier"])
def test_cash_alone_changes_nothing_while_all_vat_comes_back(model):
    made, cost = BEST[model]
    holds(in_cash(made()), model, cost)


LANCASHIRE = {
    "as it is": (lambda made: made, "unitary", "joint-committee"),
    "no council may lead as unitary": (lambda made: in_powers(made, "council", "unitary", "may_lead", False), "joint-committee", "joint-company"),
    "12% of process saving in a committee": (lambda made: in_models(made, "joint-committee", "process_saving_rate", 0.12), "joint-committee", "unitary"),
    "12% of process saving in a company": (lambda made: in_models(made, "joint-company", "process_saving_rate", 0.12), "joint-company", "unitary"),
    "30% of process saving by a supplier": (lambda made: in_models(made, "outsourced", "process_saving_rate", 0.30), "outsourced", "unitary"),
}


@pytest.mark.parametrize("name", LANCASHIRE)
def test_one_input_of_lancashire_makes_each_model_the_best(name):
    changed, model, next_best = LANCASHIRE[name]
    instance = changed(read_instance(instances.path("lancashire")))
    found = solve(instance, "cp-sat", time_limit=60)
    assert found.stop is Stop.PROVED
    assert [one.commercial_model for one in found.plan.clusters] == [model]
    (choice,) = model_choices(instance, found.plan)
    assert choice.next_best.commercial_model == next_best
    assert choice.next_best.more > 0

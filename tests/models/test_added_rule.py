"""Adding a rule touches its module and its test: one is written here, and every command picks it up from its module alone.

The mathematics on ``docs/model.md`` is written by hand; a test of that page asks for a section on each rule that ships.
"""

import importlib
import json
import sys

import pandas as pd
import pytest

import models.rules
from models.findings import InvalidInstance
from models.instance import RuleSetting
from models.tables import check_instance, write_instance
from solver.explain.infeasible import explain
from tests.models.rules.cases import Case, hold
from tests.rule_cases import ASH_BIRCH, BODIES, TOGETHER, amounts, best, paper, shared
from tests.test_cli import consortia

MODULE = '''
"""X1: no centre takes too many bodies."""

import numpy as np

from models.plan_view import Breach
from models.rules.base import Parameter, Rule, rows


def _rows(columns, parameters):
    offered = columns.candidates
    option = np.arange(offered.option_centre.shape[0])
    terms = [(offered.member_option, columns.member, 1), (option, columns.option, -int(parameters["maximum"]))]
    return rows(option.shape[0], terms, upper=0)


def _check(view, parameters):
    most = int(parameters["maximum"])
    return [
        Breach("crowding", f"centre {view.centre(centre)} takes {len(members)} bodies, {most} at most", len(members) - most, centre=view.centre(centre))
        for centre, members in view.members.items()
        if len(members) > most
    ]


def _contradictions(tables, _instance, parameters):
    links, most = tables["links"], int(parameters["maximum"])
    required = links.frame[(links.frame["status"] == "required") & (links.frame["centre"] != "*")]
    return [
        links.finding("crowded", f"{len(some)} bodies are required at {centre!r}, {most} at most.", position=int(some.index[most]), column="status")
        for centre, some in required.groupby("centre")
        if len(some) > most
    ]


RULE = Rule(
    id="X1",
    name="crowding",
    statement="No centre takes more than so many bodies.",
    formula="sum_i e[i,j,m] <= N y[j,m]",
    basis="a rule for a test",
    mark="A",
    soft=True,
    breach_unit="body too many",
    parameters=(Parameter("maximum", "bodies a centre", 2, 1, 1000),),
    rows=_rows,
    check=_check,
    contradictions=_contradictions,
)
'''


@pytest.fixture(scope="module", autouse=True)
def _added(tmp_path_factory):
    """Lay the module beside those of the package, as if it had been added there, and take it away again."""
    folder = tmp_path_factory.mktemp("added")
    (folder / "crowding.py").write_text(MODULE, encoding="utf-8")
    models.rules.__path__.append(str(folder))
    models.rules.registry.cache_clear()
    importlib.invalidate_caches()
    yield
    models.rules.__path__.remove(str(folder))
    models.rules.registry.cache_clear()
    del sys.modules["models.rules.crowding"], models.rules.crowding


def crowding(maximum=2, penalty=None, **changes):
    return paper(RuleSetting("crowding", {"maximum": maximum}, penalty), **changes)


REQUIRED = {"links": pd.DataFrame({"body": BODIES, "centre": "*", "status": "required"})}


@pytest.mark.parametrize(
    ("kind", "case"),
    [
        ("changes", Case(crowding, ASH_BIRCH, TOGETHER)),
        ("infeasible", Case(lambda: crowding(**REQUIRED), None, TOGETHER)),
        ("idle", Case(lambda: crowding(3), TOGETHER, TOGETHER)),
    ],
)
def test_program_listing_and_check_agree(kind, case):
    hold("crowding", kind, case)


def test_its_soft_form_and_the_amount_of_a_breach():
    assert best(crowding(2, 69)) == TOGETHER + 69
    assert best(crowding(2, 71)) == ASH_BIRCH
    assert amounts(shared(crowding(1), *BODIES), "crowding") == [2]


def test_its_settings_are_read_and_judged(tmp_path):
    write_instance(crowding(2, 7), tmp_path / "good")
    read, _ = check_instance(tmp_path / "good")
    assert read.rules == (RuleSetting("crowding", {"maximum": 2}, 7),)
    for parameters, code, near in (({"maximum": 0}, "parameter-out-of-range", ""), ({"maxmum": 2}, "unknown-parameter", "maximum")):
        with pytest.raises(InvalidInstance) as refused:
            paper(RuleSetting("crowding", parameters))
        assert [(one.code, one.nearest) for one in refused.value.findings] == [(code, near)]
    with pytest.raises(InvalidInstance) as refused:
        paper(RuleSetting("crowdng"))
    assert refused.value.findings[0].nearest == "crowding"


def test_what_it_says_of_the_tables_is_found_before_any_solver():
    with pytest.raises(InvalidInstance) as refused:
        crowding(required=BODIES)
    assert [(one.code, one.sheet, one.row) for one in refused.value.findings] == [("crowded", "links", 4)]


def test_a_conflict_names_it_and_the_way_out():
    found = explain(crowding(**REQUIRED), "highs", time_limit=30, weights={"willingness": 5.0})
    assert "crowding" in {one.rule for one in found.conflict}
    (allowed,) = found.relaxations[0].allowances
    assert allowed.element.rule == "crowding"
    # One for the rule, and a half for one body more than two.
    assert (found.relaxations[0].price, found.relaxations[0].cost) == (1.5, TOGETHER)
    assert found.disagreement == ""


def test_every_command_knows_it(tmp_path):
    place, run, page = tmp_path / "instance", tmp_path / "run", tmp_path / "page.html"
    write_instance(crowding(), place)
    solved = json.loads(consortia("solve", place, "--solver", "highs", "--format", "json", "--output", run).stdout)
    assert (solved["stop"], solved["cost"], solved["audit"]) == ("proved", ASH_BIRCH, "ok")
    assert "crowding" in (run / "rules.csv").read_text(encoding="utf-8")
    consortia("audit", run)
    consortia("report", run, "--output", page)
    assert "No centre takes more than so many bodies." in page.read_text(encoding="utf-8")
    priced = json.loads(consortia("explain", place, "--rules", "--run", run, "--format", "json", "--quiet").stdout)
    (price,) = (one for one in priced["rules"] if one["rule"] == "crowding")
    assert (price["verdict"], price["without"]["cost"], price["without"]["low"]) == ("binds", TOGETHER, ASH_BIRCH - TOGETHER)
    assert (price["looser"]["what"], price["looser"]["cost"]) == ("maximum 2 -> 3", TOGETHER)
    assert "parameter maximum (default 2; 1 to 1000; bodies a centre)" in consortia("rules", "crowding").stdout
    assert "crowding" in consortia("rules").stdout
    weighed = consortia("explain", place, "--weight", "crowding=2")
    assert "Carrying on as today keeps every rule" in weighed.stdout

"""What the rules asked for make of the tables is found before any solver runs, and names the rows."""

import pandas as pd
import pytest

from models.findings import InvalidInstance, Severity
from models.instance import RuleSetting
from models.tables import check_instance, write_instance
from tests.rule_cases import BODIES, paper

NATIONS = {"nation": ["England", "Wales", "England"]}


def errors(build):
    with pytest.raises(InvalidInstance) as raised:
        build()
    return [finding for finding in raised.value.findings if finding.severity is Severity.ERROR]


def warnings(tmp_path, instance, code):
    write_instance(instance, tmp_path / "instance")
    return [finding for finding in check_instance(tmp_path / "instance")[1] if finding.code == code]


def pairs(*rows):
    return pd.DataFrame(rows, columns=["body_a", "body_b", "relation"])


def test_a_pair_that_must_share_against_a_rule():
    (found,) = errors(lambda: paper(RuleSetting("jurisdiction"), bodies=NATIONS, pairs=pairs(("ash", "birch", "must-share"))))
    assert (found.code, found.sheet, found.row, found.column) == ("contradictory-rule", "pairs", 2, "relation")
    assert "'jurisdiction' keeps 'ash' and 'birch' apart, yet rows 2 tie them together" in found.message


def test_a_chain_of_pairs_counts_as_a_whole():
    chain = pairs(("ash", "cedar", "together-or-alone"), ("birch", "cedar", "must-share"))
    (found,) = errors(lambda: paper(RuleSetting("similar-aims", {"minimum": 0.7}), pairs=chain))
    assert "keeps 'ash' and 'cedar' apart, yet rows 2, 3" in found.message


def test_bodies_required_at_one_centre_against_a_rule():
    (found,) = errors(lambda: paper(RuleSetting("jurisdiction"), bodies=NATIONS, required=("ash", "birch")))
    assert (found.code, found.sheet, found.row, found.column) == ("contradictory-rule", "links", 2, "status")
    assert "rows 2, 3 require both at 'hub'" in found.message


def test_bodies_required_at_one_centre_that_must_not_share():
    found = errors(lambda: paper(required=("ash", "birch"), pairs=pairs(("ash", "birch", "must-not-share"))))
    assert [(one.code, one.sheet) for one in found] == [("contradictory-rule", "links")]


def test_together_or_alone_then_means_alone(tmp_path):
    instance = paper(RuleSetting("jurisdiction"), bodies=NATIONS, pairs=pairs(("ash", "birch", "together-or-alone")))
    (found,) = warnings(tmp_path, instance, "rule-forces-alone")
    assert found.severity is Severity.WARNING
    assert found.message.endswith("so all of them stay alone.")


def test_what_does_not_contradict_passes():
    paper(RuleSetting("jurisdiction"), bodies=NATIONS, pairs=pairs(("ash", "cedar", "must-share")))
    paper(RuleSetting("jurisdiction", {"together": "Wales+England"}), bodies=NATIONS, required=BODIES)
    paper(RuleSetting("similar-aims", {"minimum": 0.9, "to": "lead"}), required=BODIES)


def test_a_nation_that_no_body_has_is_doubted(tmp_path):
    (found,) = warnings(tmp_path, paper(RuleSetting("jurisdiction", {"together": "Englnd+Wales"}), bodies=NATIONS), "unknown-name")
    assert (found.file, found.column, found.value) == ("instance.toml", "rule.jurisdiction.together", "Englnd")
    assert (found.severity, found.nearest) == (Severity.WARNING, "England")


def test_a_whom_to_compare_with_that_is_none():
    (found,) = errors(lambda: paper(RuleSetting("similar-aims", {"to": "leed"})))
    assert (found.code, found.nearest) == ("parameter-out-of-range", "lead")


@pytest.mark.parametrize(
    ("name", "parameters"), [("sectors", {"maximum": 0}), ("resilience", {"share": 1.5}), ("standardisation", {"extra": -1}), ("staff-moves", {"maximum": -1})]
)
def test_parameters_out_of_range(name, parameters):
    (found,) = errors(lambda: paper(RuleSetting(name, parameters)))
    assert found.code == "parameter-out-of-range"


def test_staff_moves_must_be_told_how_many():
    (found,) = errors(lambda: paper(RuleSetting("staff-moves")))
    assert found.code == "missing-parameter"

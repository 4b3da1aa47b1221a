"""Rules that leave no number of owners between them are found before any solver runs."""

import pytest

from models.findings import Severity
from models.instance import RuleSetting
from models.tables import check_instance, write_instance
from tests.models.rules.ventures import venture


def found(tmp_path, instance):
    write_instance(instance, tmp_path / "one.json", force=True)
    return [finding for finding in check_instance(tmp_path / "one.json")[1] if finding.code == "rules-leave-no-owners"]


DOMINANCE = RuleSetting("dominance", {"share": 0.3})
BOARD_OF_THREE = RuleSetting("board-seats", {"maximum": 3})


@pytest.mark.parametrize(
    ("rules", "words"),
    [
        ((RuleSetting("veto-block", {"share": 0.25}), BOARD_OF_THREE), "'veto-block' asks for 4 owners and rule 'board-seats' allows 3"),
        (
            (RuleSetting("dominance", {"share": 0.3}), RuleSetting("owner-limit", {"maximum": 3})),
            "'dominance' asks for 4 owners and rule 'owner-limit' allows 3",
        ),
        ((RuleSetting("board-seats", {"maximum": 1}),), "'joint-owners' asks for 2 owners and rule 'board-seats' allows 1"),
    ],
)
def test_it_names_both_rules_and_the_row(tmp_path, rules, words):
    (finding,) = found(tmp_path, venture(*rules))
    assert words in finding.message
    assert (finding.severity, finding.row, finding.value) == (Severity.WARNING, 2, "joint-company")


def test_what_a_commercial_model_states_counts(tmp_path):
    stated = venture(RuleSetting("owner-limit"), RuleSetting("veto-block", {"share": 0.34}), models={"joint-company": {"maximum_owners": 2}})
    assert "asks for 3 owners and rule 'owner-limit' allows 2" in found(tmp_path, stated)[0].message
    least = venture(RuleSetting("board-seats", {"maximum": 4}), models={"joint-company": {"minimum_owners": 5}})
    assert "'joint-owners' asks for 5 owners" in found(tmp_path, least)[0].message


@pytest.mark.parametrize(
    "rules",
    [
        (RuleSetting("veto-block", {"share": 0.34}), BOARD_OF_THREE),
        (RuleSetting("dominance", {"share": 0.3}, 5), BOARD_OF_THREE),
        (RuleSetting("veto-block", {"share": 0.1}),),
        (),
    ],
)
def test_it_is_silent_where_a_number_is_left_or_a_rule_is_soft(tmp_path, rules):
    assert found(tmp_path, venture(*rules)) == []


def test_other_forms_have_no_board(tmp_path):
    assert found(tmp_path, venture(RuleSetting("board-seats", {"maximum": 1}), forms=("outsourced", "unitary"))) == []

"""Rules that the tables contradict are told while an instance is read, with the rows."""

import pytest

from models.audit import audit
from models.findings import InvalidInstance
from models.instance import RuleSetting
from models.tables import check_instance, write_instance
from solver.construct import do_nothing
from tests.solver.explain.paper import A_AT_N, COMMITTEE, UNITARY, paper


def findings(instance, tmp_path):
    write_instance(instance, tmp_path / "instance")
    return [(one.code, str(one.severity), one.file, one.row, one.column) for one in check_instance(tmp_path / "instance")[1] if str(one.severity) != "note"]


FLOORS = {
    "owners": (
        {"models": [{"commercial_model": "committee", "form": "joint-committee", "minimum_owners": 4}], "rules": [("owner-limit", {"maximum": 3})]},
        ("commercial_models.csv", 2, "minimum_owners"),
    ),
    "owners that the form asks for": ({"models": COMMITTEE, "rules": [("owner-limit", {"maximum": 1})]}, ("commercial_models.csv", 2, "minimum_owners")),
    "members": (
        {"models": [{"commercial_model": "supplier", "form": "outsourced", "minimum_members": 4}], "rules": [("member-limits", {})]},
        ("commercial_models.csv", 2, "minimum_members"),
    ),
    "work": (
        {"models": [{"commercial_model": "supplier", "form": "outsourced", "minimum_volume": 31}], "rules": [("minimum-volume", {})]},
        ("commercial_models.csv", 2, "minimum_volume"),
    ),
    "volume of a band": ({"rules": [("utilisation-floor", {"share": 0.5})]}, ("bands.csv", 2, "capacity")),
}


@pytest.mark.parametrize("what", list(FLOORS))
def test_a_floor_above_a_ceiling_is_told_with_its_row(what, tmp_path):
    arguments, place = FLOORS[what]
    instance = paper(**arguments)
    assert ("floor-above-ceiling", "warning", *place) in findings(instance, tmp_path)
    assert audit(instance, do_nothing(instance)).ok


@pytest.mark.parametrize("what", list(FLOORS))
def test_a_soft_rule_contradicts_nothing(what, tmp_path):
    arguments, _ = FLOORS[what]
    ((name, parameters),) = arguments["rules"]
    assert "floor-above-ceiling" not in [code for code, *_ in findings(paper(**{**arguments, "rules": [(name, parameters, 5)]}), tmp_path)]


def test_a_floor_within_reach_is_not_told(tmp_path):
    within = paper(
        models=[{"commercial_model": "committee", "form": "joint-committee", "minimum_owners": 3, "minimum_members": 3, "minimum_volume": 30}],
        bands=[("*", "pay", "small", 60, 0, 0, 1.0), ("*", "pay", "large", 900, 0, 0, 1.0)],
        rules=[("owner-limit", {"maximum": 3}), ("member-limits", {}), ("minimum-volume", {}), ("utilisation-floor", {"share": 0.5})],
    )
    assert findings(within, tmp_path) == []


def test_a_body_required_at_more_centres_than_it_may_use_is_an_error():
    links = [("a", "n", "pay", "required"), ("a", "s", "it", "required")]
    services = [{"service": "pay"}, {"service": "it"}]
    paper(links=links, services=services, rules=[("provider-limit", {"maximum": 2})])
    with pytest.raises(InvalidInstance) as refused:
        paper(links=links, services=services, rules=[("provider-limit", {"maximum": 1})])
    (found,) = refused.value.findings
    assert (found.code, found.sheet, found.row) == ("required-beyond-limit", "links", 3)
    assert "also rows 2" in found.message


NO_LEAD = {"legal_type": {"a": "school"}, "centres": {"n": {"host_body": "a"}}, "models": UNITARY, "powers": [("council", "lead-body", "*", True, True, True)]}


def test_a_centre_that_no_body_can_lead_is_told(tmp_path):
    assert ("no-one-can-lead", "warning", "centres.csv", 2, "allowed_models") in findings(paper(**NO_LEAD), tmp_path)


def test_a_body_required_where_no_body_can_lead_is_an_error():
    with pytest.raises(InvalidInstance) as refused:
        paper(links=[("b", "n", "*", "required")], **NO_LEAD)
    errors = [one for one in refused.value.findings if one.code == "no-one-can-lead"]
    assert [(one.sheet, one.row) for one in errors] == [("links", 2)]
    assert "centres row 2" in errors[0].message


def test_another_form_that_needs_no_lead_keeps_the_centre_usable(tmp_path):
    models = [*UNITARY, {"commercial_model": "supplier", "form": "outsourced"}]
    powers = [("council", name, "*", True, True, True) for name in ("lead-body", "supplier")]
    assert "no-one-can-lead" not in [code for code, *_ in findings(paper(links=[A_AT_N], models=models, powers=powers), tmp_path)]


def test_a_changed_rule_is_judged_again():
    instance = paper(links=[("a", "n", "pay", "required"), ("a", "s", "it", "required")], services=[{"service": "pay"}, {"service": "it"}])
    with pytest.raises(InvalidInstance):
        instance.replace(rules=(RuleSetting("provider-limit", {"maximum": 1}),))

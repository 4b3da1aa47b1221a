"""One test for each finding about tables that disagree."""

from __future__ import annotations

import pandas as pd
import pytest

from models.findings import Finding, InvalidInstance, Severity
from models.instance import RuleSetting, Settings
from models.tables import check_instance, from_frames, write_instance
from tests.models.frames import small, with_cells


def findings_of(tables, tmp_path=None) -> list[Finding]:
    """All findings: errors from the frames themselves, warnings by way of a file."""
    try:
        instance = from_frames(tables)
    except InvalidInstance as error:
        return list(error.findings)
    assert tmp_path is not None
    write_instance(instance, tmp_path / "one.json", force=True)
    return list(check_instance(tmp_path / "one.json")[1])


def found(tables, code: str, tmp_path=None) -> Finding:
    findings = findings_of(tables, tmp_path)
    matching = [finding for finding in findings if finding.code == code]
    assert matching, [str(finding) for finding in findings]
    return matching[0]


def with_rows(name: str, *rows: dict[str, object]) -> dict[str, pd.DataFrame]:
    return {**small(), name: pd.DataFrame(rows)}


def pair(first: str, second: str, relation: str) -> dict[str, object]:
    return {"body_a": first, "body_b": second, "relation": relation}


def link(body: str, centre: str, service: str, status: str) -> dict[str, object]:
    return {"body": body, "centre": centre, "service": service, "status": status}


def test_a_duplicate_key_names_the_first_row():
    finding = found(with_cells("baseline", 1, service="payroll"), "duplicate-key")
    assert (finding.sheet, finding.row, finding.value) == ("baseline", 3, "001, payroll")
    assert "Row 2" in finding.message


@pytest.mark.parametrize(
    ("table", "column", "value", "nearest"),
    [
        ("baseline", "body", "01", "001"),
        ("baseline", "service", "Pay roll", "payroll"),
        ("baseline", "service", "*", ""),
        ("centres", "host_body", "0001", "001"),
        ("centres", "allowed_models", "lead; comittee", "committee"),
        ("bands", "centre", "c9", ""),
        ("powers", "commercial_model", "Lead", "lead"),
        ("powers", "service", "payrol", "payroll"),
    ],
)
def test_an_unmatched_reference(table, column, value, nearest):
    finding = found(with_cells(table, 0, **{column: value}), "unmatched-reference")
    assert (finding.sheet, finding.row, finding.column) == (table, 2, column)
    assert not nearest or finding.nearest == nearest
    assert finding.allowed


def test_a_star_is_no_name():
    assert found(with_cells("services", 1, service="*"), "star-as-name").row == 3


def test_pairs_that_contradict():
    assert found(with_rows("pairs", pair("001", "001", "must-share")), "pair-with-itself").row == 2
    assert found(with_rows("pairs", pair("001", "002", "must-share"), pair("002", "001", "must-share")), "pair-twice").row == 3
    assert found(with_rows("pairs", pair("001", "002", "must-share"), pair("001", "002", "must-not-share")), "duplicate-key").row == 3
    rows = [pair("001", "002", "together-or-alone"), pair("002", "003", "must-share"), pair("003", "001", "must-not-share")]
    finding = found(with_rows("pairs", *rows), "contradictory-pairs")
    assert finding.row == 4
    assert "rows 2, 3" in finding.message
    assert "003 - 002 - 001" in finding.message


def test_pairs_that_only_keep_bodies_alone_are_a_warning(tmp_path):
    rows = [pair("001", "002", "together-or-alone"), pair("002", "003", "together-or-alone"), pair("001", "003", "must-not-share")]
    assert found(with_rows("pairs", *rows), "pairs-force-alone", tmp_path).severity is Severity.WARNING


def test_cycles_of_pairs_that_agree_are_fine():
    rows = [pair("001", "002", "must-share"), pair("002", "003", "must-share"), pair("003", "001", "must-share")]
    assert from_frames(with_rows("pairs", *rows))


@pytest.mark.parametrize(
    ("required", "forbidden"),
    [
        (("c1", "*"), ("*", "*")),
        (("c1", "payroll"), ("c1", "*")),
        (("c1", "payroll"), ("*", "payroll")),
        (("*", "payroll"), ("*", "*")),
    ],
)
def test_links_that_contradict(required, forbidden):
    finding = found(with_rows("links", link("001", *required, "required"), link("001", *forbidden, "forbidden")), "contradictory-links")
    assert finding.row == 2
    assert "row 3" in finding.message


def test_a_service_required_at_two_centres():
    rows = [link("001", "c1", "payroll", "required"), link("001", "c2", "payroll", "required")]
    assert found(with_rows("links", *rows), "contradictory-links").row == 3


@pytest.mark.parametrize(("required", "forbidden"), [(("*", "payroll"), ("c1", "*")), (("c1", "*"), ("*", "payroll"))])
def test_links_that_overlap_are_a_warning(tmp_path, required, forbidden):
    rows = [link("001", *required, "required"), link("001", *forbidden, "forbidden")]
    assert found(with_rows("links", *rows), "links-overlap", tmp_path).severity is Severity.WARNING


def test_commercial_models_that_contradict():
    assert found(with_cells("commercial_models", 0, minimum_members=5, maximum_members=3), "minimum-above-maximum").column == "minimum_members"
    assert found(with_cells("commercial_models", 1, minimum_owners=5, maximum_owners=3), "minimum-above-maximum").column == "minimum_owners"
    assert found(with_cells("commercial_models", 1, minimum_owners=1), "owners-of-form").row == 3
    assert found(with_cells("commercial_models", 1, maximum_owners=1), "owners-of-form").column == "maximum_owners"
    assert found(with_cells("commercial_models", 0, minimum_owners=2), "owners-of-form").row == 2


@pytest.mark.parametrize("verb", ["lead", "own", "use"])
def test_a_model_no_one_may_use(tmp_path, verb):
    tables = small()
    tables["powers"] = tables["powers"].assign(**{f"may_{verb}": False})
    finding = found(tables, f"no-one-may-{verb}", tmp_path)
    assert finding.severity is Severity.WARNING


def test_what_can_never_take_part(tmp_path):
    idle = small()
    idle["baseline"] = idle["baseline"].iloc[:3]
    assert found(idle, "no-baseline", tmp_path).value == "003"


@pytest.mark.parametrize(
    ("tables", "code", "value"),
    [
        (with_cells("bands", 0, capacity=0), "capacity-zero", "0"),
        (with_cells("bands", 2, service="payroll", band="more"), "service-without-bands", "payments"),
        (with_cells("baseline", 3, volume=9001), "fits-nowhere", "9001"),
        (with_cells("bodies", 2, legal_type="counties"), "legal-type-without-powers", "counties"),
        (with_cells("bodies", 2, legal_type="counties"), "unused-legal-type", "county"),
    ],
)
def test_doubts(tmp_path, tables, code, value):
    finding = found(tables, code, tmp_path)
    assert (finding.severity, finding.value) == (Severity.WARNING, value)


def test_own_bands_replace_those_for_every_centre(tmp_path):
    tables = with_cells("bands", 0, capacity=20_000)
    tables["baseline"].loc[3, "volume"] = 10_000
    assert "fits-nowhere" not in {one.code for one in findings_of(tables, tmp_path)}
    tables["bands"] = pd.concat([tables["bands"], tables["bands"].iloc[[1]].assign(centre="c1")])
    assert found(tables, "fits-nowhere", tmp_path).value == "10000"


def evidence(table: str, column: str, where: str = "") -> dict[str, pd.DataFrame]:
    return with_rows("evidence", {"table": table, "column": column, "where": where, "mark": "A"})


def test_evidence_that_speaks_of_nothing(tmp_path):
    assert found(evidence("base-line", "volume"), "evidence-unknown-table").nearest == "baseline"
    assert found(evidence("baseline", "volumes"), "evidence-unknown-column").nearest == "volume"
    assert found(evidence("instance.toml", "migration"), "evidence-unknown-column").allowed
    assert found(evidence("instance.toml", "migration_cost", "a=b"), "bad-where").column == "where"
    assert found(evidence("baseline", "volume", "body"), "bad-where").row == 2
    assert found(evidence("baseline", "volume", "bodies=001"), "bad-where").nearest == "body"
    assert found(evidence("baseline", "volume", "body=009"), "evidence-matches-nothing", tmp_path).severity is Severity.WARNING


@pytest.mark.parametrize(
    ("column", "value", "rule"),
    [
        ("minimum_members", 3, "member-limits"),
        ("maximum_members", 5, "member-limits"),
        ("maximum_owners", 4, "owner-limit"),
        ("minimum_volume", 900, "minimum-volume"),
    ],
)
def test_a_limit_that_no_rule_enforces(tmp_path, column, value, rule):
    tables = with_cells("commercial_models", 1, **{column: value})
    finding = found(tables, "limit-not-enforced", tmp_path)
    assert (finding.severity, finding.row, finding.column, finding.value) == (Severity.WARNING, 3, column, str(value))
    assert rule in finding.message
    write_instance(from_frames(tables, rules=[RuleSetting(rule)]), tmp_path / "enforced.json")
    assert "limit-not-enforced" not in {one.code for one in check_instance(tmp_path / "enforced.json")[1]}


def test_limits_in_the_settings_are_used_nowhere(tmp_path):
    write_instance(from_frames(small(), settings=Settings(extra={"limits": {"budget": 5}})), tmp_path / "one.json")
    finding = next(one for one in check_instance(tmp_path / "one.json")[1] if one.code == "unknown-limit")
    assert (finding.column, finding.value, finding.severity) == ("limits.budget", "5", Severity.WARNING)


def test_a_finding_shows_what_was_found_and_what_is_allowed():
    finding = found(with_cells("baseline", 0, confidence_grade="E"), "bad-choice")
    assert "Allowed: A, B, C, D." in str(finding)
    assert "Found: -5." in str(found(with_cells("baseline", 0, volume=-5), "negative"))
    assert "Did you mean 'joint-committee'?" in str(found(with_cells("commercial_models", 0, form="joint committe"), "bad-choice"))
    assert "  " not in str(Finding("code", "Message.", column="services"))

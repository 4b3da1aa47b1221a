"""What no rule allows anywhere is said, with the rule; what is required all the same is an error."""

from __future__ import annotations

import pandas as pd

from models.findings import Finding, Severity
from models.tables import check_instance, from_frames, write_instance
from tests.models.frames import small, with_cells


def reach(tables, tmp_path) -> list[Finding]:
    write_instance(from_frames(tables), tmp_path / "one.json", force=True)
    found = check_instance(tmp_path / "one.json", reach=True)[1]
    return [one for one in found if one.code in {"nowhere-possible", "required-nowhere"}]


def test_nothing_to_say_where_everything_is_possible_somewhere(tmp_path):
    assert reach(small(), tmp_path) == []


def test_a_body_that_needs_more_security_than_any_centre_has(tmp_path):
    (finding,) = reach(with_cells("bodies", 2, security_level=9), tmp_path)
    assert (finding.sheet, finding.row, finding.value, finding.severity) == ("bodies", 4, "003", Severity.WARNING)
    assert "security took" in finding.message


def test_a_service_out_of_reach_of_every_centre(tmp_path):
    tables = with_cells("services", 0, distance_limit_km=1.0)
    assert [(one.sheet, one.value) for one in reach(tables, tmp_path)] == [("bodies", "002"), ("bodies", "003")]
    far = with_cells("services", 1, distance_limit_km=0.001)
    far["centres"] = far["centres"].assign(latitude=[52.0, 52.1], longitude=[0.0, 0.1])
    (finding,) = reach(far, tmp_path)
    assert (finding.sheet, finding.row, finding.value) == ("baseline", 3, "payments")
    assert "distance took" in finding.message


def test_a_required_link_that_no_rule_allows(tmp_path):
    tables = with_cells("bodies", 0, security_level=9)
    tables["centres"] = tables["centres"].assign(security_level=[0, 9])
    link = {"body": "001", "centre": "c1", "service": "*", "status": "required"}
    (finding,) = reach({**tables, "links": pd.DataFrame([link])}, tmp_path)
    assert (finding.code, finding.severity, finding.sheet, finding.row) == ("required-nowhere", Severity.ERROR, "links", 2)
    assert reach({**tables, "links": pd.DataFrame([{**link, "centre": "c2"}])}, tmp_path) == []


def test_a_pair_that_must_share_and_cannot(tmp_path):
    tables = with_cells("bodies", 0, security_level=9)
    pairs = pd.DataFrame([{"body_a": "002", "body_b": "001", "relation": "must-share"}])
    errors = [one for one in reach({**tables, "pairs": pairs}, tmp_path) if one.severity is Severity.ERROR]
    assert [(one.sheet, one.row, one.column, one.value) for one in errors] == [("pairs", 2, "body_b", "001")]

"""The shipped councils are what their facts and the reference figures give, and say where every figure is from."""

from __future__ import annotations

import pytest

from instances import path, shipped
from instances.councils import FACTS, SHIPPED, draft_shipped
from models.draft import read_bodies
from models.evidence import evidence_counts
from models.findings import Severity
from models.tables import check_instance, read_instance

NAMES = sorted(SHIPPED)


@pytest.mark.parametrize("name", NAMES)
def test_shipped_instance_is_drafted_from_its_facts(name: str) -> None:
    assert name in shipped()
    assert read_instance(path(name)).digest() == draft_shipped(name).instance.digest()


@pytest.mark.parametrize("name", NAMES)
def test_shipped_instance_is_without_fault(name: str) -> None:
    instance, findings = check_instance(path(name))
    assert instance is not None
    assert [str(finding) for finding in findings if finding.severity is not Severity.NOTE] == []
    assert evidence_counts(instance)["unmarked"] == 0


@pytest.mark.parametrize(("name", "bodies", "centres"), [("lancashire", 15, 3), ("london", 33, 4)])
def test_sizes(name: str, bodies: int, centres: int) -> None:
    instance = read_instance(path(name))
    assert len(instance.table("bodies")) == bodies
    assert len(instance.table("centres")) == centres
    assert len(instance.table("baseline")) == 4 * bodies


def test_lancashire_costs_are_the_stated_share_of_published_money() -> None:
    facts = read_bodies(FACTS / "lancashire.csv").set_index("id")["central_services_total_expenditure_gbp"].astype(int)
    cost = read_instance(path("lancashire")).table("baseline").groupby("body")["annual_cost"].sum()
    assert ((cost - 0.15 * facts).abs() <= 4).all()


def test_the_county_stands_among_its_districts() -> None:
    bodies = read_instance(path("lancashire")).table("bodies").set_index("body")
    districts = bodies[bodies["sector"] == "Non-metropolitan district"]
    for column in ("latitude", "longitude"):
        assert districts[column].min() < bodies.loc["GB_LAN", column] < districts[column].max()


def test_london_boroughs_without_usable_figure_are_graded_d() -> None:
    baseline = read_instance(path("london")).table("baseline")
    assert set(baseline.loc[baseline["confidence_grade"] == "D", "body"]) == {"GB_HRW", "GB_WSM"}


@pytest.mark.parametrize("name", NAMES)
def test_readme_names_its_licences(name: str) -> None:
    text = (path(name) / "README.md").read_text(encoding="utf-8")
    for words in ("Open Government Licence v3.0", "CC BY 4.0", "mySociety", f"consortia solve instances/{name}"):
        assert words in text

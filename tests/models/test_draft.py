"""Drafting turns a table of bodies into a whole instance and hides nothing it left out or assumed."""

from __future__ import annotations

import dataclasses

import numpy as np
import pandas as pd
import pytest

from models.draft import DraftMapping, DraftOptions, SizeColumn, draft, read_bodies, read_mapping
from models.evidence import evidence_counts
from models.findings import InvalidInstance, Severity
from models.reference import reference
from models.rules import registry
from models.tables import check_instance, write_instance


def councils(count: int = 12, **columns: list[str]) -> pd.DataFrame:
    place = np.arange(count)
    frame = pd.DataFrame(
        {
            "id": [f"C{at:02}" for at in place],
            "name": [f"Council {at}" for at in place],
            "sector": "Unitary authority",
            "country": "GB",
            "latitude": (53 + 0.05 * place).round(3).astype(str),
            "longitude": (-2 - 0.03 * (place % 4)).round(3).astype(str),
            "population": (90_000 + 15_000 * place).astype(str),
        }
    )
    return frame.assign(**columns)


def codes(result: object) -> set[str]:
    return {finding.code for finding in result.findings}  # type: ignore[attr-defined]


def errors(frame: pd.DataFrame, mapping: DraftMapping | None = None, options: DraftOptions | None = None) -> set[str]:
    with pytest.raises(InvalidInstance) as raised:
        draft(frame, mapping, options)
    return {finding.code for finding in raised.value.findings}


def test_draft_from_sizes_is_whole() -> None:
    result = draft(councils())
    instance = result.instance
    assert len(instance.table("baseline")) == 12 * 4
    assert set(instance.table("baseline")["confidence_grade"]) == {"D"}
    assert len(instance.table("centres")) == 3
    assert set(instance.table("centres")["host_body"]) <= set(instance.table("bodies")["body"])
    assert len(instance.table("bands")) == 4 * 4
    assert instance.settings.currency == "GBP"
    assert {rule.name for rule in instance.rules} == {"provider-limit", "utilisation-floor", "minimum-volume", "owner-limit"}
    assert codes(result) == {"price-year-unknown"}
    assert result.left_out.empty
    assert evidence_counts(instance)["unmarked"] == 0


def test_drafted_instance_reads_back_without_warnings(tmp_path: object) -> None:
    folder = tmp_path / "drafted"  # type: ignore[operator]
    instance = draft(councils(spend_gbp=["90000000"] * 6 + [""] * 6)).instance
    write_instance(instance, folder)
    again, findings = check_instance(folder)
    assert again is not None
    assert again.digest() == instance.digest()
    assert [finding for finding in findings if finding.severity is not Severity.NOTE] == []


def test_full_bands_lie_on_the_scale_curve_and_share_one_unit_cost() -> None:
    instance = draft(councils()).instance
    baseline, services = instance.table("baseline"), instance.table("services").set_index("service")
    for service, bands in instance.table("bands").groupby("service"):
        assert bands["unit_cost"].nunique() == 1
        assert bands["capacity"].is_monotonic_increasing
        assert bands["set_up_cost"].is_monotonic_increasing
        rows = baseline[baseline["service"] == service]
        exponent = services.loc[service, "scale_exponent"]
        intercept = (rows["annual_cost"] / rows["volume"] ** exponent).median()
        full = bands["fixed_cost"] + bands["unit_cost"] * bands["capacity"]
        assert full.to_numpy() == pytest.approx((intercept * bands["capacity"] ** exponent).to_numpy(), rel=0.01)


def test_published_spend_is_split_and_the_rest_falls_back() -> None:
    spends = ["9000000"] * 9 + ["-5", "", "0"]
    result = draft(councils(central_services_net_gbp=spends))
    assert {"spend-not-positive", "spend-missing"} <= codes(result)
    baseline = result.instance.table("baseline")
    cost = baseline.groupby("body")["annual_cost"].sum()
    figures = reference()
    assert cost["C00"] == pytest.approx(9_000_000 * figures.central("spend.central-net"), abs=4)
    grades = baseline.groupby("body")["confidence_grade"].first()
    assert (grades == "D").sum() == 3
    assert cost["C11"] > 0


def test_published_cost_out_of_line_keeps_the_cost_and_moves_the_volume() -> None:
    plain = draft(councils(central_services_net_gbp=["9000000"] * 12))
    odd = draft(councils(central_services_net_gbp=["900000000"] + ["9000000"] * 11))
    assert "cost-out-of-line" in codes(odd)
    assert "cost-out-of-line" not in codes(plain)
    first = [result.instance.table("baseline").iloc[0] for result in (plain, odd)]
    assert first[1]["annual_cost"] == 100 * first[0]["annual_cost"]
    assert first[1]["volume"] > 50 * first[0]["volume"]


def test_rows_that_cannot_be_drafted_are_told() -> None:
    frame = councils()
    frame.loc[2, "latitude"] = ""
    frame.loc[3, "longitude"] = "west"
    frame.loc[5, "population"] = "0"
    result = draft(frame)
    assert codes(result) == {"no-coordinates", "no-size", "price-year-unknown"}
    assert result.left_out.to_dict("list") == {
        "row": [4, 5, 7],
        "body": ["C02", "C03", "C05"],
        "reason": ["no usable coordinates", "no usable coordinates", "no size above zero"],
    }
    assert len(result.instance.table("bodies")) == 9


def test_faults_that_stop_a_draft() -> None:
    assert errors(councils().drop(columns=["latitude"])) == {"missing-column"}
    assert errors(councils().drop(columns=["population"])) == {"missing-column"}
    assert errors(councils(), DraftMapping(name="nam")) == {"missing-column"}
    assert errors(councils(), DraftMapping(sizes=(SizeColumn("population", "heads"),))) == {"unknown-kind"}
    assert errors(councils(), DraftMapping(spend="population")) == {"unknown-kind"}
    assert errors(pd.concat([councils(), councils(1)])) == {"duplicate-key"}
    assert errors(councils(id=[""] * 12)) == {"missing-id"}
    assert errors(councils(latitude=[""] * 12)) >= {"no-bodies"}
    assert errors(councils(), options=DraftOptions(services=("payrol",), centres=0)) == {"unknown-option"}
    assert errors(councils(legal=["guild"] * 12), DraftMapping(legal_type="legal")) == {"unknown-legal-type"}


def test_mixed_sizes_take_the_first_filled_and_legal_types_follow_the_sector() -> None:
    frame = councils(
        4,
        sector=["council - county", "NHS trust - acute", "multi-academy trust", "school - state-funded primary"],
        population=["800000", "", "", ""],
        staff_wte=["", "4000", "", ""],
        pupils=["", "", "3000", "250"],
    )
    bodies = draft(frame).instance.table("bodies")
    assert bodies["legal_type"].tolist() == ["council", "nhs-trust", "academy-trust", "maintained-school"]
    assert bodies["size_kind"].tolist() == ["population", "employees", "pupils", "pupils"]
    assert (bodies["employees"] > 0).all()


def test_a_district_is_no_metropolitan_district() -> None:
    frame = councils(2, sector=["Non-metropolitan district", "Metropolitan district"], population=["100000", "100000"])
    small, large = draft(frame).instance.table("bodies")["employees"]
    assert small < large / 3


def test_vat_follows_the_legal_type_and_says_why() -> None:
    frame = councils(2, sector=["council - county", "NHS trust - acute"], population=["800000", ""], staff_wte=["", "4000"])
    instance = draft(frame, options=DraftOptions(models=("unitary", "outsourced"))).instance
    rates = {(row.legal_type, row.commercial_model): row.recovery_rate for row in instance.table("vat").itertuples()}
    assert rates == {("council", "*"): 1.0, ("nhs-trust", "*"): 0.0, ("nhs-trust", "outsourced"): 1.0}
    evidence = instance.table("evidence")
    assert set(evidence.loc[evidence["table"] == "vat", "where"]) == {"legal_type=council", "legal_type=nhs-trust"}
    assert (instance.table("commercial_models")["standard_rated_share"] == 1.0).all()
    assert evidence_counts(instance)["unmarked"] == 0


def test_appraisal_is_drafted_from_the_published_tables() -> None:
    appraisal = draft(councils()).instance.appraisal
    # 80 % of the risk is managed: 200 % x 0.2, the same, and 41 % x 0.2.
    assert appraisal.optimism_bias == {"set_up": 0.4, "migration": 0.4, "operating": 0.082}
    assert (appraisal.rates, appraisal.discount_rates) == ("green-book", ())
    assert (appraisal.vat_rate, appraisal.posts_removed_rate, appraisal.exit_payment_per_post) == (0.2, 0.15, 23_000)


def test_row_order_does_not_matter() -> None:
    frame = councils(central_services_net_gbp=[str(1_000_000 * (at + 1)) for at in range(12)])
    shuffled = frame.sample(frac=1, random_state=3).reset_index(drop=True)
    assert draft(frame).instance.digest() == draft(shuffled).instance.digest()


def test_options_are_obeyed() -> None:
    asked = {"centres": 5, "nearest": 2, "bands": 3, "horizon_years": 5, "migration_cost": 7, "title": "T", "price_year": 2024}
    options = DraftOptions(services=("hr", "it"), models=("unitary",), **asked)  # type: ignore[arg-type]
    instance = draft(councils(), options=options).instance
    assert instance.table("services")["service"].tolist() == ["hr", "it"]
    assert instance.table("commercial_models")["commercial_model"].tolist() == ["unitary"]
    assert len(instance.table("centres")) == 5
    assert len(instance.table("bands")) == 6
    assert (instance.appraisal.horizon_years, instance.appraisal.migration_cost) == (5, 7)
    assert next(rule for rule in instance.rules if rule.name == "nearest-centres").parameters["count"] == 2
    assert (instance.settings.title, instance.settings.price_year) == ("T", 2024)
    assert "price-year-unknown" not in codes(draft(councils(), options=options))
    assert errors(councils(), options=DraftOptions(price_year=24)) == {"unknown-option"}


def test_in_scope_money_is_all_spent_on_the_services_drafted() -> None:
    frame = councils(in_scope_cost=["4000000"] * 12)
    cost = draft(frame, options=DraftOptions(services=("hr", "it"))).instance.table("baseline").groupby("body")["annual_cost"].sum()
    assert cost.to_numpy() == pytest.approx(np.full(12, 4_000_000), abs=2)


def test_foreign_money_is_an_assumption() -> None:
    result = draft(councils(country=["US"] * 12, sector=["city"] * 12))
    assert "foreign-currency" in codes(result)
    assert result.instance.settings.currency == "USD"
    evidence = result.instance.table("evidence")
    procurement = evidence[(evidence["column"] == "procurement_cost") & (evidence["where"] == "commercial_model=outsourced")].iloc[0]
    assert procurement["mark"] == "A"
    assert "USD per GBP" in procurement["source"]


def test_small_bodies_take_the_low_migration_figures() -> None:
    schools = councils(sector=["school"] * 12, population=["200"] * 12).rename(columns={"population": "pupils"})
    figure = reference().figure("one_off.migration_fixed")
    assert draft(schools).instance.appraisal.migration_cost == figure.low
    assert draft(councils()).instance.appraisal.migration_cost == figure.central


def test_a_body_far_from_its_region_is_doubted() -> None:
    frame = councils(region=["North"] * 12)
    frame.loc[6, "latitude"] = "50.1"
    result = draft(frame)
    assert [finding.row for finding in result.findings if finding.code == "far-from-region"] == [8]


def test_flagged_spend_is_not_used() -> None:
    flagged = ["wrong unit"] + [""] * 11
    result = draft(councils(spend_gbp=["90000000"] * 12, spend_flag=flagged))
    assert "spend-flagged" in codes(result)
    assert result.instance.table("baseline")["confidence_grade"].iloc[0] == "D"


def test_unused_columns_are_carried() -> None:
    bodies = draft(councils(gss_code=[f"E{at}" for at in range(12)])).instance.table("bodies")
    assert bodies["gss_code"].iloc[3] == "E3"


def test_files_of_bodies_and_mappings(tmp_path: object) -> None:
    table = tmp_path / "bodies.csv.gz"  # type: ignore[operator]
    councils().rename(columns={"population": "folk"}).to_csv(table, index=False)
    told = tmp_path / "mapping.toml"  # type: ignore[operator]
    told.write_text('sizes = [["folk", "population"]]\nname = "-"\n', encoding="utf-8")
    frame = read_bodies(table)
    assert frame.attrs["source"] == "bodies.csv.gz"
    bodies = draft(frame, read_mapping(told)).instance.table("bodies")
    assert bodies["name"].tolist() == bodies["body"].tolist()
    told.write_text('sise = "folk"\n', encoding="utf-8")
    with pytest.raises(InvalidInstance, match="no key 'sise'"):
        read_mapping(told)
    with pytest.raises(InvalidInstance, match="cannot be read"):
        read_bodies(tmp_path / "absent.csv")  # type: ignore[operator]


@pytest.mark.parametrize("rules", ["core", "full"])
def test_every_rule_figure_has_its_source(rules: str) -> None:
    instance = draft(councils(), options=DraftOptions(nearest=2, rules=rules)).instance
    for rule in instance.rules:
        for part in [*rule.parameters, *(["penalty"] if rule.penalty is not None else [])]:
            assert any(source.startswith(f"rule.{rule.name}.{part} (") for source in instance.settings.sources)


def test_the_full_set_asks_for_every_rule_a_table_of_bodies_can_fill() -> None:
    core, full = (draft(councils(), options=DraftOptions(rules=rules)) for rules in ("core", "full"))
    asked = {rule.name for rule in full.instance.rules}
    assert {rule.name for rule in core.instance.rules} < asked
    left = next(finding.message for finding in full.findings if finding.code == "rules-left-out")
    assert "rules-left-out" not in codes(core)
    for name, rule in registry().items():
        assert rule.always or (name in asked) != (name in left) or name == "nearest-centres"
    models = full.instance.table("commercial_models")
    assert models["leaver_volume"].tolist() == models["minimum_volume"].tolist()
    assert evidence_counts(full.instance)["unmarked"] == 0
    assert errors(councils(), options=DraftOptions(rules="ful")) == {"unknown-option"}


def test_options_are_frozen() -> None:
    with pytest.raises(dataclasses.FrozenInstanceError):
        DraftOptions().centres = 3  # type: ignore[misc]


def test_posts_follow_from_cost_and_are_marked_as_assumed() -> None:
    instance = draft(councils(in_scope_cost=["4500000"] * 6 + [""] * 6), options=DraftOptions(services=("finance", "it"))).instance
    figures = reference()
    for service, rows in instance.table("baseline").groupby("service"):
        expected = rows["annual_cost"] * figures.central(f"service.{service}.staff_share") / figures.central("running.post_cost")
        assert rows["posts"].to_numpy() == pytest.approx(expected.to_numpy(), abs=0.006)
    evidence = instance.table("evidence")
    posts = evidence[(evidence["table"] == "baseline") & (evidence["column"] == "posts")]
    assert posts["where"].tolist() == ["service=finance", "service=it"]
    assert set(posts["mark"]) == {"A"}
    assert evidence_counts(instance)["unmarked"] == 0


def test_posts_do_not_depend_on_the_currency() -> None:
    home, abroad = (draft(councils(country=[country] * 12)).instance.table("baseline") for country in ("GB", "US"))
    assert abroad["annual_cost"].iloc[0] > home["annual_cost"].iloc[0]
    assert abroad["posts"].to_numpy() == pytest.approx(home["posts"].to_numpy(), abs=0.011)

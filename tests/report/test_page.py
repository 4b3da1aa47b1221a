from __future__ import annotations

import dataclasses
import re
from html.parser import HTMLParser
from pathlib import Path

import pytest

from instances.generate import Recipe, generate
from instances.reading import read
from models.audit import audit
from models.economics import COMPONENTS
from models.instance import Instance, RuleSetting, Settings
from models.plan import Assignment, Cluster, Plan
from report.page import page, write_page
from report.sections import GROUPS

NASTY = "<script>alert(1)</script>\"'&lt;]]>"


class Checker(HTMLParser):
    """Collects tags, attributes and text, and refuses tags that do not close."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text: list[str] = []

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))
        if tag not in ("meta", "br", "link", "img"):
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.text.append(data)


def parsed(text: str) -> Checker:
    checker = Checker()
    checker.feed(text)
    assert checker.open == []
    return checker


def words(text: str) -> str:
    return re.sub(r"\s+", " ", " ".join(parsed(text).text))


def without_outside(text: str) -> None:
    checker = parsed(text)
    for tag, attributes in checker.tags:
        assert tag not in ("script", "link", "img", "iframe", "object", "use", "image", "form", "base")
        assert not {name for name in attributes if name in ("src", "href", "xlink:href", "srcset", "action") or name.startswith("on")}
    style = re.search(r"<style>(.*?)</style>", text, re.S)
    assert style is not None
    assert "url(" not in style.group(1)
    assert "@import" not in style.group(1)


def test_tiny_page_tells_the_answer(tiny_run):
    text = words(page(tiny_run))
    assert "Sharing 2 of 2 services among 3 of 4 bodies in 1 cluster saves £441,200 (8.3%) over 3 years against carrying on as today" in text
    assert "proven to be the best possible." in text
    assert "Aldershire County Council" in text
    assert "consortia audit out" in text
    assert "seed = 7" in text
    assert "payslips" in text


def test_a_published_file_has_sites_and_customers_and_nothing_of_savings(store, tmp_path):
    (tmp_path / "paper.txt").write_text("2 3\n10 5.25\n8 3\n4 5 6\n1 2 9\n8 3 2\n")
    instance = read(str(tmp_path / "paper.txt"), "holmberg")
    served = [Assignment(f"customer-{at}", "supply", site) for at, site in ((1, "site-1"), (2, "site-1"), (3, "site-2"))]
    clusters = tuple(Cluster(site, "site", "", (), {"supply": "as-published"}) for site in ("site-1", "site-2"))
    text = page(store(instance, Plan(clusters, tuple(served))))
    without_outside(text)
    told = words(text)
    assert "3 customers served from 2 sites at a cost of 13.25; proven to be the best possible." in told
    assert "site-1 2 9 10 90.0% 5.25 3 8.25" in told
    assert "customer-3 6 site-2 2" in told
    assert not [word for word in ("saving", "Saving", "today", "Map", "graded") if word in told]
    assert "No plan can cost less than 13.25" in told
    assert "No plan was found" in words(page(store(instance, None, stop="limit", bound=None)))


def test_each_cluster_says_why_its_commercial_model(tiny_run):
    text = words(page(tiny_run))
    assert "joint-board: £131,100 cheaper than supplier, the next best for the same members: service charge +£181,800, tender −£150,000" in text
    assert "lead-council is not allowed for these members: rule one-model: centre south may not run under lead-council." in text


def test_choices_that_rest_on_doubtful_figures_are_listed(tiny_run):
    text = words(page(tiny_run))
    assert (
        "Southgate Business Park open under joint-board closed, all who use it alone £441,200 annual_cost of all 6 done at Southgate Business Park, together D"
        in text
    )
    assert "10 choices were held against the plans next to this one" in text
    assert "1 of them would turn" in text
    assert "consortia sensitivity out --table choices" in text


def test_every_component_of_the_audit_is_on_the_page_to_the_pound(tiny_run, tiny, best):
    text = page(tiny_run)
    found = audit(tiny, best)
    for name, total in found.by_component().items():
        row = re.search(rf"<tr><td>{name.replace('_', ' ')}</td>.*?</tr>", text)
        assert row is not None, name
        assert f"£{total:,}<" in row.group()
    assert f"£{found.cost:,}" in text
    assert f"£{found.do_nothing_cost:,}" in text
    assert "£4,868,800" in text


def test_page_asks_nothing_of_the_network(tiny_run):
    text = page(tiny_run)
    without_outside(text)
    assert "http://" not in text
    assert "https://" not in text
    assert "default-src 'none'" in text


def test_names_are_escaped_everywhere(store, tiny, best):
    bodies, centres = tiny.table("bodies"), tiny.table("centres")
    bodies["name"] = NASTY
    centres["name"] = NASTY
    bodies["sector"] = NASTY
    settings = Settings(title=NASTY, currency="<b>", sources=(NASTY,))
    hostile = tiny.replace(bodies=bodies, centres=centres, settings=settings)
    text = page(store(hostile, best, message=NASTY, raw_status=NASTY, solver=NASTY))
    without_outside(text)
    assert "<script" not in text
    assert "<b>" not in text
    assert "alert(1)" in text


def test_doing_nothing_is_an_answer(store, tiny, alone):
    text = words(page(store(tiny, alone)))
    assert "Staying as they are is the best plan: no sharing that keeps the rules costs less over 3 years, and that is proven." in text
    assert "Clusters" not in text


def test_unproven_doing_nothing_does_not_claim_proof(store, tiny, alone):
    text = words(page(store(tiny, alone, bound=None, stop="limit")))
    assert "best plan found over 3 years; whether sharing could cost less is not known." in text
    assert "No bound is proven" in text


@pytest.mark.parametrize(
    ("stop", "sentence"),
    [
        ("infeasible", "No plan: not even carrying on as today keeps every rule in force."),
        ("limit", "No plan was found before the run stopped; that does not mean that there is none."),
        ("failed", "No plan: the solver failed before it found one."),
    ],
)
def test_page_without_a_plan_says_why(store, tiny, stop, sentence):
    text = page(store(tiny, None, stop=stop, message="because of this", bound=None, cost=None))
    without_outside(text)
    assert sentence in words(text)
    assert "because of this" in words(text)
    assert "Breaches" not in words(text)


def unproven(text: str) -> bool:
    """Tell whether headline and certainty claim nothing; what follows on the page speaks of rules and methods."""
    told = words(text).split("Figures to doubt")[0]
    assert "How sure this is" in told
    return not re.search(r"proven to be|proven within|proven\.|solver proved|can cost less than|could still be gained", told)


@pytest.mark.parametrize(
    "changes",
    [
        {"digest": "0" * 16},
        {"bound": 4_868_801},
        {"bound": 4_800_000, "gap": 0.0},
        {"bound": 4_800_000.5},
        {"cost": 4_868_799},
        {"saving": 5_000_000},
        {"clusters": 2},
        {"components": {}},
        {"disagreement": "they differ"},
    ],
)
def test_no_word_of_proof_unless_the_record_agrees_with_instance_and_plan(store, tiny, best, changes):
    text = page(store(tiny, best, **changes))
    assert unproven(text)
    assert "is not repeated here" in words(text)


def test_no_word_of_proof_for_a_plan_that_breaks_rules_or_is_gone(store, tiny, best):
    moved = Plan(best.clusters, tuple(dataclasses.replace(one, centre="") if one.body == "alder" else one for one in best.assignments))
    assert unproven(page(store(tiny, moved)))
    text = page(store(tiny, None, cost=4_868_800, bound=4_868_800, gap=0.0, clusters=1))
    assert unproven(text)
    assert "missing from the run folder" in words(text)
    assert "ended with" not in words(text)


@pytest.mark.parametrize("bound", [0, -1, -50_000_000])
def test_a_gap_of_the_whole_cost_or_more_proves_nothing_useful(store, tiny, best, bound):
    text = page(store(tiny, best, bound=bound, stop="limit"))
    assert unproven(text)
    assert "nothing useful is proven about how far it is from the best possible." in words(text)
    assert "%" not in words(text).split("How sure this is")[1].split("Figures to doubt")[0]


@pytest.mark.parametrize(("count", "limit"), [(1, "each body uses only its nearest centre"), (2, "each body uses only its 2 nearest centres")])
def test_proof_within_a_limit_set_for_the_solver_is_told_as_such(store, tiny, best, alone, count, limit):
    near = tiny.replace(rules=(RuleSetting("nearest-centres", {"count": count}),))
    plan = best if audit(near, best).ok else alone
    text = words(page(store(near, plan)))
    assert f"in which {limit}" in text.split("How sure this is")[0]
    assert f"the solver proved that no plan in which {limit} is better." in text
    assert f"No plan in which {limit} can cost less than" in text
    assert "A plan beyond it was never looked at and may cost less" in text
    assert "in which" not in words(page(store(tiny, plan))).split("Figures to doubt")[0]


def test_gap_is_that_of_the_audited_cost(store, tiny, best):
    text = words(page(store(tiny, best, stop="limit", bound=4_800_000)))
    assert "proven within 1.41% of the best possible." in text
    assert "at most £68,800 (1.41%) could still be gained" in text


def test_stored_figures_that_do_not_hold_are_shouted(store, tiny, best):
    text = words(page(store(tiny, best, cost=1, digest="other", disagreement="two costs")))
    assert "The stored cost is £1, the audit finds £4,868,800" in text
    assert "its digest differs" in text
    assert "two costs" in text
    assert "nothing on this page should be acted upon" in text


def test_broken_hard_rules_come_first(store, tiny, best):
    wrong = Plan((Cluster("south", "joint-board", "alder", ("alder",), {"payroll": "small", "invoices": "small"}),), best.assignments)
    text = words(page(store(tiny, wrong)))
    assert "breaks hard rules" in text
    assert "Hard rule broken, joint-owners" in text


def test_penalties_stand_apart_from_money(store, tiny, best):
    soft = tiny.replace(rules=(RuleSetting("utilisation-floor", {"share": 1.0}, penalty=1000),))
    found = audit(soft, best)
    assert found.penalty > 0
    text = page(store(soft, best))
    assert "Penalties, which nobody pays" in text
    total = re.search(r'<tr class="total">.*?</tr>', text)
    assert total is not None
    assert f"£{found.cost - found.penalty:,}" in total.group()
    assert "penalties counted in" in text


def test_plan_dearer_than_today_says_so(store, tiny, best):
    bands = tiny.table("bands")
    bands["fixed_cost"] = bands["fixed_cost"] * 50
    text = words(page(store(tiny.replace(bands=bands), best, stop="limit", bound=None)))
    assert "more (" in text
    assert "carrying on as today, which would keep every rule" in text


def nearest_plan(instance: Instance) -> Plan:
    """Everybody at the first centre, whatever the rules say: only to have something large to show."""
    centre = str(instance.table("centres")["centre"].iloc[0])
    baseline = instance.table("baseline")
    bands = dict.fromkeys(instance.table("services")["service"], "large")
    assignments = tuple(Assignment(body, service, centre) for body, service in zip(baseline["body"], baseline["service"], strict=True))
    return Plan((Cluster(centre, "outsourced", "", (str(instance.table("bodies")["body"].iloc[0]),), bands),), assignments)


def test_large_instance_stays_small_and_points_to_the_files(store):
    instance = generate(Recipe(bodies=2500, centres=4, services=2, seed=2))
    text = page(store(instance, nearest_plan(instance)))
    without_outside(text)
    assert len(text) < 2_000_000
    assert "of 2,500 bodies; all are in" in words(text)
    assert "drawn as one circle" in text


def test_choices_that_would_take_minutes_are_left_to_the_command(tiny_run, monkeypatch):
    assert "as it would take minutes here" not in words(page(tiny_run))
    monkeypatch.setattr("solver.sensitivity.resting.MOST_UNITS", 1)
    text = words(page(tiny_run))
    assert "as it would take minutes here" in text
    assert "--table choices" in text


def test_page_is_the_same_each_time(tiny_run):
    assert page(tiny_run) == page(tiny_run)


def test_page_is_written_whole_or_not_at_all(tiny_run, tmp_path: Path, monkeypatch):
    target = tmp_path / "deep" / "report.html"
    write_page(tiny_run, target)
    assert target.read_text(encoding="utf-8").endswith("</html>")
    with pytest.raises(FileExistsError):
        write_page(tiny_run, target)
    before = target.read_text(encoding="utf-8")

    def broken(_stored):
        raise RuntimeError("no")

    monkeypatch.setattr("report.page.page", broken)
    with pytest.raises(RuntimeError):
        write_page(tiny_run, target, force=True)
    assert target.read_text(encoding="utf-8") == before
    assert [one.name for one in target.parent.iterdir()] == ["report.html"]


def test_the_page_says_who_is_worse_off_and_what_each_sector_pays(store, tiny, best):
    text = words(page(store(tiny, best)))
    assert "With the common cost of each cluster shared by volume, no body pays more than by carrying on as today." in text
    assert "council 2 2 0 £3,300,000 £3,018,199 £281,801" in text
    models = tiny.table("commercial_models")
    models.loc[models["commercial_model"] == "joint-board", "governance_cost"] = 500_000
    dear = tiny.replace(commercial_models=models, appraisal=dataclasses.replace(tiny.appraisal, cost_share_key="equal"))
    text = words(page(store(dear, best)))
    assert "shared equally, 3 of 4 bodies pay more than by carrying on as today; most Dogwood Academy Trust, £260,666 (39.5%) more." in text
    assert "£1,800,000 £1,456,000 £476,667 £1,932,667 −£132,667" in text


def test_nobody_is_said_to_be_worse_off_where_nobody_shares(store, tiny, alone):
    assert "common cost of each cluster" not in words(page(store(tiny, alone)))


def test_every_component_but_penalties_stands_in_the_chart():
    grouped = [name for names in GROUPS.values() for name in names]
    assert sorted(grouped) == sorted(name for name in COMPONENTS if name != "penalty")

"""Published facility-location files: each layout on paper, what is wrong with bad ones, and the values published for real ones."""

import csv
import gzip
import os
from decimal import Decimal
from pathlib import Path

import pytest

from instances.published import check_published, known_formats, read_problem
from instances.reading import check, read
from models.audit import audit
from models.plan import Assignment, Cluster, Plan
from models.published_unit import published_unit
from models.tables import validated
from solver.judgement import Stop
from solver.solve import solve

ROOT = Path(__file__).parents[2]
SETS = Path(os.environ.get("CONSORTIA_SHARED", ROOT.parent / "shared")) / "benchmarks"

# Two sites (capacity 10 and 8, fixed 5 and 3), three customers (demand 4, 5, 6); costs of all of a customer's demand:
#            customer 1  2  3
#   site 1            1  2  9
#   site 2            8  3  2
# Best: site 1 serves 1 and 2, site 2 serves 3: 5 + 3 + 1 + 2 + 2 = 13.
PAPER = {
    "holmberg": "2 3\n10 5\n8. 3\n4 5 6\n1 2 9\n8 3 2\n",
    "diaz-fernandez": "3 2\n1 8\n2 3\n9 2\n4 5 6\n5 3\n10 8\n",
    "orlib": "2 3\n10 5.\n8 3\n4\n1 8\n5\n2 3\n6\n9 2\n",
    "orlib:10": "2 3\ncapacity 5\ncapacity 3\n4\n1 8\n5\n2 3\n6\n9 2\n",
    "tbed1": "3 2\n4 5 6\n10 8\n5 3\n0.25 0.4 1.5\n2 0.6 0.333333333\n",
    "coursera": "2 3\n5 10 0 0\n3 8 10 0\n4 0 1\n5 2 0\n6 10 2\n",
}


def written(tmp_path, text, name="paper.txt"):
    path = tmp_path / name
    path.write_bytes(gzip.compress(text.encode()) if name.endswith(".gz") else text.encode())
    return str(path)


@pytest.mark.parametrize("form", PAPER)
def test_each_layout_is_solved_to_what_paper_says(tmp_path, form):
    instance = read(written(tmp_path, PAPER[form]), form)
    run = solve(instance, "highs")
    unit = published_unit(instance.settings)
    assert run.stop is Stop.PROVED
    assert unit.amount(run.cost) == (Decimal("12.999999998") if form == "tbed1" else 13)
    assert unit.money_scale == {"tbed1": 10**9, "coursera": 10**4}.get(form, 1)
    assert unit.rounded == (form == "coursera")
    assert {one.centre for one in run.plan.assignments} == {"site-1", "site-2"}


def test_the_instance_is_a_valid_one_and_only_costs_what_the_file_says(tmp_path):
    instance = read(written(tmp_path, PAPER["holmberg"]), "holmberg")
    assert validated(instance).digest() == instance.digest()
    cluster = Cluster("site-1", "site", "", (), {"supply": "as-published"})
    plan = Plan((cluster,), tuple(Assignment(f"customer-{number}", "supply", site) for number, site in enumerate(("site-1", "site-1", ""), start=1)))
    found = audit(instance, plan)
    assert [breach.rule for breach in found.breaches] == ["all-served"]
    assert found.by_component() == {"baseline_alone": 14, "link_running": 3, "centre_running": 5}


def test_gzip_padding_and_names_change_nothing(tmp_path):
    plain = read(written(tmp_path, PAPER["holmberg"]), "holmberg")
    packed = read(written(tmp_path, PAPER["holmberg"] + "\x1a\0\0", "other.dat.gz"), "holmberg")
    assert packed.digest() == plain.digest()
    assert packed.settings.title == "other (holmberg)"


def test_decimals_of_volumes_and_money_are_kept_exactly(tmp_path):
    instance = read(written(tmp_path, "1 2\n2.5 0.1\n1.25 1.25\n0.2 1e-1\n"), "holmberg")
    assert instance.table("baseline")["volume"].tolist() == [125, 125]
    assert instance.table("bands")["capacity"].tolist() == [250]
    assert published_unit(instance.settings).amount(solve(instance, "highs").cost) == Decimal("0.4")


FAULTS = {
    "no-number": ("holmberg", "2 3\n10 5\n8 x\n4 5 6\n1 2 9\n8 3 2\n", "not-a-number", 3, "token 6", "x"),
    "nan": ("holmberg", "2 3\n10 5\n8 3\n4 nan 6\n1 2 9\n8 3 2\n", "not-a-number", 4, "token 8", "nan"),
    "negative cost": ("holmberg", "2 3\n10 5\n8 3\n4 5 6\n1 2 -9\n8 3 2\n", "out-of-range", 5, "token 12", "-9"),
    "negative fixed cost": ("coursera", "2 1\n5 10 0 0\n-3 8 10 0\n4 0 1\n", "out-of-range", 3, "token 7", "-3"),
    "too short": ("holmberg", "2 3\n10 5\n8 3\n4 5 6\n1 2 9\n8 3\n", "file-too-short", None, "token 14", ""),
    "too long": ("diaz-fernandez", PAPER["diaz-fernandez"] + "7\n", "file-too-long", 8, "token 16", "7"),
    "no sites": ("holmberg", "0 3\n", "out-of-range", 1, "token 1", "0"),
    "empty": ("holmberg", "", "file-too-short", None, "token 0", ""),
    "too many pairs": ("holmberg", "5000 5000\n", "too-large", None, "token 1", "5000 x 5000"),
    "too dear": ("holmberg", "1 1\n1 1\n1\n9e15\n", "out-of-range", None, "", "9e+15"),
    "capacity left open": ("orlib", PAPER["orlib:10"], "capacity-left-open", 2, "token 3", "capacity"),
    "capacity not open": ("orlib:10", PAPER["orlib"], "capacity-not-open", None, "", "10"),
    "no such format": ("holmbreg", PAPER["holmberg"], "unknown-format", None, "", ""),
    "option where none is": ("holmberg:3", PAPER["holmberg"], "unknown-format", None, "", ""),
    "a word as long as a line": ("holmberg", "2 3 " + "1" * 70, "not-a-number", 1, "token 3", "1" * 20),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_faults_are_found_where_they_stand(tmp_path, fault):
    form, text, code, row, column, value = FAULTS[fault]
    instance, findings = check_published(written(tmp_path, text), form)
    assert instance is None
    assert [(one.code, one.row, one.column, one.value) for one in findings if one.severity.value == "error"] == [(code, row, column, value)]
    assert all(one.file == "paper.txt" for one in findings)


def test_many_faults_of_a_kind_are_counted(tmp_path):
    _, findings = check_published(written(tmp_path, "2 3\n10 5\n8 3\n4 5 6\n" + "x " * 6), "holmberg")
    assert [one.column for one in findings if one.column] == ["token 10", "token 11", "token 12", "token 13", "token 14"]
    assert sum("1 more of the same" in one.message for one in findings) == 1


def test_what_no_plan_could_keep_is_told(tmp_path):
    _, findings = check_published(written(tmp_path, "1 2\n3 5\n4 1\n1 2\n"), "holmberg")
    assert {one.code for one in findings} == {"published-file", "capacity-short", "demand-above-capacity"}


def test_missing_and_broken_files_and_files_without_a_format(tmp_path):
    (tmp_path / "bad.gz").write_bytes(gzip.compress(b"1 1")[:12])
    assert [one.code for one in check_published(tmp_path / "none", "holmberg")[1]] == ["missing-file"]
    assert [one.code for one in check_published(tmp_path / "bad.gz", "holmberg")[1]] == ["unreadable-file"]
    assert [one.code for one in check_published(tmp_path, "holmberg")[1]] == ["unreadable-file"]
    instance, findings = check(written(tmp_path, PAPER["holmberg"]))
    assert instance is None
    assert [(one.code, one.allowed) for one in findings] == [("format-not-named", known_formats())]


REAL = [
    ("sscflp_holmberg", "holmberg", "{}", ("p1", "p2", "p3", "p13", "p41")),
    ("sscflp_diaz_fernandez", "diaz-fernandez", "{}", ("p1", "p2", "p3")),
    ("orlib_cap", "orlib", "{}.txt", ("cap61", "cap71", "cap101")),
    ("coursera_fl", "coursera", "{}.txt", ("fl_3_1", "fl_25_2", "fl_50_6")),
]


@pytest.mark.skipif(not SETS.is_dir(), reason=f"the published sets are not at {SETS}; CONSORTIA_SHARED names the folder above benchmarks")
@pytest.mark.parametrize(("folder", "form", "file", "name"), [(folder, form, file, name) for folder, form, file, names in REAL for name in names])
def test_published_optima_are_found_and_proven(folder, form, file, name):
    with (SETS / folder / "best_known.csv").open(encoding="utf-8", newline="") as stream:
        known = {row["instance"]: Decimal(row["best_known"]) for row in csv.DictReader(stream)}
    instance = read(str(SETS / folder / file.format(name)), form)
    run = solve(instance, "highs", time_limit=120)
    unit = published_unit(instance.settings)
    cost = unit.amount(run.cost)
    assert run.stop is Stop.PROVED
    if unit.rounded:
        # Half a unit for each customer's distance, and what was published is rounded as well.
        assert abs(cost - known[name]) <= (len(run.plan.assignments) + 1) * Decimal("0.5") / unit.money_scale
    else:
        # As many digits as were published.
        assert cost.quantize(known[name]) == known[name]


@pytest.mark.skipif(not SETS.is_dir(), reason=f"the published sets are not at {SETS}; CONSORTIA_SHARED names the folder above benchmarks")
def test_a_large_file_is_read_and_a_plan_of_it_audited_to_the_last_digit():
    """300 sites and customers, costs for each unit of demand: everybody at the site cheapest for it, whatever the capacity."""
    path = SETS / "tbed1" / "i300_16.plc.gz"
    numbers = [Decimal(word.decode()) for word in gzip.decompress(path.read_bytes()).split()][2:]
    demand, capacity, fixed, unit_cost = numbers[:300], numbers[300:600], numbers[600:900], numbers[900:]
    best = [
        min((unit_cost[site * 300 + customer] * demand[customer], site) for site in range(300) if capacity[site] >= demand[customer]) for customer in range(300)
    ]
    used = sorted({site for _, site in best})
    instance = read(str(path), "tbed1")
    clusters = tuple(Cluster(f"site-{site + 1:03d}", "site", "", (), {"supply": "as-published"}) for site in used)
    plan = Plan(clusters, tuple(Assignment(f"customer-{at + 1:03d}", "supply", f"site-{site + 1:03d}") for at, (_, site) in enumerate(best)))
    found = audit(instance, plan)
    assert published_unit(instance.settings).amount(found.cost) == sum(cost for cost, _ in best) + sum(fixed[site] for site in used)
    assert {breach.rule for breach in found.breaches} <= {"capacity"}


def test_more_pairs_than_an_instance_has_may_be_read_as_bare_numbers(tmp_path):
    path = written(tmp_path, PAPER["holmberg"])
    problem, findings = read_problem(path, "holmberg", most_pairs=1)
    assert problem is None
    assert [one.code for one in findings] == ["too-large"]
    problem, _ = read_problem(path, "holmberg")
    assert problem is not None
    assert problem.cost.shape == (problem.capacity.size, problem.demand.size)

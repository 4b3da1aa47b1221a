"""The engine from the outside: what it proves, that it stops, and that its certificate is held to."""

import importlib
import json
import subprocess
import sys
import threading
from pathlib import Path

import pytest

import instances
from instances.generate import Recipe, generate
from models.audit import audit
from models.instance import RuleSetting
from models.rules import active_rules
from models.tables import read_instance
from report.auditing import audit_lines
from solver import engine
from solver.checking import audit_stored
from solver.engine.certificate_file import proven_by
from solver.engine.relaxation import left_out
from solver.judgement import Stop
from solver.pursuit import order_for
from solver.run_folder import CERTIFICATE_FILE, read_plan, write_run
from solver.solve import solve

TINY_OPTIMUM = 4_868_800
ROOT = Path(__file__).resolve().parents[2]
PURSUIT = importlib.import_module("solver.pursuit")
ENGINE_RUN = importlib.import_module("solver.engine.run")


@pytest.fixture(scope="module")
def tiny():
    return read_instance(instances.path("tiny"))


@pytest.fixture(scope="module")
def middling():
    return generate(Recipe(bodies=60, centres=12, services=4, seed=5))


@pytest.fixture(scope="module")
def stored(tiny, tmp_path_factory):
    folder = tmp_path_factory.mktemp("runs") / "tiny"
    write_run(solve(tiny, engine.NAME), tiny, folder)
    return folder


def test_a_back_end_proves_what_the_engine_leaves_open(tiny):
    run = solve(tiny, engine.NAME)
    assert (run.stop, run.cost, run.bound) == (Stop.PROVED, TINY_OPTIMUM, TINY_OPTIMUM)
    assert run.provenance["solver"] == engine.NAME
    assert run.provenance["back_end"]
    assert run.certificate is not None
    assert run.certificate["bound"] == run.provenance["engine_bound"] <= TINY_OPTIMUM


def test_within_a_wide_enough_gap_no_back_end_is_needed(middling):
    run = solve(middling, engine.NAME, gap=0.05, time_limit=60)
    assert run.stop is Stop.PROVED
    assert "back_end" not in run.provenance
    assert run.certificate is not None
    assert proven_by(middling, run.certificate) == run.bound
    assert run.cost - run.bound <= 0.05 * run.cost
    assert audit(middling, run.plan).cost == run.cost


def test_costs_fall_and_bounds_rise_as_told(middling):
    heard = []
    run = solve(middling, engine.NAME, gap=0.01, time_limit=20, on_event=heard.append)
    costs = [event.cost for event in heard if event.cost is not None]
    bounds = [event.bound for event in heard if event.bound is not None]
    assert costs == sorted(costs, reverse=True)
    assert bounds == sorted(bounds)
    assert run.cost <= costs[0]
    assert bounds[-1] <= run.cost


def test_the_same_seed_gives_the_same_plan_and_bound(middling):
    runs = [solve(middling, engine.NAME, gap=0.03, seed=3) for _ in range(2)]
    assert runs[0].plan == runs[1].plan
    assert runs[0].certificate == runs[1].certificate


def test_asked_to_stop_it_keeps_what_it_has(middling, monkeypatch):
    cancel = threading.Event()
    run = solve(middling, engine.NAME, cancel=cancel, on_event=lambda event: cancel.set() if event.source == "bound" else None)
    assert run.stop is Stop.CANCELLED
    assert run.plan is not None
    assert run.bound is not None
    assert run.bound <= run.cost


def test_auto_uses_it_from_some_size_on(tiny, monkeypatch):
    assert solve(tiny, "auto").certificate is None
    monkeypatch.setattr(PURSUIT, "WORTH_A_BOUND", 1)
    run = solve(tiny, "auto")
    assert run.certificate is not None
    assert run.cost == TINY_OPTIMUM


def test_without_its_compiler_auto_does_without_it(monkeypatch):
    monkeypatch.setattr(engine.importlib.util, "find_spec", lambda _name: None)
    assert "pip install" in engine.trouble()
    assert order_for("auto", 10.0, 0.0, 0) is None
    assert order_for("highs", 10.0, 0.0, 0) is None


def test_the_audit_repeats_the_sum(tiny, stored):
    found = audit_stored(tiny, read_plan(stored), stored)
    assert found["audit"] == "ok"
    assert found["certified_bound"] == json.loads((stored / CERTIFICATE_FILE).read_text())["bound"]
    assert 0 <= found["certified_gap"] < 0.01


def test_rules_that_the_bound_leaves_out_are_named(tiny, stored):
    asked = tiny.replace(rules=(RuleSetting("provider-limit", {"maximum": 2}, 100), RuleSetting("nearest-centres", {"count": 1}), RuleSetting("tender")))
    # Which centres are nearest acts through what is eligible, and that the bound knows.
    assert left_out(active_rules(asked)) == ("provider-limit", "tender")
    found = audit_stored(tiny, read_plan(stored), stored)
    assert found["bound_without"] == json.loads((stored / "run.json").read_text())["provenance"]["bound_without"] == []
    assert "leaves out tender" in " ".join(audit_lines(found | {"bound_without": ["tender"]}))


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda certificate: certificate.update(bound=certificate["bound"] + 1), "claims that no plan costs less"),
        (lambda certificate: certificate["unit_prices"][0].__setitem__(2, 0), "the prices prove"),
        (lambda certificate: certificate.update(digest="0" * 16), "made for instance"),
        (lambda certificate: certificate["rooms"][0].update(centre="nowhere"), "cannot be read"),
        (None, "is missing"),
    ],
)
def test_a_tampered_certificate_is_refused(tiny, stored, tmp_path, change, words):
    folder = tmp_path / "run"
    folder.mkdir()
    for file in stored.iterdir():
        (folder / file.name).write_bytes(file.read_bytes())
    if change is None:
        (folder / CERTIFICATE_FILE).unlink()
    else:
        certificate = json.loads((folder / CERTIFICATE_FILE).read_text())
        change(certificate)
        (folder / CERTIFICATE_FILE).write_text(json.dumps(certificate))
    ran = subprocess.run([sys.executable, "-m", "cli", "audit", str(folder)], cwd=ROOT, capture_output=True, text=True, check=False)
    assert ran.returncode == 70
    assert words in ran.stdout


def test_auditing_a_certificate_needs_no_compiler(stored):
    script = f"import sys; sys.modules['numba'] = None; import cli; sys.argv = ['consortia', 'audit', {str(stored)!r}]; cli.main()"
    ran = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stderr
    assert "certificate: no plan costs less than" in ran.stdout

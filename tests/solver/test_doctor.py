"""The doctor tells a back end that is slow from one that is wrong, and names the canary."""

import importlib

import pytest

from solver.backends.canaries import Verdict, canaries, run_canaries
from solver.backends.contracts import BackendInfo, Outcome, Probe
from solver.doctor import diagnosis

CANARIES = importlib.import_module("solver.backends.canaries")
DOCTOR = importlib.import_module("solver.doctor")


def right():
    return [Outcome("infeasible") if one.expected is None else Outcome("proved", cost=one.expected) for one in canaries()]


@pytest.fixture
def answers(monkeypatch):
    def give(changed):
        outcomes = right()
        outcomes[0] = changed
        monkeypatch.setattr(CANARIES, "run_many", lambda *_: outcomes)

    one = BackendInfo("highs", "HiGHS", "highspy", "highspy", "MIT", True, frozenset())
    monkeypatch.setattr(DOCTOR, "backends", lambda: (one,))
    monkeypatch.setattr(DOCTOR, "probe", lambda _: Probe(True, "1.15.1", True, ""))
    return give


def told_of_highs():
    found = diagnosis()
    # The engine stands first: it has no canaries.
    assert (found.iloc[0]["solver"], found.iloc[0]["canaries"]) == ("consortia", "-")
    return found[found["solver"] == "highs"].iloc[0]


@pytest.mark.parametrize(
    ("outcome", "verdict", "note"),
    [
        (Outcome("proved", cost=20), Verdict.OK, ""),
        (Outcome("proved", cost=99999), Verdict.WRONG, "open a site or pay 99999: expected 20, got 99999"),
        (Outcome("infeasible"), Verdict.WRONG, "open a site or pay 99999: expected 20, got no plan"),
        (Outcome("failed", message="It crashed."), Verdict.WRONG, "open a site or pay 99999: expected 20, got failed: It crashed."),
        (
            Outcome("limit", message="Out of time."),
            Verdict.SLOW,
            "open a site or pay 99999: expected 20, got limit: Out of time.",
        ),
    ],
)
def test_slow_is_told_from_wrong_and_the_canary_is_named(answers, outcome, verdict, note):
    answers(outcome)
    assert run_canaries("highs")[0].verdict is verdict
    row = told_of_highs()
    assert (row["canaries"], row["note"]) == (verdict, note)


def test_one_wrong_answer_outweighs_a_slow_one(answers, monkeypatch):
    outcomes = [Outcome("limit"), Outcome("proved", cost=1), *right()[2:]]
    monkeypatch.setattr(CANARIES, "run_many", lambda *_: outcomes)
    assert told_of_highs()["canaries"] == "WRONG"

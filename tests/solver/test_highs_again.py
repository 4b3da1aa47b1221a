"""HiGHS that ends with a solve error is run again without presolve. In a process of its own, which highspy must not share with other solvers."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from solver.backends import registry

SCRIPT = """
import json, sys
from pathlib import Path
import highspy
from solver.backends import highs
from solver.backends.canaries import program_of
from solver.backends.contracts import Job, Options

runs = []

class Erring(highspy.Highs):
    '''Ends with a solve error as long as presolve is on.'''

    def run(self):
        runs.append(self.getOptionValue("presolve")[1])
        return super().run()

    def getModelStatus(self):
        return super().getModelStatus() if runs[-1] == "off" else highspy.HighsModelStatus.kSolveError

class Listener:
    best = None

    def incumbent(self, values, source=""):
        self.best = [round(value) for value in values]

    def bound(self, value, source=""):
        pass

    def remaining(self):
        return 20.0

    def on_stop(self, interrupt):
        # Asked to stop while the first run works, where the test wants it.
        self.stop_from_now_on = sys.argv[1] == "stopped"

    @property
    def stopping(self):
        return bool(runs) and self.stop_from_now_on

highspy.Highs = Erring
listener = Listener()
job = Job(program_of([3, 2], [([1, 1], 1, 1)], constant=10), Options(time_limit=20.0), None, Path())
result = highs.run(job, listener)
print(json.dumps({"runs": runs, "status": result.status, "bound": result.bound, "best": listener.best, "effective": dict(result.effective)}), file=sys.stderr)
"""


def ran(how: str) -> dict[str, object]:
    trouble = registry.trouble("highs")
    if trouble:
        pytest.skip(trouble)
    root = Path(__file__).resolve().parents[2]
    done = subprocess.run([sys.executable, "-c", SCRIPT, how], cwd=root, capture_output=True, text=True, check=True, timeout=60)
    found: dict[str, object] = json.loads(done.stderr.splitlines()[-1])
    return found


def test_a_solve_error_is_solved_again_without_presolve():
    found = ran("alone")
    assert found["runs"] == ["choose", "off"]
    assert (found["status"], found["bound"], found["best"]) == ("optimal", 12, [0, 1])
    assert found["effective"]["presolve"] == "off"


def test_asked_to_stop_it_is_not_solved_again():
    found = ran("stopped")
    assert (found["runs"], found["status"]) == (["choose"], "failed")

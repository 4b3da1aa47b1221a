"""The contender a user would write first: the same answer, by the weaker program, with nothing to start from."""

from instances import path
from models.formulation import Strength, formulate
from models.tables import read_instance
from solver.judgement import Stop
from solver.solve import solve


def test_it_proves_the_same_cost_by_the_aggregated_program_and_starts_from_nothing():
    tiny = read_instance(path("tiny"))
    run = solve(tiny, "textbook", time_limit=60)
    told = run.provenance
    assert run.stop is Stop.PROVED
    assert run.audit.ok
    assert run.cost == solve(tiny, "cbc").cost
    assert (told["solver"], told["back_end"], told["options"]["construct"]) == ("textbook", "cbc", False)
    assert told["construct_cost"] is None
    assert told["rows"] == formulate(tiny, strength=Strength.AGGREGATED).program.rows < formulate(tiny).program.rows
    assert told["effective_options"]["integerTolerance"] == "1e-6"

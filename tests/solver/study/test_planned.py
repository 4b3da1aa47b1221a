"""What is planned, and what makes two runs the same."""

import pytest

from solver.study.planned import Contender, Limits, Source, Study, StudyError, planned_runs
from tests.solver.study.made import planned, subject


def test_every_instance_meets_every_contender_with_every_seed():
    study = Study((Source("one"), Source("two")), (Contender("cbc"), Contender("highs", {"presolve": "off"})), (0, 1))
    runs = planned_runs(study, [subject("one"), subject("two")])
    assert len({run.key for run in runs}) == 8
    assert [(run.seed, run.subject.name, run.contender.name) for run in runs[:3]] == [(0, "one", "cbc"), (0, "one", "highs presolve=off"), (0, "two", "cbc")]


def test_a_key_is_of_what_is_run_and_not_of_what_it_is_called():
    key = planned().key
    assert planned(limits=Limits(10)).key == key
    others = [
        planned("two"),
        planned(solver="cbc"),
        planned(seed=1),
        planned(presolve="off"),
        *(planned(limits=limits) for limits in (Limits(), Limits(11.0), Limits(10.0, 0.01), Limits(10.0, threads=2), Limits(10.0, construct=False))),
    ]
    assert len({key, *(other.key for other in others)}) == len(others) + 1


@pytest.mark.parametrize(
    ("contenders", "names", "said"),
    [
        ((Contender("cbc"), Contender("cbc")), ["one"], "label"),
        ((Contender("cbc"), Contender("cbc", label="again")), ["one"], "same run"),
        ((Contender("cbc"),), ["one", "one"], "same run"),
    ],
)
def test_nothing_is_planned_twice(contenders, names, said):
    with pytest.raises(StudyError, match=said):
        planned_runs(Study((), contenders), [subject(name) for name in names])

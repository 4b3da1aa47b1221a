"""Contenders face to face."""

from solver.study.duels import duels
from solver.study.summary import tabulated
from tests.solver.study.made import record, timed_out


def test_a_duel_counts_who_is_ahead_and_what_neither_solved():
    runs = [
        record("one", "a", seconds=1.0), record("one", "b", seconds=2.0),
        timed_out("two", "a"), record("two", "b", seconds=9.0),
        timed_out("three", "a"), timed_out("three", "b"),
        record("four", "a", seconds=3.0), record("four", "b", seconds=3.0),
    ]  # fmt: skip
    (duel,) = duels(tabulated(runs))
    assert (duel.first, duel.second, duel.first_ahead, duel.second_ahead, duel.neither) == ("a", "b", 1, 1, 1)
    assert [(one.first_s, one.second_s) for one in duel.meetings] == [(1.0, 2.0), (None, 9.0), (None, None), (3.0, 3.0)]


def test_a_failure_is_not_solved():
    (duel,) = duels(tabulated([record(contender="a", stop="failed"), record(contender="b")]))
    assert (duel.first_ahead, duel.second_ahead) == (0, 1)


def test_all_pairs_of_six_and_the_best_against_each_of_more():
    def runs(count):
        return [record(contender=f"c{number}", seconds=10.0 - number) for number in range(count)]

    assert len(duels(tabulated(runs(6)))) == 15
    many = duels(tabulated(runs(7)))
    assert [one.first for one in many] == ["c6"] * 6
    assert [one.second for one in many] == [f"c{number}" for number in range(6)]


def test_no_duel_without_anything_solved_or_anybody_to_meet():
    assert duels(tabulated([timed_out(contender="a"), timed_out(contender="b")])) == []
    assert duels(tabulated([record()])) == []

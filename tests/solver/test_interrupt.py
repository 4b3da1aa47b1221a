"""Signals while solving: what the first and the second one do, and what the screen says meanwhile."""

import signal

import pytest

from solver.backends.contracts import Event
from solver.interrupt import Interrupt
from solver.preparing import Phase
from solver.progress import Progress

SIGNALS = [signal.SIGINT, signal.SIGTERM, signal.SIGHUP]


@pytest.fixture(autouse=True)
def hang_up_counts():
    """Tests may themselves be run where a hang-up is ignored, as under nohup."""
    earlier = signal.signal(signal.SIGHUP, signal.SIG_DFL)
    yield
    signal.signal(signal.SIGHUP, earlier)


@pytest.mark.parametrize("number", SIGNALS)
def test_the_first_signal_asks_and_the_second_leaves(number, capfd):
    with Interrupt() as interrupt:
        signal.raise_signal(number)
        assert interrupt.cancel.is_set()
        assert "the best plan so far is kept" in capfd.readouterr().err
        with pytest.raises(KeyboardInterrupt):
            signal.raise_signal(number)


@pytest.mark.parametrize("number", SIGNALS)
def test_with_nothing_to_keep_the_first_signal_leaves(number):
    with Interrupt(keeping=False), pytest.raises(KeyboardInterrupt):
        signal.raise_signal(number)


def test_an_interrupt_that_an_import_swallowed_is_raised_before_there_is_something_to_keep():
    with Interrupt(keeping=False) as interrupt:
        with pytest.raises(KeyboardInterrupt):
            signal.raise_signal(signal.SIGINT)
        with pytest.raises(KeyboardInterrupt):
            interrupt.keep()
    with Interrupt(keeping=False) as interrupt:
        interrupt.keep()
        signal.raise_signal(signal.SIGINT)
        assert interrupt.cancel.is_set()


def test_a_hang_up_that_is_ignored_stays_ignored():
    earlier = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        with Interrupt() as interrupt:
            signal.raise_signal(signal.SIGHUP)
            assert not interrupt.cancel.is_set()
    finally:
        signal.signal(signal.SIGHUP, earlier)


def test_progress_names_the_phase_while_there_is_no_event(capsys):
    progress = Progress(quiet=False)
    said = []
    for phase in Phase:
        progress.phase(phase)
        progress.line(" ")
        said.append(capsys.readouterr().err.split("s  ", 1)[1].strip())
    assert said == ["reading", "building", "constructing", "bounding", "solving  no plan yet  no bound yet"]
    progress.event(Event(1.0, 200, 150.0, "x"))
    assert "solving" not in capsys.readouterr().err

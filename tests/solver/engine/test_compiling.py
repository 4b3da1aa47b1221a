"""Where compiled code is kept: somewhere, whatever cannot be written, by nobody else, and never what was compiled from other sources."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

pytest.importorskip("numba")

from solver.engine import compiling

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture
def nowhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Have neither the source's folder nor the user's cache writable, as a file stands where a folder should; return the temporary folder there is."""
    file, temporary = tmp_path / "file", tmp_path / "temporary"
    file.touch()
    temporary.mkdir()
    monkeypatch.setattr(compiling, "_ENGINE", file)
    monkeypatch.setenv("XDG_CACHE_HOME", str(file))
    monkeypatch.delenv("NUMBA_CACHE_DIR", raising=False)
    monkeypatch.setattr(compiling.tempfile, "tempdir", str(temporary))
    return temporary


def test_the_temporary_folder_is_the_last_resort_and_the_same_each_time(nowhere: Path) -> None:
    place = Path(compiling.place_for("some"))
    assert place.parent.parent == nowhere
    assert place.parent.stat().st_mode & 0o777 == 0o700
    assert compiling.place_for("some") == str(place)


def test_a_folder_that_others_may_write_to_is_not_used(nowhere: Path) -> None:
    Path(compiling.place_for("some")).parent.chmod(0o777)
    assert compiling.place_for("some") == ""


def test_no_place_at_all_is_no_reason_to_fail(nowhere: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(compiling.tempfile, "tempdir", str(nowhere / "gone"))
    assert compiling.place_for("some") == ""
    monkeypatch.setattr(compiling.config, "CACHE_DIR", "")

    @compiling.njit(cache=True, nogil=True)
    def doubled(number: int) -> int:
        return 2 * number

    assert doubled(21) == 42


def test_a_place_asked_for_comes_first_and_is_passed_over_when_it_cannot_be_written(nowhere: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = nowhere / "asked"
    monkeypatch.setenv("NUMBA_CACHE_DIR", str(asked))
    assert Path(compiling.place_for("some")).parent == asked
    asked.rename(nowhere / "away")
    asked.touch()
    assert Path(compiling.place_for("some")).parent != asked


@pytest.mark.parametrize(("name", "matters"), [("single_source/knapsack.py", True), ("single_source/problem.py", True), ("run.py", False)])
def test_other_sources_are_compiled_afresh(name: str, matters: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Numba looks at the file of the function alone, and not at what it calls or takes constants from in others."""
    shutil.copytree(compiling._ENGINE, tmp_path / "engine")
    monkeypatch.setattr(compiling, "_ENGINE", tmp_path / "engine")
    before = compiling.sources()
    with (tmp_path / "engine" / name).open("a") as file:
        file.write("\n")
    assert (compiling.sources() != before) == matters


def test_installed_where_nothing_can_be_written_the_engine_still_loads(tmp_path: Path) -> None:
    for package in ("solver", "models"):
        shutil.copytree(ROOT / package, tmp_path / package, ignore=shutil.ignore_patterns("__pycache__"))
    for folder in ("engine", "engine/single_source"):
        (tmp_path / "solver" / folder / "__pycache__").touch()
    script = "import solver.engine.run, numba; print(solver.__file__, numba.config.CACHE_DIR)"
    environment = {"PATH": os.environ["PATH"], "HOME": os.devnull, "TMPDIR": str(tmp_path), "PYTHONPATH": str(tmp_path)}
    ran = subprocess.run([sys.executable, "-c", script], cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stderr
    file, kept = ran.stdout.split()
    assert Path(file).is_relative_to(tmp_path)
    assert Path(kept).parent.parent == tmp_path


_ALL_COMPILED = """
import gc
from numba.core.registry import CPUDispatcher
from instances.generate import Recipe, generate
from models.formulation import eligible
from models.rules import active_rules
from solver.engine.run import run_engine, start_engine
from solver.engine.single_source.structure import structure_of
from tests.solver.engine.drawn import published

def compiled():
    return {one.py_func.__qualname__ + str(signature) for one in gc.get_objects() if isinstance(one, CPUDispatcher) for signature in one.signatures}

for instance in (generate(Recipe(bodies=8, centres=3, services=2, seed=1)), published(1)):
    active = tuple(active_rules(instance))
    offered = eligible(instance, active)
    engine = start_engine(instance, offered, active, structure_of(offered, active), seconds=None, gap=0.0, seed=0, told=lambda _event: None)
    before = compiled()
    run_engine(engine)
    print(sorted(compiled() - before))
"""


def test_nothing_is_left_to_compile_when_the_clock_begins_to_run() -> None:
    # In a process of its own, as others have compiled all there is. What is left is also loaded under the limit of memory, where LLVM aborts.
    ran = subprocess.run([sys.executable, "-c", _ALL_COMPILED], cwd=ROOT, capture_output=True, text=True, check=True, timeout=280)
    assert ran.stdout.splitlines() == ["[]", "[]"], ran.stdout

"""Where the instances of a study are kept while it is being run."""

import signal
import subprocess
import sys
import tempfile
from pathlib import Path

from solver.study.contents import contents

HOLDS = (
    "import time\nfrom solver.study.contents import contents\n"
    "with contents() as kept:\n kept.keep('digest', 'instance')\n print(kept.path('digest'), flush=True)\n time.sleep(60)\n"
)


def test_what_a_killed_study_left_goes_at_the_next_start_and_what_is_in_use_stays(tmp_path, monkeypatch):
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr(tempfile, "tempdir", None)
    with subprocess.Popen([sys.executable, "-c", HOLDS], stdout=subprocess.PIPE, text=True) as other:
        assert other.stdout is not None
        left = Path(other.stdout.readline().strip())
        with contents() as kept:
            kept.keep("digest", "ours")
            assert left.is_file()
            other.send_signal(signal.SIGKILL)
            other.wait()
            with contents():
                assert not left.parent.exists()
                assert kept.path("digest")
    assert list(tmp_path.iterdir()) == []


def test_something_else_by_that_name_is_left_alone(tmp_path, monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    (tmp_path / "consortia-study-file").touch()
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "consortia-study-link").symlink_to(tmp_path / "elsewhere")
    with contents():
        pass
    assert {one.name for one in tmp_path.iterdir()} == {"consortia-study-file", "consortia-study-link", "elsewhere"}

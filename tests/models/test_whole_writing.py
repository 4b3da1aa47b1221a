"""What is written is whole or absent, and takes the place of nothing but an earlier writing of its kind."""

from __future__ import annotations

import errno
import os
import stat
from pathlib import Path

import pytest

from models.whole_writing import whole_files, whole_folder

NAMES = ("marker.txt", "other.txt")


def write_file(path: Path, *, force: bool = False, text: str = "new") -> None:
    with whole_files([path], force=force) as (scratch,):
        scratch.write_text(text)


def write_folder(path: Path, *, force: bool = False, names: tuple[str, ...] = ("marker.txt",)) -> None:
    with whole_folder(path, NAMES, marker="marker.txt", force=force) as scratch:
        for name in names:
            (scratch / name).write_text("new")


def contents(folder: Path) -> dict[str, str]:
    return {one.name: one.read_text() for one in folder.iterdir()}


def test_a_file_is_written_once_and_again_only_when_forced(tmp_path: Path):
    file = tmp_path / "deeper" / "file"
    write_file(file, text="old")
    with pytest.raises(FileExistsError, match="--force replaces it"):
        write_file(file)
    assert file.read_text() == "old"
    write_file(file, force=True)
    assert contents(file.parent) == {"file": "new"}


def test_a_pipe_and_a_folder_are_never_replaced(tmp_path: Path):
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    link = tmp_path / "link"
    link.symlink_to(pipe)
    (tmp_path / "folder").mkdir()
    for path in (pipe, link, tmp_path / "folder"):
        with pytest.raises(FileExistsError, match="even with --force"):
            write_file(path, force=True)
        with pytest.raises(FileExistsError, match="even with --force"):
            write_file(path)
    for path in (pipe, link):
        with pytest.raises(FileExistsError, match="even with --force"):
            write_folder(path, force=True)
    assert stat.S_ISFIFO(pipe.stat().st_mode)
    assert link.is_symlink()
    assert {one.name for one in tmp_path.iterdir()} == {"pipe", "link", "folder"}


def test_a_link_is_kept_and_its_target_written(tmp_path: Path):
    (tmp_path / "elsewhere").mkdir()
    target = tmp_path / "elsewhere" / "file"
    target.write_text("old")
    link = tmp_path / "link"
    link.symlink_to(target)
    with pytest.raises(FileExistsError):
        write_file(link)
    write_file(link, force=True)
    assert link.is_symlink()
    assert target.read_text() == "new"
    folder_link = tmp_path / "folder"
    folder_link.symlink_to(tmp_path / "run", target_is_directory=True)
    with pytest.raises(FileExistsError, match="points at nothing"):
        write_folder(folder_link, force=True)
    write_folder(tmp_path / "run")
    write_folder(folder_link, force=True, names=NAMES)
    assert folder_link.is_symlink()
    assert set(contents(tmp_path / "run")) == set(NAMES)


def test_two_files_are_written_together_or_not_at_all(tmp_path: Path):
    os.mkfifo(tmp_path / "second")
    with pytest.raises(FileExistsError), whole_files([tmp_path / "first", tmp_path / "second"], force=True):
        pytest.fail("nothing may be written when one of the places cannot be")

    def half_written() -> None:
        with whole_files([tmp_path / "first", tmp_path / "third"], force=True) as (first, _):
            first.write_text("new")
            raise RuntimeError

    with pytest.raises(RuntimeError):
        half_written()
    assert [one.name for one in tmp_path.iterdir()] == ["second"]


def test_a_folder_of_its_own_kind_is_replaced_and_no_other(tmp_path: Path):
    own = tmp_path / "own"
    write_folder(own, names=NAMES)
    with pytest.raises(FileExistsError, match="--force replaces it"):
        write_folder(own)
    write_folder(own, force=True)
    assert contents(own) == {"marker.txt": "new"}
    foreign = {"letter.txt": "holds other files", "other.txt": "lacks marker.txt"}
    for name, words in foreign.items():
        folder = tmp_path / name.split(".")[0]
        folder.mkdir()
        (folder / name).write_text("mine")
        with pytest.raises(FileExistsError, match=words):
            write_folder(folder, force=True)
        assert contents(folder) == {name: "mine"}
    (own / "letter.txt").write_text("mine")
    with pytest.raises(FileExistsError, match=r"letter\.txt"):
        write_folder(own, force=True)
    (own / "letter.txt").rename(tmp_path / "letter.txt")
    (own / "other.txt").symlink_to(tmp_path / "letter.txt")
    with pytest.raises(FileExistsError, match="not a regular file"):
        write_folder(own, force=True)
    assert (own / "other.txt").is_symlink()


def test_the_folder_one_stands_in_stays_the_same_folder(tmp_path: Path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    before = tmp_path.stat().st_ino
    write_folder(Path())
    write_folder(Path(), force=True, names=NAMES)
    assert tmp_path.stat().st_ino == before
    assert set(contents(tmp_path)) == set(NAMES)


def test_a_failed_exchange_leaves_the_old_folder(tmp_path: Path, monkeypatch):
    write_folder(tmp_path / "own", names=NAMES)
    before = contents(tmp_path / "own")
    rename, calls = Path.rename, []

    def failing(self, target):
        calls.append(target)
        if len(calls) == 3:
            raise OSError(errno.EIO, "disk gone")
        return rename(self, target)

    monkeypatch.setattr(Path, "rename", failing)
    with pytest.raises(OSError, match="disk gone"), whole_folder(tmp_path / "own", NAMES, marker="marker.txt", force=True) as scratch:
        (scratch / "marker.txt").write_text("newer")
    assert contents(tmp_path / "own") == before
    assert [one.name for one in tmp_path.iterdir()] == ["own"]


@pytest.mark.parametrize("writer", [write_file, write_folder])
def test_a_place_below_a_file_is_none(tmp_path: Path, writer):
    (tmp_path / "file").write_text("mine")
    with pytest.raises(NotADirectoryError, match="file"):
        writer(tmp_path / "file" / "deeper" / "place")


def test_a_full_disk_names_the_place(tmp_path: Path):
    full = OSError(errno.ENOSPC, "No space left on device")
    for writer in (whole_files([tmp_path / "place"], force=False), whole_folder(tmp_path / "place", NAMES, marker="marker.txt", force=False)):
        with pytest.raises(OSError, match="No space left") as raised, writer:
            raise full
        assert raised.value.filename == str(tmp_path / "place")
    assert not list(tmp_path.iterdir())

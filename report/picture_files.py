"""Pictures of a study as files: each as SVG and PNG, and the numbers they show beside them."""

from __future__ import annotations

import importlib.util
import json
from typing import TYPE_CHECKING

from models.whole_writing import refuse_folder, whole_folder
from report.study_pictures import STYLE, pictures
from solver.study.planned import StudyError

if TYPE_CHECKING:
    from pathlib import Path

    from report.study_pictures import Picture
    from report.study_series import Series

NUMBERS_FILE = "pictures.json"
_ENDINGS = (".svg", ".png")
_STEMS = ("performance-profile", "solved-over-time", "gap-over-time", "primal-integral", "face-to-face-")
_ZOOM = 2.0
"""PNG pixels a unit of the drawing: sharp in print at half a page's width."""
_FONT = "Source Sans Pro"


def refuse_pictures(folder: Path, *, force: bool) -> None:
    """Find out before long work whether pictures can be written to ``folder`` after it.

    Raises
    ------
    StudyError
        When what draws PNG is not installed.
    FileExistsError
        When the folder holds something and ``force`` is not given, or something that is no picture.
    """
    if any(importlib.util.find_spec(name) is None for name in ("resvg_py", "font_source_sans_pro")):
        raise StudyError("--pictures needs resvg-py and a font for PNG: pip install 'consortia[pictures]'")
    refuse_folder(folder, _names(folder), marker=NUMBERS_FILE, force=force)


def write_pictures(series: Series, folder: Path, *, force: bool = False) -> None:
    """Write every picture of ``series`` to ``folder``, whole or not at all; earlier pictures there are replaced with ``force``.

    Raises
    ------
    StudyError
        When what draws PNG is not installed.
    FileExistsError
        As :func:`refuse_pictures` says.
    OSError
        When the folder cannot be written.
    """
    refuse_pictures(folder, force=force)
    with whole_folder(folder, _names(folder), marker=NUMBERS_FILE, force=force) as scratch:
        (scratch / NUMBERS_FILE).write_text(json.dumps(series.as_dict(), indent=1, allow_nan=False) + "\n", encoding="utf-8")
        for picture in pictures(series):
            drawn = standalone(picture)
            (scratch / f"{picture.name}.svg").write_text(drawn, encoding="utf-8")
            (scratch / f"{picture.name}.png").write_bytes(_png(drawn))


def standalone(picture: Picture) -> str:
    """Return a picture as an SVG document that needs no page around it."""
    opening, inside = str(picture.drawing).split(">", 1)
    head = opening.replace('<svg class="chart"', f'<svg xmlns="http://www.w3.org/2000/svg" font-family="{_FONT}, Arial, sans-serif"', 1)
    return f'{head}>\n<style>{STYLE}</style>\n<rect width="100%" height="100%" fill="#fff"/>\n{inside}\n'


def _png(drawn: str) -> bytes:
    from importlib.resources import as_file, files

    import resvg_py

    with as_file(files("font_source_sans_pro") / "files") as fonts:
        faces = [str(fonts / f"SourceSansPro-{face}.ttf") for face in ("Regular", "Semibold")]
        return bytes(resvg_py.svg_to_bytes(svg_string=drawn, zoom=_ZOOM, font_files=faces))


def _names(folder: Path) -> set[str]:
    """Return what a folder of pictures may hold; how many duels an earlier one has is not known beforehand."""
    held = {one.name for one in folder.iterdir()} if folder.is_dir() else set()
    return {NUMBERS_FILE, *(name for name in held if name.startswith(_STEMS) and name.endswith(_ENDINGS))}

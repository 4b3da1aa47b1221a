"""Finds the cells of a workbook that hold no value: spreadsheet errors, and formulas nobody has calculated. Readers of values show both as empty."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterator
from xml.etree import ElementTree

NO_VALUE = "\x00no value: "
"""Stands before the error (``#N/A``) or the formula (``=A1``) of a cell without a value; no text of a file can begin like it."""

_SUSPECT = re.compile(rb"\bt=[\"']e[\"']|<(\w+:)?f[\s/>]")
_REFERENCE = re.compile(r"([A-Z]+)([0-9]+)")


def cells_without_value(content: bytes) -> dict[str, dict[tuple[int, int], str]]:
    """Return, by sheet and (row, column) from 0, :data:`NO_VALUE` with the error or formula of each cell without a value.

    Raises
    ------
    KeyError, ValueError, zipfile.BadZipFile, xml.etree.ElementTree.ParseError
        When ``content`` is no workbook as ECMA-376 describes it.
    """
    with zipfile.ZipFile(io.BytesIO(content)) as parts:
        found = {}
        for name, part in _sheet_parts(parts):
            sheet = parts.read(part)
            # Most sheets hold neither errors nor formulas; a look at the bytes spares them the second reading.
            found[name] = dict(_without_value(sheet)) if _SUSPECT.search(sheet) else {}
        return found


def _sheet_parts(parts: zipfile.ZipFile) -> Iterator[tuple[str, str]]:
    names = set(parts.namelist())
    relations = ElementTree.fromstring(parts.read("xl/_rels/workbook.xml.rels"))
    targets = {one.get("Id", ""): one.get("Target", "") for one in relations}
    for element in ElementTree.fromstring(parts.read("xl/workbook.xml")).iter():
        if _local(element) == "sheet":
            target = next((targets.get(value, "") for key, value in element.attrib.items() if key.endswith("}id")), "")
            part = target.removeprefix("/") if target.startswith("/") else f"xl/{target}"
            if part in names:
                yield element.get("name", ""), part


def _without_value(sheet: bytes) -> Iterator[tuple[tuple[int, int], str]]:
    for _, element in ElementTree.iterparse(io.BytesIO(sheet)):
        if _local(element) != "c":
            continue
        inner = {_local(child): child.text or "" for child in element}
        place = _REFERENCE.fullmatch(element.get("r", ""))
        kind, value = element.get("t", "n"), inner.get("v", "")
        if place is not None and kind == "e":
            yield _position(place), NO_VALUE + (value or "#N/A")
        elif place is not None and "f" in inner and not value and kind != "str":
            yield _position(place), f"{NO_VALUE}={inner['f']}"
        element.clear()


def _position(place: re.Match[str]) -> tuple[int, int]:
    column = 0
    for letter in place[1]:
        column = column * 26 + ord(letter) - ord("A") + 1
    return int(place[2]) - 1, column - 1


def _local(element: ElementTree.Element) -> str:
    return element.tag.rpartition("}")[2]

"""A study as a TOML file: read with a finding for everything that is not as it should be, and written back as it was understood."""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from models.findings import Finding, nearest
from solver.study.planned import Contender, Limits, Source, Study

STUDY_FILE = "study.toml"
_KEYS = ("instances", "solvers", "seeds", "time_limit", "gap", "threads", "memory_mb", "construct")
_LARGEST_SEED = 2**31 - 1


class InvalidStudy(ValueError):
    """Raised when a study file cannot be used; carries every finding."""

    def __init__(self, findings: list[Finding]) -> None:
        self.findings = tuple(findings)
        super().__init__(str(findings[0]))


def read_study_file(path: Path) -> Study:
    """Return the study that a TOML file asks for; instances are found from the file's own folder.

    Raises
    ------
    InvalidStudy
        With everything that is wrong with it.
    """
    try:
        values = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise InvalidStudy([Finding("missing-file", f"There is no file {str(path)!r}.", file=path.name)]) from None
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise InvalidStudy([Finding("unreadable-file", f"{str(path)!r} cannot be read: {error}.", file=path.name)]) from None
    reader = _Reader(path, values)
    study = reader.study()
    if reader.findings:
        raise InvalidStudy(reader.findings)
    return study


def write_study_file(study: Study, path: Path) -> None:
    """Write a study so that :func:`read_study_file` gives it back wherever it is called from."""
    import tomli_w

    limits = {key: value for key, value in study.limits.as_dict().items() if value is not None}
    values = {
        **limits,
        "seeds": list(study.seeds),
        "instances": [{"path": str(Path(one.path).absolute()), "class": one.group, "format": one.form} for one in study.instances],
        "solvers": [{"name": one.solver, "label": one.label, "options": dict(one.options)} for one in study.contenders],
    }
    path.write_text(tomli_w.dumps(values), encoding="utf-8")


class _Reader:
    """Takes a study out of plain values and gathers what is wrong with them."""

    def __init__(self, path: Path, values: Mapping[str, Any]) -> None:
        self.findings: list[Finding] = []
        self._path, self._values = path, values

    def study(self) -> Study:
        self._known(self._values, _KEYS, "")
        limits = Limits(
            time_limit=self._number("time_limit", None),
            gap=self._number("gap", 0.0) or 0.0,
            threads=self._whole("threads", 1, 1) or 1,
            memory_mb=self._whole("memory_mb", None, 1),
            construct=self._truth("construct"),
        )
        sources = [source for some in self._list("instances", self._sources) for source in some]
        return Study(tuple(sources), tuple(self._list("solvers", self._contender)), self._seeds(), limits)

    def _sources(self, value: Any, place: str) -> list[Source]:
        values = {"path": value} if isinstance(value, str) else value
        if not isinstance(values, dict) or not _texts(values, "path", "class", "format") or not values.get("path"):
            self._wrong(place, value, "An instance is a path, or a table with path and, if wanted, class, format and every.")
            return []
        self._known(values, ("path", "class", "format", "every"), place)
        paths = self._paths(values, place)
        return [Source(path, values.get("class", ""), values.get("format", "")) for path in paths]

    def _paths(self, values: Mapping[str, Any], place: str) -> list[str]:
        """Return the one path, or every N-th file that a pattern matches in the order of their names: whoever writes the study cannot pick."""
        path, every = values["path"], values.get("every", 1)
        if not _is_whole(every) or every < 1:
            self._wrong(f"{place}.every", every, "every is a whole number of at least 1: which of the matching files to take, the first always.")
            return []
        if not set(path) & set("*?["):
            if "every" in values:
                self._wrong(f"{place}.every", every, "every goes with a path that has *, ? or [] in it.")
            return [str(self._path.parent / path)]
        whole = self._path.parent / path
        found = sorted(str(one) for one in Path(whole.anchor or ".").glob(str(whole.relative_to(whole.anchor))))
        if not found:
            self._wrong(f"{place}.path", path, "Nothing matches the path.")
        return found[::every]

    def _contender(self, value: Any, place: str) -> Contender | None:
        values = {"name": value} if isinstance(value, str) else value
        if not isinstance(values, dict) or not _texts(values, "name", "label") or not values.get("name"):
            self._wrong(place, value, "A solver is a name, or a table with name and, if wanted, label and options.")
            return None
        self._known(values, ("name", "label", "options"), place)
        options = values.get("options", {})
        if not isinstance(options, dict) or any(isinstance(one, dict | list) for one in options.values()):
            self._wrong(f"{place}.options", options, "Options are a table of plain values.")
            return None
        return Contender(values["name"], {key: _option(one) for key, one in options.items()}, values.get("label", ""))

    def _seeds(self) -> tuple[int, ...]:
        values = self._values.get("seeds", [0])
        if not isinstance(values, list) or not values or any(not _is_whole(one) or not 0 <= one <= _LARGEST_SEED for one in values):
            self._wrong("seeds", values, f"Seeds are a list of whole numbers from 0 to {_LARGEST_SEED}.")
            return (0,)
        if len(set(values)) < len(values):
            self._wrong("seeds", values, "A seed stands twice.")
        return tuple(values)

    def _list(self, key: str, read: Callable[[Any, str], Any]) -> list[Any]:
        values = self._values.get(key)
        if not isinstance(values, list) or not values:
            self._wrong(key, values, f"A study needs {key}: a list that is not empty.")
            return []
        found = [read(value, f"{key}[{number}]") for number, value in enumerate(values, start=1)]
        return [one for one in found if one is not None]

    def _number(self, key: str, otherwise: float | None) -> float | None:
        value = self._values.get(key, otherwise)
        if value is not None and (isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value < float("inf")):
            self._wrong(key, value, f"{key} is a number that is not negative.")
            return None
        return None if value is None else float(value)

    def _whole(self, key: str, otherwise: int | None, least: int) -> int | None:
        value: int | None = self._values.get(key, otherwise)
        if value is not None and (not _is_whole(value) or value < least):
            self._wrong(key, value, f"{key} is a whole number of at least {least}.")
            return None
        return value

    def _truth(self, key: str) -> bool:
        value = self._values.get(key, True)
        if not isinstance(value, bool):
            self._wrong(key, value, f"{key} is true or false.")
        return bool(value)

    def _known(self, values: Mapping[str, Any], known: tuple[str, ...], place: str) -> None:
        for key in values:
            if key not in known:
                where = f"{place}.{key}" if place else key
                self.findings.append(Finding("unknown-key", f"A study has no {where!r}.", file=self._path.name, allowed=known, nearest=nearest(key, known)))

    def _wrong(self, place: str, value: Any, message: str) -> None:
        said = "" if value is None else repr(value)
        self.findings.append(Finding("invalid-value", message, file=self._path.name, column=place, value=said))


def _texts(values: Mapping[str, Any], *keys: str) -> bool:
    return all(isinstance(values.get(key, ""), str) for key in keys)


def _is_whole(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _option(value: Any) -> str:
    """Return an option as solvers take it on the command line: TOML writes truth values in small letters."""
    return str(value).lower() if isinstance(value, bool) else str(value)

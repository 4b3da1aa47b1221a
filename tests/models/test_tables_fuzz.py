"""Whatever stands in the files, reading ends in findings and never in a traceback."""

from __future__ import annotations

import json

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from models.findings import InvalidInstance
from models.schema import TABLES
from models.tables import canonical_json, check_instance, from_frames, read_instance, write_instance
from tests.models.frames import small, with_cells

quick = settings(max_examples=40, deadline=None, phases=[Phase.explicit, Phase.reuse, Phase.generate], suppress_health_check=list(HealthCheck))
CELLS = [(table.name, column.name) for table in TABLES if not table.optional for column in table.columns]


@pytest.fixture(scope="module")
def written(tmp_path_factory):
    folder = tmp_path_factory.mktemp("fuzz")
    instance = from_frames(small())
    for name in ("folder", "one.xlsx", "one.json"):
        write_instance(instance, folder / name)
    return folder


def settled(path) -> None:
    instance, findings = check_instance(path)
    if instance is not None:
        assert canonical_json(instance)
    else:
        assert findings


@quick
@given(content=st.binary(max_size=60), name=st.sampled_from([*(f"{table.name}.csv" for table in TABLES), "instance.toml"]))
def test_random_bytes_in_a_folder(written, content, name):
    file = written / "folder" / name
    before = file.read_bytes() if file.exists() else None
    file.write_bytes(content)
    try:
        settled(written / "folder")
    finally:
        if before is None:
            file.unlink()
        else:
            file.write_bytes(before)


@quick
@given(data=st.data(), suffix=st.sampled_from(["one.xlsx", "one.json", "folder/bodies.csv", "folder/bands.csv", "folder/instance.toml"]))
def test_changed_bytes(written, data, suffix):
    file = written / suffix
    before = file.read_bytes()
    content = bytearray(before)
    for at, byte in data.draw(st.lists(st.tuples(st.integers(0, len(before) - 1), st.integers(0, 255)), min_size=1, max_size=5)):
        content[at] = byte
    if data.draw(st.booleans()):
        content = content[: data.draw(st.integers(0, len(content)))]
    file.write_bytes(bytes(content))
    try:
        settled(written / "folder" if "/" in suffix else file)
    finally:
        file.write_bytes(before)


values = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.text(max_size=6),
    st.binary(max_size=3),
    st.lists(st.text(max_size=2), max_size=2),
    st.sampled_from(["*", "", " ", "-", "1e400", "1e-400", "+", ".", "0x1", "١٢", "1_0", "∞", "1,5", ";", "="]),
)


@quick
@given(cell=st.sampled_from(CELLS), row=st.integers(0, 1), value=values)
def test_any_value_in_any_cell(cell, row, value):
    table, column = cell
    try:
        instance = from_frames(with_cells(table, row, **{column: value}))
    except InvalidInstance as error:
        assert error.findings  # noqa: PT017 - either outcome is right
    else:
        assert instance.digest()


plain = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=4)),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(st.text(max_size=4), inner, max_size=3)),
    max_leaves=6,
)
NAMES = ["title", "schema_version", "sources", "price_year", "appraisal", "rule", "limits", "x"]
DEEP = ["horizon_years", "discount_rates", "saving_ramp", "optimism_bias", "migration_cost", "start_year", "dual_running_months"]


@settings(quick, max_examples=20)
@given(top=st.dictionaries(st.sampled_from(NAMES), plain, max_size=3), appraisal=st.dictionaries(st.sampled_from(DEEP), plain, max_size=3), rule=plain)
def test_any_settings(written, top, appraisal, rule):
    whole = json.loads((written / "one.json").read_text())
    whole["instance"] = {"appraisal": appraisal, "rule": [{"name": "provider-limit", "maximum": rule, "penalty": rule}], **top}
    (written / "settings.json").write_text(json.dumps(whole))
    settled(written / "settings.json")
    try:
        instance = read_instance(written / "settings.json")
    except InvalidInstance:
        return
    write_instance(instance, written / "again.xlsx", force=True)
    again = read_instance(written / "again.xlsx")
    assert (again.settings, again.appraisal, again.rules) == (instance.settings, instance.appraisal, instance.rules)

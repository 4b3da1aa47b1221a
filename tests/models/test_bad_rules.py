"""Whatever is wrong with the rules asked for is found while an instance is read, with its place, before any solver runs."""

import dataclasses

import pandas as pd
import pytest

from models.findings import InvalidInstance, Severity
from models.formulation import formulate
from models.instance import RuleSetting
from models.rules import registry
from models.tables import check_instance, write_instance
from tests.rule_cases import paper
from tests.test_cli import consortia

ERROR, WARNING = Severity.ERROR, Severity.WARNING

SETTINGS = {
    # What is written in instance.toml: the code, the setting named, and the nearest valid value.
    "an unknown rule": ("name = 'utilization-floor'", "unknown-rule", "rule.name", "utilisation-floor"),
    "no name": ("maximum = 3", "missing-rule-name", "rule.name", ""),
    "an unknown parameter": ("name = 'provider-limit'\nmaxmum = 2", "unknown-parameter", "rule.provider-limit.maxmum", "maximum"),
    "a parameter of another rule": ("name = 'sectors'\nshare = 0.5", "unknown-parameter", "rule.sectors.share", ""),
    "a parameter above its range": ("name = 'utilisation-floor'\nshare = 1.01", "parameter-out-of-range", "rule.utilisation-floor.share", ""),
    "a parameter below its range": ("name = 'board-seats'\nmaximum = 0", "parameter-out-of-range", "rule.board-seats.maximum", ""),
    "a parameter without end": ("name = 'resilience'\nshare = inf", "not-finite", "rule.resilience.share", ""),
    "a parameter that is no number": ("name = 'resilience'\nshare = nan", "not-finite", "rule.resilience.share", ""),
    "text for a number": ("name = 'provider-limit'\nmaximum = 'two'", "parameter-type", "rule.provider-limit.maximum", ""),
    "yes for a number": ("name = 'provider-limit'\nmaximum = true", "parameter-type", "rule.provider-limit.maximum", ""),
    "a list for a number": ("name = 'provider-limit'\nmaximum = [2]", "parameter-type", "rule.provider-limit.maximum", ""),
    "a fraction for a count": ("name = 'provider-limit'\nmaximum = 1.5", "parameter-type", "rule.provider-limit.maximum", "2"),
    "a number for text": ("name = 'jurisdiction'\ntogether = 3", "parameter-type", "rule.jurisdiction.together", ""),
    "none of the choices": ("name = 'no-body-worse-off'\nkey = 'volumes'", "parameter-out-of-range", "rule.no-body-worse-off.key", "volume"),
    "a parameter left out": ("name = 'staff-moves'", "missing-parameter", "rule.staff-moves.maximum", ""),
    "the same rule twice": ("name = 'sectors'\n[[rule]]\nname = 'sectors'", "duplicate-rule", "rule.sectors", ""),
    "a price on a rule that is always hard": ("name = 'board-seats'\npenalty = 5", "penalty-on-hard-rule", "rule.board-seats.penalty", ""),
    "a price on a rule in force anyway": ("name = 'security'\npenalty = 5", "penalty-on-hard-rule", "rule.security.penalty", ""),
    "a price below nothing": ("name = 'sectors'\npenalty = -5", "out-of-range", "rule.sectors.penalty", ""),
    "a price in words": ("name = 'sectors'\npenalty = 'dear'", "wrong-type", "rule.sectors.penalty", ""),
}


def written(folder, instance, text=""):
    """Write the instance and add ``text`` to its settings; return where it stands."""
    write_instance(instance, folder / "instance")
    settings = folder / "instance" / "instance.toml"
    settings.write_text(settings.read_text(encoding="utf-8") + text, encoding="utf-8")
    return folder / "instance"


@pytest.mark.parametrize("what", list(SETTINGS))
def test_a_fault_in_the_settings_names_the_setting(what, tmp_path):
    text, code, column, nearest = SETTINGS[what]
    instance, found = check_instance(written(tmp_path, paper(), f"\n[[rule]]\n{text}\n"))
    assert instance is None
    (fault,) = (one for one in found if one.severity is ERROR)
    assert (fault.code, fault.file, fault.column, fault.nearest) == (code, "instance.toml", column, nearest)


@pytest.mark.parametrize("name", list(registry()))
def test_every_parameter_of_every_rule_is_held_to_its_range(name):
    rule = registry()[name]
    needed = {one.name: one.minimum for one in rule.parameters if one.default is None and not one.optional}
    for parameter in (one for one in rule.parameters if not one.text):
        for outside in (parameter.minimum - 1, parameter.maximum + 1):
            with pytest.raises(InvalidInstance) as refused:
                paper(RuleSetting(name, {**needed, parameter.name: outside}))
            assert [(one.code, one.column) for one in refused.value.findings] in (
                [("parameter-out-of-range", f"rule.{name}.{parameter.name}")],
                [("out-of-range", f"rule.{name}.{parameter.name}")],
            )
    if not rule.soft:
        with pytest.raises(InvalidInstance) as refused:
            paper(RuleSetting(name, needed, 5))
        assert [one.code for one in refused.value.findings] == ["penalty-on-hard-rule"]


def rows(**columns):
    return pd.DataFrame(columns)


MUST_NOT = rows(body_a=["ash", "ash", "birch"], body_b=["birch", "cedar", "cedar"], relation=["must-share", "must-share", "must-not-share"])
POWERLESS = rows(legal_type=["council"], commercial_model="shared", may_lead=[False], may_own=[True], may_use=[True])
HUB_FOR_ASH = rows(body=["ash"], centre="hub", status="required")

TABLES = {
    # A change of tables and rules: severity and code, and the file, row and column named.
    "must share and must not": ({"pairs": MUST_NOT}, (), ERROR, "contradictory-pairs", ("pairs.csv", 4, "relation")),
    "required where another must not be": (
        {"pairs": MUST_NOT.iloc[2:], "links": rows(body=["birch", "cedar"], centre="hub", status="required")},
        (),
        ERROR,
        "contradictory-rule",
        ("links.csv", 2, "status"),
    ),
    "required and forbidden": (
        {"links": rows(body=["ash", "ash"], centre=["hub", "*"], status=["required", "forbidden"])},
        (),
        ERROR,
        "contradictory-links",
        ("links.csv", 2, "status"),
    ),
    "required together under different law": (
        {"bodies": {"nation": ["England", "Wales", "Wales"]}, "pairs": MUST_NOT.iloc[:1]},
        (RuleSetting("jurisdiction"),),
        ERROR,
        "contradictory-rule",
        ("pairs.csv", 2, "relation"),
    ),
    "a least above a most": (
        {"commercial_models": {"minimum_members": 3, "maximum_members": 2}},
        (RuleSetting("member-limits"),),
        ERROR,
        "minimum-above-maximum",
        ("commercial_models.csv", 2, "minimum_members"),
    ),
    "a floor above all there is": (
        {"commercial_models": {"minimum_volume": 61}},
        (RuleSetting("minimum-volume"),),
        WARNING,
        "floor-above-ceiling",
        ("commercial_models.csv", 2, "minimum_volume"),
    ),
    "a share of a band above all there is": (
        {"bands": {"capacity": 1000}},
        (RuleSetting("utilisation-floor"),),
        WARNING,
        "floor-above-ceiling",
        ("bands.csv", 2, "capacity"),
    ),
    "more owners asked for than allowed": (
        {"commercial_models": {"form": "joint-company"}},
        (RuleSetting("veto-block", {"share": 0.2}), RuleSetting("owner-limit", {"maximum": 4})),
        WARNING,
        "rules-leave-no-owners",
        ("commercial_models.csv", 2, "commercial_model"),
    ),
    "nobody able to lead": (
        {"commercial_models": {"form": "unitary"}, "powers": POWERLESS},
        (),
        WARNING,
        "no-one-may-lead",
        ("commercial_models.csv", 2, "commercial_model"),
    ),
    "nobody able to lead where a body is required": (
        {"commercial_models": {"form": "joint-committee"}, "links": HUB_FOR_ASH, "powers": POWERLESS},
        (),
        ERROR,
        "no-one-can-lead",
        ("links.csv", 2, "status"),
    ),
}


def changed(tables, rules, folder):
    """Write the paper with tables replaced, or columns of them set, without any check."""
    instance = paper()
    frames = {name: change if isinstance(change, pd.DataFrame) else instance.table(name).assign(**change) for name, change in tables.items()}
    place = written(folder, instance.replace(rules=rules))
    for name, frame in frames.items():
        frame.to_csv(place / f"{name}.csv", index=False)
    return place


@pytest.mark.parametrize("what", list(TABLES))
def test_a_contradiction_names_file_and_row(what, tmp_path):
    tables, rules, severity, code, place = TABLES[what]
    instance, found = check_instance(changed(tables, rules, tmp_path))
    assert (severity, *place) in [(one.severity, one.file, one.row, one.column) for one in found if one.code == code]
    assert (instance is None) == (severity is ERROR)


def test_the_command_line_shows_them_all_at_once_and_no_solver_begins(tmp_path, monkeypatch):
    monkeypatch.setattr("solver.backends.process.run_backend", lambda *_given, **_more: pytest.fail("a solver ran on bad input"))
    text = "".join(f"\n[[rule]]\n{SETTINGS[what][0]}\n" for what in ("an unknown rule", "an unknown parameter", "a price on a rule that is always hard"))
    place = changed({"pairs": MUST_NOT}, (), tmp_path)
    settings = place / "instance.toml"
    settings.write_text(settings.read_text(encoding="utf-8") + text, encoding="utf-8")
    checked = consortia("check", place, code=6)
    told = checked.stdout + checked.stderr
    for words in ("utilisation-floor", "maxmum", "maximum", "board-seats", "penalty", "pairs.csv", "'birch' and 'cedar' must not share, yet rows 2, 3"):
        assert words in told
    for command in (("solve", place, "--output", tmp_path / "run"), ("explain", place), ("explain", place, "--rules")):
        assert "there is no rule 'utilization-floor'" in consortia(*command, code=6).stderr
    assert not (tmp_path / "run").exists()


@pytest.mark.parametrize(
    ("setting", "words"),
    [
        (RuleSetting("provider-limit", {"maxmum": 2}), "rule 'provider-limit' has no parameter 'maxmum'; did you mean 'maximum'?"),
        (RuleSetting("provder-limit"), "there is no rule 'provder-limit'; did you mean 'provider-limit'?"),
    ],
)
def test_settings_built_in_code_and_never_read_are_refused_too(setting, words):
    with pytest.raises(InvalidInstance):
        paper(setting)
    with pytest.raises(KeyError, match=words.replace("?", r"\?")):
        formulate(dataclasses.replace(paper(), rules=(setting,)))


@pytest.mark.parametrize("name", ["name", "penalty"])
def test_what_stands_beside_the_parameters_is_no_parameter(name):
    with pytest.raises(KeyError, match=f"rule 'sectors' has no parameter '{name}'"):
        paper(RuleSetting("sectors", {name: 5}))

"""`consortia rules` says of each rule what its module says, and no more."""

import json
import tomllib

import pytest

from models.gathering import Gathering, Place
from models.instance_settings import read_settings
from models.rules import registry
from report.console import Exit
from tests.test_cli import consortia


def test_every_rule_is_listed_with_its_statement_and_parameters():
    listed = {one["rule"]: one for one in json.loads(consortia("rules", "--format", "json").stdout)}
    assert listed.keys() == registry().keys()
    for name, rule in registry().items():
        assert (listed[name]["id"], listed[name]["statement"]) == (rule.id, rule.statement)
        assert all(one.name in listed[name]["parameters"] for one in rule.parameters)
        assert ("soft" in listed[name]["kind"]) == rule.soft
        assert (listed[name]["in_force"] == "always") == rule.always


def test_the_table_shows_limits_and_units():
    (line,) = (one for one in consortia("rules", "--format", "csv").stdout.splitlines() if ",provider-limit," in one)
    assert line.startswith('G3,provider-limit,on request,"hard, or soft with a penalty per centre too many for a body",')
    assert "maximum (default 2; 1 to 1000; centres a body)" in line


@pytest.mark.parametrize("name", [name for name, rule in registry().items() if not rule.always and all(one.default is not None for one in rule.parameters)])
def test_what_one_rule_offers_to_copy_is_a_valid_setting(name):
    told = consortia("rules", name).stdout
    structure = tomllib.loads(told[told.index("[[rule]]") :])
    gathering = Gathering()
    _, _, (setting,) = read_settings(structure, Place("instance.toml"), gathering)
    assert not gathering.failed
    assert registry()[name].with_defaults(setting.parameters) == registry()[name].with_defaults({})


def test_what_must_be_given_is_said():
    assert "# maximum = ... (needed)" in consortia("rules", "staff-moves").stdout
    assert "# budget = ..." in consortia("rules", "affordability").stdout


def test_a_rule_that_always_holds_is_not_offered():
    told = consortia("rules", "capacity").stdout
    assert "in force: always" in told
    assert "rests on: bands.capacity" in told
    assert "[[rule]]" not in told


def test_an_unknown_rule_is_bad_usage():
    assert "Did you mean capacity?" in consortia("rules", "capasity", code=Exit.USAGE).stderr

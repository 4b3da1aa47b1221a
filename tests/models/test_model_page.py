"""`docs/model.md` says what the code does."""

import re
from pathlib import Path

import numpy as np

from models.columns import Columns
from models.economics import COMPONENTS
from models.formulation import formulate
from models.rules import registry
from tests.small_instances import random_instance

PAGE = (Path(__file__).parents[2] / "docs" / "model.md").read_text(encoding="utf-8")


def test_every_rule_stands_on_the_page_and_no_other():
    on_page = dict(re.findall(r"^### (\S+) `([^`]+)`$", PAGE, flags=re.MULTILINE))
    assert on_page == {rule.id: rule.name for rule in registry().values()}


def test_every_rule_has_its_formula_statement_and_parameters_there():
    for rule in registry().values():
        section = PAGE.split(f"### {rule.id} `{rule.name}`")[1].split("\n### ")[0]
        assert f"    {rule.formula}\n" in section
        assert rule.statement in section
        assert rule.basis in section
        for parameter in rule.parameters:
            assert f"Parameter `{parameter.name}` ({parameter.unit})" in section


def test_every_component_stands_on_the_page_and_no_other():
    table = PAGE.split("| Component |")[1].split("\n\n")[0]
    on_page = dict(re.findall(r"^\| `(\w+)` \| ([^|]+) \|", table, flags=re.MULTILINE))
    assert on_page == {name: component.profile.value for name, component in COMPONENTS.items()}


def test_the_blocks_of_columns_are_those_of_the_page():
    on_page = list(dict.fromkeys(re.findall(r"^\| `[^`]+` \| `(\w+)` \|", PAGE, flags=re.MULTILINE)))
    columns = Columns(formulate(random_instance(3)).columns.candidates)
    several = np.delete(columns.member, columns.sole_pair[0])
    assert np.array_equal(np.concatenate([several if block == "member" else getattr(columns, block) for block in on_page]), np.arange(columns.count))
    member, pair = columns.sole_pair
    assert np.array_equal(columns.member[member], columns.pair[pair])


def test_symbols_in_formulas_are_explained():
    symbols = set(re.findall(r"^\| `([a-zA-Z]+)\[", PAGE, flags=re.MULTILINE))
    explained_in_rules = {"D", "level", "need", "distance", "Vmin", "omin", "omax", "nmin", "nmax", "seats", "threshold", "val"}
    explained_in_rules |= {"P", "limit", "G", "c", "F", "U", "p", "k", "d"}
    used = {name for rule in registry().values() for name in re.findall(r"\b([A-Za-z]+)\[", rule.formula)}
    assert used <= symbols | explained_in_rules

"""What holds for every test."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import settings

if TYPE_CHECKING:
    from xdist.scheduler import LoadFileScheduling

# A test that is slow on a busy machine is no fault of what it tests.
settings.register_profile("untimed", deadline=None)
settings.load_profile("untimed")

_LONGEST = ("test_cli.py", "test_oracle.py", "test_backends.py", "test_bound_and_plan.py", "test_cli_compare.py", "test_rules_against_every_plan.py")


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> LoadFileScheduling:
    """Keep the tests of a file in one worker: they share solved runs and instances, which every worker would otherwise make for itself."""
    from xdist.scheduler import LoadFileScheduling

    # In the order in which they are collected, and not by how many tests a file has.
    config.option.loadscopereorder = False
    return LoadFileScheduling(config, log)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Begin with the files that take longest, so that none of them is left running by itself in the end."""
    if hasattr(config, "workerinput"):
        rank = {name: at for at, name in enumerate(_LONGEST)}
        items.sort(key=lambda item: rank.get(item.path.name, len(_LONGEST)))

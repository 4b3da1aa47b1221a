"""The tiny instance, whose best plan and every figure of it are worked out on paper."""

import pytest

import instances
from models.plan import Assignment, Cluster, Plan
from models.tables import read_instance


@pytest.fixture(scope="session")
def tiny():
    return read_instance(instances.path("tiny"))


@pytest.fixture(scope="session")
def best():
    shared = [Assignment(body, service, "south") for body in ("alder", "birch", "dogwood") for service in ("invoices", "payroll")]
    alone = [Assignment("cedar", service) for service in ("invoices", "payroll")]
    bands = {"invoices": "small", "payroll": "small"}
    return Plan((Cluster("south", "joint-board", "alder", ("alder", "birch"), bands),), (*shared, *alone))

"""Councils and NHS trusts together: what legal powers and VAT change. The same drafted table four times."""

from __future__ import annotations

import argparse
from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from common import instance_named, keep

if TYPE_CHECKING:
    from models.instance import Instance
    from solver.solve import Run


def cases(instance: Instance) -> dict[str, Instance]:
    """Return the instance in the cash view, which counts VAT: with leads that may supply their own legal type only, with powers as drafted, without VAT.

    Read narrowly, the Local Government Act 1972, s.101, lets councils delegate to councils; the draft reads powers widely, so that between councils and
    trusts they bar next to nothing.
    """
    cash = instance.replace(appraisal=replace(instance.appraisal, view="cash"))
    powers = instance.table("powers")
    narrow = powers.assign(lead_for=powers["legal_type"].where(powers["may_lead"].astype(bool), ""))
    no_vat = {"appraisal": replace(cash.appraisal, vat_rate=0.0)}
    own_kind = cash.replace(powers=narrow)
    return {
        "leads supply their own kind": own_kind,
        "powers as drafted": cash,
        "leads supply their own kind, no VAT": own_kind.replace(**no_vat),
        "powers as drafted, no VAT": cash.replace(**no_vat),
    }


def told(case: str, instance: Instance, run: Run) -> dict[str, Any]:
    """Return what a plan looks like."""
    assert run.plan is not None
    assert run.audit is not None
    kind = dict(zip(instance.table("bodies")["body"], instance.table("bodies")["legal_type"], strict=True))
    members: dict[str, set[str]] = {}
    for one in run.plan.assignments:
        if one.centre:
            members.setdefault(one.centre, set()).add(one.body)
    kinds = {centre: {kind[body] for body in bodies} for centre, bodies in members.items()}
    return {
        "case": case,
        "digest": instance.digest(),
        "stop": str(run.stop),
        "cost": run.cost,
        "bound": run.bound,
        "gap": run.gap,
        "do_nothing_cost": run.audit.do_nothing_cost,
        "saving": run.audit.saving,
        "vat": run.audit.by_component().get("vat", 0),
        "clusters": dict(Counter(cluster.commercial_model for cluster in run.plan.clusters)),
        "led_by": dict(Counter(kind.get(cluster.lead, "nobody") for cluster in run.plan.clusters)),
        "clusters_of_both_kinds": sum(len(found) > 1 for found in kinds.values()),
        "bodies_sharing": dict(Counter(kind[body] for body in set().union(*members.values()))) if members else {},
        "time_s": run.provenance["time_s"],
    }


def main() -> None:
    from solver.solve import solve

    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("instance", nargs="?", default="mixed")
    parser.add_argument("--solver", default="auto")
    parser.add_argument("--limit", type=float, default=120.0)
    arguments = parser.parse_args()
    rows = []
    for case, instance in cases(instance_named(arguments.instance)).items():
        rows.append(told(case, instance, solve(instance, arguments.solver, time_limit=arguments.limit)))
        print(rows[-1], flush=True)
        keep(f"{arguments.instance}-powers-vat", {"solver": arguments.solver, "limit_s": arguments.limit, "rows": rows})


if __name__ == "__main__":
    main()

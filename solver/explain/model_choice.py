"""Why a cluster runs under its commercial model: the same members, services and centre under every other one, priced by the audit. No solver is asked."""

from __future__ import annotations

import dataclasses
import itertools
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from models import economics
from models.arrays import instance_arrays
from models.audit import Audit, audit
from models.plan import Plan
from models.plan_costs import decision_lines
from models.plan_view import ClusterView, plan_view
from models.rules import active_rules, option_tests, served_tests
from solver.sensitivity.alternatives import controls, exchanged, with_cluster
from solver.sensitivity.beside import Beside, beside

if TYPE_CHECKING:
    from models.instance import Instance
    from models.plan import Cluster

_MOST_WAYS = 400
"""Ways to own, lead and equip a cluster under one model that are audited; beyond it nothing is said to be the cheapest."""
_BARRED_WAYS = 20
"""Ways audited where the centre or a member is barred from the model whatever the way: enough to name the rule without another beside it."""


@dataclass(frozen=True)
class OtherModel:
    """A cluster under another commercial model, all else kept.

    Attributes
    ----------
    commercial_model, form
        The other model.
    more
        How much more the plan then costs, net present cost; below 0 it costs less. ``None`` when no way that keeps the rules was found.
    components
        The difference by component, nought left out; it adds up to ``more``.
    lead, owners, bands
        The cheapest way found to lead, own and equip it.
    settled
        Whether no cheaper way exists, or none at all when ``more`` is ``None``; otherwise not every way was tried.
    breaches
        Without a way: what the one that breaks the fewest rules breaks, as ``rule: sentence``.
    """

    commercial_model: str
    form: str
    more: int | None
    settled: bool
    components: Mapping[str, int] = dataclasses.field(default_factory=dict)
    lead: str = ""
    owners: tuple[str, ...] = ()
    bands: Mapping[str, str] = dataclasses.field(default_factory=dict)
    breaches: tuple[str, ...] = ()


@dataclass(frozen=True)
class ModelChoice:
    """A cluster of a plan and its commercial model against every other one: those that stand first, the cheapest foremost."""

    centre: str
    commercial_model: str
    form: str
    members: int
    others: tuple[OtherModel, ...]

    @property
    def next_best(self) -> OtherModel | None:
        """The cheapest other model, or ``None`` when none stands."""
        return next((one for one in self.others if one.more is not None), None)

    def as_dict(self) -> dict[str, Any]:
        """Return the choice as plain values, ready for JSON."""
        return dataclasses.asdict(self)


def model_choices(instance: Instance, plan: Plan, centres: tuple[str, ...] = ()) -> tuple[ModelChoice, ...]:
    """Return each cluster of ``plan`` (those at ``centres``, when given) against every other commercial model of the instance.

    Members, services, centre and all other clusters stay; lead, owners and bands are the cheapest that keep the rules under the other model. What
    would follow if members also went elsewhere is another question, which the solver answered when it made the plan.
    """
    arrays = instance_arrays(instance)
    found, here = audit(instance, plan, arrays), beside(instance, arrays, plan)
    return tuple(_choice(instance, here, plan, found, one) for one in plan.clusters if not centres or one.centre in centres)


def _choice(instance: Instance, here: Beside, plan: Plan, found: Audit, cluster: Cluster) -> ModelChoice:
    arrays = here.arrays
    members = {one.body for one in plan.assignments if one.centre == cluster.centre}
    others = [_Repricing(instance, here, plan, found, cluster, model).cheapest() for model in arrays.commercial_models if model != cluster.commercial_model]
    others.sort(key=lambda one: (one.more is None, one.more or 0, one.commercial_model))
    form = arrays.model_form[arrays.model_position[cluster.commercial_model]]
    return ModelChoice(cluster.centre, cluster.commercial_model, str(form), len(members), tuple(others))


class _Repricing:
    """One cluster under one other model."""

    def __init__(self, instance: Instance, here: Beside, plan: Plan, found: Audit, cluster: Cluster, model: str) -> None:
        arrays = here.arrays
        self._instance, self._here, self._plan, self._found, self._cluster = instance, here, plan, found, cluster
        self._arrays, self._view = arrays, here.view
        self._model = arrays.model_position[model]
        self._centre = arrays.centre_position[cluster.centre]
        self._name = model
        self._units = np.array(self._view.units_at.get(self._centre, []), dtype=np.int64)

    def cheapest(self) -> OtherModel:
        """Return the cheapest way that keeps the rules.

        Ways come by rising money, which is less than the audit's cost by no more than penalties and the cost of rules; once the money alone is
        no less than the best cost found, no later way can be cheaper.
        """
        best: tuple[int, Cluster] | None = None
        fewest: tuple[str, ...] | None = None
        floor = sum(line.net_present_cost for line in self._found.lines if line.component == "penalty" and line.centre not in ("", self._cluster.centre))
        most = _BARRED_WAYS if self._barred() else _MOST_WAYS
        tried = -1
        for tried, (money, cluster) in enumerate(itertools.islice(self._ways(), most + 1)):
            if best is not None and money + floor >= best[0]:
                return self._standing(best[1], settled=True)
            if tried == most:
                break
            view = exchanged(self._view, self._placed(cluster))
            rules_cost = self._here.judged(view)
            if rules_cost is None:
                broken = self._here.broken(view) if best is None else []
                if broken and (fewest is None or len(broken) < len(fewest)):
                    fewest = tuple(f"{breach.rule}: {breach.message}" for breach in broken)
                continue
            cost = self._found.cost + self._here.dearer(view, rules_cost)
            if best is None or cost < best[0]:
                best = cost, cluster
        settled = tried < most
        if best is not None:
            return self._standing(best[1], settled=settled)
        return OtherModel(self._name, self._form, None, settled or self._barred(), breaches=fewest or (f"joint-owners: {self._too_few()}",))

    @property
    def _form(self) -> str:
        return str(self._arrays.model_form[self._model])

    def _too_few(self) -> str:
        return f"{self._cluster.centre} has too few members for the {self._arrays.minimum_owners(self._model)} owners that {self._name} needs"

    def _barred(self) -> bool:
        """Tell whether a rule keeps the centre or a member from the model before lead, owners and bands are asked for."""
        active, arrays = active_rules(self._instance), self._arrays
        centre, model = np.array([self._centre]), np.array([self._model])
        if not arrays.centre_allows[self._centre, self._model] or not all(test(arrays, centre, model).all() for test in option_tests(active)):
            return True
        count = self._units.shape
        return not all(test(arrays, self._units, np.full(count, self._centre), np.full(count, self._model)).all() for test in served_tests(active))

    def _placed(self, cluster: Cluster) -> ClusterView:
        """Return a way to own, lead and equip the cluster by position."""
        arrays, at = self._arrays, self._arrays.body_position
        bands = {arrays.service_position[service]: self._band_row[service, band] for service, band in cluster.bands.items()}
        lead = at[cluster.lead] if cluster.lead else None
        return ClusterView(self._centre, self._model, lead, tuple(at[owner] for owner in cluster.owners), bands)

    @cached_property
    def _band_row(self) -> dict[tuple[str, str], int]:
        """Rows of the centre's bands by service and name."""
        arrays = self._arrays
        rows = np.flatnonzero(arrays.band_centre == self._centre).tolist()
        return {(arrays.services[arrays.band_service[row]], arrays.band_name[row]): row for row in rows}

    def _standing(self, cluster: Cluster, *, settled: bool) -> OtherModel:
        judged = audit(self._instance, with_cluster(self._plan, cluster), self._arrays)
        here, there = self._found.by_component(), judged.by_component()
        components = {name: there.get(name, 0) - here.get(name, 0) for name in economics.COMPONENTS}
        return OtherModel(
            commercial_model=self._name,
            form=self._form,
            more=judged.cost - self._found.cost,
            settled=settled,
            components={name: more for name, more in components.items() if more},
            lead=cluster.lead,
            owners=cluster.owners,
            bands=dict(cluster.bands),
        )

    def _ways(self) -> Iterator[tuple[int, Cluster]]:
        """Yield (what the plan's decisions then cost, the cluster) by rising cost; owners of one number cost the same, whoever they are."""
        members = self._members()
        money, rest = self._band_money()
        each = int(self._arrays.annuities.present_cost("owner_governance", self._arrays.model_owner_cost[self._model : self._model + 1].astype(np.float64))[0])
        sets = [dict(zip(money, chosen, strict=True)) for chosen in itertools.product(*money.values())]
        fewest = self._arrays.minimum_owners(self._model)
        numbers = range(fewest, len(members) + 1) if self._form != "unitary" else range(1, 2)
        priced = [
            (rest + sum(money[service][band] for service, band in bands.items()) + number * each, number, at)
            for at, bands in enumerate(sets)
            for number in numbers
        ]
        for total, number, at in sorted(priced):
            for lead, owners in controls(self._arrays, self._centre, self._model, members, number):
                yield total, dataclasses.replace(self._cluster, commercial_model=self._name, lead=lead, owners=owners, bands=sets[at])

    def _members(self) -> list[str]:
        """Return the members, those with more power to lead and own under the model first, so that ways that keep the rules come early."""
        arrays = self._arrays
        powers: Counter[int] = Counter()
        for unit in self._units:
            body, service = int(arrays.unit_body[unit]), int(arrays.unit_service[unit])
            kind = arrays.body_legal_type[body]
            powers[body] = max(powers[body], 2 * int(arrays.may_lead[kind, self._model, service]) + int(arrays.may_own[kind, self._model, service]))
        return [arrays.bodies[body] for body in sorted(powers, key=lambda body: (-powers[body], body))]

    def _band_money(self) -> tuple[dict[str, dict[str, int]], int]:
        """Return (by service and band what the cluster's units and the band cost, what all else costs but owners), from the audit's own lines.

        Bands too small for the work are left out where another is large enough.
        """
        large_enough, every = self._bands_on_offer()
        money: dict[str, dict[str, int]] = {service: {} for service in every}
        elsewhere = sum(line.net_present_cost for line in self._found.lines if line.component != "penalty" and line.centre != self._cluster.centre)
        rest = elsewhere
        for turn in range(max((len(names) for names in every.values()), default=1)):
            bands = {service: names[min(turn, len(names) - 1)] for service, names in every.items()}
            totals = self._cluster_money(bands)
            rest = elsewhere + totals[""]
            for service, band in bands.items():
                money[service][band] = totals[service]
        return {service: {band: money[service][band] for band in large_enough[service] or every[service]} for service in every}, rest

    def _cluster_money(self, bands: Mapping[str, str]) -> Counter[str]:
        """Return what the cluster's lines cost by service with these bands and nobody owning it; those of no service stand at an empty one.

        Only its own cluster stands in the plan that is priced, so that no other is priced again.
        """
        alone = Plan((dataclasses.replace(self._cluster, commercial_model=self._name, lead="", owners=(), bands=bands),), self._plan.assignments)
        totals: Counter[str] = Counter()
        for line in decision_lines(plan_view(self._arrays, alone)):
            if line.centre == self._cluster.centre:
                totals[line.service] += line.net_present_cost
        return totals

    def _bands_on_offer(self) -> tuple[dict[str, list[str]], dict[str, list[str]]]:
        """Return by service (bands that hold the work of the cluster's units, all bands)."""
        arrays = self._arrays
        large_enough: dict[str, list[str]] = {}
        every: dict[str, list[str]] = {}
        for service in sorted({int(arrays.unit_service[unit]) for unit in self._units}):
            rows = np.flatnonzero((arrays.band_centre == self._centre) & (arrays.band_service == service))
            name, load = arrays.services[service], self._view.load[self._centre, service]
            every[name] = [arrays.band_name[row] for row in rows]
            large_enough[name] = [arrays.band_name[row] for row in rows if arrays.band_capacity[row] >= load]
        return large_enough, every

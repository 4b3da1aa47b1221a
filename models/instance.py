"""The problem as the planner states it: :class:`Instance`, a frozen set of tables and appraisal settings."""

from __future__ import annotations

import dataclasses
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

from models.schema import SCHEMA_VERSION, TABLE_BY_NAME, View

if TYPE_CHECKING:
    import pandas as pd

    from models.arrays import InstanceArrays


NEUTRAL: Mapping[str, Any] = {"neutral": True}
"""Marks a setting whose default says "none of it" rather than claiming a figure, so that the default needs no evidence."""


@dataclass(frozen=True)
class Appraisal:
    """How money over time is weighed.

    Attributes
    ----------
    start_year
        Calendar year of year 0, in which one-off costs fall.
    horizon_years
        Number of years appraised: years 0 to ``horizon_years - 1``.
    discount_rates
        Steps ``(first year, rate)``: the real rate from that year on; none means those that ``rates`` names.
    saving_ramp
        Share of the new way of working in force in years 0, 1, 2, ...; the last value stays.
    optimism_bias
        Uplift by cost type, as a share; :mod:`models.appraisal_tables` lists the types with their published bounds.
    migration_cost
        Money once for each body joining a centre.
    migration_rate
        Migration as a share of the annual cost moved.
    dual_running_months
        Months of the annual cost paid twice while moving.
    cost_share_key
        How a cluster's common cost is divided among its members in the tables of a plan: one of :data:`models.cost_shares.KEYS`.
    view
        Which costs count when plans are compared: ``economic`` leaves out VAT and exit payments, ``cash`` counts them.
    vat_rate
        Standard rate of VAT on what centres charge; what of it a body gets back stands in table ``vat``.
    posts_removed_rate
        Share of the posts transferred that are removed.
    exit_payment_per_post
        Money once for each post removed.
    rates
        Name of a table of discount rates in :mod:`models.appraisal_tables`; explicit ``discount_rates`` win.
    cashable_share
        Share of the running saving that can be taken out of budgets; the rest only frees time.
    do_minimum_once, do_minimum_annual_rate
        The least change that keeps today's services legal and supported: money once for all bodies together, shared out by annual cost, and the
        change of every annual cost as a share. Without them doing the minimum is doing nothing. No plan is chosen by them; plans are compared.
    """

    start_year: int = 2026
    horizon_years: int = 10
    discount_rates: tuple[tuple[int, float], ...] = ()
    saving_ramp: tuple[float, ...] = (0.0, 0.3, 0.75, 1.0)
    optimism_bias: Mapping[str, float] = field(default_factory=dict)
    migration_cost: int = 0
    migration_rate: float = 0.0
    dual_running_months: float = 0.0
    cost_share_key: str = "volume"
    view: View = View.ECONOMIC
    vat_rate: float = field(default=0.0, metadata=NEUTRAL)
    posts_removed_rate: float = field(default=0.0, metadata=NEUTRAL)
    exit_payment_per_post: int = field(default=0, metadata=NEUTRAL)
    rates: str = "green-book"
    cashable_share: float = 1.0
    do_minimum_once: int = field(default=0, metadata=NEUTRAL)
    do_minimum_annual_rate: float = field(default=0.0, metadata=NEUTRAL)

    @property
    def rate_steps(self) -> tuple[tuple[int, float], ...]:
        """The discount rates in force as steps ``(first year, rate)``; raise ``KeyError`` when no table is called ``rates``."""
        from models.appraisal_tables import appraisal_tables

        return self.discount_rates or appraisal_tables().rates[self.rates].steps


@dataclass(frozen=True)
class RuleSetting:
    """A rule the planner asks for: its registered name, its parameters, and the price of a breach when it is soft.

    ``penalty`` is whole money per unit of breach; ``None`` makes the rule hard.
    """

    name: str
    parameters: Mapping[str, Any] = field(default_factory=dict)
    penalty: int | None = None


@dataclass(frozen=True)
class Settings:
    """What stands in ``instance.toml`` beside the appraisal and the rules. ``extra`` keeps keys the schema does not know."""

    title: str = ""
    currency: str = "GBP"
    price_year: int | None = None
    sources: tuple[str, ...] = ()
    schema_version: int = SCHEMA_VERSION
    extra: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Instance:
    """Frozen, validated tables with their settings.

    Read one with :func:`models.tables.read_instance`; make a variant with :meth:`replace`. ``tables`` maps each table name of
    :mod:`models.schema` to a frame with every schema column present and typed (unknown columns follow, as text). Row order is the
    file's own; nothing downstream depends on it.
    """

    tables: Mapping[str, pd.DataFrame]
    settings: Settings = Settings()
    appraisal: Appraisal = Appraisal()
    rules: tuple[RuleSetting, ...] = ()

    def __getstate__(self) -> dict[str, Any]:
        # Arrays are quicker worked out anew than sent to another process.
        return {name: value for name, value in self.__dict__.items() if name != "by_position"}

    def table(self, name: str) -> pd.DataFrame:
        """Return a table by name; the copy is cheap (copy on write) and safe to change.

        Raises
        ------
        KeyError
            When the schema has no such table.
        """
        if name not in TABLE_BY_NAME:
            raise KeyError(f"no table {name!r}; the tables are {', '.join(TABLE_BY_NAME)}")
        return self.tables[name].copy(deep=False)

    def replace(self, **changes: Any) -> Instance:
        """Return a validated variant: keywords are field names, or table names with a new frame.

        Raises
        ------
        models.findings.InvalidInstance
            When the variant breaks the schema or a cross-check.
        """
        from models.tables import validated

        tables = {name: changes.pop(name) for name in list(changes) if name in TABLE_BY_NAME}
        if tables:
            changes["tables"] = {**self.tables, **tables}
        return validated(dataclasses.replace(self, **changes))

    @cached_property
    def by_position(self) -> InstanceArrays:
        """The instance as arrays; ids must match (a validated instance's do), else ``KeyError``."""
        from models.arrays import arranged

        return arranged(self)

    def digest(self) -> str:
        """Return a hash of everything that bears on the answer; the order of rows and unknown columns does not."""
        return self._digest

    @cached_property
    def _digest(self) -> str:
        # Every run is asked for it several times, and a frozen instance has but one.
        from models.tables import canonical_json

        return hashlib.sha256(canonical_json(self).encode()).hexdigest()[:16]

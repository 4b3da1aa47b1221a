"""Makes the shipped instances of real councils from their facts: published figures in, drafted instance out."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from models.draft import DraftOptions, DraftResult, draft, read_bodies

if TYPE_CHECKING:
    import pandas as pd

FACTS = Path(__file__).with_name("facts")
_CREDIT = "mySociety, UK local authority names and codes, CC BY 4.0"
_PLACES = f"{_CREDIT}: area centroid"
_POPULATION = f"population 2020 (Office for National Statistics, Open Government Licence v3.0), as given by {_CREDIT}"


@dataclass(frozen=True)
class ShippedDraft:
    """How a shipped instance is drafted: its options, its sources, and evidence rows put in place of the drafted ones.

    ``column_sources`` gives the source of a bodies column; ``derived`` lists ``(table, column, where, source)`` of figures worked out.
    """

    options: DraftOptions
    sources: tuple[str, ...]
    column_sources: Mapping[str, str]
    derived: tuple[tuple[str, str, str, str], ...] = ()


_COMMON = {
    "latitude": _PLACES,
    "longitude": _PLACES,
    "size": _POPULATION,
    **dict.fromkeys(("body", "name", "sector", "region", "nation", "country", "gss_code", "coordinate_source"), _CREDIT),
}
_COUNTY_PLACE = "population-weighted mean of the points of the county's 12 districts, as the point given for the county itself lies outside it"

SHIPPED: Mapping[str, ShippedDraft] = {
    "lancashire": ShippedDraft(
        options=DraftOptions(
            centres=3,
            nearest=2,
            title="The 15 councils of Lancashire: finance, HR, IT and procurement",
            price_year=2024,
            source="lancashire.csv (central services: MHCLG Revenue Outturn 2024-25, Open Government Licence v3.0; population and points: mySociety)",
        ),
        sources=(
            "Central services, total expenditure 2024-25: MHCLG Revenue Outturn forms, Open Government Licence v3.0",
            _POPULATION,
            f"Points of the councils: {_CREDIT}; the county's is worked out from its districts",
        ),
        column_sources=_COMMON,
        derived=tuple(
            (table, column, where, _COUNTY_PLACE)
            for table, where in (("bodies", "body=GB_LAN"), ("centres", "host_body=GB_LAN"))
            for column in ("latitude", "longitude")
        ),
    ),
    "london": ShippedDraft(
        options=DraftOptions(
            centres=4,
            nearest=1,
            title="The 33 London boroughs: finance, HR, IT and procurement",
            price_year=2017,
            source="london.csv (central services: MHCLG Revenue Outturn 2017-18, Open Government Licence v3.0; population and points: mySociety)",
        ),
        sources=(
            "Central services, net current expenditure 2017-18: MHCLG Revenue Outturn Summary, Open Government Licence v3.0",
            _POPULATION,
            f"Points of the boroughs: {_CREDIT}",
        ),
        column_sources=_COMMON,
    ),
}


def draft_shipped(name: str) -> DraftResult:
    """Return the shipped instance ``name`` drafted anew from its facts; raise ``KeyError`` when none is drafted under that name."""
    recipe = SHIPPED[name]
    result = draft(read_bodies(FACTS / f"{name}.csv"), options=recipe.options)
    instance = result.instance
    settings = dataclasses.replace(instance.settings, sources=(*recipe.sources, *instance.settings.sources[1:]))
    evidence = _with_sources(instance.table("evidence"), recipe, instance.tables)
    return dataclasses.replace(result, instance=instance.replace(settings=settings, evidence=evidence))


def _with_sources(evidence: pd.DataFrame, recipe: ShippedDraft, tables: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """Return ``evidence`` with the sources of the facts' columns named one by one."""
    import pandas as pd

    of_facts = evidence["table"].isin(["bodies", "centres"]) & (evidence["mark"] == "V")
    named = evidence["column"].map(recipe.column_sources)
    evidence["source"] = evidence["source"].mask(of_facts & named.notna(), named)
    rows = []
    for table, column, where, source in recipe.derived:
        key, _, value = where.partition("=")
        if (tables[table][key] == value).any():
            rows.append({"table": table, "column": column, "where": where, "mark": "D", "source": source})
    return pd.concat([evidence, pd.DataFrame(rows, columns=evidence.columns)], ignore_index=True) if rows else evidence

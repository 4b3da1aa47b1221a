"""A run's integer program as MPS or LP, with a CSV that says which decision each column stands for."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from models.candidates import EVERY_BAND
from models.formulation import Formulation, formulate
from models.program_files import write_lp, write_mps
from models.whole_writing import whole_files

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from models.instance import Instance

    Whole = NDArray[np.int64]

_WRITERS = {"mps": write_mps, "lp": write_lp}
_SENTENCES = {
    "option": "the centre runs under the model",
    "band": "the centre under the model builds the band for the service",
    "pair": "the body's service is done at the centre under the model",
    "alone": "the body's service stays alone",
    "member": "the body is a member of the centre under the model",
    "owner": "the body owns the cluster",
    "lead": "the body leads the cluster",
    "supply": "the lead has power to supply the service to others",
    "slack": "units by which the soft rule is broken",
}


def names_path(path: Path) -> Path:
    """Return where the map of names goes that belongs to the program at ``path``."""
    return path.with_name(f"{path.stem}.names.csv")


def write_program(instance: Instance, form: str, path: Path, *, force: bool) -> None:
    """Write the program and its map of names side by side, both or neither; raise ``FileExistsError`` unless ``force``."""
    with whole_files([path, names_path(path)], force=force) as (scratch, scratch_names):
        formulation = formulate(instance)
        _WRITERS[form](formulation.program, scratch)
        column_names(formulation).to_csv(scratch_names, index=False, lineterminator="\n")


def program_text(instance: Instance, form: str) -> str:
    """Return the program as text, without its map of names."""
    with tempfile.TemporaryDirectory(prefix="consortia-") as folder:
        file = Path(folder) / "program"
        _WRITERS[form](formulate(instance).program, file)
        return file.read_text(encoding="ascii")


def column_names(formulation: Formulation) -> pd.DataFrame:
    """Return one row a column of the program: what is decided, for whom and where; empty where it does not apply."""
    columns, offered, arrays = formulation.columns, formulation.columns.candidates, formulation.columns.candidates.arrays
    bodies, services, centres, models = (
        np.array(("", *ids), dtype=object) for ids in (arrays.bodies, arrays.services, arrays.centres, arrays.commercial_models)
    )
    bands = np.array(("", *arrays.band_name), dtype=object)

    def block(
        kind: str,
        count: int,
        *,
        body: Whole | None = None,
        service: Whole | None = None,
        option: Whole | None = None,
        band: Whole | None = None,
    ) -> pd.DataFrame:
        none = np.full(count, -1, dtype=np.int64)
        at = none if option is None else offered.option_centre[option]
        under = none if option is None else offered.option_model[option]
        return pd.DataFrame(
            {
                "kind": kind,
                "meaning": _SENTENCES[kind],
                "body": bodies[(none if body is None else body) + 1],
                "service": services[(none if service is None else service) + 1],
                "centre": centres[at + 1],
                "commercial_model": models[under + 1],
                "band": bands[(none if band is None else band) + 1],
                "rule": "",
            }
        )

    group = offered.band_group
    pair_band = np.where(offered.pair_band == EVERY_BAND, -1, offered.band_row[np.maximum(offered.pair_band, 0)] if offered.band_row.size else -1)
    several = np.delete(np.arange(columns.member.size), columns.sole_pair[0])
    owner, lead, supply = offered.owner_member, offered.lead_member, offered.supply_group
    blocks = [
        block("option", columns.option.size, option=np.arange(columns.option.size)),
        block("band", columns.band.size, option=offered.group_option[group], service=offered.group_service[group], band=offered.band_row),
        block(
            "pair",
            columns.pair.size,
            body=arrays.unit_body[offered.pair_unit],
            service=arrays.unit_service[offered.pair_unit],
            option=offered.pair_option,
            band=pair_band,
        ),
        block("alone", columns.alone.size, body=arrays.unit_body, service=arrays.unit_service),
        block("member", several.size, body=offered.member_body[several], option=offered.member_option[several]),
        block("owner", columns.owner.size, body=offered.member_body[owner], option=offered.member_option[owner]),
        block("lead", columns.lead.size, body=offered.member_body[lead], option=offered.member_option[lead]),
        block("supply", columns.supply.size, option=offered.group_option[supply], service=offered.group_service[supply]),
    ]
    slack = block("slack", len(formulation.slack_rule))
    slack["rule"] = list(formulation.slack_rule)
    table = pd.concat([*blocks, slack], ignore_index=True)
    table.insert(0, "column", [f"c{number}" for number in range(len(table))])
    return table

"""Candidates with much left out, such as all that a neighbourhood of a plan does not touch."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from models.candidates import EVERY_BAND

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from models.candidates import Candidates

    Whole = NDArray[np.int64]
    Flags = NDArray[np.bool_]


def narrowed(whole: Candidates, option: Flags, band: Flags, member: Flags) -> Candidates:
    """Return what is left of ``whole`` when only some options, bands and members may be used.

    Every plan that is possible then is possible in ``whole``, at the same cost; staying alone always is.

    Parameters
    ----------
    whole
        Everything eligible.
    option, band, member
        (options,), (bands on offer,) and (members,) which to keep; bands and members of options left out go with them.
    """
    group = option[whole.group_option]
    band = band & group[whole.band_group]
    capacity = np.full(group.shape, -1, dtype=np.int64)
    np.maximum.at(capacity, whole.band_group[band], whole.band_capacity[band])
    of_band = np.maximum(whole.pair_band, 0)
    pair = (member & option[whole.member_option])[whole.pair_member] & (whole.pair_volume <= capacity[whole.pair_group])
    if band.size:
        pair &= (whole.pair_band == EVERY_BAND) | band[of_band]
    member = np.zeros(member.shape, dtype=np.bool_)
    member[whole.pair_member[pair]] = True
    owner, lead = member[whole.owner_member], member[whole.lead_member]
    new_option, new_group, new_band, new_member = (_numbers(kept) for kept in (option, group, band, member))
    return replace(
        whole,
        option_centre=whole.option_centre[option],
        option_model=whole.option_model[option],
        option_cost=whole.option_cost[option],
        group_option=new_option[whole.group_option[group]],
        group_service=whole.group_service[group],
        band_group=new_group[whole.band_group[band]],
        band_row=whole.band_row[band],
        band_cost=whole.band_cost[band],
        pair_unit=whole.pair_unit[pair],
        pair_group=new_group[whole.pair_group[pair]],
        pair_band=np.where(whole.pair_band[pair] == EVERY_BAND, EVERY_BAND, new_band[of_band[pair]] if band.size else EVERY_BAND),
        pair_member=new_member[whole.pair_member[pair]],
        pair_cost=whole.pair_cost[pair],
        member_body=whole.member_body[member],
        member_option=new_option[whole.member_option[member]],
        member_cost=whole.member_cost[member],
        owner_member=new_member[whole.owner_member[owner]],
        owner_cost=whole.owner_cost[owner],
        lead_member=new_member[whole.lead_member[lead]],
        lead_cost=whole.lead_cost[lead],
    )


def _numbers(kept: Flags) -> Whole:
    """Return (n,) the number that each of those kept has among them."""
    return np.cumsum(kept, dtype=np.int64) - 1

"""What a contract is worth under the law of public procurement: the charge over its whole term, value added tax included."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from models.economics import provider_margin_amount, refuse_inexact, service_charge_amount

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from models.arrays import InstanceArrays

VAT_RATE = 0.2
"""Standard rate of value added tax in the United Kingdom (Value Added Tax Act 1994 s.2); the thresholds are stated with it."""


def contract_values(
    arrays: InstanceArrays, unit: NDArray[np.int64], model: NDArray[np.int64], unit_cost: NDArray[np.float64], years: float
) -> NDArray[np.int64]:
    """Return what serving each unit adds to the value of its contract.

    That is (charge + margin) x (1 + VAT) x years, with the charge of a year in which all the work has moved, not discounted.

    Parameters
    ----------
    unit, model, unit_cost
        Aligned; ``unit_cost`` in money per unit of volume.
    years
        Term of a contract whose commercial model states none.

    Returns
    -------
    whole money, rounded half to even, aligned with ``unit``.

    Raises
    ------
    models.findings.TooLarge
        When a value leaves the range in which whole numbers stay exact.
    """
    charge = service_charge_amount(arrays.unit_volume[unit], unit_cost, arrays.model_process_saving_rate[model])
    yearly = charge + provider_margin_amount(charge, arrays.model_margin_rate[model])
    stated = arrays.model_contract_years[model]
    value = yearly * (1.0 + VAT_RATE) * np.where(np.isnan(stated), years, stated)
    refuse_inexact(value, "the value of a contract")
    return np.rint(value).astype(np.int64)

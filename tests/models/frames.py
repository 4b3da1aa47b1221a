"""A small whole instance as loose frames, for tests to change."""

from __future__ import annotations

import pandas as pd


def small() -> dict[str, pd.DataFrame]:
    return {
        "services": pd.DataFrame({"service": ["payroll", "payments"], "volume_unit": ["payslips", "invoices"], "distance_limit_km": [None, 60.5]}),
        "bodies": pd.DataFrame(
            {
                "body": ["001", "002", "003"],
                "name": ["Ash", "Birch, Upper", 'Cedar "C"'],
                "legal_type": ["district", "district", "county"],
                "latitude": [51.5, 51.6, 51.7],
                "longitude": [-0.1, -0.2, 0.3],
                "employees": [100, None, 300],
                "ward code": ["0012", "", "E 3 "],
            }
        ),
        "baseline": pd.DataFrame(
            {
                "body": ["001", "001", "002", "003"],
                "service": ["payroll", "payments", "payroll", "payroll"],
                "volume": [1000, 200, 900, 3000],
                "annual_cost": [50_000, 9_000, 40_000, 120_000],
                "confidence_grade": ["A", "B", "C", "D"],
            }
        ),
        "commercial_models": pd.DataFrame(
            {"commercial_model": ["lead", "committee"], "form": ["unitary", "joint-committee"], "governance_cost": [1000, 5000], "minimum_owners": [None, 2]}
        ),
        "centres": pd.DataFrame(
            {"centre": ["c1", "c2"], "host_body": ["001", ""], "latitude": [51.5, 51.6], "longitude": [-0.1, 0.2], "allowed_models": ["lead; committee", ""]}
        ),
        "bands": pd.DataFrame(
            {
                "centre": ["*", "c2", "*"],
                "service": ["payroll", "payroll", "payments"],
                "band": ["all", "big", "all"],
                "capacity": [5000, 9000, 5000],
                "set_up_cost": [1000, 2000, 300],
                "unit_cost": [12.25, 11.0, 0.1],
            }
        ),
        "powers": pd.DataFrame(
            {
                "legal_type": ["district", "county", "district", "county"],
                "commercial_model": ["lead", "lead", "committee", "committee"],
                "may_lead": [True, True, True, False],
                "may_own": ["yes", "yes", "yes", "no"],
                "may_use": [1, 1, 1, 1],
            }
        ),
    }


def with_cells(name: str, row: int, /, **cells: object) -> dict[str, pd.DataFrame]:
    """The small instance with some cells of one row (0 = first) changed."""
    tables = small()
    frame = tables[name].astype(object)
    for column, value in cells.items():
        if column not in frame:
            frame[column] = None
        frame.at[row, column] = value
    return {**tables, name: frame}

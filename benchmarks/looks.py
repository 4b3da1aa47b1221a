"""Looks at all centres of drafted France with one thread and with two, by turns: milliseconds a look, by the clock and of the processor."""

from __future__ import annotations

import time
from statistics import median

from common import instance_named, keep

LOOKS, TURNS, FIRST = 60, 3, 20


def main() -> None:
    from models.formulation import eligible
    from models.rules import active_rules
    from solver.construction.building import prepare
    from solver.engine.ascent import Ascent, compile_once
    from solver.engine.relaxation import relax

    instance = instance_named("france")
    active = active_rules(instance)
    relaxation = relax(prepare(eligible(instance, active), active).layout, active)
    compile_once()
    upper = float(relaxation.alone.sum())
    rows = []
    for turn in range(TURNS):
        for threads in (1, 2):
            ascent = Ascent(relaxation, threads)
            ascent.climb(upper, lambda ascent=ascent: ascent.looks >= FIRST)
            clock, processor = time.monotonic(), time.process_time()
            ascent.climb(upper, lambda ascent=ascent: ascent.looks >= FIRST + LOOKS)
            spent = {"look_ms": 1000 * (time.monotonic() - clock) / LOOKS, "processor_ms": 1000 * (time.process_time() - processor) / LOOKS}
            rows.append({"turn": turn, "threads": threads, **{name: round(some, 1) for name, some in spent.items()}})
            print(rows[-1], flush=True)
    one, two = (median(row["look_ms"] for row in rows if row["threads"] == threads) for threads in (1, 2))
    keep("looks-france", {"looks": LOOKS, "ratio": round(one / two, 2), "rows": rows})


if __name__ == "__main__":
    main()

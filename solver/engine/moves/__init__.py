"""Plans by compiled local search: places of all units in flat arrays, moves that open, change and close clusters, and a journal to take them back by."""

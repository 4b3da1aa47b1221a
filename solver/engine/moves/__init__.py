"""Plans by compiled local search: places of all units in flat arrays; moves that open, change and close clusters or exchange bodies; a journal to undo them."""

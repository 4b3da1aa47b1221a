"""Programs from elsewhere: MPS files read into :class:`models.program.Program`, solved by every back end, and judged in exact integers."""

"""A good plan without a solver: open the cluster that saves most, again and again, then improve; every known rule is kept on the way."""

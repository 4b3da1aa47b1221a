"""Comparison runs: instances by solvers by options by seeds under the same limits, kept in a store that survives, judged against each other."""

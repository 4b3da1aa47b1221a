"""Proven plans where every unit goes whole to one centre and all else follows from that: the single-source capacitated facility location problem.

Each centre has one way to run, so a plan is an assignment of units to centres. Lagrangian bounds with integer knapsacks, a covering knapsack over the
centres and, once the centres are settled, exact loads; fixing by bounds that forced decisions have; best-first search.
"""

"""Appraisal of a plan by the conventions of public money: what it is worth against doing nothing and the minimum, when, and to whom.

Nothing here chooses a plan. :mod:`models.appraisal.appraise` is the way in.
"""

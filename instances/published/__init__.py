"""Published facility-location files as ordinary instances: customers are bodies with one service, sites are centres with one band.

One module a layout, each with a ``LAYOUT``; :func:`layouts` finds them, :func:`check_published` reads a file with its findings, :func:`read_problem`
no more than the numbers in it.
"""

from __future__ import annotations

from instances.published.reading import check_published, known_formats, layouts, read_problem

__all__ = ["check_published", "known_formats", "layouts", "read_problem"]

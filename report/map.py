"""The map of a plan as inline SVG: bodies, centres and who uses what, north up; equirectangular, true to scale at the middle latitude."""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from markupsafe import Markup

from report import symbols
from report.colouring import colours_apart
from report.labels import Anchor, place, shortened
from report.money import counted, exact_money

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from report.view import RunView

    Real = NDArray[np.float64]

WIDTH = 960.0
_MARGIN = 46.0
_EDGE = 12.0
_FAR = 0.005
"""Share of the places on each side of the map that may be so far off that they are drawn at its edge."""
_KM_A_DEGREE = 111.195
_MOST_BODY_LABELS = 40
_MOST_CENTRE_NAMES = 12
_MOST_CENTRE_NUMBERS = 40
_MOST_LINES = 400
_MOST_TITLES = 1500
_MOST_CIRCLES = 2000
_CELL = 7.0
_MOST_CLUSTERS_NAMED = 24


@dataclass(frozen=True)
class Entry:
    """A line of the legend."""

    symbol: Markup
    text: str


@dataclass(frozen=True)
class MapDrawing:
    """The drawing, its legend, and what a reader should know about it."""

    svg: Markup
    legend: tuple[Entry, ...]
    notes: tuple[str, ...]


@dataclass(frozen=True)
class _Sheet:
    """Turns degrees into places on the drawing."""

    west: float
    north: float
    km_a_degree_east: float
    pixels_a_km: float
    left: float
    top: float
    height: float

    def x(self, longitude: Real) -> Real:
        """Return how far right places lie; those beyond the sheet stand at its edge."""
        return np.clip(self.left + (longitude - self.west) * self.km_a_degree_east * self.pixels_a_km, _EDGE, WIDTH - _EDGE)

    def y(self, latitude: Real) -> Real:
        """Return how far down places lie; those beyond the sheet stand at its edge."""
        return np.clip(self.top + (self.north - latitude) * _KM_A_DEGREE * self.pixels_a_km, _EDGE, self.height - 24 - _EDGE)

    def beyond(self, latitude: Real, longitude: Real) -> int:
        """Return how many places lie beyond the sheet."""
        x = self.left + (longitude - self.west) * self.km_a_degree_east * self.pixels_a_km
        y = self.top + (self.north - latitude) * _KM_A_DEGREE * self.pixels_a_km
        return int(((x != self.x(longitude)) | (y != self.y(latitude))).sum())


@dataclass(frozen=True)
class _Mark:
    """A body on the map, or several too close to tell apart."""

    x: float
    y: float
    radius: float
    centre: str
    share: float
    title: str
    name: str


def draw_map(view: RunView) -> MapDrawing:
    """Return the map of ``view``: with a plan its spokes too, else the bodies and the candidate centres."""
    bodies, centres = view.instance.table("bodies"), view.instance.table("centres")
    body_east, centre_east = _same_side(bodies["longitude"].to_numpy(dtype=np.float64), centres["longitude"].to_numpy(dtype=np.float64))
    body_north, centre_north = bodies["latitude"].to_numpy(dtype=np.float64), centres["latitude"].to_numpy(dtype=np.float64)
    sheet = _sheet(np.concatenate([body_north, centre_north]), np.concatenate([body_east, centre_east]))
    body_at = dict(zip(bodies["body"], zip(sheet.x(body_east).tolist(), sheet.y(body_north).tolist(), strict=True), strict=True))
    centre_at = dict(zip(centres["centre"], zip(sheet.x(centre_east).tolist(), sheet.y(centre_north).tolist(), strict=True), strict=True))
    clusters = [] if view.plan is None else [cluster for cluster in view.plan.clusters if cluster.centre in centre_at]
    cluster_of = {cluster.centre: position for position, cluster in enumerate(clusters)}
    model_of = {name: position for position, name in enumerate(sorted({cluster.commercial_model for cluster in clusters}))}
    shades = _shades(view, [cluster.centre for cluster in clusters], body_at, centre_at)
    marks = _bodies(view, body_at, cluster_of)
    merged = len(marks) < len(body_at)
    drawn_at = _beside_hosts(centre_at, marks)
    parts = [_spokes(view, body_at, drawn_at, shades, model_of)]
    closed = [(centre, x, y) for centre, (x, y) in drawn_at.items() if centre not in cluster_of]
    parts += [symbols.unused_symbol(x, y, f"{view.centre_names[centre]}: candidate, not used") for centre, x, y in closed]
    parts += [symbols.body_symbol(one.x, one.y, one.radius, shades.get(one.centre, symbols.GREY), one.share, one.title) for one in marks]
    for cluster in clusters:
        x, y = drawn_at[cluster.centre]
        title = f"{view.centre_names[cluster.centre]}: {cluster.commercial_model}"
        parts.append(
            symbols.centre_symbol(x, y, model_of[cluster.commercial_model], shades[cluster.centre], title, 5.0 if len(clusters) > _MOST_CENTRE_NUMBERS else 8.0)
        )
    named, crowded = len(clusters) <= _MOST_CENTRE_NAMES, len(clusters) > _MOST_CENTRE_NUMBERS
    anchors = [
        Anchor(*drawn_at[cluster.centre], 8.0, f"{position + 1} {view.centre_names[cluster.centre]}" if named else str(position + 1), needed=not crowded)
        for position, cluster in enumerate(clusters)
    ]
    if len(body_at) <= _MOST_BODY_LABELS:
        anchors += [Anchor(one.x, one.y, one.radius, one.name) for one in marks]
    labels = place(anchors, WIDTH, sheet.height)
    parts += [_label(label.x, label.y, label.align, label.text, "centre-name" if label.needed else "body-name") for label in labels]
    parts.append(_furniture(sheet))
    svg = Markup('<svg class="map" viewBox="0 0 {} {}" role="img" aria-label="Map of bodies and centres">{}</svg>').format(
        round(WIDTH), round(sheet.height), Markup("\n").join(parts)
    )
    notes = _notes(len(body_at), len(anchors) - len(labels), merged, bool(view.spokes), sheet.beyond(body_north, body_east))
    return MapDrawing(svg, _legend(view, model_of, shades, len(centre_at) > len(clusters)), notes)


def _shades(view: RunView, centres: Sequence[str], body_at: Mapping[str, tuple[float, float]], centre_at: Mapping[str, tuple[float, float]]) -> dict[str, str]:
    """Return the colour of each cluster by its centre, so that neighbours differ."""
    members: defaultdict[str, list[tuple[float, float]]] = defaultdict(list)
    for one in view.spokes:
        members[one.centre].append(body_at[one.body])
    apart = colours_apart([centre_at[centre] for centre in centres], [members[centre] for centre in centres], len(symbols.COLOURS))
    return {centre: symbols.COLOURS[colour] for centre, colour in zip(centres, apart, strict=True)}


def _same_side(*longitudes: Real) -> tuple[Real, ...]:
    """Move western longitudes a turn on where that brings the places together, as for places on both sides of the date line."""
    every = np.concatenate(longitudes)
    if every.size and np.ptp(every) > 180 and np.ptp(every % 360) < np.ptp(every):
        return tuple(part % 360 for part in longitudes)
    return longitudes


def _sheet(latitude: Real, longitude: Real) -> _Sheet:
    south, north, west, east = _frame(latitude, longitude)
    km_a_degree_east = _KM_A_DEGREE * max(0.05, math.cos(math.radians((south + north) / 2)))
    wide, high = (east - west) * km_a_degree_east, (north - south) * _KM_A_DEGREE
    # Places that coincide still need a scale: show a kilometre about them.
    room, most_high = WIDTH - 2 * _MARGIN, 640.0
    pixels_a_km = min(room / max(wide, 1.0), most_high / max(high, 1.0))
    drawn_high = high * pixels_a_km
    height = max(drawn_high + 2 * _MARGIN + 24, 300.0)
    left = (WIDTH - wide * pixels_a_km) / 2
    top = (height - 24 - drawn_high) / 2
    return _Sheet(west, north, km_a_degree_east, pixels_a_km, left, top, height)


def _frame(latitude: Real, longitude: Real) -> tuple[float, float, float, float]:
    """Return the southern, northern, western and eastern edge of what is drawn: of all places, unless a few far ones would leave most of the sheet empty."""
    south, north, west, east = (float(edge) for edge in (latitude.min(), latitude.max(), longitude.min(), longitude.max()))
    low, left = (float(np.quantile(part, _FAR, method="lower")) for part in (latitude, longitude))
    high, right = (float(np.quantile(part, 1 - _FAR, method="higher")) for part in (latitude, longitude))
    if 2 * (high - low) * (right - left) >= (north - south) * (east - west):
        return south, north, west, east
    return low, high, left, right


def _bodies(view: RunView, body_at: dict[str, tuple[float, float]], cluster_of: dict[str, int]) -> list[_Mark]:
    """Return a mark for each body, largest first so that small ones stay on top; for each cell of a fine grid when there are very many."""
    costs = view.body_annual_cost
    shared: defaultdict[str, Counter[str]] = defaultdict(Counter)
    used: Counter[str] = Counter()
    for one in view.spokes:
        shared[one.body][one.centre] += one.annual_cost
        used[one.body] += len(one.services)
    units = Counter(view.instance.table("baseline")["body"])
    largest = max([1, *costs.values()])
    few = len(body_at) <= _MOST_TITLES
    biggest_radius = 15.0 if len(body_at) <= 60 else 10.0 if len(body_at) <= 400 else 6.0

    def mark(x: float, y: float, cost: int, centre: str, share: float, title: str, name: str) -> _Mark:
        return _Mark(x, y, max(2.0 if few else 1.2, biggest_radius * math.sqrt(cost / largest)), centre, share, title, name)

    marks, cells = [], defaultdict(list)
    for body, (x, y) in body_at.items():
        centre = shared[body].most_common(1)[0][0] if body in shared else ""
        centre, share = centre if centre in cluster_of else "", used[body] / units[body] if units[body] else 0.0
        if len(body_at) > _MOST_CIRCLES:
            cells[round(x / _CELL), round(y / _CELL), centre, share >= 1, share > 0].append((costs.get(body, 0), share))
            continue
        name = view.body_names[body]
        title = f"{name}: {exact_money(costs.get(body, 0), view.currency)} a year; shares {used[body]} of {counted(units[body], 'service')}" if few else ""
        marks.append(mark(x, y, costs.get(body, 0), centre, share, title, name))
    largest = max([largest, *(sum(cost for cost, _ in cell) for cell in cells.values())])
    for (column, row, centre, _, _), cell in cells.items():
        cost, share = sum(cost for cost, _ in cell), min(share for _, share in cell)
        marks.append(mark(column * _CELL, row * _CELL, cost, centre, share, counted(len(cell), "body", "bodies"), ""))
    return sorted(marks, key=lambda one: -one.radius)


def _beside_hosts(centre_at: dict[str, tuple[float, float]], marks: Sequence[_Mark]) -> dict[str, tuple[float, float]]:
    """Move a centre at a body's own site to just above the body's circle, so that both are seen."""
    moved = {}
    for centre, (x, y) in centre_at.items():
        covered = [one.radius for one in marks if math.hypot(one.x - x, one.y - y) < 4]
        moved[centre] = (x, y - max(covered) - 7) if covered else (x, y)
    return moved


def _spokes(
    view: RunView,
    body_at: dict[str, tuple[float, float]],
    centre_at: dict[str, tuple[float, float]],
    shades: Mapping[str, str],
    model_of: dict[str, int],
) -> Markup:
    known = [one for one in view.spokes if one.centre in shades]
    if len(known) <= _MOST_LINES:
        return Markup("\n").join(
            symbols.spoke(
                *body_at[one.body],
                *centre_at[one.centre],
                shades[one.centre],
                symbols.dash(model_of.get(one.commercial_model, 0)),
                f"{view.body_names[one.body]} to {view.centre_names[one.centre]} ({one.commercial_model}): {', '.join(one.services)}",
            )
            for one in known
        )
    paths: defaultdict[str, list[str]] = defaultdict(list)
    for one in known:
        (x1, y1), (x2, y2) = body_at[one.body], centre_at[one.centre]
        paths[one.centre].append(f"M{x1:.0f} {y1:.0f}L{x2:.0f} {y2:.0f}")
    model_at = {one.centre: model_of.get(one.commercial_model, 0) for one in known}
    path = Markup('<path d="{}" fill="none" stroke="{}" stroke-width="0.5" stroke-opacity="0.6" stroke-dasharray="{}"/>')
    return Markup("\n").join(path.format("".join(lines), shades[centre], symbols.dash(model_at[centre]) or "none") for centre, lines in paths.items())


def _label(x: float, y: float, align: str, text: str, kind: str) -> Markup:
    return Markup('<text x="{:.1f}" y="{:.1f}" text-anchor="{}" class="{}">{}</text>').format(x, y, align, kind, text)


def _furniture(sheet: _Sheet) -> Markup:
    """Return the scale bar, at most a fifth of the width, and the north arrow."""
    longest = WIDTH / 5 / sheet.pixels_a_km
    power = 10.0 ** math.floor(math.log10(longest))
    km = max(factor * power for factor in (1, 2, 5) if factor * power <= longest)
    length, y = km * sheet.pixels_a_km, sheet.height - 14
    bar = Markup('<path d="M20 {y:.1f}v5h{length:.1f}v-5" fill="none" stroke="#333" stroke-width="1.2"/>').format(y=y - 5, length=length)
    arrow = Markup('<path d="M{x:.1f} {y:.1f}l-5 14l5 -4l5 4z" fill="#333"/>').format(x=WIDTH - 22, y=sheet.height - 32)
    return bar + _label(26 + length, y + 3, "start", f"{km:g} km", "furniture") + arrow + _label(WIDTH - 22, sheet.height - 6, "middle", "N", "furniture")


def _legend(view: RunView, model_of: dict[str, int], shades: Mapping[str, str], unused: bool) -> tuple[Entry, ...]:
    def small(mark: Markup) -> Markup:
        return Markup('<svg class="key" viewBox="0 0 44 18" width="44" height="18" aria-hidden="true">{}</svg>').format(mark)

    entries = []
    clusters = [] if view.plan is None else list(view.plan.clusters)
    for position, cluster in enumerate(clusters[:_MOST_CLUSTERS_NAMED]):
        shade, model = shades.get(cluster.centre, symbols.GREY), model_of.get(cluster.commercial_model, 0)
        mark = symbols.spoke(1, 9, 30, 9, shade, symbols.dash(model)) + symbols.centre_symbol(34, 9, model, shade, size=7)
        name = shortened(view.centre_names.get(cluster.centre, cluster.centre), 48)
        entries.append(Entry(small(mark), f"{position + 1} {name}: {cluster.commercial_model}"))
    if len(clusters) > _MOST_CLUSTERS_NAMED:
        for name, model in model_of.items():
            entries.append(Entry(small(symbols.centre_symbol(22, 9, model, symbols.GREY, size=7)), f"centre under {name}"))
    states = [(0.0, "body that stays alone")]
    if view.spokes:
        states = [(1.0, "body that shares all its services"), (0.5, "body that shares some of them"), *states]
    entries += [Entry(small(symbols.body_symbol(22, 9, 6, "#444444", share)), text) for share, text in states]
    if unused:
        entries.append(Entry(small(symbols.unused_symbol(22, 9)), "candidate centre not used"))
    return tuple(entries)


def _notes(bodies: int, unlabelled: int, merged: bool, lines: bool, far: int) -> tuple[str, ...]:
    first = "A body's area on the map grows with what its services cost today. A centre at a body's own site is drawn just above it."
    notes = [first + (" Lines join bodies to the centres they use; they are not roads." if lines else "")]
    if merged:
        notes.append("There are too many bodies to draw each: neighbours of the same cluster are drawn as one circle.")
    elif bodies > _MOST_BODY_LABELS:
        notes.append("Bodies are not named on the map because there are so many.")
    elif unlabelled:
        notes.append(f"{counted(unlabelled, 'name')} would not fit; they show when the pointer rests on a body.")
    if far:
        notes.append(f"{counted(far, 'body', 'bodies')} far from all others {'is' if far == 1 else 'are'} drawn at the edge of the map, nearer than in truth.")
    return tuple(notes)

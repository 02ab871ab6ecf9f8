"""The graph of what depends on what, in layers: foundations left, what follows from them right.

Layers by longest path, places in a layer by barycentres, heights by least squares that keep the
distances; the parts that hang together are laid out by themselves and packed on shelves. Graphviz would need a
binary, and its places change from version to version.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from graphlib import TopologicalSorter
from itertools import pairwise

import numpy as np
from scipy.optimize import isotonic_regression
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

Needs = Mapping[str, Sequence[str]]
"""The ids that each id depends on."""
Bend = tuple[str, str, int]
"""Where a long edge (from, to) crosses a layer."""
Site = str | Bend

WIDTH, HEIGHT = 136, 30
COLUMN, GAP, BEND_GAP = WIDTH + 40, 38, 14
SHELF = 7 * COLUMN
SWEEPS = 12


@dataclass(frozen=True)
class Drawing:
    """Where nodes stand (their upper left corner), and the points that each edge passes."""

    nodes: dict[str, tuple[int, int]]
    edges: dict[tuple[str, str], list[tuple[int, int]]]
    width: int
    height: int


def draw(needs: Needs) -> Drawing:
    """Lay the graph out.

    Args:
        needs: for each id the ids that it depends on, all of them keys too; no cycles.

    Returns:
        The drawing, the same for the same graph.
    """
    nodes: dict[str, tuple[int, int]] = {}
    edges: dict[tuple[str, str], list[tuple[int, int]]] = {}
    x = y = shelf = wide = 0
    for part in sorted((_Part(needs, ids) for ids in components(needs)), key=lambda p: (-p.height, -p.width)):
        if x and x + part.width > SHELF:
            x, y, shelf = 0, y + shelf, 0
        nodes |= {i: (x + left, y + top) for i, (left, top) in part.nodes.items()}
        edges |= {edge: [(x + a, y + b) for a, b in points] for edge, points in part.edges.items()}
        x, shelf = x + part.width, max(shelf, part.height)
        wide = max(wide, x)
    return Drawing(nodes, edges, wide - COLUMN + WIDTH, y + shelf - GAP + HEIGHT)


def components(needs: Needs) -> list[list[str]]:
    """The parts of the graph that hang together, each in the order of ``needs``."""
    number = {i: n for n, i in enumerate(needs)}
    ends = [(number[i], number[j]) for i, below in needs.items() for j in below]
    ones = np.ones(len(ends))
    matrix = coo_array((ones, np.array(ends, int).reshape(-1, 2).T), shape=(len(number), len(number)))
    count, labels = connected_components(matrix, directed=False)
    parts: list[list[str]] = [[] for _ in range(count)]
    for i, label in zip(needs, labels, strict=True):
        parts[label].append(i)
    return parts


def depths(needs: Needs) -> dict[str, int]:
    """Each node's layer: right of all it depends on; a foundation as near as can be to its first user."""
    order = list(TopologicalSorter(needs).static_order())
    depth: dict[str, int] = {}
    for i in order:
        depth[i] = max((depth[j] + 1 for j in needs[i]), default=0)
    for i in order:
        users = [depth[j] for j in needs if i in needs[j]]
        if not needs[i] and users:
            depth[i] = min(users) - 1
    return depth


@dataclass
class _Part:
    """One part that hangs together, laid out from its own corner."""

    all_needs: Needs
    ids: list[str]
    nodes: dict[str, tuple[int, int]] = field(default_factory=dict)
    edges: dict[tuple[str, str], list[tuple[int, int]]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.needs = {i: list(dict.fromkeys(self.all_needs[i])) for i in self.ids}
        self.depth = depths(self.needs)
        self.links: list[tuple[Site, Site]] = []
        self.layers: list[list[Site]] = [[] for _ in range(max(self.depth.values()) + 1)]
        for i in self.ids:
            self.layers[self.depth[i]].append(i)
        paths = {(j, i): list(self._path(j, i)) for i in self.ids for j in self.needs[i]}
        self._order()
        heights = self._heights()
        top = min(heights.values())
        place = {site: round(height - top) for site, height in heights.items()}
        self.width = len(self.layers) * COLUMN
        self.height = max(place[i] for i in self.ids) + GAP
        self.height = max(self.height, max(place.values()) + BEND_GAP)
        self.nodes = {i: (self.depth[i] * COLUMN, place[i]) for i in self.ids}
        self.edges = {edge: [*self._points(path, place)] for edge, path in paths.items()}

    def _path(self, start: str, end: str) -> Iterator[Site]:
        """An edge's sites, layer by layer; adds its bends and links."""
        between = range(self.depth[start] + 1, self.depth[end])
        bends: list[Site] = [(start, end, layer) for layer in between]
        for layer, bend in zip(between, bends, strict=True):
            self.layers[layer].append(bend)
        sites = [start, *bends, end]
        self.links += pairwise(sites)
        yield from sites

    def _order(self) -> None:
        """Sort the layers by the mean places of their neighbours, there and back; keep the best."""
        before, after = self._neighbours()
        best, fewest = [list(layer) for layer in self.layers], self._crossings()
        for sweep in range(SWEEPS):
            forward = sweep % 2 == 0
            for layer in self.layers if forward else reversed(self.layers):
                place = {site: n for sites in self.layers for n, site in enumerate(sites)}
                near = before if forward else after
                middle = {s: _mean([place[n] for n in near[s]], place[s]) for s in layer}
                layer.sort(key=lambda site, middle=middle: middle[site])  # type: ignore[misc]
            if (crossings := self._crossings()) < fewest:
                best, fewest = [list(layer) for layer in self.layers], crossings
        self.layers = best

    def _neighbours(self) -> tuple[dict[Site, list[Site]], dict[Site, list[Site]]]:
        before: dict[Site, list[Site]] = {site: [] for layer in self.layers for site in layer}
        after: dict[Site, list[Site]] = {site: [] for layer in self.layers for site in layer}
        for a, b in self.links:
            before[b].append(a)
            after[a].append(b)
        return before, after

    def _crossings(self) -> int:
        place = {site: (d, n) for d, sites in enumerate(self.layers) for n, site in enumerate(sites)}
        by_layer: dict[int, list[tuple[int, int]]] = {}
        for a, b in self.links:
            by_layer.setdefault(place[a][0], []).append((place[a][1], place[b][1]))
        return sum(
            (a - c) * (b - d) < 0
            for spans in by_layer.values()
            for n, (a, b) in enumerate(spans)
            for c, d in spans[:n]
        )

    def _heights(self) -> dict[Site, float]:
        """Heights near those of the neighbours, with the order and the distances kept."""
        before, after = self._neighbours()
        height = {site: float(n * GAP) for layer in self.layers for n, site in enumerate(layer)}
        for sweep in range(SWEEPS):
            for layer in self.layers if sweep % 2 == 0 else self.layers[::-1]:
                wanted = [_mean([height[n] for n in (*before[s], *after[s])], height[s]) for s in layer]
                gaps = [GAP if isinstance(s, str) else BEND_GAP for s in layer]
                height |= zip(layer, spread(wanted, gaps), strict=True)
        return height

    def _points(self, path: list[Site], place: Mapping[Site, int]) -> Iterator[tuple[int, int]]:
        """From the right side of the first node through the bends' two sides to the left of the last."""
        first, *bends, last = path
        middle = HEIGHT // 2
        yield self.depth[str(first)] * COLUMN + WIDTH, place[first] + middle
        for bend in bends:
            x = int(bend[2]) * COLUMN
            yield x, place[bend] + middle
            yield x + WIDTH, place[bend] + middle
        yield self.depth[str(last)] * COLUMN, place[last] + middle


def _mean(values: Sequence[float], default: float) -> float:
    return sum(values) / len(values) if values else default


def spread(wanted: Sequence[float], gaps: Sequence[float]) -> list[float]:
    """The places nearest to the wanted ones (least squares) that are at least the gaps apart.

    Args:
        wanted: where each would like to be, in the order that is kept.
        gaps: how far the next one has to stay away from each.

    Returns:
        The places, by pooling neighbours that would come too near.
    """
    offsets = np.concatenate([[0.0], np.cumsum(gaps[:-1])])
    return list(isotonic_regression(np.asarray(wanted) - offsets).x + offsets)

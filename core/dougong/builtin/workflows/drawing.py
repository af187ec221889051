"""A picture of a workflow drawn as SVG: states in columns by their distance from the first."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from html import escape

from dougong.builtin.workflows.diagram import Arrow, Picture

WIDTH, HEIGHT = 130, 40
"""Of a state's box, in pixels."""
ACROSS, DOWN = 250, 110
"""From one box to the next."""
MARGIN = 40
LETTER = 7
"""How wide a letter of a label is, at most."""
STYLE = (
    "text{font:12px sans-serif;text-anchor:middle}"
    ".state{fill:#fff;stroke:#444}.final{stroke-width:3}.current{fill:#ffd54f}.done{fill:#e0e0e0}"
    ".step{fill:none;stroke:#666;marker-end:url(#tip)}.label{fill:#333;paint-order:stroke;"
    "stroke:#fff;stroke-width:4px}"
)
TIP = (
    '<marker id="tip" viewBox="0 0 10 10" refX="10" refY="5" markerWidth="7" markerHeight="7" '
    'orient="auto-start-reverse"><path d="M0 0L10 5L0 10z" fill="#666"/></marker>'
)
Places = dict[str, tuple[int, int]]
"""The upper left corner of each state's box."""


def svg(picture: Picture) -> str:
    """The picture as one SVG element; every text in it is escaped."""
    places = _places(picture)
    width = max(x for x, _ in places.values()) + WIDTH + MARGIN
    bends = list(_bends(picture, places))
    low = max([y for _, y in places.values()] + [bend for _, bend in bends])
    height = low + HEIGHT + MARGIN
    arrows = "".join(_arrow(arrow, places, bend) for arrow, bend in bends)
    states = "".join(_state(name, picture, *places[name]) for name in picture.states)
    title = f"<title>{escape(picture.name)}</title>"
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" role="img" viewBox="0 0 {width} {height}" '
        f'width="{width}" height="{height}">{title}<style>{STYLE}</style><defs>{TIP}</defs>'
        f"{arrows}{states}</svg>"
    )


def _places(picture: Picture) -> Places:
    """A column for each number of steps that it takes to come there; what nobody reaches last."""
    following: dict[str, list[str]] = {}
    for arrow in picture.arrows:
        following.setdefault(arrow.source, []).append(arrow.target)
    rank, waiting = {picture.start: 0}, deque([picture.start])
    while waiting:
        one = waiting.popleft()
        for target in following.get(one, ()):
            if target not in rank:
                rank[target] = rank[one] + 1
                waiting.append(target)
    last = max(rank.values()) + 1
    columns: dict[int, int] = {}
    places: Places = {}
    for state in sorted(picture.states, key=lambda one: rank.get(one, last)):
        column = rank.get(state, last)
        row = columns.get(column, 0)
        columns[column] = row + 1
        places[state] = (MARGIN + column * ACROSS, MARGIN + row * DOWN)
    return places


def _bends(picture: Picture, places: Places) -> Iterator[tuple[Arrow, int]]:
    """Each arrow, and how low it goes; those that do not lead to the next column go below all."""
    low = max(y for _, y in places.values()) + HEIGHT
    for arrow in picture.arrows:
        across = places[arrow.target][0] - places[arrow.source][0]
        if across == ACROSS:
            yield arrow, 0
        else:
            low += 28
            yield arrow, low


def _arrow(arrow: Arrow, places: Places, low: int) -> str:
    (x, y), (to_x, to_y) = places[arrow.source], places[arrow.target]
    if not low:
        x, y, to_y = x + WIDTH, y + HEIGHT // 2, to_y + HEIGHT // 2
        middle = (x + to_x) // 2
        path = f"M{x} {y}C{middle} {y} {middle} {to_y} {to_x} {to_y}"
        return _line(path, arrow.label, middle, (y + to_y) // 2 - 6, to_x - x)
    x, to_x = x + WIDTH * 2 // 3, to_x + WIDTH // 3
    y, to_y = y + HEIGHT, to_y + HEIGHT
    path = f"M{x} {y}C{x} {low} {x} {low} {(x + to_x) // 2} {low}S{to_x} {low} {to_x} {to_y}"
    return _line(path, arrow.label, (x + to_x) // 2, low - 4, ACROSS)


def _line(path: str, label: str, x: int, y: int, room: int) -> str:
    longest = max(8, room // LETTER)
    shown = label if len(label) <= longest else f"{label[: longest - 1]}…"
    return (
        f'<path class="step" d="{path}"/>'
        f'<text class="label" x="{x}" y="{y}"><title>{escape(label)}</title>{escape(shown)}</text>'
    )


def _state(name: str, picture: Picture, x: int, y: int) -> str:
    kinds = ["state", *(["final"] if name in picture.final else [])]
    kinds += ["current"] if name == picture.current or name in picture.under_way else []
    kinds += ["done"] if name in picture.done else []
    squeezed = (
        f' textLength="{WIDTH - 12}" lengthAdjust="spacingAndGlyphs"' if len(name) > 15 else ""
    )
    return (
        f'<rect class="{" ".join(kinds)}" x="{x}" y="{y}" width="{WIDTH}" height="{HEIGHT}" rx="8"/>'
        f'<text x="{x + WIDTH // 2}" y="{y + HEIGHT // 2 + 4}"{squeezed}>{escape(name)}</text>'
    )

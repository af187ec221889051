"""Writes the pictures of workflows into the READMEs of add-ons, between their markers.

    python -m tools.write_diagrams

A page says where it wants one: `<!-- workflow crm.lead -->`, and `<!-- end -->` behind it. A test
compares the pages with what this writes, so they are never behind.
"""

from __future__ import annotations

import re
from pathlib import Path

from dougong.addons.discovery import parts_of
from dougong.addons.rehearsal import with_needs
from dougong.builtin.workflows.diagram import mermaid, picture_of, workflow_named
from dougong.generation import Generation

ROOT = Path(__file__).parents[1]
MARKED = re.compile(r"(<!-- workflow (\S+) -->\n).*?(<!-- end -->\n)", re.DOTALL)


def pages() -> list[Path]:
    """The READMEs of our add-ons."""
    return sorted((ROOT / "addons").glob("*/README.md"))


def written(page: str) -> str:
    """A page with its pictures as they are now; raises SetupError for one of no workflow."""
    return MARKED.sub(
        lambda found: f"{found[1]}```mermaid\n{_diagram(found[2])}```\n{found[3]}", page
    )


def _diagram(name: str) -> str:
    """The workflow as its own add-on brings it, whatever else is there."""
    addon = name.partition(".")[0]
    parts = [one for one in parts_of(with_needs([addon])) if not one.is_bridge]
    generation = Generation(0, parts)
    flow = workflow_named(generation, name)
    return mermaid(picture_of(flow, generation.steps_of(flow.entity)))


if __name__ == "__main__":
    for path in pages():
        path.write_text(written(path.read_text("utf-8")), "utf-8")

"""Workflows are drawn as they are: in the READMEs of add-ons, by a command, and in the API."""

import re
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from click.testing import CliRunner
from tools.write_diagrams import pages, written

from dougong.addons.discovery import available, parts_of
from dougong.addons.rehearsal import with_needs
from dougong.builtin.workflows.diagram import Arrow, Picture, mermaid
from dougong.builtin.workflows.drawing import svg
from dougong.cli import main
from dougong.entity.model import key_of
from dougong.generation import Generation
from dougong.testing.databases import Databases

SVG = "{http://www.w3.org/2000/svg}"
BEHIND = "write them anew: .venv/bin/python -m tools.write_diagrams"
PICTURE = Picture(
    "garden.bed",
    ("NEW", "END", "A_STATE_WITH_A_LONG_NAME"),
    "NEW",
    ("END",),
    (
        Arrow("NEW", "END", "finish (reason)"),
        Arrow("END", "NEW", "<script>again & again</script>"),
        Arrow("NEW", "NEW", "stay"),
    ),
    "NEW",
)


@pytest.mark.parametrize("page", pages(), ids=lambda page: page.parent.name)
def test_the_pictures_in_a_readme_are_those_of_the_code(page: Path) -> None:
    said = page.read_text("utf-8")

    assert written(said) == said, BEHIND


def test_every_workflow_of_an_add_on_has_its_picture_in_the_readme() -> None:
    ours = {page.parent.name: page.read_text("utf-8") for page in pages()}
    generation = Generation(0, parts_of(with_needs(sorted(ours.keys() & available().keys()))))
    names = [key_of(entity) for entity in generation.workflows]

    assert {"crm.lead", "sales_order.sales_order", "inventory.stock_move"} <= set(names)
    assert [n for n in names if f"<!-- workflow {n} -->" not in ours[n.partition(".")[0]]] == []


def test_the_command_draws_what_is_installed(databases: Databases, tmp_path: Path) -> None:
    about = ["--database", databases.clone("crm"), "--home", str(tmp_path)]

    said = CliRunner().invoke(main, ["diagram", "crm.lead", *about])
    drawn = CliRunner().invoke(main, ["diagram", "crm.lead", "--format", "svg", *about])
    unknown = CliRunner().invoke(main, ["diagram", "crm.leed", *about])

    assert "    NEW --> QUALIFIED: qualify\n" in said.output
    assert ET.fromstring(drawn.output).tag == f"{SVG}svg"
    assert unknown.exit_code == 1
    assert (
        "There is no workflow “crm.leed” here. Fix: name one of these: crm.lead" in unknown.output
    )


def test_mermaid_marks_the_state_and_renames_what_it_takes_for_its_own_words() -> None:
    lines = [line.strip() for line in mermaid(PICTURE).splitlines()]

    assert 'state "END" as END_' in lines
    assert "NEW --> END_: finish (reason)" in lines
    assert "END_ --> [*]" in lines
    assert "class NEW current" in lines


def test_the_svg_shows_every_state_and_step_as_text_and_nothing_else() -> None:
    drawn = ET.fromstring(svg(PICTURE))

    texts = ["".join(one.itertext()) for one in drawn.iter(f"{SVG}text")]
    assert {"NEW", "END", "A_STATE_WITH_A_LONG_NAME"} <= set(texts)
    assert any("<script>again & again</script>" in text for text in texts)
    assert not list(drawn.iter(f"{SVG}script"))
    marked = [one for one in drawn.iter(f"{SVG}rect") if "current" in one.get("class", "")]
    assert len(marked) == 1


def test_no_two_states_of_a_picture_lie_on_each_other_and_all_lie_within() -> None:
    drawn = ET.fromstring(svg(PICTURE))
    width, height = int(drawn.get("width", 0)), int(drawn.get("height", 0))
    corners = [(int(r.get("x", 0)), int(r.get("y", 0))) for r in drawn.iter(f"{SVG}rect")]

    assert len(set(corners)) == len(PICTURE.states)
    assert all(x + 130 <= width and y + 40 <= height for x, y in corners)
    ends = [
        tuple(map(int, re.findall(r"\d+", p.get("d", ""))[-2:]))
        for p in drawn.iter(f"{SVG}path")
        if p.get("class")
    ]
    assert all(0 < x < width and 0 < y < height for x, y in ends)

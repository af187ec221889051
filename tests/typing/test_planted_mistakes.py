"""Type checkers find the mistakes that authors of add-ons make."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PLANTED = '''
from collections.abc import Iterator

from sqlalchemy.orm import Mapped, mapped_column

from dougong import EVERYONE, Context, Entity, Extension, Limit, Money, action, after, answers
from dougong import before, instead_of, link, question, wrap
from dougong_crm import Lead, LeadStage, lead_workflow, lose, qualify
from dougong_party import Party


class Visit(Entity):
    """A visit to a lead."""

    lead: Mapped[Lead] = link()
    note: Mapped[str | None] = mapped_column(default=None)


class LeadNotes(Extension[Lead]):
    notes: Mapped[str | None] = mapped_column(default=None)


class Call(Entity, searchable="note"):  # wrong
    note: Mapped[str]


@before(qualify)
def rule_for_another_entity(party: Party, ctx: Context) -> None: ...  # wrong (above)


@after(lose, form=True)
def rule_with_another_form(lead: Lead, ctx: Context, *, reason: int) -> None: ...  # wrong (above)


@before(Visit.create)
def rule_for_another_create(lead: Lead, ctx: Context) -> None: ...  # wrong (above)


@lead_workflow.step("NEW", to=LeadStage.LOST, needs=EVERYONE)  # wrong
def forget(lead: Lead, ctx: Context) -> None: ...


@action(needs=EVERYONE)
def praise(lead: Lead, ctx: Context, *, points: int) -> Lead:
    return lead


@wrap(qualify)
def around_another_entity(party: Party, ctx: Context) -> Iterator[None]:  # wrong (above)
    yield


@wrap(lose, form=True)
def around_with_the_form(lead: Lead, ctx: Context, *, reason: str) -> Iterator[None]:
    yield


@instead_of(praise, form=True)
def praise_in_words(lead: Lead, ctx: Context, *, points: int) -> str:  # wrong (above)
    return "well done"


@question(first=True)
def worth(lead: Lead, ctx: Context, *, days: int) -> int | None: ...


@question(all=True)
def worries(lead: Lead, ctx: Context) -> list[str]:
    return []


@answers(worth)
def worth_in_words(lead: Lead, ctx: Context, *, days: int) -> str | None:  # wrong (above)
    return None


@answers(worries)
def no_worries(lead: Lead, ctx: Context) -> list[str]:
    return []


def days_of(visit: Visit) -> Money | None:
    return None


@lead_workflow.step(
    LeadStage.NEW,
    to=LeadStage.LOST,
    needs=EVERYONE,
    limit=Limit(days_of, up_to=[], above=EVERYONE),  # wrong
)
def give_up(lead: Lead, ctx: Context) -> None: ...


@lead_workflow.step(LeadStage.NEW, to=LeadStage.LOST, needs=EVERYONE, not_by=(Lead.create, lose))
def give_in(lead: Lead, ctx: Context) -> None: ...


def use(lead: Lead, party: Party, ctx: Context) -> None:
    Visit()  # wrong
    Visit(lead=lead, note=3)  # wrong
    Lead("Ada")  # wrong
    Lead(nam="Ada")  # wrong
    qualify(party, ctx)  # wrong
    lose(lead, ctx)  # wrong
    lose(lead, ctx, reason=3)  # wrong
    praise(lead, ctx, points="many")  # wrong
    LeadNotes.of(party)  # wrong
    LeadNotes.of(lead).note  # wrong
    ctx.create(lead).nam  # wrong
    worth(lead, ctx)  # wrong
    worth(party, ctx, days=1)  # wrong


def right(lead: Lead, ctx: Context) -> None:
    Visit(lead=lead)
    qualify(lead, ctx)
    lose(lead, ctx, reason="too dear")
    praise(lead, ctx, points=3)
    LeadNotes.of(lead).notes = "called"
    worries(lead, ctx) + [str(worth(lead, ctx, days=1))]
    ctx.create(Lead(name="Ada"))
'''


def planted_lines() -> set[int]:
    """The lines that are wrong; a mistake in a decorated function shows at its decorator."""
    lines = PLANTED.splitlines()
    wrong = {number for number, line in enumerate(lines, 1) if line.endswith("# wrong")}
    return wrong | {n - 1 for n, line in enumerate(lines, 1) if line.endswith("# wrong (above)")}


@pytest.fixture
def planted(tmp_path: Path) -> Path:
    path = tmp_path / "dougong_planted" / "__init__.py"
    path.parent.mkdir()
    path.write_text(PLANTED, "utf-8")
    return path


def run(*command: str, folder: Path) -> str:
    addons = sorted(str(path.parent) for path in ROOT.glob("addons/*/dougong_*/"))
    done = subprocess.run(
        command,
        cwd=folder,
        env={**os.environ, "MYPYPATH": os.pathsep.join([str(ROOT / "core"), *addons])},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    return done.stdout


def test_mypy_finds_every_planted_mistake_and_no_other(planted: Path) -> None:
    cache = ROOT / ".cache" / "mypy_planted"
    said = run(
        *(sys.executable, "-m", "mypy", "--strict", "--follow-imports=silent"),
        *("--cache-dir", str(cache), str(planted)),
        folder=planted.parent,
    )

    assert {int(line) for line in re.findall(r":(\d+): error:", said)} == planted_lines(), said


def test_pyright_finds_every_planted_mistake_and_no_other(planted: Path) -> None:
    said = json.loads(
        run(
            *(sys.executable, "-m", "pyright", "--outputjson"),
            *("--pythonpath", sys.executable, str(planted)),
            folder=planted.parent,
        )
    )

    errors = [one for one in said["generalDiagnostics"] if one["severity"] == "error"]
    assert {one["range"]["start"]["line"] + 1 for one in errors} == planted_lines(), errors

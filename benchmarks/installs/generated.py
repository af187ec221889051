"""Add-ons made by the dozen: entities with links, a workflow, a reaction, an extension."""

from __future__ import annotations

import importlib
import shutil
import sys
import textwrap
from pathlib import Path

from sqlalchemy.dialects import postgresql
from sqlalchemy.schema import CreateIndex, CreateTable

from dougong.entity.registry import registry_of

REVISION = '''"""The first tables."""

from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
'''

DOOR = '''
"""{title}: made for a benchmark."""
from dougong import AddOn
addon = AddOn(name="{name}", title="{title}", needs={needs})
'''
ENTITIES = '''
"""What {title} remembers."""
from datetime import date
from decimal import Decimal
from enum import StrEnum

from dougong import EVERYONE, all_rows, Entity, Extension, Role, User, Workflow, before, create, link, read, update
from dougong_party import Party
from sqlalchemy import Numeric
from sqlalchemy.orm import Mapped, mapped_column


class {title}State(StrEnum):
    """How far it is."""

    OPEN = "OPEN"
    DONE = "DONE"

'''
ENTITY = '''
class {entity}(Entity):
    """A thing of {title}."""

    name: Mapped[str]
    remark: Mapped[str | None] = mapped_column(default=None)
    due: Mapped[date | None] = mapped_column(default=None)
    quantity: Mapped[Decimal] = mapped_column(Numeric(18, 4), default=Decimal(0), server_default="0")
    state: Mapped[{title}State] = mapped_column(default={title}State.OPEN)
    owner: Mapped[User | None] = link(default=None)
    before_it: Mapped["{other} | None"] = link(default=None, reverse="-")

'''
RULES = '''
class {title}Note(Extension[Party]):
    """What {title} knows about a party."""

    {name}_note: Mapped[str] = mapped_column(default="", server_default="")


workflow = Workflow({first}, {first}.state, final=[{title}State.DONE])


@workflow.step({title}State.OPEN, to={title}State.DONE, needs=EVERYONE)
def finish(thing: {first}, ctx) -> None:
    """Be done with it."""


@before(finish)
def be_careful(thing: {first}, ctx) -> None:
    """Nothing unnamed is done."""
    assert thing.name


WORKER = Role(
    "{name}.worker",
    "Works with {title}.",
    grants=[{grants}], rows=[{rows}])
'''


def write(folder: Path, name: str, entities: int, needs: tuple[str, ...] = ("party",)) -> str:
    """An add-on of a name with so many entities, as an installed distribution; its package.

    It has no revisions yet: `dougong migration` writes them.
    """
    package, title = f"dougong_{name}", name.title().replace("_", "")
    root = folder / package
    root.mkdir(parents=True)
    names = [f"{title}{'ABCDEFGHIJ'[number]}" for number in range(entities)]
    source = ENTITIES.format(title=title)
    for entity, other in zip(names, [names[0], *names], strict=False):
        source += ENTITY.format(title=title, entity=entity, other=other)
    grants = ", ".join(f"read({one}), create({one}), update({one})" for one in names)
    rows = ", ".join(f"all_rows({one})" for one in names)
    source += RULES.format(title=title, first=names[0], name=name, grants=grants, rows=rows)
    (root / "__init__.py").write_text(
        DOOR.format(title=title, name=name, needs=list(needs)).lstrip()
    )
    (root / "entities.py").write_text(source.lstrip())
    described = folder / f"{package}-1.0.dist-info"
    described.mkdir()
    metadata = f"""\
        Metadata-Version: 2.1
        Name: {package}
        Version: 1.0
        Requires-Dist: dougong
        Requires-Dist: dougong-party
        """
    (described / "METADATA").write_text(textwrap.dedent(metadata))
    (described / "entry_points.txt").write_text(f"[dougong.addons]\n{name} = {package}:addon\n")
    return package


def write_revision(folder: Path, name: str) -> None:
    """The first revision of a generated add-on: what its entities need. Imports the add-on."""
    importlib.import_module(
        f"dougong_{name}.entities"
    )  # it may be another folder's, and is the same
    metadata = registry_of(name).metadata
    tables = metadata.sorted_tables
    made = [str(CreateTable(table).compile(dialect=postgresql.dialect())) for table in tables]
    made += [
        str(CreateIndex(index).compile(dialect=postgresql.dialect()))
        for table in tables
        for index in sorted(table.indexes, key=lambda one: str(one.name))
    ]
    revisions = folder / f"dougong_{name}" / "migrations"
    revisions.mkdir(exist_ok=True)
    body = "".join(f"    op.execute({statement.strip()!r})\n" for statement in made)
    (revisions / "0001_first.py").write_text(REVISION + body)


def site(folder: Path, addons: int, entities: int) -> list[str]:
    """A folder with so many add-ons, on Python's path, made unless it is there; their names."""
    names = [f"made{number:03}" for number in range(addons)]
    sys.path.append(str(folder))
    if not (folder / "complete").exists():
        shutil.rmtree(folder, ignore_errors=True)
        for name in names:
            write(folder, name, entities)
        importlib.invalidate_caches()
        for name in names:
            write_revision(folder, name)
        (folder / "complete").touch()
    return names

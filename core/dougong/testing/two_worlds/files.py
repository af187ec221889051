"""Files that the person brings in, in both worlds; nothing of them is kept."""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from sqlalchemy import select

from dougong.access.context import Context
from dougong.access.lookup import principal_named
from dougong.access.principal import ANONYMOUS, Principal
from dougong.access.users import User
from dougong.builtin.import_export import import_file
from dougong.builtin.import_export.run import BadRows
from dougong.builtin.import_export.values import Problem
from dougong.db.session import in_transaction
from dougong.entity.base import Entity
from dougong.entity.model import ToOne, model_of
from dougong.errors import DougongError, Refused
from dougong.testing.oracle.dice import Dice
from dougong.testing.two_worlds.contents import NOT_TAKEN
from dougong.testing.worlds import LiveWorld

ROWS = 3


def write_file(
    path: Path, entity: type[Entity], dice: Dice, pool: Mapping[tuple[str, str], Sequence[Any]]
) -> list[list[str]]:
    """A file of that entity's records, with values that others have; links by natural keys."""
    model = model_of(entity)
    names = [n for n, one in model.fields.items() if not one.read_only and one.kind != "Money"]
    keys = {n: key for n, link in model.links.items() if (key := _key(link))}
    chosen = [n for n in names if not model.fields[n].has_default or dice.chance(60)]
    header = [*chosen, *keys]
    unique = {one.name for key in model.natural_keys for one in key}

    def value(name: str, row: int) -> str:
        if name in unique and dice.chance(70):
            return f"{NOT_TAKEN} {row}"
        return _text(dice, pool.get((model.name, model.fields[name].api_name), ()))

    rows = [
        [
            *(value(n, row) for n in chosen),
            *(_text(dice, pool.get(key, ())) for key in keys.values()),
        ]
        for row in range(ROWS)
    ]
    return write_rows(path, [header, *rows])


def write_rows(path: Path, rows: list[list[str]]) -> list[list[str]]:
    """A file of these rows, of which the first is its header."""
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows(rows)
    return rows


def _key(link: ToOne) -> tuple[str, str] | None:
    target = model_of(link.target)
    if link.read_only or target.natural_key is None or target.natural_key not in target.fields:
        return None
    return target.name, target.fields[target.natural_key].api_name


def _text(dice: Dice, known: Sequence[Any]) -> str:
    value = dice.one(known) if known and not dice.chance(10) else "1"
    return value if isinstance(value, str) else str(value).lower()


class Undone(Exception):
    """Ends a transaction of which nothing is to be kept."""


def bring_in(
    world: LiveWorld,
    user: int | None,
    entity: type[Entity],
    path: Path,
    update: str | None = None,
) -> Mapping[str, Any]:
    """What the user is told who brings the file in; with `update`, to change what is there."""
    said: dict[str, Any] = {}

    def work(ctx: Context) -> None:
        try:
            done = import_file(ctx, entity, path, update=update)
            said["done"] = {"rows": done.rows, "updated": done.updated}
        except Refused as refusal:
            said["refused"] = ctx.generation.sentence(refusal)
            problems = refusal.problems if isinstance(refusal, BadRows) else ()
            said["errors"] = [_error(one) for one in problems]
        except DougongError as problem:
            said["problem"] = str(problem)
        if "done" not in said:
            raise Undone

    with suppress(Undone):
        in_transaction(
            world.engine, world.runtime.generation, principal_of(world, user), work, keep=False
        )
    return said


def _error(problem: Problem) -> dict[str, Any]:
    because, path = problem.because, [f"line {problem.line}"]
    if because is None:
        return {"code": "bad_value", "path": path, "params": {"said": problem.message}}
    return {
        "code": because.code,
        "path": [*path, *map(str, because.at)],
        "params": dict(because.params),
    }


def principal_of(world: LiveWorld, user: int | None) -> Principal:
    """The user as it asks now; None for somebody who has not signed in."""
    if user is None:
        return ANONYMOUS
    with world.engine.connect() as connection:
        email = connection.scalar(select(User.email).where(User.id == user))
    return principal_named(world.engine, email or "")

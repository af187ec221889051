"""Files that the person takes out of both worlds: the same rows in the same order, byte for byte."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import chain
from pathlib import Path
from random import Random
from typing import Any

from dougong.builtin.import_export.exporting import Asked, export_file
from dougong.builtin.import_export.mapping import Taken
from dougong.entity.base import Entity
from dougong.entity.model import ToOne, model_of
from dougong.errors import Refused
from dougong.generation import Generation
from dougong.testing.two_worlds.answers import Leak, plain, where
from dougong.testing.two_worlds.asking import Asking
from dougong.testing.two_worlds.files import principal_of
from dougong.testing.two_worlds.sweeps import Sweeps
from dougong.testing.worlds import LiveWorld

COLUMNS = 12
"""How many columns beside the usual ones a file has."""
SUFFIX = ".csv"


class Exports:
    """Takes lists of an entity out: all that an import takes, more columns, by conditions, in orders."""

    def __init__(self, asking: Asking, sweeps: Sweeps, random: Random, file: Path) -> None:
        """Files are written beside `file`."""
        self._asking = asking
        self._sweeps = sweeps
        self._random = random
        self._path = file.with_name(f"out{SUFFIX}")

    def take_out(self, entity: type[Entity]) -> None:
        """Some files of an entity. Raises Leak."""
        for asked in self._asked(entity):
            self._asking.asked["export"] += 1
            one, other = (
                plain(taken_out(world, self._asking.pair.user, asked, self._path))
                for world in self._asking.pair.worlds
            )
            if one != other:
                raise Leak(f"{where(one, other)}\n{asked}\n{one}\n{other}")

    def _asked(self, entity: type[Entity]) -> Iterator[Asked]:
        name = entity.__name__
        yield Asked(name)
        known = list(_columns(self._asking.pair.generation, entity))
        some = self._random.sample(known, min(COLUMNS, len(known)))
        conditions = [*chain(self._sweeps.conditions(entity), self._sweeps.searches(entity))]
        orders = [*self._sweeps.orders(entity)]
        yield Asked(name, columns=("id", *some))
        if conditions:
            yield Asked(name, where=self._random.choice(conditions), columns=("id",))
        if orders:
            yield Asked(name, order=f"[{self._random.choice(orders)}]", columns=("id",))


def _columns(generation: Generation, entity: type[Entity]) -> Iterator[str]:
    """Every field of an entity and of its extensions, and of what these link to."""
    for name, member in Taken(generation, entity).known.items():
        yield name
        if isinstance(member, ToOne):
            yield f"{name}.id"
            yield from (f"{name}.{one}" for one in model_of(member.target).fields)


def taken_out(world: LiveWorld, user: int | None, asked: Asked, path: Path) -> Mapping[str, Any]:
    """What the user is told who takes a file out, and the file's lines."""
    generation = world.runtime.generation
    try:
        done = export_file(world.engine, generation, principal_of(world, user), asked, path)
        return {"rows": done.rows, "file": path.read_text("utf-8").splitlines()}
    except Refused as refusal:
        return {"refused": generation.sentence(refusal)}
    finally:
        path.unlink(missing_ok=True)

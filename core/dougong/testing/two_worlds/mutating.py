"""Mutations and files in both worlds: at random, and where something unseen decides."""

from __future__ import annotations

from pathlib import Path
from random import Random

from dougong.access.permissions import Operation
from dougong.entity.base import Entity
from dougong.testing.oracle.dice import Dice
from dougong.testing.two_worlds.answers import FIRST_NEW, Leak, plain, where
from dougong.testing.two_worlds.asking import Asking
from dougong.testing.two_worlds.contents import Contents
from dougong.testing.two_worlds.files import bring_in, write_file, write_rows
from dougong.testing.two_worlds.pointed_files import PointedFiles, Rows, written
from dougong.testing.two_worlds.verdicts import Verdicts
from dougong.testing.two_worlds.writes import Writes

MOSTLY = 60
"""How many of 100 mutations are of records that the person's roles are about; others are any."""


class Mutating:
    """Changes records, or tries to, as the person who asks."""

    def __init__(
        self, asking: Asking, writes: Writes, contents: Contents, random: Random, file: Path
    ) -> None:
        """Files that are brought in are written to `file`."""
        self._asking = asking
        self._writes = writes
        self._contents = contents
        self._random = random
        self._file = file
        asking.pair.count_from(FIRST_NEW + random.randrange(900_000))

    def at_random(self, dice: Dice) -> None:
        """Without keeping anything, or for good; then sometimes twice, with its idempotency key."""
        world = self._contents.pointed if dice.chance(60) else self._contents.world
        mine = self._writes.about(self._contents.about)
        name = dice.one(mine) if mine and dice.chance(MOSTLY) else None
        text, variables = self._writes.draw(dice, world, name)
        atomic = "@atomic" if dice.chance(20) else ""
        dry = dice.chance(50)
        body = {
            "query": _with(text, f"@dryRun {atomic}" if dry else atomic),
            "variables": variables,
        }
        for _ in range(1 + dice.chance(30)):
            if self._asking.compare("dry run" if dry else "mutation", body) is not None:
                if not dry:
                    self._asking.pair.again()
                return

    def judge(self, dice: Dice, entities: int) -> None:
        """What is decided by records that are not seen, of either world, for so many entities."""
        models = self._contents.generation.models.values()
        written = [one for one in models if f"update{one.name}" in self._writes.fields]
        about = [one for one in written if one.entity in self._contents.about]
        mine = [one for one in about if self._writes_some(one.entity)] or about
        rest = [one for one in written if one not in mine]
        chosen = [
            *self._random.sample(mine, min(entities, len(mine))),
            *self._random.sample(rest, min(len(rest), 1)),
        ]
        for place, world in enumerate(self._asking.pair.worlds):
            with world.engine.connect() as connection:
                drawn = Verdicts(self._writes, self._contents, place, connection, dice)
                verdicts = [one for model in chosen for one in drawn.about(model)]
            for one in verdicts:
                body = {"query": _with(one.text, "@dryRun"), "variables": dict(one.variables)}
                self._asking.compare("verdict", body, excused=one.excused)

    def _writes_some(self, entity: type[Entity]) -> bool:
        """Whether the person may make or change records of which some are not seen."""
        may = self._contents.rights.may
        able = may(Operation.CREATE, entity) or may(Operation.UPDATE, entity)
        return able and entity in self._contents.hiding

    def bring_in(self, dice: Dice) -> None:
        """A file at random; nothing of it is kept."""
        by_hand = [*filter(self._contents.generation.by_hand, self._contents.generation.models)]
        may = written(self._contents)
        mine = [one for one in may if one in self._contents.about] or may
        entity = dice.one(mine if mine and dice.chance(80) else by_hand)
        self._bring(entity, write_file(self._file, entity, dice, self._contents.pointed.pool))

    def point(self, entities: int) -> None:
        """Files that name what only one world has, for so many entities, and as many others."""
        may = written(self._contents)
        about = [one for one in may if one in self._contents.about]
        rest = [one for one in may if one not in about]
        chosen = [
            one
            for some in (about, rest)
            for one in self._random.sample(some, min(entities, len(some)))
        ]
        for place, world in enumerate(self._asking.pair.worlds):
            with world.engine.connect() as connection:
                drawn = PointedFiles(self._contents, place, connection)
                files = [one for entity in chosen for one in drawn.about(entity)]
            for one in files:
                self._bring(one.entity, write_rows(self._file, one.rows), one.update)

    def _bring(self, entity: type[Entity], rows: Rows, update: str | None = None) -> None:
        asking = self._asking
        asking.asked["file"] += 1
        one, other = (
            plain(bring_in(world, asking.pair.user, entity, self._file, update))
            for world in asking.pair.worlds
        )
        if one != other and not asking.exceptions.told(
            one.get("errors", []), other.get("errors", [])
        ):
            raise Leak(f"{where(one, other)}\na file of {entity.__name__}: {rows}\n{one}\n{other}")


def _with(mutation: str, directives: str) -> str:
    """A mutation with directives, which stand after its name and variables."""
    head, brace, rest = mutation.partition("{ ")
    return f"{head} {directives} {brace}{rest}"

"""What was asked before: with other rights, or by somebody else. Nothing of it may come back."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from random import Random
from typing import Any

from dougong.access.permissions import Operation
from dougong.entity.model import EntityModel
from dougong.testing.two_worlds.asking import Asking
from dougong.testing.two_worlds.contents import Contents
from dougong.testing.two_worlds.people import TWIN
from dougong.testing.two_worlds.sweeps import Asked
from dougong.testing.two_worlds.writes import ERRORS, Writes, around

Record = tuple[EntityModel, int]
TRIES = 6
"""How many records are tried for one that somebody in the same roles may change."""


class Formerly:
    """Asks as the person who asks once was, and then as that person is now."""

    def __init__(self, asking: Asking, writes: Writes, contents: Contents, random: Random) -> None:
        self._asking = asking
        self._pair = asking.pair
        self._writes = writes
        self._contents = contents
        self._random = random

    def ask(self, documents: Sequence[Asked]) -> None:
        """Queries with the rights of before, and by somebody in the same roles; now they are known."""
        bodies = [{"query": text, "variables": dict(given)} for text, given in documents]
        for before in self._pair.standing.former:
            self._pair.hold(before)
            for body in bodies:
                self._pair.ask(body)
        self._pair.hold(self._pair.standing)
        for body in bodies:
            self._pair.ask(body, self._pair.twin)

    def repeat(self, most: int) -> None:
        """Mutations with the idempotency keys of before, and of somebody else. Raises Leak."""
        models = self._contents.generation.models.values()
        some = [one for one in models if f"update{one.name}" in self._writes.fields]
        some = [one for one in some if one.entity in self._contents.about] or some
        may = self._contents.rights.may  # of what is refused nothing is kept
        some = [one for one in some if may(Operation.UPDATE, one.entity)] or some
        seen, twins = self._contents.seen, self._seen_by_twin()
        mine = [(one, number) for one in some for number in sorted(seen[one.entity])]
        theirs = [
            (one, number) for one in some for number in sorted(twins[one.entity] - seen[one.entity])
        ]
        for body in self._looks(mine, most):
            self._pair.hold(next(self._pair.standing.former))
            self._pair.ask(body)
            self._pair.hold(self._pair.standing)
            self._asking.compare("rights lost", body)
        for body in islice(filter(self._kept_for_twin, self._looks(theirs, most * TRIES)), most):
            self._asking.compare("another's key", body)

    def _looks(self, records: Sequence[Record], most: int) -> Iterator[dict[str, Any]]:
        for model, number in self._random.sample(records, min(most, len(records))):
            yield self._looking_around(model, number)

    def _kept_for_twin(self, body: dict[str, Any]) -> bool:
        """Have somebody in the same roles ask; whether that was done, so that its answer is kept."""
        replies = self._pair.ask(body, self._pair.twin)
        return any(b'"userErrors":[]' in one.body for one in replies)

    def _seen_by_twin(self) -> Mapping[Any, frozenset[int]]:
        with self._pair.worlds[0].engine.connect() as connection:
            number = self._pair.numbers[TWIN]
            return self._pair.sight_of(connection, number).seen(connection)

    def _looking_around(self, model: EntityModel, number: int) -> dict[str, Any]:
        """A mutation that changes nothing and shows much."""
        record = f"{model.name}:{number}"
        shown = around(self._contents.generation.schema.type_map[model.name])
        text = (
            f"mutation M($id: ID!, $version: Int!, $patch: {model.name}Patch!) {{ m0: "
            f"update{model.name}(id: $id, version: $version, patch: $patch, idempotencyKey: "
            f'"before {record}") {{ {ERRORS} {model.api_name} {{ {shown} }} }} }}'
        )
        version = self._contents.version_of(record)
        return {"query": text, "variables": {"id": record, "version": version, "patch": {}}}

"""The checker: everything that one can ask, asked of two worlds that must answer alike."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path
from random import Random
from typing import Any

from sqlalchemy import update

from dougong.access.permissions import Operation
from dougong.entity.base import Entity
from dougong.entity.model import EntityModel, model_of
from dougong.generation import Generation
from dougong.graphql.changes import record_name
from dougong.graphql.schema import RootFields
from dougong.graphql.trusted import id_of
from dougong.testing.oracle.dice import Dice
from dougong.testing.oracle.examples import SIZES, World, example
from dougong.testing.oracle.guide import Guide
from dougong.testing.oracle.pool import Pool, pool_of
from dougong.testing.two_worlds.answers import FIRST_NEW, Leak, difference, plain, where
from dougong.testing.two_worlds.door import asked
from dougong.testing.two_worlds.exceptions import CORE, Declared, Exceptions
from dougong.testing.two_worlds.files import bring_in, write_file
from dougong.testing.two_worlds.pair import Pair
from dougong.testing.two_worlds.shrinking import shorter
from dougong.testing.two_worlds.sight import Sight
from dougong.testing.two_worlds.streams import Streams
from dougong.testing.two_worlds.sweeps import Sweeps
from dougong.testing.two_worlds.variation import KEYS
from dougong.testing.two_worlds.verdicts import verdicts
from dougong.testing.two_worlds.writes import ERRORS, Writes, around

EVERYTHING = ("dougong.administrator",)
MOST_VERSION = 2**31 - 2
Roles = tuple[str, ...] | None
"""The roles that somebody holds; None for somebody who has not signed in."""


@dataclass(frozen=True)
class Effort:
    """How much is asked for each set of roles."""

    entities: int = 3
    """Of those that somebody sees, how many are gone through."""
    sweeps: int = 6
    """Orders, conditions and statistics of each."""
    queries: int = 8
    mutations: int = 20
    files: int = 2
    changes: int = 6
    """While subscriptions are open."""


def all_roles(generation: Generation) -> list[Roles]:
    """The anonymous, somebody without a role, each role, and every two of them."""
    names = sorted(
        name
        for name, role in generation.access.roles.items()
        if not (role.everything or role.implied)
    )
    return [None, (), *((name,) for name in names), *combinations(names, 2)]


class TwoWorlds:
    """Asks both worlds of a pair; `asked` counts what, `told` how it ended."""

    def __init__(self, pair: Pair, folder: Path, exceptions: Sequence[Declared] = ()) -> None:
        """Files that are brought in are written to `folder`; `exceptions` come on top of the core's."""
        self.pair = pair
        self.generation = pair.generation
        self.exceptions = Exceptions([*CORE, *exceptions])
        self.asked: Counter[str] = Counter()
        self.broken: list[str] = []
        """Requests that ended in a mistake of the server's own."""
        self._writes = Writes(pair.generation)
        self._file = folder / "file.csv"
        self._cursors: dict[str, list[str]] = {}

    def renew(self, seed: int) -> None:
        """Other records, the same for the same seed."""
        self.pair.renew(seed)
        self._cursors = {}

    def check(self, roles: Roles, seed: int, effort: Effort) -> None:
        """Ask everything as somebody with these roles. Raises Leak, which tells how to repeat it."""
        try:
            self._check(roles, seed, effort)
        except Leak as leak:
            raise Leak(f"{leak}\nasked with the roles {roles}, seed {seed}") from None

    def _check(self, roles: Roles, seed: int, effort: Effort) -> None:
        self.pair.become(roles, seed)
        self._look()
        random = Random(seed)  # noqa: S311 - not for secrets
        for document, variables in self._sweep(random, effort):
            self._query("sweep", document, variables)
        for _ in range(effort.queries):
            drawn = example(_dice(random), self._world)
            for request in drawn.requests:
                self._query("query", drawn.document, request.variables)
        self._ask_besides()
        self._judge(_dice(random), random)
        for _ in range(effort.mutations):
            self._mutate(_dice(random), random)
        for _ in range(effort.files):
            self._import(_dice(random))
        if roles is not None:
            self._subscribe(random, effort.changes)
            self._lose_rights()

    # What there is -----------------------------------------------------------------------------

    def _look(self) -> None:
        """Find out what the worlds hold, and what of it is not seen."""
        sight = Sight(self.generation, self.pair.who)
        pools = [pool_of(self.generation, self._as_boss(place)) for place in (0, 1)]
        pool = {key: list(values) for key, values in pools[0].items()}
        for key, values in pools[1].items():
            pool[key] = (
                list(dict.fromkeys([*pool.get(key, ()), *values], None))
                if _plain(values)
                else values
            )
        pool["", "idempotencyKey"] = list(KEYS)
        self._pool: Pool = pool
        hidden = []
        for world in self.pair.worlds:
            with world.engine.connect() as connection:
                hidden.append(sight.hidden(connection))
        self._hiding = {entity for some in hidden for entity, numbers in some.items() if numbers}
        schema = self.generation.schema
        names = [entity.__name__ for entity in self.generation.models]
        self._world = World(
            schema, ["asker"], self._pool, self._cursor, names, Guide(schema, ()), everything=True
        )

    def _as_boss(self, place: int) -> Callable[[str], Any]:
        world = self.pair.worlds[place]
        return lambda document: world.ask(document, self.pair.boss)

    def _cursor(self, of: str, order: Any) -> Sequence[str]:
        """Cursors of a list as who sees everything gets them, those of hidden records among them."""
        key = json.dumps([of, order])
        if key not in self._cursors:
            owner, name = of.split(".")
            kind: Any = self.generation.schema.type_map[owner]
            by = kind.fields[name].args["orderBy"].type
            asked = f"{name}(first: 10, orderBy: $by) {{ edges {{ cursor }} }}"
            if owner != "Query":
                asked = f"{self._plural(owner)}(first: 10) {{ nodes {{ {asked} }} }}"
            found = self.pair.worlds[0].ask(
                f"query ($by: {by}) {{ {asked} }}", self.pair.boss, by=order
            )
            self._cursors[key] = list(_cursors_in(found))
        return self._cursors[key]

    def _plural(self, entity: str) -> str:
        root: RootFields = self.generation.schema.extensions["root"]
        return next(name for name, one in root.lists.items() if one.__name__ == entity)

    # Queries -----------------------------------------------------------------------------------

    def _sweep(self, random: Random, effort: Effort) -> Iterator[tuple[str, Mapping[str, Any]]]:
        access, who = self.generation.access, self.pair.who
        sweeps = Sweeps(
            self.generation, self._pool, self._hiding, self._cursor, random, effort.sweeps
        )
        seen = [one for one in self.generation.models if access.may(who, Operation.READ, one)]
        known = self._named_by(self.pair.roles or ()) & set(seen) or seen
        some = sorted(known, key=lambda one: one.__name__)
        for entity in random.sample(some, min(effort.entities, len(some))):
            yield from sweeps.of(entity)
        yield from sweeps.reports()
        yield from sweeps.unseen([one for one in self.generation.models if one not in seen])

    def _named_by(self, roles: Sequence[str]) -> set[type[Entity]]:
        """What these roles are about: what everybody sees is no concern of theirs."""
        found = [self.generation.access.roles[name] for name in roles]
        about = {rule.entity for role in found for rule in role.rows}
        return about | {
            child for child, many in self.generation.owned.items() if many.link.target in about
        }

    def _query(self, what: str, document: str, variables: Mapping[str, Any]) -> None:
        self.asked[what] += 1
        self._compare({"query": document, "variables": dict(variables)})

    def _compare(self, body: Mapping[str, Any]) -> frozenset[str] | None:
        """None for equal answers, or the declared exceptions. Raises Leak."""
        first, second = self.pair.ask(body)
        if b'"INTERNAL"' in first.body + second.body:
            self.broken.append(f"{_told(body)}\n{first.body.decode()}")
        try:
            return difference(first, second, self.exceptions)
        except Leak as leak:
            told = (leak, body, first, second)
        shown = shorter(body, self._leaks) if _changes_nothing(body) else body
        if shown != body:
            first, second = self.pair.ask(shown)
            told = (told[0], shown, first, second)
        raise Leak(
            f"{told[0]}\n{_told(told[1])}\n{first.body.decode()}\n{second.body.decode()}"
        ) from None

    def _leaks(self, body: Mapping[str, Any]) -> bool:
        try:
            difference(*self.pair.ask(body), self.exceptions)
        except Leak:
            return True
        return False

    def _ask_besides(self) -> None:
        """The same over other doors: the schema as a file, GET, a trusted document."""
        trusted = asked({"documentId": id_of("{ __typename }")})
        requests: list[tuple[Any, ...]] = [
            ("GET", "/graphql/schema.graphql"),
            ("GET", "/graphql/schema.json"),
            ("GET", "/graphql", b"", {"query": "{ __typename users { totalCount } }"}),
            ("POST", "/graphql", trusted),
            ("POST", "/graphql", b"{"),
        ]
        for request in requests:
            self.asked["door"] += 1
            first, second = self.pair.request(*request)
            difference(first, second, self.exceptions)

    # Mutations ---------------------------------------------------------------------------------

    def _mutate(self, dice: Dice, random: Random) -> None:
        """Without keeping anything, or for good; then sometimes twice, with its idempotency key."""
        text, variables = self._writes.draw(dice, self._world)
        atomic = "@atomic" if dice.chance(20) else ""
        dry = dice.chance(50)
        body = {
            "query": _with(text, f"@dryRun {atomic}" if dry else atomic),
            "variables": variables,
        }
        for _ in range(1 + dice.chance(30)):
            self._count_anew(random)
            self.asked["dry run" if dry else "mutation"] += 1
            if self._compare(body) is not None:
                if not dry:
                    self.pair.again()
                return

    def _judge(self, dice: Dice, random: Random) -> None:
        """What is decided by records that are not seen, of either world."""
        sight = Sight(self.generation, self.pair.who)
        for world in self.pair.worlds:
            with world.engine.connect() as connection:
                drawn = list(verdicts(self._writes, sight, connection, self._world, dice))
            for text, variables in drawn:
                self._count_anew(random)
                self.asked["verdict"] += 1
                self._compare({"query": _with(text, "@dryRun"), "variables": variables})

    def _count_anew(self, random: Random) -> None:
        self.pair.count_from(FIRST_NEW + random.randrange(900_000))

    # Files -------------------------------------------------------------------------------------

    def _import(self, dice: Dice) -> None:
        by_hand = [one for one in self.generation.models if one.__by_hand__]
        entity = dice.one(by_hand)
        rows = write_file(self._file, entity, dice, self._pool)
        self.pair.count_from(FIRST_NEW)
        self.asked["file"] += 1
        one, other = (
            plain(bring_in(world, self.pair.who, entity, self._file)) for world in self.pair.worlds
        )
        if one != other and not self.exceptions.told(
            one.get("errors", []), other.get("errors", [])
        ):
            raise Leak(f"{where(one, other)}\na file of {entity.__name__}: {rows}\n{one}\n{other}")

    # Subscriptions -----------------------------------------------------------------------------

    def _subscribe(self, random: Random, changes: int) -> None:
        """Follow everything, while somebody who sees everything changes records."""
        documents = [self._subscription(entity) for entity in self.generation.models]
        token = self.pair.asker.token
        streams = [Streams(world, token, documents) for world in self.pair.worlds]
        try:
            for _ in range(changes):
                self._change_something(random)
                self.asked["event"] += 1
                one, other = (plain(stream.settle()) for stream in streams)
                if one != other:
                    raise Leak(f"{where(one, other)}\nsubscriptions: {documents}")
        finally:
            for stream in streams:
                stream.close()

    def _subscription(self, entity: type[Entity]) -> str:
        name = model_of(entity).api_name
        shown = f"{record_name(entity)} {{ id version }}"
        return f"subscription {{ {name}Changed {{ what id {shown} }} }}"

    def _change_something(self, random: Random) -> None:
        """Touch records that are not seen, as many as each world has, and one that is."""
        entities = random.sample(list(self.generation.models), 4)
        place = random.random()
        for world in self.pair.worlds:
            sight = Sight(self.generation, self.pair.who)
            with world.engine.begin() as connection:
                seen, hidden = sight.seen(connection), sight.hidden(connection)
                for entity in entities:
                    some = sorted(seen[entity])
                    touched = [*hidden[entity], *some[int(place * len(some)) :][:1]]
                    table = entity.__table__
                    connection.execute(
                        update(table)
                        .where(table.c.id.in_(touched), table.c.version < MOST_VERSION)
                        .values(version=table.c.version + 1)
                    )

    # Rights that are lost --------------------------------------------------------------------------

    def _lose_rights(self) -> None:
        """What one was shown as somebody else is not shown again for its idempotency key."""
        roles = self.pair.roles
        with self.pair.worlds[0].engine.connect() as connection:
            seen = Sight(self.generation, self.pair.who).seen(connection)
        for model in self.generation.models.values():
            if not seen[model.entity] or f"update{model.name}" not in self._writes.fields:
                continue
            body = self._looking_around(model, min(seen[model.entity]))
            self.pair.hold(EVERYTHING)
            self.pair.ask(body)
            self.pair.hold(roles or ())
            self.asked["rights lost"] += 1
            self._compare(body)

    def _looking_around(self, model: EntityModel, number: int) -> dict[str, Any]:
        record = f"{model.name}:{number}"
        versions = self._pool.get(("version of", record), (1,))
        shown = around(self.generation.schema.type_map[model.name])
        text = (
            f"mutation M($id: ID!, $version: Int!, $patch: {model.name}Patch!) {{ m0: "
            f"update{model.name}(id: $id, version: $version, patch: $patch, idempotencyKey: "
            f'"lost {model.name}") {{ {ERRORS} {model.api_name} {{ {shown} }} }} }}'
        )
        return {"query": text, "variables": {"id": record, "version": versions[0], "patch": {}}}


def _changes_nothing(body: Mapping[str, Any]) -> bool:
    return "@dryRun" in body["query"] or not body["query"].startswith("mutation")


def _dice(random: Random) -> Dice:
    return Dice(random.randbytes(random.choice(SIZES)))


def _with(mutation: str, directives: str) -> str:
    """A mutation with directives, which stand after its name and variables."""
    head, brace, rest = mutation.partition("{ ")
    return f"{head} {directives} {brace}{rest}"


def _plain(values: Sequence[Any]) -> bool:
    return all(isinstance(one, str | int | float | bool) for one in values)


def _cursors_in(data: Any) -> Iterator[str]:
    for key, value in data.items() if isinstance(data, dict) else enumerate(data):
        if key == "cursor":
            yield value
        elif isinstance(value, dict | list):
            yield from _cursors_in(value)


def _told(body: Mapping[str, Any]) -> str:
    return f"{body['query']}\nvariables: {json.dumps(body['variables'], ensure_ascii=False)}"

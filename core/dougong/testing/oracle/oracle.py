"""One installation, asked through its own door and through the plain resolvers."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from random import Random
from typing import Any

from graphql import (
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLObjectType,
    get_named_type,
)
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from dougong.access.principal import Principal
from dougong.db.naming import CORE
from dougong.generation import Generation
from dougong.graphql.schema import RootFields
from dougong.testing.oracle.comparison import Comparison, Difference
from dougong.testing.oracle.documents import is_skipped
from dougong.testing.oracle.doings import Doings
from dougong.testing.oracle.examples import Example, World
from dougong.testing.oracle.guide import Guide
from dougong.testing.oracle.inputs import DIRECTION
from dougong.testing.oracle.pool import Pool, pool_of
from dougong.testing.oracle.rows import fill
from dougong.testing.plain import Answered, PlainAnswers

TOKEN = re.compile("⟦(\\d+)⟧")
Ask = Callable[[str, str, Mapping[str, Any]], bytes]
"""Who (by name), the document, the variables; the body of the answer."""


class Oracle:
    """Compares answers; `met` counts what of the schema was resolved, `outcomes` how it ended."""

    def __init__(
        self,
        generation: Generation,
        engine: Engine,
        people: Mapping[str, Principal],
        ask: Ask,
        boss: str,
    ) -> None:
        """`people` are who may ask, by name; `boss` is one of them who sees everything."""
        self.generation = generation
        self._engine = engine
        self._people = people
        self._ask = ask
        self._boss = boss
        self.met: Counter[str] = Counter()
        self.outcomes: Counter[str] = Counter()
        self.documents: set[str] = set()
        self.shapes: set[str] = set()
        self._session = Session(engine)

    def renew(self, seed: int) -> None:
        """Other records, the same for the same seed."""
        self._session.close()
        fill(self._engine, self.generation, seed)
        with self._engine.begin() as connection:
            Doings(connection, self.generation, Random(seed)).log()  # noqa: S311 - not for secrets
        self._session = Session(self._engine)
        self._plain = PlainAnswers(self.generation, self._session, self.met)
        self._comparison = Comparison()
        self._tokens: list[tuple[str, str]] = []
        self._cursors: dict[str, list[str]] = {}
        self._known = self._pool()

    def world(self) -> World:
        """What examples are drawn from now."""
        return World(
            self.generation.schema,
            list(self._people),
            self._known,
            self.cursors,
            [entity.__name__ for entity in self.generation.models],
            Guide(self.generation.schema, self.missing()),
        )

    def close(self) -> None:
        """Give the session back."""
        self._session.close()

    def check(self, example: Example) -> None:
        """Ask as the example says. Raises Difference, which tells all of it."""
        for asked in example.requests:
            try:
                ended = self._compare(asked.who, example.document, asked.variables)
            except Difference as found:
                who = f"{asked.who} {sorted(self._people[asked.who].roles)}"
                said = json.dumps(asked.variables, ensure_ascii=False)
                told = f"{found}\n{example.document}\nvariables: {said}\nasked by {who}"
                raise Difference(TOKEN.sub(self._cursor_of(0), told)) from None
            self.outcomes[ended] += 1
            self.documents.add(example.document)
            self.shapes.add(shape_of(example.document))

    def _compare(self, who: str, document: str, variables: Mapping[str, Any]) -> str:
        planned, plain = self._both(who, document, variables)
        # The plain resolvers do not look at whole documents; near the limit they count otherwise.
        for code, told in ((b'"FORBIDDEN_FIELD"', "guarded"), (b'"TOO_COMPLEX"', "TOO_COMPLEX")):
            if code in planned:
                return told
        return self._comparison.compare(planned, plain)

    def _both(
        self, who: str, document: str, variables: Mapping[str, Any]
    ) -> tuple[bytes, Answered]:
        sent = json.dumps(variables, ensure_ascii=False)
        planned = self._ask(who, self._with(0, document), json.loads(self._with(0, sent)))
        read = json.loads(self._with(1, sent))
        return planned, self._plain.answer(self._people[who], self._with(1, document), read)

    # Cursors -----------------------------------------------------------------------------------

    def cursors(self, of: str, order: Any) -> Sequence[str]:
        """Stand-ins for cursors of a list, such as `Query.leads` or `Party.leads`, in an order."""
        key = json.dumps([of, order])
        if key not in self._cursors:
            owner, name = of.split(".")
            kind: Any = self.generation.schema.type_map[owner]
            by = kind.fields[name].args["orderBy"].type
            page = f"{name}(first: {20 if owner == 'Query' else 5}, orderBy: $by)"
            asked = f"{page} {{ edges {{ cursor }} }}"
            if owner != "Query":
                asked = f"{self._plural(owner)}(first: 20) {{ nodes {{ {asked} }} }}"
            body, plain = self._both(self._boss, f"query ($by: {by}) {{ {asked} }}", {"by": order})
            self._comparison.compare(body, plain)
            pairs = zip(_cursors_in(json.loads(body)), _cursors_in(plain.data), strict=True)
            start = len(self._tokens)
            self._tokens += pairs
            self._cursors[key] = [f"⟦{i}⟧" for i in range(start, len(self._tokens))]
        return self._cursors[key]

    def _plural(self, entity: str) -> str:
        root: RootFields = self.generation.schema.extensions["root"]
        return next(name for name, one in root.lists.items() if one.__name__ == entity)

    def _with(self, side: int, text: str) -> str:
        return TOKEN.sub(self._cursor_of(side), text)

    def _cursor_of(self, side: int) -> Callable[[re.Match[str]], str]:
        return lambda found: self._tokens[int(found[1])][side]

    # What is there -----------------------------------------------------------------------------

    def _pool(self) -> Pool:
        return pool_of(
            self.generation,
            lambda document: self._plain.answer(self._people[self._boss], document, {}).data,
        )

    def missing(self) -> list[str]:
        """What of the schema's queries was never resolved.

        Of the core's records that are not there, and of its reports' rows, nothing need be.
        """
        models = (one.__name__ for one in self.generation.models if one.__addon__ == CORE)
        absent = {name for name in models if not self._known.get((name, "id"))}
        absent |= {f"{name}Edge" for name in absent}
        reports = self.generation.schema.extensions["root"].reports.values()
        absent |= {one.row_type.name for one in reports if one.report.addon == CORE}
        left = wanted(self.generation) - self.met.keys()
        return sorted(name for name in left if name.partition(".")[0] not in absent)


def _cursors_in(data: Any) -> list[str]:
    """All cursors in an answer, in order."""
    if isinstance(data, dict):
        below = data.items()
        return [c for key, v in below for c in ([v] if key == "cursor" else _cursors_in(v))]
    return [c for one in data for c in _cursors_in(one)] if isinstance(data, list) else []


def wanted(generation: Generation) -> set[str]:
    """All that a query can use: fields, their arguments, and everything in these."""
    names: set[str] = set()
    left: list[Any] = [generation.schema.query_type, *generation.schema.type_map.values()]
    reachable = _reachable(generation.schema.query_type)
    for kind in left:
        if kind.name not in reachable:
            continue
        if isinstance(kind, GraphQLObjectType):
            for name, one in kind.fields.items():
                if not is_skipped(kind, name, one):
                    names.add(f"{kind.name}.{name}")
                    names |= {f"{kind.name}.{name}({argument}:)" for argument in one.args}
        elif isinstance(kind, GraphQLInputObjectType):
            names |= {f"{kind.name}.{name}" for name in kind.fields}
        elif isinstance(kind, GraphQLEnumType) and kind.name == DIRECTION:
            names |= {f"{kind.name}.{name}" for name in kind.values}
    return names


def _reachable(query: Any) -> set[str]:
    """The names of all types that can be met from Query on."""
    seen: set[str] = set()
    left = [query]
    while left:
        kind = left.pop()
        if kind.name in seen:
            continue
        seen.add(kind.name)
        for name, one in getattr(kind, "fields", {}).items():
            if is_skipped(kind, name, one):
                continue
            left.append(get_named_type(one.type))
            left += [
                get_named_type(argument.type) for argument in getattr(one, "args", {}).values()
            ]
    return seen


def shape_of(document: str) -> str:
    """A document without its constants: which fields, arguments and fragments it has."""
    return re.sub(r'"(?:[^"\\]|\\.)*"|-?\b\d+\b|\$\w+|\b[aF]\d+\b', "_", document)

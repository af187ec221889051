"""Documents that go through an entity from end to end: each way in which a row could show itself."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from itertools import islice
from random import Random
from typing import Any, TypeVar

from graphql import (
    GraphQLEnumType,
    GraphQLSchema,
    get_named_type,
    is_leaf_type,
    is_required_argument,
)

from dougong.builtin.audit.history_types import HISTORY
from dougong.entity.base import Entity
from dougong.entity.model import Field, Kind, ToMany, ToOne, model_of
from dougong.graphql.schema import RootFields
from dougong.graphql.types import Types
from dougong.testing.oracle.inputs import literal
from dougong.testing.two_worlds.contents import Contents
from dougong.testing.two_worlds.writes import values_of

T = TypeVar("T")
AT_ONCE = 18
"""How often a document asks for the same field; 20 are allowed."""
IDS = 3
"""How many records a document asks for by their ids: one plan serves many of these."""
MOST_IDS = 100
SEARCHES = 6
MEASURES = 20
PAGE_INFO = "pageInfo { hasNextPage hasPreviousPage startCursor endCursor }"
DONE = """{ at kind user label onBehalfOf addon verb role reason elevation
    changes { field label from to } }"""
WORDS = ("read", "update", "delete")
"""What is asked about a record where it takes a word."""
TEXT = "String!"
Asked = tuple[str, Mapping[str, Any]]
"""A document and its variables."""


class Sweeps:
    """Documents about an entity; of orders, conditions and statistics `most` of each kind are drawn."""

    def __init__(self, contents: Contents, random: Random, most: int) -> None:
        self._types: Types = contents.generation.schema.extensions["types"]
        self._schema: GraphQLSchema = contents.generation.schema
        self._pool = contents.pool
        self._telling = contents.telling
        self._hiding = contents.hiding
        self._cursors = contents.cursors
        self._seen = {one: sorted(some)[:MOST_IDS] for one, some in contents.seen.items()}
        self._random = random
        self._most = most

    def of(self, entity: type[Entity]) -> Iterator[Asked]:
        """The documents about an entity, of which the person sees something."""
        if not self.hides(entity):
            return
        yield from self.ids(entity)
        orders = (f"first: 100, orderBy: [{one}]" for one in self.orders(entity))
        yield from self._several(orders, "edges { cursor node { id } }", entity)
        yield from self._several(self._beside(entity), f"{PAGE_INFO} nodes {{ id }}", entity)
        yield from self._several(self._left_out(entity), PAGE_INFO, entity)
        conditions = (f"where: {one}" for one in self.conditions(entity))
        yield from self._several(conditions, "totalCount nodes { id }", entity)
        if entity in self._hiding:
            equal = (f"where: {one}" for one in self.equal(entity))
            yield from self._several(equal, "totalCount", entity)
            searches = (f"where: {one}" for one in self.searches(entity))
            yield from self._several(searches, "totalCount", entity)
        yield from self._statistics(entity)

    def hides(self, entity: type[Entity]) -> bool:
        """Whether something of the records, or of what is near them, is not seen."""
        members = self._types.members_of(entity).values()
        near = (one.target for one in members if isinstance(one, ToOne | ToMany))
        return any(one in self._hiding for one in (entity, *near))

    def across(
        self, entities: Sequence[type[Entity]], first: AbstractSet[type[Entity]]
    ) -> Iterator[Asked]:
        """Of all these at once, where a link leads whose other end may not be seen.

        Of many some are drawn, those of the entities that come `first` before others.
        """
        every = [(entity, *one) for entity in entities for one in self._leading(entity)]
        self._random.shuffle(every)
        every.sort(key=lambda one: one[0] not in first)
        free = [text for _, text, guarded in every if not guarded][: AT_ONCE * self._most]
        for some in _batches(free, AT_ONCE):
            yield f"{{ {' '.join(f'l{i}: {one}' for i, one in enumerate(some))} }}", {}
        refused = [text for _, text, guarded in every if guarded]  # to some
        for text in refused[: AT_ONCE * self._most]:
            yield f"{{ {text} }}", {}

    def _leading(self, entity: type[Entity]) -> Iterator[tuple[str, bool]]:
        """Whether each link leads anywhere and where, its order, and how many lead to the same.

        Each with whether it is guarded.
        """
        name, plural = model_of(entity).api_name, model_of(entity).api_plural
        groups: Any = getattr(self._schema.type_map.get(f"{entity.__name__}StatsKey"), "values", ())
        for key, member in self._types.members_of(entity).items():
            guarded = getattr(member, "guard", None) is not None
            if not isinstance(member, ToOne | ToMany):
                continue
            if not guarded and member.target not in self._hiding:
                continue
            words = ["isNull: true"]
            if isinstance(member, ToMany):
                seen = literal([f"{member.target.__name__}:{i}" for i in self._seen[member.target]])
                words = ["some: {}", f"every: {{id: {{in: {seen}}}}}"]
            asked = [
                f"{plural}(where: {{{key}: {{{word}}}}}) {{ totalCount nodes {{ id }} }}"
                for word in words
            ]
            if isinstance(member, ToOne):
                order = f"first: 100, orderBy: [{{{key}: {{id: DESC}}}}]"
                asked.append(
                    f"{plural}({order}) {{ edges {{ cursor node {{ id {key} {{ id }} }} }} }}"
                )
            if isinstance(member, ToOne) and key in groups:
                asked.append(f"{name}Stats(groupBy: [{{key: {key}}}]) {{ count {key} {{ id }} }}")
            yield from ((one, guarded) for one in asked)

    def unseen(self, entities: Sequence[type[Entity]]) -> Iterator[Asked]:
        """Documents about some entities of which the person sees nothing at all."""
        entities = self._some(entities)
        for some in _batches(entities, AT_ONCE // 2):
            parts = []
            for entity in some:
                name, plural = model_of(entity).api_name, model_of(entity).api_plural
                parts.append(f"{plural}(first: 1) {{ totalCount nodes {{ id }} }}")
                parts.append(f"{name}Stats {{ count }}")
            yield f"{{ {' '.join(parts)} }}", {}
        for some in _batches(entities, AT_ONCE // 2):
            head, asked, given = [], [], {}
            for place, entity in enumerate(some):
                ids = [*self._telling.get((entity.__name__, "id"), ()), f"{entity.__name__}:1"]
                head.append(f"$i{place}: ID!")
                asked.append(f"n{place}: node(id: $i{place}) {{ id }}")
                asked.append(f"r{place}: {model_of(entity).api_name}(id: $i{place}) {{ id }}")
                given[f"i{place}"] = self._random.choice(ids)
            yield f"query ({', '.join(head)}) {{ {' '.join(asked)} }}", given

    def reports(self) -> Iterator[Asked]:
        """Every report."""
        root: RootFields = self._schema.extensions["root"]
        query: Any = self._schema.query_type
        for name in root.reports:
            row: Any = get_named_type(query.fields[name].type)
            yield f"{{ {name} {{ {values_of(row)} }} }}", {}

    def by_hand(self) -> Iterator[Asked]:
        """Every query that Python answers: of nothing, or of records that only one world has."""
        root: RootFields = self._schema.extensions["root"]
        query: Any = self._schema.query_type
        telling = [one for (_, name), some in self._telling.items() if name == "id" for one in some]
        for name, field in ((name, query.fields[name]) for name in root.queries):
            if not any(map(is_required_argument, field.args.values())):
                yield f"{{ {name} {_shown(field)} }}", {}
            ids = [key for key, one in field.args.items() if str(one.type) == "ID!"]
            needed = {k: one for k, one in field.args.items() if is_required_argument(one)}
            known = all(str(needed[k].type) == TEXT for k in needed.keys() - {*ids[:1]})
            if not (ids and telling and known):
                continue
            some = self._random.sample(telling, min(AT_ONCE, len(telling)))
            words = [self._random.choice(WORDS) for _ in some]
            given = {f"i{i}": one for i, one in enumerate(some)}
            yield self._by_hand(name, field, ids[0], words), given

    def _by_hand(self, name: str, field: Any, key: str, words: Sequence[str]) -> str:
        others = [one for one, arg in field.args.items() if str(arg.type) == TEXT]
        parts = []
        for place, word in enumerate(words):
            said = "".join(f', {one}: "{word}"' for one in others)
            parts.append(f"h{place}: {name}({key}: $i{place}{said}) {_shown(field)}")
        head = ", ".join(f"$i{place}: ID!" for place in range(len(words)))
        return f"query ({head}) {{ {' '.join(parts)} }}"

    def ids(self, entity: type[Entity]) -> Iterator[Asked]:
        """Every record by its id, in both ways."""
        name = model_of(entity).api_name
        places = range(IDS)
        asked = [f"n{i}: node(id: $i{i}) {{ id __typename }}" for i in places]
        asked += [f"r{i}: {name}(id: $i{i}) {{ id version }}" for i in places]
        head = ", ".join(f"$i{i}: ID!" for i in places)
        known = [*self._pool.get((entity.__name__, "id"), ()), f"{entity.__name__}:999999"]
        for some in _batches(known, len(places)):
            given = {f"i{i}": some[min(i, len(some) - 1)] for i in places}
            yield f"query ({head}) {{ {' '.join(asked)} }}", given

    # Lists -------------------------------------------------------------------------------------

    def page(self, entity: type[Entity]) -> Asked:
        """A list of all, with everything that a record shows by itself and of what is near it."""
        kinds = self._schema.type_map
        values = [values_of(kinds[entity.__name__])]
        for name, member in self._types.members_of(entity).items():
            if isinstance(member, ToOne):
                values.append(f"{name} {{ {values_of(kinds[member.target.__name__])} }}")
            elif isinstance(member, ToMany):
                page = "totalCount pageInfo { hasNextPage endCursor } edges { cursor node { id } }"
                values.append(f"{name}(first: 5) {{ {page} }}")
        page = f"{PAGE_INFO} totalCount"
        asked = f"(first: 100) {{ {page} edges {{ cursor node {{ {' '.join(values)} }} }} }}"
        plural = model_of(entity).api_plural
        ends = f"ends: {plural}(last: 2) {{ {page} nodes {{ id }} }}"
        return f"{{ {plural}{asked} {ends} }}", {}

    def past(self, entity: type[Entity]) -> Asked:
        """What was done to the records of a list."""
        page = f"{PAGE_INFO} totalCount edges {{ cursor node {DONE} }}"
        plural = model_of(entity).api_plural
        return f"{{ {plural}(first: 50) {{ nodes {{ id {HISTORY} {{ {page} }} }} }} }}", {}

    def _several(
        self, arguments: Iterator[str], page: str, entity: type[Entity]
    ) -> Iterator[Asked]:
        """A list with each of some arguments."""
        plural = model_of(entity).api_plural
        for some in _batches(self._some(arguments), AT_ONCE):
            parts = (f"a{i}: {plural}({one}) {{ {page} }}" for i, one in enumerate(some))
            yield f"{{ {' '.join(parts)} }}", {}

    def orders(self, entity: type[Entity]) -> Iterator[str]:
        """By every value of what an entity links to, where some of that is not seen."""
        for name, member in self._types.members_of(entity).items():
            if isinstance(member, ToOne) and member.target in self._hiding:
                for below, one in self._sortable(member.target):
                    yield f"{{{name}: {{{below}: {one}}}}}"
            elif (
                isinstance(member, Field)
                and (member.nullable or member.guard is not None)
                and entity in self._hiding
            ):
                for below, one in self._sortable(entity):
                    if below == name:
                        yield f"{{{name}: {one}}}"

    def _sortable(self, entity: type[Entity]) -> Iterator[tuple[str, str]]:
        for name, member in self._types.members_of(entity).items():
            if isinstance(member, Field) and member.kind is not Kind.JSON:
                yield name, "{amount: DESC}" if member.kind is Kind.MONEY else "DESC"

    def _beside(self, entity: type[Entity]) -> Iterator[str]:
        """On either side of cursors, some of which stand for records that are not seen."""
        if entity in self._hiding:
            known = self._cursors(f"Query.{model_of(entity).api_plural}", None)
            for cursor in dict.fromkeys([*known[:2], *known[-2:]]):
                yield f"first: 2, after: {literal(cursor)}"
                yield f"last: 2, before: {literal(cursor)}"
                yield f"first: 50, before: {literal(cursor)}"

    def _left_out(self, entity: type[Entity]) -> Iterator[str]:
        """Records that only one world has, on pages that a cursor leaves them out of."""
        hidden = self._telling.get((entity.__name__, "id"))
        known = self._cursors(f"Query.{model_of(entity).api_plural}", None) if hidden else ()
        if hidden and known:
            for where in (f"{{id: {{in: {literal(hidden)}}}}}", *islice(self.equal(entity), 3)):
                yield f"first: 1, after: {literal(known[-1])}, where: {where}"
                yield f"last: 1, before: {literal(known[0])}, where: {where}"

    def conditions(self, entity: type[Entity]) -> Iterator[str]:
        """On records that are not seen, from both sides of every link."""
        for name, member in self._types.members_of(entity).items():
            if not isinstance(member, ToOne | ToMany) or member.target not in self._hiding:
                continue
            ids = literal(list(self._pool.get((member.target.__name__, "id"), ()))[:100])
            said = [f"{{id: {{in: {ids}}}}}", "{}", *islice(self.equal(member.target), 3)]
            if isinstance(member, ToOne):
                yield f"{{{name}: {{isNull: true}}}}"
                yield from (f"{{{name}: {{is: {one}}}}}" for one in said)
                yield f"{{not: {{{name}: {{is: {said[0]}}}}}}}"
                continue
            for word in ("some", "none", "every"):
                yield from (f"{{{name}: {{{word}: {one}}}}}" for one in said)

    def equal(self, entity: type[Entity]) -> Iterator[str]:
        """Values that records have, seen or not."""
        kind: Any = self._schema.type_map[f"{entity.__name__}Where"]
        for name, member in self._types.members_of(entity).items():
            key = (entity.__name__, name)
            known = [*self._telling.get(key, ())[:10], *self._pool.get(key, ())]
            if not isinstance(member, Field) or not known or name not in kind.fields:
                continue
            operators: Any = get_named_type(kind.fields[name].type)
            if "in" in getattr(operators, "fields", {}):
                values = literal(known[:20])
                if member.kind is Kind.ENUM:
                    values = f"[{', '.join(known[:20])}]"
                yield f"{{{name}: {{in: {values}}}}}"

    def searches(self, entity: type[Entity]) -> Iterator[str]:
        """For words that only one world has."""
        kind: Any = self._schema.type_map[f"{entity.__name__}Where"]
        texts = [
            one
            for (name, field), some in self._telling.items()
            if name == entity.__name__ and field != "id"
            for one in some
            if isinstance(one, str) and one.strip()
        ]
        if "search" in kind.fields:
            for one in self._random.sample(texts, min(len(texts), SEARCHES)):
                yield f"{{search: {literal(one)}}}"

    # Statistics --------------------------------------------------------------------------------

    def _statistics(self, entity: type[Entity]) -> Iterator[Asked]:
        """Counts by what one can group by, and what can be measured."""
        if f"{entity.__name__}StatsKey" not in self._schema.type_map:
            return
        field = f"{model_of(entity).api_name}Stats"
        keys: Any = self._schema.type_map[f"{entity.__name__}StatsKey"]
        numbers = self._schema.type_map.get(f"{entity.__name__}StatsNumber")
        free, *alone = self._measured(entity, field, keys, numbers)
        grouped: list[str] = []
        for place, key in enumerate(keys.values):
            member = self._types.members_of(entity)[key]
            if isinstance(member, Field):
                shown = f"{key} {{ amount currency }}" if member.kind is Kind.MONEY else key
                by = f"g{place}: {field}(groupBy: [{{key: {key}}}]) {{ count {shown} }}"
                (alone if member.guard else grouped).append(by)
        for some in _batches([free, *self._some(grouped)], AT_ONCE):
            yield f"{{ {' '.join(some)} }}", {}
        for one in self._some(alone):  # what is refused refuses all that is asked beside it
            yield f"{{ {one} }}", {}

    def _some(self, every: Iterable[T]) -> list[T]:
        found = list(every)
        return self._random.sample(found, min(self._most, len(found)))

    def _measured(
        self, entity: type[Entity], field: str, keys: GraphQLEnumType, numbers: Any
    ) -> Iterator[str]:
        """What can be measured; what is guarded by itself, as it is refused to some."""
        members = self._types.members_of(entity)
        some = [(word, key) for word in ("count", "countDistinct") for key in keys.values]
        some += [("max", key) for key in keys.values if _has_most(members[key])]
        some += [("sum", key) for key in (numbers.values if numbers else ())]
        guarded = [one for one in some if getattr(members[one[1]], "guard", None) is not None]
        free = [one for one in some if one not in guarded]
        plain = self._random.sample(free, min(len(free), MEASURES))
        for place, measured in enumerate([plain, *([one] for one in guarded)]):
            several = [f'{{as: "m{i}", {word}: {key}}}' for i, (word, key) in enumerate(measured)]
            yield f"m{place}: {field}(measures: [{', '.join(several)}]) {{ count values }}"


def _shown(field: Any) -> str:
    """What is selected of a query's result."""
    kind: Any = get_named_type(field.type)
    return "" if is_leaf_type(kind) else f"{{ {values_of(kind) or '__typename'} }}"


def _has_most(member: Any) -> bool:
    """Whether something is the largest of its values."""
    return isinstance(member, Field) and member.kind not in (Kind.JSON, Kind.MONEY, Kind.BOOLEAN)


def _batches(some: Sequence[Any], size: int) -> Iterator[Sequence[Any]]:
    for start in range(0, len(some), size):
        yield some[start : start + size]

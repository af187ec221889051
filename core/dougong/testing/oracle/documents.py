"""Random valid documents, drawn by the types of a schema."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from graphql import (
    GraphQLBoolean,
    GraphQLField,
    GraphQLInputField,
    GraphQLInterfaceType,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLSchema,
    get_named_type,
    is_composite_type,
)

from dougong.builtin.audit.history_types import HISTORY
from dougong.graphql.action_types import ACTIONS
from dougong.testing.oracle.dice import Dice
from dougong.testing.oracle.inputs import Place, Values, literal, settled

DEEPEST = 9
MOST_FIELDS = 40
MOST_RECORDS = 4_000
PLACES = tuple(b64encode(f"history:{place}".encode()).decode() for place in (1, 2, 3, 9))
"""Cursors of histories."""
SKIPPED: Mapping[str, str] = {
    "Stats": "aggregates are compared with plain Python in tests of their own",
}
"""What root fields end with that the plain resolvers do not answer, and why."""


def is_skipped(kind: Any, name: str, field: GraphQLField | GraphQLInputField) -> bool:
    """Whether a field is not asked for: what is hand-written has no other resolver."""
    summed = kind.name == "Query" and name.endswith(tuple(SKIPPED))
    return summed or getattr(field, "resolve", None) is not None


CursorsOf = Callable[[str, Any], Sequence[str]]
"""Cursors of a list (`Query.leads`, `Party.leads`) in an order."""


@dataclass(frozen=True)
class Fragment:
    """A named fragment, which may be spread again where it fits."""

    name: str
    on: str
    text: str
    depth: int
    times: int


@dataclass(frozen=True)
class Spot:
    """Where a selection stands: how many levels may follow, and how often it is in the answer."""

    left: int
    times: int
    renamed: bool = False
    """Whether every field needs an alias, for the same name may stand for something else."""


class Documents:
    """Draws one document."""

    def __init__(
        self,
        schema: GraphQLSchema,
        dice: Dice,
        values: Values,
        cursors: CursorsOf,
        *,
        everything: bool = False,
    ) -> None:
        """`everything`: also what the plain resolvers do not answer."""
        self._schema = schema
        self._dice = dice
        self._values = values
        self._cursors = cursors
        self._everything = everything
        self._heads: dict[str, str] = {}
        self._aliases = 0
        self._fields = 0
        self._most = dice.number(3, MOST_FIELDS)
        self._records = 0
        self._fragments: list[Fragment] = []

    def draw(self) -> str:
        """A query; its variables are those of the values."""
        query: Any = self._schema.query_type
        every = self._everything
        names = [n for n, one in query.fields.items() if every or not is_skipped(query, n, one)]
        if not self._dice.chance(15):
            names = [name for name in names if query.fields[name].args]  # reports may be forbidden
        names = self._values.preferred(query, names)
        chosen = ["node"] if self._dice.chance(8) else self._dice.several(names, 3)
        parts = [self._part(query, name, Spot(DEEPEST, 1)) for name in chosen]
        if self._dice.chance(5):
            parts.append("__typename")
        selection = "{ " + " ".join(parts) + " }"
        head = "query Q" if self._values.variables else self._dice.one(["", "query ", "query Q "])
        return self.written(head, selection)

    def written(self, head: str, selection: str) -> str:
        """An operation with the variables and fragments that were drawn for its selection."""
        said = ", ".join(
            f"${one.name}: {one.kind}" + (f" = {literal(one.value)}" if one.default else "")
            for one in self._values.variables
        )
        fragments = [f"fragment {f.name} on {f.on} {f.text}" for f in self._fragments]
        return "\n".join([f"{head}({said}) {selection}" if said else head + selection, *fragments])

    # Selections --------------------------------------------------------------------------------

    def selection(self, kind: Any) -> str:
        """What is asked of one object of a type."""
        return self._selection(kind, Spot(DEEPEST - 2, 1))

    def _selection(self, kind: Any, spot: Spot) -> str:
        if isinstance(kind, GraphQLInterfaceType):
            return self._of_interface(kind, spot)
        names = [
            name
            for name, one in kind.fields.items()
            if (self._everything or not is_skipped(kind, name, one)) and self._affordable(one, spot)
        ]
        names = self._values.preferred(kind, names)
        parts = [self._part(kind, name, spot) for name in self._dice.several(names, 4)]
        if self._dice.chance(10):
            parts.insert(self._dice.number(0, len(parts)), "__typename")
        if isinstance(kind, GraphQLObjectType) and kind.interfaces and self._dice.chance(4):
            parts.append(f"... on {kind.interfaces[0].name} {{ id }}")
        return "{ " + " ".join(parts) + " }"

    def _of_interface(self, kind: GraphQLInterfaceType, spot: Spot) -> str:
        possible = self._schema.get_possible_types(kind)
        parts = self._dice.several(["id", "__typename", f"... on {kind.name} {{ id }}"], 2)
        for one in self._dice.several(possible, 3):
            renamed = Spot(spot.left - 1, spot.times, renamed=True)
            parts.append(f"... on {one.name} {self._selection(one, renamed)}")
        return "{ " + " ".join(parts) + " }"

    def _affordable(self, described: GraphQLField, spot: Spot) -> bool:
        if self._fields > self._most or spot.left < 2:
            return not is_composite_type(get_named_type(described.type)) or self._must(described)
        room = spot.times <= 200 and self._records < MOST_RECORDS
        return room or "first" not in described.args

    @staticmethod
    def _must(described: GraphQLField) -> bool:
        """Whether there would be nothing to select without it: parts of lists, and money."""
        name = get_named_type(described.type).name
        return name == "Money" or name.endswith(("Edge", "PageInfo"))

    def _part(self, kind: Any, name: str, spot: Spot) -> str:
        """A field, as it is or within a fragment, perhaps under a condition, perhaps twice."""
        head, described, below = self._head(kind, name, spot)
        text = self._with_selection(head, described, below)
        if below is not None and self._fields < self._most and self._dice.chance(8):
            text += " " + self._with_selection(head, described, below)
        if not self._dice.chance(14):
            return text
        wrapped = "{ " + text + " }"
        match self._dice.number(0, 2):
            case 0:
                return f"...{self._condition()} {wrapped}"
            case 1:
                return f"... on {kind.name}{self._condition()} {wrapped}"
            case _:
                return self._spread(kind.name, wrapped, spot)

    def _with_selection(self, head: str, described: GraphQLField, below: Spot | None) -> str:
        condition = self._condition()
        if below is None:
            return head + condition
        kind = get_named_type(described.type)
        return f"{head}{condition} {self._selection(kind, below)}"

    def _spread(self, on: str, text: str, spot: Spot) -> str:
        fits = [
            one
            for one in self._fragments
            if one.on == on and one.depth <= spot.left and spot.times <= one.times
        ]
        made = Fragment(f"F{len(self._fragments)}", on, text, spot.left, spot.times)
        self._fragments.append(made)
        said = f"...{made.name}{self._condition()}"
        if self._dice.chance(30):
            said += f" ... {text}"
        if fits and not spot.renamed:
            said += f" ...{self._dice.one(fits).name}"
        return said

    def _condition(self) -> str:
        if not self._dice.chance(5):
            return ""
        word = self._dice.one(["include", "skip"])
        wanted: Any = word == "include" or self._dice.chance(50)
        if self._dice.chance(60):
            wanted = self._values.variable(
                GraphQLNonNull(GraphQLBoolean), lambda: self._dice.chance(50)
            )
        return f" @{word}(if: {literal(wanted)})"

    # Fields ------------------------------------------------------------------------------------

    def _head(self, kind: Any, name: str, spot: Spot) -> tuple[str, GraphQLField, Spot | None]:
        """A field with alias and arguments, and where its selection stands, if it has one."""
        described: GraphQLField = kind.fields[name]
        self._fields += 1
        given, times = self._arguments(kind, name, spot)
        arguments = f"({', '.join(f'{key}: {literal(v)}' for key, v in given.items())})"
        asked = name + (arguments if given else "")
        below = None
        if is_composite_type(get_named_type(described.type)):
            below = Spot(spot.left - 1, times)
        return self._alias(kind, name, asked, spot) + asked, described, below

    def _alias(self, kind: Any, name: str, asked: str, spot: Spot) -> str:
        """An alias where one is needed or wanted; one key never stands for two things."""
        plain = not is_composite_type(get_named_type(kind.fields[name].type))
        if plain and not spot.renamed and self._dice.chance(4):
            # `... on Node { id }` may stand beside it
            other = self._dice.one([one for one in kind.fields if one != "id"])
            if self._heads.setdefault(other, asked) == asked:
                return "" if other == name else f"{other}: "
        needed = spot.renamed or self._heads.setdefault(name, asked) != asked
        if needed or self._dice.chance(12):
            self._aliases += 1
            return f"a{self._aliases}: "
        return ""

    def _arguments(self, parent: Any, name: str, spot: Spot) -> tuple[dict[str, Any], int]:
        described: GraphQLField = parent.fields[name]
        kind = get_named_type(described.type)
        if name == HISTORY:
            return self._of_history(described, spot)
        if "where" in described.args and "after" in described.args:
            return self._of_list(parent, name, spot)
        given: dict[str, Any] = {}
        for key, argument in described.args.items():
            if name == ACTIONS:
                if self._dice.chance(40):
                    given[key] = self._values.draw(argument.type, Place(parent.name, ACTIONS))
                continue
            at = Place("" if isinstance(kind, GraphQLInterfaceType) else kind.name, key)
            if key == "id" and not at.entity:
                query: Any = self._schema.query_type
                node: Any = get_named_type(query.fields["node"].type)
                at = Place(self._dice.one(self._schema.get_possible_types(node)).name, key)
            given[key] = self._values.draw(argument.type, at)
        return given, spot.times

    def _of_history(self, described: GraphQLField, spot: Spot) -> tuple[dict[str, Any], int]:
        given: dict[str, Any] = {}
        most = max(1, min(20, MOST_RECORDS // spot.times // 4))
        if most < 20 or self._dice.chance(50):
            given["first"] = self._size(described.args["first"].type, most)
        if self._dice.chance(30):
            known = self._dice.one(PLACES) if self._dice.chance(95) else "nonsense"
            given["after"] = known
        self._records += spot.times * most
        return given, spot.times * most

    def _of_list(self, parent: Any, name: str, spot: Spot) -> tuple[dict[str, Any], int]:
        described: GraphQLField = parent.fields[name]
        entity = get_named_type(described.type).name.removesuffix("Connection")
        args, guide = described.args, self._values.guide
        given: dict[str, Any] = {}

        def wanted(key: str, percent: int) -> bool:
            leads = guide.leads(parent, name, key)
            return self._dice.chance(80 if leads else percent)

        if wanted("where", 45):
            given["where"] = self._values.draw(args["where"].type, Place(entity))
        if wanted("orderBy", 45):
            given["orderBy"] = self._values.draw(args["orderBy"].type, Place(entity))
        for key in ("after", "before"):
            if wanted(key, 20):
                order = settled(given.get("orderBy"))
                given[key] = self._cursor(args[key].type, f"{parent.name}.{name}", order)
        most = max(1, min(100, MOST_RECORDS // spot.times // 4))
        sizes = ["last" if wanted("last", 30) else "first"]
        if most >= 20 and self._dice.chance(40):
            sizes = []
        elif self._dice.chance(2):
            sizes = ["first", "last"]
        for key in sizes:
            given[key] = self._size(args[key].type, most)
        size = most if sizes else 20
        self._records += spot.times * size
        order = ["first", "after", "last", "before", "where", "orderBy"]
        return {key: given[key] for key in order if key in given}, spot.times * size

    def _size(self, kind: Any, most: int) -> Any:
        def size() -> Any:
            if self._dice.chance(3):
                return self._dice.one([-1, 101, 0])
            return self._dice.number(0, min(most, 5)) if self._dice.chance(75) else most

        return self._values.variable(kind, size) if self._dice.chance(25) else size()

    def _cursor(self, kind: Any, of: str, order: Any) -> Any:
        def cursor() -> Any:
            known = self._cursors(of, order)
            if self._dice.chance(3):
                return self._dice.one(["", "nonsense", "WyJhIl0", "斗"])
            return self._dice.one(known) if known else None

        return self._values.variable(kind, cursor) if self._dice.chance(40) else cursor()

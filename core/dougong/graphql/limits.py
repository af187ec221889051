"""How large and how deep a document may be; measured in time linear to its length."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import repeat
from typing import Any, NamedTuple

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLError,
    InlineFragmentNode,
    OperationDefinitionNode,
    SelectionSetNode,
)

from dougong.graphql.problems import bad_input
from dougong.graphql.tokens import MOST_SIDE_BY_SIDE, too_complex

MOST_DEPTH = 15
MOST_ROOT_FIELDS = 50
MOST_OF_ONE_KEY = 20
"""Fields that are merged into one of the answer; validation compares each with each."""
MOST_COMPARED = 1_000
"""Such pairs in a whole document."""
MOST_FIELDS = 2_000
"""Counted, as all of these, with every fragment written out wherever it is spread."""
MOST_FIELDS_UNSIGNED = 200
"""The same for somebody who has not signed in."""
MOST_DIRECTIVES = 10
"""Directives at one place."""
MOST_ARGUMENTS = 30
"""Arguments of one field."""
MOST_LEVELS = 60
"""Selections within selections, those of fragments too."""
MOST_VARIABLES = 60
"""Variables of one operation."""
MOST_TYPES = 5
MOST_VALUES = 1_200
"""Values in the variables of a query; lists of as many records as a bulk write takes fit in."""
MOST_VALUES_WRITTEN = 30_000
"""The same for a mutation: a thousand records with all their fields."""
MOST_WRITTEN = 1_000
"""Objects in the lists of a mutation's variables: the rows of a bulk write and their children."""
MOST_OBJECTS_ASKED = 250
"""Objects in the variables of a query, such as conditions."""
MOST_OF_NAME = 200
"""Letters of a key in the variables."""
MOST_RECORDS = 50_000
"""Records that an answer can have, were every list as long as it may be."""


class Size(NamedTuple):
    """How deep a selection goes, how many fields it has, and how many of these are its own."""

    depth: int = 0
    fields: int = 0
    own: int = 0
    levels: int = 0

    @staticmethod
    def all(parts: Iterable[Size]) -> Size:
        """The parts of one selection."""
        depth = fields = own = levels = 0
        for part in parts:
            depth = max(depth, part.depth)
            levels = max(levels, part.levels)
            fields += part.fields
            own += part.own
        return Size(depth, fields, own, levels)


NOTHING = Size()


class Sizes:
    """Measures selections; each fragment only once, however often it is spread."""

    def __init__(self, fragments: Mapping[str, FragmentDefinitionNode]) -> None:
        self._fragments = fragments
        self._known: dict[str, Size | None] = {}

    def of(self, selected: SelectionSetNode) -> Size:
        """The size of a selection, with fragments written out."""
        size = Size(own=len(selected.selections))
        if size.own <= MOST_SIDE_BY_SIDE:
            size = Size.all(self._parts(selected))
        if size.own > MOST_SIDE_BY_SIDE:
            raise too_complex(
                "has a very wide selection", f"{MOST_SIDE_BY_SIDE} fields are allowed"
            )
        if size.levels > MOST_LEVELS:
            said = f"has selections {size.levels} deep"
            raise too_complex(said, f"{MOST_LEVELS} are allowed")
        return size._replace(levels=size.levels + 1)

    def _parts(self, selected: SelectionSetNode) -> Iterator[Size]:
        for node in selected.selections:
            if len(node.directives or ()) > MOST_DIRECTIVES:
                said = f"has {len(node.directives or ())} directives in one place"
                raise too_complex(said, f"{MOST_DIRECTIVES} are allowed")
            match node:
                case FieldNode(arguments=given, selection_set=below):
                    if given and len(given) > MOST_ARGUMENTS:
                        said = f"has {len(given)} arguments in one place"
                        raise too_complex(said, f"{MOST_ARGUMENTS} are allowed")
                    inner = self.of(below) if below else NOTHING
                    yield Size(inner.depth + 1, inner.fields + 1, 1, inner.levels)
                case InlineFragmentNode(selection_set=below):
                    yield self.of(below)
                case FragmentSpreadNode():
                    yield self._fragment(node.name.value)
                case _:
                    pass

    def _fragment(self, name: str) -> Size:
        if name not in self._known:
            self._known[name] = None
            fragment = self._fragments.get(name)
            self._known[name] = self.of(fragment.selection_set) if fragment else Size()
        size = self._known[name]
        if size is None:
            raise bad_input("CIRCULAR", f"The fragment “{name}” is spread within itself.")
        return size


def check(document: DocumentNode, *, anonymous: bool) -> None:
    """Raise GraphQLError (TOO_COMPLEX) for a document that is too deep or too large."""
    fragments = {
        one.name.value: one
        for one in document.definitions
        if isinstance(one, FragmentDefinitionNode)
    }
    sizes = Sizes(fragments)
    most = MOST_FIELDS_UNSIGNED if anonymous else MOST_FIELDS
    fields = compared = 0
    for one in document.definitions:
        if isinstance(one, OperationDefinitionNode | FragmentDefinitionNode):
            size = sizes.of(one.selection_set)
            is_root = isinstance(one, OperationDefinitionNode)
            fields += size.fields
            if size.depth > MOST_DEPTH:
                raise too_complex(f"is {size.depth} fields deep", f"{MOST_DEPTH} are allowed")
            if size.fields > most or fields > 2 * most:
                allowed = f"{most} are allowed{' without signing in' if anonymous else ''}"
                raise too_complex(f"asks for {max(size.fields, fields // 2)} fields", allowed)
            if len(one.variable_definitions or ()) > MOST_VARIABLES:
                said = f"has {len(one.variable_definitions or ())} variables"
                raise too_complex(said, f"{MOST_VARIABLES} are allowed")
            if is_root and size.own > MOST_ROOT_FIELDS:
                said = f"asks for {size.own} fields of the root"
                raise too_complex(said, f"{MOST_ROOT_FIELDS} are allowed")
            compared += _check_merged([one.selection_set], fragments)
            if compared > MOST_COMPARED:
                said = f"asks for the same fields again and again ({compared:,} pairs)"
                raise too_complex(said, f"{MOST_COMPARED:,} are allowed")


def _check_merged(
    sets: Sequence[SelectionSetNode], fragments: Mapping[str, FragmentDefinitionNode]
) -> int:
    """The same for too many fields of one key, merged as they are in the answer.

    Returns the number of pairs that are merged.
    """
    pairs = 0
    merged: dict[str, list[FieldNode]] = {}
    for node in _written_out(sets, fragments):
        merged.setdefault((node.alias or node.name).value, []).append(node)
    for key, nodes in merged.items():
        if len(nodes) > MOST_OF_ONE_KEY:
            said = f"asks for “{key}” {len(nodes)} times in one place"
            raise too_complex(said, f"{MOST_OF_ONE_KEY} are allowed")
        pairs += len(nodes) * (len(nodes) - 1) // 2
        below = [node.selection_set for node in nodes if node.selection_set]
        pairs += _check_merged(below, fragments) if below else 0
    return pairs


def _written_out(
    sets: Sequence[SelectionSetNode], fragments: Mapping[str, FragmentDefinitionNode]
) -> Iterator[FieldNode]:
    for node in [node for one in sets for node in one.selections]:
        if isinstance(node, FieldNode):
            yield node
        elif isinstance(node, InlineFragmentNode):
            yield from _written_out([node.selection_set], fragments)
        elif isinstance(node, FragmentSpreadNode) and node.name.value in fragments:
            yield from _written_out([fragments[node.name.value].selection_set], fragments)


def check_values(variables: Mapping[str, Any], *, writing: bool) -> None:
    """Raise GraphQLError (TOO_COMPLEX) for variables with too many values in them, or too deep."""
    most = MOST_VALUES_WRITTEN if writing else MOST_VALUES
    level: list[Any] = list(variables.values())
    seen = depth = objects = 0
    while level:
        seen, depth = seen + len(level), depth + 1
        below: list[Any] = []
        for one in level:
            if isinstance(one, dict):
                if max(map(len, one), default=0) > MOST_OF_NAME:
                    raise bad_input("TOO_COMPLEX", "A key in the variables is too long for a name.")
                below += one.values()
                objects += not writing
            elif isinstance(one, list):
                below += one
                objects += sum(map(isinstance, one, repeat(dict))) if writing else 0
            if objects > (MOST_WRITTEN if writing else MOST_OBJECTS_ASKED):
                raise _too_many_objects(writing=writing)
            if seen + len(below) > most:
                said = f"The variables have more than {most:,} values: send them in parts."
                raise bad_input("TOO_COMPLEX", said)
        if depth > MOST_LEVELS:
            raise bad_input("TOO_COMPLEX", "The variables have values too deep in each other.")
        level = below


def _too_many_objects(*, writing: bool) -> GraphQLError:
    if not writing:
        said = (
            f"The variables have more than {MOST_OBJECTS_ASKED} conditions: ask for less at once."
        )
    else:
        said = (
            f"More than {MOST_WRITTEN:,} rows, and children in them, are too many at once: "
            "send them in parts."
        )
    return bad_input("TOO_COMPLEX", said)


def check_records(records: int) -> None:
    """Raise GraphQLError (TOO_COMPLEX) for a document whose answer can be too large."""
    if records > MOST_RECORDS:
        raise bad_input(
            "TOO_COMPLEX",
            f"The answer can have {records:,} records (`first` times `first` of the lists within); "
            f"{MOST_RECORDS:,} are allowed: ask with a smaller `first`, page by page.",
        )


def check_introspection(fields: Sequence[str]) -> None:
    """Raise GraphQLError (TOO_COMPLEX) for a document that asks about the schema too often."""
    if fields.count("__schema") > 1 or fields.count("__type") > MOST_TYPES:
        said = "asks about the schema again and again"
        raise too_complex(said, f"one `__schema` and {MOST_TYPES} `__type` are allowed")

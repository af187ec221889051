"""How large and how deep a document may be; measured in time linear to its length."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    InlineFragmentNode,
    OperationDefinitionNode,
    SelectionSetNode,
)

from dougong.graphql.problems import bad_input

MOST_BYTES = 100_000
MOST_TOKENS = 2_000
MOST_DEPTH = 15
MOST_ROOT_FIELDS = 50
MOST_SIDE_BY_SIDE = 200
"""Fields of one selection; validation compares each with each."""
MOST_FIELDS = 2_000
"""Counted, as all of these, with every fragment written out wherever it is spread."""


@dataclass(frozen=True)
class Size:
    """How deep a selection goes, how many fields it has, and how many of these are its own."""

    depth: int = 0
    fields: int = 0
    own: int = 0

    def beside(self, other: Size) -> Size:
        """Two parts of one selection."""
        return Size(max(self.depth, other.depth), self.fields + other.fields, self.own + other.own)


class Sizes:
    """Measures selections; each fragment only once, however often it is spread."""

    def __init__(self, document: DocumentNode) -> None:
        self._fragments = {
            one.name.value: one
            for one in document.definitions
            if isinstance(one, FragmentDefinitionNode)
        }
        self._known: dict[str, Size] = {}

    def of(self, selected: SelectionSetNode) -> Size:
        """The size of a selection, with fragments written out."""
        size = Size()
        for part in self._parts(selected):
            size = size.beside(part)
        if size.own > MOST_SIDE_BY_SIDE:
            raise _too_complex(
                "has a very wide selection", f"{MOST_SIDE_BY_SIDE} fields are allowed"
            )
        return size

    def _parts(self, selected: SelectionSetNode) -> Iterator[Size]:
        for node in selected.selections:
            match node:
                case FieldNode(selection_set=None):
                    yield Size(1, 1, 1)
                case FieldNode(selection_set=SelectionSetNode() as below):
                    inner = self.of(below)
                    yield Size(inner.depth + 1, inner.fields + 1, 1)
                case InlineFragmentNode(selection_set=below):
                    yield self.of(below)
                case FragmentSpreadNode():
                    yield self._fragment(node.name.value)
                case _:
                    pass

    def _fragment(self, name: str) -> Size:
        if name not in self._known:
            self._known[name] = Size()  # a circle; validation says so afterwards
            fragment = self._fragments.get(name)
            if fragment is not None:
                self._known[name] = self.of(fragment.selection_set)
        return self._known[name]


def check(document: DocumentNode) -> None:
    """Raise GraphQLError (TOO_COMPLEX) for a document that is too deep or too large."""
    sizes = Sizes(document)
    for one in document.definitions:
        if isinstance(one, OperationDefinitionNode | FragmentDefinitionNode):
            size = sizes.of(one.selection_set)
            is_root = isinstance(one, OperationDefinitionNode)
            if size.depth > MOST_DEPTH:
                raise _too_complex(f"is {size.depth} fields deep", f"{MOST_DEPTH} are allowed")
            if size.fields > MOST_FIELDS:
                raise _too_complex(f"asks for {size.fields} fields", f"{MOST_FIELDS} are allowed")
            if is_root and size.own > MOST_ROOT_FIELDS:
                said = f"asks for {size.own} fields of the root"
                raise _too_complex(said, f"{MOST_ROOT_FIELDS} are allowed")


def _too_complex(what: str, allowed: str) -> Exception:
    return bad_input("TOO_COMPLEX", f"The document {what}; {allowed}: split it up.")

"""A document that shows a leak, made shorter for as long as it still does."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from graphql import (
    ArgumentNode,
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    InlineFragmentNode,
    ObjectFieldNode,
    OperationDefinitionNode,
    VariableNode,
    Visitor,
    parse,
    print_ast,
    visit,
)

TRIES = 80
REMOVABLE = (FieldNode, InlineFragmentNode, FragmentSpreadNode, ObjectFieldNode, ArgumentNode)


def shorter(body: Mapping[str, Any], leaks: Callable[[Mapping[str, Any]], bool]) -> dict[str, Any]:
    """The body of a request with less in its document that still leaks."""
    found = dict(body)
    left = TRIES
    place = 0
    while left:
        nodes = list(_removable(parse(found["query"])))
        if place >= len(nodes):
            break
        left -= 1
        tried = _without(found, place)
        if tried is not None and leaks(tried):
            found = tried
        else:
            place += 1
    return found


def _removable(document: DocumentNode) -> Iterator[Any]:
    """What can be left out, from the outside inwards."""
    nodes: list[Any] = []

    class Found(Visitor):
        def enter(self, node: Any, *_: Any) -> None:
            if isinstance(node, REMOVABLE):
                nodes.append(node)

    visit(document, Found())
    yield from nodes


def _without(body: Mapping[str, Any], place: int) -> dict[str, Any] | None:
    """The request without one node, and without the variables and fragments that go with it."""
    document = parse(body["query"])
    gone = list(_removable(document))[place]

    class Without(Visitor):
        def enter(self, node: Any, *_: Any) -> Any:
            return self.REMOVE if node is gone else None

    try:
        document = _tidied(visit(document, Without()))
        text = print_ast(document)
        kept = {one.variable.name.value for one in _operation(document).variable_definitions or ()}
    except Exception:  # noqa: BLE001 - what is left is no document
        return None
    variables = {key: value for key, value in body["variables"].items() if key in kept}
    return {**body, "query": text, "variables": variables}


def _operation(document: DocumentNode) -> OperationDefinitionNode:
    return next(one for one in document.definitions if isinstance(one, OperationDefinitionNode))


def _tidied(document: DocumentNode) -> DocumentNode:
    used: set[str] = set()
    spread: set[str] = set()

    class Used(Visitor):
        def enter_variable_definition(self, *_: Any) -> Any:
            return self.SKIP

        def enter_variable(self, node: VariableNode, *_: Any) -> None:
            used.add(node.name.value)

        def enter_fragment_spread(self, node: FragmentSpreadNode, *_: Any) -> None:
            spread.add(node.name.value)

    visit(document, Used())

    class Tidy(Visitor):
        def enter_variable_definition(self, node: Any, *_: Any) -> Any:
            return None if node.variable.name.value in used else self.REMOVE

        def enter_fragment_definition(self, node: FragmentDefinitionNode, *_: Any) -> Any:
            return None if node.name.value in spread else self.REMOVE

    return visit(document, Tidy())  # type: ignore[no-any-return]

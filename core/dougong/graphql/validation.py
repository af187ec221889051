"""Validation by the rules of the specification, all of them in one walk over a document.

graphql-core's own `validate` calls every rule's visitor at every node. Here a rule is called where
it has something to do, and left out where the text has nothing that it is about.
"""

from __future__ import annotations

import contextlib
import re
from collections import defaultdict
from collections.abc import Callable, Sequence
from typing import Any

from graphql import (
    DocumentNode,
    GraphQLError,
    GraphQLSchema,
    KnownTypeNamesRule,
    NamedTypeNode,
    Node,
    TypeInfo,
    Visitor,
    specified_rules,
)
from graphql.language.ast import QUERY_DOCUMENT_KEYS
from graphql.language.visitor import SKIP
from graphql.validation import ASTValidationRule, ValidationContext

MOST_ERRORS = 5
MOST_COMPARED = 100
"""Names with which each guess compares all letters."""
MOST_GUESSES = 1
"""Errors that say what name may have been meant; each guess compares with all names."""
KEYS = {
    kind: tuple(key for key in keys if key not in ("alias", "description", "name"))
    for kind, keys in QUERY_DOCUMENT_KEYS.items()
}
"""What is below a node; names have nothing below them, and no rule is about names."""
NEEDS = (
    (re.compile("ArgumentNames|InputField|ValuesOf"), ("(",)),
    (re.compile("Directive"), ("@",)),
    (re.compile("Fragment"), ("...", "fragment")),
    (re.compile("Variable"), ("$",)),
    (re.compile("Introspection"), ("__",)),
)
"""One of which signs a text has wherever a rule with such a name can find fault."""

Found = Callable[..., Any]


class _Enough(Exception):
    """There are as many errors as are told."""


class _Context(ValidationContext):
    """What the rules share, and what they have found."""

    def __init__(self, schema: GraphQLSchema, document: DocumentNode, *, hide: bool) -> None:
        self.types = TypeInfo(schema)
        self.found: list[GraphQLError] = []
        super().__init__(schema, document, self.types, self._add, hide)

    def _add(self, error: GraphQLError) -> None:
        self.found.append(error)
        if len(self.found) == MOST_ERRORS:
            raise _Enough

    @property
    def hide_suggestions(self) -> bool:
        """Whether errors do not say what may have been meant."""
        return super().hide_suggestions or len(self.found) >= MOST_GUESSES


def faults(
    schema: GraphQLSchema, document: DocumentNode, text: str, *, hide_suggestions: bool
) -> list[GraphQLError]:
    """Why a document cannot be run on a schema: the first few errors; none when it can.

    That the schema itself is valid has been proven when the add-ons were tried.
    """
    context = _Context(schema, document, hide=hide_suggestions)
    with contextlib.suppress(_Enough):
        _Walk(context, [rule(context) for rule in rules_for(text)]).node(document, None, None)
    return context.found


class _TypeNames(KnownTypeNamesRule):
    """Compares an unknown type's name with those that begin alike, where there are very many."""

    def enter_named_type(
        self, node: NamedTypeNode, _key: Any, parent: Node, _path: Any, ancestors: list[Node]
    ) -> None:
        names = list(self.existing_types_map)
        if len(names) > MOST_COMPARED:
            names = [name for name in names if name[0].lower() == node.name.value[0].lower()]
        self.type_names = names
        super().enter_named_type(node, _key, parent, _path, ancestors)


def rules_for(text: str) -> list[type[ASTValidationRule]]:
    """The rules that a text can break."""
    return [
        _TypeNames if rule is KnownTypeNamesRule else rule
        for rule in specified_rules
        if all(
            any(sign in text for sign in signs)
            for named, signs in NEEDS
            if named.search(rule.__name__)
        )
    ]


class _Walk:
    """All rules on their way through one document, as graphql-core's ParallelVisitor has them."""

    def __init__(self, context: _Context, rules: Sequence[Visitor]) -> None:
        self._types = context.types
        self._rules = rules
        self._skipping: dict[int, Any] = {}
        self._ancestors: list[Any] = []
        self._enter: dict[str, list[tuple[int, Found]]] = {}
        self._leave: dict[str, list[tuple[int, Found]]] = defaultdict(list)

    def _known(self, kind: str) -> list[tuple[int, Found]]:
        entering = self._enter[kind] = []
        for number, rule in enumerate(self._rules):
            enter, leave = rule.get_enter_leave_for_kind(kind)
            if enter is not None:
                entering.append((number, enter))
            if leave is not None:
                self._leave[kind].append((number, leave))
        return entering

    def node(self, node: Any, key: Any, parent: Any) -> None:
        """A node, and what is below it."""
        kind, skipping = node.kind, self._skipping
        entering = self._enter.get(kind)
        if entering is None:
            entering = self._known(kind)
        self._types.enter(node)
        given: tuple[Any, ...] = (node, key, parent, [], self._ancestors)
        for number, enter in entering:
            if number not in skipping:
                result = enter(*given)
                if result is SKIP or result is False:
                    skipping[number] = node
        self._below(node, parent)
        for number, leave in self._leave[kind]:
            if number not in skipping:
                leave(*given)
        if skipping:
            for number in [one for one, at in skipping.items() if at is node]:
                del skipping[number]
        self._types.leave(node)

    def _below(self, node: Any, parent: Any) -> None:
        """What is below a node; rules are told of its parent, and of the ancestors above that."""
        ancestors, above = self._ancestors, len(self._ancestors)
        if parent is not None:
            ancestors.append(parent)
        for key in KEYS.get(node.kind, ()):
            below = getattr(node, key)
            if isinstance(below, tuple):
                ancestors.append(node)
                for place, one in enumerate(below):
                    self.node(one, place, below)
                ancestors.pop()
            elif below is not None:
                self.node(below, key, node)
        del ancestors[above:]

"""What the parts of the planner share while one plan is made."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from graphql import (
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLError,
    GraphQLField,
    GraphQLIncludeDirective,
    GraphQLInterfaceType,
    GraphQLObjectType,
    GraphQLSkipDirective,
    SelectionSetNode,
    get_argument_values,
    get_directive_values,
)
from graphql.execution.values import VariableValues
from sqlalchemy import ColumnElement, true

from dougong.access.permissions import Operation, Permission
from dougong.access.principal import Principal
from dougong.access.reach import BoundMe
from dougong.entity.base import Entity
from dougong.graphql.computed_values import Use, is_by_hand
from dougong.graphql.plan.arguments import Arguments
from dougong.graphql.problems import located
from dougong.graphql.types import Types
from dougong.verbs.computed import Computed

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dougong.builtin.audit.asked import AskedHistory
    from dougong.generation import Generation
    from dougong.graphql.plan.actions import AskedActions

Selected = dict[str, list[FieldNode]]


class Build:
    """One plan in the making: who asks, the document's fragments, its traced variables."""

    def __init__(
        self,
        generation: Generation,
        types: Types,
        who: Principal,
        fragments: Mapping[str, FragmentDefinitionNode],
        variables: VariableValues,
        *,
        reaches: bool = False,
    ) -> None:
        """`reaches`: the units and colleagues that the asker reaches come as parameters."""
        self.generation = generation
        self.types = types
        self.who = who
        self.arguments = Arguments()
        self.computed: list[Use] = []
        self.because: dict[str, Use] = {}
        """Root fields that hold a computed one, and which."""
        self._fragments = fragments
        self._variables = variables
        self._names = 0
        self._reaches = reaches

    @property
    def me(self) -> BoundMe:
        """The asker, for row rules."""
        known = self.arguments.reached if self._reaches else None
        return BoundMe(self.arguments.me, known=known)

    def name(self, letter: str) -> str:
        """A name for a table or subselect that no other in the statement has."""
        self._names += 1
        return f"{letter}{self._names}"

    def number_of(self, of: Computed | AskedActions | AskedHistory) -> int:
        """The place of what Python fills in among those of the plan."""
        at, nodes = self.arguments.path, tuple(self.arguments.nodes)
        by_hand = isinstance(of, Computed) and is_by_hand(of)
        use = Use(of, at, nodes) if by_hand else Use(of)
        if use not in self.computed:
            self.computed.append(use)
        if at[0] not in self.because or use.at:
            self.because[at[0]] = use
        return self.computed.index(use)

    def require(self, needs: Permission | None, field: str) -> None:
        """Raise GraphQLError (FORBIDDEN) unless the asker has the permission for a field."""
        if needs is not None and not self.generation.access.has(self.who, needs):
            raise GraphQLError(
                f"You need the permission {needs.name} for {field}: {needs.description}",
                extensions={"code": "FORBIDDEN"},
            )

    @contextmanager
    def at(self, key: str, nodes: Sequence[FieldNode]) -> Iterator[None]:
        """Remember which field is being planned; errors within say where they arose."""
        arguments = self.arguments
        before = arguments.nodes, arguments.path
        arguments.nodes, arguments.path = nodes, (*arguments.path, key)
        try:
            yield
        except GraphQLError as error:
            raise located(error, arguments.nodes, arguments.path) from None
        finally:
            arguments.nodes, arguments.path = before

    def readable(self, entity: type[Entity], alias: Any) -> list[ColumnElement[bool]]:
        """The conditions under which the asker may see rows of the alias; none means all."""
        rule = self.generation.access.predicate(self.who, Operation.READ, entity, alias, self.me)
        return [] if rule.compare(true()) else [rule]

    def values(self, field: GraphQLField, node: FieldNode) -> dict[str, Any]:
        """A field's arguments, with FromVariable where a variable brings a value."""
        return get_argument_values(field, node, self._variables)

    def collect(
        self,
        sets: Sequence[SelectionSetNode],
        of: GraphQLObjectType,
    ) -> Selected:
        """The fields that are asked of an object, by response key, fragments spread."""
        found: Selected = {}
        seen: set[str] = set()
        for one in sets:
            self._collect(one, of, found, seen)
        return found

    def _collect(
        self, selected: SelectionSetNode, of: GraphQLObjectType, found: Selected, seen: set[str]
    ) -> None:
        for node in selected.selections:
            if not self._included(node):
                continue
            if isinstance(node, FieldNode):
                key = node.alias.value if node.alias else node.name.value
                found.setdefault(key, []).append(node)
                continue
            fragment: Any = node
            if isinstance(node, FragmentSpreadNode):
                name = node.name.value
                if name in seen:
                    continue
                seen.add(name)
                fragment = self._fragments[name]
            if self._applies(fragment.type_condition, of):
                self._collect(fragment.selection_set, of, found, seen)

    @staticmethod
    def _applies(condition: Any, of: GraphQLObjectType) -> bool:
        if condition is None or condition.name.value == of.name:
            return True
        return any(
            isinstance(one, GraphQLInterfaceType) and one.name == condition.name.value
            for one in of.interfaces
        )

    def _included(self, node: Any) -> bool:
        if not node.directives:
            return True
        skip = get_directive_values(GraphQLSkipDirective, node, self._variables)
        if skip is not None and skip["if"] is True:
            return False
        include = get_directive_values(GraphQLIncludeDirective, node, self._variables)
        return include is None or include["if"] is True

"""A document as it is asked: parsed, limited, validated, one operation chosen, variables read."""

from __future__ import annotations

import re
from collections.abc import Callable, Hashable, Mapping, Sequence
from typing import Any, NamedTuple

from graphql import (
    ArgumentNode,
    DocumentNode,
    FragmentDefinitionNode,
    GraphQLError,
    GraphQLLeafType,
    GraphQLSchema,
    ListValueNode,
    OperationDefinitionNode,
    OperationType,
    VariableNode,
    Visitor,
    get_nullable_type,
    get_variable_values,
    is_leaf_type,
    type_from_ast,
    visit,
)
from graphql.execution.get_variable_signature import GraphQLVariableSignature
from graphql.execution.values import VariableValues, VariableValueSource

from dougong.errors import DougongError
from dougong.graphql.limits import check, check_values
from dougong.graphql.plan.arguments import decides, shape_of, shape_of_leaf, trace
from dougong.graphql.problems import bad_input, coded
from dougong.graphql.scalars import shown
from dougong.graphql.tokens import look_over, parsed
from dougong.graphql.validation import MOST_ERRORS, faults


class GraphQLRequest(NamedTuple):
    """What a client sends: the document, which of its operations, and the variables."""

    query: str
    operation_name: str | None = None
    variables: Mapping[str, Any] | None = None
    queries_only: bool = False
    """Whether mutations are refused: they are not done by GET."""
    development: bool = False
    """Whether everybody may look at the schema."""


class RequestErrors(DougongError):
    """The request cannot be run at all; `errors` say why."""

    def __init__(self, errors: list[GraphQLError]) -> None:
        super().__init__("; ".join(error.message for error in errors))
        self.errors = errors


class Requested(NamedTuple):
    """One operation of a valid document, with its variables."""

    text: str
    document: DocumentNode
    operation: OperationDefinitionNode
    fragments: Mapping[str, FragmentDefinitionNode]
    sent: Mapping[str, Any]
    """The variables as the client sent them."""
    variables: VariableValues
    """The same, read by their types."""
    tracing: Callable[[], VariableValues]
    shape: Hashable
    """What of the variables a plan depends on."""
    explained: bool = False
    """Whether the answer says how it was read."""

    @property
    def traced(self) -> VariableValues:
        """The variables with every leaf replaced by where it comes from, for the planner."""
        return self.tracing()

    @property
    def kind(self) -> OperationType:
        """Query, mutation or subscription."""
        return self.operation.operation

    @property
    def key(self) -> Hashable:
        """What a plan depends on, save for who asks."""
        name = self.operation.name
        return (self.text, name and name.value, self.shape)


class Plain(NamedTuple):
    """A variable that is neither a list nor an input object."""

    name: str
    signature: GraphQLVariableSignature
    kind: GraphQLLeafType
    shown: bool
    """Whether a plan depends on the value itself."""


class Operation:
    """One operation, with what of reading its variables is the same in every request."""

    def __init__(
        self,
        node: OperationDefinitionNode,
        schema: GraphQLSchema,
        sizes: frozenset[str],
        *,
        anonymous: bool,
    ) -> None:
        """`sizes` are the variables for each of whose values a plan is made: lengths, and names."""
        self.node = node
        self._sizes = sizes
        self._anonymous = anonymous
        self._schema = schema
        self._entities: Mapping[str, Any] = schema.extensions["entities"]
        self._kinds: dict[str, Any] = {
            one.variable.name.value: type_from_ast(schema, one.type)
            for one in node.variable_definitions or ()
        }
        self._plain: list[Plain] | None = None if self._kinds else []

    def given(self, sent: Mapping[str, Any]) -> dict[str, Any]:
        """What was sent for its variables; raises RequestErrors where that is too much."""
        given = {name: sent[name] for name in self._kinds if name in sent}
        if any(isinstance(one, dict | list) for one in given.values()):
            try:
                check_values(given, writing=self.node.operation is not OperationType.QUERY)
            except GraphQLError as error:
                raise RequestErrors([error]) from None
        return given

    def read(
        self, given: dict[str, Any]
    ) -> tuple[VariableValues, Hashable, Callable[[], VariableValues]]:
        """The variables, read by their types; what of them a plan depends on; how to trace them.

        Raises RequestErrors when one is not acceptable.
        """
        if self._plain is not None and len(given) == len(self._plain):
            again = self._read_again(self._plain, given)
            if again:
                return *again, lambda: self._traced(again[0])
        values = self._read_first(given)
        traced = self._traced(values)
        each = traced.coerced.items()
        shape = tuple((name, shape_of(one, self._entities)) for name, one in each)
        return values, shape, lambda: traced

    def _traced(self, values: VariableValues) -> VariableValues:
        """The values with every leaf replaced by where it comes from."""
        traced = {
            name: value if name in self._sizes else trace(value, self._kinds[name], (name,))
            for name, value in values.coerced.items()
        }
        return VariableValues(values.sources, traced)

    def _read_first(self, given: dict[str, Any]) -> VariableValues:
        definitions = self.node.variable_definitions or ()
        read = get_variable_values(
            self._schema,
            definitions,
            given,
            max_errors=MOST_ERRORS,
            hide_suggestions=self._anonymous,
        )
        if isinstance(read, list):
            raise RequestErrors([coded(error, "BAD_VARIABLE") for error in read])
        leaves = {name: get_nullable_type(kind) for name, kind in self._kinds.items()}
        if all(map(is_leaf_type, leaves.values())) and len(read.coerced) == len(leaves):
            self._plain = [
                Plain(
                    name, read.sources[name].signature, leaf, name in self._sizes or decides(leaf)
                )
                for name, leaf in leaves.items()
            ]
        return read

    def _read_again(
        self, plain: Sequence[Plain], given: Mapping[str, Any]
    ) -> tuple[VariableValues, Hashable] | None:
        """The same as `read`, without its preparations, where all is as usual.

        As usual: all variables are plain and given, none is null, and all are acceptable.
        """
        sources: dict[str, VariableValueSource] = {}
        values: dict[str, Any] = {}
        shape: list[Hashable] = []
        for name, signature, kind, shown_itself in plain:
            value = given[name]
            if value is None:
                return None
            try:
                read = values[name] = kind.coerce_input_value(value)
            except Exception:  # noqa: BLE001 - the other way says what is wrong with it
                return None
            sources[name] = VariableValueSource(signature, value)
            shape.append(
                (name, read if shown_itself else shape_of_leaf(kind.name, read, self._entities))
            )
        return VariableValues(sources, values), tuple(shape)


class Document:
    """A parsed and valid document; made once for each text and generation."""

    def __init__(
        self, text: str, parsed: DocumentNode, schema: GraphQLSchema, *, anonymous: bool
    ) -> None:
        self.text = text
        self.parsed = parsed
        sizes = frozenset(_sizes_in(parsed))
        self.operations = [
            Operation(one, schema, sizes, anonymous=anonymous)
            for one in parsed.definitions
            if isinstance(one, OperationDefinitionNode)
        ]
        self.fragments = {
            one.name.value: one
            for one in parsed.definitions
            if isinstance(one, FragmentDefinitionNode)
        }

    def request(self, asked: GraphQLRequest) -> Requested:
        """Choose the operation and read the variables.

        Raises RequestErrors when there is no such operation or a variable is not acceptable.
        """
        operation = self._operation(asked.operation_name)
        given = operation.given(asked.variables or {})
        values, shape, tracing = operation.read(given)
        return Requested(
            self.text, self.parsed, operation.node, self.fragments, given,
            values, tracing, shape, asked.development,
        )  # fmt: skip

    def _operation(self, name: str | None) -> Operation:
        if name is None and len(self.operations) == 1:
            return self.operations[0]
        named = [one for one in self.operations if name is None or _name(one.node) == name]
        if len(named) == 1:
            return named[0]
        if not self.operations:
            message = "The document has no operation."
        elif name is not None:
            message = f"The document has no operation named “{shown(name)}”."
        else:
            message = "The document has several operations: say which with operationName."
        raise RequestErrors([bad_input("NO_OPERATION", message)])


def _sizes_in(parsed: DocumentNode) -> list[str]:
    """The variables that are given as a list's length, or as names of actions."""
    found: list[str] = []

    class Lengths(Visitor):
        def enter_argument(self, node: ArgumentNode, *_: Any) -> None:
            if node.name.value in ("first", "last", "names"):
                given = node.value
                some = given.values if isinstance(given, ListValueNode) else [given]
                found.extend(one.name.value for one in some if isinstance(one, VariableNode))

    visit(parsed, Lengths())
    return found


def _name(operation: OperationDefinitionNode) -> str | None:
    return operation.name.value if operation.name else None


def read_document(
    text: str, schema: GraphQLSchema, absent: Mapping[str, str], *, anonymous: bool
) -> Document:
    """Parse, limit and validate a document.

    `absent` names the add-ons that types and fields belonged to which are not installed now.
    Raises RequestErrors.
    """
    try:
        look_over(text)
        document = parsed(text)
        check(document, anonymous=anonymous)
    except GraphQLError as error:
        raise RequestErrors([coded(error, "SYNTAX")]) from None
    errors = faults(schema, document, text, hide_suggestions=anonymous)
    if errors:
        raise RequestErrors([explained(error, absent) for error in errors])
    return Document(text, document, schema, anonymous=anonymous)


WHAT_IS_MISSING = (
    (re.compile(r"Cannot query field '(\w+)' on type '(\w+)'"), "{1}.{0}"),
    (re.compile(r"Unknown type '(\w+)'"), "{0}"),
    (re.compile(r"Unknown argument '(\w+)' on field '(\w+)\.(\w+)'"), "{1}.{2}.{0}"),
    (re.compile(r"of type '(\w+)' not to include unknown field '(\w+)'"), "{0}.{1}"),
    (re.compile(r"Value '(\w+)' does not exist in '(\w+)' enum"), "{1}.{0}"),
)


def explained(error: GraphQLError, absent: Mapping[str, str]) -> GraphQLError:
    """The error, with the add-on named that had brought what is missing now."""
    for pattern, key in WHAT_IS_MISSING:
        found = pattern.search(error.message)
        addon = found and absent.get(key.format(*found.groups()))
        if found and addon:
            name = found.group(2 if key == "{0}.{1}" else 1)
            return GraphQLError(
                f"{error.message} “{name}” belonged to the add-on {addon}, which is not installed.",
                error.nodes,
                extensions={"code": "ADDON_ABSENT", "addon": addon},
            )
    return coded(error, "INVALID_DOCUMENT")

"""A document as it is asked: parsed, limited, validated, one operation chosen, variables read."""

from __future__ import annotations

import re
from collections.abc import Hashable, Mapping
from typing import Any, NamedTuple

from graphql import (
    ArgumentNode,
    DocumentNode,
    FragmentDefinitionNode,
    GraphQLError,
    GraphQLSchema,
    ListValueNode,
    OperationDefinitionNode,
    OperationType,
    Undefined,
    VariableNode,
    Visitor,
    coerce_input_value,
    get_named_type,
    get_variable_values,
    is_leaf_type,
    parse,
    type_from_ast,
    visit,
)
from graphql.execution.get_variable_signature import GraphQLVariableSignature
from graphql.execution.values import VariableValues, VariableValueSource

from dougong.errors import DougongError
from dougong.graphql.limits import check, check_values
from dougong.graphql.plan.arguments import shape_of, trace
from dougong.graphql.problems import bad_input, coded
from dougong.graphql.scalars import shown
from dougong.graphql.tokens import look_over
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
    traced: VariableValues
    """The same with every leaf replaced by where it comes from, for the planner."""
    shape: Hashable
    """What of the variables a plan depends on."""
    explained: bool = False
    """Whether the answer says how it was read."""

    @property
    def kind(self) -> OperationType:
        """Query, mutation or subscription."""
        return self.operation.operation

    @property
    def key(self) -> Hashable:
        """What a plan depends on, save for who asks."""
        name = self.operation.name
        return (self.text, name and name.value, self.shape)


class Read(NamedTuple):
    """Variables as a client sent them, read; see Requested."""

    values: VariableValues
    traced: VariableValues
    shape: Hashable


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
        self._plain: list[tuple[str, GraphQLVariableSignature]] | None = None
        self._none = Read(VariableValues({}, {}), VariableValues({}, {}), ())

    def given(self, sent: Mapping[str, Any]) -> dict[str, Any]:
        """What was sent for its variables; raises RequestErrors where that is too much."""
        given = {name: sent[name] for name in self._kinds if name in sent}
        try:
            check_values(given, writing=self.node.operation is not OperationType.QUERY)
        except GraphQLError as error:
            raise RequestErrors([error]) from None
        return given

    def read(self, given: dict[str, Any]) -> Read:
        """The variables, read by their types; raises RequestErrors when one is not acceptable."""
        if not self._kinds:
            return self._none
        values = self._read_again(given) or self._read_first(given)
        kinds, traced, shape = self._kinds, {}, []
        for name, value in values.coerced.items():
            fixed = name in self._sizes
            traced[name] = value if fixed else trace(value, kinds[name], (name,))
            shape.append((name, shape_of(traced[name], self._entities)))
        return Read(values, VariableValues(values.sources, traced), tuple(shape))

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
        if all(is_leaf_type(get_named_type(kind)) for kind in self._kinds.values()):
            self._plain = [(name, read.sources[name].signature) for name in self._kinds]
        return read

    def _read_again(self, given: dict[str, Any]) -> VariableValues | None:
        """The same as `_read_first`, without its preparations, where all is as usual.

        As usual: the variables are no input objects, all are given, and all are acceptable.
        """
        if self._plain is None:
            return None
        values = VariableValues({}, {})
        for name, signature in self._plain:
            value = given.get(name, Undefined)
            if value is Undefined or isinstance(value, list):
                return None
            read = coerce_input_value(value, signature.type)
            if read is Undefined:
                return None
            values.sources[name] = VariableValueSource(signature, value)
            values.coerced[name] = read
        return values


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
        read = operation.read(given)
        return Requested(
            self.text, self.parsed, operation.node, self.fragments, given,
            read.values, read.traced, read.shape, asked.development,
        )  # fmt: skip

    def _operation(self, name: str | None) -> Operation:
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
        parsed = parse(text)
        check(parsed, anonymous=anonymous)
    except GraphQLError as error:
        raise RequestErrors([coded(error, "SYNTAX")]) from None
    errors = faults(schema, parsed, text, hide_suggestions=anonymous)
    if errors:
        raise RequestErrors([explained(error, absent) for error in errors])
    return Document(text, parsed, schema, anonymous=anonymous)


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

"""A document as it is asked: parsed, limited, validated, one operation chosen, variables read."""

from __future__ import annotations

import re
from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from graphql import (
    DocumentNode,
    FragmentDefinitionNode,
    GraphQLError,
    GraphQLSchema,
    OperationDefinitionNode,
    OperationType,
    get_variable_values,
    parse,
    type_from_ast,
)
from graphql.execution.values import VariableValues

from dougong.errors import DougongError
from dougong.graphql.limits import check, check_values
from dougong.graphql.plan.arguments import shape_of, trace
from dougong.graphql.problems import bad_input, coded
from dougong.graphql.scalars import shown
from dougong.graphql.tokens import look_over
from dougong.graphql.validation import MOST_ERRORS, faults

if TYPE_CHECKING:
    from dougong.generation import Generation


@dataclass(frozen=True)
class GraphQLRequest:
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


@dataclass(frozen=True)
class Requested:
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

    @property
    def kind(self) -> OperationType:
        """Query, mutation or subscription."""
        return self.operation.operation

    @property
    def key(self) -> Hashable:
        """What a plan depends on, save for who asks."""
        name = self.operation.name
        return (self.text, name and name.value, self.shape)


class Document:
    """A parsed and valid document; made once for each text and generation."""

    def __init__(self, text: str, parsed: DocumentNode, *, anonymous: bool) -> None:
        self.text = text
        self._anonymous = anonymous
        self.parsed = parsed
        self.operations = [
            one for one in parsed.definitions if isinstance(one, OperationDefinitionNode)
        ]
        self.fragments = {
            one.name.value: one
            for one in parsed.definitions
            if isinstance(one, FragmentDefinitionNode)
        }

    def request(self, generation: Generation, asked: GraphQLRequest) -> Requested:
        """Choose the operation and read the variables.

        Raises RequestErrors when there is no such operation or a variable is not acceptable.
        """
        schema = generation.schema
        operation = self._operation(asked.operation_name)
        definitions = operation.variable_definitions or ()
        names = [one.variable.name.value for one in definitions]
        sent = asked.variables or {}
        given = {name: sent[name] for name in names if name in sent}
        try:
            check_values(given, writing=operation.operation is not OperationType.QUERY)
        except GraphQLError as error:
            raise RequestErrors([error]) from None
        read = get_variable_values(
            schema,
            definitions,
            given,
            max_errors=MOST_ERRORS,
            hide_suggestions=self._anonymous,
        )
        if isinstance(read, list):
            raise RequestErrors([coded(error, "BAD_VARIABLE") for error in read])
        kinds: dict[str, Any] = {
            one.variable.name.value: type_from_ast(schema, one.type) for one in definitions
        }
        traced = {name: trace(value, kinds[name], (name,)) for name, value in read.coerced.items()}
        entities = schema.extensions["entities"]
        shape = tuple((name, shape_of(traced[name], entities)) for name in kinds if name in traced)
        return Requested(
            self.text, self.parsed, operation, self.fragments, given,
            read, read._replace(coerced=traced), shape,
        )  # fmt: skip

    def _operation(self, name: str | None) -> OperationDefinitionNode:
        named = [one for one in self.operations if name is None or _name(one) == name]
        if len(named) == 1:
            return named[0]
        if not self.operations:
            message = "The document has no operation."
        elif name is not None:
            message = f"The document has no operation named “{shown(name)}”."
        else:
            message = "The document has several operations: say which with operationName."
        raise RequestErrors([bad_input("NO_OPERATION", message)])


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
    return Document(text, parsed, anonymous=anonymous)


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

"""What the bridge relies on of strawberry's own, and what it refuses of an add-on's.

The first test is the contract: when it fails after an upgrade of strawberry, graphql/bridge.py is
what has to change, and nothing else.
"""

import inspect
import re
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
import strawberry
from graphql import GraphQLObjectType, assert_valid_schema, print_type
from strawberry.annotation import StrawberryAnnotation
from strawberry.schema.config import StrawberryConfig
from strawberry.schema.schema_converter import GraphQLCoreConverter
from strawberry.types.arguments import convert_argument
from strawberry.types.base import StrawberryList

import dougong
from dougong import EVERYONE, Asking, Context, SetupError, before, computed, query
from dougong.addons.discovery import core_part
from dougong.addons.manifest import Part
from dougong.generation import Generation
from dougong_mistakes import Clash, Colour, Half, Later, OtherWhole, Shape, Silent, Takes, Whole
from dougong_shop import Customer, Line
from dougong_stars import Rated

SHOP = (
    core_part(),
    Part("shop", "dougong_shop", "1", "Shop", ()),
    Part("stars", "dougong_stars", "1", "Stars", ("shop",)),
)


def test_strawberry_has_what_the_bridge_relies_on() -> None:
    def parameters(function: Any) -> list[str]:
        return list(inspect.signature(function).parameters)

    @strawberry.type
    class Point:
        x: int

        @strawberry.field
        def twice(self, by: int = 2) -> int:
            return self.x * by

    kept: Any = Point
    definition = kept.__strawberry_definition__
    plain, made = definition.fields

    # The converter: how it is made, what is overridden, what it keeps.
    assert parameters(GraphQLCoreConverter)[:4] == [
        "config", "scalar_overrides", "scalar_map", "get_fields",
    ]  # fmt: skip
    assert parameters(GraphQLCoreConverter.from_type) == ["self", "type_"]
    assert parameters(GraphQLCoreConverter.from_maybe_optional) == ["self", "type_"]
    assert parameters(GraphQLCoreConverter.from_list) == ["self", "type_"]
    assert parameters(GraphQLCoreConverter.from_scalar) == ["self", "scalar"]
    assert parameters(GraphQLCoreConverter.from_enum) == ["self", "enum"]
    assert parameters(GraphQLCoreConverter.from_argument) == ["self", "argument"]
    assert parameters(GraphQLCoreConverter.from_input_object) == ["self", "object_type"]
    same = GraphQLCoreConverter.validate_same_type_definition
    assert parameters(same) == ["self", "name", "type_definition", "cached_type"]
    converter = GraphQLCoreConverter(StrawberryConfig(), {}, {}, lambda of: of.fields)
    shown = converter.from_type(Point)
    assert isinstance(shown, GraphQLObjectType)
    assert converter.type_map["Point"].implementation is shown
    assert converter.type_map["Point"].definition is definition
    assert converter.config.name_converter.from_type(definition) == "Point"

    # Definitions and fields: what is read of them, and that their descriptions are used.
    assert definition.origin is Point
    assert (definition.is_input, definition.is_interface) == (False, False)
    assert (plain.python_name, plain.origin, plain.base_resolver) == ("x", Point, None)
    assert (made.is_async, made.is_subscription) == (False, False)
    assert made.base_resolver.wrapped_func.__name__ == "twice"
    made.description = "Said."
    assert shown.fields["twice"].description == "Said."

    # Annotations and inputs.
    several = StrawberryAnnotation(list[Customer]).resolve()
    assert isinstance(several, StrawberryList)
    assert several.of_type is Customer
    assert StrawberryAnnotation(Customer).resolve() is Customer
    assert parameters(convert_argument)[:4] == ["value", "type_", "scalar_registry", "config"]


def test_nothing_but_the_bridge_knows_strawberry() -> None:
    core = Path(dougong.__file__).parent
    knows = [
        path.relative_to(core).as_posix()
        for path in core.rglob("*.py")
        if re.search(r"^\s*(from|import) strawberry|__strawberry", path.read_text(), re.MULTILINE)
    ]
    own = re.compile(
        r"builtin/\w+/(graphql|shown)\.py"
    )  # hand-written types, as an add-on writes them
    assert [one for one in knows if not own.fullmatch(one)] == ["graphql/bridge.py"]


# What is wrong is refused at install --------------------------------------------------------------


def of_query(returns: Any, takes: Any = str, says: str | None = "What it is.") -> Any:
    def asked(ctx: Context, *, what: Any) -> Any:
        return None

    asked.__annotations__ = {"ctx": Context, "what": takes, "return": returns}
    asked.__doc__ = says
    asked.__module__ = "dougong_wrong"
    return query(needs=EVERYONE)(asked)


def of_field(gives: Any, says: str | None = "What it is.", *columns: Any) -> Any:
    def asked(rows: Any, ctx: Context) -> Any:
        return []

    asked.__annotations__ = {"return": Sequence[gives]}
    asked.__doc__ = says
    asked.__module__ = "dougong_wrong"
    return computed(*(columns or (Customer.id,)))(asked)


def generation(*declared: Any) -> Generation:
    module = ModuleType("dougong_wrong")
    for number, one in enumerate(declared):
        setattr(module, f"declared{number}", one)
    sys.modules["dougong_wrong"] = module
    return Generation(1, (*SHOP, Part("wrong", "dougong_wrong", "1", "Wrong", ("shop", "stars"))))


@pytest.mark.parametrize(
    ("declared", "says"),
    [
        (of_query(object), "dougong_wrong.asked is annotated with object"),
        (of_query(dict[str, int]), "dougong_wrong.asked is annotated with"),
        (of_query(Half | Later), "dougong_wrong.asked is annotated with"),
        (of_query(Shape), "dougong_wrong.asked is annotated with Shape"),
        (of_query(Colour), "dougong_wrong.asked is annotated with Colour"),
        (of_query(bytes), "dougong_wrong.asked is annotated with bytes"),
        (of_query("Nobody"), "Nobody"),
        (of_query(Silent), "dougong_mistakes.Silent does not say what it means"),
        (of_query(Half), "dougong_mistakes.Half.number does not say what it means"),
        (of_query(Later), "dougong_mistakes.Later.number is async"),
        (
            of_query(Takes),
            "dougong_mistakes.Takes.number takes Customer, which clients cannot send",
        ),
        (of_query(Clash), "The add-ons shop and "),
        (of_query(int, object), "takes what: <class 'object'>"),
        (of_query(int, says=None), "dougong_wrong.asked does not say what it means"),
        (of_field(Half), "dougong_mistakes.Half.number does not say what it means"),
        (of_field(int, None), "dougong_wrong.asked does not say what it means"),
        (of_field(object), "dougong_wrong.asked is annotated with object"),
        (of_field(int, "Says.", Customer.owner), "Customer.owner, which is not a value"),
        (of_field(int, "Says.", Customer.id, Line.id), "columns of 2 entities"),
        (of_query(Rated), "dougong_wrong.asked is annotated with Rated"),
    ],
)
def test_what_the_api_cannot_show_is_refused_with_the_way_out(declared: Any, says: str) -> None:
    with pytest.raises(SetupError) as refused:
        assert_valid_schema(generation(declared).schema)
    assert says in str(refused.value)
    assert "Fix: " in str(refused.value)


def test_two_types_of_one_name_are_refused_naming_both() -> None:
    with pytest.raises(SetupError, match="both have a GraphQL type Whole"):
        _ = generation(of_query(list[Whole]), of_query(OtherWhole, says="B.")).schema


async def later(ctx: Context) -> int:
    return 1


def no_context(number: int) -> int:
    return number


@pytest.mark.parametrize("rule", [later, no_context])
def test_what_cannot_be_called_is_refused(rule: Callable[..., Any]) -> None:
    with pytest.raises(SetupError, match="Fix: "):
        _ = generation(query(needs=EVERYONE)(rule)).schema


def test_nobody_reacts_to_a_query() -> None:
    asked: Any = of_query(int)

    def rule(ctx: Context) -> None:
        pass

    rule.__module__ = "dougong_wrong"
    reaction: Any = rule
    with pytest.raises(SetupError, match=r"reacts to wrong\.asked, which changes nothing"):
        generation(asked, before(asked)(reaction))


def test_a_query_without_a_permission_is_no_query() -> None:
    anything: Any = query
    with pytest.raises(TypeError, match="needs"):
        anything()


def test_a_field_may_give_entities_lists_and_scalars() -> None:
    def friends(rows: Any, asking: Asking) -> Sequence[list[Customer]]:
        """Whom they know."""
        return [[] for _ in rows]

    friends.__module__ = "dougong_wrong"
    schema = generation(computed(Customer.id)(friends)).schema

    assert "friends: [Customer!]\n" in print_type(schema.type_map["Customer"])

"""The schema is refused, with both names, where what add-ons bring does not fit together."""

from collections.abc import Callable
from typing import Any

import pytest
from graphql import GraphQLSchema
from sqlalchemy import func, literal_column, select, text
from sqlalchemy.dialects.postgresql import TSVECTOR

from dougong.access.users import token
from dougong.errors import SetupError
from dougong.graphql.schema import RootFields, check_schema
from dougong.graphql.types import Types
from dougong.verbs.report import Report
from dougong_shop import COUNT, Customer, Order


def schema_with(shop: Any, build: Callable[[Any], Any]) -> None:
    """Build Query with one more report, of another add-on."""
    extra = Report(build, COUNT)
    extra.addon = "other"
    before = shop.generation.reports
    shop.generation.reports = (*before, extra)
    try:
        root = RootFields(shop.generation, Types(shop.generation))
        check_schema(GraphQLSchema(extensions={"root": root}))
    finally:
        shop.generation.reports = before


def refused(shop: Any, build: Callable[[Any], Any], *says: str) -> None:
    with pytest.raises(SetupError) as caught:
        schema_with(shop, build)
    for part in (*says, "Fix: "):
        assert part in str(caught.value)


def test_two_add_ons_cannot_bring_the_same_field_of_query(shop: Any) -> None:
    def customers(ctx: Any) -> Any:
        return select(Customer.name)

    refused(shop, named(customers, "dougong_other"), "shop and other", "customers")


def test_two_add_ons_cannot_bring_the_same_type(shop: Any) -> None:
    types = Types(shop.generation)
    types.object_of(Customer)
    with pytest.raises(SetupError, match="shop and other both bring a GraphQL type Customer"):
        types.claim("Customer", "other")
    with pytest.raises(SetupError, match="dougong and other both bring a GraphQL type PageInfo"):
        types.claim("PageInfo", "other")


def test_an_extension_cannot_bring_a_field_that_is_there(shop: Any) -> None:
    from dougong_stars import Rated

    before = shop.generation.extensions
    shop.generation.extensions = {Customer: (Rated, Rated)}
    try:
        with pytest.raises(SetupError, match="both give Customer a field “stars”"):
            Types(shop.generation).members_of(Customer)
    finally:
        shop.generation.extensions = before


def named(build: Callable[[Any], Any], module: str) -> Callable[[Any], Any]:
    build.__module__ = module
    return build


REPORTS: list[tuple[Callable[[Any], Any], str]] = [
    (lambda _: select(literal_column("1", TSVECTOR()).label("odd")), "a column “odd” whose type"),
    (lambda _: select(func.something().label("odd")), "a column “odd” whose type"),
    (lambda _: select(token.c.sha256), "dougong.token, which is no entity"),
    (lambda _: select(Order.id).where(text("true")), "SQL as text"),
    (lambda _: [1], "does not return a SELECT"),
]


@pytest.mark.parametrize("number", range(len(REPORTS)))
def test_a_report_is_refused_with_what_is_wrong(shop: Any, number: int) -> None:
    build, says = REPORTS[number]

    def odd_report(ctx: Any) -> Any:
        return build(ctx)

    refused(shop, named(odd_report, "dougong_other"), "other.odd_report", says)


def test_extensions_have_no_fields_of_query_of_their_own(shop: Any) -> None:
    query = shop.generation.schema.query_type
    assert "rated" not in query.fields
    assert "stars" in shop.generation.schema.type_map["Customer"].fields
    assert "stars" in shop.generation.schema.type_map["CustomerWhere"].fields
    assert "stars" in shop.generation.schema.type_map["CustomerOrder"].fields


def test_an_extension_is_joined_only_when_it_is_used(shop: Any) -> None:
    shop.ask("{ customers { nodes { name } } }")
    assert "rated" not in shop.reads.statements[-1]
    shop.ask("{ customers(orderBy: [{parent: {stars: ASC}}]) { nodes { stars } } }")
    assert shop.reads.statements[-1].count("stars.rated") == 2

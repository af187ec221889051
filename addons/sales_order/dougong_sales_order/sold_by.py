"""Sales figures by month, product, category, region and salesperson."""

from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Date,
    Integer,
    Numeric,
    Select,
    cast,
    func,
    select,
    type_coerce,
)

from dougong import Context, User, report
from dougong_product import Product, ProductCategory
from dougong_sales_order.entities import SalesOrder, SalesOrderLine
from dougong_sales_order.permissions import SEE_SALES
from dougong_sales_order.reports import SOLD


def _sold_by(*groups: ColumnElement[Any]) -> Select[*tuple[Any, ...]]:
    """What was sold in each group and currency, of the orders that count, without freight (S31)."""
    return (
        select(
            *groups,
            SalesOrder.currency.label("currency"),
            cast(func.count(SalesOrder.id.distinct()), Integer).label("orders"),
            type_coerce(
                func.trim_scale(func.sum(SalesOrderLine.base_quantity)), Numeric(38, 12)
            ).label("quantity"),
            type_coerce(func.sum(SalesOrderLine.net), Numeric(38, 2)).label("net"),
        )
        .select_from(SalesOrder)
        .join(SalesOrder.lines)
        .where(SalesOrder.state.in_(SOLD))
        .group_by(*groups, SalesOrder.currency)
        .order_by(*groups, SalesOrder.currency)
    )


@report(needs=SEE_SALES)
def sales_by_month(ctx: Context) -> Select[date, str | None, int, Decimal, Decimal]:
    """What was sold in each month and currency, by the day of the order, without freight (S31).

    month: The first day of the month.
    currency: What the amounts of the row are in.
    orders: How many orders were approved, and not cancelled since.
    quantity: How many of the products' own units their lines come to.
    net: What the lines come to, each rounded to the cent.
    """
    month = cast(func.date_trunc("month", SalesOrder.ordered_on), Date)
    return _sold_by(month.label("month"))


@report(needs=SEE_SALES)
def sales_by_product(ctx: Context) -> Select[int, str, str | None, int, Decimal, Decimal]:
    """What was sold of each product, in each currency (S31).

    number: The number in the product's id.
    product: What the product is called.
    currency: What the amounts of the row are in.
    orders: How many orders were approved, and not cancelled since.
    quantity: How many of the products' own units their lines come to.
    net: What the lines come to, each rounded to the cent.
    """
    named = (Product.id.label("number"), Product.name.label("product"))
    return _sold_by(*named).join(SalesOrderLine.product)


@report(needs=SEE_SALES)
def sales_by_category(ctx: Context) -> Select[str | None, str | None, int, Decimal, Decimal]:
    """What was sold of each category of products, in each currency (S31).

    category: The name of the products' shelf; null for those that lie on none.
    currency: What the amounts of the row are in.
    orders: How many orders were approved, and not cancelled since.
    quantity: How many of the products' own units their lines come to.
    net: What the lines come to, each rounded to the cent.
    """
    category = ProductCategory.name.label("category")
    return _sold_by(category).join(SalesOrderLine.product).outerjoin(Product.category)


@report(needs=SEE_SALES)
def sales_by_region(
    ctx: Context,
) -> Select[str | None, str | None, str | None, int, Decimal, Decimal]:
    """What was sold to each country and region, by the orders' addresses, in each currency (S31).

    country: The receivers' country.
    region: Their state, province or region.
    currency: What the amounts of the row are in.
    orders: How many orders were approved, and not cancelled since.
    quantity: How many of the products' own units their lines come to.
    net: What the lines come to, each rounded to the cent.
    """
    country, region = SalesOrder.ship_to_country, SalesOrder.ship_to_region
    return _sold_by(country.label("country"), region.label("region"))


@report(needs=SEE_SALES)
def sales_by_salesperson(
    ctx: Context,
) -> Select[int | None, str | None, str | None, int, Decimal, Decimal]:
    """What each owner of orders sold, in each currency (S31).

    number: The number in the person's id; null for orders that nobody here looks after.
    salesperson: The name of who looks after the orders, else of who sold them in an older system.
    currency: What the amounts of the row are in.
    orders: How many orders were approved, and not cancelled since.
    quantity: How many of the products' own units their lines come to.
    net: What the lines come to, each rounded to the cent.
    """
    name = func.coalesce(User.name, SalesOrder.salesperson)
    named = (User.id.label("number"), name.label("salesperson"))
    return _sold_by(*named).outerjoin(SalesOrder.owner)

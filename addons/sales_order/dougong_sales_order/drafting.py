"""What a new document takes over from the one that it follows from."""

from dataclasses import fields
from typing import Any, TypeVar

from dougong import Context, Entity
from dougong_sales_order.entities import Quotation, QuotationLine, SalesOrder, SalesOrderLine

E = TypeVar("E", bound=Entity)


def taken_over(source: Entity, kind: type[E], **besides: Any) -> E:
    """A new record of a kind that is given all that it can be given and the source has too.

    `besides` is what it is given instead; owned children are not taken over.
    """
    names = {one.name for one in fields(kind) if one.init} - {*kind.__owned__, *besides}
    given = {name: getattr(source, name) for name in names if hasattr(type(source), name)}
    return kind(**given, **besides)


def draft_order(quotation: Quotation, ctx: Context) -> SalesOrder:
    """Draft the order of a quotation, with the same lines at the same prices."""
    lines = [taken_over(line, SalesOrderLine) for line in quotation.lines]
    order = taken_over(quotation, SalesOrder, number=None, lines=lines)
    order.quotation = quotation
    return ctx.create(order)


def draft_revision(quotation: Quotation, ctx: Context) -> Quotation:
    """Draft the next revision of a quotation, as it is now; it is valid as long as a new one."""
    lines = [taken_over(line, QuotationLine, quotation=None) for line in quotation.lines]
    revision = taken_over(quotation, Quotation, valid_until=None, lines=lines)
    revision.number, revision.revision = quotation.number, quotation.revision + 1
    revision.revises = quotation
    return ctx.create(revision)

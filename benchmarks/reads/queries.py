"""What is asked: five documents, as each server spells them, and what of the answers must agree."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any

Variables = Mapping[str, Any]


@dataclass(frozen=True)
class Query:
    """One question, in Dougong's words; strawberry's server speaks the same."""

    name: str
    title: str
    document: str
    variables: tuple[Variables, ...] = field(default=({},))
    """The questions that are asked in turn."""


Q1 = Query(
    "Q1",
    "an order by its id, 5 scalars",
    """query Q1($id: ID!) {
  salesOrder(id: $id) { id number orderedOn state freight }
}""",
    tuple({"id": f"SalesOrder:{number}"} for number in (7, 11, 29, 101, 209, 353, 401, 499)),
)
Q2 = Query(
    "Q2",
    "the 50 latest orders, 8 fields each, and pageInfo",
    """query Q2 {
  salesOrders(first: 50, orderBy: [{orderedOn: DESC}]) {
    edges { node { id number orderedOn state currency freight shipToCity createdAt } }
    pageInfo { hasNextPage endCursor }
  }
}""",
)
Q3 = Query(
    "Q3",
    "50 customers × up to 10 orders × lines × product",
    """query Q3 {
  parties(first: 50, orderBy: [{name: ASC}]) {
    edges { node { id name salesOrders(first: 10) { nodes {
      number orderedOn
      lines(first: 20) { nodes { quantity unitPrice net product { name } } }
    } } } }
    pageInfo { hasNextPage endCursor }
  }
}""",
)
Q4 = Query(
    "Q4",
    "20 customers filtered by their orders, and totalCount",
    """query Q4($state: OrderState!, $least: Decimal!) {
  parties(first: 20, orderBy: [{name: ASC}], where: {
    salesOrders: {some: {state: {eq: $state}, freight: {gte: $least}}}
  }) {
    totalCount
    edges { cursor node { id name city } }
    pageInfo { hasNextPage endCursor }
  }
}""",
    ({"state": "CONFIRMED", "least": "190.00"},),
)
Q5 = Query(
    "Q5",
    "orders of a year and a quarter by their state: count, sum, max",
    """query Q5($since: Date!) {
  salesOrderStats(
    where: {orderedOn: {gte: $since}}
    groupBy: [{key: state}]
    measures: [{as: "freight", sum: freight}, {as: "latest", max: orderedOn}]
  ) { state count values }
}""",
    ({"since": "2024-07-01"},),
)
QUERIES = {query.name: query for query in (Q1, Q2, Q3, Q4, Q5)}

# PostGraphile knows no asker, so the row rules are conditions here; its ids are plain numbers.
POSTGRAPHILE = {
    "Q1": """query Q1($id: BigInt!, $me: BigInt!) {
  allSalesOrderSalesOrders(first: 1, condition: {rowId: $id, ownerId: $me}) {
    nodes { rowId number orderedOn state freight }
  }
}""",
    "Q2": """query Q2($me: BigInt!) {
  allSalesOrderSalesOrders(
    first: 50, orderBy: [ORDERED_ON_DESC, ROW_ID_DESC], condition: {ownerId: $me}
  ) {
    edges { node { rowId number orderedOn state currency freight shipToCity createdAt } }
    pageInfo { hasNextPage endCursor }
  }
}""",
    "Q3": """query Q3($me: BigInt!) {
  allParties(first: 50, orderBy: [NAME_ASC, ROW_ID_ASC]) {
    edges { node { rowId name
      salesOrderSalesOrdersByCustomerId(
        first: 10, orderBy: [ROW_ID_ASC], condition: {ownerId: $me}
      ) { nodes {
        number orderedOn
        salesOrderSalesOrderLinesByOrderId(first: 20, orderBy: [ROW_ID_ASC]) { nodes {
          quantity unitPrice net productProductByProductId { name }
        } }
      } }
    } }
    pageInfo { hasNextPage endCursor }
  }
}""",
    "Q4": """query Q4($state: String!, $least: BigFloat!, $me: BigInt!) {
  allParties(first: 20, orderBy: [NAME_ASC, ROW_ID_ASC], filter: {
    salesOrderSalesOrdersByCustomerId: {some: {
      state: {equalTo: $state}, freight: {greaterThanOrEqualTo: $least}, ownerId: {equalTo: $me}
    }}
  }) {
    totalCount
    edges { cursor node { rowId name city } }
    pageInfo { hasNextPage endCursor }
  }
}""",
}


def for_postgraphile(variables: Variables, me: int) -> dict[str, Any]:
    """The same variables, with the seller's number and with ids as numbers."""
    given = {"me": str(me), **variables}
    if "id" in given:
        given["id"] = given["id"].partition(":")[2]
    return given


# What must agree ---------------------------------------------------------------------------------


def normal(value: Any) -> Any:
    """An answer without what each server spells in its own way.

    Cursors say only that there are some, ids are numbers, moments and amounts are compared by
    value, and where PostGraphile has other names they are Dougong's.
    """
    if isinstance(value, list):
        return [normal(one) for one in value]
    if not isinstance(value, dict):
        return value
    return {NAMES.get(key, key): _spelled(NAMES.get(key, key), one) for key, one in value.items()}


NAMES = {
    "rowId": "id",
    "allParties": "parties",
    "allSalesOrderSalesOrders": "salesOrders",
    "salesOrderSalesOrdersByCustomerId": "salesOrders",
    "salesOrderSalesOrderLinesByOrderId": "lines",
    "productProductByProductId": "product",
}
AMOUNTS = ("freight", "quantity", "unitPrice", "net", "sum")


def _spelled(key: str, value: Any) -> Any:
    if value is None or not isinstance(value, str):
        return normal(value)
    if key in ("cursor", "endCursor"):
        return bool(value)
    if key == "id":
        return value.rpartition(":")[2]
    if key in AMOUNTS:
        return Decimal(value)
    if key == "createdAt":
        return datetime.fromisoformat(value)
    return value


def same(name: str, answer: bytes) -> Any:
    """What an answer says, for comparison; raises ValueError when it has errors or no data."""
    found = json.loads(answer)
    if found.get("errors") or not found.get("data"):
        raise ValueError(answer.decode()[:1000])
    data = normal(found["data"])
    if name == "Q1" and "salesOrders" in data:
        return {"salesOrder": next(iter(data["salesOrders"]["nodes"]), None)}
    return data

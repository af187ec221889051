"""The same answers from SQL that a person writes: the idiom of json_build_object and json_agg.

Row rules are where a person puts them: once. Cursors are spelled as Dougong spells them, so that
the answers are equal; the first text in each is the order's signature.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from decimal import Decimal
from typing import Any

MOMENT = """to_char({} at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')"""


def cursor(signature: str, *values: str) -> str:
    """A cursor made of texts, in SQL."""
    parts = " || '\",\"' || ".join([f"'[\"{signature}'", *values])
    coded = f"encode(convert_to({parts} || '\"]', 'UTF8'), 'base64')"
    return f"translate({coded}, E'+/=\\n', '-_')"


Q1 = """
select json_build_object('data', json_build_object('salesOrder', (
    select json_build_object('id', 'SalesOrder:' || id, 'number', number,
        'orderedOn', ordered_on, 'state', state, 'freight', freight::text)
      from sales_order.sales_order where id = $1 and owner_id = $2)))::text"""

Q2 = f"""
with page as (
    select *, row_number() over (order by ordered_on desc, id desc) place
      from sales_order.sales_order where owner_id = $1
     order by ordered_on desc, id desc limit 51)
select json_build_object('data', json_build_object('salesOrders', json_build_object(
    'edges', coalesce(json_agg(json_build_object('node', json_build_object(
        'id', 'SalesOrder:' || id, 'number', number, 'orderedOn', ordered_on, 'state', state,
        'currency', currency, 'freight', freight::text, 'shipToCity', ship_to_city,
        'createdAt', {MOMENT.format("created_at")}))) filter (where place <= 50), '[]'::json),
    'pageInfo', json_build_object('hasNextPage', count(*) > 50, 'endCursor', (
        select {cursor("49896e61", "ordered_on::text", "id::text")}
          from page where place <= 50 order by place desc limit 1)))))::text
  from page"""

Q3 = f"""
with page as (
    select id, name, row_number() over (order by name, id) place
      from party.party order by name, id limit 51)
select json_build_object('data', json_build_object('parties', json_build_object(
    'edges', coalesce(json_agg(json_build_object('node', json_build_object(
        'id', 'Party:' || p.id, 'name', p.name,
        'salesOrders', json_build_object('nodes', orders.nodes)))) filter (where place <= 50),
        '[]'::json),
    'pageInfo', json_build_object('hasNextPage', count(*) > 50, 'endCursor', (
        select {cursor("0ebcd4f0", "name", "id::text")}
          from page where place <= 50 order by place desc limit 1)))))::text
  from page p
 cross join lateral (
    select coalesce(json_agg(json_build_object('number', o.number, 'orderedOn', o.ordered_on,
        'lines', json_build_object('nodes', lines.nodes))), '[]'::json) nodes
      from (select id, number, ordered_on from sales_order.sales_order
             where customer_id = p.id and owner_id = $1 order by id limit 10) o
     cross join lateral (
        select coalesce(json_agg(json_build_object('quantity', l.quantity::text,
            'unitPrice', l.unit_price::text, 'net', l.net::text,
            'product', json_build_object('name', (
                select name from product.product where id = l.product_id)))), '[]'::json) nodes
          from (select quantity, unit_price, net, product_id from sales_order.sales_order_line
                 where order_id = o.id order by id limit 20) l) lines) orders"""

Q4 = f"""
with found as materialized (
    select id, name, city from party.party where id in (
        select customer_id from sales_order.sales_order
         where owner_id = $1 and state = $2 and freight >= $3)),
page as (
    select *, row_number() over (order by name, id) place
      from found order by name, id limit 21),
shown as (
    select *, {cursor("0ebcd4f0", "name", "id::text")} cursor from page)
select json_build_object('data', json_build_object('parties', json_build_object(
    'totalCount', (select count(*) from found),
    'edges', coalesce(json_agg(json_build_object('cursor', cursor, 'node', json_build_object(
        'id', 'Party:' || id, 'name', name, 'city', city))) filter (where place <= 20),
        '[]'::json),
    'pageInfo', json_build_object('hasNextPage', count(*) > 20,
        'endCursor', max(cursor) filter (where place = (
            select max(place) from page where place <= 20))))))::text
  from shown"""

Q5 = """
select json_build_object('data', json_build_object('salesOrderStats', coalesce(json_agg(
    json_build_object('state', state, 'count', count, 'values', json_build_object(
        'freight', freight::text, 'latest', latest)) order by state), '[]'::json)))::text
  from (select state, count(*), sum(freight) freight, max(ordered_on) latest
          from sales_order.sales_order
         where owner_id = $1 and ordered_on >= $2 group by state) grouped"""

Made = Callable[[int, Mapping[str, Any]], list[Any]]

BY_HAND: dict[str, tuple[str, Made]] = {
    "Q1": (Q1, lambda me, given: [int(given["id"].partition(":")[2]), me]),
    "Q2": (Q2, lambda me, _given: [me]),
    "Q3": (Q3, lambda me, _given: [me]),
    "Q4": (Q4, lambda me, given: [me, given["state"], Decimal(given["least"])]),
    "Q5": (Q5, lambda me, given: [me, date.fromisoformat(given["since"])]),
}
"""Each query's SQL, and how its arguments follow from the seller and the variables."""

"""The rows of an order without reviews, written by hand with SQLAlchemy: what there is to be had.

`python -m orders.by_hand URL CLIENTS ORDERS HOW` prints seconds and seconds of CPU. As over the API
there are three transactions (`apart`): the order with its lines, its submission, its confirmation; or
one (`at_once`). Each writes its events, and the triggers write the change log and the audit.
"""

from __future__ import annotations

import sys
import time
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from typing import Any

from sqlalchemy import Connection, Engine, func, insert, select, update
from sqlalchemy.dialects.postgresql import insert as upsert

from dougong.builtin.numbers.tables import number_counter
from dougong.db.engine import open_database
from dougong.workflow.event_log import event
from dougong_sales_order import SalesOrder, SalesOrderLine

ORDERS: Any = SalesOrder.__table__
LINES: Any = SalesOrderLine.__table__
LINE = {"product_id": 1, "quantity": Decimal(2), "unit_price": Decimal(10), "discount": Decimal(0)}
ADDRESS = {"ship_to_name": "Customer", "ship_to_street": "Main St. 1", "ship_to_city": "Ulm"}
BY = {"created_by_id": 1, "updated_by_id": 1}


def number(connection: Connection) -> str:
    """The next number of a series of its own."""
    first = upsert(number_counter).values(series="by hand", frame="BH-", last=1)
    more = first.on_conflict_do_update(
        index_elements=["series", "frame"], set_={"last": number_counter.c.last + 1}
    )
    drawn = connection.execute(more.returning(number_counter.c.last)).scalar_one()
    return f"BH-{drawn:06d}"


def created(connection: Connection, lines: int) -> int:
    """A draft and its lines."""
    connection.execute(select(func.now()))
    header = {"number": number(connection), "customer_id": 1, "owner_id": 1, "currency": "USD"}
    said = {"ordered_on": func.current_date(), "intent_at": func.now(), "state": "DRAFT"}
    terms = {"payment_method": "BANK_TRANSFER"}
    order = insert(ORDERS).values(**header, **said, **terms, **ADDRESS, **BY).returning(ORDERS.c.id)
    made: int = connection.execute(order).scalar_one()
    found = connection.execute(
        insert(LINES).returning(LINES.c.id), [{**LINE, **BY, "order_id": made}] * lines
    )
    record(connection, "sales_order.sales_order", "create", [made])
    record(connection, "sales_order.sales_order_line", "create", list(found.scalars()))
    return made


def record(
    connection: Connection, entity: str, verb: str, numbers: list[int], *states: str
) -> None:
    """Write the events of some records."""
    who = {"actor_id": 1, "actor": "Person 1", "addon": "sales_order", "entity": entity}
    moved = dict(zip(("from_state", "to_state"), states, strict=True)) if states else {}
    name = f"{entity}.{verb}" if not states else f"sales_order.{verb}"
    rows = [{**who, **moved, "verb": name, "record_id": one} for one in numbers]
    connection.execute(insert(event), rows)


def move(connection: Connection, order: int, verb: str, before: str, after: str) -> None:
    """Lock an order and take it a step further."""
    connection.execute(select(ORDERS).where(ORDERS.c.id == order).with_for_update())
    changed: dict[str, Any] = {"state": after, "version": ORDERS.c.version + 1}
    if verb == "submit":
        changed |= {"submitted_at": func.now(), "minutes_late": 0}
    connection.execute(update(ORDERS).where(ORDERS.c.id == order).values(**changed))
    record(connection, "sales_order.sales_order", verb, [order], before, after)


def at_once(engine: Engine, lines: int = 5) -> None:
    """Draft, submit and confirm an order in one transaction."""
    with engine.begin() as connection:
        made = created(connection, lines)
        move(connection, made, "submit", "DRAFT", "APPROVED")
        move(connection, made, "confirm", "APPROVED", "CONFIRMED")


def apart(engine: Engine, lines: int = 5) -> None:
    """Draft, submit and confirm an order in three."""
    with engine.begin() as connection:
        made = created(connection, lines)
    with engine.begin() as connection:
        move(connection, made, "submit", "DRAFT", "APPROVED")
    with engine.begin() as connection:
        move(connection, made, "confirm", "APPROVED", "CONFIRMED")


def main(url: str, clients: int, orders: int, how: str) -> None:
    """Make some orders, several clients at a time."""
    engine = open_database(url, pool_size=clients)
    order = at_once if how == "at_once" else apart
    order(engine)
    begun, cpu = time.perf_counter(), time.process_time()
    with ThreadPoolExecutor(clients) as threads:
        for done in [threads.submit(order, engine) for _ in range(orders)]:
            done.result()
    print(time.perf_counter() - begun, time.process_time() - cpu)


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), sys.argv[4])

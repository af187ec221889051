"""The company that is asked about: customers, orders and lines, made by the database itself."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import Connection, Engine, text
from sqlalchemy.orm import Session

from dougong.access.tokens import issue_token
from dougong.addons.install import install
from dougong.addons.installed import load_generation, prepare
from dougong.builtin.sign_in.commands import add_user
from dougong.db.engine import open_database

ADDONS = ("party", "product", "crm", "sales_order", "inventory")
ROLES = ("crm.seller", "sales_order.seller", "inventory.reader")
SELLERS = 4
SHARE = 0.75
"""The part of the orders that the first seller, who asks, owns; the others share the rest."""


@dataclass(frozen=True)
class Sizes:
    """How many there are of each."""

    customers: int = 10_000
    orders: int = 100_000
    lines: int = 400_000
    products: int = 1_000


# Random, but always the same: the seed is set, and rows are numbered in the order they are made.
# Foreign keys are not checked one by one: every number is drawn from those that exist.
# Four lines an order on average, between one and seven.
ROWS = """
set local session_replication_role = replica;
select setseed(0.42);
insert into product.product_category (code, name)
select 'S' || i, 'Shelf ' || i from generate_series(0, 19) i order by i;
insert into product.product (name, code, kind, price_amount, price_currency, unit, category_id)
select 'Product ' || i || case when i % 7 = 0 then ' “édition”' else '' end, 'P' || i, 'GOODS',
       round((1 + random() * 999)::numeric, 2), 'EUR', '10 boxes', 1 + i % 20
  from generate_series(1, :products) i order by i;
insert into party.party (kind, name, code, email, phone, street, city, postal_code, country)
select case when i % 5 = 0 then 'PERSON' else 'COMPANY' end,
       'Customer ' || lpad(floor(random() * 1e6)::text, 6, '0') || ' & Søn', 'C' || i,
       case when i % 11 > 0 then 'customer' || i || '@example.com' end,
       '+33 ' || floor(random() * 1e9), i || ' High Street',
       (array['Paris', 'Berlin', 'Oslo', 'Zürich', 'København', 'São Paulo', '東京'])[1 + i % 7],
       lpad((i % 99999)::text, 5, '0'), (array['France', 'Germany', 'Norway'])[1 + i % 3]
  from generate_series(1, :customers) i order by i;
insert into sales_order.sales_order (number, customer_id, owner_id, ordered_on, promised_on,
       currency, freight, carrier, ship_to_city, ship_to_country, state, created_at, updated_at)
select 'B-' || lpad(i::text, 7, '0'), ceil(random() * :customers),
       case when random() < :share then :me else :me + 1 + floor(random() * (:sellers - 1)) end,
       date '2023-01-01' + (i * 1000 / :orders)::int, date '2023-01-15' + (i * 1000 / :orders)::int,
       'EUR', round((random() * 200)::numeric, 2), case when i % 3 > 0 then 'Carrier ' || i % 9 end,
       (array['Paris', 'Berlin', 'Oslo', 'Zürich', '東京'])[1 + i % 5], 'France',
       (array['DRAFT', 'SUBMITTED', 'APPROVED', 'CONFIRMED', 'CONFIRMED', 'DONE', 'DONE', 'DONE',
              'DONE', 'CANCELLED'])[1 + floor(random() * 10)],
       made, made
  from (select i, timestamptz '2023-01-01 08:00Z' + i * interval '1000 days' / :orders made
          from generate_series(1, :orders) i order by i) numbered;
insert into sales_order.sales_order_line
       (order_id, product_id, quantity, unit_price, discount, created_at, updated_at)
select o.id, ceil(random() * :products), ceil(random() * 50),
       round((1 + random() * 999)::numeric, 2), (k % 3) * 0.05, o.created_at, o.created_at
  from sales_order.sales_order o,
       generate_series(1, (array[1, 7, 2, 6, 3, 5, 4, 4])[1 + o.id % 8]) k
 order by o.id, k limit :lines;
insert into sales_order__crm.order_origin (id) select id from sales_order.sales_order;
insert into inventory__sales_order.line_stock (id) select id from sales_order.sales_order_line;
insert into inventory__sales_order.order_stock (id) select id from sales_order.sales_order;
insert into inventory.stock_policy (id) select id from product.product;
"""


def fill(connection: Connection, me: int, sizes: Sizes) -> None:
    """Make the company's rows; `me` and the users after it are its sellers."""
    numbers = {**vars(sizes), "me": me, "share": SHARE, "sellers": SELLERS}
    for statement in ROWS.strip().rstrip(";").split(";\n"):
        connection.execute(
            text(statement), {k: v for k, v in numbers.items() if f":{k}" in statement}
        )


def open_company(engine: Engine, sizes: Sizes | None = None) -> int:
    """Install the add-ons and fill their tables; the id of the seller who asks."""
    prepare(engine)
    install(engine, ADDONS)
    generation = load_generation(engine)
    with engine.begin() as connection:
        ids = [
            add_user(
                connection,
                generation,
                email=f"seller{i}@bench.example",
                name=f"Seller {i}",
                roles=ROLES,
                password="benchmark only",
            )
            for i in range(SELLERS)
        ]
        fill(connection, ids[0], sizes or Sizes())
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("vacuum analyze"))
        connection.execute(text("checkpoint"))
    return ids[0]


def home_of(folder: Path) -> Path:
    """The installation for this company; another one when the company or a table is changed."""
    root = Path(__file__).parents[2]
    made_of = sorted((root / "addons").rglob("migrations/*.py"))
    made_of += sorted((root / "core" / "dougong" / "migrations").glob("*.py"))
    digest = hashlib.sha256(Path(__file__).read_bytes())
    for path in made_of:
        digest.update(path.read_bytes())
    return folder / digest.hexdigest()[:12]


def signed_in(url: str) -> tuple[int, str]:
    """The asking seller's id, and a new token."""
    engine = open_database(url, pool_size=None)
    with Session(engine) as session, session.begin():
        found = session.execute(
            text("select id from dougong.user where email = 'seller0@bench.example'")
        )
        me = int(found.scalar_one())
        return me, issue_token(session, me, datetime.now(UTC))

"""The rows of the shop, made by rule, so that tests can compute what answers must be."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

from dougong_shop import Line, Order, OrderState, Payment

CUSTOMERS = 120
ORDERS = 400
ODD_NAMES = [
    "Zoë", "Ärger & Söhne", 'quote " here', "back\\slash", "tab\there", "line\nbreak",
    "斗拱 有限公司", "emoji 🏯", "per%cent", "under_score", "<script>", "'; drop table x; --",
    "\u2028 separator", "\x01 control", "\x7f delete", "", " spaces ", "{}", "$1", "%s", "ÿ", "ß",
    "null", ":me", "a' || 'b",
]  # fmt: skip
CITIES = [None, "Graz", "graz", "Zürich", "Åbo", None, "Berlin"]


def customers() -> list[dict[str, Any]]:
    """All customers; the clerk (user 2) owns each third one."""
    return [
        {
            "id": i,
            "name": ODD_NAMES[i % len(ODD_NAMES)] if i % 4 == 0 else f"Customer {i % 40:02}",
            "city": CITIES[i % 7],
            "email": None if i % 3 else f"c{i}@shop.example",
            "rating": None if i % 5 == 0 else i % 4,
            "points": 9007199254740993 + i if i % 2 else -i,
            "active": i % 3 != 1,
            "since": None if i % 11 == 0 else date(2020, 1, 1) + timedelta(days=i % 13),
            "seen_at": None
            if i % 6 == 0
            else datetime(2024, 1, 1, tzinfo=UTC) + timedelta(hours=i % 9, microseconds=i % 3),
            "notes": None if i % 4 else {"i": i, "text": ODD_NAMES[i % 25], "list": [1, None]},
            "credit_amount": None if i % 3 == 0 else Decimal(i) / 8,
            "credit_currency": None if i % 3 == 0 else ("EUR" if i % 2 else "USD"),
            "owner_id": None if i % 10 == 0 else (2 if i % 3 == 0 else 1),
            "parent_id": None if i < 10 or i % 4 else i // 10,
        }
        for i in range(1, CUSTOMERS + 1)
    ]


def orders() -> list[tuple[Any, list[dict[str, Any]]]]:
    """All orders with their lines and payments; customer 7 and its like have none."""
    states = list(OrderState)
    made = [
        {
            "id": i,
            "customer_id": 1 + (i * 7) % 100,
            "state": states[i % 3],
            "placed_on": date(2023, 1, 1) + timedelta(days=i % 29),
        }
        for i in range(1, ORDERS + 1)
    ]
    lines = [
        {
            "id": i * 10 + n,
            "order_id": i,
            "article": f"Article {(i + n) % 17}",
            "quantity": Decimal(n + 1) / 4,
            "price": Decimal(i % 50) + Decimal("0.3333"),
        }
        for i in range(1, ORDERS + 1)
        for n in range(i % 5)
    ]
    payments = [
        {"id": i * 10 + n, "order_id": i, "amount": Decimal(i % 13) + n}
        for i in range(1, ORDERS + 1)
        for n in range(i % 3)
    ]
    return [(Order, made), (Line, lines), (Payment, payments)]

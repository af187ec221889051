"""The decimals that amounts are rounded to are those that a currency may have."""

from alembic import op

revision = "0011"
down_revision = "0010"

TABLES = ("quotation_line", "contract_line", "sales_order_line", "sales_order")


def upgrade() -> None:
    for table in TABLES:
        op.create_check_constraint(
            op.f(f"ck_{table}_currency_digits"),
            table,
            "currency_digits between 0 and 4",
            schema="sales_order",
            postgresql_not_valid=True,
        )

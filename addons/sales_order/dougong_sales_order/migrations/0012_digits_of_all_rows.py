"""The older rows have such decimals too: looked at while everybody may write."""

from alembic import op

revision = "0012"
down_revision = "0011"

TABLES = ("quotation_line", "contract_line", "sales_order_line", "sales_order")


def upgrade() -> None:
    for table in TABLES:
        op.execute(
            f"alter table sales_order.{table} validate constraint ck_{table}_currency_digits"
        )

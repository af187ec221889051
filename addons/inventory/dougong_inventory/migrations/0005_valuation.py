"""valuation."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


# What was there before is worth its standard cost.
OPENING = """
insert into inventory.product_valuation (product_id, quantity, amount, last_cost)
select p.id, sum(q.on_hand), round(sum(q.on_hand) * coalesce(p.standard_cost, 0), 2), p.standard_cost
  from inventory.stock_quantity q
  join inventory.location l on l.id = q.location_id
  join product.product p on p.id = q.product_id
 where l.kind in ('STOCK', 'INPUT', 'OUTPUT', 'QUARANTINE', 'TRANSIT')
 group by p.id
having sum(q.on_hand) <> 0
"""
LAYERS = """
insert into inventory.valuation_layer
  (product_id, kind, booked_on, quantity, unit_cost, amount, remaining_quantity, remaining_amount)
select product_id, 'OPENING', current_date, quantity, coalesce(last_cost, 0), amount,
       greatest(quantity, 0), greatest(amount, 0)
  from inventory.product_valuation
"""


def upgrade() -> None:
    op.create_table(
        "product_valuation",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column("created_by_id", sa.BigInteger(), nullable=True),
        sa.Column(
            "updated_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column("updated_by_id", sa.BigInteger(), nullable=True),
        sa.Column("product_id", sa.BigInteger(), nullable=False),
        sa.Column(
            "quantity", sa.Numeric(precision=18, scale=4), server_default="0", nullable=False
        ),
        sa.Column("amount", sa.Numeric(precision=20, scale=4), server_default="0", nullable=False),
        sa.Column("last_cost", sa.Numeric(precision=20, scale=6), nullable=True),
        sa.ForeignKeyConstraint(
            ["created_by_id"],
            ["dougong.user.id"],
            name=op.f("fk_product_valuation_created_by_id"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["product_id"],
            ["product.product.id"],
            name=op.f("fk_product_valuation_product_id"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["updated_by_id"],
            ["dougong.user.id"],
            name=op.f("fk_product_valuation_updated_by_id"),
            ondelete="SET NULL",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_product_valuation")),
        sa.UniqueConstraint("product_id", name=op.f("uq_product_valuation_product_id")),
        schema="inventory",
    )
    op.create_table(
        "valuation_layer",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column("created_by_id", sa.BigInteger(), nullable=True),
        sa.Column(
            "updated_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column("updated_by_id", sa.BigInteger(), nullable=True),
        sa.Column("product_id", sa.BigInteger(), nullable=False),
        sa.Column("move_id", sa.BigInteger(), nullable=True),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("booked_on", sa.Date(), nullable=False),
        sa.Column("quantity", sa.Numeric(precision=18, scale=4), nullable=False),
        sa.Column("unit_cost", sa.Numeric(precision=20, scale=6), nullable=False),
        sa.Column("amount", sa.Numeric(precision=20, scale=4), nullable=False),
        sa.Column("remaining_quantity", sa.Numeric(precision=18, scale=4), nullable=False),
        sa.Column("remaining_amount", sa.Numeric(precision=20, scale=4), nullable=False),
        sa.CheckConstraint(
            "kind IN ('OPENING', 'RECEIVED', 'ISSUED', 'TRUED_UP', 'ROUNDED')",
            name=op.f("ck_valuation_layer_kind"),
        ),
        sa.CheckConstraint(
            "remaining_quantity >= 0", name=op.f("ck_valuation_layer_remaining_quantity")
        ),
        sa.ForeignKeyConstraint(
            ["created_by_id"],
            ["dougong.user.id"],
            name=op.f("fk_valuation_layer_created_by_id"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["move_id"],
            ["inventory.stock_move.id"],
            name=op.f("fk_valuation_layer_move_id"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["product_id"],
            ["product.product.id"],
            name=op.f("fk_valuation_layer_product_id"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["updated_by_id"],
            ["dougong.user.id"],
            name=op.f("fk_valuation_layer_updated_by_id"),
            ondelete="SET NULL",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_valuation_layer")),
        schema="inventory",
    )
    op.create_index(
        "ix_valuation_layer_dated",
        "valuation_layer",
        ["product_id", "booked_on"],
        unique=False,
        schema="inventory",
    )
    op.create_index(
        op.f("ix_valuation_layer_move_id"),
        "valuation_layer",
        ["move_id"],
        unique=False,
        schema="inventory",
    )
    op.create_index(
        "ix_valuation_layer_open",
        "valuation_layer",
        ["product_id", "id"],
        unique=False,
        schema="inventory",
        postgresql_where=sa.text("remaining_quantity > 0"),
    )
    op.create_index(
        op.f("ix_valuation_layer_product_id"),
        "valuation_layer",
        ["product_id"],
        unique=False,
        schema="inventory",
    )
    op.add_column(
        "stock_move",
        sa.Column("unit_cost", sa.Numeric(precision=20, scale=6), nullable=True),
        schema="inventory",
    )
    op.add_column(
        "stock_move", sa.Column("line_id", sa.BigInteger(), nullable=True), schema="inventory"
    )
    op.create_index(
        op.f("ix_stock_move_line_id"), "stock_move", ["line_id"], unique=False, schema="inventory"
    )
    op.create_foreign_key(
        op.f("fk_stock_move_line_id"),
        "stock_move",
        "transfer_line",
        ["line_id"],
        ["id"],
        source_schema="inventory",
        referent_schema="inventory",
        ondelete="RESTRICT",
    )
    op.add_column(
        "transfer_line",
        sa.Column("unit_cost", sa.Numeric(precision=20, scale=6), nullable=True),
        schema="inventory",
    )
    op.add_column(
        "transfer_line", sa.Column("returns_id", sa.BigInteger(), nullable=True), schema="inventory"
    )
    op.create_index(
        op.f("ix_transfer_line_returns_id"),
        "transfer_line",
        ["returns_id"],
        unique=False,
        schema="inventory",
    )
    op.create_foreign_key(
        op.f("fk_transfer_line_returns_id"),
        "transfer_line",
        "transfer_line",
        ["returns_id"],
        ["id"],
        source_schema="inventory",
        referent_schema="inventory",
        ondelete="RESTRICT",
    )
    op.create_check_constraint(
        op.f("ck_transfer_line_unit_cost"), "transfer_line", "unit_cost >= 0", schema="inventory"
    )
    op.create_check_constraint(
        op.f("ck_stock_move_unit_cost"), "stock_move", "unit_cost >= 0", schema="inventory"
    )
    op.execute(OPENING)
    op.execute(LAYERS)

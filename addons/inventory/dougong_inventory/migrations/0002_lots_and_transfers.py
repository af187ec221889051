"""Lots, transfers and reservations; moves say when they happened."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


DATED = (
    "update inventory.stock_move set effective_at = coalesce(done_at, created_at), "
    "accounting_date = (coalesce(done_at, created_at) at time zone 'UTC')::date"
)
NUMBERED = "update inventory.stock_move set entry_number = id where state = 'DONE'"
FREED = "update inventory.stock_quantity set reserved = 0 where reserved <> 0"
"""What was kept for orders is kept by their transfers from now on: takeOverOrders makes them."""


def upgrade() -> None:
    op.create_table(
        "lot",
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
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("expires_on", sa.Date(), nullable=True),
        sa.Column("best_before", sa.Date(), nullable=True),
        sa.Column("alert_on", sa.Date(), nullable=True),
        sa.Column("supplier_number", sa.Text(), nullable=True),
        sa.Column("blocked", sa.Boolean(), server_default="false", nullable=False),
        sa.CheckConstraint("number <> ''", name=op.f("ck_lot_number")),
        sa.ForeignKeyConstraint(
            ["created_by_id"],
            ["dougong.user.id"],
            name=op.f("fk_lot_created_by_id"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["product_id"],
            ["product.product.id"],
            name=op.f("fk_lot_product_id"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["updated_by_id"],
            ["dougong.user.id"],
            name=op.f("fk_lot_updated_by_id"),
            ondelete="SET NULL",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_lot")),
        sa.UniqueConstraint("product_id", "number", name=op.f("uq_lot_product_id_number")),
        schema="inventory",
    )
    op.create_index(
        op.f("ix_lot_expires_on"), "lot", ["expires_on"], unique=False, schema="inventory"
    )
    op.create_index(
        "ix_lot_number_bigrams",
        "lot",
        [sa.literal_column("dougong.bigrams(number)")],
        unique=False,
        schema="inventory",
        postgresql_using="gin",
    )
    op.create_index(
        op.f("ix_lot_product_id"), "lot", ["product_id"], unique=False, schema="inventory"
    )
    op.create_table(
        "stock_policy",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("tracking", sa.Text(), server_default="NONE", nullable=False),
        sa.Column("cost_method", sa.Text(), server_default="AVERAGE", nullable=False),
        sa.CheckConstraint(
            "cost_method IN ('AVERAGE', 'FIFO')", name=op.f("ck_stock_policy_cost_method")
        ),
        sa.CheckConstraint(
            "tracking IN ('NONE', 'LOT', 'SERIAL')", name=op.f("ck_stock_policy_tracking")
        ),
        sa.ForeignKeyConstraint(
            ["id"], ["product.product.id"], name=op.f("fk_stock_policy_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_stock_policy")),
        schema="inventory",
    )
    op.create_table(
        "stock_audit_finding",
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
        sa.Column("found_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("product_id", sa.BigInteger(), nullable=False),
        sa.Column("location_id", sa.BigInteger(), nullable=False),
        sa.Column("lot_number", sa.Text(), nullable=True),
        sa.Column("said", sa.Numeric(precision=38, scale=4), nullable=False),
        sa.Column("counted", sa.Numeric(precision=38, scale=4), nullable=False),
        sa.CheckConstraint(
            "kind IN ('ON_HAND', 'RESERVED')", name=op.f("ck_stock_audit_finding_kind")
        ),
        sa.ForeignKeyConstraint(
            ["created_by_id"],
            ["dougong.user.id"],
            name=op.f("fk_stock_audit_finding_created_by_id"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["location_id"],
            ["inventory.location.id"],
            name=op.f("fk_stock_audit_finding_location_id"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["product_id"],
            ["product.product.id"],
            name=op.f("fk_stock_audit_finding_product_id"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["updated_by_id"],
            ["dougong.user.id"],
            name=op.f("fk_stock_audit_finding_updated_by_id"),
            ondelete="SET NULL",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_stock_audit_finding")),
        schema="inventory",
    )
    op.create_index(
        op.f("ix_stock_audit_finding_found_at"),
        "stock_audit_finding",
        ["found_at"],
        unique=False,
        schema="inventory",
    )
    op.create_table(
        "transfer",
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
        sa.Column("number", sa.Text(), nullable=True),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("source_id", sa.BigInteger(), nullable=True),
        sa.Column("destination_id", sa.BigInteger(), nullable=False),
        sa.Column("party_id", sa.BigInteger(), nullable=True),
        sa.Column("reference", sa.Text(), nullable=True),
        sa.Column("scheduled_on", sa.Date(), nullable=True),
        sa.Column("carrier", sa.Text(), nullable=True),
        sa.Column("tracking", sa.Text(), nullable=True),
        sa.Column("backorders", sa.Text(), nullable=True),
        sa.Column("hold", sa.Text(), nullable=True),
        sa.Column("second_check", sa.Boolean(), server_default="false", nullable=False),
        sa.Column("backorder_of_id", sa.BigInteger(), nullable=True),
        sa.Column("state", sa.Text(), nullable=False),
        sa.CheckConstraint(
            "backorders IN ('ASK', 'ALWAYS', 'NEVER')", name=op.f("ck_transfer_backorders")
        ),
        sa.CheckConstraint(
            "kind IN ('RECEIPT', 'DELIVERY', 'INTERNAL', 'RETURN_IN', 'RETURN_OUT', 'GIFT', 'REDEMPTION', 'SCRAP', 'OPENING', 'COUNT', 'TRACE_FIX')",
            name=op.f("ck_transfer_kind"),
        ),
        sa.CheckConstraint(
            "state IN ('DRAFT', 'EXPECTED', 'ARRIVED', 'INSPECTED', 'WAITING', 'RESERVED', 'PICKED', 'CHECKED', 'PACKED', 'IN_TRANSIT', 'SHIPPED', 'DONE', 'CANCELLED')",
            name=op.f("ck_transfer_state"),
        ),
        sa.ForeignKeyConstraint(
            ["backorder_of_id"],
            ["inventory.transfer.id"],
            name=op.f("fk_transfer_backorder_of_id"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["created_by_id"],
            ["dougong.user.id"],
            name=op.f("fk_transfer_created_by_id"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["destination_id"],
            ["inventory.location.id"],
            name=op.f("fk_transfer_destination_id"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["party_id"], ["party.party.id"], name=op.f("fk_transfer_party_id"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["source_id"],
            ["inventory.location.id"],
            name=op.f("fk_transfer_source_id"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["updated_by_id"],
            ["dougong.user.id"],
            name=op.f("fk_transfer_updated_by_id"),
            ondelete="SET NULL",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_transfer")),
        sa.UniqueConstraint("number", name=op.f("uq_transfer_number")),
        schema="inventory",
    )
    op.create_index(
        op.f("ix_transfer_backorder_of_id"),
        "transfer",
        ["backorder_of_id"],
        unique=False,
        schema="inventory",
    )
    op.create_index(
        op.f("ix_transfer_destination_id"),
        "transfer",
        ["destination_id"],
        unique=False,
        schema="inventory",
    )
    op.create_index(
        "ix_transfer_number_bigrams",
        "transfer",
        [sa.literal_column("dougong.bigrams(number)")],
        unique=False,
        schema="inventory",
        postgresql_using="gin",
    )
    op.create_index(
        op.f("ix_transfer_party_id"), "transfer", ["party_id"], unique=False, schema="inventory"
    )
    op.create_index(
        op.f("ix_transfer_reference"), "transfer", ["reference"], unique=False, schema="inventory"
    )
    op.create_index(
        op.f("ix_transfer_source_id"), "transfer", ["source_id"], unique=False, schema="inventory"
    )
    op.create_index(
        op.f("ix_transfer_state"), "transfer", ["state"], unique=False, schema="inventory"
    )
    op.create_table(
        "transfer_line",
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
        sa.Column("transfer_id", sa.BigInteger(), nullable=False),
        sa.Column("product_id", sa.BigInteger(), nullable=False),
        sa.Column("quantity", sa.Numeric(precision=18, scale=4), nullable=False),
        sa.Column("unit_id", sa.BigInteger(), nullable=True),
        sa.Column("lot_id", sa.BigInteger(), nullable=True),
        sa.Column("accepted", sa.Numeric(precision=18, scale=4), nullable=True),
        sa.Column("rejected", sa.Numeric(precision=18, scale=4), nullable=True),
        sa.Column("base_quantity", sa.Numeric(precision=18, scale=4), nullable=False),
        sa.Column(
            "reserved", sa.Numeric(precision=18, scale=4), server_default="0", nullable=False
        ),
        sa.Column("picked", sa.Numeric(precision=18, scale=4), nullable=True),
        sa.Column("done", sa.Numeric(precision=18, scale=4), server_default="0", nullable=False),
        sa.Column("rest_of_id", sa.BigInteger(), nullable=True),
        sa.CheckConstraint("accepted >= 0", name=op.f("ck_transfer_line_accepted")),
        sa.CheckConstraint("base_quantity > 0", name=op.f("ck_transfer_line_base_quantity")),
        sa.CheckConstraint("done >= 0", name=op.f("ck_transfer_line_done")),
        sa.CheckConstraint("picked >= 0", name=op.f("ck_transfer_line_picked")),
        sa.CheckConstraint("quantity > 0", name=op.f("ck_transfer_line_quantity")),
        sa.CheckConstraint("rejected >= 0", name=op.f("ck_transfer_line_rejected")),
        sa.CheckConstraint("reserved >= 0", name=op.f("ck_transfer_line_reserved")),
        sa.ForeignKeyConstraint(
            ["created_by_id"],
            ["dougong.user.id"],
            name=op.f("fk_transfer_line_created_by_id"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["lot_id"],
            ["inventory.lot.id"],
            name=op.f("fk_transfer_line_lot_id"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["product_id"],
            ["product.product.id"],
            name=op.f("fk_transfer_line_product_id"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["rest_of_id"],
            ["inventory.transfer_line.id"],
            name=op.f("fk_transfer_line_rest_of_id"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["transfer_id"],
            ["inventory.transfer.id"],
            name=op.f("fk_transfer_line_transfer_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["unit_id"],
            ["product.unit_of_measure.id"],
            name=op.f("fk_transfer_line_unit_id"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["updated_by_id"],
            ["dougong.user.id"],
            name=op.f("fk_transfer_line_updated_by_id"),
            ondelete="SET NULL",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_transfer_line")),
        schema="inventory",
    )
    op.create_index(
        op.f("ix_transfer_line_lot_id"),
        "transfer_line",
        ["lot_id"],
        unique=False,
        schema="inventory",
    )
    op.create_index(
        op.f("ix_transfer_line_product_id"),
        "transfer_line",
        ["product_id"],
        unique=False,
        schema="inventory",
    )
    op.create_index(
        op.f("ix_transfer_line_transfer_id"),
        "transfer_line",
        ["transfer_id"],
        unique=False,
        schema="inventory",
    )
    op.create_table(
        "reservation",
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
        sa.Column("line_id", sa.BigInteger(), nullable=False),
        sa.Column("product_id", sa.BigInteger(), nullable=False),
        sa.Column("location_id", sa.BigInteger(), nullable=False),
        sa.Column("lot_id", sa.BigInteger(), nullable=True),
        sa.Column("quantity", sa.Numeric(precision=18, scale=4), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("state", sa.Text(), nullable=False),
        sa.CheckConstraint(
            "state IN ('ACTIVE', 'CONSUMED', 'RELEASED', 'EXPIRED')",
            name=op.f("ck_reservation_state"),
        ),
        sa.CheckConstraint("quantity > 0", name=op.f("ck_reservation_quantity")),
        sa.ForeignKeyConstraint(
            ["created_by_id"],
            ["dougong.user.id"],
            name=op.f("fk_reservation_created_by_id"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["line_id"],
            ["inventory.transfer_line.id"],
            name=op.f("fk_reservation_line_id"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["location_id"],
            ["inventory.location.id"],
            name=op.f("fk_reservation_location_id"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["lot_id"],
            ["inventory.lot.id"],
            name=op.f("fk_reservation_lot_id"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["product_id"],
            ["product.product.id"],
            name=op.f("fk_reservation_product_id"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["updated_by_id"],
            ["dougong.user.id"],
            name=op.f("fk_reservation_updated_by_id"),
            ondelete="SET NULL",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reservation")),
        schema="inventory",
    )
    op.create_index(
        op.f("ix_reservation_expires_at"),
        "reservation",
        ["expires_at"],
        unique=False,
        schema="inventory",
    )
    op.create_index(
        op.f("ix_reservation_line_id"), "reservation", ["line_id"], unique=False, schema="inventory"
    )
    op.create_index(
        op.f("ix_reservation_location_id"),
        "reservation",
        ["location_id"],
        unique=False,
        schema="inventory",
    )
    op.create_index(
        op.f("ix_reservation_lot_id"), "reservation", ["lot_id"], unique=False, schema="inventory"
    )
    op.create_index(
        op.f("ix_reservation_product_id"),
        "reservation",
        ["product_id"],
        unique=False,
        schema="inventory",
    )
    op.create_index(
        op.f("ix_reservation_state"), "reservation", ["state"], unique=False, schema="inventory"
    )
    op.add_column(
        "location", sa.Column("parent_id", sa.BigInteger(), nullable=True), schema="inventory"
    )
    op.add_column(
        "location",
        sa.Column("negative_allowed", sa.Boolean(), server_default="false", nullable=False),
        schema="inventory",
    )
    op.create_index(
        op.f("ix_location_parent_id"), "location", ["parent_id"], unique=False, schema="inventory"
    )
    op.create_foreign_key(
        op.f("fk_location_parent_id"),
        "location",
        "location",
        ["parent_id"],
        ["id"],
        source_schema="inventory",
        referent_schema="inventory",
        ondelete="RESTRICT",
    )
    op.add_column(
        "stock_move", sa.Column("lot_id", sa.BigInteger(), nullable=True), schema="inventory"
    )
    op.add_column(
        "stock_move",
        sa.Column("effective_at", sa.DateTime(timezone=True), nullable=True),
        schema="inventory",
    )
    op.add_column(
        "stock_move", sa.Column("accounting_date", sa.Date(), nullable=True), schema="inventory"
    )
    op.add_column(
        "stock_move", sa.Column("transfer_id", sa.BigInteger(), nullable=True), schema="inventory"
    )
    op.add_column("stock_move", sa.Column("origin", sa.Text(), nullable=True), schema="inventory")
    op.add_column(
        "stock_move",
        sa.Column("reversal_of_id", sa.BigInteger(), nullable=True),
        schema="inventory",
    )
    op.add_column(
        "stock_move", sa.Column("entry_number", sa.Integer(), nullable=True), schema="inventory"
    )
    for what in (DATED, NUMBERED, FREED):
        op.execute(what)
    op.alter_column("stock_move", "effective_at", nullable=False, schema="inventory")
    op.alter_column("stock_move", "accounting_date", nullable=False, schema="inventory")
    op.create_index(
        op.f("ix_stock_move_accounting_date"),
        "stock_move",
        ["accounting_date"],
        unique=False,
        schema="inventory",
    )
    op.create_index(
        "ix_stock_move_journal",
        "stock_move",
        ["product_id", "effective_at", "entry_number"],
        unique=False,
        schema="inventory",
    )
    op.create_index(
        op.f("ix_stock_move_lot_id"), "stock_move", ["lot_id"], unique=False, schema="inventory"
    )
    op.create_index(
        op.f("ix_stock_move_transfer_id"),
        "stock_move",
        ["transfer_id"],
        unique=False,
        schema="inventory",
    )
    op.create_unique_constraint(
        op.f("uq_stock_move_entry_number"), "stock_move", ["entry_number"], schema="inventory"
    )
    op.create_unique_constraint(
        op.f("uq_stock_move_origin"), "stock_move", ["origin"], schema="inventory"
    )
    op.create_unique_constraint(
        op.f("uq_stock_move_reversal_of_id"), "stock_move", ["reversal_of_id"], schema="inventory"
    )
    op.create_foreign_key(
        op.f("fk_stock_move_transfer_id"),
        "stock_move",
        "transfer",
        ["transfer_id"],
        ["id"],
        source_schema="inventory",
        referent_schema="inventory",
        ondelete="RESTRICT",
    )
    op.create_foreign_key(
        op.f("fk_stock_move_lot_id"),
        "stock_move",
        "lot",
        ["lot_id"],
        ["id"],
        source_schema="inventory",
        referent_schema="inventory",
        ondelete="RESTRICT",
    )
    op.create_foreign_key(
        op.f("fk_stock_move_reversal_of_id"),
        "stock_move",
        "stock_move",
        ["reversal_of_id"],
        ["id"],
        source_schema="inventory",
        referent_schema="inventory",
        ondelete="RESTRICT",
    )
    op.add_column(
        "stock_quantity", sa.Column("lot_id", sa.BigInteger(), nullable=True), schema="inventory"
    )
    op.add_column(
        "stock_quantity",
        sa.Column("piece", sa.Boolean(), server_default="false", nullable=False),
        schema="inventory",
    )
    op.drop_constraint(
        op.f("uq_stock_quantity_product_id_location_id"),
        "stock_quantity",
        schema="inventory",
        type_="unique",
    )
    op.create_index(
        op.f("ix_stock_quantity_lot_id"),
        "stock_quantity",
        ["lot_id"],
        unique=False,
        schema="inventory",
    )
    op.create_index(
        "uq_stock_quantity_piece",
        "stock_quantity",
        ["lot_id"],
        unique=True,
        schema="inventory",
        postgresql_where=sa.text("piece and on_hand > 0"),
    )
    op.create_unique_constraint(
        op.f("uq_stock_quantity_product_id_location_id_lot_id"),
        "stock_quantity",
        ["product_id", "location_id", "lot_id"],
        schema="inventory",
        postgresql_nulls_not_distinct=True,
    )
    op.create_foreign_key(
        op.f("fk_stock_quantity_lot_id"),
        "stock_quantity",
        "lot",
        ["lot_id"],
        ["id"],
        source_schema="inventory",
        referent_schema="inventory",
        ondelete="RESTRICT",
    )
    op.add_column(
        "warehouse", sa.Column("unit_id", sa.BigInteger(), nullable=True), schema="inventory"
    )
    op.add_column(
        "warehouse",
        sa.Column("one_step_transfers", sa.Boolean(), server_default="false", nullable=False),
        schema="inventory",
    )
    op.add_column(
        "warehouse",
        sa.Column("second_check", sa.Boolean(), server_default="false", nullable=False),
        schema="inventory",
    )
    op.add_column(
        "warehouse",
        sa.Column("backorders", sa.Text(), server_default="ASK", nullable=False),
        schema="inventory",
    )
    op.add_column(
        "warehouse",
        sa.Column(
            "over_receipt", sa.Numeric(precision=5, scale=4), server_default="0", nullable=False
        ),
        schema="inventory",
    )
    op.create_index(
        op.f("ix_warehouse_unit_id"), "warehouse", ["unit_id"], unique=False, schema="inventory"
    )
    op.create_foreign_key(
        op.f("fk_warehouse_unit_id"),
        "warehouse",
        "unit",
        ["unit_id"],
        ["id"],
        source_schema="inventory",
        referent_schema="dougong",
        ondelete="RESTRICT",
    )
    op.create_check_constraint(
        op.f("ck_warehouse_backorders"),
        "warehouse",
        "backorders IN ('ASK', 'ALWAYS', 'NEVER')",
        schema="inventory",
    )
    op.create_check_constraint(
        op.f("ck_warehouse_over_receipt"),
        "warehouse",
        "over_receipt between 0 and 1",
        schema="inventory",
    )
    op.drop_constraint(op.f("ck_location_kind"), "location", schema="inventory", type_="check")
    op.create_check_constraint(
        op.f("ck_location_kind"),
        "location",
        "kind IN ('STOCK', 'INPUT', 'OUTPUT', 'QUARANTINE', 'TRANSIT', 'SUPPLIER', 'CUSTOMER', 'ADJUSTMENT', 'GIFT', 'SCRAP', 'VIEW')",
        schema="inventory",
    )
    op.create_check_constraint(
        op.f("ck_location_parent"), "location", "parent_id <> id", schema="inventory"
    )
    op.create_check_constraint(
        op.f("ck_stock_quantity_on_hand"),
        "stock_quantity",
        "reserved = 0 or reserved <= on_hand",
        schema="inventory",
    )
    op.create_check_constraint(
        op.f("ck_stock_quantity_piece"),
        "stock_quantity",
        "not piece or on_hand in (0, 1)",
        schema="inventory",
    )

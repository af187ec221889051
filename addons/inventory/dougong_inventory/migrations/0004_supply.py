"""Alerts, orders of stores, gifts and redemptions."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    op.create_table(
        "gift_quota",
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
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("since", sa.Date(), nullable=False),
        sa.Column("until", sa.Date(), nullable=False),
        sa.Column("most", sa.Numeric(precision=18, scale=4), nullable=False),
        sa.Column("given", sa.Numeric(precision=18, scale=4), server_default="0", nullable=False),
        sa.CheckConstraint("given >= 0", name=op.f("ck_gift_quota_given")),
        sa.CheckConstraint("most >= 0", name=op.f("ck_gift_quota_most")),
        sa.CheckConstraint("until >= since", name=op.f("ck_gift_quota_until")),
        sa.ForeignKeyConstraint(
            ["created_by_id"],
            ["dougong.user.id"],
            name=op.f("fk_gift_quota_created_by_id"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["updated_by_id"],
            ["dougong.user.id"],
            name=op.f("fk_gift_quota_updated_by_id"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["dougong.user.id"], name=op.f("fk_gift_quota_user_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_gift_quota")),
        schema="inventory",
    )
    op.create_index(
        op.f("ix_gift_quota_user_id"), "gift_quota", ["user_id"], unique=False, schema="inventory"
    )
    op.create_table(
        "replenishment_order",
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
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("warehouse_id", sa.BigInteger(), nullable=False),
        sa.Column("source_id", sa.BigInteger(), nullable=True),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("in_part", sa.Boolean(), server_default="false", nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("currency", sa.Text(), nullable=True),
        sa.Column("submitted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("shipped_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("confirmed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("confirmed_by_id", sa.BigInteger(), nullable=True),
        sa.CheckConstraint(
            "state IN ('DRAFT', 'SUBMITTED', 'HEADQUARTERS_APPROVED', 'HEADQUARTERS_REJECTED', 'FINANCE_APPROVED', 'FINANCE_REJECTED', 'SHIPPING', 'IN_TRANSIT', 'RECEIVED', 'CONFIRMED', 'CLOSED', 'CANCELLED')",
            name=op.f("ck_replenishment_order_state"),
        ),
        sa.CheckConstraint("source_id <> warehouse_id", name=op.f("ck_replenishment_order_source")),
        sa.ForeignKeyConstraint(
            ["confirmed_by_id"],
            ["dougong.user.id"],
            name=op.f("fk_replenishment_order_confirmed_by_id"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["created_by_id"],
            ["dougong.user.id"],
            name=op.f("fk_replenishment_order_created_by_id"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["source_id"],
            ["inventory.warehouse.id"],
            name=op.f("fk_replenishment_order_source_id"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["updated_by_id"],
            ["dougong.user.id"],
            name=op.f("fk_replenishment_order_updated_by_id"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["warehouse_id"],
            ["inventory.warehouse.id"],
            name=op.f("fk_replenishment_order_warehouse_id"),
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_replenishment_order")),
        sa.UniqueConstraint("number", name=op.f("uq_replenishment_order_number")),
        schema="inventory",
    )
    op.create_index(
        "ix_replenishment_order_number_bigrams",
        "replenishment_order",
        [sa.literal_column("dougong.bigrams(number)")],
        unique=False,
        schema="inventory",
        postgresql_using="gin",
    )
    op.create_index(
        op.f("ix_replenishment_order_source_id"),
        "replenishment_order",
        ["source_id"],
        unique=False,
        schema="inventory",
    )
    op.create_index(
        op.f("ix_replenishment_order_state"),
        "replenishment_order",
        ["state"],
        unique=False,
        schema="inventory",
    )
    op.create_index(
        op.f("ix_replenishment_order_warehouse_id"),
        "replenishment_order",
        ["warehouse_id"],
        unique=False,
        schema="inventory",
    )
    op.create_table(
        "replenishment_rule",
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
        sa.Column("warehouse_id", sa.BigInteger(), nullable=False),
        sa.Column("minimum", sa.Numeric(precision=18, scale=4), nullable=False),
        sa.Column("target", sa.Numeric(precision=18, scale=4), nullable=False),
        sa.Column("maximum", sa.Numeric(precision=18, scale=4), nullable=True),
        sa.Column("multiple", sa.Numeric(precision=18, scale=4), nullable=False),
        sa.Column("rounding", sa.Text(), nullable=False),
        sa.Column("lead_days", sa.Integer(), nullable=False),
        sa.Column("source_id", sa.BigInteger(), nullable=True),
        sa.Column("expiring_days", sa.Integer(), nullable=False),
        sa.Column("ageing_days", sa.Integer(), nullable=True),
        sa.CheckConstraint(
            "rounding IN ('UP', 'DOWN')", name=op.f("ck_replenishment_rule_rounding")
        ),
        sa.CheckConstraint("ageing_days > 0", name=op.f("ck_replenishment_rule_ageing_days")),
        sa.CheckConstraint("expiring_days >= 0", name=op.f("ck_replenishment_rule_expiring_days")),
        sa.CheckConstraint("lead_days >= 0", name=op.f("ck_replenishment_rule_lead_days")),
        sa.CheckConstraint("maximum >= target", name=op.f("ck_replenishment_rule_maximum")),
        sa.CheckConstraint("minimum >= 0", name=op.f("ck_replenishment_rule_minimum")),
        sa.CheckConstraint("multiple > 0", name=op.f("ck_replenishment_rule_multiple")),
        sa.CheckConstraint("source_id <> warehouse_id", name=op.f("ck_replenishment_rule_source")),
        sa.CheckConstraint("target >= minimum", name=op.f("ck_replenishment_rule_target")),
        sa.ForeignKeyConstraint(
            ["created_by_id"],
            ["dougong.user.id"],
            name=op.f("fk_replenishment_rule_created_by_id"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["product_id"],
            ["product.product.id"],
            name=op.f("fk_replenishment_rule_product_id"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["source_id"],
            ["inventory.warehouse.id"],
            name=op.f("fk_replenishment_rule_source_id"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["updated_by_id"],
            ["dougong.user.id"],
            name=op.f("fk_replenishment_rule_updated_by_id"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["warehouse_id"],
            ["inventory.warehouse.id"],
            name=op.f("fk_replenishment_rule_warehouse_id"),
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_replenishment_rule")),
        sa.UniqueConstraint(
            "product_id", "warehouse_id", name=op.f("uq_replenishment_rule_product_id_warehouse_id")
        ),
        schema="inventory",
    )
    op.create_index(
        op.f("ix_replenishment_rule_product_id"),
        "replenishment_rule",
        ["product_id"],
        unique=False,
        schema="inventory",
    )
    op.create_index(
        op.f("ix_replenishment_rule_warehouse_id"),
        "replenishment_rule",
        ["warehouse_id"],
        unique=False,
        schema="inventory",
    )
    op.create_table(
        "store_account",
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
        sa.Column("warehouse_id", sa.BigInteger(), nullable=False),
        sa.Column("source_id", sa.BigInteger(), nullable=False),
        sa.Column("credit_limit_amount", sa.Numeric(precision=20, scale=4), nullable=True),
        sa.Column("credit_limit_currency", sa.Text(), nullable=True),
        sa.CheckConstraint(
            "(credit_limit_amount IS NULL) = (credit_limit_currency IS NULL)",
            name=op.f("ck_store_account_credit_limit"),
        ),
        sa.CheckConstraint(
            "credit_limit_amount >= 0", name=op.f("ck_store_account_credit_limit_amount")
        ),
        sa.CheckConstraint(
            "length(credit_limit_currency) = 3", name=op.f("ck_store_account_credit_limit_currency")
        ),
        sa.CheckConstraint("source_id <> warehouse_id", name=op.f("ck_store_account_source")),
        sa.ForeignKeyConstraint(
            ["created_by_id"],
            ["dougong.user.id"],
            name=op.f("fk_store_account_created_by_id"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["source_id"],
            ["inventory.warehouse.id"],
            name=op.f("fk_store_account_source_id"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["updated_by_id"],
            ["dougong.user.id"],
            name=op.f("fk_store_account_updated_by_id"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["warehouse_id"],
            ["inventory.warehouse.id"],
            name=op.f("fk_store_account_warehouse_id"),
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_store_account")),
        sa.UniqueConstraint("warehouse_id", name=op.f("uq_store_account_warehouse_id")),
        schema="inventory",
    )
    op.create_index(
        op.f("ix_store_account_source_id"),
        "store_account",
        ["source_id"],
        unique=False,
        schema="inventory",
    )
    op.create_table(
        "gift_issue",
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
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("party_id", sa.BigInteger(), nullable=False),
        sa.Column("location_id", sa.BigInteger(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("reference", sa.Text(), nullable=True),
        sa.Column("giver_id", sa.BigInteger(), nullable=True),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("issued_on", sa.Date(), nullable=True),
        sa.CheckConstraint(
            "state IN ('DRAFT', 'APPROVED', 'ISSUED', 'REVERSED')", name=op.f("ck_gift_issue_state")
        ),
        sa.ForeignKeyConstraint(
            ["created_by_id"],
            ["dougong.user.id"],
            name=op.f("fk_gift_issue_created_by_id"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["giver_id"],
            ["dougong.user.id"],
            name=op.f("fk_gift_issue_giver_id"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["location_id"],
            ["inventory.location.id"],
            name=op.f("fk_gift_issue_location_id"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["party_id"],
            ["party.party.id"],
            name=op.f("fk_gift_issue_party_id"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["updated_by_id"],
            ["dougong.user.id"],
            name=op.f("fk_gift_issue_updated_by_id"),
            ondelete="SET NULL",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_gift_issue")),
        sa.UniqueConstraint("number", name=op.f("uq_gift_issue_number")),
        schema="inventory",
    )
    op.create_index(
        op.f("ix_gift_issue_giver_id"), "gift_issue", ["giver_id"], unique=False, schema="inventory"
    )
    op.create_index(
        op.f("ix_gift_issue_issued_on"),
        "gift_issue",
        ["issued_on"],
        unique=False,
        schema="inventory",
    )
    op.create_index(
        "ix_gift_issue_number_bigrams",
        "gift_issue",
        [sa.literal_column("dougong.bigrams(number)")],
        unique=False,
        schema="inventory",
        postgresql_using="gin",
    )
    op.create_index(
        op.f("ix_gift_issue_party_id"), "gift_issue", ["party_id"], unique=False, schema="inventory"
    )
    op.create_index(
        op.f("ix_gift_issue_reference"),
        "gift_issue",
        ["reference"],
        unique=False,
        schema="inventory",
    )
    op.create_index(
        op.f("ix_gift_issue_state"), "gift_issue", ["state"], unique=False, schema="inventory"
    )
    op.create_table(
        "redemption",
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
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("party_id", sa.BigInteger(), nullable=False),
        sa.Column("location_id", sa.BigInteger(), nullable=False),
        sa.Column("points", sa.Integer(), nullable=False),
        sa.Column("receipt", sa.Text(), nullable=True),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("redeemed_on", sa.Date(), nullable=True),
        sa.CheckConstraint(
            "state IN ('DRAFT', 'REDEEMED', 'REVERSED')", name=op.f("ck_redemption_state")
        ),
        sa.CheckConstraint("points > 0", name=op.f("ck_redemption_points")),
        sa.ForeignKeyConstraint(
            ["created_by_id"],
            ["dougong.user.id"],
            name=op.f("fk_redemption_created_by_id"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["location_id"],
            ["inventory.location.id"],
            name=op.f("fk_redemption_location_id"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["party_id"],
            ["party.party.id"],
            name=op.f("fk_redemption_party_id"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["updated_by_id"],
            ["dougong.user.id"],
            name=op.f("fk_redemption_updated_by_id"),
            ondelete="SET NULL",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_redemption")),
        sa.UniqueConstraint("number", name=op.f("uq_redemption_number")),
        schema="inventory",
    )
    op.create_index(
        "ix_redemption_number_bigrams",
        "redemption",
        [sa.literal_column("dougong.bigrams(number)")],
        unique=False,
        schema="inventory",
        postgresql_using="gin",
    )
    op.create_index(
        op.f("ix_redemption_party_id"), "redemption", ["party_id"], unique=False, schema="inventory"
    )
    op.create_index(
        op.f("ix_redemption_redeemed_on"),
        "redemption",
        ["redeemed_on"],
        unique=False,
        schema="inventory",
    )
    op.create_index(
        op.f("ix_redemption_state"), "redemption", ["state"], unique=False, schema="inventory"
    )
    op.create_table(
        "replenishment_line",
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
        sa.Column("order_id", sa.BigInteger(), nullable=False),
        sa.Column("product_id", sa.BigInteger(), nullable=False),
        sa.Column("requested", sa.Numeric(precision=18, scale=4), nullable=False),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column("at_source", sa.Boolean(), nullable=True),
        sa.Column("approved", sa.Numeric(precision=18, scale=4), nullable=True),
        sa.Column("decision", sa.Text(), nullable=True),
        sa.Column("unit_price", sa.Numeric(precision=18, scale=4), nullable=True),
        sa.Column("dropped", sa.Numeric(precision=18, scale=4), server_default="0", nullable=False),
        sa.Column("resent", sa.Numeric(precision=18, scale=4), server_default="0", nullable=False),
        sa.Column("shipped", sa.Numeric(precision=18, scale=4), server_default="0", nullable=False),
        sa.Column("arrived_well", sa.Numeric(precision=18, scale=4), nullable=True),
        sa.Column("arrived_damaged", sa.Numeric(precision=18, scale=4), nullable=True),
        sa.Column("arrived_wrong", sa.Numeric(precision=18, scale=4), nullable=True),
        sa.Column(
            "accepted", sa.Numeric(precision=18, scale=4), server_default="0", nullable=False
        ),
        sa.Column(
            "disputed", sa.Numeric(precision=18, scale=4), server_default="0", nullable=False
        ),
        sa.Column("settled", sa.Numeric(precision=18, scale=4), server_default="0", nullable=False),
        sa.Column(
            "relieved", sa.Numeric(precision=18, scale=4), server_default="0", nullable=False
        ),
        sa.Column(
            "to_ship",
            sa.Numeric(precision=18, scale=4),
            sa.Computed("coalesce(approved, 0) + resent - dropped - shipped", persisted=True),
            nullable=False,
        ),
        sa.Column(
            "arriving",
            sa.Numeric(precision=18, scale=4),
            sa.Computed("shipped - accepted - disputed - settled", persisted=True),
            nullable=False,
        ),
        sa.Column(
            "in_transit",
            sa.Numeric(precision=18, scale=4),
            sa.Computed("shipped - accepted - settled", persisted=True),
            nullable=False,
        ),
        sa.Column(
            "amount",
            sa.Numeric(precision=18, scale=2),
            sa.Computed(
                "round((coalesce(approved, requested) - dropped - relieved) * coalesce(unit_price, 0), 2)",
                persisted=True,
            ),
            nullable=False,
        ),
        sa.CheckConstraint(
            "accepted >= 0 and shipped - accepted - disputed - settled >= 0",
            name=op.f("ck_replenishment_line_accepted"),
        ),
        sa.CheckConstraint("approved >= 0", name=op.f("ck_replenishment_line_approved")),
        sa.CheckConstraint(
            "arrived_damaged >= 0", name=op.f("ck_replenishment_line_arrived_damaged")
        ),
        sa.CheckConstraint("arrived_well >= 0", name=op.f("ck_replenishment_line_arrived_well")),
        sa.CheckConstraint("arrived_wrong >= 0", name=op.f("ck_replenishment_line_arrived_wrong")),
        sa.CheckConstraint("disputed >= 0", name=op.f("ck_replenishment_line_disputed")),
        sa.CheckConstraint("dropped >= 0", name=op.f("ck_replenishment_line_dropped")),
        sa.CheckConstraint("relieved >= 0", name=op.f("ck_replenishment_line_relieved")),
        sa.CheckConstraint("requested > 0", name=op.f("ck_replenishment_line_requested")),
        sa.CheckConstraint("resent >= 0", name=op.f("ck_replenishment_line_resent")),
        sa.CheckConstraint("settled >= 0", name=op.f("ck_replenishment_line_settled")),
        sa.CheckConstraint(
            "shipped >= 0 and coalesce(approved, 0) + resent - dropped - shipped >= 0",
            name=op.f("ck_replenishment_line_shipped"),
        ),
        sa.ForeignKeyConstraint(
            ["created_by_id"],
            ["dougong.user.id"],
            name=op.f("fk_replenishment_line_created_by_id"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["order_id"],
            ["inventory.replenishment_order.id"],
            name=op.f("fk_replenishment_line_order_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["product_id"],
            ["product.product.id"],
            name=op.f("fk_replenishment_line_product_id"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["updated_by_id"],
            ["dougong.user.id"],
            name=op.f("fk_replenishment_line_updated_by_id"),
            ondelete="SET NULL",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_replenishment_line")),
        sa.UniqueConstraint(
            "order_id", "product_id", name=op.f("uq_replenishment_line_order_id_product_id")
        ),
        schema="inventory",
    )
    op.create_index(
        op.f("ix_replenishment_line_order_id"),
        "replenishment_line",
        ["order_id"],
        unique=False,
        schema="inventory",
    )
    op.create_index(
        op.f("ix_replenishment_line_product_id"),
        "replenishment_line",
        ["product_id"],
        unique=False,
        schema="inventory",
    )
    op.create_table(
        "stock_alert",
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
        sa.Column("rule_id", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("quantity", sa.Numeric(precision=18, scale=4), nullable=False),
        sa.Column("since", sa.Date(), nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "kind IN ('LOW', 'OUT', 'OVER', 'EXPIRING', 'AGEING', 'NEGATIVE')",
            name=op.f("ck_stock_alert_kind"),
        ),
        sa.ForeignKeyConstraint(
            ["created_by_id"],
            ["dougong.user.id"],
            name=op.f("fk_stock_alert_created_by_id"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["rule_id"],
            ["inventory.replenishment_rule.id"],
            name=op.f("fk_stock_alert_rule_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["updated_by_id"],
            ["dougong.user.id"],
            name=op.f("fk_stock_alert_updated_by_id"),
            ondelete="SET NULL",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_stock_alert")),
        schema="inventory",
    )
    op.create_index(
        op.f("ix_stock_alert_closed_at"),
        "stock_alert",
        ["closed_at"],
        unique=False,
        schema="inventory",
    )
    op.create_index(
        op.f("ix_stock_alert_kind"), "stock_alert", ["kind"], unique=False, schema="inventory"
    )
    op.create_index(
        "ix_stock_alert_open",
        "stock_alert",
        ["rule_id", "kind"],
        unique=True,
        schema="inventory",
        postgresql_where=sa.text("closed_at is null"),
    )
    op.create_index(
        op.f("ix_stock_alert_rule_id"), "stock_alert", ["rule_id"], unique=False, schema="inventory"
    )
    op.create_table(
        "store_payment",
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
        sa.Column("account_id", sa.BigInteger(), nullable=False),
        sa.Column("amount_amount", sa.Numeric(precision=20, scale=4), nullable=False),
        sa.Column("amount_currency", sa.Text(), nullable=False),
        sa.Column("paid_on", sa.Date(), nullable=False),
        sa.Column("reference", sa.Text(), nullable=True),
        sa.CheckConstraint(
            "length(amount_currency) = 3", name=op.f("ck_store_payment_amount_currency")
        ),
        sa.ForeignKeyConstraint(
            ["account_id"],
            ["inventory.store_account.id"],
            name=op.f("fk_store_payment_account_id"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["created_by_id"],
            ["dougong.user.id"],
            name=op.f("fk_store_payment_created_by_id"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["updated_by_id"],
            ["dougong.user.id"],
            name=op.f("fk_store_payment_updated_by_id"),
            ondelete="SET NULL",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_store_payment")),
        schema="inventory",
    )
    op.create_index(
        op.f("ix_store_payment_account_id"),
        "store_payment",
        ["account_id"],
        unique=False,
        schema="inventory",
    )
    op.create_table(
        "discrepancy",
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
        sa.Column("order_id", sa.BigInteger(), nullable=False),
        sa.Column("line_id", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("quantity", sa.Numeric(precision=18, scale=4), nullable=False),
        sa.Column("lot_id", sa.BigInteger(), nullable=True),
        sa.Column("resolution", sa.Text(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("state", sa.Text(), nullable=False),
        sa.CheckConstraint(
            "kind IN ('SHORT', 'DAMAGED', 'WRONG')", name=op.f("ck_discrepancy_kind")
        ),
        sa.CheckConstraint(
            "resolution IN ('RESEND', 'SENDER_LOSS', 'CARRIER_CLAIM', 'RECEIVER_LOSS')",
            name=op.f("ck_discrepancy_resolution"),
        ),
        sa.CheckConstraint("state IN ('OPEN', 'RESOLVED')", name=op.f("ck_discrepancy_state")),
        sa.CheckConstraint("quantity > 0", name=op.f("ck_discrepancy_quantity")),
        sa.ForeignKeyConstraint(
            ["created_by_id"],
            ["dougong.user.id"],
            name=op.f("fk_discrepancy_created_by_id"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["line_id"],
            ["inventory.replenishment_line.id"],
            name=op.f("fk_discrepancy_line_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["lot_id"],
            ["inventory.lot.id"],
            name=op.f("fk_discrepancy_lot_id"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["order_id"],
            ["inventory.replenishment_order.id"],
            name=op.f("fk_discrepancy_order_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["updated_by_id"],
            ["dougong.user.id"],
            name=op.f("fk_discrepancy_updated_by_id"),
            ondelete="SET NULL",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_discrepancy")),
        schema="inventory",
    )
    op.create_index(
        op.f("ix_discrepancy_order_id"),
        "discrepancy",
        ["order_id"],
        unique=False,
        schema="inventory",
    )
    op.create_index(
        op.f("ix_discrepancy_state"), "discrepancy", ["state"], unique=False, schema="inventory"
    )
    op.create_table(
        "gift_line",
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
        sa.Column("gift_id", sa.BigInteger(), nullable=False),
        sa.Column("product_id", sa.BigInteger(), nullable=False),
        sa.Column("quantity", sa.Numeric(precision=18, scale=4), nullable=False),
        sa.Column("lot_id", sa.BigInteger(), nullable=True),
        sa.CheckConstraint("quantity > 0", name=op.f("ck_gift_line_quantity")),
        sa.ForeignKeyConstraint(
            ["created_by_id"],
            ["dougong.user.id"],
            name=op.f("fk_gift_line_created_by_id"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["gift_id"],
            ["inventory.gift_issue.id"],
            name=op.f("fk_gift_line_gift_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["lot_id"], ["inventory.lot.id"], name=op.f("fk_gift_line_lot_id"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["product_id"],
            ["product.product.id"],
            name=op.f("fk_gift_line_product_id"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["updated_by_id"],
            ["dougong.user.id"],
            name=op.f("fk_gift_line_updated_by_id"),
            ondelete="SET NULL",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_gift_line")),
        schema="inventory",
    )
    op.create_index(
        op.f("ix_gift_line_gift_id"), "gift_line", ["gift_id"], unique=False, schema="inventory"
    )
    op.create_index(
        op.f("ix_gift_line_product_id"),
        "gift_line",
        ["product_id"],
        unique=False,
        schema="inventory",
    )
    op.create_table(
        "redemption_line",
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
        sa.Column("redemption_id", sa.BigInteger(), nullable=False),
        sa.Column("product_id", sa.BigInteger(), nullable=False),
        sa.Column("quantity", sa.Numeric(precision=18, scale=4), nullable=False),
        sa.Column("lot_id", sa.BigInteger(), nullable=True),
        sa.CheckConstraint("quantity > 0", name=op.f("ck_redemption_line_quantity")),
        sa.ForeignKeyConstraint(
            ["created_by_id"],
            ["dougong.user.id"],
            name=op.f("fk_redemption_line_created_by_id"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["lot_id"],
            ["inventory.lot.id"],
            name=op.f("fk_redemption_line_lot_id"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["product_id"],
            ["product.product.id"],
            name=op.f("fk_redemption_line_product_id"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["redemption_id"],
            ["inventory.redemption.id"],
            name=op.f("fk_redemption_line_redemption_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["updated_by_id"],
            ["dougong.user.id"],
            name=op.f("fk_redemption_line_updated_by_id"),
            ondelete="SET NULL",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_redemption_line")),
        schema="inventory",
    )
    op.create_index(
        op.f("ix_redemption_line_product_id"),
        "redemption_line",
        ["product_id"],
        unique=False,
        schema="inventory",
    )
    op.create_index(
        op.f("ix_redemption_line_redemption_id"),
        "redemption_line",
        ["redemption_id"],
        unique=False,
        schema="inventory",
    )
    op.create_table(
        "shipment",
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
        sa.Column("order_id", sa.BigInteger(), nullable=False),
        sa.Column("transfer_id", sa.BigInteger(), nullable=False),
        sa.Column("carrier", sa.Text(), nullable=True),
        sa.Column("tracking", sa.Text(), nullable=True),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("arrived_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["created_by_id"],
            ["dougong.user.id"],
            name=op.f("fk_shipment_created_by_id"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["order_id"],
            ["inventory.replenishment_order.id"],
            name=op.f("fk_shipment_order_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["transfer_id"],
            ["inventory.transfer.id"],
            name=op.f("fk_shipment_transfer_id"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["updated_by_id"],
            ["dougong.user.id"],
            name=op.f("fk_shipment_updated_by_id"),
            ondelete="SET NULL",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_shipment")),
        sa.UniqueConstraint("transfer_id", name=op.f("uq_shipment_transfer_id")),
        schema="inventory",
    )
    op.create_index(
        op.f("ix_shipment_order_id"), "shipment", ["order_id"], unique=False, schema="inventory"
    )

"""counts, tracing and periods."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    op.create_table(
        "count_class",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("abc_class", sa.Text(), nullable=True),
        sa.CheckConstraint("abc_class IN ('A', 'B', 'C')", name=op.f("ck_count_class_abc_class")),
        sa.ForeignKeyConstraint(
            ["id"], ["product.product.id"], name=op.f("fk_count_class_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_count_class")),
        schema="inventory",
    )
    op.create_index(
        op.f("ix_count_class_abc_class"),
        "count_class",
        ["abc_class"],
        unique=False,
        schema="inventory",
    )
    op.create_table(
        "stock_period",
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
        sa.Column("ends_on", sa.Date(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "state IN ('OPEN', 'CLOSING', 'CLOSED')", name=op.f("ck_stock_period_state")
        ),
        sa.ForeignKeyConstraint(
            ["created_by_id"],
            ["dougong.user.id"],
            name=op.f("fk_stock_period_created_by_id"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["updated_by_id"],
            ["dougong.user.id"],
            name=op.f("fk_stock_period_updated_by_id"),
            ondelete="SET NULL",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_stock_period")),
        sa.UniqueConstraint("ends_on", name=op.f("uq_stock_period_ends_on")),
        schema="inventory",
    )
    op.create_index(
        op.f("ix_stock_period_state"), "stock_period", ["state"], unique=False, schema="inventory"
    )
    op.create_table(
        "count_policy",
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
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("location_id", sa.BigInteger(), nullable=False),
        sa.Column("abc_class", sa.Text(), nullable=True),
        sa.Column("interval", sa.Text(), nullable=False),
        sa.Column("next_on", sa.Date(), nullable=False),
        sa.Column("blind", sa.Boolean(), server_default="false", nullable=False),
        sa.Column("mode", sa.Text(), server_default="FLOAT", nullable=False),
        sa.Column("uncounted", sa.Text(), server_default="KEEP", nullable=False),
        sa.Column("recount_above", sa.Numeric(precision=18, scale=4), nullable=True),
        sa.Column("active", sa.Boolean(), server_default="true", nullable=False),
        sa.CheckConstraint("abc_class IN ('A', 'B', 'C')", name=op.f("ck_count_policy_abc_class")),
        sa.CheckConstraint(
            "interval IN ('WEEKLY', 'MONTHLY', 'QUARTERLY', 'YEARLY')",
            name=op.f("ck_count_policy_interval"),
        ),
        sa.CheckConstraint("mode IN ('FLOAT', 'FREEZE')", name=op.f("ck_count_policy_mode")),
        sa.CheckConstraint("uncounted IN ('KEEP', 'ZERO')", name=op.f("ck_count_policy_uncounted")),
        sa.ForeignKeyConstraint(
            ["created_by_id"],
            ["dougong.user.id"],
            name=op.f("fk_count_policy_created_by_id"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["location_id"],
            ["inventory.location.id"],
            name=op.f("fk_count_policy_location_id"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["updated_by_id"],
            ["dougong.user.id"],
            name=op.f("fk_count_policy_updated_by_id"),
            ondelete="SET NULL",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_count_policy")),
        sa.UniqueConstraint("name", name=op.f("uq_count_policy_name")),
        schema="inventory",
    )
    op.create_index(
        op.f("ix_count_policy_location_id"),
        "count_policy",
        ["location_id"],
        unique=False,
        schema="inventory",
    )
    op.create_table(
        "period_balance",
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
        sa.Column("period_id", sa.BigInteger(), nullable=False),
        sa.Column("product_id", sa.BigInteger(), nullable=False),
        sa.Column("location_id", sa.BigInteger(), nullable=False),
        sa.Column("lot_id", sa.BigInteger(), nullable=True),
        sa.Column("quantity", sa.Numeric(precision=18, scale=4), nullable=False),
        sa.ForeignKeyConstraint(
            ["created_by_id"],
            ["dougong.user.id"],
            name=op.f("fk_period_balance_created_by_id"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["location_id"],
            ["inventory.location.id"],
            name=op.f("fk_period_balance_location_id"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["lot_id"],
            ["inventory.lot.id"],
            name=op.f("fk_period_balance_lot_id"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["period_id"],
            ["inventory.stock_period.id"],
            name=op.f("fk_period_balance_period_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["product_id"],
            ["product.product.id"],
            name=op.f("fk_period_balance_product_id"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["updated_by_id"],
            ["dougong.user.id"],
            name=op.f("fk_period_balance_updated_by_id"),
            ondelete="SET NULL",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_period_balance")),
        sa.UniqueConstraint(
            "period_id",
            "product_id",
            "location_id",
            "lot_id",
            name=op.f("uq_period_balance_period_id_product_id_location_id_lot_id"),
            postgresql_nulls_not_distinct=True,
        ),
        schema="inventory",
    )
    op.create_index(
        op.f("ix_period_balance_location_id"),
        "period_balance",
        ["location_id"],
        unique=False,
        schema="inventory",
    )
    op.create_index(
        op.f("ix_period_balance_lot_id"),
        "period_balance",
        ["lot_id"],
        unique=False,
        schema="inventory",
    )
    op.create_index(
        op.f("ix_period_balance_period_id"),
        "period_balance",
        ["period_id"],
        unique=False,
        schema="inventory",
    )
    op.create_index(
        op.f("ix_period_balance_product_id"),
        "period_balance",
        ["product_id"],
        unique=False,
        schema="inventory",
    )
    op.create_table(
        "stock_count",
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
        sa.Column("location_id", sa.BigInteger(), nullable=False),
        sa.Column("whole", sa.Boolean(), server_default="true", nullable=False),
        sa.Column("blind", sa.Boolean(), server_default="false", nullable=False),
        sa.Column("mode", sa.Text(), server_default="FLOAT", nullable=False),
        sa.Column("uncounted", sa.Text(), server_default="KEEP", nullable=False),
        sa.Column("recount_above", sa.Numeric(precision=18, scale=4), nullable=True),
        sa.Column("planned_on", sa.Date(), nullable=True),
        sa.Column("policy_id", sa.BigInteger(), nullable=True),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("begun_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("posted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("worth_amount", sa.Numeric(precision=20, scale=4), nullable=True),
        sa.Column("worth_currency", sa.Text(), nullable=True),
        sa.CheckConstraint("mode IN ('FLOAT', 'FREEZE')", name=op.f("ck_stock_count_mode")),
        sa.CheckConstraint(
            "state IN ('PLANNED', 'COUNTING', 'COUNTED', 'RECOUNTING', 'TRACING', 'RECOMPARED', 'IN_APPROVAL', 'APPROVED', 'POSTED', 'CLOSED', 'CANCELLED')",
            name=op.f("ck_stock_count_state"),
        ),
        sa.CheckConstraint("uncounted IN ('KEEP', 'ZERO')", name=op.f("ck_stock_count_uncounted")),
        sa.CheckConstraint(
            "(worth_amount IS NULL) = (worth_currency IS NULL)", name=op.f("ck_stock_count_worth")
        ),
        sa.CheckConstraint(
            "length(worth_currency) = 3", name=op.f("ck_stock_count_worth_currency")
        ),
        sa.ForeignKeyConstraint(
            ["created_by_id"],
            ["dougong.user.id"],
            name=op.f("fk_stock_count_created_by_id"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["location_id"],
            ["inventory.location.id"],
            name=op.f("fk_stock_count_location_id"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["policy_id"],
            ["inventory.count_policy.id"],
            name=op.f("fk_stock_count_policy_id"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["updated_by_id"],
            ["dougong.user.id"],
            name=op.f("fk_stock_count_updated_by_id"),
            ondelete="SET NULL",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_stock_count")),
        sa.UniqueConstraint("number", name=op.f("uq_stock_count_number")),
        schema="inventory",
    )
    op.create_index(
        "ix_stock_count_frozen",
        "stock_count",
        ["location_id"],
        unique=False,
        schema="inventory",
        postgresql_where=sa.text("mode = 'FREEZE' and state not in ('POSTED', 'CLOSED')"),
    )
    op.create_index(
        op.f("ix_stock_count_location_id"),
        "stock_count",
        ["location_id"],
        unique=False,
        schema="inventory",
    )
    op.create_index(
        "ix_stock_count_number_bigrams",
        "stock_count",
        [sa.literal_column("dougong.bigrams(number)")],
        unique=False,
        schema="inventory",
        postgresql_using="gin",
    )
    op.create_index(
        op.f("ix_stock_count_policy_id"),
        "stock_count",
        ["policy_id"],
        unique=False,
        schema="inventory",
    )
    op.create_index(
        op.f("ix_stock_count_state"), "stock_count", ["state"], unique=False, schema="inventory"
    )
    op.create_table(
        "count_difference",
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
        sa.Column("stock_count_id", sa.BigInteger(), nullable=False),
        sa.Column("product_id", sa.BigInteger(), nullable=False),
        sa.Column("location_id", sa.BigInteger(), nullable=False),
        sa.Column("lot_id", sa.BigInteger(), nullable=True),
        sa.Column("counted", sa.Numeric(precision=18, scale=4), nullable=False),
        sa.Column("counted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("book", sa.Numeric(precision=18, scale=4), nullable=False),
        sa.Column("picked", sa.Numeric(precision=18, scale=4), nullable=False),
        sa.Column("traced", sa.Numeric(precision=18, scale=4), nullable=True),
        sa.Column(
            "difference",
            sa.Numeric(precision=18, scale=4),
            sa.Computed("counted - (coalesce(traced, book) - picked)", persisted=True),
            nullable=False,
        ),
        sa.Column("recount", sa.Boolean(), server_default="false", nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("explanation", sa.Text(), nullable=True),
        sa.Column("unit_cost", sa.Numeric(precision=20, scale=4), nullable=True),
        sa.Column("currency", sa.Text(), nullable=True),
        sa.Column(
            "value",
            sa.Numeric(precision=20, scale=2),
            sa.Computed(
                "round((counted - (coalesce(traced, book) - picked)) * unit_cost, 2)",
                persisted=True,
            ),
            nullable=True,
        ),
        sa.Column("move_id", sa.BigInteger(), nullable=True),
        sa.CheckConstraint(
            "reason IN ('DAMAGED', 'EXPIRED', 'FOUND', 'MISBOOKED', 'STOLEN', 'UNKNOWN')",
            name=op.f("ck_count_difference_reason"),
        ),
        sa.ForeignKeyConstraint(
            ["created_by_id"],
            ["dougong.user.id"],
            name=op.f("fk_count_difference_created_by_id"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["location_id"],
            ["inventory.location.id"],
            name=op.f("fk_count_difference_location_id"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["lot_id"],
            ["inventory.lot.id"],
            name=op.f("fk_count_difference_lot_id"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["move_id"],
            ["inventory.stock_move.id"],
            name=op.f("fk_count_difference_move_id"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["product_id"],
            ["product.product.id"],
            name=op.f("fk_count_difference_product_id"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["stock_count_id"],
            ["inventory.stock_count.id"],
            name=op.f("fk_count_difference_stock_count_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["updated_by_id"],
            ["dougong.user.id"],
            name=op.f("fk_count_difference_updated_by_id"),
            ondelete="SET NULL",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_count_difference")),
        sa.UniqueConstraint(
            "stock_count_id",
            "product_id",
            "location_id",
            "lot_id",
            name=op.f("uq_count_difference_counted"),
            postgresql_nulls_not_distinct=True,
        ),
        schema="inventory",
    )
    op.create_index(
        "ix_count_difference_key",
        "count_difference",
        ["product_id", "location_id", "counted_at"],
        unique=False,
        schema="inventory",
    )
    op.create_index(
        op.f("ix_count_difference_location_id"),
        "count_difference",
        ["location_id"],
        unique=False,
        schema="inventory",
    )
    op.create_index(
        op.f("ix_count_difference_lot_id"),
        "count_difference",
        ["lot_id"],
        unique=False,
        schema="inventory",
    )
    op.create_index(
        op.f("ix_count_difference_move_id"),
        "count_difference",
        ["move_id"],
        unique=False,
        schema="inventory",
    )
    op.create_index(
        op.f("ix_count_difference_product_id"),
        "count_difference",
        ["product_id"],
        unique=False,
        schema="inventory",
    )
    op.create_index(
        op.f("ix_count_difference_stock_count_id"),
        "count_difference",
        ["stock_count_id"],
        unique=False,
        schema="inventory",
    )
    op.create_table(
        "count_line",
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
        sa.Column("stock_count_id", sa.BigInteger(), nullable=False),
        sa.Column("product_id", sa.BigInteger(), nullable=False),
        sa.Column("location_id", sa.BigInteger(), nullable=True),
        sa.Column("lot_id", sa.BigInteger(), nullable=True),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column("booked", sa.Numeric(precision=18, scale=4), nullable=True),
        sa.Column("round", sa.Integer(), server_default="1", nullable=False),
        sa.Column("counted", sa.Numeric(precision=18, scale=4), nullable=True),
        sa.Column("counted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("counted_by_id", sa.BigInteger(), nullable=True),
        sa.CheckConstraint("counted >= 0", name=op.f("ck_count_line_counted")),
        sa.ForeignKeyConstraint(
            ["counted_by_id"],
            ["dougong.user.id"],
            name=op.f("fk_count_line_counted_by_id"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["created_by_id"],
            ["dougong.user.id"],
            name=op.f("fk_count_line_created_by_id"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["location_id"],
            ["inventory.location.id"],
            name=op.f("fk_count_line_location_id"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["lot_id"], ["inventory.lot.id"], name=op.f("fk_count_line_lot_id"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["product_id"],
            ["product.product.id"],
            name=op.f("fk_count_line_product_id"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["stock_count_id"],
            ["inventory.stock_count.id"],
            name=op.f("fk_count_line_stock_count_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["updated_by_id"],
            ["dougong.user.id"],
            name=op.f("fk_count_line_updated_by_id"),
            ondelete="SET NULL",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_count_line")),
        schema="inventory",
    )
    op.create_index(
        op.f("ix_count_line_counted_by_id"),
        "count_line",
        ["counted_by_id"],
        unique=False,
        schema="inventory",
    )
    op.create_index(
        op.f("ix_count_line_location_id"),
        "count_line",
        ["location_id"],
        unique=False,
        schema="inventory",
    )
    op.create_index(
        op.f("ix_count_line_lot_id"), "count_line", ["lot_id"], unique=False, schema="inventory"
    )
    op.create_index(
        op.f("ix_count_line_product_id"),
        "count_line",
        ["product_id"],
        unique=False,
        schema="inventory",
    )
    op.create_index(
        op.f("ix_count_line_stock_count_id"),
        "count_line",
        ["stock_count_id"],
        unique=False,
        schema="inventory",
    )
    op.create_table(
        "gain_loss_request",
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
        sa.Column("stock_count_id", sa.BigInteger(), nullable=False),
        sa.Column("products", sa.Integer(), nullable=False),
        sa.Column("gains", sa.Numeric(precision=20, scale=2), nullable=True),
        sa.Column("losses", sa.Numeric(precision=20, scale=2), nullable=True),
        sa.Column("currency", sa.Text(), nullable=True),
        sa.Column("decision", sa.Text(), nullable=False),
        sa.Column("decided_by_id", sa.BigInteger(), nullable=True),
        sa.CheckConstraint(
            "decision IN ('REQUESTED', 'APPROVED', 'RETURNED', 'POSTED')",
            name=op.f("ck_gain_loss_request_decision"),
        ),
        sa.ForeignKeyConstraint(
            ["created_by_id"],
            ["dougong.user.id"],
            name=op.f("fk_gain_loss_request_created_by_id"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["decided_by_id"],
            ["dougong.user.id"],
            name=op.f("fk_gain_loss_request_decided_by_id"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["stock_count_id"],
            ["inventory.stock_count.id"],
            name=op.f("fk_gain_loss_request_stock_count_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["updated_by_id"],
            ["dougong.user.id"],
            name=op.f("fk_gain_loss_request_updated_by_id"),
            ondelete="SET NULL",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_gain_loss_request")),
        sa.UniqueConstraint("number", name=op.f("uq_gain_loss_request_number")),
        schema="inventory",
    )
    op.create_index(
        op.f("ix_gain_loss_request_decided_by_id"),
        "gain_loss_request",
        ["decided_by_id"],
        unique=False,
        schema="inventory",
    )
    op.create_index(
        op.f("ix_gain_loss_request_decision"),
        "gain_loss_request",
        ["decision"],
        unique=False,
        schema="inventory",
    )
    op.create_index(
        "ix_gain_loss_request_number_bigrams",
        "gain_loss_request",
        [sa.literal_column("dougong.bigrams(number)")],
        unique=False,
        schema="inventory",
        postgresql_using="gin",
    )
    op.create_index(
        op.f("ix_gain_loss_request_stock_count_id"),
        "gain_loss_request",
        ["stock_count_id"],
        unique=False,
        schema="inventory",
    )
    op.create_table(
        "trace_session",
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
        sa.Column("location_id", sa.BigInteger(), nullable=False),
        sa.Column("since", sa.Date(), nullable=False),
        sa.Column("until", sa.Date(), nullable=False),
        sa.Column("stock_count_id", sa.BigInteger(), nullable=True),
        sa.Column("state", sa.Text(), nullable=False),
        sa.CheckConstraint(
            "state IN ('OPEN', 'VERIFYING', 'PROPOSED', 'APPROVED', 'APPLIED', 'CLOSED', 'CANCELLED')",
            name=op.f("ck_trace_session_state"),
        ),
        sa.CheckConstraint("until >= since", name=op.f("ck_trace_session_until")),
        sa.ForeignKeyConstraint(
            ["created_by_id"],
            ["dougong.user.id"],
            name=op.f("fk_trace_session_created_by_id"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["location_id"],
            ["inventory.location.id"],
            name=op.f("fk_trace_session_location_id"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["stock_count_id"],
            ["inventory.stock_count.id"],
            name=op.f("fk_trace_session_stock_count_id"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["updated_by_id"],
            ["dougong.user.id"],
            name=op.f("fk_trace_session_updated_by_id"),
            ondelete="SET NULL",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_trace_session")),
        schema="inventory",
    )
    op.create_index(
        op.f("ix_trace_session_location_id"),
        "trace_session",
        ["location_id"],
        unique=False,
        schema="inventory",
    )
    op.create_index(
        op.f("ix_trace_session_state"), "trace_session", ["state"], unique=False, schema="inventory"
    )
    op.create_index(
        op.f("ix_trace_session_stock_count_id"),
        "trace_session",
        ["stock_count_id"],
        unique=False,
        schema="inventory",
    )
    op.create_table(
        "trace_voucher",
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
        sa.Column("session_id", sa.BigInteger(), nullable=False),
        sa.Column("product_id", sa.BigInteger(), nullable=False),
        sa.Column("location_id", sa.BigInteger(), nullable=False),
        sa.Column("counterpart_id", sa.BigInteger(), nullable=False),
        sa.Column("lot_id", sa.BigInteger(), nullable=True),
        sa.Column("quantity", sa.Numeric(precision=18, scale=4), nullable=False),
        sa.Column("happened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("reference", sa.Text(), nullable=True),
        sa.Column("origin", sa.Text(), nullable=True),
        sa.Column("move_id", sa.BigInteger(), nullable=True),
        sa.Column("booked", sa.Numeric(precision=18, scale=4), nullable=True),
        sa.Column("booked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("suspected", sa.Text(), nullable=True),
        sa.Column("checked", sa.Text(), nullable=False),
        sa.Column("checked_by_id", sa.BigInteger(), nullable=True),
        sa.CheckConstraint(
            "checked IN ('OPEN', 'VERIFIED', 'FINDING')", name=op.f("ck_trace_voucher_checked")
        ),
        sa.CheckConstraint(
            "suspected IN ('MISSING', 'EXTRA', 'QUANTITY', 'DATE', 'LOT')",
            name=op.f("ck_trace_voucher_suspected"),
        ),
        sa.ForeignKeyConstraint(
            ["checked_by_id"],
            ["dougong.user.id"],
            name=op.f("fk_trace_voucher_checked_by_id"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["counterpart_id"],
            ["inventory.location.id"],
            name=op.f("fk_trace_voucher_counterpart_id"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["created_by_id"],
            ["dougong.user.id"],
            name=op.f("fk_trace_voucher_created_by_id"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["location_id"],
            ["inventory.location.id"],
            name=op.f("fk_trace_voucher_location_id"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["lot_id"],
            ["inventory.lot.id"],
            name=op.f("fk_trace_voucher_lot_id"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["move_id"],
            ["inventory.stock_move.id"],
            name=op.f("fk_trace_voucher_move_id"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["product_id"],
            ["product.product.id"],
            name=op.f("fk_trace_voucher_product_id"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["session_id"],
            ["inventory.trace_session.id"],
            name=op.f("fk_trace_voucher_session_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["updated_by_id"],
            ["dougong.user.id"],
            name=op.f("fk_trace_voucher_updated_by_id"),
            ondelete="SET NULL",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_trace_voucher")),
        sa.UniqueConstraint(
            "session_id", "origin", name=op.f("uq_trace_voucher_session_id_origin")
        ),
        schema="inventory",
    )
    op.create_index(
        op.f("ix_trace_voucher_checked"),
        "trace_voucher",
        ["checked"],
        unique=False,
        schema="inventory",
    )
    op.create_index(
        op.f("ix_trace_voucher_checked_by_id"),
        "trace_voucher",
        ["checked_by_id"],
        unique=False,
        schema="inventory",
    )
    op.create_index(
        op.f("ix_trace_voucher_counterpart_id"),
        "trace_voucher",
        ["counterpart_id"],
        unique=False,
        schema="inventory",
    )
    op.create_index(
        op.f("ix_trace_voucher_location_id"),
        "trace_voucher",
        ["location_id"],
        unique=False,
        schema="inventory",
    )
    op.create_index(
        op.f("ix_trace_voucher_lot_id"),
        "trace_voucher",
        ["lot_id"],
        unique=False,
        schema="inventory",
    )
    op.create_index(
        op.f("ix_trace_voucher_move_id"),
        "trace_voucher",
        ["move_id"],
        unique=False,
        schema="inventory",
    )
    op.create_index(
        op.f("ix_trace_voucher_product_id"),
        "trace_voucher",
        ["product_id"],
        unique=False,
        schema="inventory",
    )
    op.create_index(
        op.f("ix_trace_voucher_session_id"),
        "trace_voucher",
        ["session_id"],
        unique=False,
        schema="inventory",
    )
    op.create_table(
        "trace_finding",
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
        sa.Column("voucher_id", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("quantity", sa.Numeric(precision=18, scale=4), nullable=False),
        sa.Column("happened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("lot_id", sa.BigInteger(), nullable=True),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column("reversal_id", sa.BigInteger(), nullable=True),
        sa.Column("supplement_id", sa.BigInteger(), nullable=True),
        sa.CheckConstraint(
            "kind IN ('MISSING', 'EXTRA', 'QUANTITY', 'DATE', 'LOT')",
            name=op.f("ck_trace_finding_kind"),
        ),
        sa.ForeignKeyConstraint(
            ["created_by_id"],
            ["dougong.user.id"],
            name=op.f("fk_trace_finding_created_by_id"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["lot_id"],
            ["inventory.lot.id"],
            name=op.f("fk_trace_finding_lot_id"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["reversal_id"],
            ["inventory.stock_move.id"],
            name=op.f("fk_trace_finding_reversal_id"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["supplement_id"],
            ["inventory.stock_move.id"],
            name=op.f("fk_trace_finding_supplement_id"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["updated_by_id"],
            ["dougong.user.id"],
            name=op.f("fk_trace_finding_updated_by_id"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["voucher_id"],
            ["inventory.trace_voucher.id"],
            name=op.f("fk_trace_finding_voucher_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_trace_finding")),
        sa.UniqueConstraint("voucher_id", name=op.f("uq_trace_finding_voucher_id")),
        schema="inventory",
    )
    op.create_index(
        op.f("ix_trace_finding_lot_id"),
        "trace_finding",
        ["lot_id"],
        unique=False,
        schema="inventory",
    )
    op.add_column(
        "transfer",
        sa.Column("picked_at", sa.DateTime(timezone=True), nullable=True),
        schema="inventory",
    )
    op.add_column(
        "transfer",
        sa.Column("left_at", sa.DateTime(timezone=True), nullable=True),
        schema="inventory",
    )
    op.create_index(
        op.f("ix_transfer_left_at"), "transfer", ["left_at"], unique=False, schema="inventory"
    )

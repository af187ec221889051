"""quotations and contracts."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    op.create_table(
        "contract",
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
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("customer_id", sa.BigInteger(), nullable=False),
        sa.Column("salesperson_id", sa.BigInteger(), nullable=True),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=True),
        sa.Column("amount_amount", sa.Numeric(precision=20, scale=4), nullable=False),
        sa.Column("amount_currency", sa.Text(), nullable=False),
        sa.Column("terms", sa.Text(), nullable=True),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("sent_back_reason", sa.Text(), nullable=True),
        sa.Column("signed_by_us_id", sa.BigInteger(), nullable=True),
        sa.Column("signed_by_us_on", sa.Date(), nullable=True),
        sa.Column("signed_by_customer", sa.Text(), nullable=True),
        sa.Column("signed_by_customer_on", sa.Date(), nullable=True),
        sa.Column("signed_sha256", sa.Text(), nullable=True),
        sa.Column("void_reason", sa.Text(), nullable=True),
        sa.CheckConstraint(
            "state IN ('DRAFT', 'IN_REVIEW', 'APPROVED', 'SIGNED', 'ACTIVE', 'ENDED', 'VOIDED')",
            name=op.f("ck_contract_state"),
        ),
        sa.CheckConstraint("amount_amount >= 0", name=op.f("ck_contract_amount")),
        sa.CheckConstraint("ends_on >= starts_on", name=op.f("ck_contract_ends_on")),
        sa.CheckConstraint("length(amount_currency) = 3", name=op.f("ck_contract_amount_currency")),
        sa.ForeignKeyConstraint(
            ["created_by_id"],
            ["dougong.user.id"],
            name=op.f("fk_contract_created_by_id"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["customer_id"],
            ["party.party.id"],
            name=op.f("fk_contract_customer_id"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["salesperson_id"],
            ["dougong.user.id"],
            name=op.f("fk_contract_salesperson_id"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["signed_by_us_id"],
            ["dougong.user.id"],
            name=op.f("fk_contract_signed_by_us_id"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["updated_by_id"],
            ["dougong.user.id"],
            name=op.f("fk_contract_updated_by_id"),
            ondelete="SET NULL",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_contract")),
        sa.UniqueConstraint("number", name=op.f("uq_contract_number")),
        schema="sales_order",
    )
    op.create_index(
        "ix_contract_active",
        "contract",
        ["ends_on"],
        unique=False,
        schema="sales_order",
        postgresql_where=sa.text("state = 'ACTIVE'"),
    )
    op.create_index(
        op.f("ix_contract_customer_id"),
        "contract",
        ["customer_id"],
        unique=False,
        schema="sales_order",
    )
    op.create_index(
        "ix_contract_number_bigrams",
        "contract",
        [sa.literal_column("dougong.bigrams(number)")],
        unique=False,
        schema="sales_order",
        postgresql_using="gin",
    )
    op.create_index(
        op.f("ix_contract_salesperson_id"),
        "contract",
        ["salesperson_id"],
        unique=False,
        schema="sales_order",
    )
    op.create_index(
        op.f("ix_contract_signed_by_us_id"),
        "contract",
        ["signed_by_us_id"],
        unique=False,
        schema="sales_order",
    )
    op.create_index(
        op.f("ix_contract_state"), "contract", ["state"], unique=False, schema="sales_order"
    )
    op.create_index(
        "ix_contract_title_bigrams",
        "contract",
        [sa.literal_column("dougong.bigrams(title)")],
        unique=False,
        schema="sales_order",
        postgresql_using="gin",
    )
    op.create_table(
        "quotation",
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
        sa.Column("revision", sa.Integer(), server_default="1", nullable=False),
        sa.Column("revises_id", sa.BigInteger(), nullable=True),
        sa.Column("customer_id", sa.BigInteger(), nullable=False),
        sa.Column("owner_id", sa.BigInteger(), nullable=True),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("valid_until", sa.Date(), nullable=False),
        sa.Column("terms", sa.Text(), nullable=True),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("sent_on", sa.Date(), nullable=True),
        sa.Column("answered_on", sa.Date(), nullable=True),
        sa.Column("decline_reason", sa.Text(), nullable=True),
        sa.Column("superseded_on", sa.Date(), nullable=True),
        sa.CheckConstraint("currency ~ '^[A-Z]{3}$'", name=op.f("ck_quotation_currency")),
        sa.CheckConstraint(
            "state IN ('DRAFT', 'SENT', 'ACCEPTED', 'DECLINED', 'EXPIRED', 'SUPERSEDED')",
            name=op.f("ck_quotation_state"),
        ),
        sa.ForeignKeyConstraint(
            ["created_by_id"],
            ["dougong.user.id"],
            name=op.f("fk_quotation_created_by_id"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["customer_id"],
            ["party.party.id"],
            name=op.f("fk_quotation_customer_id"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["owner_id"],
            ["dougong.user.id"],
            name=op.f("fk_quotation_owner_id"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["revises_id"],
            ["sales_order.quotation.id"],
            name=op.f("fk_quotation_revises_id"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["updated_by_id"],
            ["dougong.user.id"],
            name=op.f("fk_quotation_updated_by_id"),
            ondelete="SET NULL",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_quotation")),
        sa.UniqueConstraint("number", "revision", name=op.f("uq_quotation_number_revision")),
        schema="sales_order",
    )
    op.create_index(
        "ix_quotation_accepted",
        "quotation",
        ["number"],
        unique=True,
        schema="sales_order",
        postgresql_where=sa.text("state = 'ACCEPTED'"),
    )
    op.create_index(
        op.f("ix_quotation_customer_id"),
        "quotation",
        ["customer_id"],
        unique=False,
        schema="sales_order",
    )
    op.create_index(
        "ix_quotation_number_bigrams",
        "quotation",
        [sa.literal_column("dougong.bigrams(number)")],
        unique=False,
        schema="sales_order",
        postgresql_using="gin",
    )
    op.create_index(
        op.f("ix_quotation_owner_id"), "quotation", ["owner_id"], unique=False, schema="sales_order"
    )
    op.create_index(
        op.f("ix_quotation_revises_id"),
        "quotation",
        ["revises_id"],
        unique=False,
        schema="sales_order",
    )
    op.create_index(
        "ix_quotation_sent",
        "quotation",
        ["valid_until"],
        unique=False,
        schema="sales_order",
        postgresql_where=sa.text("state = 'SENT'"),
    )
    op.create_index(
        op.f("ix_quotation_state"), "quotation", ["state"], unique=False, schema="sales_order"
    )
    op.create_table(
        "amendment",
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
        sa.Column("contract_id", sa.BigInteger(), nullable=False),
        sa.Column("why", sa.Text(), nullable=False),
        sa.Column("amount_amount", sa.Numeric(precision=20, scale=4), nullable=True),
        sa.Column("amount_currency", sa.Text(), nullable=True),
        sa.Column("ends_on", sa.Date(), nullable=True),
        sa.Column("terms", sa.Text(), nullable=True),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("sent_back_reason", sa.Text(), nullable=True),
        sa.Column("in_force_on", sa.Date(), nullable=True),
        sa.Column("amount_before", sa.Numeric(precision=20, scale=4), nullable=True),
        sa.Column("ends_on_before", sa.Date(), nullable=True),
        sa.Column("terms_before", sa.Text(), nullable=True),
        sa.CheckConstraint(
            "state IN ('DRAFT', 'IN_REVIEW', 'IN_FORCE', 'DROPPED')",
            name=op.f("ck_amendment_state"),
        ),
        sa.CheckConstraint(
            "(amount_amount IS NULL) = (amount_currency IS NULL)", name=op.f("ck_amendment_amount")
        ),
        sa.CheckConstraint(
            "length(amount_currency) = 3", name=op.f("ck_amendment_amount_currency")
        ),
        sa.ForeignKeyConstraint(
            ["contract_id"],
            ["sales_order.contract.id"],
            name=op.f("fk_amendment_contract_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["created_by_id"],
            ["dougong.user.id"],
            name=op.f("fk_amendment_created_by_id"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["updated_by_id"],
            ["dougong.user.id"],
            name=op.f("fk_amendment_updated_by_id"),
            ondelete="SET NULL",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_amendment")),
        schema="sales_order",
    )
    op.create_index(
        op.f("ix_amendment_contract_id"),
        "amendment",
        ["contract_id"],
        unique=False,
        schema="sales_order",
    )
    op.create_index(
        "ix_amendment_open",
        "amendment",
        ["contract_id"],
        unique=True,
        schema="sales_order",
        postgresql_where=sa.text("state in ('DRAFT', 'IN_REVIEW')"),
    )
    op.create_index(
        op.f("ix_amendment_state"), "amendment", ["state"], unique=False, schema="sales_order"
    )
    op.create_table(
        "contract_line",
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
        sa.Column("contract_id", sa.BigInteger(), nullable=False),
        sa.Column("product_id", sa.BigInteger(), nullable=False),
        sa.Column("quantity", sa.Numeric(precision=18, scale=4), nullable=False),
        sa.Column("unit_price", sa.Numeric(precision=18, scale=4), nullable=False),
        sa.Column(
            "net",
            sa.Numeric(precision=18, scale=2),
            sa.Computed("round(quantity * unit_price, 2)", persisted=True),
            nullable=False,
        ),
        sa.Column("note", sa.Text(), nullable=True),
        sa.CheckConstraint("quantity > 0", name=op.f("ck_contract_line_quantity")),
        sa.CheckConstraint("unit_price >= 0", name=op.f("ck_contract_line_unit_price")),
        sa.ForeignKeyConstraint(
            ["contract_id"],
            ["sales_order.contract.id"],
            name=op.f("fk_contract_line_contract_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["created_by_id"],
            ["dougong.user.id"],
            name=op.f("fk_contract_line_created_by_id"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["product_id"],
            ["product.product.id"],
            name=op.f("fk_contract_line_product_id"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["updated_by_id"],
            ["dougong.user.id"],
            name=op.f("fk_contract_line_updated_by_id"),
            ondelete="SET NULL",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_contract_line")),
        schema="sales_order",
    )
    op.create_index(
        op.f("ix_contract_line_contract_id"),
        "contract_line",
        ["contract_id"],
        unique=False,
        schema="sales_order",
    )
    op.create_index(
        op.f("ix_contract_line_product_id"),
        "contract_line",
        ["product_id"],
        unique=False,
        schema="sales_order",
    )
    op.create_table(
        "quotation_line",
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
        sa.Column("quotation_id", sa.BigInteger(), nullable=False),
        sa.Column("product_id", sa.BigInteger(), nullable=False),
        sa.Column("quantity", sa.Numeric(precision=18, scale=4), nullable=False),
        sa.Column("unit_price", sa.Numeric(precision=18, scale=4), nullable=False),
        sa.Column("discount", sa.Numeric(precision=5, scale=4), server_default="0", nullable=False),
        sa.Column(
            "net",
            sa.Numeric(precision=18, scale=2),
            sa.Computed("round(quantity * unit_price * (1 - discount), 2)", persisted=True),
            nullable=False,
        ),
        sa.Column("note", sa.Text(), nullable=True),
        sa.CheckConstraint("discount between 0 and 1", name=op.f("ck_quotation_line_discount")),
        sa.CheckConstraint("quantity > 0", name=op.f("ck_quotation_line_quantity")),
        sa.CheckConstraint("unit_price >= 0", name=op.f("ck_quotation_line_unit_price")),
        sa.ForeignKeyConstraint(
            ["created_by_id"],
            ["dougong.user.id"],
            name=op.f("fk_quotation_line_created_by_id"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["product_id"],
            ["product.product.id"],
            name=op.f("fk_quotation_line_product_id"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["quotation_id"],
            ["sales_order.quotation.id"],
            name=op.f("fk_quotation_line_quotation_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["updated_by_id"],
            ["dougong.user.id"],
            name=op.f("fk_quotation_line_updated_by_id"),
            ondelete="SET NULL",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_quotation_line")),
        schema="sales_order",
    )
    op.create_index(
        op.f("ix_quotation_line_product_id"),
        "quotation_line",
        ["product_id"],
        unique=False,
        schema="sales_order",
    )
    op.create_index(
        op.f("ix_quotation_line_quotation_id"),
        "quotation_line",
        ["quotation_id"],
        unique=False,
        schema="sales_order",
    )
    op.add_column(
        "sales_order",
        sa.Column("quotation_id", sa.BigInteger(), nullable=True),
        schema="sales_order",
    )
    op.add_column(
        "sales_order",
        sa.Column("contract_id", sa.BigInteger(), nullable=True),
        schema="sales_order",
    )
    op.create_index(
        op.f("ix_sales_order_contract_id"),
        "sales_order",
        ["contract_id"],
        unique=False,
        schema="sales_order",
    )
    op.create_unique_constraint(
        op.f("uq_sales_order_quotation_id"), "sales_order", ["quotation_id"], schema="sales_order"
    )
    op.create_foreign_key(
        op.f("fk_sales_order_quotation_id"),
        "sales_order",
        "quotation",
        ["quotation_id"],
        ["id"],
        source_schema="sales_order",
        referent_schema="sales_order",
        ondelete="RESTRICT",
    )
    op.create_foreign_key(
        op.f("fk_sales_order_contract_id"),
        "sales_order",
        "contract",
        ["contract_id"],
        ["id"],
        source_schema="sales_order",
        referent_schema="sales_order",
        ondelete="RESTRICT",
    )

"""Units of measure, taxes, currencies, price lists, and what products cost us."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    op.create_table(
        "currency",
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
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("digits", sa.Integer(), nullable=False),
        sa.CheckConstraint("code ~ '^[A-Z]{3}$'", name=op.f("ck_currency_code")),
        sa.CheckConstraint("digits between 0 and 4", name=op.f("ck_currency_digits")),
        sa.ForeignKeyConstraint(
            ["created_by_id"],
            ["dougong.user.id"],
            name=op.f("fk_currency_created_by_id"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["updated_by_id"],
            ["dougong.user.id"],
            name=op.f("fk_currency_updated_by_id"),
            ondelete="SET NULL",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_currency")),
        sa.UniqueConstraint("code", name=op.f("uq_currency_code")),
        schema="product",
    )
    op.create_table(
        "exchange_rate",
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
        sa.Column("base", sa.Text(), nullable=False),
        sa.Column("quote", sa.Text(), nullable=False),
        sa.Column("since", sa.Date(), nullable=False),
        sa.Column("rate", sa.Numeric(precision=24, scale=12), nullable=False),
        sa.CheckConstraint("base ~ '^[A-Z]{3}$'", name=op.f("ck_exchange_rate_base")),
        sa.CheckConstraint(
            "quote ~ '^[A-Z]{3}$' and quote <> base", name=op.f("ck_exchange_rate_quote")
        ),
        sa.CheckConstraint("rate > 0", name=op.f("ck_exchange_rate_rate")),
        sa.ForeignKeyConstraint(
            ["created_by_id"],
            ["dougong.user.id"],
            name=op.f("fk_exchange_rate_created_by_id"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["updated_by_id"],
            ["dougong.user.id"],
            name=op.f("fk_exchange_rate_updated_by_id"),
            ondelete="SET NULL",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_exchange_rate")),
        sa.UniqueConstraint(
            "base", "quote", "since", name=op.f("uq_exchange_rate_base_quote_since")
        ),
        schema="product",
    )
    op.create_table(
        "price_list",
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
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("active", sa.Boolean(), server_default="true", nullable=False),
        sa.CheckConstraint("currency ~ '^[A-Z]{3}$'", name=op.f("ck_price_list_currency")),
        sa.ForeignKeyConstraint(
            ["created_by_id"],
            ["dougong.user.id"],
            name=op.f("fk_price_list_created_by_id"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["updated_by_id"],
            ["dougong.user.id"],
            name=op.f("fk_price_list_updated_by_id"),
            ondelete="SET NULL",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_price_list")),
        sa.UniqueConstraint("code", name=op.f("uq_price_list_code")),
        schema="product",
    )
    op.create_index(
        "ix_price_list_code_bigrams",
        "price_list",
        [sa.literal_column("dougong.bigrams(code)")],
        unique=False,
        schema="product",
        postgresql_using="gin",
    )
    op.create_index(
        "ix_price_list_name_bigrams",
        "price_list",
        [sa.literal_column("dougong.bigrams(name)")],
        unique=False,
        schema="product",
        postgresql_using="gin",
    )
    op.create_table(
        "tax",
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
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("included", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["created_by_id"],
            ["dougong.user.id"],
            name=op.f("fk_tax_created_by_id"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["updated_by_id"],
            ["dougong.user.id"],
            name=op.f("fk_tax_updated_by_id"),
            ondelete="SET NULL",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_tax")),
        sa.UniqueConstraint("code", name=op.f("uq_tax_code")),
        schema="product",
    )
    op.create_index(
        "ix_tax_code_bigrams",
        "tax",
        [sa.literal_column("dougong.bigrams(code)")],
        unique=False,
        schema="product",
        postgresql_using="gin",
    )
    op.create_index(
        "ix_tax_name_bigrams",
        "tax",
        [sa.literal_column("dougong.bigrams(name)")],
        unique=False,
        schema="product",
        postgresql_using="gin",
    )
    op.create_table(
        "unit_of_measure",
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
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("dimension", sa.Text(), nullable=False),
        sa.Column("numerator", sa.Integer(), nullable=False),
        sa.Column("denominator", sa.Integer(), nullable=False),
        sa.Column("digits", sa.Integer(), nullable=False),
        sa.CheckConstraint("code <> ''", name=op.f("ck_unit_of_measure_code")),
        sa.CheckConstraint(
            "dimension IN ('COUNT', 'MASS', 'VOLUME', 'LENGTH', 'AREA', 'TIME')",
            name=op.f("ck_unit_of_measure_dimension"),
        ),
        sa.CheckConstraint("denominator > 0", name=op.f("ck_unit_of_measure_denominator")),
        sa.CheckConstraint("digits between 0 and 4", name=op.f("ck_unit_of_measure_digits")),
        sa.CheckConstraint("numerator > 0", name=op.f("ck_unit_of_measure_numerator")),
        sa.ForeignKeyConstraint(
            ["created_by_id"],
            ["dougong.user.id"],
            name=op.f("fk_unit_of_measure_created_by_id"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["updated_by_id"],
            ["dougong.user.id"],
            name=op.f("fk_unit_of_measure_updated_by_id"),
            ondelete="SET NULL",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_unit_of_measure")),
        sa.UniqueConstraint("code", name=op.f("uq_unit_of_measure_code")),
        schema="product",
    )
    op.create_index(
        "ix_unit_of_measure_code_bigrams",
        "unit_of_measure",
        [sa.literal_column("dougong.bigrams(code)")],
        unique=False,
        schema="product",
        postgresql_using="gin",
    )
    op.create_index(
        "ix_unit_of_measure_name_bigrams",
        "unit_of_measure",
        [sa.literal_column("dougong.bigrams(name)")],
        unique=False,
        schema="product",
        postgresql_using="gin",
    )
    op.create_table(
        "tax_rate",
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
        sa.Column("tax_id", sa.BigInteger(), nullable=False),
        sa.Column("since", sa.Date(), nullable=False),
        sa.Column("rate", sa.Numeric(precision=9, scale=6), nullable=False),
        sa.CheckConstraint("rate between 0 and 10", name=op.f("ck_tax_rate_rate")),
        sa.ForeignKeyConstraint(
            ["created_by_id"],
            ["dougong.user.id"],
            name=op.f("fk_tax_rate_created_by_id"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["tax_id"], ["product.tax.id"], name=op.f("fk_tax_rate_tax_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["updated_by_id"],
            ["dougong.user.id"],
            name=op.f("fk_tax_rate_updated_by_id"),
            ondelete="SET NULL",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_tax_rate")),
        sa.UniqueConstraint("tax_id", "since", name=op.f("uq_tax_rate_tax_id_since")),
        schema="product",
    )
    op.create_index(
        op.f("ix_tax_rate_tax_id"), "tax_rate", ["tax_id"], unique=False, schema="product"
    )
    op.create_table(
        "price",
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
        sa.Column("price_list_id", sa.BigInteger(), nullable=False),
        sa.Column("product_id", sa.BigInteger(), nullable=True),
        sa.Column(
            "min_quantity", sa.Numeric(precision=18, scale=4), server_default="0", nullable=False
        ),
        sa.Column("amount", sa.Numeric(precision=20, scale=4), nullable=True),
        sa.Column("percent_off", sa.Numeric(precision=7, scale=4), nullable=True),
        sa.Column("floor", sa.Numeric(precision=20, scale=4), nullable=True),
        sa.Column("since", sa.Date(), nullable=False),
        sa.Column("until", sa.Date(), nullable=True),
        postgresql.ExcludeConstraint(
            (sa.text("int8range(price_list_id, price_list_id, '[]')"), "&&"),
            (sa.text("int8range(coalesce(product_id, 0), coalesce(product_id, 0), '[]')"), "&&"),
            (sa.text("numrange(min_quantity, min_quantity, '[]')"), "&&"),
            (sa.text("daterange(since, until, '[]')"), "&&"),
            using="gist",
            name="ex_price_validity",
        ),
        sa.CheckConstraint("amount >= 0", name=op.f("ck_price_amount")),
        sa.CheckConstraint(
            "amount is null or product_id is not null", name=op.f("ck_price_amount_of_product")
        ),
        sa.CheckConstraint("floor >= 0", name=op.f("ck_price_floor")),
        sa.CheckConstraint("min_quantity >= 0", name=op.f("ck_price_min_quantity")),
        sa.CheckConstraint("num_nonnulls(amount, percent_off) = 1", name=op.f("ck_price_either")),
        sa.CheckConstraint("percent_off between 0 and 1", name=op.f("ck_price_percent_off")),
        sa.CheckConstraint("until >= since", name=op.f("ck_price_until")),
        sa.ForeignKeyConstraint(
            ["created_by_id"],
            ["dougong.user.id"],
            name=op.f("fk_price_created_by_id"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["price_list_id"],
            ["product.price_list.id"],
            name=op.f("fk_price_price_list_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["product_id"],
            ["product.product.id"],
            name=op.f("fk_price_product_id"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["updated_by_id"],
            ["dougong.user.id"],
            name=op.f("fk_price_updated_by_id"),
            ondelete="SET NULL",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_price")),
        schema="product",
    )
    op.create_index(
        op.f("ix_price_price_list_id"), "price", ["price_list_id"], unique=False, schema="product"
    )
    op.create_index(
        op.f("ix_price_product_id"), "price", ["product_id"], unique=False, schema="product"
    )
    op.create_table(
        "product_unit",
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
        sa.Column("unit_id", sa.BigInteger(), nullable=False),
        sa.Column("numerator", sa.Integer(), nullable=False),
        sa.Column("denominator", sa.Integer(), nullable=False),
        sa.CheckConstraint("denominator > 0", name=op.f("ck_product_unit_denominator")),
        sa.CheckConstraint("numerator > 0", name=op.f("ck_product_unit_numerator")),
        sa.ForeignKeyConstraint(
            ["created_by_id"],
            ["dougong.user.id"],
            name=op.f("fk_product_unit_created_by_id"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["product_id"],
            ["product.product.id"],
            name=op.f("fk_product_unit_product_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["unit_id"],
            ["product.unit_of_measure.id"],
            name=op.f("fk_product_unit_unit_id"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["updated_by_id"],
            ["dougong.user.id"],
            name=op.f("fk_product_unit_updated_by_id"),
            ondelete="SET NULL",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_product_unit")),
        sa.UniqueConstraint(
            "product_id", "unit_id", name=op.f("uq_product_unit_product_id_unit_id")
        ),
        schema="product",
    )
    op.create_index(
        op.f("ix_product_unit_product_id"),
        "product_unit",
        ["product_id"],
        unique=False,
        schema="product",
    )
    op.add_column(
        "product",
        sa.Column("standard_cost", sa.Numeric(precision=20, scale=4), nullable=True),
        schema="product",
    )
    op.add_column(
        "product", sa.Column("measured_in_id", sa.BigInteger(), nullable=True), schema="product"
    )
    op.add_column("product", sa.Column("tax_id", sa.BigInteger(), nullable=True), schema="product")
    op.create_index(
        op.f("ix_product_measured_in_id"),
        "product",
        ["measured_in_id"],
        unique=False,
        schema="product",
    )
    op.create_index(
        op.f("ix_product_tax_id"), "product", ["tax_id"], unique=False, schema="product"
    )
    op.create_foreign_key(
        op.f("fk_product_measured_in_id"),
        "product",
        "unit_of_measure",
        ["measured_in_id"],
        ["id"],
        source_schema="product",
        referent_schema="product",
        ondelete="RESTRICT",
    )
    op.create_foreign_key(
        op.f("fk_product_tax_id"),
        "product",
        "tax",
        ["tax_id"],
        ["id"],
        source_schema="product",
        referent_schema="product",
        ondelete="RESTRICT",
    )
    op.create_check_constraint(
        op.f("ck_product_standard_cost"), "product", "standard_cost >= 0", schema="product"
    )

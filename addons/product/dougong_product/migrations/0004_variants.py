"""Variants, shelves, floors and discount policies."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    op.create_table(
        "product_category",
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
        sa.Column("parent_id", sa.BigInteger(), nullable=True),
        sa.CheckConstraint("parent_id <> id", name=op.f("ck_product_category_parent")),
        sa.ForeignKeyConstraint(
            ["created_by_id"],
            ["dougong.user.id"],
            name=op.f("fk_product_category_created_by_id"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["parent_id"],
            ["product.product_category.id"],
            name=op.f("fk_product_category_parent_id"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["updated_by_id"],
            ["dougong.user.id"],
            name=op.f("fk_product_category_updated_by_id"),
            ondelete="SET NULL",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_product_category")),
        sa.UniqueConstraint("code", name=op.f("uq_product_category_code")),
        schema="product",
    )
    op.create_index(
        "ix_product_category_code_bigrams",
        "product_category",
        [sa.literal_column("dougong.bigrams(code)")],
        unique=False,
        schema="product",
        postgresql_using="gin",
    )
    op.create_index(
        "ix_product_category_name_bigrams",
        "product_category",
        [sa.literal_column("dougong.bigrams(name)")],
        unique=False,
        schema="product",
        postgresql_using="gin",
    )
    op.create_index(
        op.f("ix_product_category_parent_id"),
        "product_category",
        ["parent_id"],
        unique=False,
        schema="product",
    )
    op.create_table(
        "discount_policy",
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
        sa.Column("role", sa.Text(), nullable=True),
        sa.Column("user_id", sa.BigInteger(), nullable=True),
        sa.Column("category_id", sa.BigInteger(), nullable=True),
        sa.Column("line_max", sa.Numeric(precision=5, scale=4), nullable=False),
        sa.Column("order_max", sa.Numeric(precision=5, scale=4), nullable=False),
        sa.Column("since", sa.Date(), nullable=False),
        sa.Column("until", sa.Date(), nullable=True),
        postgresql.ExcludeConstraint(
            (
                sa.text(
                    "int8range(hashtextextended(coalesce(role, ''), 0) >> 1, hashtextextended(coalesce(role, ''), 0) >> 1, '[]')"
                ),
                "&&",
            ),
            (sa.text("int8range(coalesce(user_id, 0), coalesce(user_id, 0), '[]')"), "&&"),
            (sa.text("int8range(coalesce(category_id, 0), coalesce(category_id, 0), '[]')"), "&&"),
            (sa.text("daterange(since, until, '[]')"), "&&"),
            using="gist",
            name="ex_discount_policy_validity",
        ),
        sa.CheckConstraint("line_max between 0 and 1", name=op.f("ck_discount_policy_line_max")),
        sa.CheckConstraint(
            "num_nonnulls(role, user_id) = 1", name=op.f("ck_discount_policy_either")
        ),
        sa.CheckConstraint("order_max between 0 and 1", name=op.f("ck_discount_policy_order_max")),
        sa.CheckConstraint("until >= since", name=op.f("ck_discount_policy_until")),
        sa.ForeignKeyConstraint(
            ["category_id"],
            ["product.product_category.id"],
            name=op.f("fk_discount_policy_category_id"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["created_by_id"],
            ["dougong.user.id"],
            name=op.f("fk_discount_policy_created_by_id"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["updated_by_id"],
            ["dougong.user.id"],
            name=op.f("fk_discount_policy_updated_by_id"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["user_id"],
            ["dougong.user.id"],
            name=op.f("fk_discount_policy_user_id"),
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_discount_policy")),
        schema="product",
    )
    op.create_index(
        op.f("ix_discount_policy_category_id"),
        "discount_policy",
        ["category_id"],
        unique=False,
        schema="product",
    )
    op.create_index(
        op.f("ix_discount_policy_user_id"),
        "discount_policy",
        ["user_id"],
        unique=False,
        schema="product",
    )
    op.create_table(
        "product_family",
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
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("measured_in_id", sa.BigInteger(), nullable=True),
        sa.Column("category_id", sa.BigInteger(), nullable=True),
        sa.Column("tax_id", sa.BigInteger(), nullable=True),
        sa.CheckConstraint("kind IN ('GOODS', 'SERVICE')", name=op.f("ck_product_family_kind")),
        sa.ForeignKeyConstraint(
            ["category_id"],
            ["product.product_category.id"],
            name=op.f("fk_product_family_category_id"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["created_by_id"],
            ["dougong.user.id"],
            name=op.f("fk_product_family_created_by_id"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["measured_in_id"],
            ["product.unit_of_measure.id"],
            name=op.f("fk_product_family_measured_in_id"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["tax_id"],
            ["product.tax.id"],
            name=op.f("fk_product_family_tax_id"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["updated_by_id"],
            ["dougong.user.id"],
            name=op.f("fk_product_family_updated_by_id"),
            ondelete="SET NULL",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_product_family")),
        sa.UniqueConstraint("name", name=op.f("uq_product_family_name")),
        schema="product",
    )
    op.create_index(
        op.f("ix_product_family_category_id"),
        "product_family",
        ["category_id"],
        unique=False,
        schema="product",
    )
    op.create_index(
        op.f("ix_product_family_measured_in_id"),
        "product_family",
        ["measured_in_id"],
        unique=False,
        schema="product",
    )
    op.create_index(
        "ix_product_family_name_bigrams",
        "product_family",
        [sa.literal_column("dougong.bigrams(name)")],
        unique=False,
        schema="product",
        postgresql_using="gin",
    )
    op.create_index(
        op.f("ix_product_family_tax_id"),
        "product_family",
        ["tax_id"],
        unique=False,
        schema="product",
    )
    op.create_table(
        "product_attribute",
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
        sa.Column("family_id", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["created_by_id"],
            ["dougong.user.id"],
            name=op.f("fk_product_attribute_created_by_id"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["family_id"],
            ["product.product_family.id"],
            name=op.f("fk_product_attribute_family_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["updated_by_id"],
            ["dougong.user.id"],
            name=op.f("fk_product_attribute_updated_by_id"),
            ondelete="SET NULL",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_product_attribute")),
        sa.UniqueConstraint("family_id", "name", name=op.f("uq_product_attribute_family_id_name")),
        schema="product",
    )
    op.create_index(
        op.f("ix_product_attribute_family_id"),
        "product_attribute",
        ["family_id"],
        unique=False,
        schema="product",
    )
    op.create_table(
        "attribute_value",
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
        sa.Column("attribute_id", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["attribute_id"],
            ["product.product_attribute.id"],
            name=op.f("fk_attribute_value_attribute_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["created_by_id"],
            ["dougong.user.id"],
            name=op.f("fk_attribute_value_created_by_id"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["updated_by_id"],
            ["dougong.user.id"],
            name=op.f("fk_attribute_value_updated_by_id"),
            ondelete="SET NULL",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_attribute_value")),
        sa.UniqueConstraint(
            "attribute_id", "name", name=op.f("uq_attribute_value_attribute_id_name")
        ),
        schema="product",
    )
    op.create_index(
        op.f("ix_attribute_value_attribute_id"),
        "attribute_value",
        ["attribute_id"],
        unique=False,
        schema="product",
    )
    op.create_table(
        "variant_value",
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
        sa.Column("attribute_id", sa.BigInteger(), nullable=False),
        sa.Column("value_id", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["attribute_id"],
            ["product.product_attribute.id"],
            name=op.f("fk_variant_value_attribute_id"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["created_by_id"],
            ["dougong.user.id"],
            name=op.f("fk_variant_value_created_by_id"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["product_id"],
            ["product.product.id"],
            name=op.f("fk_variant_value_product_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["updated_by_id"],
            ["dougong.user.id"],
            name=op.f("fk_variant_value_updated_by_id"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["value_id"],
            ["product.attribute_value.id"],
            name=op.f("fk_variant_value_value_id"),
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_variant_value")),
        sa.UniqueConstraint(
            "product_id", "attribute_id", name=op.f("uq_variant_value_product_id_attribute_id")
        ),
        schema="product",
    )
    op.create_index(
        op.f("ix_variant_value_product_id"),
        "variant_value",
        ["product_id"],
        unique=False,
        schema="product",
    )
    op.add_column("product", sa.Column("barcode", sa.Text(), nullable=True), schema="product")
    op.add_column(
        "product",
        sa.Column("floor", sa.Numeric(precision=20, scale=4), nullable=True),
        schema="product",
    )
    op.add_column(
        "product", sa.Column("category_id", sa.BigInteger(), nullable=True), schema="product"
    )
    op.add_column(
        "product", sa.Column("family_id", sa.BigInteger(), nullable=True), schema="product"
    )
    op.add_column("product", sa.Column("combination", sa.Text(), nullable=True), schema="product")
    op.drop_index(op.f("ix_product_category"), table_name="product", schema="product")
    op.create_index(
        op.f("ix_product_category_id"), "product", ["category_id"], unique=False, schema="product"
    )
    op.create_index(
        op.f("ix_product_family_id"), "product", ["family_id"], unique=False, schema="product"
    )
    op.create_unique_constraint(
        op.f("uq_product_barcode"), "product", ["barcode"], schema="product"
    )
    op.create_unique_constraint(
        op.f("uq_product_family_id_combination"),
        "product",
        ["family_id", "combination"],
        schema="product",
    )
    op.create_foreign_key(
        op.f("fk_product_family_id"),
        "product",
        "product_family",
        ["family_id"],
        ["id"],
        source_schema="product",
        referent_schema="product",
        ondelete="RESTRICT",
    )
    op.create_foreign_key(
        op.f("fk_product_category_id"),
        "product",
        "product_category",
        ["category_id"],
        ["id"],
        source_schema="product",
        referent_schema="product",
        ondelete="RESTRICT",
    )
    op.execute(
        "insert into product.product_category (code, name)"
        " select distinct category, category from product.product where category is not null"
    )
    op.execute(
        "update product.product p set category_id = c.id"
        " from product.product_category c where c.code = p.category"
    )
    op.drop_column("product", "category", schema="product")
    op.create_check_constraint(op.f("ck_product_floor"), "product", "floor >= 0", schema="product")

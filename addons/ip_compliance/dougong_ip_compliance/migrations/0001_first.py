"""first."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    op.create_table(
        "certification_body",
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
        sa.Column("party_id", sa.BigInteger(), nullable=False),
        sa.Column("accreditation", sa.Text(), nullable=False),
        sa.Column("accredited_until", sa.Date(), nullable=True),
        sa.ForeignKeyConstraint(
            ["created_by_id"],
            ["dougong.user.id"],
            name=op.f("fk_certification_body_created_by_id"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["party_id"],
            ["party.party.id"],
            name=op.f("fk_certification_body_party_id"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["updated_by_id"],
            ["dougong.user.id"],
            name=op.f("fk_certification_body_updated_by_id"),
            ondelete="SET NULL",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_certification_body")),
        sa.UniqueConstraint("party_id", name=op.f("uq_certification_body_party_id")),
        schema="ip_compliance",
    )
    op.create_table(
        "compliance_reminder",
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
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("about", sa.Text(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("assignee_id", sa.BigInteger(), nullable=True),
        sa.Column("raised_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("settled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("settled_by_id", sa.BigInteger(), nullable=True),
        sa.CheckConstraint(
            "kind IN ('FEE_DUE', 'FEE_IN_GRACE', 'RECORD_GAP', 'DOCUMENT_REVIEW', 'SURVEILLANCE', 'EDITION_ENDS', 'CERTIFICATE_ENDS')",
            name=op.f("ck_compliance_reminder_kind"),
        ),
        sa.ForeignKeyConstraint(
            ["assignee_id"],
            ["dougong.user.id"],
            name=op.f("fk_compliance_reminder_assignee_id"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["created_by_id"],
            ["dougong.user.id"],
            name=op.f("fk_compliance_reminder_created_by_id"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["settled_by_id"],
            ["dougong.user.id"],
            name=op.f("fk_compliance_reminder_settled_by_id"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["updated_by_id"],
            ["dougong.user.id"],
            name=op.f("fk_compliance_reminder_updated_by_id"),
            ondelete="SET NULL",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_compliance_reminder")),
        sa.UniqueConstraint("key", name=op.f("uq_compliance_reminder_key")),
        schema="ip_compliance",
    )
    op.create_index(
        op.f("ix_compliance_reminder_assignee_id"),
        "compliance_reminder",
        ["assignee_id"],
        unique=False,
        schema="ip_compliance",
    )
    op.create_index(
        op.f("ix_compliance_reminder_kind"),
        "compliance_reminder",
        ["kind"],
        unique=False,
        schema="ip_compliance",
    )
    op.create_table(
        "ip_asset",
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
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("number", sa.Text(), nullable=True),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("holder_id", sa.BigInteger(), nullable=True),
        sa.Column("inventors", sa.Text(), nullable=True),
        sa.Column("keeper_id", sa.BigInteger(), nullable=True),
        sa.Column("unit_id", sa.BigInteger(), nullable=True),
        sa.Column("filed_on", sa.Date(), nullable=True),
        sa.Column("expires_on", sa.Date(), nullable=True),
        sa.Column("licences", sa.Text(), nullable=True),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("granted_on", sa.Date(), nullable=True),
        sa.Column("lapse_reason", sa.Text(), nullable=True),
        sa.CheckConstraint(
            "kind IN ('PATENT', 'TRADEMARK', 'COPYRIGHT', 'TRADE_SECRET', 'GEOGRAPHICAL_INDICATION', 'LAYOUT_DESIGN', 'PLANT_VARIETY')",
            name=op.f("ck_ip_asset_kind"),
        ),
        sa.CheckConstraint(
            "state IN ('PENDING', 'IN_FORCE', 'LAPSED', 'ABANDONED')",
            name=op.f("ck_ip_asset_state"),
        ),
        sa.CheckConstraint("expires_on >= filed_on", name=op.f("ck_ip_asset_expires_on")),
        sa.ForeignKeyConstraint(
            ["created_by_id"],
            ["dougong.user.id"],
            name=op.f("fk_ip_asset_created_by_id"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["holder_id"],
            ["party.party.id"],
            name=op.f("fk_ip_asset_holder_id"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["keeper_id"],
            ["dougong.user.id"],
            name=op.f("fk_ip_asset_keeper_id"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["unit_id"], ["dougong.unit.id"], name=op.f("fk_ip_asset_unit_id"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["updated_by_id"],
            ["dougong.user.id"],
            name=op.f("fk_ip_asset_updated_by_id"),
            ondelete="SET NULL",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ip_asset")),
        sa.UniqueConstraint("kind", "number", name=op.f("uq_ip_asset_kind_number")),
        schema="ip_compliance",
    )
    op.create_index(
        op.f("ix_ip_asset_holder_id"),
        "ip_asset",
        ["holder_id"],
        unique=False,
        schema="ip_compliance",
    )
    op.create_index(
        op.f("ix_ip_asset_keeper_id"),
        "ip_asset",
        ["keeper_id"],
        unique=False,
        schema="ip_compliance",
    )
    op.create_index(
        "ix_ip_asset_number_bigrams",
        "ip_asset",
        [sa.literal_column("dougong.bigrams(number)")],
        unique=False,
        schema="ip_compliance",
        postgresql_using="gin",
    )
    op.create_index(
        op.f("ix_ip_asset_state"), "ip_asset", ["state"], unique=False, schema="ip_compliance"
    )
    op.create_index(
        "ix_ip_asset_title_bigrams",
        "ip_asset",
        [sa.literal_column("dougong.bigrams(title)")],
        unique=False,
        schema="ip_compliance",
        postgresql_using="gin",
    )
    op.create_index(
        op.f("ix_ip_asset_unit_id"), "ip_asset", ["unit_id"], unique=False, schema="ip_compliance"
    )
    op.create_table(
        "standard_edition",
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
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("apply_from", sa.Date(), nullable=False),
        sa.Column("apply_until", sa.Date(), nullable=True),
        sa.CheckConstraint("apply_from >= valid_from", name=op.f("ck_standard_edition_apply_from")),
        sa.CheckConstraint(
            "apply_until >= apply_from", name=op.f("ck_standard_edition_apply_until")
        ),
        sa.ForeignKeyConstraint(
            ["created_by_id"],
            ["dougong.user.id"],
            name=op.f("fk_standard_edition_created_by_id"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["updated_by_id"],
            ["dougong.user.id"],
            name=op.f("fk_standard_edition_updated_by_id"),
            ondelete="SET NULL",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_standard_edition")),
        sa.UniqueConstraint("code", name=op.f("uq_standard_edition_code")),
        schema="ip_compliance",
    )
    op.create_index(
        "ix_standard_edition_code_bigrams",
        "standard_edition",
        [sa.literal_column("dougong.bigrams(code)")],
        unique=False,
        schema="ip_compliance",
        postgresql_using="gin",
    )
    op.create_index(
        "ix_standard_edition_title_bigrams",
        "standard_edition",
        [sa.literal_column("dougong.bigrams(title)")],
        unique=False,
        schema="ip_compliance",
        postgresql_using="gin",
    )
    op.create_table(
        "clause",
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
        sa.Column("edition_id", sa.BigInteger(), nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("is_heading", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["created_by_id"],
            ["dougong.user.id"],
            name=op.f("fk_clause_created_by_id"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["edition_id"],
            ["ip_compliance.standard_edition.id"],
            name=op.f("fk_clause_edition_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["updated_by_id"],
            ["dougong.user.id"],
            name=op.f("fk_clause_updated_by_id"),
            ondelete="SET NULL",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_clause")),
        sa.UniqueConstraint("edition_id", "number", name=op.f("uq_clause_edition_id_number")),
        schema="ip_compliance",
    )
    op.create_index(
        op.f("ix_clause_edition_id"), "clause", ["edition_id"], unique=False, schema="ip_compliance"
    )
    op.create_table(
        "compliance_program",
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
        sa.Column("scope", sa.Text(), nullable=False),
        sa.Column("edition_id", sa.BigInteger(), nullable=False),
        sa.Column("leader_id", sa.BigInteger(), nullable=False),
        sa.Column("manager_id", sa.BigInteger(), nullable=True),
        sa.Column("target_on", sa.Date(), nullable=True),
        sa.Column("run_months", sa.Integer(), nullable=False),
        sa.Column("trained_percent", sa.Integer(), nullable=False),
        sa.Column("scope_restarts", sa.Boolean(), nullable=False),
        sa.Column("needs_asset", sa.Boolean(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("checklist_id", sa.BigInteger(), nullable=True),
        sa.Column("cancel_reason", sa.Text(), nullable=True),
        sa.CheckConstraint(
            "state IN ('PREPARED', 'RUNNING', 'COMPLETED', 'CANCELLED')",
            name=op.f("ck_compliance_program_state"),
        ),
        sa.CheckConstraint(
            "run_months between 1 and 60", name=op.f("ck_compliance_program_run_months")
        ),
        sa.CheckConstraint(
            "trained_percent between 1 and 100", name=op.f("ck_compliance_program_trained_percent")
        ),
        sa.ForeignKeyConstraint(
            ["checklist_id"],
            ["flow.checklist.id"],
            name=op.f("fk_compliance_program_checklist_id"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["created_by_id"],
            ["dougong.user.id"],
            name=op.f("fk_compliance_program_created_by_id"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["edition_id"],
            ["ip_compliance.standard_edition.id"],
            name=op.f("fk_compliance_program_edition_id"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["leader_id"],
            ["dougong.user.id"],
            name=op.f("fk_compliance_program_leader_id"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["manager_id"],
            ["dougong.user.id"],
            name=op.f("fk_compliance_program_manager_id"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["updated_by_id"],
            ["dougong.user.id"],
            name=op.f("fk_compliance_program_updated_by_id"),
            ondelete="SET NULL",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_compliance_program")),
        sa.UniqueConstraint("checklist_id", name=op.f("uq_compliance_program_checklist_id")),
        schema="ip_compliance",
    )
    op.create_index(
        op.f("ix_compliance_program_edition_id"),
        "compliance_program",
        ["edition_id"],
        unique=False,
        schema="ip_compliance",
    )
    op.create_index(
        "ix_compliance_program_name_bigrams",
        "compliance_program",
        [sa.literal_column("dougong.bigrams(name)")],
        unique=False,
        schema="ip_compliance",
        postgresql_using="gin",
    )
    op.create_index(
        "ix_compliance_program_scope_bigrams",
        "compliance_program",
        [sa.literal_column("dougong.bigrams(scope)")],
        unique=False,
        schema="ip_compliance",
        postgresql_using="gin",
    )
    op.create_index(
        op.f("ix_compliance_program_state"),
        "compliance_program",
        ["state"],
        unique=False,
        schema="ip_compliance",
    )
    op.create_table(
        "ip_fee",
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
        sa.Column("asset_id", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("amount_amount", sa.Numeric(precision=20, scale=4), nullable=False),
        sa.Column("amount_currency", sa.Text(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("grace_until", sa.Date(), nullable=True),
        sa.Column("paid_on", sa.Date(), nullable=True),
        sa.CheckConstraint("amount_amount >= 0", name=op.f("ck_ip_fee_amount")),
        sa.CheckConstraint("grace_until >= due_on", name=op.f("ck_ip_fee_grace_until")),
        sa.CheckConstraint("length(amount_currency) = 3", name=op.f("ck_ip_fee_amount_currency")),
        sa.ForeignKeyConstraint(
            ["asset_id"],
            ["ip_compliance.ip_asset.id"],
            name=op.f("fk_ip_fee_asset_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["created_by_id"],
            ["dougong.user.id"],
            name=op.f("fk_ip_fee_created_by_id"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["updated_by_id"],
            ["dougong.user.id"],
            name=op.f("fk_ip_fee_updated_by_id"),
            ondelete="SET NULL",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ip_fee")),
        sa.UniqueConstraint(
            "asset_id", "name", "due_on", name=op.f("uq_ip_fee_asset_id_name_due_on")
        ),
        schema="ip_compliance",
    )
    op.create_index(
        op.f("ix_ip_fee_asset_id"), "ip_fee", ["asset_id"], unique=False, schema="ip_compliance"
    )
    op.create_index(
        "ix_ip_fee_unpaid",
        "ip_fee",
        ["due_on"],
        unique=False,
        schema="ip_compliance",
        postgresql_where=sa.text("paid_on is null"),
    )
    op.create_table(
        "advisor",
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
        sa.Column("program_id", sa.BigInteger(), nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("firm_id", sa.BigInteger(), nullable=True),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["created_by_id"],
            ["dougong.user.id"],
            name=op.f("fk_advisor_created_by_id"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["firm_id"], ["party.party.id"], name=op.f("fk_advisor_firm_id"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["program_id"],
            ["ip_compliance.compliance_program.id"],
            name=op.f("fk_advisor_program_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["updated_by_id"],
            ["dougong.user.id"],
            name=op.f("fk_advisor_updated_by_id"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["dougong.user.id"], name=op.f("fk_advisor_user_id"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_advisor")),
        sa.UniqueConstraint("program_id", "user_id", name=op.f("uq_advisor_program_id_user_id")),
        schema="ip_compliance",
    )
    op.create_index(
        op.f("ix_advisor_program_id"),
        "advisor",
        ["program_id"],
        unique=False,
        schema="ip_compliance",
    )
    op.create_table(
        "certification_application",
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
        sa.Column("program_id", sa.BigInteger(), nullable=False),
        sa.Column("body_id", sa.BigInteger(), nullable=False),
        sa.Column("edition_id", sa.BigInteger(), nullable=True),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("applied_on", sa.Date(), nullable=True),
        sa.Column("submitted_by_id", sa.BigInteger(), nullable=True),
        sa.Column("package_sha256", sa.Text(), nullable=True),
        sa.Column("contents_sha256", sa.Text(), nullable=True),
        sa.Column("outcome", sa.Text(), nullable=True),
        sa.CheckConstraint(
            "state IN ('DRAFT', 'SUBMITTED', 'STAGE1', 'STAGE2', 'GRANTED', 'REFUSED', 'WITHDRAWN')",
            name=op.f("ck_certification_application_state"),
        ),
        sa.ForeignKeyConstraint(
            ["body_id"],
            ["ip_compliance.certification_body.id"],
            name=op.f("fk_certification_application_body_id"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["created_by_id"],
            ["dougong.user.id"],
            name=op.f("fk_certification_application_created_by_id"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["edition_id"],
            ["ip_compliance.standard_edition.id"],
            name=op.f("fk_certification_application_edition_id"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["program_id"],
            ["ip_compliance.compliance_program.id"],
            name=op.f("fk_certification_application_program_id"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["submitted_by_id"],
            ["dougong.user.id"],
            name=op.f("fk_certification_application_submitted_by_id"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["updated_by_id"],
            ["dougong.user.id"],
            name=op.f("fk_certification_application_updated_by_id"),
            ondelete="SET NULL",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_certification_application")),
        schema="ip_compliance",
    )
    op.create_index(
        op.f("ix_certification_application_body_id"),
        "certification_application",
        ["body_id"],
        unique=False,
        schema="ip_compliance",
    )
    op.create_index(
        op.f("ix_certification_application_program_id"),
        "certification_application",
        ["program_id"],
        unique=False,
        schema="ip_compliance",
    )
    op.create_index(
        op.f("ix_certification_application_state"),
        "certification_application",
        ["state"],
        unique=False,
        schema="ip_compliance",
    )
    op.create_table(
        "clause_assessment",
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
        sa.Column("program_id", sa.BigInteger(), nullable=False),
        sa.Column("clause_id", sa.BigInteger(), nullable=False),
        sa.Column("applicable", sa.Boolean(), nullable=False),
        sa.Column("exclusion_reason", sa.Text(), nullable=True),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("note", sa.Text(), nullable=True),
        sa.CheckConstraint(
            "status IN ('NOT_ASSESSED', 'KEPT', 'PARTLY_KEPT', 'NOT_KEPT')",
            name=op.f("ck_clause_assessment_status"),
        ),
        sa.CheckConstraint(
            "applicable or exclusion_reason is not null",
            name=op.f("ck_clause_assessment_exclusion_reason"),
        ),
        sa.ForeignKeyConstraint(
            ["clause_id"],
            ["ip_compliance.clause.id"],
            name=op.f("fk_clause_assessment_clause_id"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["created_by_id"],
            ["dougong.user.id"],
            name=op.f("fk_clause_assessment_created_by_id"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["program_id"],
            ["ip_compliance.compliance_program.id"],
            name=op.f("fk_clause_assessment_program_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["updated_by_id"],
            ["dougong.user.id"],
            name=op.f("fk_clause_assessment_updated_by_id"),
            ondelete="SET NULL",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_clause_assessment")),
        sa.UniqueConstraint(
            "program_id", "clause_id", name=op.f("uq_clause_assessment_program_id_clause_id")
        ),
        schema="ip_compliance",
    )
    op.create_index(
        op.f("ix_clause_assessment_clause_id"),
        "clause_assessment",
        ["clause_id"],
        unique=False,
        schema="ip_compliance",
    )
    op.create_index(
        op.f("ix_clause_assessment_program_id"),
        "clause_assessment",
        ["program_id"],
        unique=False,
        schema="ip_compliance",
    )
    op.create_table(
        "clause_mapping",
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
        sa.Column("earlier_id", sa.BigInteger(), nullable=False),
        sa.Column("later_id", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("earlier_id <> later_id", name=op.f("ck_clause_mapping_later")),
        sa.ForeignKeyConstraint(
            ["created_by_id"],
            ["dougong.user.id"],
            name=op.f("fk_clause_mapping_created_by_id"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["earlier_id"],
            ["ip_compliance.clause.id"],
            name=op.f("fk_clause_mapping_earlier_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["later_id"],
            ["ip_compliance.clause.id"],
            name=op.f("fk_clause_mapping_later_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["updated_by_id"],
            ["dougong.user.id"],
            name=op.f("fk_clause_mapping_updated_by_id"),
            ondelete="SET NULL",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_clause_mapping")),
        sa.UniqueConstraint(
            "earlier_id", "later_id", name=op.f("uq_clause_mapping_earlier_id_later_id")
        ),
        schema="ip_compliance",
    )
    op.create_index(
        op.f("ix_clause_mapping_earlier_id"),
        "clause_mapping",
        ["earlier_id"],
        unique=False,
        schema="ip_compliance",
    )
    op.create_index(
        op.f("ix_clause_mapping_later_id"),
        "clause_mapping",
        ["later_id"],
        unique=False,
        schema="ip_compliance",
    )
    op.create_table(
        "clause_responsibility",
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
        sa.Column("program_id", sa.BigInteger(), nullable=False),
        sa.Column("clause_id", sa.BigInteger(), nullable=False),
        sa.Column("unit_id", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["clause_id"],
            ["ip_compliance.clause.id"],
            name=op.f("fk_clause_responsibility_clause_id"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["created_by_id"],
            ["dougong.user.id"],
            name=op.f("fk_clause_responsibility_created_by_id"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["program_id"],
            ["ip_compliance.compliance_program.id"],
            name=op.f("fk_clause_responsibility_program_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["unit_id"],
            ["dougong.unit.id"],
            name=op.f("fk_clause_responsibility_unit_id"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["updated_by_id"],
            ["dougong.user.id"],
            name=op.f("fk_clause_responsibility_updated_by_id"),
            ondelete="SET NULL",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_clause_responsibility")),
        sa.UniqueConstraint(
            "program_id",
            "clause_id",
            "unit_id",
            name=op.f("uq_clause_responsibility_program_id_clause_id_unit_id"),
        ),
        schema="ip_compliance",
    )
    op.create_index(
        op.f("ix_clause_responsibility_clause_id"),
        "clause_responsibility",
        ["clause_id"],
        unique=False,
        schema="ip_compliance",
    )
    op.create_index(
        op.f("ix_clause_responsibility_program_id"),
        "clause_responsibility",
        ["program_id"],
        unique=False,
        schema="ip_compliance",
    )
    op.create_table(
        "compliance_audit",
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
        sa.Column("program_id", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("criteria", sa.Text(), nullable=False),
        sa.Column("planned_on", sa.Date(), nullable=False),
        sa.Column("on_site", sa.Boolean(), nullable=False),
        sa.Column("lead_id", sa.BigInteger(), nullable=True),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("began_on", sa.Date(), nullable=True),
        sa.Column("reported_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("summary", sa.Text(), nullable=True),
        sa.CheckConstraint(
            "kind IN ('INTERNAL', 'MOCK', 'STAGE1', 'STAGE2', 'SURVEILLANCE', 'RECERTIFICATION')",
            name=op.f("ck_compliance_audit_kind"),
        ),
        sa.CheckConstraint(
            "state IN ('PLANNED', 'IN_PROGRESS', 'REPORTED', 'FOLLOW_UP', 'CLOSED')",
            name=op.f("ck_compliance_audit_state"),
        ),
        sa.ForeignKeyConstraint(
            ["created_by_id"],
            ["dougong.user.id"],
            name=op.f("fk_compliance_audit_created_by_id"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["lead_id"],
            ["dougong.user.id"],
            name=op.f("fk_compliance_audit_lead_id"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["program_id"],
            ["ip_compliance.compliance_program.id"],
            name=op.f("fk_compliance_audit_program_id"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["updated_by_id"],
            ["dougong.user.id"],
            name=op.f("fk_compliance_audit_updated_by_id"),
            ondelete="SET NULL",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_compliance_audit")),
        schema="ip_compliance",
    )
    op.create_index(
        "ix_compliance_audit_criteria_bigrams",
        "compliance_audit",
        [sa.literal_column("dougong.bigrams(criteria)")],
        unique=False,
        schema="ip_compliance",
        postgresql_using="gin",
    )
    op.create_index(
        op.f("ix_compliance_audit_program_id"),
        "compliance_audit",
        ["program_id"],
        unique=False,
        schema="ip_compliance",
    )
    op.create_index(
        op.f("ix_compliance_audit_state"),
        "compliance_audit",
        ["state"],
        unique=False,
        schema="ip_compliance",
    )
    op.create_table(
        "diagnosis_report",
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
        sa.Column("program_id", sa.BigInteger(), nullable=False),
        sa.Column("written_on", sa.Date(), nullable=False),
        sa.Column("kept", sa.Integer(), nullable=False),
        sa.Column("partly_kept", sa.Integer(), nullable=False),
        sa.Column("not_kept", sa.Integer(), nullable=False),
        sa.Column("excluded", sa.Integer(), nullable=False),
        sa.Column("gaps", sa.Integer(), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["created_by_id"],
            ["dougong.user.id"],
            name=op.f("fk_diagnosis_report_created_by_id"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["program_id"],
            ["ip_compliance.compliance_program.id"],
            name=op.f("fk_diagnosis_report_program_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["updated_by_id"],
            ["dougong.user.id"],
            name=op.f("fk_diagnosis_report_updated_by_id"),
            ondelete="SET NULL",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_diagnosis_report")),
        schema="ip_compliance",
    )
    op.create_index(
        op.f("ix_diagnosis_report_program_id"),
        "diagnosis_report",
        ["program_id"],
        unique=False,
        schema="ip_compliance",
    )
    op.create_table(
        "ip_objective",
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
        sa.Column("program_id", sa.BigInteger(), nullable=False),
        sa.Column("metric", sa.Text(), nullable=False),
        sa.Column("target", sa.Text(), nullable=False),
        sa.Column("period_from", sa.Date(), nullable=False),
        sa.Column("period_until", sa.Date(), nullable=False),
        sa.Column("unit_id", sa.BigInteger(), nullable=True),
        sa.Column("result", sa.Text(), nullable=True),
        sa.CheckConstraint(
            "period_until >= period_from", name=op.f("ck_ip_objective_period_until")
        ),
        sa.ForeignKeyConstraint(
            ["created_by_id"],
            ["dougong.user.id"],
            name=op.f("fk_ip_objective_created_by_id"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["program_id"],
            ["ip_compliance.compliance_program.id"],
            name=op.f("fk_ip_objective_program_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["unit_id"],
            ["dougong.unit.id"],
            name=op.f("fk_ip_objective_unit_id"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["updated_by_id"],
            ["dougong.user.id"],
            name=op.f("fk_ip_objective_updated_by_id"),
            ondelete="SET NULL",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ip_objective")),
        schema="ip_compliance",
    )
    op.create_index(
        op.f("ix_ip_objective_program_id"),
        "ip_objective",
        ["program_id"],
        unique=False,
        schema="ip_compliance",
    )
    op.create_table(
        "ip_policy",
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
        sa.Column("program_id", sa.BigInteger(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("adopted_by_id", sa.BigInteger(), nullable=True),
        sa.Column("adopted_on", sa.Date(), nullable=True),
        sa.Column("replaced_on", sa.Date(), nullable=True),
        sa.CheckConstraint(
            "state IN ('DRAFT', 'ADOPTED', 'REPLACED')", name=op.f("ck_ip_policy_state")
        ),
        sa.ForeignKeyConstraint(
            ["adopted_by_id"],
            ["dougong.user.id"],
            name=op.f("fk_ip_policy_adopted_by_id"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["created_by_id"],
            ["dougong.user.id"],
            name=op.f("fk_ip_policy_created_by_id"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["program_id"],
            ["ip_compliance.compliance_program.id"],
            name=op.f("fk_ip_policy_program_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["updated_by_id"],
            ["dougong.user.id"],
            name=op.f("fk_ip_policy_updated_by_id"),
            ondelete="SET NULL",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ip_policy")),
        schema="ip_compliance",
    )
    op.create_index(
        op.f("ix_ip_policy_program_id"),
        "ip_policy",
        ["program_id"],
        unique=False,
        schema="ip_compliance",
    )
    op.create_table(
        "issue_order",
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
        sa.Column("program_id", sa.BigInteger(), nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("issued_on", sa.Date(), nullable=False),
        sa.Column("issued_by_id", sa.BigInteger(), nullable=True),
        sa.Column("scope", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["created_by_id"],
            ["dougong.user.id"],
            name=op.f("fk_issue_order_created_by_id"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["issued_by_id"],
            ["dougong.user.id"],
            name=op.f("fk_issue_order_issued_by_id"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["program_id"],
            ["ip_compliance.compliance_program.id"],
            name=op.f("fk_issue_order_program_id"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["updated_by_id"],
            ["dougong.user.id"],
            name=op.f("fk_issue_order_updated_by_id"),
            ondelete="SET NULL",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_issue_order")),
        sa.UniqueConstraint("program_id", "number", name=op.f("uq_issue_order_program_id_number")),
        schema="ip_compliance",
    )
    op.create_index(
        op.f("ix_issue_order_program_id"),
        "issue_order",
        ["program_id"],
        unique=False,
        schema="ip_compliance",
    )
    op.create_table(
        "management_review",
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
        sa.Column("program_id", sa.BigInteger(), nullable=False),
        sa.Column("chair_id", sa.BigInteger(), nullable=False),
        sa.Column("planned_on", sa.Date(), nullable=False),
        sa.Column("policy_and_objectives", sa.Text(), nullable=True),
        sa.Column("strategy", sa.Text(), nullable=True),
        sa.Column("assets_and_risks", sa.Text(), nullable=True),
        sa.Column("trends", sa.Text(), nullable=True),
        sa.Column("earlier_audits", sa.Text(), nullable=True),
        sa.Column("compliance", sa.Text(), nullable=True),
        sa.Column("earlier_actions", sa.Text(), nullable=True),
        sa.Column("changes_of_policy", sa.Text(), nullable=True),
        sa.Column("changes_of_procedures", sa.Text(), nullable=True),
        sa.Column("resources_needed", sa.Text(), nullable=True),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("held_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("state IN ('PLANNED', 'HELD')", name=op.f("ck_management_review_state")),
        sa.ForeignKeyConstraint(
            ["chair_id"],
            ["dougong.user.id"],
            name=op.f("fk_management_review_chair_id"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["created_by_id"],
            ["dougong.user.id"],
            name=op.f("fk_management_review_created_by_id"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["program_id"],
            ["ip_compliance.compliance_program.id"],
            name=op.f("fk_management_review_program_id"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["updated_by_id"],
            ["dougong.user.id"],
            name=op.f("fk_management_review_updated_by_id"),
            ondelete="SET NULL",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_management_review")),
        schema="ip_compliance",
    )
    op.create_index(
        op.f("ix_management_review_program_id"),
        "management_review",
        ["program_id"],
        unique=False,
        schema="ip_compliance",
    )
    op.create_table(
        "program_resource",
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
        sa.Column("program_id", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("plan", sa.Text(), nullable=False),
        sa.Column("owner_id", sa.BigInteger(), nullable=False),
        sa.CheckConstraint(
            "kind IN ('INTELLECTUAL_PROPERTY', 'PEOPLE', 'MONEY', 'TECHNOLOGY')",
            name=op.f("ck_program_resource_kind"),
        ),
        sa.ForeignKeyConstraint(
            ["created_by_id"],
            ["dougong.user.id"],
            name=op.f("fk_program_resource_created_by_id"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["owner_id"],
            ["dougong.user.id"],
            name=op.f("fk_program_resource_owner_id"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["program_id"],
            ["ip_compliance.compliance_program.id"],
            name=op.f("fk_program_resource_program_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["updated_by_id"],
            ["dougong.user.id"],
            name=op.f("fk_program_resource_updated_by_id"),
            ondelete="SET NULL",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_program_resource")),
        sa.UniqueConstraint("program_id", "kind", name=op.f("uq_program_resource_program_id_kind")),
        schema="ip_compliance",
    )
    op.create_index(
        op.f("ix_program_resource_program_id"),
        "program_resource",
        ["program_id"],
        unique=False,
        schema="ip_compliance",
    )
    op.create_table(
        "system_document",
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
        sa.Column("program_id", sa.BigInteger(), nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("secrecy", sa.Text(), nullable=False),
        sa.Column("review_months", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "kind IN ('MANUAL', 'PROCEDURE', 'FORM', 'EXTERNAL')",
            name=op.f("ck_system_document_kind"),
        ),
        sa.CheckConstraint(
            "secrecy IN ('OPEN', 'INTERNAL', 'CONFIDENTIAL')",
            name=op.f("ck_system_document_secrecy"),
        ),
        sa.CheckConstraint(
            "review_months between 1 and 120", name=op.f("ck_system_document_review_months")
        ),
        sa.ForeignKeyConstraint(
            ["created_by_id"],
            ["dougong.user.id"],
            name=op.f("fk_system_document_created_by_id"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["program_id"],
            ["ip_compliance.compliance_program.id"],
            name=op.f("fk_system_document_program_id"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["updated_by_id"],
            ["dougong.user.id"],
            name=op.f("fk_system_document_updated_by_id"),
            ondelete="SET NULL",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_system_document")),
        sa.UniqueConstraint("number", name=op.f("uq_system_document_number")),
        schema="ip_compliance",
    )
    op.create_index(
        "ix_system_document_number_bigrams",
        "system_document",
        [sa.literal_column("dougong.bigrams(number)")],
        unique=False,
        schema="ip_compliance",
        postgresql_using="gin",
    )
    op.create_index(
        op.f("ix_system_document_program_id"),
        "system_document",
        ["program_id"],
        unique=False,
        schema="ip_compliance",
    )
    op.create_index(
        "ix_system_document_title_bigrams",
        "system_document",
        [sa.literal_column("dougong.bigrams(title)")],
        unique=False,
        schema="ip_compliance",
        postgresql_using="gin",
    )
    op.create_table(
        "system_training",
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
        sa.Column("program_id", sa.BigInteger(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("held_on", sa.Date(), nullable=False),
        sa.Column("pass_score", sa.Numeric(precision=5, scale=2), nullable=False),
        sa.CheckConstraint(
            "pass_score between 0 and 100", name=op.f("ck_system_training_pass_score")
        ),
        sa.ForeignKeyConstraint(
            ["created_by_id"],
            ["dougong.user.id"],
            name=op.f("fk_system_training_created_by_id"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["program_id"],
            ["ip_compliance.compliance_program.id"],
            name=op.f("fk_system_training_program_id"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["updated_by_id"],
            ["dougong.user.id"],
            name=op.f("fk_system_training_updated_by_id"),
            ondelete="SET NULL",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_system_training")),
        schema="ip_compliance",
    )
    op.create_index(
        op.f("ix_system_training_program_id"),
        "system_training",
        ["program_id"],
        unique=False,
        schema="ip_compliance",
    )
    op.create_table(
        "working_group_member",
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
        sa.Column("program_id", sa.BigInteger(), nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("task", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["created_by_id"],
            ["dougong.user.id"],
            name=op.f("fk_working_group_member_created_by_id"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["program_id"],
            ["ip_compliance.compliance_program.id"],
            name=op.f("fk_working_group_member_program_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["updated_by_id"],
            ["dougong.user.id"],
            name=op.f("fk_working_group_member_updated_by_id"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["user_id"],
            ["dougong.user.id"],
            name=op.f("fk_working_group_member_user_id"),
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_working_group_member")),
        sa.UniqueConstraint(
            "program_id", "user_id", name=op.f("uq_working_group_member_program_id_user_id")
        ),
        schema="ip_compliance",
    )
    op.create_index(
        op.f("ix_working_group_member_program_id"),
        "working_group_member",
        ["program_id"],
        unique=False,
        schema="ip_compliance",
    )
    op.create_table(
        "audit_finding",
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
        sa.Column("audit_id", sa.BigInteger(), nullable=False),
        sa.Column("grade", sa.Text(), nullable=False),
        sa.Column("clause_id", sa.BigInteger(), nullable=False),
        sa.Column("unit_id", sa.BigInteger(), nullable=False),
        sa.Column("evidence", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("implemented_by_id", sa.BigInteger(), nullable=True),
        sa.Column("implemented_on", sa.Date(), nullable=True),
        sa.Column("verified_by_id", sa.BigInteger(), nullable=True),
        sa.Column("rework_reason", sa.Text(), nullable=True),
        sa.Column("accepted_by_id", sa.BigInteger(), nullable=True),
        sa.Column("accepted_until", sa.Date(), nullable=True),
        sa.CheckConstraint(
            "(state = 'ACCEPTED') = (accepted_until is not null)",
            name=op.f("ck_audit_finding_accepted_until"),
        ),
        sa.CheckConstraint(
            "grade IN ('MAJOR', 'MINOR', 'OBSERVATION', 'OPPORTUNITY')",
            name=op.f("ck_audit_finding_grade"),
        ),
        sa.CheckConstraint(
            "state <> 'ACCEPTED' or grade <> 'MAJOR'", name=op.f("ck_audit_finding_accepted_grade")
        ),
        sa.CheckConstraint(
            "state IN ('OPEN', 'ACTION_PLANNED', 'IMPLEMENTED', 'VERIFIED', 'CLOSED', 'ACCEPTED')",
            name=op.f("ck_audit_finding_state"),
        ),
        sa.ForeignKeyConstraint(
            ["accepted_by_id"],
            ["dougong.user.id"],
            name=op.f("fk_audit_finding_accepted_by_id"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["audit_id"],
            ["ip_compliance.compliance_audit.id"],
            name=op.f("fk_audit_finding_audit_id"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["clause_id"],
            ["ip_compliance.clause.id"],
            name=op.f("fk_audit_finding_clause_id"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["created_by_id"],
            ["dougong.user.id"],
            name=op.f("fk_audit_finding_created_by_id"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["implemented_by_id"],
            ["dougong.user.id"],
            name=op.f("fk_audit_finding_implemented_by_id"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["unit_id"],
            ["dougong.unit.id"],
            name=op.f("fk_audit_finding_unit_id"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["updated_by_id"],
            ["dougong.user.id"],
            name=op.f("fk_audit_finding_updated_by_id"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["verified_by_id"],
            ["dougong.user.id"],
            name=op.f("fk_audit_finding_verified_by_id"),
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_finding")),
        schema="ip_compliance",
    )
    op.create_index(
        op.f("ix_audit_finding_audit_id"),
        "audit_finding",
        ["audit_id"],
        unique=False,
        schema="ip_compliance",
    )
    op.create_index(
        "ix_audit_finding_evidence_bigrams",
        "audit_finding",
        [sa.literal_column("dougong.bigrams(evidence)")],
        unique=False,
        schema="ip_compliance",
        postgresql_using="gin",
    )
    op.create_index(
        op.f("ix_audit_finding_state"),
        "audit_finding",
        ["state"],
        unique=False,
        schema="ip_compliance",
    )
    op.create_table(
        "audit_item",
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
        sa.Column("audit_id", sa.BigInteger(), nullable=False),
        sa.Column("clause_id", sa.BigInteger(), nullable=False),
        sa.Column("unit_id", sa.BigInteger(), nullable=False),
        sa.Column("auditor_id", sa.BigInteger(), nullable=False),
        sa.Column("audited_on", sa.Date(), nullable=False),
        sa.Column("conforms", sa.Boolean(), nullable=True),
        sa.Column("seen", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(
            ["audit_id"],
            ["ip_compliance.compliance_audit.id"],
            name=op.f("fk_audit_item_audit_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["auditor_id"],
            ["dougong.user.id"],
            name=op.f("fk_audit_item_auditor_id"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["clause_id"],
            ["ip_compliance.clause.id"],
            name=op.f("fk_audit_item_clause_id"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["created_by_id"],
            ["dougong.user.id"],
            name=op.f("fk_audit_item_created_by_id"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["unit_id"],
            ["dougong.unit.id"],
            name=op.f("fk_audit_item_unit_id"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["updated_by_id"],
            ["dougong.user.id"],
            name=op.f("fk_audit_item_updated_by_id"),
            ondelete="SET NULL",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_item")),
        schema="ip_compliance",
    )
    op.create_index(
        op.f("ix_audit_item_audit_id"),
        "audit_item",
        ["audit_id"],
        unique=False,
        schema="ip_compliance",
    )
    op.create_table(
        "compliance_certificate",
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
        sa.Column("application_id", sa.BigInteger(), nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_until", sa.Date(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.CheckConstraint(
            "state IN ('VALID', 'SUSPENDED', 'EXPIRED', 'WITHDRAWN')",
            name=op.f("ck_compliance_certificate_state"),
        ),
        sa.CheckConstraint(
            "valid_until <= valid_from + interval '3 years'",
            name=op.f("ck_compliance_certificate_three_years"),
        ),
        sa.CheckConstraint(
            "valid_until > valid_from", name=op.f("ck_compliance_certificate_valid_until")
        ),
        sa.ForeignKeyConstraint(
            ["application_id"],
            ["ip_compliance.certification_application.id"],
            name=op.f("fk_compliance_certificate_application_id"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["created_by_id"],
            ["dougong.user.id"],
            name=op.f("fk_compliance_certificate_created_by_id"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["updated_by_id"],
            ["dougong.user.id"],
            name=op.f("fk_compliance_certificate_updated_by_id"),
            ondelete="SET NULL",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_compliance_certificate")),
        sa.UniqueConstraint(
            "application_id", name=op.f("uq_compliance_certificate_application_id")
        ),
        sa.UniqueConstraint("number", name=op.f("uq_compliance_certificate_number")),
        schema="ip_compliance",
    )
    op.create_index(
        "ix_compliance_certificate_number_bigrams",
        "compliance_certificate",
        [sa.literal_column("dougong.bigrams(number)")],
        unique=False,
        schema="ip_compliance",
        postgresql_using="gin",
    )
    op.create_index(
        op.f("ix_compliance_certificate_state"),
        "compliance_certificate",
        ["state"],
        unique=False,
        schema="ip_compliance",
    )
    op.create_table(
        "compliance_gap",
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
        sa.Column("assessment_id", sa.BigInteger(), nullable=False),
        sa.Column("what", sa.Text(), nullable=False),
        sa.Column("severity", sa.Text(), nullable=False),
        sa.Column("action", sa.Text(), nullable=True),
        sa.Column("owner_id", sa.BigInteger(), nullable=True),
        sa.Column("due_on", sa.Date(), nullable=True),
        sa.Column("closed_on", sa.Date(), nullable=True),
        sa.CheckConstraint(
            "severity IN ('LOW', 'MEDIUM', 'HIGH')", name=op.f("ck_compliance_gap_severity")
        ),
        sa.ForeignKeyConstraint(
            ["assessment_id"],
            ["ip_compliance.clause_assessment.id"],
            name=op.f("fk_compliance_gap_assessment_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["created_by_id"],
            ["dougong.user.id"],
            name=op.f("fk_compliance_gap_created_by_id"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["owner_id"],
            ["dougong.user.id"],
            name=op.f("fk_compliance_gap_owner_id"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["updated_by_id"],
            ["dougong.user.id"],
            name=op.f("fk_compliance_gap_updated_by_id"),
            ondelete="SET NULL",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_compliance_gap")),
        schema="ip_compliance",
    )
    op.create_index(
        op.f("ix_compliance_gap_assessment_id"),
        "compliance_gap",
        ["assessment_id"],
        unique=False,
        schema="ip_compliance",
    )
    op.create_index(
        op.f("ix_compliance_gap_owner_id"),
        "compliance_gap",
        ["owner_id"],
        unique=False,
        schema="ip_compliance",
    )
    op.create_table(
        "operation_record",
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
        sa.Column("program_id", sa.BigInteger(), nullable=False),
        sa.Column("clause_id", sa.BigInteger(), nullable=False),
        sa.Column("unit_id", sa.BigInteger(), nullable=False),
        sa.Column("form_id", sa.BigInteger(), nullable=True),
        sa.Column("done_on", sa.Date(), nullable=False),
        sa.Column("what", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["clause_id"],
            ["ip_compliance.clause.id"],
            name=op.f("fk_operation_record_clause_id"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["created_by_id"],
            ["dougong.user.id"],
            name=op.f("fk_operation_record_created_by_id"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["form_id"],
            ["ip_compliance.system_document.id"],
            name=op.f("fk_operation_record_form_id"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["program_id"],
            ["ip_compliance.compliance_program.id"],
            name=op.f("fk_operation_record_program_id"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["unit_id"],
            ["dougong.unit.id"],
            name=op.f("fk_operation_record_unit_id"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["updated_by_id"],
            ["dougong.user.id"],
            name=op.f("fk_operation_record_updated_by_id"),
            ondelete="SET NULL",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_operation_record")),
        schema="ip_compliance",
    )
    op.create_index(
        "ix_operation_record_done",
        "operation_record",
        ["program_id", "clause_id", "done_on"],
        unique=False,
        schema="ip_compliance",
    )
    op.create_index(
        op.f("ix_operation_record_form_id"),
        "operation_record",
        ["form_id"],
        unique=False,
        schema="ip_compliance",
    )
    op.create_index(
        op.f("ix_operation_record_program_id"),
        "operation_record",
        ["program_id"],
        unique=False,
        schema="ip_compliance",
    )
    op.create_index(
        "ix_operation_record_what_bigrams",
        "operation_record",
        [sa.literal_column("dougong.bigrams(what)")],
        unique=False,
        schema="ip_compliance",
        postgresql_using="gin",
    )
    op.create_table(
        "system_document_version",
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
        sa.Column("document_id", sa.BigInteger(), nullable=False),
        sa.Column("label", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=True),
        sa.Column("change_reason", sa.Text(), nullable=True),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("author_id", sa.BigInteger(), nullable=True),
        sa.Column("reviewer_id", sa.BigInteger(), nullable=True),
        sa.Column("approver_id", sa.BigInteger(), nullable=True),
        sa.Column("send_back_reason", sa.Text(), nullable=True),
        sa.Column("issue_order_id", sa.BigInteger(), nullable=True),
        sa.Column("obsolete_on", sa.Date(), nullable=True),
        sa.CheckConstraint(
            "state <> 'ISSUED' or issue_order_id is not null",
            name=op.f("ck_system_document_version_issue_order"),
        ),
        sa.CheckConstraint(
            "state IN ('DRAFT', 'IN_REVIEW', 'REVIEWED', 'APPROVED', 'ISSUED', 'OBSOLETE')",
            name=op.f("ck_system_document_version_state"),
        ),
        sa.ForeignKeyConstraint(
            ["approver_id"],
            ["dougong.user.id"],
            name=op.f("fk_system_document_version_approver_id"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["author_id"],
            ["dougong.user.id"],
            name=op.f("fk_system_document_version_author_id"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["created_by_id"],
            ["dougong.user.id"],
            name=op.f("fk_system_document_version_created_by_id"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["document_id"],
            ["ip_compliance.system_document.id"],
            name=op.f("fk_system_document_version_document_id"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["issue_order_id"],
            ["ip_compliance.issue_order.id"],
            name=op.f("fk_system_document_version_issue_order_id"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["reviewer_id"],
            ["dougong.user.id"],
            name=op.f("fk_system_document_version_reviewer_id"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["updated_by_id"],
            ["dougong.user.id"],
            name=op.f("fk_system_document_version_updated_by_id"),
            ondelete="SET NULL",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_system_document_version")),
        sa.UniqueConstraint(
            "document_id", "label", name=op.f("uq_system_document_version_document_id_label")
        ),
        schema="ip_compliance",
    )
    op.create_index(
        op.f("ix_system_document_version_document_id"),
        "system_document_version",
        ["document_id"],
        unique=False,
        schema="ip_compliance",
    )
    op.create_index(
        op.f("ix_system_document_version_issue_order_id"),
        "system_document_version",
        ["issue_order_id"],
        unique=False,
        schema="ip_compliance",
    )
    op.create_index(
        op.f("ix_system_document_version_state"),
        "system_document_version",
        ["state"],
        unique=False,
        schema="ip_compliance",
    )
    op.create_index(
        "uq_system_document_version_issued",
        "system_document_version",
        ["document_id"],
        unique=True,
        schema="ip_compliance",
        postgresql_where=sa.text("state = 'ISSUED'"),
    )
    op.create_table(
        "training_attendance",
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
        sa.Column("training_id", sa.BigInteger(), nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("attended", sa.Boolean(), nullable=False),
        sa.Column("score", sa.Numeric(precision=5, scale=2), nullable=True),
        sa.CheckConstraint("score between 0 and 100", name=op.f("ck_training_attendance_score")),
        sa.CheckConstraint(
            "score is null or attended", name=op.f("ck_training_attendance_attended")
        ),
        sa.ForeignKeyConstraint(
            ["created_by_id"],
            ["dougong.user.id"],
            name=op.f("fk_training_attendance_created_by_id"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["training_id"],
            ["ip_compliance.system_training.id"],
            name=op.f("fk_training_attendance_training_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["updated_by_id"],
            ["dougong.user.id"],
            name=op.f("fk_training_attendance_updated_by_id"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["user_id"],
            ["dougong.user.id"],
            name=op.f("fk_training_attendance_user_id"),
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_training_attendance")),
        sa.UniqueConstraint(
            "training_id", "user_id", name=op.f("uq_training_attendance_training_id_user_id")
        ),
        schema="ip_compliance",
    )
    op.create_index(
        op.f("ix_training_attendance_training_id"),
        "training_attendance",
        ["training_id"],
        unique=False,
        schema="ip_compliance",
    )
    op.create_table(
        "corrective_action",
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
        sa.Column("finding_id", sa.BigInteger(), nullable=False),
        sa.Column("correction", sa.Text(), nullable=False),
        sa.Column("root_cause", sa.Text(), nullable=False),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("owner_id", sa.BigInteger(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.ForeignKeyConstraint(
            ["created_by_id"],
            ["dougong.user.id"],
            name=op.f("fk_corrective_action_created_by_id"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["finding_id"],
            ["ip_compliance.audit_finding.id"],
            name=op.f("fk_corrective_action_finding_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["owner_id"],
            ["dougong.user.id"],
            name=op.f("fk_corrective_action_owner_id"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["updated_by_id"],
            ["dougong.user.id"],
            name=op.f("fk_corrective_action_updated_by_id"),
            ondelete="SET NULL",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_corrective_action")),
        schema="ip_compliance",
    )
    op.create_index(
        op.f("ix_corrective_action_finding_id"),
        "corrective_action",
        ["finding_id"],
        unique=False,
        schema="ip_compliance",
    )
    op.create_index(
        op.f("ix_corrective_action_owner_id"),
        "corrective_action",
        ["owner_id"],
        unique=False,
        schema="ip_compliance",
    )
    op.create_table(
        "surveillance",
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
        sa.Column("certificate_id", sa.BigInteger(), nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("opens_on", sa.Date(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("done_on", sa.Date(), nullable=True),
        sa.Column("passed", sa.Boolean(), nullable=True),
        sa.CheckConstraint(
            "(done_on is null) = (passed is null)", name=op.f("ck_surveillance_passed")
        ),
        sa.CheckConstraint("due_on >= opens_on", name=op.f("ck_surveillance_due_on")),
        sa.CheckConstraint("year between 1 and 3", name=op.f("ck_surveillance_year")),
        sa.ForeignKeyConstraint(
            ["certificate_id"],
            ["ip_compliance.compliance_certificate.id"],
            name=op.f("fk_surveillance_certificate_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["created_by_id"],
            ["dougong.user.id"],
            name=op.f("fk_surveillance_created_by_id"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["updated_by_id"],
            ["dougong.user.id"],
            name=op.f("fk_surveillance_updated_by_id"),
            ondelete="SET NULL",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_surveillance")),
        sa.UniqueConstraint(
            "certificate_id", "year", name=op.f("uq_surveillance_certificate_id_year")
        ),
        schema="ip_compliance",
    )
    op.create_index(
        op.f("ix_surveillance_certificate_id"),
        "surveillance",
        ["certificate_id"],
        unique=False,
        schema="ip_compliance",
    )

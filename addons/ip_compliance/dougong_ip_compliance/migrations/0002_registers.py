"""Obligations, risks, incidents, penalties; what else is asked for before an application."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.create_table(
        "compliance_obligation",
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
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("reference", sa.Text(), nullable=False),
        sa.Column("demand", sa.Text(), nullable=False),
        sa.Column("owner_id", sa.BigInteger(), nullable=False),
        sa.Column("unit_id", sa.BigInteger(), nullable=False),
        sa.Column("review_on", sa.Date(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("end_reason", sa.Text(), nullable=True),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("assessed_by_id", sa.BigInteger(), nullable=True),
        sa.Column("assessed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("assessment", sa.Text(), nullable=True),
        sa.CheckConstraint(
            "(status = 'NOT_ASSESSED') = (assessed_at is null)",
            name=op.f("ck_compliance_obligation_assessed_at"),
        ),
        sa.CheckConstraint(
            "source IN ('LAW', 'CONTRACT', 'OTHER')", name=op.f("ck_compliance_obligation_source")
        ),
        sa.CheckConstraint(
            "state IN ('IN_FORCE', 'ENDED')", name=op.f("ck_compliance_obligation_state")
        ),
        sa.CheckConstraint(
            "status IN ('NOT_ASSESSED', 'KEPT', 'PARTLY_KEPT', 'NOT_KEPT')",
            name=op.f("ck_compliance_obligation_status"),
        ),
        sa.ForeignKeyConstraint(
            ["assessed_by_id"],
            ["dougong.user.id"],
            name=op.f("fk_compliance_obligation_assessed_by_id"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["created_by_id"],
            ["dougong.user.id"],
            name=op.f("fk_compliance_obligation_created_by_id"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["owner_id"],
            ["dougong.user.id"],
            name=op.f("fk_compliance_obligation_owner_id"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["unit_id"],
            ["dougong.unit.id"],
            name=op.f("fk_compliance_obligation_unit_id"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["updated_by_id"],
            ["dougong.user.id"],
            name=op.f("fk_compliance_obligation_updated_by_id"),
            ondelete="SET NULL",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_compliance_obligation")),
        schema="ip_compliance",
    )
    op.create_index(
        "ix_compliance_obligation_demand_bigrams",
        "compliance_obligation",
        [sa.literal_column("dougong.bigrams(demand)")],
        unique=False,
        schema="ip_compliance",
        postgresql_using="gin",
    )
    op.create_index(
        op.f("ix_compliance_obligation_owner_id"),
        "compliance_obligation",
        ["owner_id"],
        unique=False,
        schema="ip_compliance",
    )
    op.create_index(
        "ix_compliance_obligation_reference_bigrams",
        "compliance_obligation",
        [sa.literal_column("dougong.bigrams(reference)")],
        unique=False,
        schema="ip_compliance",
        postgresql_using="gin",
    )
    op.create_index(
        "ix_compliance_obligation_review",
        "compliance_obligation",
        ["review_on"],
        unique=False,
        schema="ip_compliance",
        postgresql_where=sa.text("state = 'IN_FORCE'"),
    )
    op.create_index(
        op.f("ix_compliance_obligation_status"),
        "compliance_obligation",
        ["status"],
        unique=False,
        schema="ip_compliance",
    )
    op.create_index(
        op.f("ix_compliance_obligation_unit_id"),
        "compliance_obligation",
        ["unit_id"],
        unique=False,
        schema="ip_compliance",
    )
    op.create_table(
        "ip_incident",
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
        sa.Column("what", sa.Text(), nullable=False),
        sa.Column("found_on", sa.Date(), nullable=False),
        sa.Column("found_by_id", sa.BigInteger(), nullable=True),
        sa.Column("unit_id", sa.BigInteger(), nullable=False),
        sa.Column("owner_id", sa.BigInteger(), nullable=False),
        sa.Column("asset_id", sa.BigInteger(), nullable=True),
        sa.Column("done", sa.Text(), nullable=True),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("cause", sa.Text(), nullable=True),
        sa.Column("action", sa.Text(), nullable=True),
        sa.Column("dealt_with_by_id", sa.BigInteger(), nullable=True),
        sa.Column("closed_by_id", sa.BigInteger(), nullable=True),
        sa.Column("closed_on", sa.Date(), nullable=True),
        sa.Column("rework_reason", sa.Text(), nullable=True),
        sa.CheckConstraint(
            "kind IN ('OUR_RIGHT_INFRINGED', 'RIGHT_OF_OTHERS_INFRINGED', 'SECRET_DISCLOSED', 'RIGHT_LOST', 'OTHER')",
            name=op.f("ck_ip_incident_kind"),
        ),
        sa.CheckConstraint(
            "state = 'REPORTED' or (cause is not null and action is not null)",
            name=op.f("ck_ip_incident_cause"),
        ),
        sa.CheckConstraint(
            "state IN ('REPORTED', 'DEALT_WITH', 'CLOSED')", name=op.f("ck_ip_incident_state")
        ),
        sa.CheckConstraint(
            "closed_by_id <> dealt_with_by_id", name=op.f("ck_ip_incident_closed_by")
        ),
        sa.ForeignKeyConstraint(
            ["asset_id"],
            ["ip_compliance.ip_asset.id"],
            name=op.f("fk_ip_incident_asset_id"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["closed_by_id"],
            ["dougong.user.id"],
            name=op.f("fk_ip_incident_closed_by_id"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["created_by_id"],
            ["dougong.user.id"],
            name=op.f("fk_ip_incident_created_by_id"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["dealt_with_by_id"],
            ["dougong.user.id"],
            name=op.f("fk_ip_incident_dealt_with_by_id"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["found_by_id"],
            ["dougong.user.id"],
            name=op.f("fk_ip_incident_found_by_id"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["owner_id"],
            ["dougong.user.id"],
            name=op.f("fk_ip_incident_owner_id"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["unit_id"],
            ["dougong.unit.id"],
            name=op.f("fk_ip_incident_unit_id"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["updated_by_id"],
            ["dougong.user.id"],
            name=op.f("fk_ip_incident_updated_by_id"),
            ondelete="SET NULL",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ip_incident")),
        schema="ip_compliance",
    )
    op.create_index(
        op.f("ix_ip_incident_asset_id"),
        "ip_incident",
        ["asset_id"],
        unique=False,
        schema="ip_compliance",
    )
    op.create_index(
        op.f("ix_ip_incident_owner_id"),
        "ip_incident",
        ["owner_id"],
        unique=False,
        schema="ip_compliance",
    )
    op.create_index(
        op.f("ix_ip_incident_state"), "ip_incident", ["state"], unique=False, schema="ip_compliance"
    )
    op.create_index(
        op.f("ix_ip_incident_unit_id"),
        "ip_incident",
        ["unit_id"],
        unique=False,
        schema="ip_compliance",
    )
    op.create_index(
        "ix_ip_incident_what_bigrams",
        "ip_incident",
        [sa.literal_column("dougong.bigrams(what)")],
        unique=False,
        schema="ip_compliance",
        postgresql_using="gin",
    )
    op.create_table(
        "ip_risk",
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
        sa.Column("what", sa.Text(), nullable=False),
        sa.Column("asset_id", sa.BigInteger(), nullable=True),
        sa.Column("unit_id", sa.BigInteger(), nullable=False),
        sa.Column("owner_id", sa.BigInteger(), nullable=False),
        sa.Column("likelihood", sa.Integer(), nullable=False),
        sa.Column("impact", sa.Integer(), nullable=False),
        sa.Column(
            "score",
            sa.Integer(),
            sa.Computed("likelihood * impact", persisted=True),
            nullable=False,
        ),
        sa.Column("treatment", sa.Text(), nullable=False),
        sa.Column("measures", sa.Text(), nullable=True),
        sa.Column("due_on", sa.Date(), nullable=True),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("accepted_by_id", sa.BigInteger(), nullable=True),
        sa.Column("accepted_until", sa.Date(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.CheckConstraint(
            "(state = 'ACCEPTED') = (accepted_until is not null)",
            name=op.f("ck_ip_risk_accepted_until"),
        ),
        sa.CheckConstraint(
            "state IN ('OPEN', 'IN_TREATMENT', 'ACCEPTED', 'CLOSED')", name=op.f("ck_ip_risk_state")
        ),
        sa.CheckConstraint(
            "treatment IN ('AVOID', 'REDUCE', 'SHARE', 'ACCEPT')", name=op.f("ck_ip_risk_treatment")
        ),
        sa.CheckConstraint("accepted_by_id <> owner_id", name=op.f("ck_ip_risk_accepted_by")),
        sa.CheckConstraint("impact between 1 and 5", name=op.f("ck_ip_risk_impact")),
        sa.CheckConstraint("likelihood between 1 and 5", name=op.f("ck_ip_risk_likelihood")),
        sa.ForeignKeyConstraint(
            ["accepted_by_id"],
            ["dougong.user.id"],
            name=op.f("fk_ip_risk_accepted_by_id"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["asset_id"],
            ["ip_compliance.ip_asset.id"],
            name=op.f("fk_ip_risk_asset_id"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["created_by_id"],
            ["dougong.user.id"],
            name=op.f("fk_ip_risk_created_by_id"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["owner_id"], ["dougong.user.id"], name=op.f("fk_ip_risk_owner_id"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["unit_id"], ["dougong.unit.id"], name=op.f("fk_ip_risk_unit_id"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["updated_by_id"],
            ["dougong.user.id"],
            name=op.f("fk_ip_risk_updated_by_id"),
            ondelete="SET NULL",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ip_risk")),
        schema="ip_compliance",
    )
    op.create_index(
        op.f("ix_ip_risk_asset_id"), "ip_risk", ["asset_id"], unique=False, schema="ip_compliance"
    )
    op.create_index(
        op.f("ix_ip_risk_owner_id"), "ip_risk", ["owner_id"], unique=False, schema="ip_compliance"
    )
    op.create_index(
        op.f("ix_ip_risk_score"), "ip_risk", ["score"], unique=False, schema="ip_compliance"
    )
    op.create_index(
        op.f("ix_ip_risk_state"), "ip_risk", ["state"], unique=False, schema="ip_compliance"
    )
    op.create_index(
        op.f("ix_ip_risk_unit_id"), "ip_risk", ["unit_id"], unique=False, schema="ip_compliance"
    )
    op.create_index(
        "ix_ip_risk_what_bigrams",
        "ip_risk",
        [sa.literal_column("dougong.bigrams(what)")],
        unique=False,
        schema="ip_compliance",
        postgresql_using="gin",
    )
    op.create_table(
        "ip_penalty",
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
        sa.Column("authority", sa.Text(), nullable=False),
        sa.Column("decided_on", sa.Date(), nullable=False),
        sa.Column("amount_amount", sa.Numeric(precision=20, scale=4), nullable=True),
        sa.Column("amount_currency", sa.Text(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("incident_id", sa.BigInteger(), nullable=True),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("served_on", sa.Date(), nullable=True),
        sa.Column("annul_reason", sa.Text(), nullable=True),
        sa.CheckConstraint(
            "state IN ('IMPOSED', 'SERVED', 'ANNULLED')", name=op.f("ck_ip_penalty_state")
        ),
        sa.CheckConstraint(
            "(amount_amount IS NULL) = (amount_currency IS NULL)", name=op.f("ck_ip_penalty_amount")
        ),
        sa.CheckConstraint("amount_amount >= 0", name=op.f("ck_ip_penalty_amount_amount")),
        sa.CheckConstraint(
            "length(amount_currency) = 3", name=op.f("ck_ip_penalty_amount_currency")
        ),
        sa.ForeignKeyConstraint(
            ["created_by_id"],
            ["dougong.user.id"],
            name=op.f("fk_ip_penalty_created_by_id"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["incident_id"],
            ["ip_compliance.ip_incident.id"],
            name=op.f("fk_ip_penalty_incident_id"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["updated_by_id"],
            ["dougong.user.id"],
            name=op.f("fk_ip_penalty_updated_by_id"),
            ondelete="SET NULL",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ip_penalty")),
        schema="ip_compliance",
    )
    op.create_index(
        "ix_ip_penalty_authority_bigrams",
        "ip_penalty",
        [sa.literal_column("dougong.bigrams(authority)")],
        unique=False,
        schema="ip_compliance",
        postgresql_using="gin",
    )
    op.create_index(
        op.f("ix_ip_penalty_incident_id"),
        "ip_penalty",
        ["incident_id"],
        unique=False,
        schema="ip_compliance",
    )
    op.create_index(
        "ix_ip_penalty_reason_bigrams",
        "ip_penalty",
        [sa.literal_column("dougong.bigrams(reason)")],
        unique=False,
        schema="ip_compliance",
        postgresql_using="gin",
    )
    op.create_index(
        "ix_ip_penalty_stands",
        "ip_penalty",
        ["decided_on"],
        unique=False,
        schema="ip_compliance",
        postgresql_where=sa.text("state <> 'ANNULLED'"),
    )
    op.create_index(
        op.f("ix_ip_penalty_state"), "ip_penalty", ["state"], unique=False, schema="ip_compliance"
    )
    op.create_table(
        "obligation_clause",
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
        sa.Column("obligation_id", sa.BigInteger(), nullable=False),
        sa.Column("clause_id", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["clause_id"],
            ["ip_compliance.clause.id"],
            name=op.f("fk_obligation_clause_clause_id"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["created_by_id"],
            ["dougong.user.id"],
            name=op.f("fk_obligation_clause_created_by_id"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["obligation_id"],
            ["ip_compliance.compliance_obligation.id"],
            name=op.f("fk_obligation_clause_obligation_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["updated_by_id"],
            ["dougong.user.id"],
            name=op.f("fk_obligation_clause_updated_by_id"),
            ondelete="SET NULL",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_obligation_clause")),
        sa.UniqueConstraint(
            "obligation_id", "clause_id", name=op.f("uq_obligation_clause_obligation_id_clause_id")
        ),
        schema="ip_compliance",
    )
    op.create_index(
        op.f("ix_obligation_clause_obligation_id"),
        "obligation_clause",
        ["obligation_id"],
        unique=False,
        schema="ip_compliance",
    )
    op.create_table(
        "confidential_disclosure",
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
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("why", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["created_by_id"],
            ["dougong.user.id"],
            name=op.f("fk_confidential_disclosure_created_by_id"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["document_id"],
            ["ip_compliance.system_document.id"],
            name=op.f("fk_confidential_disclosure_document_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["updated_by_id"],
            ["dougong.user.id"],
            name=op.f("fk_confidential_disclosure_updated_by_id"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["user_id"],
            ["dougong.user.id"],
            name=op.f("fk_confidential_disclosure_user_id"),
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_confidential_disclosure")),
        sa.UniqueConstraint(
            "document_id", "user_id", name=op.f("uq_confidential_disclosure_document_id_user_id")
        ),
        schema="ip_compliance",
    )
    op.create_index(
        op.f("ix_confidential_disclosure_document_id"),
        "confidential_disclosure",
        ["document_id"],
        unique=False,
        schema="ip_compliance",
    )
    _add_flag("needs_clean_record")
    _add_flag("needs_trained_manager")
    op.drop_constraint(
        op.f("ck_compliance_reminder_kind"),
        "compliance_reminder",
        schema="ip_compliance",
        type_="check",
    )
    op.create_check_constraint(
        op.f("ck_compliance_reminder_kind"),
        "compliance_reminder",
        "kind IN ('FEE_DUE', 'FEE_IN_GRACE', 'RECORD_GAP', 'DOCUMENT_REVIEW', 'SURVEILLANCE', 'EDITION_ENDS', 'CERTIFICATE_ENDS', 'OBLIGATION_REVIEW', 'RISK_DUE', 'ACCEPTANCE_ENDS')",
        schema="ip_compliance",
    )


def _add_flag(name: str) -> None:
    """Programmes that are there are measured as before; new ones say themselves what they want."""
    flag = sa.Column(name, sa.Boolean(), server_default=sa.false(), nullable=False)
    op.add_column("compliance_program", flag, schema="ip_compliance")
    op.alter_column("compliance_program", name, server_default=None, schema="ip_compliance")

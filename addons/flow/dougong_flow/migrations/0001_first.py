"""first."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0001"
down_revision = None


FIXED = (
    *("definition_id", "major", "minor", "unit_id", "body", "content_hash", "follows_id"),
    *("change_reason", "change_kind", "change_source", "author_id"),
)
KEPT = (
    (
        "version_is_fixed",
        "definition_version",
        (
            f"old.state <> 'DRAFT' and ({', '.join(f'old.{one}' for one in FIXED)})"
            f" is distinct from ({', '.join(f'new.{one}' for one in FIXED)})"
        ),
        "a version that is no draft does not change",
    ),
    (
        "breach_is_kept",
        "clock",
        "old.breached_at is not null and new.breached_at is distinct from old.breached_at",
        "a breach does not go away",
    ),
    (
        "alarm_is_kept",
        "clock_alarm",
        (
            "old.raised_at is not null and (new.raised_at, new.due_at)"
            " is distinct from (old.raised_at, old.due_at)"
        ),
        "what was raised stays raised",
    ),
)


def upgrade() -> None:
    op.create_table(
        "calendar",
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
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("time_zone", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["created_by_id"],
            ["dougong.user.id"],
            name=op.f("fk_calendar_created_by_id"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["updated_by_id"],
            ["dougong.user.id"],
            name=op.f("fk_calendar_updated_by_id"),
            ondelete="SET NULL",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_calendar")),
        sa.UniqueConstraint("key", name=op.f("uq_calendar_key")),
        schema="flow",
    )
    op.create_table(
        "definition",
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
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column("serves", sa.Text(), nullable=False),
        sa.Column("owner_id", sa.BigInteger(), nullable=True),
        sa.Column("needs_trial", sa.Boolean(), nullable=False),
        sa.Column("shipped", sa.Boolean(), nullable=False),
        sa.CheckConstraint("serves IN ('EXTERNAL', 'INTERNAL')", name=op.f("ck_definition_serves")),
        sa.ForeignKeyConstraint(
            ["created_by_id"],
            ["dougong.user.id"],
            name=op.f("fk_definition_created_by_id"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["owner_id"],
            ["dougong.user.id"],
            name=op.f("fk_definition_owner_id"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["updated_by_id"],
            ["dougong.user.id"],
            name=op.f("fk_definition_updated_by_id"),
            ondelete="SET NULL",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_definition")),
        sa.UniqueConstraint("key", name=op.f("uq_definition_key")),
        schema="flow",
    )
    op.create_index(
        "ix_definition_key_bigrams",
        "definition",
        [sa.literal_column("dougong.bigrams(key)")],
        unique=False,
        schema="flow",
        postgresql_using="gin",
    )
    op.create_index(
        "ix_definition_name_bigrams",
        "definition",
        [sa.literal_column("dougong.bigrams(name)")],
        unique=False,
        schema="flow",
        postgresql_using="gin",
    )
    op.create_index(
        op.f("ix_definition_owner_id"), "definition", ["owner_id"], unique=False, schema="flow"
    )
    op.create_table(
        "calendar_exception",
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
        sa.Column("calendar_id", sa.BigInteger(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("begins", sa.Text(), nullable=True),
        sa.Column("ends", sa.Text(), nullable=True),
        sa.Column("name", sa.Text(), nullable=True),
        sa.CheckConstraint(
            "(kind = 'WORKING') = (begins is not null) and (begins is null) = (ends is null)",
            name=op.f("ck_calendar_exception_hours"),
        ),
        sa.CheckConstraint(
            "begins ~ '^(([01][0-9]|2[0-3]):[0-5][0-9]|24:00)$'",
            name=op.f("ck_calendar_exception_begins"),
        ),
        sa.CheckConstraint(
            "ends ~ '^(([01][0-9]|2[0-3]):[0-5][0-9]|24:00)$' and ends > begins",
            name=op.f("ck_calendar_exception_ends"),
        ),
        sa.CheckConstraint(
            "kind IN ('HOLIDAY', 'WORKING')", name=op.f("ck_calendar_exception_kind")
        ),
        sa.ForeignKeyConstraint(
            ["calendar_id"],
            ["flow.calendar.id"],
            name=op.f("fk_calendar_exception_calendar_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["created_by_id"],
            ["dougong.user.id"],
            name=op.f("fk_calendar_exception_created_by_id"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["updated_by_id"],
            ["dougong.user.id"],
            name=op.f("fk_calendar_exception_updated_by_id"),
            ondelete="SET NULL",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_calendar_exception")),
        schema="flow",
    )
    op.create_index(
        op.f("ix_calendar_exception_calendar_id"),
        "calendar_exception",
        ["calendar_id"],
        unique=False,
        schema="flow",
    )
    op.create_index(
        op.f("ix_calendar_exception_day"),
        "calendar_exception",
        ["day"],
        unique=False,
        schema="flow",
    )
    op.create_table(
        "deadline",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("anchor_on", sa.Date(), nullable=False),
        sa.Column("rule", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("facts", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.Column("not_before_rule", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.Column("not_after_rule", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.Column("hard", sa.Boolean(), nullable=False),
        sa.Column("grace_days", sa.Integer(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("not_before", sa.Date(), nullable=True),
        sa.Column("not_after", sa.Date(), nullable=True),
        sa.Column("override_reason", sa.Text(), nullable=True),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("met_on", sa.Date(), nullable=True),
        sa.Column("late", sa.Boolean(), nullable=False),
        sa.Column("waive_reason", sa.Text(), nullable=True),
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
        sa.Column("calendar_id", sa.BigInteger(), nullable=True),
        sa.Column("assignee_id", sa.BigInteger(), nullable=True),
        sa.CheckConstraint("jsonb_typeof(rule) = 'object'", name=op.f("ck_deadline_rule")),
        sa.CheckConstraint("jsonb_typeof(facts) = 'object'", name=op.f("ck_deadline_facts")),
        sa.CheckConstraint(
            "jsonb_typeof(not_before_rule) = 'object'", name=op.f("ck_deadline_not_before_rule")
        ),
        sa.CheckConstraint(
            "jsonb_typeof(not_after_rule) = 'object'", name=op.f("ck_deadline_not_after_rule")
        ),
        sa.CheckConstraint(
            "anchor_on between date '1900-01-01' and date '2999-12-31'",
            name=op.f("ck_deadline_anchor_on"),
        ),
        sa.CheckConstraint("state <> 'MET' or met_on is not null", name=op.f("ck_deadline_met_on")),
        sa.CheckConstraint("state IN ('OPEN', 'MET', 'WAIVED')", name=op.f("ck_deadline_state")),
        sa.CheckConstraint("grace_days between 0 and 366", name=op.f("ck_deadline_grace_days")),
        sa.ForeignKeyConstraint(
            ["assignee_id"],
            ["dougong.user.id"],
            name=op.f("fk_deadline_assignee_id"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["calendar_id"],
            ["flow.calendar.id"],
            name=op.f("fk_deadline_calendar_id"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["created_by_id"],
            ["dougong.user.id"],
            name=op.f("fk_deadline_created_by_id"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["updated_by_id"],
            ["dougong.user.id"],
            name=op.f("fk_deadline_updated_by_id"),
            ondelete="SET NULL",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_deadline")),
        schema="flow",
    )
    op.create_index(
        op.f("ix_deadline_assignee_id"), "deadline", ["assignee_id"], unique=False, schema="flow"
    )
    op.create_index(
        op.f("ix_deadline_calendar_id"), "deadline", ["calendar_id"], unique=False, schema="flow"
    )
    op.create_index(op.f("ix_deadline_due_on"), "deadline", ["due_on"], unique=False, schema="flow")
    op.create_index(
        "ix_deadline_name_bigrams",
        "deadline",
        [sa.literal_column("dougong.bigrams(name)")],
        unique=False,
        schema="flow",
        postgresql_using="gin",
    )
    op.create_index(op.f("ix_deadline_state"), "deadline", ["state"], unique=False, schema="flow")
    op.create_table(
        "definition_version",
        sa.Column("major", sa.Integer(), nullable=False),
        sa.Column("minor", sa.Integer(), nullable=False),
        sa.Column("body", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("change_reason", sa.Text(), nullable=True),
        sa.Column("change_kind", sa.Text(), nullable=True),
        sa.Column("change_source", sa.Text(), nullable=True),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("content_hash", sa.Text(), nullable=True),
        sa.Column("send_back_reason", sa.Text(), nullable=True),
        sa.Column("trial_from", sa.Date(), nullable=True),
        sa.Column("trial_until", sa.Date(), nullable=True),
        sa.Column("decision_reason", sa.Text(), nullable=True),
        sa.Column("effective_from", sa.DateTime(timezone=True), nullable=True),
        sa.Column("effective_until", sa.DateTime(timezone=True), nullable=True),
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
        sa.Column("definition_id", sa.BigInteger(), nullable=False),
        sa.Column("unit_id", sa.BigInteger(), nullable=True),
        sa.Column("follows_id", sa.BigInteger(), nullable=True),
        sa.Column("superseded_by_id", sa.BigInteger(), nullable=True),
        sa.Column("author_id", sa.BigInteger(), nullable=True),
        sa.Column("reviewer_id", sa.BigInteger(), nullable=True),
        sa.CheckConstraint(
            "jsonb_typeof(body) = 'object'", name=op.f("ck_definition_version_body")
        ),
        sa.CheckConstraint(
            "(trial_from is null) = (trial_until is null) and trial_until >= trial_from + interval '6 months' and trial_until <= trial_from + interval '12 months'",
            name=op.f("ck_definition_version_trial_until"),
        ),
        sa.CheckConstraint(
            "change_kind IN ('PROBLEM', 'BUSINESS', 'EDITORIAL')",
            name=op.f("ck_definition_version_change_kind"),
        ),
        sa.CheckConstraint(
            "state <> 'TRIAL' or trial_from is not null",
            name=op.f("ck_definition_version_trial_from"),
        ),
        sa.CheckConstraint(
            "state IN ('DRAFT', 'IN_REVIEW', 'APPROVED', 'TRIAL', 'EFFECTIVE', 'SUPERSEDED', 'RETIRED')",
            name=op.f("ck_definition_version_state"),
        ),
        sa.CheckConstraint(
            "state in ('DRAFT') or content_hash is not null",
            name=op.f("ck_definition_version_content_hash"),
        ),
        sa.CheckConstraint("major > 0 and minor >= 0", name=op.f("ck_definition_version_major")),
        sa.ForeignKeyConstraint(
            ["author_id"],
            ["dougong.user.id"],
            name=op.f("fk_definition_version_author_id"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["created_by_id"],
            ["dougong.user.id"],
            name=op.f("fk_definition_version_created_by_id"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["definition_id"],
            ["flow.definition.id"],
            name=op.f("fk_definition_version_definition_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["follows_id"],
            ["flow.definition_version.id"],
            name=op.f("fk_definition_version_follows_id"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["reviewer_id"],
            ["dougong.user.id"],
            name=op.f("fk_definition_version_reviewer_id"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["superseded_by_id"],
            ["flow.definition_version.id"],
            name=op.f("fk_definition_version_superseded_by_id"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["unit_id"],
            ["dougong.unit.id"],
            name=op.f("fk_definition_version_unit_id"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["updated_by_id"],
            ["dougong.user.id"],
            name=op.f("fk_definition_version_updated_by_id"),
            ondelete="SET NULL",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_definition_version")),
        sa.UniqueConstraint(
            "definition_id",
            "major",
            "minor",
            name=op.f("uq_definition_version_definition_id_major_minor"),
        ),
        schema="flow",
    )
    op.create_index(
        op.f("ix_definition_version_author_id"),
        "definition_version",
        ["author_id"],
        unique=False,
        schema="flow",
    )
    op.create_index(
        op.f("ix_definition_version_definition_id"),
        "definition_version",
        ["definition_id"],
        unique=False,
        schema="flow",
    )
    op.create_index(
        op.f("ix_definition_version_follows_id"),
        "definition_version",
        ["follows_id"],
        unique=False,
        schema="flow",
    )
    op.create_index(
        op.f("ix_definition_version_reviewer_id"),
        "definition_version",
        ["reviewer_id"],
        unique=False,
        schema="flow",
    )
    op.create_index(
        op.f("ix_definition_version_state"),
        "definition_version",
        ["state"],
        unique=False,
        schema="flow",
    )
    op.create_index(
        op.f("ix_definition_version_superseded_by_id"),
        "definition_version",
        ["superseded_by_id"],
        unique=False,
        schema="flow",
    )
    op.create_index(
        op.f("ix_definition_version_unit_id"),
        "definition_version",
        ["unit_id"],
        unique=False,
        schema="flow",
    )
    op.create_index(
        "uq_definition_version_effective",
        "definition_version",
        ["definition_id"],
        unique=True,
        schema="flow",
        postgresql_where=sa.text("state = 'EFFECTIVE' and unit_id is null"),
    )
    op.create_index(
        "uq_definition_version_effective_in_unit",
        "definition_version",
        ["definition_id", "unit_id"],
        unique=True,
        schema="flow",
        postgresql_where=sa.text("state = 'EFFECTIVE' and unit_id is not null"),
    )
    op.create_index(
        "uq_definition_version_trial",
        "definition_version",
        ["definition_id"],
        unique=True,
        schema="flow",
        postgresql_where=sa.text("state = 'TRIAL' and unit_id is null"),
    )
    op.create_index(
        "uq_definition_version_trial_in_unit",
        "definition_version",
        ["definition_id", "unit_id"],
        unique=True,
        schema="flow",
        postgresql_where=sa.text("state = 'TRIAL' and unit_id is not null"),
    )
    op.create_table(
        "service_level",
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
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("calendar_id", sa.BigInteger(), nullable=False),
        sa.Column("target_minutes", sa.Integer(), nullable=False),
        sa.Column("warn_percent", sa.Integer(), nullable=True),
        sa.Column("manager_id", sa.BigInteger(), nullable=True),
        sa.Column("owner_id", sa.BigInteger(), nullable=True),
        sa.CheckConstraint(
            "target_minutes between 1 and 525600", name=op.f("ck_service_level_target_minutes")
        ),
        sa.CheckConstraint(
            "warn_percent between 1 and 99", name=op.f("ck_service_level_warn_percent")
        ),
        sa.ForeignKeyConstraint(
            ["calendar_id"],
            ["flow.calendar.id"],
            name=op.f("fk_service_level_calendar_id"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["created_by_id"],
            ["dougong.user.id"],
            name=op.f("fk_service_level_created_by_id"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["manager_id"],
            ["dougong.user.id"],
            name=op.f("fk_service_level_manager_id"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["owner_id"],
            ["dougong.user.id"],
            name=op.f("fk_service_level_owner_id"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["updated_by_id"],
            ["dougong.user.id"],
            name=op.f("fk_service_level_updated_by_id"),
            ondelete="SET NULL",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_service_level")),
        sa.UniqueConstraint("key", name=op.f("uq_service_level_key")),
        schema="flow",
    )
    op.create_index(
        op.f("ix_service_level_calendar_id"),
        "service_level",
        ["calendar_id"],
        unique=False,
        schema="flow",
    )
    op.create_index(
        op.f("ix_service_level_manager_id"),
        "service_level",
        ["manager_id"],
        unique=False,
        schema="flow",
    )
    op.create_index(
        op.f("ix_service_level_owner_id"),
        "service_level",
        ["owner_id"],
        unique=False,
        schema="flow",
    )
    op.create_table(
        "weekly_interval",
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
        sa.Column("calendar_id", sa.BigInteger(), nullable=False),
        sa.Column("weekday", sa.Text(), nullable=False),
        sa.Column("begins", sa.Text(), nullable=False),
        sa.Column("ends", sa.Text(), nullable=False),
        sa.CheckConstraint(
            "begins ~ '^(([01][0-9]|2[0-3]):[0-5][0-9]|24:00)$'",
            name=op.f("ck_weekly_interval_begins"),
        ),
        sa.CheckConstraint(
            "ends ~ '^(([01][0-9]|2[0-3]):[0-5][0-9]|24:00)$' and ends > begins",
            name=op.f("ck_weekly_interval_ends"),
        ),
        sa.CheckConstraint(
            "weekday IN ('MONDAY', 'TUESDAY', 'WEDNESDAY', 'THURSDAY', 'FRIDAY', 'SATURDAY', 'SUNDAY')",
            name=op.f("ck_weekly_interval_weekday"),
        ),
        sa.ForeignKeyConstraint(
            ["calendar_id"],
            ["flow.calendar.id"],
            name=op.f("fk_weekly_interval_calendar_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["created_by_id"],
            ["dougong.user.id"],
            name=op.f("fk_weekly_interval_created_by_id"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["updated_by_id"],
            ["dougong.user.id"],
            name=op.f("fk_weekly_interval_updated_by_id"),
            ondelete="SET NULL",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_weekly_interval")),
        schema="flow",
    )
    op.create_index(
        op.f("ix_weekly_interval_calendar_id"),
        "weekly_interval",
        ["calendar_id"],
        unique=False,
        schema="flow",
    )
    op.create_table(
        "clock",
        sa.Column("about", sa.Text(), nullable=False),
        sa.Column("target_seconds", sa.Integer(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("running_since", sa.DateTime(timezone=True), nullable=True),
        sa.Column("used_seconds", sa.Integer(), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("pause_reason", sa.Text(), nullable=True),
        sa.Column("stopped_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("warned_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("breached_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("escalated_to", sa.Integer(), nullable=False),
        sa.Column("calendar_version", sa.Integer(), nullable=False),
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
        sa.Column("service_level_id", sa.BigInteger(), nullable=False),
        sa.Column("assignee_id", sa.BigInteger(), nullable=True),
        sa.CheckConstraint(
            "state <> 'STOPPED' or stopped_at is not null", name=op.f("ck_clock_stopped_at")
        ),
        sa.CheckConstraint("state = 'RUNNING' or due_at is null", name=op.f("ck_clock_due_at")),
        sa.CheckConstraint(
            "state IN ('RUNNING', 'PAUSED', 'STOPPED')", name=op.f("ck_clock_state")
        ),
        sa.CheckConstraint("used_seconds >= 0", name=op.f("ck_clock_used_seconds")),
        sa.ForeignKeyConstraint(
            ["assignee_id"],
            ["dougong.user.id"],
            name=op.f("fk_clock_assignee_id"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["created_by_id"],
            ["dougong.user.id"],
            name=op.f("fk_clock_created_by_id"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["service_level_id"],
            ["flow.service_level.id"],
            name=op.f("fk_clock_service_level_id"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["updated_by_id"],
            ["dougong.user.id"],
            name=op.f("fk_clock_updated_by_id"),
            ondelete="SET NULL",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_clock")),
        schema="flow",
    )
    op.create_index(
        op.f("ix_clock_assignee_id"), "clock", ["assignee_id"], unique=False, schema="flow"
    )
    op.create_index(op.f("ix_clock_due_at"), "clock", ["due_at"], unique=False, schema="flow")
    op.create_index(
        op.f("ix_clock_service_level_id"),
        "clock",
        ["service_level_id"],
        unique=False,
        schema="flow",
    )
    op.create_index(op.f("ix_clock_state"), "clock", ["state"], unique=False, schema="flow")
    op.create_table(
        "escalation_level",
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
        sa.Column("service_level_id", sa.BigInteger(), nullable=False),
        sa.Column("level", sa.Integer(), nullable=False),
        sa.Column("percent", sa.Integer(), nullable=False),
        sa.Column("tells", sa.Text(), nullable=False),
        sa.CheckConstraint(
            "tells IN ('ASSIGNEE', 'MANAGER', 'OWNER')", name=op.f("ck_escalation_level_tells")
        ),
        sa.CheckConstraint("level between 1 and 9", name=op.f("ck_escalation_level_level")),
        sa.CheckConstraint(
            "percent between 100 and 1000", name=op.f("ck_escalation_level_percent")
        ),
        sa.ForeignKeyConstraint(
            ["created_by_id"],
            ["dougong.user.id"],
            name=op.f("fk_escalation_level_created_by_id"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["service_level_id"],
            ["flow.service_level.id"],
            name=op.f("fk_escalation_level_service_level_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["updated_by_id"],
            ["dougong.user.id"],
            name=op.f("fk_escalation_level_updated_by_id"),
            ondelete="SET NULL",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_escalation_level")),
        sa.UniqueConstraint(
            "service_level_id", "level", name=op.f("uq_escalation_level_service_level_id_level")
        ),
        schema="flow",
    )
    op.create_index(
        op.f("ix_escalation_level_service_level_id"),
        "escalation_level",
        ["service_level_id"],
        unique=False,
        schema="flow",
    )
    op.create_table(
        "clock_alarm",
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
        sa.Column("clock_id", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("level", sa.Integer(), nullable=False),
        sa.Column("percent", sa.Integer(), nullable=False),
        sa.Column("told_id", sa.BigInteger(), nullable=True),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("raised_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "kind IN ('WARNING', 'BREACH', 'ESCALATION')", name=op.f("ck_clock_alarm_kind")
        ),
        sa.ForeignKeyConstraint(
            ["clock_id"],
            ["flow.clock.id"],
            name=op.f("fk_clock_alarm_clock_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["created_by_id"],
            ["dougong.user.id"],
            name=op.f("fk_clock_alarm_created_by_id"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["told_id"],
            ["dougong.user.id"],
            name=op.f("fk_clock_alarm_told_id"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["updated_by_id"],
            ["dougong.user.id"],
            name=op.f("fk_clock_alarm_updated_by_id"),
            ondelete="SET NULL",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_clock_alarm")),
        sa.UniqueConstraint(
            "clock_id", "kind", "level", name=op.f("uq_clock_alarm_clock_id_kind_level")
        ),
        schema="flow",
    )
    op.create_index(
        op.f("ix_clock_alarm_clock_id"), "clock_alarm", ["clock_id"], unique=False, schema="flow"
    )
    op.create_index(
        op.f("ix_clock_alarm_told_id"), "clock_alarm", ["told_id"], unique=False, schema="flow"
    )
    op.create_index(
        "ix_clock_alarm_waiting",
        "clock_alarm",
        ["due_at"],
        unique=False,
        schema="flow",
        postgresql_where=sa.text("raised_at is null"),
    )
    for function, table, condition, what in KEPT:
        op.execute(
            f"""create function flow.{function}() returns trigger language plpgsql as $$
            begin
                raise exception '{what}' using errcode = 'check_violation', schema = 'flow',
                    table = '{table}', constraint = 'ck_{table}_{function}';
            end $$"""
        )
        op.execute(
            f"create trigger {function} before update on flow.{table} for each row"
            f" when ({condition}) execute function flow.{function}()"
        )
    op.execute(
        "create trigger version_is_not_deleted before delete on flow.definition_version"
        " for each row when (old.state <> 'DRAFT') execute function flow.version_is_fixed()"
    )

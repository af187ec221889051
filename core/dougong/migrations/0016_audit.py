"""The audit: what each transaction changed, and the seals over it and over the event log."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0016"
down_revision = "0015"


def _place() -> tuple[sa.Column, sa.Column]:
    era = sa.text("dougong.audit_era()")
    xid = sa.text("(pg_current_xact_id()::text)::bigint")
    return (
        sa.Column("era", sa.Integer(), server_default=era, nullable=False),
        sa.Column("xid", sa.BigInteger(), server_default=xid, nullable=False),
    )


def upgrade() -> None:
    # Another one where an installation is recovered: constant, so that it costs nothing.
    op.execute(
        "create function dougong.audit_era() returns integer language sql immutable as 'select 1'"
    )
    op.create_table(
        "audit_entry",
        *_place(),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column(
            "at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False
        ),
        sa.Column("entity", sa.Text(), nullable=False),
        sa.Column("part", sa.Text(), nullable=False),
        sa.Column("record_id", sa.BigInteger(), nullable=True),
        sa.Column("what", sa.Text(), nullable=False),
        sa.Column("changes", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("by", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.PrimaryKeyConstraint("era", "xid", "id", name=op.f("pk_audit_entry")),
        schema="dougong",
    )
    op.create_index(
        "ix_audit_entry_record", "audit_entry", ["entity", "record_id", "id"], schema="dougong"
    )
    op.create_table(
        "audit_seal",
        sa.Column("number", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("log", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_era", sa.Integer(), nullable=False),
        sa.Column("last_xid", sa.BigInteger(), nullable=False),
        sa.Column("last_id", sa.BigInteger(), nullable=False),
        sa.Column("ids", postgresql.ARRAY(sa.BigInteger()), nullable=False),
        sa.Column("hashes", postgresql.ARRAY(sa.LargeBinary()), nullable=False),
        sa.Column("previous", sa.LargeBinary(), nullable=False),
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_audit_seal")),
        schema="dougong",
    )
    for column in _place():
        op.add_column("event", column, schema="dougong")
    op.create_index("ix_event_place", "event", ["era", "xid", "id"], unique=True, schema="dougong")
    for statement in AT_START:
        op.execute(statement)


AT_START = (
    *(
        f"""
        create trigger append_only before update or delete or truncate
        on dougong.{table} for each statement execute function dougong.refuse_change()
        """
        for table in ("audit_entry", "audit_seal")
    ),
    # One entry for each row that a statement wrote, by one INSERT. The arguments of a trigger: whose
    # change it is (`crm.lead`), the key column, what is left out, what is never told, what a row of
    # an extension is that nobody has touched (empty: no extension), and whether there is JSON within.
    """
    create function dougong.audit_rows() returns trigger
    language plpgsql as $$
    declare
        key constant text := tg_argv[1];
        left_out constant text[] := tg_argv[2]::text[];
        secret constant text[] := tg_argv[3]::text[];
        bare constant jsonb := nullif(tg_argv[4], '')::jsonb;
        nested constant boolean := tg_argv[5]::boolean;
        here constant text := tg_table_schema || '.' || tg_table_name;
        who constant jsonb := coalesce(
            nullif(current_setting('dougong.by', true), '')::jsonb,
            jsonb_build_object(
                'label', session_user, 'program', current_setting('application_name')));
    begin
        if tg_op = 'UPDATE' or tg_op = 'INSERT' and bare is not null then
            if tg_op = 'INSERT' then
                insert into dougong.audit_entry (entity, part, record_id, what, changes, by)
                select tg_argv[0], here, (n.j->>'id')::bigint, 'UPDATED', d.changes, who
                  from (select to_jsonb(_row) as j from changed _row offset 0) n
                 cross join lateral (
                    select jsonb_object_agg(f.key, jsonb_build_array(bare->f.key, f.value)) as changes
                      from jsonb_each(n.j) f
                     where f.key <> all(left_out || secret)
                       and f.value is distinct from bare->f.key) d
                 where d.changes is not null;
                return null;
            end if;
            insert into dougong.audit_entry (entity, part, record_id, what, changes, by)
            select tg_argv[0], here,
                   case when key = 'id' then (coalesce(n.j, o.j)->>'id')::bigint end,
                   case when o.j is null then 'CREATED' when n.j is null then 'DELETED'
                        else 'UPDATED' end,
                   case when o.j is null or n.j is null then coalesce(n.j, o.j) - left_out - secret
                        when key = 'id' then d.changes
                        else d.changes || jsonb_build_object(key, n.j->key) end,
                   who
              from (select to_jsonb(_row) as j from changed _row offset 0) n
              full join (select to_jsonb(_row) as j from former _row offset 0) o
                on o.j->>key = n.j->>key
             cross join lateral (
                select jsonb_object_agg(f.key, case when f.key = any(secret) then '[]'::jsonb
                           else jsonb_build_array(o.j->f.key, f.value) end) as changes
                  from jsonb_each(n.j) f
                 where f.key <> all(left_out) and f.value is distinct from o.j->f.key) d
             where d.changes is not null or n.j is null or o.j is null;
        elsif tg_op = 'INSERT' then
            insert into dougong.audit_entry (entity, part, record_id, what, changes, by)
            select tg_argv[0], here, case when key = 'id' then (n.j->>'id')::bigint end, 'CREATED',
                   case when nested then n.j - left_out - secret
                        else jsonb_strip_nulls(n.j - left_out - secret) end, who
              from (select to_jsonb(_row) as j from changed _row offset 0) n;
        elsif tg_op = 'DELETE' then
            insert into dougong.audit_entry (entity, part, record_id, what, changes, by)
            select tg_argv[0], here, case when key = 'id' then (o.j->>'id')::bigint end, 'DELETED',
                   case when nested then o.j - left_out - secret
                        else jsonb_strip_nulls(o.j - left_out - secret) end, who
              from (select to_jsonb(_row) as j from former _row offset 0) o
             where bare is null or o.j - left_out - secret <> bare;
        else
            execute format(
                'insert into dougong.audit_entry (entity, part, record_id, what, changes, by) '
                'select $1, $2, case when $3 = ''id'' then (j->>''id'')::bigint end, ''DELETED'', '
                'j - $4, $5 from (select to_jsonb(_row) as j from %I.%I _row) n',
                tg_table_schema, tg_table_name)
            using tg_argv[0], here, key, left_out || secret, who;
        end if;
        return null;
    end
    $$
    """,
    # Has a table audited from now on. A table whose id refers to another's is an extension: its rows
    # are fields of the other's records, and a row that is as its defaults are says nothing.
    """
    create function dougong.audit_table(
        part text, name text, key text default 'id', secret text[] default '{}',
        noise text[] default '{}'
    ) returns void
    language plpgsql as $$
    declare
        here constant text := format('%I.%I', part, name);
        extended text;
        defaults text;
        bare jsonb;
        left_out text[];
        nested boolean;
        run text;
    begin
        select tn.nspname || '.' || t.relname into extended
          from pg_constraint k
          join pg_attribute a on a.attrelid = k.conrelid and k.conkey = array[a.attnum]
          join pg_class t on t.oid = k.confrelid
          join pg_namespace tn on tn.oid = t.relnamespace
         where k.conrelid = here::regclass and k.contype = 'f' and a.attname = 'id';
        select array['id', 'version', 'created_at', 'created_by_id', 'updated_at', 'updated_by_id']
                   || noise
                   || coalesce(array_agg(a.attname::text) filter (where a.attgenerated <> ''), '{}'),
               coalesce(bool_or(a.atttypid in ('json'::regtype, 'jsonb'::regtype)), false),
               string_agg(
                   format('(%s)::%s as %I', coalesce(pg_get_expr(d.adbin, d.adrelid), 'null'),
                          format_type(a.atttypid, a.atttypmod), a.attname), ', ')
                   filter (where a.attgenerated = '' and a.attidentity = '')
          into left_out, nested, defaults
          from pg_attribute a
          left join pg_attrdef d on d.adrelid = a.attrelid and d.adnum = a.attnum
         where a.attrelid = here::regclass and a.attnum > 0 and not a.attisdropped;
        if extended is not null then
            execute 'select to_jsonb(one) from (select ' || defaults || ') one' into bare;
            bare := bare - left_out - secret;
        end if;
        run := format(
            'for each statement execute function dougong.audit_rows(%L, %L, %L, %L, %L, %L)',
            coalesce(extended, part || '.' || name), key, left_out::text, secret::text,
            coalesce(bare::text, ''), nested::text);
        execute format('create or replace trigger audit_inserted after insert on %s '
            'referencing new table as changed %s', here, run);
        execute format('create or replace trigger audit_updated after update on %s '
            'referencing old table as former new table as changed %s', here, run);
        execute format('create or replace trigger audit_deleted after delete on %s '
            'referencing old table as former %s', here, run);
        execute format('create or replace trigger audit_truncated before truncate on %s %s',
            here, run);
    end
    $$
    """,
    """
    create function dougong.audit_changes(part text) returns void
    language sql as $$
        select dougong.audit_table(part, c.relname::text)
          from pg_class c
          join pg_namespace n on n.oid = c.relnamespace
          join pg_attribute a on a.attrelid = c.oid and a.attname = 'id' and a.attnum > 0
         where n.nspname = part and part <> 'dougong' and c.relkind = 'r'
           and a.atttypid = 'bigint'::regtype
    $$
    """,
    *(
        f"select dougong.audit_table('dougong', '{table}')"
        for table in (
            *("user", "unit", "membership", "role_assignment", "delegation"),
            *("custom_role", "role_change", "step_setting"),
        )
    ),
    "select dougong.audit_table('dougong', 'token', 'id', '{sha256}', '{last_used_at}')",
    "select dougong.audit_table('dougong', 'addon', 'name')",
    "select dougong.audit_table('dougong', 'credential', 'user_id', '{password_hash}')",
    "select dougong.audit_table('dougong', 'second_factor', 'user_id', '{secret}', '{last_step}')",
    "select dougong.audit_table('dougong', 'second_factor_role', 'role')",
    "select dougong.audit_table('dougong', 'identity', 'subject')",
    "select dougong.audit_changes(name) from dougong.addon",
)

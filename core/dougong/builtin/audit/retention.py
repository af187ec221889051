"""How long the audit is kept: what is older is decided on, sealed as decided, and then removed.

A seal stays with the ids and hashes of its rows. What was decided is an event, which is sealed like
any other, and has the hash of which rows it is about; only then are they removed. So at every moment
`dougong verify` can tell what was removed as decided from what is missing.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import text

from dougong.access.context import Context
from dougong.builtin.jobs.job import every, job

REMOVE = "dougong.remove_audit"
"""The event that decides."""
LEAST_DAYS = 360
"""No entry is removed whose seal is younger; a year is the least that can be set."""
SEALS = 20
"""Of how many seals one transaction decides, or removes, at most."""
DIGEST = """
encode(sha256(convert_to(string_agg(jsonb_build_array(r.seal, r.ids)::text, '' order by r.seal),
    'UTF8')), 'hex')
"""
"""The hash of which rows a decision is about."""
OLD_SEALS = text("""
select number from dougong.audit_seal
 where log = 'audit_entry' and number > :after
   and at < :now - make_interval(
        years => (select min(years) from dougong.audit_retention where years > 0))
 order by number limit :seals
""")
# By the rule that says most of an entry: of its entity before of its kind, and both before either.
OLD = text("""
select s.number, array_agg(e.id order by e.id)
  from dougong.audit_seal s
  left join lateral (
        select last_era, last_xid, last_id from dougong.audit_seal p
         where p.log = 'audit_entry' and p.number < s.number order by p.number desc limit 1) p on true
  join dougong.audit_entry e
    on (e.era, e.xid, e.id) <= (s.last_era, s.last_xid, s.last_id)
   and (e.era, e.xid, e.id)
        > (coalesce(p.last_era, 0), coalesce(p.last_xid, 0), coalesce(p.last_id, 0))
 cross join lateral (
        select years from dougong.audit_retention r
         where r.entity in (e.entity, '') and r.kind in (e.what, '')
         order by r.entity <> '' desc, r.kind <> '' desc limit 1) r
 where s.number = any(:seals) and r.years > 0
   and s.at < :now - make_interval(years => r.years)
   and not exists (select from dougong.audit_removal d
                    where d.seal = s.number and e.id = any(d.ids))
 group by s.number order by s.number
""")
NEW_EVENT = text("select nextval(pg_get_serial_sequence('dougong.event', 'id'))")
DECIDE = text("""
insert into dougong.audit_removal (event, seal, ids) values (:event, :seal, :ids)
""")
SAY = text(f"""
insert into dougong.event (id, at, actor_id, actor, addon, verb, form)
select :event, :now, :user, :actor, 'dougong', '{REMOVE}', jsonb_build_object(
        'seals', count(*), 'rows', sum(cardinality(r.ids)), 'digest', {DIGEST},
        'rules', (select jsonb_agg(jsonb_build_object(
                    'entity', entity, 'kind', kind, 'years', years) order by entity, kind)
                    from dougong.audit_retention))
  from dougong.audit_removal r where r.event = :event
""")
LEFT = text(f"""
select r.event, r.seal from dougong.audit_removal r
  join dougong.event e on e.id = r.event and e.verb = '{REMOVE}'
 where not exists (select from dougong.audit_removed d
                    where d.event = r.event and d.seal = r.seal)
   and (e.era, e.xid, e.id) <= (
        select last_era, last_xid, last_id from dougong.audit_seal
         where log = 'event' order by number desc limit 1)
 order by r.event, r.seal limit :seals
""")
TAKE_OUT = text("""
with s as (select number, last_era, last_xid, last_id from dougong.audit_seal where number = :seal),
p as (select last_era, last_xid, last_id from dougong.audit_seal
       where log = 'audit_entry' and number < :seal order by number desc limit 1)
delete from dougong.audit_entry e
 where (e.era, e.xid, e.id) <= (select last_era, last_xid, last_id from s)
   and (e.era, e.xid, e.id) > (coalesce((select last_era from p), 0),
        coalesce((select last_xid from p), 0), coalesce((select last_id from p), 0))
   and e.id in (select unnest(ids) from dougong.audit_removal where event = :event and seal = :seal)
""")
DONE = text("""
insert into dougong.audit_removed (event, seal) values (:event, :seal) on conflict do nothing
""")
REMOVING = text("select set_config('dougong.removing', :event, true)")


@every("17 2 * * *")
def remove_old_audit(ctx: Context) -> None:
    """Begin to look for entries of the audit that need not be kept any longer."""
    ctx.later(decide_removal, after=0)


@job
def decide_removal(ctx: Context, *, after: int) -> None:
    """Decide which entries of some seals are removed, and go on with those that come after."""
    if last := decide(ctx, after):
        ctx.later(decide_removal, after=last)


def decide(ctx: Context, after: int) -> int:
    """Write down which entries of the next old seals go; the last of those seals, 0 if none is."""
    session, now = ctx.session, ctx.now
    seals = list(session.scalars(OLD_SEALS, {"after": after, "now": now, "seals": SEALS}))
    old: Any = session.execute(OLD, {"seals": seals, "now": now}).all() if seals else []
    if old:
        event = session.scalar(NEW_EVENT)
        rows = [{"event": event, "seal": seal, "ids": ids} for seal, ids in old]
        session.execute(DECIDE, rows)
        who = {"user": ctx.principal.user_id, "actor": ctx.principal.label}
        session.execute(SAY, {"event": event, "now": now, **who})
    return seals[-1] if seals else 0


@every("52 * * * *")
def carry_out_removals(ctx: Context) -> None:
    """Remove what was decided, once that is sealed; whoever is killed meanwhile begins again."""
    left: Any = ctx.session.execute(LEFT, {"seals": SEALS}).all()
    for event, seal in left:
        ctx.session.execute(REMOVING, {"event": str(event)})
        ctx.session.execute(TAKE_OUT, {"event": event, "seal": seal})
        ctx.session.execute(DONE, {"event": event, "seal": seal})
    ctx.session.execute(REMOVING, {"event": ""})
    if len(left) == SEALS:
        ctx.later(carry_out_removals)

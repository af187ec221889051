"""What is done with work items, with steps that go on by themselves, and with partners outside."""

import hashlib
import secrets
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from dougong import EVERYONE, Context, Email, Invalid, Refused, Secret, User, action
from dougong_flow.awaiting import keep_awaited
from dougong_flow.checking import faults_in_form, lacking
from dougong_flow.definition_body import canonical
from dougong_flow.entities import (
    ChecklistState,
    ChecklistStep,
    Evidence,
    EvidenceKind,
    StepForm,
    StepInvitation,
    StepState,
    WorkItem,
    WorkItemKind,
)
from dougong_flow.jobs import go_on
from dougong_flow.partners import not_for_partners
from dougong_flow.permissions import INVITE, RAISE_ISSUES
from dougong_flow.reasons import given
from dougong_flow.rounds import values_of
from dougong_flow.subjects import id_of
from dougong_flow.waiting import said_about
from dougong_flow.workflows import settle

LONGEST_DAYS = 90
"""So many days may an invitation be open."""
LONGEST_URL = 2000
"""So many characters may an address have that a partner gives."""


# Issues --------------------------------------------------------------------------------------


@action(needs=RAISE_ISSUES)
def raise_issue(
    step: ChecklistStep, ctx: Context, *, about: str, owner: User, due_on: date
) -> WorkItem:
    """Say that something is wrong at a step, who sees to it and by when (S0-52).

    about: What is wrong.
    owner: Who sees to it; it is a task of theirs from now on.
    due_on: By which day, today or later.
    """
    if not owner.active:
        raise Refused("not_active", at="owner", name=owner.name)
    if not ctx.now.date() <= due_on <= date(2999, 12, 31):
        raise Invalid("due_in_the_past", at="dueOn", today=ctx.now.date())
    issue = WorkItem(
        kind=WorkItemKind.ISSUE,
        about=given(about, "about"),
        assignee=owner,
        due_on=due_on,
        step=step,
        raised_by=ctx.me,
    )
    return ctx.create(issue)


@action(needs=RAISE_ISSUES)
def reassign(item: WorkItem, ctx: Context, *, to: User) -> WorkItem:
    """Let somebody else see to it.

    to: Who.
    """
    if not to.active:
        raise Refused("not_active", at="to", name=to.name)
    item.assignee = to
    return item


# By itself -----------------------------------------------------------------------------------


@action(needs=RAISE_ISSUES)
def retry_step(step: ChecklistStep, ctx: Context) -> ChecklistStep:
    """Have a step that goes on by itself try again: its cause of failure is removed.

    Of a subprocess that was cancelled another one is started.
    """
    step.attempts, step.failure, step.look_at = 0, None, ctx.now + timedelta(minutes=1)
    started = step.subprocess
    if started is not None and started.state is ChecklistState.CANCELLED:
        step.subprocess = None
    ctx.later(go_on, step=step)
    return step


# Partners ------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Invited:
    """An invitation, with the secret of its link."""

    invitation_id: str
    """The invitation, by its id."""
    token: Secret
    """The secret of the link: it is shown this once, and kept nowhere."""


@action(needs=INVITE)
def invite_partner(
    step: ChecklistStep, ctx: Context, *, partner: str, email: Email | None = None, days: int = 14
) -> Invited:
    """Let a partner outside do this one step, by a link with a secret (S2-24).

    partner: Who.
    email: Where the link is sent to; sending it is for whoever asks.
    days: For how many days the link works.
    """
    if not 1 <= days <= LONGEST_DAYS:
        raise Invalid("invitation_days", at="days", longest=LONGEST_DAYS)
    token = secrets.token_urlsafe(32)
    invitation = StepInvitation(
        step=step,
        step_round=step.round,
        partner=given(partner, "partner"),
        email=email,
        invited_by=ctx.me,
        expires_at=ctx.now + timedelta(days=days),
        token_hash=_hash(token),
    )
    return Invited(id_of(ctx.create(invitation)), token)


@action(needs=INVITE)
def withdraw_invitation(invitation: StepInvitation, ctx: Context) -> StepInvitation:
    """Take an invitation back: its link works no more."""
    invitation.withdrawn_at = ctx.now
    return invitation


@dataclass(frozen=True)
class PartnerStep:
    """What a partner sees of a step, and of nothing else."""

    name: str
    """What it is called."""
    partner: str
    """Who was invited to do it."""
    description: str | None
    """What is done."""
    guide: str | None
    """How it is done."""
    standard: str | None
    """When it is good."""
    form: str | None
    """The JSON Schema of its form, as text."""
    links: str
    """The names of the links that are to prove it, each in a line of its own."""
    filled_in: str
    """What was filled in so far, as JSON."""
    expires_at: datetime
    """Until when it can be done."""
    completed: bool
    """Whether it is done."""


@action(needs=EVERYONE)
def view_partner_step(ctx: Context, *, token: Secret) -> PartnerStep:
    """See the step to which the secret of a link belongs.

    token: The secret.
    """
    return _shown(_invitation(token, ctx), ctx)


@action(needs=EVERYONE)
def complete_partner_step(
    ctx: Context,
    *,
    token: Secret,
    values: dict[str, Any] | None = None,
    links: dict[str, Any] | None = None,
) -> PartnerStep:
    """Complete the step to which the secret of a link belongs, once.

    token: The secret.
    values: The form as it is filled in.
    links: The address of each proof that is asked for, by its name; a list, where it asks for several.
    """
    invitation = _invitation(token, ctx)
    if invitation.used_at is not None:
        raise Refused("invitation_is_used", at="token")
    step, said = invitation.step, said_about(invitation.step)
    _fill_in(step, said, values, ctx)
    for name, given_for_it in (links or {}).items():
        several = given_for_it if isinstance(given_for_it, list) else [given_for_it]
        for url in several:
            _prove(step, said, name, url, ctx)
    ctx.session.flush()
    if faults := [*lacking(step, said, ctx)]:
        raise Refused.all(faults)
    keep_awaited(step, ctx)
    invitation.used_at = ctx.now
    step.completed_at, step.completed_as = ctx.now, f"partner:{invitation.partner}"
    settle(step, ctx)
    return _shown(invitation, ctx)


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode(errors="replace")).hexdigest()


def _invitation(token: str, ctx: Context) -> StepInvitation:
    """The invitation of a secret that works now, held with its step; raises Refused."""
    for invitation in ctx.find(StepInvitation, StepInvitation.token_hash == _hash(token)):
        ctx.lock(invitation)
        step = invitation.step
        open_ = invitation.withdrawn_at is None and ctx.now < invitation.expires_at
        open_ = open_ and step.round == invitation.step_round
        ready = step.state is StepState.READY
        running = step.checklist.state is ChecklistState.RUNNING
        if open_ and invitation.used_at is not None:
            return invitation
        if open_ and ready and running and not not_for_partners(step, invitation.invited_by, ctx):
            return invitation
    raise Refused("bad_invitation", at="token")


def _fill_in(step: ChecklistStep, said: Any, values: dict[str, Any] | None, ctx: Context) -> None:
    if values is None:
        return
    if not isinstance(values, dict):
        raise Invalid("form_is_no_object", at="values")
    if faults := faults_in_form(values, said.get("form")):
        raise Refused.all(faults)
    for form in ctx.find(StepForm, StepForm.step == step):
        StepForm.update(form, ctx, values=values)
        return
    ctx.create(StepForm(step=step, values=values))


def _links_asked(said: Any) -> list[str]:
    return [one["name"] for one in said.get("evidence", ()) if one["kind"] == "LINK"]


def _prove(step: ChecklistStep, said: Any, name: str, url: Any, ctx: Context) -> None:
    wanted = _links_asked(said)
    if name not in wanted or not isinstance(url, str):
        raise Invalid("no_such_proof", at=("links", name), names=", ".join(wanted))
    if len(url) > LONGEST_URL:
        raise Invalid("address_too_long", at=("links", name), longest=LONGEST_URL)
    ctx.create(Evidence(step=step, name=name, kind=EvidenceKind.LINK, url=url))


def _shown(invitation: StepInvitation, ctx: Context) -> PartnerStep:
    step = invitation.step
    said = said_about(step)
    done = invitation.used_at is not None
    return PartnerStep(
        name=step.name,
        partner=invitation.partner,
        description=said.get("description"),
        guide=said.get("guide"),
        standard=said.get("standard"),
        form=canonical(said["form"]) if "form" in said else None,
        links="\n".join(_links_asked(said)),
        filled_in=canonical(values_of(step, ctx)),
        expires_at=invitation.expires_at,
        completed=done,
    )

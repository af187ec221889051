"""How a lead moves: new → qualified → won, or lost from anywhere open."""

from dougong import Context, Workflow
from dougong_crm.entities import Lead, LeadStage
from dougong_crm.permissions import SELL
from dougong_party import Contact, Party, PartyKind

lead_workflow = Workflow(Lead, Lead.stage, final=[LeadStage.WON])


@lead_workflow.step(LeadStage.NEW, to=LeadStage.QUALIFIED, needs=SELL)
def qualify(lead: Lead, ctx: Context) -> None:
    """Confirm that there is a need and a way to reach them (C03)."""


@lead_workflow.step(LeadStage.QUALIFIED, to=LeadStage.WON, needs=SELL)
def win(lead: Lead, ctx: Context) -> None:
    """They said yes: the lead becomes a party, with the person as its contact, unless it is one."""
    if lead.party is not None:
        return
    contacts = [Contact(name=lead.name, email=lead.email, phone=lead.phone)]
    lead.party = ctx.create(
        Party(
            kind=PartyKind.COMPANY if lead.company else PartyKind.PERSON,
            name=lead.company or lead.name,
            email=lead.email,
            phone=lead.phone,
            contacts=contacts if lead.company else [],
        )
    )


@lead_workflow.step(LeadStage.NEW, LeadStage.QUALIFIED, to=LeadStage.LOST, needs=SELL, reason=True)
def lose(lead: Lead, ctx: Context, *, reason: str) -> None:
    """They said no, or nothing; say why (C70)."""
    lead.lost_reason = reason


@lead_workflow.step(LeadStage.LOST, to=LeadStage.NEW, needs=SELL)
def reopen(lead: Lead, ctx: Context) -> None:
    """Give a lost lead a second chance."""
    lead.lost_reason = None

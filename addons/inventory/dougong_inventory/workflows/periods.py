"""How a period of the books ends: open, closing, closed; and open again, with a reason."""

from sqlalchemy import delete

from dougong import Context, Workflow
from dougong_inventory.closing import keep_balances, stand_still
from dougong_inventory.entities import PeriodBalance, PeriodState, StockPeriod
from dougong_inventory.permissions import CLOSE_PERIODS, REOPEN_PERIODS

period_workflow = Workflow(StockPeriod, StockPeriod.state)


@period_workflow.step(PeriodState.OPEN, to=PeriodState.CLOSING, needs=CLOSE_PERIODS)
def stop(period: StockPeriod, ctx: Context) -> None:
    """Let nothing more be booked on the days of the period."""
    stand_still(ctx)


@period_workflow.step(PeriodState.CLOSING, to=PeriodState.CLOSED, needs=CLOSE_PERIODS)
def shut(period: StockPeriod, ctx: Context) -> None:
    """Keep what lies where at its end: later days are reckoned from there."""
    keep_balances(period, ctx)
    period.closed_at = ctx.now


@period_workflow.step(
    *(PeriodState.CLOSING, PeriodState.CLOSED),
    to=PeriodState.OPEN,
    needs=REOPEN_PERIODS,
    reason=True,
)
def reopen(period: StockPeriod, ctx: Context, *, reason: str) -> None:
    """Let something be booked in the period again; say why."""
    ctx.session.execute(delete(PeriodBalance).where(PeriodBalance.period == period))
    period.closed_at = None

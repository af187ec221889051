"""Writing down what was reviewed, and which reviews still count."""

from dougong import Context, File, Refused
from dougong_sales_order.contents import content_hash
from dougong_sales_order.entities import OrderReview, ReviewDecision, ReviewKind, SalesOrder


def record_review(
    order: SalesOrder,
    ctx: Context,
    kind: ReviewKind,
    decision: ReviewDecision = ReviewDecision.APPROVED,
    *,
    reason: str | None = None,
    evidence: str | None = None,
) -> OrderReview:
    """Keep what somebody decided about an order as it is now, with the files that it has."""
    files = files_of(order, ctx)
    return ctx.create(
        OrderReview(
            order=order,
            kind=kind,
            decision=decision,
            reason=reason,
            evidence=(evidence or "").strip() or None,
            evidence_files={
                f"File:{one.id}": {"name": one.name, "sha256": one.sha256} for one in files
            },
            content_hash=content_hash(order),
        )
    )


def files_of(order: SalesOrder, ctx: Context) -> list[File]:
    """The files that hang on an order."""
    return ctx.find(File, File.record == f"SalesOrder:{order.id}")


def standing_reviews(order: SalesOrder, ctx: Context) -> list[OrderReview]:
    """The approvals of an order that nothing has voided."""
    return ctx.find(
        OrderReview,
        OrderReview.order == order,
        OrderReview.decision == ReviewDecision.APPROVED,
        OrderReview.voided_at.is_(None),
    )


def void_reviews(order: SalesOrder, ctx: Context) -> None:
    """Let no earlier approval count any more (S12)."""
    for review in standing_reviews(order, ctx):
        review.voided_at = ctx.now


def check_unchanged(order: SalesOrder, ctx: Context) -> list[OrderReview]:
    """The approvals that stand, all of the order as it is now.

    Raises Refused (`changed_since_review`).
    """
    reviews = standing_reviews(order, ctx)
    if reviews and {one.content_hash for one in reviews} != {content_hash(order)}:
        raise Refused("changed_since_review", number=order.number)
    return reviews

"""What a management review must look at, who closes it, and that its minutes stay."""

from typing import Any

from dougong import Context, Forbidden, Refused, WrongState, before, guard
from dougong_ip_compliance.entities import INPUTS, OUTPUTS, ManagementReview, ReviewState
from dougong_ip_compliance.hooks.programs import check_part, open_program, stays
from dougong_ip_compliance.people import actors, advises, is_top_manager
from dougong_ip_compliance.workflows.audits import hold


@before(ManagementReview.create)
def plan_a_review(review: ManagementReview, ctx: Context) -> None:
    """A review is led by the top management (S4-114)."""
    check_part(review.program, None, ctx)
    _check_chair(review, {}, ctx)


@before(ManagementReview.update, form=True)
def keep_a_review_where_it_is(review: ManagementReview, ctx: Context, **form: Any) -> None:
    """It stays with its programme; the top management leads it still."""
    stays(review, form, "program")
    if "chair" in form:
        _check_chair(review, form, ctx)


@guard(ManagementReview.update)
def change_planned_reviews_only(review: ManagementReview, ctx: Context) -> Refused | None:
    """Minutes stay."""
    return _held(review)


@guard(ManagementReview.delete)
def delete_planned_reviews_only(review: ManagementReview, ctx: Context) -> Refused | None:
    """Minutes stay."""
    return _held(review)


@guard(hold)
def hold_with_all_it_needs(review: ManagementReview, ctx: Context) -> Refused | None:
    """Its chair closes it, once everything was looked at and decided; by no advisor (S4-106)."""
    faults: list[Refused] = [
        Refused("review_lacks", field=name)
        for name in (*INPUTS, *OUTPUTS)
        if not (getattr(review, name) or "").strip()
    ]
    if review.chair.id not in actors(hold, review, ctx):
        faults.append(Forbidden("chair_holds_it", name=review.chair.name))
    if not is_top_manager(review.chair, ctx):
        faults.append(Refused("chair_is_no_top_manager", name=review.chair.name))
    besides = (open_program(review.program), advises(review.program, hold, review, ctx))
    faults += [fault for fault in besides if fault is not None]
    return Refused.all(faults) if faults else None


def _check_chair(review: ManagementReview, form: dict[str, Any], ctx: Context) -> None:
    chair = form.get("chair", review.chair)
    if not is_top_manager(chair, ctx):
        raise Refused("chair_is_no_top_manager", at="chair", name=chair.name)


def _held(review: ManagementReview) -> Refused | None:
    if review.state is ReviewState.PLANNED:
        return None
    return WrongState("review_is_fixed")

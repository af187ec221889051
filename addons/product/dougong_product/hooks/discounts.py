"""How much may be let off is said of somebody there is, and once."""

from typing import Any

from sqlalchemy import func, select

from dougong import Context, Invalid, before
from dougong_product.entities import DiscountPolicy

POLICY = DiscountPolicy.__table__.c
OF_THE_COMPANY = "company."
"""What the names of roles begin with that a company makes itself."""


@before(DiscountPolicy.create)
def one_policy_at_a_time(policy: DiscountPolicy, ctx: Context) -> None:
    """Two policies for the same people, shelf and day would leave it to chance which one counts."""
    _check(policy, ctx, {})


@before(DiscountPolicy.update, form=True)
def still_one_policy_at_a_time(policy: DiscountPolicy, ctx: Context, **form: Any) -> None:
    """Nor does a policy become one that stands beside another."""
    _check(policy, ctx, form)


def _check(policy: DiscountPolicy, ctx: Context, form: dict[str, Any]) -> None:
    names = ("role", "user", "category", "since", "until")
    role, user, category, since, until = (form.get(n, getattr(policy, n)) for n in names)
    if (role is None) == (user is None):
        raise Invalid("role_or_user", at="role")
    if role and role not in ctx.generation.access.roles and not role.startswith(OF_THE_COMPANY):
        raise Invalid("no_such_role", at="role", role=role)
    if until is not None and until < since:
        raise Invalid("policy_ends_too_early", at="until", since=since)
    held = func.daterange(DiscountPolicy.since, DiscountPolicy.until, "[]")
    beside = (
        DiscountPolicy.role.is_not_distinct_from(role),
        POLICY.user_id.is_not_distinct_from(user and user.id),
        POLICY.category_id.is_not_distinct_from(category and category.id),
        DiscountPolicy.id != (policy.id or 0),
        held.op("&&")(func.daterange(since, until, "[]")),
    )
    other = ctx.session.scalar(select(DiscountPolicy).where(*beside).limit(1))
    if other is not None:
        raise Invalid("policies_overlap", at="since", since=other.since, until=other.until or "…")

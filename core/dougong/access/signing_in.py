"""The verbs with which people sign in and out."""

from __future__ import annotations

from dataclasses import dataclass

from dougong.access.context import Context
from dougong.access.passwords import check_password, issue_token, revoke_token
from dougong.access.permissions import EVERYONE, SIGNED_IN
from dougong.errors import Forbidden
from dougong.verbs.action import action
from dougong.verbs.verb import Secret


@dataclass(frozen=True)
class SignedIn:
    """What somebody gets who has signed in."""

    token: str
    """The secret to send as `Authorization: Bearer …`; it is shown only now."""


@action(needs=EVERYONE)
def sign_in(ctx: Context, *, email: str, password: Secret) -> SignedIn:
    """Prove who you are with e-mail address and password, and get a token."""
    user = check_password(ctx.session, email, password)
    if user is None:
        raise Forbidden("wrong_credentials")
    return SignedIn(issue_token(ctx.session, user.id, ctx.now))


@action(needs=SIGNED_IN)
def sign_out(ctx: Context) -> None:
    """End the token that this request carries."""
    if ctx.principal.token_id is not None:
        revoke_token(ctx.session, ctx.principal.token_id, ctx.now)

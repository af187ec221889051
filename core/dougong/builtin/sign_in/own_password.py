"""Changing one's password, and choosing one with a link from an administrator."""

from __future__ import annotations

from dougong.access.context import Context
from dougong.access.permissions import EVERYONE, SIGNED_IN
from dougong.builtin.sign_in.passwords import end_tokens, set_password, use_link
from dougong.builtin.sign_in.proving import Proof, prove_own, wrong
from dougong.builtin.sign_in.sessions import in_a_session
from dougong.errors import Refused
from dougong.verbs.action import action
from dougong.verbs.verb import Secret


@action(needs=SIGNED_IN, first=prove_own)
def change_password(ctx: Context, *, password: Secret, new_password: Secret) -> None:
    """Choose another password; your other sessions end, and so do your keys."""
    user_id = in_a_session(ctx)
    if not isinstance(ctx.found, Proof) or ctx.found.user_id != user_id:
        raise wrong()
    _choose(ctx, user_id, new_password, at="new_password")
    end_tokens(ctx.session, user_id, but=ctx.principal.token_id)


@action(needs=EVERYONE)
def choose_password(ctx: Context, *, link: Secret, password: Secret) -> None:
    """Choose a password with the secret of the link that an administrator gave you.

    The link works once. All sessions and keys from before end.
    """
    user_id = use_link(ctx.session, link, ctx.now)
    if user_id is None:
        raise Refused("bad_link", at="link")
    _choose(ctx, user_id, password, at="password")
    end_tokens(ctx.session, user_id)


def _choose(ctx: Context, user_id: int, password: str, *, at: str) -> None:
    try:
        set_password(ctx.session, user_id, password)
    except Refused as refusal:
        refusal.at = (at,)
        raise

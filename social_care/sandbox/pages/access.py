"""Who calls, and what they may see: a Page's token opens the Page and its Instagram account, nothing of others."""

from __future__ import annotations

from social_care.sandbox.meta import problems
from social_care.sandbox.meta.calls import Call
from social_care.sandbox.meta.problems import Problem
from social_care.sandbox.pages.model import FACEBOOK, INSTAGRAM, Comment, Conversation, Ours, Post, PrivateMessage
from social_care.sandbox.pages.state import State

Thing = Post | Comment | Conversation | PrivateMessage


class Access:
    """Looks up what a call names, as far as its caller may."""

    def __init__(self, state: State) -> None:
        self.state = state

    def missing(self, call: Call, identity: str = "") -> Problem:
        """Return the refusal of an id that is not there, or not for this caller."""
        named = identity or call.params.get("id", "")
        return Problem(problems.NOT_THERE, method=call.request.method.lower(), id=named)

    def page(self, call: Call) -> Ours:
        """Return the Page that calls. Raises: Problem."""
        found = self.state.ours.get(call.grant.subject)
        if found is None or found.network != FACEBOOK:
            raise Problem(problems.FORBIDDEN)
        return found

    def instagram(self, call: Call) -> Ours:
        """Return the Instagram account that calls, itself or through its Page. Raises: Problem."""
        found = self.state.ours.get(call.grant.subject)
        if found is not None and found.network == FACEBOOK:
            found = self.state.linked(found.id)
        if found is None:
            raise Problem(problems.FORBIDDEN)
        return found

    def ours(self, call: Call) -> tuple[Ours, ...]:
        """Return the accounts that the caller's token opens."""
        own = self.state.ours.get(call.grant.subject)
        if own is None:
            return ()
        linked = self.state.linked(own.id)
        return (own, linked) if linked else (own,)

    def named(self, call: Call, network: str) -> Ours:
        """Return the account that a path names, if it is the caller's. Raises: Problem."""
        mine = self.page(call) if network == FACEBOOK else self.instagram(call)
        if call.params["id"] not in (mine.id, mine.app_scoped_id, call.grant.subject):
            raise self.missing(call)
        return mine

    def platform(self, call: Call) -> Ours:
        """Return whose private messages a call is about: `platform`, else the caller. Raises: Problem."""
        mine, chosen = self.ours(call), call.text("platform")
        messenger = chosen == "messenger" or (not chosen and bool(mine) and mine[0].network == FACEBOOK)
        return self.named(call, FACEBOOK if messenger else INSTAGRAM)

    def thing(self, call: Call, identity: str = "") -> Thing:
        """Return the post, comment, conversation or message that a path names. Raises: Problem."""
        named, state = identity or call.params["id"], self.state
        mine = {one.id for one in self.ours(call)}
        piece = state.posts.get(named) or state.comments.get(named)
        if piece is not None:
            post = piece if isinstance(piece, Post) else state.posts[piece.post_id]
            if post.place in mine or mine & (piece.tags | post.tags):
                return piece
            raise self.missing(call, named)
        conversation = state.conversations.get(named)
        if conversation is not None and conversation.ours_id in mine:
            return conversation
        message = state.messages.get(named)
        if message is not None and {message.sender_id, message.recipient_id} & mine and not message.deleted:
            return message
        raise self.missing(call, named)

    def network_of(self, call: Call) -> str:
        """Return what a call is about, for the limits: `pages`, `messenger` or `instagram`."""
        state, named = self.state, call.params.get("id", "")
        account = state.ours.get(named)
        if INSTAGRAM in (call.text("platform"), call.grant.kind, account.network if account else ""):
            return INSTAGRAM
        if named in state.conversations or named in state.messages:
            return "messenger" if named.startswith(("t_", "m_")) else INSTAGRAM
        if (named in state.posts or named in state.comments) and "_" not in named:
            return INSTAGRAM
        return "messenger" if call.request.path.endswith(("/messages", "/conversations")) else "pages"

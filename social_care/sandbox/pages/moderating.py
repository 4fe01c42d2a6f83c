"""Calls that act on whatever an id names (reading, hiding, deleting, liking), and keeping people out.

Source: https://developers.facebook.com/docs/graph-api/reference/comment, .../reference/page/blocked,
https://developers.facebook.com/documentation/business-messaging/messenger-platform/features/moderate-conversations
(2026-11-22).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from social_care.sandbox.meta import problems
from social_care.sandbox.meta.calls import Call
from social_care.sandbox.meta.problems import Problem, invalid
from social_care.sandbox.pages.model import FACEBOOK, INSTAGRAM, Comment, Conversation, Ours, Person, Post, PrivateMessage

if TYPE_CHECKING:
    from social_care.sandbox.pages.sandbox import PagesSandbox

ACTIONS = frozenset({"block_user", "unblock_user", "ban_user", "unban_user", "move_to_spam"})


class Things:
    """What any id understands."""

    def __init__(self, server: PagesSandbox) -> None:
        self._server, self.state, self._access = server, server.state, server.access
        usage = server.access.network_of
        server.route("GET /:id", self._read, usage)
        server.route("POST /:id", self._update, usage)
        server.route("DELETE /:id", self._delete, usage)
        server.route("GET /:id/comments", self._list_comments, usage)
        server.route("POST /:id/comments", self._add_comment, usage)
        server.route("POST /:id/likes", self._like, permission="pages_manage_engagement")
        server.route("DELETE /:id/likes", self._unlike, permission="pages_manage_engagement")
        server.route("GET /:id/blocked", self._list_blocked, permission="pages_manage_engagement")
        server.route("POST /:id/blocked", self._block, permission="pages_manage_engagement")
        server.route("DELETE /:id/blocked", self._unblock, permission="pages_manage_engagement")
        server.route("POST /:id/moderate_conversations", self._moderate, "messenger", "pages_messaging")

    def _read(self, call: Call) -> Any:
        server, named = self._server, call.params["id"]
        own = next((one for one in self._access.ours(call) if named in (one.id, one.app_scoped_id)), None)
        if own is not None:
            return (server.facebook if own.network == FACEBOOK else server.instagram).read(call, own)
        if named == call.grant.subject and named in self.state.people:
            return server.facebook.read(call, self.state.people[named])
        behind = self.state.behind(named)
        if behind is not None and behind[1] in self._access.ours(call):
            return server.messaging.profile(call, *behind)
        thing = self._access.thing(call)
        if isinstance(thing, Conversation | PrivateMessage):
            return server.messaging.read(call, thing)
        return (server.instagram if self._on_instagram(thing) else server.facebook).read(call, thing)

    def _on_instagram(self, piece: Post | Comment) -> bool:
        post = piece if isinstance(piece, Post) else self.state.posts[piece.post_id]
        return post.network == INSTAGRAM

    def _piece(self, call: Call) -> Post | Comment:
        found = self._access.thing(call)
        if isinstance(found, Conversation | PrivateMessage):
            raise self._access.missing(call)
        return found

    def _update(self, call: Call) -> Any:
        piece = self._piece(call)
        return (self._server.instagram if self._on_instagram(piece) else self._server.facebook).update(call, piece)

    def _delete(self, call: Call) -> Any:
        """What stands on our ground, or is our own, can be deleted; on Instagram comments only."""
        piece = self._piece(call)
        call.grant.require("instagram_manage_comments" if self._on_instagram(piece) else "pages_manage_engagement")
        mine = {one.id for one in self._access.ours(call)}
        host = self.state.host_of(piece)
        if (host is None or host.id not in mine) and piece.author_id not in mine:
            raise Problem(problems.FORBIDDEN)
        if self._on_instagram(piece) and isinstance(piece, Post):
            raise Problem(problems.FORBIDDEN)
        self.state.remove(piece)
        return {"success": True}

    def _list_comments(self, call: Call) -> Any:
        piece = self._piece(call)
        if not self._on_instagram(piece):
            return self._server.facebook.list_comments(call, piece)
        if isinstance(piece, Comment):
            raise self._access.missing(call)
        return self._server.instagram.list_comments(call, piece)

    def _add_comment(self, call: Call) -> Any:
        piece = self._piece(call)
        if not self._on_instagram(piece):
            return self._server.facebook.add_comment(call, piece)
        if isinstance(piece, Comment):
            raise self._access.missing(call)
        return self._server.instagram.add_comment(call, piece)

    def _like(self, call: Call, reaction: str = "like") -> Any:
        piece = self._piece(call)
        if self._on_instagram(piece):
            raise self._access.missing(call)
        self.state.react(self._access.page(call).id, piece, reaction)
        return {"success": True}

    def _unlike(self, call: Call) -> Any:
        return self._like(call, "")

    # --- people ------------------------------------------------------------------------------------------------
    def _people(self, named: list[Any], ours: Ours) -> list[Person]:
        found = [self.state.behind(str(one)) for one in named]
        if not found or any(one is None or one[1] is not ours for one in found):
            raise invalid("Param user names nobody whom this Page knows")
        return [one[0] for one in found if one is not None]

    def _list_blocked(self, call: Call) -> Any:
        page = self._access.named(call, FACEBOOK)
        people = [self.state.people[one] for one in sorted(page.banned)]
        return {"data": [{"name": one.name, "id": self.state.scoped_id(one.id, page, private=False)} for one in people]}

    def _block(self, call: Call) -> Any:
        """The parameter is `user`, a list, or `asid` or `psid`; the answer says of each whether it was done."""
        page = self._access.named(call, FACEBOOK)
        named = [one for name in ("user", "asid", "psid") for one in call.items(name)]
        page.banned |= {one.id for one in self._people(named, page)}
        return {str(one): True for one in named}

    def _unblock(self, call: Call) -> Any:
        page = self._access.named(call, FACEBOOK)
        named = [one for name in ("user", "asid", "psid") for one in call.items(name)]
        page.banned -= {one.id for one in self._people(named, page)}
        return {"success": True}

    def _moderate(self, call: Call) -> Any:
        """Up to 10 people and 2 actions; there has to be a conversation. Addressed to the Page for Instagram, too."""
        users, actions = call.items("user_ids"), [str(one).lower() for one in call.items("actions")]
        if not 0 < len(users) <= 10 or not 0 < len(actions) <= 2 or not set(actions) <= ACTIONS:
            raise invalid("Param user_ids or actions is not acceptable")
        found = [self.state.behind(str(one.get("id") if isinstance(one, dict) else one)) for one in users]
        if any(one is None or one[1] not in self._access.ours(call) for one in found):
            raise invalid("Param user_ids names nobody with a conversation")
        for person, ours in filter(None, found):
            self._act(actions, person, ours)
        return {"success": True}

    def _act(self, actions: list[str], person: Person, ours: Ours) -> None:
        if {"block_user", "ban_user"} & set(actions):
            ours.banned.add(person.id)
        if {"unblock_user", "unban_user"} & set(actions):
            ours.banned.discard(person.id)
        if "move_to_spam" in actions:
            self.state.conversation(ours, person).spam = True


def register_subscriptions(server: PagesSandbox) -> None:
    """Add the routes by which an account subscribes to the app's webhook.

    A Page's subscription serves its Instagram account; with Instagram Login the account has its own.
    Source: https://developers.facebook.com/docs/graph-api/reference/page/subscribed_apps (2026-11-22).
    """

    def account(call: Call) -> Ours:
        network = INSTAGRAM if call.grant.kind == INSTAGRAM else FACEBOOK
        return server.access.named(call, network)

    def show(call: Call) -> Any:
        fields = server.webhooks.installed.get(account(call).id)
        app = {"name": "Sandbox", "id": server.keyring.app_id, "subscribed_fields": sorted(fields or ())}
        return {"data": [app] if fields else []}

    def add(call: Call) -> Any:
        ours, fields = account(call), [str(one) for one in call.items("subscribed_fields")]
        unknown = sorted(set(fields) - FIELDS[ours.network])
        if unknown or not fields:
            raise invalid(f"Param subscribed_fields must be one of its values, not {', '.join(unknown) or 'none'}")
        server.webhooks.install(ours.id, fields)
        return {"success": True}

    def remove(call: Call) -> Any:
        server.webhooks.uninstall(account(call).id)
        return {"success": True}

    for method, handler in (("GET", show), ("POST", add), ("DELETE", remove)):
        server.route(f"{method} /:id/subscribed_apps", handler, server.access.network_of, "pages_manage_metadata")


PAGE_FIELDS = """
    feed mention messages message_echoes message_edits message_deliveries message_reads message_reactions
    messaging_postbacks messaging_referrals messaging_optins messaging_policy_enforcement messaging_handovers standby
    ratings leadgen name picture
"""
INSTAGRAM_FIELDS = """
    comments live_comments mentions messages message_edit message_reactions messaging_postbacks messaging_seen
    messaging_referral messaging_optins messaging_handover standby story_insights
"""
FIELDS = {FACEBOOK: frozenset(PAGE_FIELDS.split()), INSTAGRAM: frozenset(INSTAGRAM_FIELDS.split())}
"""Fields that an account can subscribe to, as far as the sandbox has them."""

"""Likes, and blocking somebody's private messages.

Source: https://docs.x.com/x-api/posts/likes/introduction, https://docs.x.com/x-api/users/block-dms and
https://docs.x.com/x-api/getting-started/pricing (2026-11-21): apps of self-serve plans get no likes.
"""

from __future__ import annotations

from social_care.sandbox.x import problems
from social_care.sandbox.x.api import USER, Api, Call, Reply
from social_care.sandbox.x.limits import INTERACTION, INTERACTION_UNDONE
from social_care.sandbox.x.posting import check_schema


def register(api: Api) -> None:
    """Add the routes."""
    api.add("POST /2/users/:id/likes", like, auth=USER, access="write")
    api.add("DELETE /2/users/:id/likes/:tweet_id", unlike, auth=USER, access="write")
    api.add("POST /2/users/:id/dm/block", block, auth=USER, access="dm")
    api.add("POST /2/users/:id/dm/unblock", unblock, auth=USER, access="dm")


def like(api: Api, call: Call) -> Reply:
    """Like a post; liking it again changes nothing."""
    _check_likes(api, call)
    body = call.body()
    check_schema(body, {"tweet_id": str})
    if "tweet_id" not in body:
        raise problems.invalid("$.tweet_id: is missing but it is required")
    post = api.state.posts.get(body["tweet_id"])
    if post is None or not api.state.visible(post, call.user_id):
        raise problems.not_found()
    api.state.likes.add((call.user_id, post.id))
    api.purse.charge(INTERACTION)
    return Reply(data={"data": {"liked": True}})


def unlike(api: Api, call: Call) -> Reply:
    """Take a like back."""
    _check_likes(api, call)
    api.state.likes.discard((call.user_id, call.params["tweet_id"]))
    api.purse.charge(INTERACTION_UNDONE)
    return Reply(data={"data": {"liked": False}})


def block(api: Api, call: Call) -> Reply:
    """Take no more private messages of somebody."""
    api.state.dm_blocks.add((call.user_id, _person(api, call)))
    api.purse.charge(INTERACTION)
    return Reply(data={"data": {"blocked": True}})


def unblock(api: Api, call: Call) -> Reply:
    """Take somebody's private messages again."""
    api.state.dm_blocks.discard((call.user_id, _person(api, call)))
    api.purse.charge(INTERACTION_UNDONE)
    return Reply(data={"data": {"blocked": False}})


def _check_likes(api: Api, call: Call) -> None:
    if not api.options.enterprise:
        raise problems.forbidden("Likes are not part of your current plan.")
    if call.params["id"] != call.user_id:
        raise problems.forbidden("The `id` path parameter must be the id of the authenticated user.")


def _person(api: Api, call: Call) -> str:
    if call.params["id"] not in api.state.users or call.params["id"] == call.user_id:
        raise problems.not_found()
    return call.params["id"]

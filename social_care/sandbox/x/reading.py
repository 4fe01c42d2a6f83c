"""Reading posts and people.

Source: https://docs.x.com/x-api/posts/timelines/introduction, https://docs.x.com/x-api/posts/lookup/introduction,
https://docs.x.com/x-api/posts/search/introduction, https://docs.x.com/x-api/users/lookup/introduction (2026-11-21)
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from itertools import islice
from typing import Any

from social_care.sandbox.x import problems
from social_care.sandbox.x.api import USER, Api, Call, Reply
from social_care.sandbox.x.fields import TWEET_EXPANSIONS, USER_EXPANSIONS
from social_care.sandbox.x.limits import POST_READ, USER_READ
from social_care.sandbox.x.model import Post, User
from social_care.sandbox.x.objects import Includes, post_object, user_object
from social_care.sandbox.x.paging import Page, paginate, read_bounds, read_count, read_id, read_time
from social_care.sandbox.x.search import parse_query
from social_care.sandbox.x.state import id_at

MENTIONS_KEPT = 800
POSTS_KEPT = 3200
SEARCH_DAYS = timedelta(days=7)
SEARCH_DELAY = timedelta(seconds=10)
PAGE = frozenset({"max_results", "since_id", "until_id", "start_time", "end_time", "pagination_token"})


def register(api: Api) -> None:
    """Add the routes."""
    api.add("GET /2/users/me", get_me, auth=USER, expansions=USER_EXPANSIONS)
    api.add("GET /2/users", get_users, parameters=frozenset({"ids"}), expansions=USER_EXPANSIONS)
    api.add("GET /2/users/:id", get_user, expansions=USER_EXPANSIONS)
    api.add("GET /2/users/by/username/:username", get_user_by_name, expansions=USER_EXPANSIONS)
    api.add("GET /2/users/:id/mentions", get_mentions, parameters=PAGE, expansions=TWEET_EXPANSIONS)
    api.add("GET /2/users/:id/tweets", get_timeline, parameters=PAGE | {"exclude"}, expansions=TWEET_EXPANSIONS)
    api.add("GET /2/tweets", get_posts, parameters=frozenset({"ids"}), expansions=TWEET_EXPANSIONS)
    api.add("GET /2/tweets/:id", get_post, expansions=TWEET_EXPANSIONS)
    api.add(
        "GET /2/tweets/search/recent",
        search_recent,
        parameters=PAGE | {"query", "next_token", "sort_order"},
        expansions=TWEET_EXPANSIONS,
    )


# --- people ---------------------------------------------------------------------------------------------------------
def get_me(api: Api, call: Call) -> Reply:
    """Return the caller."""
    return _one_user(api, call, api.state.users.get(call.user_id), call.user_id, "id")


def get_user(api: Api, call: Call) -> Reply:
    """Return a user by id."""
    return _one_user(api, call, api.state.users.get(call.params["id"]), call.params["id"], "id")


def get_user_by_name(api: Api, call: Call) -> Reply:
    """Return a user by handle."""
    handle = call.params["username"]
    return _one_user(api, call, api.state.users.get(api.state.id_of(handle) or ""), handle, "username")


def _one_user(api: Api, call: Call, user: User | None, asked: str, parameter: str) -> Reply:
    if user is None:
        return Reply(data={"errors": [problems.missing("user", asked, parameter)]})
    api.purse.charge_reads([user.id], USER_READ)
    return Reply(data={"data": user_object(api.state, user, call.selection.user, call.principal.user_id)})


def get_users(api: Api, call: Call) -> Reply:
    """Return up to 100 users by id."""
    found, errors = [], []
    for user_id in _ids(call):
        user = api.state.users.get(user_id)
        if user:
            found.append(user_object(api.state, user, call.selection.user, call.principal.user_id))
        else:
            errors.append(problems.missing("user", user_id, "ids"))
    api.purse.charge_reads([user["id"] for user in found], USER_READ)
    return Reply(data={**({"data": found} if found else {}), **({"errors": errors} if errors else {})})


def _ids(call: Call) -> list[str]:
    ids = [part for part in call.query.get("ids", "").split(",") if part]
    if not ids or len(ids) > 100:
        raise problems.invalid("The `ids` query parameter needs 1 to 100 ids", "ids", call.query.get("ids", ""))
    for one in ids:
        read_id({"ids": one}, "ids")
    return list(dict.fromkeys(ids))


# --- posts ----------------------------------------------------------------------------------------------------------
def get_post(api: Api, call: Call) -> Reply:
    """Return one post; an `errors` entry with status 200 when it is not there."""
    return _lookup(api, call, [call.params["id"]], "id", single=True)


def get_posts(api: Api, call: Call) -> Reply:
    """Return up to 100 posts by id; those that are not there are named in `errors`."""
    return _lookup(api, call, _ids(call), "ids", single=False)


def _lookup(api: Api, call: Call, ids: list[str], parameter: str, *, single: bool) -> Reply:
    includes = Includes(api.state, call.selection, call.principal.user_id)
    found: list[dict[str, Any]] = []
    for post_id in ids:
        post = api.state.posts.get(post_id)
        if post is None:
            includes.errors.append(problems.missing("tweet", post_id, parameter))
        elif not api.state.visible(post, call.principal.user_id):
            includes.errors.append(problems.not_authorized("tweet", post_id, parameter))
        else:
            found.append(post_object(api.state, post, call.selection.tweet))
            includes.add_post(post)
    api.purse.charge_reads([post["id"] for post in found], POST_READ)
    data = {"data": found[0] if single else found} if found else {}
    return Reply(data=data | includes.result())


def get_mentions(api: Api, call: Call) -> Reply:
    """Return who mentions a user, newest first; only the last 800 are kept."""
    return _timeline(api, call, api.state.by_mention, MENTIONS_KEPT)


def get_timeline(api: Api, call: Call) -> Reply:
    """Return what a user posted, newest first."""
    return _timeline(api, call, api.state.by_author, POSTS_KEPT)


def _timeline(api: Api, call: Call, index: dict[str, list[int]], kept: int) -> Reply:
    user_id = call.params["id"]
    if user_id not in api.state.users:
        return Reply(data={"errors": [problems.missing("user", user_id, "id")]})
    count = read_count(call.query, 5, 100, 10)
    since, until = read_bounds(call.query)
    exclude = call.query.get("exclude", "").split(",")
    posts = [
        post
        for post in islice(api.state.newest(index.get(user_id, [])), kept)
        if int(post.id) > since
        and (until is None or int(post.id) < until)
        and api.state.visible(post, call.principal.user_id)
        and not (post.repost_id and (kept == MENTIONS_KEPT or "retweets" in exclude))
        and not (post.reply_to_id and "replies" in exclude)
    ]
    return _page_reply(api, call, paginate(api, call, posts, count))


def _page_reply(api: Api, call: Call, page: Page) -> Reply:
    includes = Includes(api.state, call.selection, call.principal.user_id)
    for post in page.items:
        includes.add_post(post)
    api.purse.charge_reads([post.id for post in page.items], POST_READ)
    data: dict[str, Any] = {}
    if page.items:
        data["data"] = [post_object(api.state, post, call.selection.tweet) for post in page.items]
    return Reply(data=data | includes.result() | {"meta": page.meta(ids=True)})


# --- search ---------------------------------------------------------------------------------------------------------
def search_recent(api: Api, call: Call) -> Reply:
    """Return the posts of the last seven days that match a query; reposts never do."""
    matches = parse_query(api.state, call.query.get("query", ""))
    count = read_count(call.query, 10, 100, 10)
    since, until = _search_bounds(api, call)
    posts = [post for post in _recent(api, since, until) if _findable(api, post) and matches(post)]
    return _page_reply(api, call, paginate(api, call, posts, count, "next_token"))


def _recent(api: Api, since: int, until: int | None) -> Iterable[Post]:
    for post in api.state.newest():
        if int(post.id) <= since:
            return
        if until is None or int(post.id) < until:
            yield post


def _findable(api: Api, post: Post) -> bool:
    return post.repost_id is None and not api.state.users[post.author_id].protected


def _search_bounds(api: Api, call: Call) -> tuple[int, int | None]:
    query = call.query
    for one, other in (("since_id", "start_time"), ("until_id", "end_time"), ("next_token", "pagination_token")):
        if one in query and other in query:
            raise problems.invalid(f"`{one}` and `{other}` cannot be used together", one, query[one])
    now = api.clock()
    oldest = now - SEARCH_DAYS
    start, end = read_time(query, "start_time"), read_time(query, "end_time")
    if start and start < oldest:
        raise problems.invalid("`start_time` must be within the last 7 days", "start_time", query["start_time"])
    if end and end > now - SEARCH_DELAY:
        message = "`end_time` must be a minimum of 10 seconds prior to the request time"
        raise problems.invalid(message, "end_time", query["end_time"])
    since = read_id(query, "since_id")
    if since is not None and since < id_at(oldest):
        message = f"'since_id' must be a tweet id created after the last 7 days; use one that is larger than {id_at(oldest)}"
        raise problems.invalid(message, "since_id", since)
    low, high = read_bounds(query)
    return max(low, id_at(oldest)), high

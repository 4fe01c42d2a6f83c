"""Reading over the API: fields, expansions, pages, search, lookups."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from social_care.sandbox.x import XSandbox
from tests.sandbox.conftest import Caller, World, check_published


@pytest.fixture
def mentions(world: World) -> str:
    return f"/2/users/{world.team.id}/mentions"


def ids(body: dict[str, Any]) -> list[str]:
    return [one["id"] for one in body.get("data", [])]


# --- ids, fields, expansions ------------------------------------------------------------------------------------------
def test_ids_are_19_digits_and_rise_even_when_the_clock_stands_still(x: XSandbox) -> None:
    made = [int(x.post("ada", f"post {number}").id) for number in range(50)]
    assert made == sorted(set(made))
    assert len(str(made[0])) == 19
    x.clock.advance(1)
    assert int(x.post("ada", "later").id) - made[-1] > (900 << 22)


def test_only_default_fields_unless_asked(x: XSandbox, team: Caller, mentions: str) -> None:
    post = x.post("ada", "@northwind hello")
    body = team.get(mentions)
    assert body["data"] == [{"id": post.id, "text": "@northwind hello", "edit_history_tweet_ids": [post.id]}]
    assert "includes" not in body
    assert team.get("/2/users/me")["data"] == {
        "id": x.state.user("northwind").id,
        "name": "Northwind Air",
        "username": "northwind",
    }


@pytest.mark.parametrize("name", ["tweet.fields", "post.fields"])
def test_both_names_of_the_field_parameter_work(x: XSandbox, team: Caller, mentions: str, name: str) -> None:
    x.post("ada", "@northwind hello")
    (post,) = team.get(mentions, **{name: "author_id,created_at,conversation_id"})["data"]
    assert set(post) == {"id", "text", "edit_history_tweet_ids", "author_id", "created_at", "conversation_id"}
    assert post["created_at"] == "2026-11-20T12:00:00.000Z"


def test_the_names_of_2_167_when_wanted(make_world: Callable[..., World]) -> None:
    world = make_world(new_names=True)
    root = world.sandbox.post("northwind", "hello")
    reply = world.sandbox.post("ada", "hi", reply_to=root)
    body = world.oauth1().get(f"/2/tweets/{reply.id}", post__fields="referenced_posts")
    assert body["data"]["referenced_posts"] == [{"type": "replied_to", "id": root.id}]
    assert body["data"]["edit_history_post_ids"] == [reply.id]


def test_expansions_fill_includes_and_add_their_field(world: World, x: XSandbox, team: Caller) -> None:
    root = x.post("northwind", "good morning")
    reply = x.post("ada", "not for me", reply_to=root, media=["photo", "video"])
    body = team.get(
        f"/2/tweets/{reply.id}",
        expansions="author_id,referenced_tweets.id,referenced_tweets.id.author_id,attachments.media_keys,in_reply_to_user_id",
        user__fields="public_metrics,receives_your_dm",
        media__fields="url,variants,alt_text",
    )
    assert body["data"]["author_id"] == world.ada.id
    users = {user["username"]: user for user in body["includes"]["users"]}
    assert set(users) == {"ada", "northwind"}
    assert users["ada"]["public_metrics"]["followers_count"] == 10
    assert users["ada"]["receives_your_dm"] is True
    assert [post["id"] for post in body["includes"]["tweets"]] == [root.id]
    photo, video = body["includes"]["media"]
    assert photo["media_key"] == body["data"]["attachments"]["media_keys"][0]
    assert (photo["type"], "url" in photo, "url" in video) == ("photo", True, False)
    assert video["variants"][0]["url"].startswith("https://video.twimg.com/")


def test_a_file_can_be_fetched_by_the_path_of_its_address(world: World, x: XSandbox) -> None:
    post = x.post("ada", "look", media=["photo"])
    url = x.state.media[post.media[0]].url
    answer = world.anonymous()("GET", url.removeprefix("https://pbs.twimg.com"))
    assert answer.content.startswith(b"\x89PNG")
    assert world.anonymous()("GET", "/media/none.jpg").status_code == 404


def test_a_deleted_parent_is_an_error_beside_the_data(x: XSandbox, team: Caller) -> None:
    root = x.post("northwind", "good morning")
    reply = x.post("ada", "what?", reply_to=root)
    x.delete(root)
    body = team.get(f"/2/tweets/{reply.id}", expansions="referenced_tweets.id")
    assert body["data"]["referenced_tweets"] == [{"type": "replied_to", "id": root.id}]
    assert "includes" not in body
    assert body["errors"][0]["resource_id"] == root.id


@pytest.mark.parametrize(
    "query",
    [
        {"tweet.fields": "nope"},
        {"expansions": "nope"},
        {"nope": "1"},
        {"max_results": "4"},
        {"max_results": "101"},
        {"max_results": "many"},
        {"since_id": "abc"},
        {"start_time": "yesterday"},
        {"pagination_token": "!!!"},
        {"pagination_token": "abc"},
    ],
)
def test_a_wrong_parameter_is_a_400_that_names_it(team: Caller, mentions: str, query: dict[str, str]) -> None:
    answer = team("GET", mentions, params=query)
    assert answer.status_code == 400
    body = answer.json()
    assert body["title"] == "Invalid Request"
    assert next(iter(query)) in body["errors"][0]["message"]


# --- text -------------------------------------------------------------------------------------------------------------
def test_text_is_escaped_links_are_wrapped_and_offsets_fit(world: World, x: XSandbox, team: Caller) -> None:
    post = x.post("ada", "@northwind <b> & see https://example.com/a?b=1&c=2 now #Delay $NWA @nobody_here")
    data = team.get(f"/2/tweets/{post.id}", tweet__fields="entities")["data"]
    text, entities = data["text"], data["entities"]
    assert text.startswith("@northwind &lt;b&gt; &amp; see https://t.co/")
    (link,) = entities["urls"]
    assert text[link["start"] : link["end"]] == link["url"]
    assert len(link["url"]) == 23
    assert link["expanded_url"] == "https://example.com/a?b=1&c=2"
    (mention,) = entities["mentions"]
    assert text[mention["start"] : mention["end"]] == "@northwind"
    assert mention["id"] == world.team.id
    assert [one["tag"] for one in entities["hashtags"] + entities["cashtags"]] == ["Delay", "NWA"]


def test_an_at_inside_a_link_or_address_mentions_nobody(x: XSandbox) -> None:
    assert x.post("ada", "see https://example.com/@northwind or mail me@northwind").mentions == ()


def test_a_long_post_is_cut_and_its_note_is_whole(x: XSandbox, team: Caller) -> None:
    text = "@northwind " + "very late & " * 60 + "end"
    post = x.post("ada", text)
    plain = team.get(f"/2/tweets/{post.id}")["data"]
    assert plain["text"].endswith("…")
    assert "note_tweet" not in plain
    assert len(plain["text"].replace("&amp;", "&")) <= 280
    note = team.get(f"/2/tweets/{post.id}", tweet__fields="note_tweet")["data"]["note_tweet"]
    assert note["text"] == text.replace("&", "&amp;")
    assert note["entities"]["mentions"][0]["username"] == "northwind"


def test_a_short_post_has_no_note(x: XSandbox, team: Caller) -> None:
    post = x.post("ada", "short")
    assert "note_tweet" not in team.get(f"/2/tweets/{post.id}", tweet__fields="note_tweet")["data"]


def test_counts_references_and_conversation(world: World, x: XSandbox, team: Caller) -> None:
    root = x.post("northwind", "hello")
    reply = x.post("ada", "one", reply_to=root)
    deeper = x.post("ben", "two", reply_to=reply)
    x.post("ben", "look", quote=root)
    x.post("ben", "", repost_of=root)
    metrics = team.get(f"/2/tweets/{root.id}", tweet__fields="public_metrics")["data"]["public_metrics"]
    assert (metrics["reply_count"], metrics["quote_count"], metrics["retweet_count"]) == (1, 1, 1)
    data = team.get(f"/2/tweets/{deeper.id}", tweet__fields="conversation_id,in_reply_to_user_id,referenced_tweets")["data"]
    assert data["conversation_id"] == root.id
    assert data["in_reply_to_user_id"] == world.ada.id
    assert data["text"] == "@ada @northwind two"
    x.delete(reply)
    metrics = team.get(f"/2/tweets/{root.id}", tweet__fields="public_metrics")["data"]["public_metrics"]
    assert metrics["reply_count"] == 0


# --- edits and deletions ----------------------------------------------------------------------------------------------
def test_an_edit_has_a_new_id_and_the_old_one_still_answers(x: XSandbox, team: Caller, mentions: str) -> None:
    first = x.post("ada", "@northwind lat")
    second = x.edit(first, "@northwind late")
    assert ids(team.get(mentions)) == [second.id]
    fields = "edit_controls,conversation_id"
    old = team.get(f"/2/tweets/{first.id}", tweet__fields=fields)["data"]
    new = team.get(f"/2/tweets/{second.id}", tweet__fields=fields)["data"]
    assert (old["text"], new["text"]) == ("@northwind lat", "@northwind late")
    assert old["edit_history_tweet_ids"] == new["edit_history_tweet_ids"] == [first.id, second.id]
    assert new["conversation_id"] == first.id
    assert new["edit_controls"]["edits_remaining"] == 4
    assert ids(team.get(mentions, since_id=first.id)) == [second.id]


def test_edits_end_after_five_and_after_an_hour(x: XSandbox) -> None:
    post = x.post("ada", "0")
    for number in range(5):
        x.edit(post, str(number + 1))
    with pytest.raises(ValueError, match="five"):
        x.edit(post, "6")
    other = x.post("ada", "other")
    x.clock.advance(3601)
    with pytest.raises(ValueError, match="hour"):
        x.edit(other, "too late")


def test_missing_posts_come_as_errors_with_200(x: XSandbox, team: Caller) -> None:
    kept, gone = x.post("ada", "a"), x.post("ada", "b")
    x.edit(gone, "bb")
    x.delete(gone)
    body = team.get("/2/tweets", ids=f"{kept.id},{gone.id}")
    assert ids(body) == [kept.id]
    assert body["errors"][0]["resource_id"] == gone.id
    assert body["errors"][0]["type"] == "https://api.x.com/2/problems/resource-not-found"
    assert {"resource_id", "resource_type", "title", "detail", "type"} <= set(body["errors"][0])
    alone = team.get(f"/2/tweets/{gone.id}")
    assert "data" not in alone
    assert alone["errors"][0]["title"] == "Not Found Error"


def test_protected_posts_are_for_followers(world: World, x: XSandbox, team: Caller, mentions: str) -> None:
    x.add_user("shy", protected=True)
    post = x.post("shy", "@northwind psst")
    assert team.get(f"/2/tweets/{post.id}")["errors"][0]["title"] == "Authorization Error"
    assert ids(team.get(mentions)) == []
    x.follow("northwind", "shy")
    assert ids(team.get(mentions)) == [post.id]
    assert "errors" in world.app().get(f"/2/tweets/{post.id}")


# --- people -----------------------------------------------------------------------------------------------------------
def test_people_by_id_ids_and_handle(world: World, x: XSandbox, team: Caller) -> None:
    assert team.get(f"/2/users/{world.ada.id}")["data"]["username"] == "ada"
    assert team.get("/2/users/by/username/ADA")["data"]["id"] == world.ada.id
    body = team.get("/2/users", ids=f"{world.ada.id},{world.ben.id},99")
    assert [user["username"] for user in body["data"]] == ["ada", "ben"]
    assert body["errors"][0]["value"] == "99"
    assert "errors" in team.get("/2/users/by/username/nobody")
    x.rename_user("ada", "ada_lovelace")
    assert team.get(f"/2/users/{world.ada.id}")["data"]["username"] == "ada_lovelace"
    assert team("GET", "/2/users", params={"ids": "x"}).status_code == 400


# --- timelines and pages ----------------------------------------------------------------------------------------------
def test_mentions_are_newest_first_with_replies_and_quotes_but_no_reposts(x: XSandbox, team: Caller, mentions: str) -> None:
    root = x.post("northwind", "hello")
    reply = x.post("ada", "no at sign typed", reply_to=root)
    quote = x.post("ada", "see @northwind", quote=root)
    x.post("ada", "unmentioned quote", quote=root)
    x.post("ben", "", repost_of=quote)
    assert ids(team.get(mentions)) == [quote.id, reply.id]


def test_an_empty_page_has_no_data(team: Caller, mentions: str) -> None:
    assert team.get(mentions) == {"meta": {"result_count": 0}}
    check_published(team("GET", mentions), "api_users_mentions_empty.json")


def test_pages_chain_forward_and_back(x: XSandbox, team: Caller, mentions: str) -> None:
    made = [x.post("ada", f"@northwind {number}").id for number in range(12)][::-1]
    first = team.get(mentions, max_results=5)
    assert "previous_token" not in first["meta"]
    x.post("ada", "@northwind arrives between two pages")
    second = team.get(mentions, max_results=5, pagination_token=first["meta"]["next_token"])
    third = team.get(mentions, max_results=5, pagination_token=second["meta"]["next_token"])
    assert ids(first) + ids(second) + ids(third) == made
    assert "next_token" not in third["meta"]
    assert second["meta"] | {"next_token": "", "previous_token": ""} == {
        "result_count": 5,
        "newest_id": made[5],
        "oldest_id": made[9],
        "next_token": "",
        "previous_token": "",
    }
    back = team.get(mentions, max_results=5, pagination_token=second["meta"]["previous_token"])
    assert ids(back) == made[:5]


def test_since_until_and_times_bound_a_page(x: XSandbox, team: Caller, mentions: str) -> None:
    made = []
    for number in range(4):
        made.append(x.post("ada", f"@northwind {number}").id)
        x.clock.advance(60)
    assert ids(team.get(mentions, since_id=made[1])) == [made[3], made[2]]
    assert ids(team.get(mentions, until_id=made[2])) == [made[1], made[0]]
    assert ids(team.get(mentions, start_time="2026-11-20T12:02:00Z")) == [made[3], made[2]]
    assert ids(team.get(mentions, end_time="2026-11-20T12:01:00.000Z")) == [made[0]]
    assert ids(team.get(mentions, since_id="1")) == made[::-1]


def test_only_the_last_800_mentions_are_kept(x: XSandbox, team: Caller, mentions: str) -> None:
    made = [x.post("ada", f"@northwind {number}").id for number in range(803)]
    seen: list[str] = []
    token: dict[str, str] = {}
    while True:
        body = team.get(mentions, max_results=100, **token)
        seen += ids(body)
        if "next_token" not in body["meta"]:
            break
        token = {"pagination_token": body["meta"]["next_token"]}
    assert seen == made[3:][::-1]


def test_a_timeline_has_what_a_user_posted(world: World, x: XSandbox, team: Caller) -> None:
    root = x.post("ada", "one")
    reply = x.post("ada", "two", reply_to=root)
    repost = x.post("ada", "", repost_of=x.post("ben", "three"))
    path = f"/2/users/{world.ada.id}/tweets"
    assert ids(team.get(path)) == [repost.id, reply.id, root.id]
    assert ids(team.get(path, exclude="replies,retweets")) == [root.id]
    assert team.get(path)["data"][0]["text"] == "RT @ben: three"
    assert "errors" in team.get("/2/users/123/tweets")


# --- search -----------------------------------------------------------------------------------------------------------
@pytest.fixture
def searched(x: XSandbox) -> dict[str, str]:
    """Posts to find, by a short name."""
    root = x.post("northwind", "Good morning, flights are on time", lang="en")
    posts = {
        "root": root,
        "reply": x.post("ada", "my bag is lost", reply_to=root, lang="en"),
        "mention": x.post("ben", "@northwind Flug verspätet #delay", lang="de"),
        "quote": x.post("ada", "sure they are", quote=root, lang="en"),
        "keyword": x.post("ben", "Northwind lost my bag https://example.com/x", lang="en"),
    }
    x.post("ben", "", repost_of=root)
    return {name: post.id for name, post in posts.items()}


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("lost", "keyword reply"),
        ("LOST bag", "keyword reply"),
        ('"lost my"', "keyword"),
        ("@northwind", "mention reply"),
        ("#delay", "mention"),
        ("from:ada", "quote reply"),
        ("from:@ada lost", "reply"),
        ("to:northwind", "reply"),
        ("to:northwind OR #delay", "mention reply"),
        ("(lost OR verspätet) lang:de", "mention"),
        ("northwind -lost", "mention"),
        ("northwind -@northwind", "keyword"),
        ("flights is:reply", ""),
        ("from:ada is:reply", "reply"),
        ("from:ada is:quote", "quote"),
        ("from:ada -is:quote", "reply"),
        ("from:ben -is:retweet", "keyword mention"),
        ("from:ben is:retweet", ""),
        ("from:ben has:links", "keyword"),
        ("conversation_id:{root}", "reply root"),
        ("in_reply_to_tweet_id:{root}", "reply"),
        ("quotes_of_tweet_id:{root}", "quote"),
        ("url:example.com", "keyword"),
        ("flights morning", "root"),
        ("nothing", ""),
    ],
)
def test_search_finds(team: Caller, searched: dict[str, str], query: str, expected: str) -> None:
    body = team.get("/2/tweets/search/recent", query=query.format(**searched))
    names = {post_id: name for name, post_id in searched.items()}
    assert sorted(names[one] for one in ids(body)) == expected.split()


@pytest.mark.parametrize(
    "query",
    [
        "",
        "nonsense:1",
        "min_faves:10",
        "is:nonsense",
        "-lost",
        "is:reply",
        "lang:en",
        "(lost",
        "lost)",
        "-(a OR b)",
        "lost OR",
        "from:",
        "x" * 513,
    ],
)
def test_a_wrong_query_is_a_400(team: Caller, query: str) -> None:
    assert team("GET", "/2/tweets/search/recent", params={"query": query}).status_code == 400


def test_a_missing_query_has_the_published_body(team: Caller) -> None:
    answer = team("GET", "/2/tweets/search/recent")
    assert answer.json()["detail"] == "The 'query' parameter is required."
    check_published(answer, "error_400_invalid_request.json")


def test_search_knows_seven_days_and_refuses_older_bounds(x: XSandbox, team: Caller) -> None:
    path = "/2/tweets/search/recent"
    old = x.post("ada", "lost long ago")
    x.clock.advance(8 * 86400)
    fresh = x.post("ada", "lost today")
    assert ids(team.get(path, query="lost")) == [fresh.id]
    assert ids(team.get(path, query="lost", since_id=fresh.id)) == []
    for wrong in (
        {"since_id": old.id},
        {"start_time": "2026-11-20T12:00:00Z"},
        {"end_time": "2026-11-28T12:00:00Z"},
        {"since_id": fresh.id, "start_time": "2026-11-27T12:00:00Z"},
        {"max_results": "5"},
    ):
        assert team("GET", path, params={"query": "lost", **wrong}).status_code == 400, wrong


def test_search_pages_with_next_token(x: XSandbox, team: Caller) -> None:
    for number in range(11):
        x.post("ada", f"lost {number}")
    first = team.get("/2/tweets/search/recent", query="lost", max_results=10)
    second = team.get("/2/tweets/search/recent", query="lost", max_results=10, next_token=first["meta"]["next_token"])
    assert len(ids(first) + ids(second)) == 11


# --- published shapes -------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("file", "path", "query"),
    [
        (
            "api_users_mentions.json",
            "/2/users/{team}/mentions",
            {
                "tweet.fields": "created_at,public_metrics",
                "expansions": "author_id",
                "user.fields": "verified",
                "max_results": 5,
            },
        ),
        ("api_search_recent.json", "/2/tweets/search/recent", {"query": "hello"}),
        (
            "api_search_recent_conversation.json",
            "/2/tweets/search/recent",
            {
                "query": "to:northwind",
                "tweet.fields": "author_id,created_at,conversation_id,in_reply_to_user_id,referenced_tweets",
            },
        ),
        ("api_dm_events.json", "/2/dm_events", {"dm_event.fields": "created_at,sender_id,text", "max_results": 1}),
    ],
)
def test_pages_have_the_published_fields(
    world: World, x: XSandbox, team: Caller, load: Callable[[str], Any], file: str, path: str, query: dict[str, Any]
) -> None:
    root = x.post("northwind", "hello from us")
    for number in range(6):
        x.post("ada", f"@northwind hello {number}", reply_to=root)
        x.dm("ada", "northwind", f"hello {number}")
    body = team.get(path.format(team=world.team.id), **query)
    published = load(file)["response"]["body"]
    assert set(published) <= set(body)
    assert set(published["data"][0]) <= set(body["data"][0])
    extra = {"next_token", "newest_id", "oldest_id"}
    assert set(published["meta"]) - extra <= set(body["meta"])
    for kind, objects in published.get("includes", {}).items():
        assert set(objects[0]) <= set(body["includes"][kind][0])

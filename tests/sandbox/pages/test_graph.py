"""The Graph API of the sandbox seen from a plain client: tokens, fields, pages of lists, refusals, limits, faults."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from threading import Event, Thread
from typing import Any

import pytest
import requests

from social_care.sandbox.meta.problems import LOCALES
from social_care.sandbox.pages import PagesSandbox
from social_care.sandbox.serve import serve
from tests.sandbox.conftest import published_folder
from tests.sandbox.pages.conftest import World

FEED = "id,from,message,created_time,comments.order(reverse_chronological).filter(stream).limit(2){id,message,parent{id}}"


# --- who calls ------------------------------------------------------------------------------------------------------
def test_a_call_needs_a_token_and_its_proof(world: World) -> None:
    address = f"{world.sandbox.base_url}/v25.0/me"
    token = world.sandbox.credentials(world.page).access_token
    get = world.session.get

    def code(answer: requests.Response) -> int:
        return int(answer.json()["error"]["code"])

    assert code(get(address)) == 2500
    assert code(get(address, headers={"authorization": "Bearer nonsense"})) == 190
    assert get(address, headers={"authorization": f"Bearer {token}"}).json()["error"]["type"] == "GraphMethodException"
    assert code(get(address, params={"access_token": token, "appsecret_proof": "00"})) == 100
    world.sandbox.keyring.require_proof = False
    assert get(address, params={"access_token": token}).json()["name"] == "Northwind Air"


@pytest.mark.parametrize("subcode", [458, 459, 460, 463, 464, 467])
def test_tokens_die_in_many_ways_and_a_new_one_lives(world: World, subcode: int) -> None:
    token = world.sandbox.credentials(world.page).access_token
    world.sandbox.keyring.end(world.page.id, subcode)
    answer = world.session.get(f"{world.sandbox.base_url}/v25.0/me", headers={"authorization": f"Bearer {token}"})
    assert (answer.json()["error"]["code"], answer.json()["error"]["error_subcode"]) == (190, subcode)
    assert world.get("me")["name"] == "Northwind Air", "the owner connected again"


def test_a_token_opens_nothing_of_others(world: World) -> None:
    other = world.sandbox.add_page("Southwind", "southwind")
    post = world.sandbox.post(other, "Hello")
    comment = world.sandbox.comment(world.ada, post, "Hi")
    message = world.sandbox.message(world.ada, other, "Psst")
    strangers = [other.id, post.id, comment.id, message.id, world.psid(world.ada, other), "t_1", "1"]
    assert {world.refusal("GET", one) for one in strangers} == {(400, 100, 33)}
    assert world.refusal("GET", f"{other.id}/feed") == (400, 100, 33)
    assert world.refusal("POST", f"{comment.id}/comments", message="Hi") == (400, 100, 33)
    assert world.refusal("POST", "me/messages", recipient={"id": world.psid(world.ada, other)}, message={"text": "Hi"}) == (
        400,
        100,
        2018001,
    )


def test_people_have_another_id_with_every_account(world: World) -> None:
    ids = {world.psid(), world.psid(ours=world.instagram), world.sandbox.scoped_id(world.ada, world.page, private=False)}
    assert len(ids) == 3
    instagram = world.instagram
    assert world.psid(ours=instagram) == world.sandbox.scoped_id(world.ada, instagram, private=False)


def test_debug_token_tells_whether_a_token_lives(world: World) -> None:
    token = world.sandbox.credentials(world.page).access_token
    assert world.get("debug_token", input_token=token)["data"]["is_valid"] is True
    assert world.get("debug_token", input_token="x")["data"]["is_valid"] is False


# --- reading --------------------------------------------------------------------------------------------------------
def test_fields_are_expanded_as_asked(world: World) -> None:
    post = world.sandbox.post(world.page, "Good morning")
    first = world.sandbox.comment(world.ada, post, "My bag")
    answer = world.sandbox.comment(world.ben, first, "Mine too")
    flattened = world.sandbox.comment(world.ada, answer, "You, too?")
    (node,) = world.get("me/feed", fields=FEED)["data"]
    assert set(node) == {"id", "from", "message", "created_time", "comments"}
    assert node["comments"]["data"] == [
        {"id": flattened.id, "message": "You, too?", "parent": {"id": first.id}},
        {"id": answer.id, "message": "Mine too", "parent": {"id": first.id}},
    ]
    assert "after" in node["comments"]["paging"]["cursors"]
    assert [one["id"] for one in world.get(f"{post.id}/comments")["data"]] == [first.id], "the first level only"


@pytest.mark.parametrize("fields", ["nonsense", "id,from{", "id,,name", "id name", "comments.limit(x)"])
def test_wrong_fields_are_refused(world: World, fields: str) -> None:
    post = world.sandbox.post(world.page, "Good morning")
    world.sandbox.comment(world.ada, post, "My bag")
    assert world.refusal("GET", post.id, fields=fields)[1] in (100, 2500)


def test_lists_are_read_by_cursor_while_new_ones_come(world: World) -> None:
    posts = [world.sandbox.post(world.page, f"post {number}").id for number in range(7)]
    page = world.get("me/feed", limit=3)
    found = [one["id"] for one in page["data"]]
    while "next" in page["paging"]:
        world.sandbox.post(world.page, "a new one meanwhile")
        page = world.get("me/feed", limit=3, after=page["paging"]["cursors"]["after"])
        found += [one["id"] for one in page["data"]]
    assert [one for one in found if one in posts] == posts[::-1]
    assert len(found) == len(set(found))
    assert world.refusal("GET", "me/feed", after="rubbish")[1] == 100
    assert world.refusal("GET", "me/feed", limit=0)[1] == 100


def test_the_next_pages_address_holds_the_token(world: World) -> None:
    for number in range(3):
        world.sandbox.post(world.page, f"post {number}")
    following = world.get("me/feed", limit=2)["paging"]["next"]
    assert world.sandbox.credentials(world.page).access_token in following
    world.sandbox.keyring.require_proof = False
    assert len(world.session.get(following).json()["data"]) == 1


def test_profiles_of_who_wrote_to_us(world: World) -> None:
    assert world.refusal("GET", world.psid()) == (400, 100, 33)
    world.sandbox.message(world.ada, world.page, "Hello")
    world.sandbox.message(world.ada, world.instagram, "Hello")
    profile = world.get(world.psid(), fields="first_name,last_name,profile_pic")
    assert profile["last_name"] == "Osei"
    assert world.session.get(profile["profile_pic"]).headers["content-type"] == "image/jpeg"
    igsid = world.psid(ours=world.instagram)
    assert world.get(igsid, world.instagram, fields="name,username")["username"] == "ada_osei"
    world.ada.consents = False
    assert world.refusal("GET", igsid, world.instagram) == (403, 230, 0)


# --- writing --------------------------------------------------------------------------------------------------------
def test_private_messages_have_their_rules(world: World) -> None:
    def send(ours: Any = None, **body: Any) -> tuple[int, int, int]:
        return world.refusal("POST", "me/messages", ours or world.page, **body)

    to, to_instagram = {"id": world.psid()}, {"id": world.psid(ours=world.instagram)}
    hello = {"text": "Hello"}
    assert send(recipient=to, message=hello) == (400, 10, 2018278), "she never wrote"
    assert send(world.instagram, recipient=to_instagram, message=hello) == (400, 10, 2534022)
    world.sandbox.message(world.ada, world.page, "Hi")
    world.sandbox.message(world.ada, world.instagram, "Hi")
    assert send(recipient={"id": "1"}, message=hello) == (400, 100, 2018001)
    assert send(recipient=to, message={}) == (400, 100, 0)
    assert send(recipient=to, message={"text": "x" * 2001}) == (400, 100, 0)
    assert send(world.instagram, recipient=to_instagram, message={"text": "ä" * 501}) == (400, 100, 0), "bytes count there"
    assert send(recipient=to, message=hello, messaging_type="MESSAGE_TAG", tag="ACCOUNT_UPDATE") == (400, 100, 0)
    assert send(recipient=to, message=hello, messaging_type="MESSAGE_TAG", tag="HUMAN_AGENT") == (400, 200, 2018276)
    world.sandbox.block(world.ada, world.page)
    assert send(recipient=to, message=hello) == (400, 551, 1545041)
    world.sandbox.block(world.ada, world.page, blocked=False)
    answer = world.call("POST", "me/messages", recipient=to, message={"text": "Hello", "metadata": "mark"}).json()
    assert answer["recipient_id"] == world.psid()
    assert world.call("POST", "me/messages", recipient=to, sender_action="typing_on").json() == {
        "recipient_id": world.psid()
    }


def test_the_private_reply_is_one_and_within_seven_days(world: World) -> None:
    post = world.sandbox.post(world.page, "Hello")
    comments = [world.sandbox.comment(world.ada, post, f"comment {number}") for number in range(2)]
    own = world.sandbox.comment(world.page, post, "ours")

    def reply(comment: Any) -> requests.Response:
        return world.call("POST", "me/messages", recipient={"comment_id": comment.id}, message={"text": "Hi"})

    assert world.get(comments[0].id, fields="can_reply_privately")["can_reply_privately"] is True
    assert reply(comments[0]).status_code == 200
    assert world.get(comments[0].id, fields="can_reply_privately")["can_reply_privately"] is False
    assert [reply(one).json()["error"]["code"] for one in (comments[0], own)] == [10900, 10900]
    to = {"id": world.psid()}
    assert world.refusal("POST", "me/messages", recipient=to, message={"text": "Hi"}) == (400, 10, 2018278), (
        "she has to answer"
    )
    world.clock.forward(days=7)
    assert reply(comments[1]).json()["error"]["code"] == 10900


def test_a_live_comment_is_answered_privately_while_it_lasts(world: World) -> None:
    live = world.sandbox.post(world.instagram, "On air", product="LIVE")
    comment = world.sandbox.comment(world.ada, live, "Where is this?")
    live.ended = True
    body = {"recipient": {"comment_id": comment.id}, "message": {"text": "Oslo"}}
    assert world.refusal("POST", "me/messages", world.instagram, **body) == (400, 100, 2534025)


def test_moderation(world: World) -> None:
    post = world.sandbox.post(world.page, "Hello")
    comment, other = (world.sandbox.comment(who, post, "words") for who in (world.ada, world.ben))
    assert world.call("POST", comment.id, is_hidden=True).json() == {"success": True}
    assert world.get(comment.id, fields="is_hidden")["is_hidden"] is True
    assert world.call("POST", comment.id, is_hidden="false").json() == {"success": True}
    assert world.call("POST", f"{comment.id}/likes").json() == {"success": True}
    assert world.get(comment.id, fields="user_likes,like_count") == {"id": comment.id, "user_likes": True, "like_count": 1}
    assert world.call("DELETE", f"{comment.id}/likes").json() == {"success": True}
    assert world.call("DELETE", other.id).json() == {"success": True}
    assert world.refusal("GET", other.id) == (400, 100, 33)
    own = world.call("POST", f"{comment.id}/comments", message="Sorry").json()["id"]
    assert world.call("POST", own, message="Sorry, Ada").json() == {"success": True}
    assert world.refusal("POST", comment.id, message="I love Northwind") == (403, 200, 0), "nobody edits a customer's words"
    assert world.sandbox.piece(own).text == "Sorry, Ada"


def test_moderation_on_instagram(world: World) -> None:
    post = world.sandbox.post(world.instagram, "Hello")
    comment = world.sandbox.comment(world.ada, post, "words")
    answer = world.sandbox.comment(world.ben, comment, "more words")
    flattened = world.call("POST", f"{answer.id}/replies", world.instagram, message="Hi").json()["id"]
    assert world.get(flattened, world.instagram, fields="parent_id")["parent_id"] == comment.id, "there are two levels"
    live = world.sandbox.comment(world.ada, world.sandbox.post(world.instagram, "On air", product="LIVE"), "words")
    assert world.refusal("POST", f"{live.id}/replies", world.instagram, message="Hi") == (400, 100, 0)
    assert world.call("POST", comment.id, world.instagram, hide=True).json() == {"success": True}
    assert world.refusal("POST", f"{comment.id}/replies", world.instagram, message="Hi") == (400, 100, 0), "it is hidden"
    assert world.call("DELETE", comment.id, world.instagram).json() == {"success": True}
    assert world.sandbox.comments(post) == []
    assert world.refusal("DELETE", post.id, world.instagram) == (403, 200, 0)


def test_keeping_people_out(world: World) -> None:
    sandbox = world.sandbox
    post = sandbox.post(world.page, "Hello")
    public = sandbox.scoped_id(world.ada, world.page, private=False)
    assert world.call("POST", "me/blocked", user=[public]).json() == {public: True}
    assert world.get("me/blocked")["data"] == [{"name": "Ada Osei", "id": public}]
    with pytest.raises(ValueError, match="blocked"):
        sandbox.comment(world.ada, post, "You scoundrels")
    assert world.call("DELETE", "me/blocked", psid=world.psid()).json() == {"success": True}
    sandbox.message(world.ben, world.instagram, "You scoundrels")
    body = {"user_ids": [{"id": world.psid(world.ben, world.instagram)}], "actions": ["block_user", "move_to_spam"]}
    assert world.call("POST", "me/moderate_conversations", **body).json() == {"success": True}
    with pytest.raises(ValueError, match="blocked"):
        sandbox.message(world.ben, world.instagram, "Hello?")
    assert world.get("me/conversations", platform="instagram")["data"] == []
    assert world.refusal("POST", "me/moderate_conversations", user_ids=[{"id": "1"}], actions=["block_user"])[1] == 100


def test_missing_permissions_are_named(world: World) -> None:
    comment = world.sandbox.comment(world.ada, world.sandbox.post(world.page, "Hello"), "words")
    world.sandbox.keyring.deny(world.page.id, "pages_manage_engagement", "pages_manage_metadata")
    assert world.refusal("POST", f"{comment.id}/comments", message="Hi") == (403, 10, 0)
    assert world.refusal("GET", "me/subscribed_apps") == (403, 10, 0)
    world.sandbox.keyring.deny(world.page.id)
    assert world.get("me/subscribed_apps") == {"data": []}


# --- limits, refusals, faults ---------------------------------------------------------------------------------------
def test_limits_are_told_and_enforced(make_world: Callable[..., World]) -> None:
    world = make_world(limits={"messenger": 4})
    answers = [world.call("GET", "me/conversations", platform="messenger") for _ in range(5)]
    told = [json.loads(one.headers["x-business-use-case-usage"])[world.page.id][0] for one in answers]
    assert [one["call_count"] for one in told] == [25, 50, 75, 100, 100]
    assert [one["estimated_time_to_regain_access"] for one in told] == [0, 0, 0, 0, 24 * 60]
    assert [one.status_code for one in answers] == [200, 200, 200, 200, 400]
    assert answers[-1].json()["error"]["code"] == 80006
    assert world.call("GET", "me/feed").status_code == 200, "another limit"
    world.clock.forward(days=1)
    assert world.call("GET", "me/conversations", platform="messenger").status_code == 200


def test_the_apps_limit_counts_everybody(make_world: Callable[..., World]) -> None:
    world = make_world(limits={"app": 2})
    world.get("me")
    world.get("me", world.instagram)
    assert world.refusal("GET", "me") == (403, 4, 0)
    assert json.loads(world.call("GET", "me").headers["x-app-usage"])["call_count"] == 100


def test_refusals_are_worded_in_the_owners_language(make_world: Callable[..., World]) -> None:
    said = set()
    for locale in LOCALES:
        world = make_world(locale=locale)
        answer = world.call("GET", "1").json()["error"]
        said.add(answer["message"])
        assert (answer["code"], answer["error_subcode"]) == (100, 33)
    assert len(said) == len(LOCALES)


@pytest.mark.parametrize(
    ("shape", "status", "code", "subcode"),
    [("613", 400, 613, 0), ("10/2018278", 400, 10, 2018278), ("190/463", 401, 190, 463), ("4711/1", 400, 4711, 1)],
)
def test_any_refusal_can_be_asked_for(world: World, shape: str, status: int, code: int, subcode: int) -> None:
    world.sandbox.fault("status", "GET */me", shape=shape)
    assert world.refusal("GET", "me") == (status, code, subcode)
    assert world.get("me")


def test_a_throttling_fault_tells_when_to_come_again(world: World) -> None:
    world.sandbox.fault("status", shape="613")
    told = json.loads(world.call("GET", "me").headers["x-business-use-case-usage"])
    assert next(iter(told.values()))[0]["estimated_time_to_regain_access"] == 5


@pytest.mark.parametrize(("status", "code"), [(500, 2), (503, 2), (429, 4), (401, 190), (403, 200), (404, 100), (400, 100)])
def test_a_status_has_metas_body(world: World, status: int, code: int) -> None:
    world.sandbox.fault("status", status=status)
    answer = world.call("GET", "me")
    assert (answer.status_code, answer.json()["error"]["code"]) == (status, code)


def test_old_versions_and_unknown_paths_are_refused(world: World) -> None:
    token = world.sandbox.credentials(world.instagram).access_token
    get = lambda path: world.session.get(world.sandbox.base_url + path, params={"access_token": token}).json()  # noqa: E731
    assert get("/v3.1/me")["error"]["code"] == 2635
    assert get("/me")["id"]
    assert get("/v25.0/me/nonsense/x")["error"]["code"] == 2500


# --- by hand --------------------------------------------------------------------------------------------------------
def test_the_page_and_the_control_routes(world: World) -> None:
    sandbox, base = world.sandbox, world.sandbox.base_url

    def post(path: str, **body: Any) -> dict[str, Any]:
        answer = world.session.post(f"{base}/_sandbox/{path}", json=body, timeout=5)
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.json()
        return found

    cleo = post("people", name="Cleo <b>")["username"]
    own = post("posts", **{"as": "northwind", "text": "Good morning", "on": "northwind"})
    visitor = post("posts", **{"as": cleo, "text": "Nice crew", "on": "northwind"})
    comment = post("comments", **{"as": cleo, "below": own["id"], "text": "Late & wet"})
    post(f"things/{comment['id']}/edit", text="Late & <i>wet</i>")
    post(f"things/{comment['id']}/react", **{"as": cleo, "reaction": "sad"})
    private = post("messages", **{"from": cleo, "to": "northwind", "text": "Hello?"})
    post("messages", **{"from": "northwind", "to": cleo, "text": "Hello, this is Kim"})
    post("blocks", person=cleo, ours="northwind")
    post(f"things/{visitor['id']}/delete")
    review = {"as": cleo, "on": "northwind", "text": "Slow"}
    assert post("reviews", **review, recommends="0")["recommendation"] == "negative"
    assert post("reviews", **review)["recommendation"] == "positive"
    post("locale", locale="de_DE")
    post(f"tokens/{world.page.id}/deny", permissions="pages_messaging")
    page = world.session.get(base + "/").text
    assert "Late &amp; &lt;i&gt;wet&lt;/i&gt;" in page
    assert "Hello, this is Kim" in page
    assert "<b>Cleo <b>" not in page
    state = world.session.get(f"{base}/_sandbox/state").json()
    assert [one["text"] for one in state["posts"]] == ["Good morning", "Slow"]
    assert state["messages"][0]["id"] == private["id"]
    keys = world.session.get(f"{base}/_sandbox/credentials/northwind").json()
    assert keys["access_token"] == sandbox.credentials(world.page).access_token
    assert world.session.get(f"{base}/_sandbox/app").json()["app_id"] == sandbox.keyring.app_id
    assert world.session.post(f"{base}/_sandbox/locale", json={"locale": "xx"}).status_code == 400
    assert world.session.get(base + "/", headers={"host": "evil.example"}).status_code == 403
    post(f"tokens/{world.page.id}/end", subcode=460)
    answer = world.session.get(base + "/v25.0/me", params={"access_token": keys["access_token"]})
    assert answer.json()["error"]["message"].startswith("Fehler")
    post("reset")
    assert world.session.get(f"{base}/_sandbox/state").json()["people"] == []


def test_the_forms_of_the_page_lead_back_to_it(world: World) -> None:
    base = world.sandbox.base_url
    form = {"as": world.ada.username, "on": "northwind", "text": "Nice crew"}
    answer = world.session.post(f"{base}/_sandbox/posts", data=form, headers={"origin": base}, allow_redirects=False)
    assert (answer.status_code, answer.headers["location"]) == (303, "/")
    assert "Nice crew" in world.session.get(base + "/").text
    foreign = world.session.post(f"{base}/_sandbox/posts", data=form, headers={"origin": "https://evil.example"})
    assert foreign.status_code == 403
    wrong = world.session.post(f"{base}/_sandbox/posts", data=form | {"on": "northwind.air"}, headers={"origin": base})
    assert wrong.status_code == 400


@pytest.mark.parametrize("platform", ["facebook", "instagram"])
def test_it_runs_by_hand_and_says_how_to_connect(platform: str) -> None:
    lines: list[str] = []
    ready, end = Event(), Event()

    def say(line: str) -> None:
        lines.append(line)
        if "Ctrl+C" in line:
            ready.set()

    thread = Thread(target=serve, kwargs={"platform": platform, "port": 0, "say": say, "until": end}, daemon=True)
    thread.start()
    try:
        assert ready.wait(5), "it never began"
        address = lines[0].split(" at ")[1].split()[0]
        page = requests.get(address, timeout=5).text
        assert "two hours late" in page
        tokens = [line.split()[-1] for line in lines if "access token" in line or "through its Page" in line]
        assert [token[:2] for token in tokens] == ["EA", "IG", "EA"]
        answer = requests.get(f"{address}/v25.0/me", headers={"authorization": f"Bearer {tokens[1]}"}, timeout=5)
        assert answer.status_code == 200
    finally:
        end.set()
        thread.join(5)


def test_a_restart_changes_no_credentials() -> None:
    found = []
    for _ in range(2):
        with PagesSandbox() as sandbox:
            found.append(sandbox.credentials(sandbox.add_page("Northwind Air", "northwind")))
    assert found[0] == found[1]
    assert found[0].access_token not in repr(found[0])


# --- as published ---------------------------------------------------------------------------------------------------
def errors() -> list[Path]:
    return sorted((published_folder().parent / "facebook").glob("error_*.json"))


@pytest.mark.parametrize("path", errors(), ids=lambda path: path.stem)
def test_refusals_have_the_published_form(world: World, path: Path) -> None:
    published = json.loads(path.read_text(encoding="utf-8"))["response"]["body"]["error"]
    shape = f"{published['code']}/{published.get('error_subcode', 0)}"
    world.sandbox.fault("status", shape=shape)
    error = world.call("GET", "me").json()["error"]
    optional = {"is_transient", "error_user_title", "error_user_msg"}
    assert set(error) - optional == set(published) - optional
    assert type(error["code"]) is type(published["code"])

"""From a customer's post to the answer that the customer reads, on the embedded desk, against the real network."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timezone
from typing import Any

import pytest
import requests

from social_care.connectors.bluesky import calls
from social_care.connectors.kit.http import make_session
from social_care.connectors.registry import load
from social_care.core.accounts import Account, Search
from social_care.core.errors import AccountNeedsLogin, NotAllowed, OutcomeUnknown, TargetGone
from social_care.core.events import Audience
from social_care.core.listening import SearchParts, read_terms
from social_care.core.moderation import ModerationAction
from social_care.core.replies import DeliveryState, Part, Reply, StoredMessage, Upload
from social_care.desks.sqlite import SqliteDesk
from social_care.engine.replying import queue_reply
from social_care.engine.trying import try_search
from social_care.engine.vanishing import check_vanished
from social_care.wiring import LocalOffice
from tests.fakes import StillClock
from tests.servers.bluesky.network import Network
from tests.servers.bluesky.people import Person

NAME = "Northwind on Bluesky"
PIXEL = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010802000000907753de0000000c49444154789c63f8cfc0000003010100c9fe92ef"
    "0000000049454e44ae426082"
)
FILM = b"\x00\x00\x00\x18ftypmp42\x00\x00\x00\x00mp42isom\x00\x00\x00\x08free"
"""The head of an MP4: servers look at the content, too."""


class Town:
    """The network with the team's account, customers, and an office that serves them.

    lost_answers: how many calls from now on arrive, while the answer does not come back; by the call's name.
    """

    def __init__(self, network: Network, monkeypatch: pytest.MonkeyPatch, *, privileged: bool = True) -> None:
        self.network = network
        self.team, self.ada, self.bob = (Person.join(network, name) for name in ("northwind", "ada", "bob"))
        self.clock = StillClock()
        self.clock.now = datetime.now(timezone.utc)
        self.lost_answers: dict[str, int] = {}
        monkeypatch.setattr(calls, "make_session", self.session)
        keys = {
            "api_base_url": network.server,
            "client_id": f"@{self.team.handle}",
            "client_secret": self.team.app_password(privileged=privileged),
        }
        searches = (Search(name="brand", query=f"bag{self.team.handle.removesuffix('.test')}"),)
        account = Account(
            name=NAME,
            platform="bluesky",
            external_id="",
            receive=frozenset({"mentions", "searches"}),
            searches=searches,
        )
        self.office = LocalOffice(
            SqliteDesk(clock=self.clock),
            self.clock,
            credentials={NAME: keys},
            read_upload=lambda upload: FILM if upload.mime == "video/mp4" else PIXEL,
        )
        network.settle()
        connection = self.office.connect(account)
        self.checked = connection.check()
        connection.close()
        self.account = replace(
            account,
            external_id=self.checked.account_id,
            handle=self.checked.handle,
            permissions=frozenset(self.checked.permissions),
            options=self.checked.options,
        )
        self.office.desk.add_account(self.account)

    def session(self, **how: Any) -> requests.Session:
        made = make_session(timeout=(2.0, 20.0), **how)
        real = made.request

        def request(method: str, url: str, **arguments: Any) -> requests.Response:
            answer = real(method, url, **arguments)
            name = url.rpartition("/")[2]
            if self.lost_answers.get(name):
                self.lost_answers[name] -= 1
                raise requests.ConnectionError
            return answer

        made.request = request  # type: ignore[method-assign]
        return made

    def poll(self) -> None:
        self.network.settle()
        for report in self.office.poll(NAME):
            assert report.error == ""
        while self.office.work():
            pass
        self.network.settle()

    def stored(self, uri: str) -> StoredMessage:
        found = self.office.desk.tickets.find_message(NAME, uri)
        assert found is not None, f"{uri} did not come"
        return found

    def answer(self, uri: str, text: str, audience: Audience | None = None, **more: Any) -> Part:
        desk, target = self.office.desk, self.stored(uri)
        reply = Reply(
            ticket=target.ticket or "", target=target, text=text, author="jk@example.com", audience=audience, **more
        )
        name = f"{uri}:{text}"
        _, (part, *_) = queue_reply(
            reply, self.account, reply_name=name, desk=desk, connector=load("bluesky"), clock=self.clock
        )
        while self.office.work():
            pass
        self.network.settle()
        return self.part(part)

    def part(self, part_id: str) -> Part:
        found = self.office.desk.outbox.get(part_id)
        assert found is not None
        return found

    def later(self, seconds: float) -> None:
        self.clock.forward(seconds=seconds)
        while self.office.work():
            pass
        self.network.settle()

    def look_for_deleted(self, *uris: str) -> None:
        self.network.settle()
        connection = self.office.connect(self.account)
        check_vanished(
            self.account,
            uris,
            desk=self.office.desk,
            connector=load("bluesky"),
            connection=connection,
            clock=self.clock,
        )
        connection.close()

    def moderate(self, action: ModerationAction, uri: str) -> None:
        connection = self.office.connect(self.account)
        connection.moderate(action, self.stored(uri))  # type: ignore[attr-defined]
        connection.close()
        self.network.settle()


@pytest.fixture
def town(network: Network, monkeypatch: pytest.MonkeyPatch) -> Iterator[Town]:
    found = Town(network, monkeypatch)
    yield found
    found.office.desk.close()


# --- who we are -----------------------------------------------------------------------------------------------------
def test_the_connection_tells_who_we_are(town: Town) -> None:
    found = town.checked
    assert (found.account_id, found.handle, found.name) == (town.team.did, town.team.handle, "Northwind")
    assert found.permissions == ("com.atproto.appPassPrivileged",)
    assert found.options == {"bluesky_server": town.network.server}, "the DID document names the server"
    assert found.problems == ()


def test_a_wrong_password_is_told_as_that(town: Town) -> None:
    town.office.credentials[NAME] = {**town.office.credentials[NAME], "client_secret": "wrong", "access_token": ""}
    connection = town.office.connect(town.account)
    with pytest.raises(AccountNeedsLogin):
        connection.check()
    connection.close()


def test_a_session_is_begun_once_and_renewed_when_it_ended(town: Town) -> None:
    kept = town.office.credentials[NAME]
    before = kept["access_token"]
    town.poll()
    assert kept["access_token"] == before, "every visit began a session, of which 300 a day are allowed"
    kept["access_token"] = before[:-6] + "AAAAAA"
    town.poll()
    assert not kept["access_token"].endswith("AAAAAA"), "the session was not renewed"
    kept["access_token"], kept["refresh_token"] = "dead", "dead too"
    town.poll()
    assert kept["refresh_token"] != "dead too"


def test_an_app_password_without_private_messages_says_so_and_goes_on(
    network: Network, monkeypatch: pytest.MonkeyPatch
) -> None:
    town = Town(network, monkeypatch, privileged=False)
    account = replace(town.account, receive=frozenset({"mentions", "direct_messages"}))
    connection = town.office.connect(account)
    (problem,) = connection.check().problems
    assert "private messages" in problem
    with pytest.raises(NotAllowed, match="private messages"):
        connection.fetch("direct_messages", "")
    connection.fetch("mentions", "")
    connection.close()


# --- in and out -----------------------------------------------------------------------------------------------------
def test_a_mention_becomes_a_ticket_and_its_author_reads_the_answer(town: Town) -> None:
    first = town.ada.post(f"Schöne Grüße 👋🏽 @{town.team.handle} where is my bag?", mentions=town.team, langs=["en"])
    town.poll()
    stored = town.stored(first["uri"])
    assert stored.ticket
    assert stored.author_handle == town.ada.handle
    part = town.answer(first["uri"], f"Hej 👋🏽 @{town.ada.handle}, look at https://northwind.example/bågs. #bags")
    assert part.state is DeliveryState.SENT
    (shown,) = town.ada.answers(first["uri"])
    assert shown["uri"] == part.external_id
    record = shown["record"]
    assert record["reply"] == {"root": first, "parent": first}
    raw = record["text"].encode()
    told = {
        raw[one["index"]["byteStart"] : one["index"]["byteEnd"]].decode(): one["features"][0] for one in record["facets"]
    }
    assert told == {
        f"@{town.ada.handle}": {"$type": "app.bsky.richtext.facet#mention", "did": town.ada.did},
        "https://northwind.example/bågs": {
            "$type": "app.bsky.richtext.facet#link",
            "uri": "https://northwind.example/bågs",
        },
        "#bags": {"$type": "app.bsky.richtext.facet#tag", "tag": "bags"},
    }
    notified = town.ada.call("GET", "app.bsky.notification.listNotifications")["notifications"]
    assert [one["uri"] for one in notified] == [shown["uri"]], "the customer was told of the answer"
    second = town.ada.post("thanks", answers=[first, {"uri": shown["uri"], "cid": shown["cid"]}])
    town.poll()
    assert town.stored(second["uri"]).ticket == stored.ticket, "an answer to our answer is the same case"


def test_answers_quotes_and_mentions_come_likes_do_not(town: Town) -> None:
    ours = town.team.post("Good morning from Northwind")
    answer = town.ada.post("my bag?", answers=[ours])
    quote = town.bob.post("look at them", embed={"$type": "app.bsky.embed.record", "record": ours})
    town.ada.write("app.bsky.feed.like", {"subject": ours})
    town.bob.write("app.bsky.graph.follow", {"subject": town.team.did})
    below = town.bob.post("same here", answers=[ours, answer])
    town.poll()
    case, other, shown = (town.stored(one["uri"]).ticket for one in (answer, quote, below))
    assert case
    assert other not in (None, case)
    assert shown == case, "a bystander's word is shown where it was said"
    assert town.office.desk.tickets.find_message(NAME, ours["uri"]) is None


def test_what_was_answered_before_is_shown_as_context(town: Town) -> None:
    root = town.bob.post("has anybody flown Northwind?")
    asks = town.ada.post(f"@{town.team.handle} lost my bag", mentions=town.team, answers=[root])
    town.poll()
    assert town.stored(root["uri"]).ticket == town.stored(asks["uri"]).ticket
    part = town.answer(asks["uri"], "We look for it.")
    (shown,) = town.ada.answers(asks["uri"])
    assert shown["record"]["reply"] == {"root": root, "parent": asks}, "the root is that of the thread"
    assert part.state is DeliveryState.SENT


def test_pictures_come_and_go_with_their_descriptions(town: Town) -> None:
    blob = requests.post(
        f"{town.network.server}/xrpc/com.atproto.repo.uploadBlob",
        data=PIXEL,
        headers={"Authorization": f"Bearer {town.ada.token}", "content-type": "image/png"},
        timeout=20,
    ).json()["blob"]
    embed = {"$type": "app.bsky.embed.images", "images": [{"image": blob, "alt": "a red bag"}]}
    first = town.ada.post(f"@{town.team.handle} this one", mentions=town.team, embed=embed)
    town.poll()
    (row,) = town.office.desk.rows("select media from message where message_id = ?", first["uri"])
    assert "a red bag" in row[0]
    assert "https://" in row[0]
    upload = Upload(name="tag.png", mime="image/png", size=len(PIXEL), reference="f1", alt="a blue tag")
    part = town.answer(first["uri"], "Is it this tag?", media=(upload,))
    assert part.state is DeliveryState.SENT
    (shown,) = town.ada.answers(first["uri"])
    assert [one["alt"] for one in shown["embed"]["images"]] == ["a blue tag"]


def test_a_video_goes_with_an_answer(town: Town) -> None:
    first = town.ada.post(f"@{town.team.handle} how do I open it?", mentions=town.team)
    town.poll()
    upload = Upload(name="open.mp4", mime="video/mp4", size=len(FILM), reference="f1", alt="a hand opens the bag")
    part = town.answer(first["uri"], "Like this.", media=(upload,))
    assert part.state is DeliveryState.SENT
    (shown,) = town.ada.answers(first["uri"])
    embed = shown["record"]["embed"]
    assert (embed["$type"], embed["alt"]) == ("app.bsky.embed.video", "a hand opens the bag")
    assert embed["video"]["mimeType"] == "video/mp4"


def test_long_answers_are_a_thread_of_posts_that_fit(town: Town) -> None:
    first = town.ada.post(f"@{town.team.handle} what happened?", mentions=town.team)
    town.poll()
    town.answer(first["uri"], "Ein Satz über die Verspätung. " * 30)
    for _ in range(4):
        town.later(1)
    thread, texts, root = town.ada.thread(first["uri"]), [], {first["uri"]}
    while thread["replies"]:
        (thread,) = thread["replies"]
        texts.append(thread["post"]["record"]["text"])
        root.add(thread["post"]["record"]["reply"]["root"]["uri"])
    assert len(texts) == 4
    assert texts[-1].endswith("(4/4)")
    assert root == {first["uri"]}


@pytest.mark.parametrize("letter", ["a", "é", "日", "👋🏽", "👨‍👩‍👧‍👦", "क्ष", "நி", "🇩🇪", "e\u0301", "각", "ก็"])
def test_the_network_takes_as_much_as_we_say_fits(town: Town, letter: str) -> None:
    first = town.ada.post(f"@{town.team.handle} hello", mentions=town.team)
    town.poll()
    measure = load("bluesky").measure
    most = next(number for number in range(300, 0, -1) if measure(letter * number, Audience.PUBLIC) <= 300)
    part = town.answer(first["uri"], letter * most)
    assert (part.state, part.error) == (DeliveryState.SENT, "")


def test_a_search_finds_who_does_not_mention_us(town: Town) -> None:
    found = town.ada.post(f"stuck again with bag{town.team.handle.removesuffix('.test')}")
    town.poll()
    assert town.stored(found["uri"]).ticket
    assert town.answer(found["uri"], "We are sorry.").state is DeliveryState.SENT


def test_a_search_made_of_parts_is_tried_and_its_hits_know_their_followers(town: Town) -> None:
    word = f"bag{town.team.handle.removesuffix('.test')}"
    terms, unwanted = read_terms(f"{word}\nfrom:@{town.ada.handle}"), read_terms("job")
    search = Search(name="brand", parts=SearchParts(all_of=terms, none_of=unwanted, followers_at_least=1))
    town.account = replace(town.account, searches=(search,))
    town.office.desk.add_account(town.account)
    town.bob.write("app.bsky.graph.follow", {"subject": town.ada.did})
    hit, job = town.ada.post(f"stuck with {word}"), town.ada.post(f"a job with {word}")
    town.bob.post(f"{word} here, too")
    town.network.settle()
    given = {"desk": town.office.desk, "connector": load("bluesky"), "connect": town.office.connect, "clock": town.clock}
    found = try_search(search, town.account, **given)  # type: ignore[arg-type]
    assert [(one.event.message_id, one.why) for one in found.hits] == [  # type: ignore[union-attr]
        (job["uri"], "Found by the search “brand”, but it has “job”."),
        (hit["uri"], ""),
    ]
    town.poll()
    assert town.stored(hit["uri"]).ticket
    (row,) = town.office.desk.rows("select followers from profile where external_id = ?", town.ada.did)
    assert row[0] == 1


def test_many_mentions_between_two_visits_all_come(town: Town) -> None:
    town.poll()
    posted = [town.ada.post(f"@{town.team.handle} question {n}", mentions=town.team) for n in range(105)]
    town.poll()
    assert [one for one in posted if not town.stored(one["uri"]).ticket] == []


# --- what is gone, and who may not be answered ----------------------------------------------------------------------
def test_a_deleted_post_is_seen_and_no_longer_answered(town: Town) -> None:
    first = town.ada.post(f"@{town.team.handle} hello", mentions=town.team)
    still = town.bob.post(f"@{town.team.handle} hello", mentions=town.team)
    town.poll()
    town.ada.delete(first["uri"])
    town.look_for_deleted(first["uri"], still["uri"])
    assert town.stored(first["uri"]).deleted
    assert not town.stored(still["uri"]).deleted
    with pytest.raises(TargetGone):
        town.answer(first["uri"], "Hello?")


def test_a_post_that_vanished_at_the_last_moment_is_not_answered(town: Town) -> None:
    first = town.ada.post(f"@{town.team.handle} hello", mentions=town.team)
    town.poll()
    town.ada.delete(first["uri"])
    town.network.settle()
    part = town.answer(first["uri"], "Hello?")
    assert part.state is DeliveryState.FAILED
    assert "no longer on Bluesky" in part.error


def test_who_blocked_us_is_not_answered_and_the_agent_is_told_why(town: Town) -> None:
    first = town.ada.post(f"@{town.team.handle} hello", mentions=town.team)
    town.poll()
    town.ada.write("app.bsky.graph.block", {"subject": town.team.did})
    town.network.settle()
    part = town.answer(first["uri"], "Hello?")
    assert (part.state, part.error) == (
        DeliveryState.FAILED,
        "This person has blocked the account, so the answer would reach nobody.",
    )


def test_a_closed_conversation_is_not_answered(town: Town) -> None:
    root = town.bob.post("only for my friends")
    rkey = root["uri"].rpartition("/")[2]
    asks = town.bob.post(f"@{town.team.handle} are you there?", mentions=town.team, answers=[root])
    town.bob.write("app.bsky.feed.threadgate", {"post": root["uri"], "allow": []}, rkey=rkey)
    town.poll()
    part = town.answer(asks["uri"], "Yes.")
    assert part.state is DeliveryState.FAILED
    assert "lets only some people answer" in part.error
    assert town.bob.answers(asks["uri"]) == []


# --- faults ---------------------------------------------------------------------------------------------------------
def test_a_post_whose_answer_was_lost_is_found_by_its_key(town: Town) -> None:
    first = town.ada.post(f"@{town.team.handle} where is my bag?", mentions=town.team)
    town.poll()
    town.lost_answers["com.atproto.repo.createRecord"] = 1
    part = town.answer(first["uri"], "In Oslo.")
    assert part.state is DeliveryState.UNKNOWN
    town.later(6)
    assert town.part(part.id).state is DeliveryState.SENT
    assert len(town.ada.answers(first["uri"])) == 1


def test_sending_again_and_again_makes_one_post(town: Town) -> None:
    first = town.ada.post(f"@{town.team.handle} where is my bag?", mentions=town.team)
    town.poll()
    town.lost_answers["com.atproto.repo.createRecord"] = 5
    town.lost_answers["com.atproto.repo.getRecord"] = 3
    part = town.answer(first["uri"], "In Oslo.")
    for seconds in (6, 31, 121, 601, 601):
        town.later(seconds)
    assert town.part(part.id).state is DeliveryState.SENT
    assert len(town.ada.answers(first["uri"])) == 1
    town.lost_answers.clear()
    connection = town.office.connect(town.account)
    with pytest.raises(OutcomeUnknown):
        connection.send(town.part(part.id))  # the very part once more: the key is taken
    connection.close()
    town.network.settle()
    assert len(town.ada.answers(first["uri"])) == 1


def test_our_answer_coming_back_is_known_by_its_key(town: Town) -> None:
    first = town.ada.post(f"@{town.team.handle} bag{town.team.handle.removesuffix('.test')}", mentions=town.team)
    town.poll()
    town.lost_answers["com.atproto.repo.createRecord"] = 1
    part = town.answer(first["uri"], f"Your bag{town.team.handle.removesuffix('.test')} is in Oslo.")
    assert part.state is DeliveryState.UNKNOWN
    town.poll()
    assert town.part(part.id).state is DeliveryState.SENT, "the search brought our own post, which is the part"
    assert len(town.ada.answers(first["uri"])) == 1


# --- moderation -----------------------------------------------------------------------------------------------------
def test_a_post_is_liked_once_and_no_longer(town: Town) -> None:
    first = town.ada.post(f"@{town.team.handle} you are great", mentions=town.team)
    town.poll()
    for _ in range(2):
        town.moderate(ModerationAction.LIKE, first["uri"])
    assert town.ada.thread(first["uri"])["post"]["likeCount"] == 1
    town.moderate(ModerationAction.UNLIKE, first["uri"])
    assert town.ada.thread(first["uri"])["post"]["likeCount"] == 0


def test_an_answer_in_our_thread_is_hidden_and_shown_again(town: Town) -> None:
    ours = town.team.post("Good morning")
    spam = town.ada.post("buy pills", answers=[ours])
    town.poll()
    gate = {"repo": town.team.did, "collection": "app.bsky.feed.threadgate", "rkey": ours["uri"].rpartition("/")[2]}
    for action, hidden in ((ModerationAction.HIDE, [spam["uri"]]), (ModerationAction.UNHIDE, [])):
        town.moderate(action, spam["uri"])
        assert town.team.call("GET", "com.atproto.repo.getRecord", **gate)["value"]["hiddenReplies"] == hidden
        shown = town.bob.thread(ours["uri"])["post"]["threadgate"]["record"].get("hiddenReplies", [])
        assert shown == hidden


def test_somebody_is_blocked_and_unblocked(town: Town) -> None:
    first = town.ada.post(f"@{town.team.handle} rude words", mentions=town.team)
    town.poll()
    town.moderate(ModerationAction.BLOCK, first["uri"])
    viewer = town.ada.call("GET", "app.bsky.actor.getProfile", actor=town.team.did)["viewer"]
    assert viewer["blockedBy"] is True
    part = town.answer(first["uri"], "Hello?")
    assert part.error == "This account has blocked the person: unblock them first."
    town.moderate(ModerationAction.UNBLOCK, first["uri"])
    viewer = town.ada.call("GET", "app.bsky.actor.getProfile", actor=town.team.did)["viewer"]
    assert viewer["blockedBy"] is False


def test_our_own_post_is_deleted(town: Town) -> None:
    first = town.ada.post(f"@{town.team.handle} hello", mentions=town.team)
    town.poll()
    part = town.answer(first["uri"], "Wrong words.")
    ours = replace(town.stored(first["uri"]), message_id=part.external_id or "", author_id=town.team.did, direction="out")
    connection = town.office.connect(town.account)
    connection.moderate(ModerationAction.DELETE, ours)  # type: ignore[attr-defined]
    connection.close()
    town.network.settle()
    assert town.ada.answers(first["uri"]) == []

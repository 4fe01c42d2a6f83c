"""From end to end by webhook: a scripted customer, signed bodies, tickets, answers, and nothing twice."""

from __future__ import annotations

import json
import random
from collections import Counter
from collections.abc import Callable
from itertools import chain

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from social_care.connectors.registry import load
from social_care.core.errors import NotAllowed, UnverifiedWebhook
from social_care.core.events import Audience
from social_care.core.ports import ReceivesWebhooks
from social_care.core.replies import DeliveryState
from tests.sandbox.pages.conftest import LOGINS, Team, World, our_words

SENT, UNKNOWN = DeliveryState.SENT, DeliveryState.UNKNOWN


@pytest.fixture(params=LOGINS.values(), ids=LOGINS)
def team(request: pytest.FixtureRequest, world: World, make_team: Callable[..., Team]) -> Team:
    which, login = request.param
    made = make_team(world, getattr(world, which), login)
    made.listen()
    return made


@pytest.fixture
def page_team(world: World, make_team: Callable[..., Team]) -> Team:
    made = make_team(world, world.page)
    made.listen()
    return made


@pytest.mark.parametrize("disorder", ["", "duplicate_delivery", "reorder_delivery", "batch_delivery", "all"])
def test_a_lost_bag_from_the_first_comment_to_the_last_thanks(team: Team, disorder: str) -> None:
    world, sandbox = team.world, team.world.sandbox
    faults = ("duplicate_delivery", "reorder_delivery", "batch_delivery")
    for fault in faults if disorder == "all" else filter(None, [disorder]):
        sandbox.fault(fault, times=None)
    comment = sandbox.comment(world.ada, sandbox.post(team.ours, "Good morning"), "My bag is lost")
    team.hear()
    asked = team.reply(comment.id, "What is its number?", Audience.PRIVATE)
    told = team.reply(comment.id, "We have sent you a message.")
    team.hear()
    world.clock.forward(minutes=3)
    answer = sandbox.message(world.ada, team.ours, "It is 42", media=["image"])
    team.hear()
    found = team.reply(answer.id, "Found: it comes on the next flight.")
    team.hear()
    sandbox.react(world.ada, sandbox.messages(world.ada, team.ours)[-1], "love")
    sandbox.read(world.ada, team.ours)
    team.hear()
    assert [team.state(one) for one in (asked, told, found)] == [SENT] * 3
    assert team.part(found).receipt == "read"
    assert len(set(team.tickets().values())) == 1, "one matter, one ticket"
    assert our_words(team, world.ada) == ["What is its number?", "Found: it comes on the next flight."]
    assert our_words(team, comment) == ["We have sent you a message."]
    assert Counter(team.texts()).most_common(1)[0][1] == 1, "something is there twice"
    unread = team.desk.rows("select * from payload where state != 'done'")
    assert [dict(one) for one in unread] == []


def test_polling_beside_the_webhook_brings_nothing_twice(team: Team) -> None:
    world, sandbox = team.world, team.world.sandbox
    comment = sandbox.comment(world.ada, sandbox.post(team.ours, "Good morning"), "My bag is lost")
    sandbox.message(world.ben, team.ours, "Where do I wait?", media=["image"])
    team.hear()
    team.reply(comment.id, "We are looking for it")
    team.reply(comment.id, "What is its number?", Audience.PRIVATE)
    before = team.tickets()
    team.poll()
    team.hear()
    assert {key: value for key, value in team.tickets().items() if key in before} == before
    assert [text for text, count in Counter(team.texts()).items() if count > 1] == []


def test_edits_and_deletions_are_seen(team: Team) -> None:
    world, sandbox = team.world, team.world.sandbox
    message = sandbox.message(world.ada, team.ours, "My bag is lots")
    other = sandbox.message(world.ada, team.ours, "Stupid airline")
    team.hear()
    sandbox.edit(message, "My bag is lost")
    sandbox.delete(other)
    team.hear()
    stored = [team.desk.tickets.find_message("Northwind", one.id) for one in (message, other)]
    assert [(one.text, one.deleted) for one in stored if one] == [("My bag is lost", False), ("Stupid airline", True)]


def test_what_happens_to_a_comment_is_seen(page_team: Team) -> None:
    world, sandbox = page_team.world, page_team.world.sandbox
    comment = sandbox.comment(world.ada, sandbox.post(world.page, "Good morning"), "My bag is lots")
    other = sandbox.comment(world.ben, comment, "Mine too")
    page_team.hear()
    world.clock.forward(seconds=40)
    sandbox.edit(comment, "My bag is lost")
    sandbox.hide(comment)
    sandbox.hide(comment, False)
    sandbox.react(world.ben, comment, "sad")
    sandbox.delete(other)
    page_team.hear()
    stored = [page_team.desk.tickets.find_message("Northwind", one.id) for one in (comment, other)]
    assert [(one.text, one.deleted) for one in stored if one] == [("My bag is lost", False), ("Mine too", True)]
    assert len(set(page_team.tickets().values())) == 1


def test_a_colleague_in_metas_inbox_is_shown_on_the_ticket(team: Team) -> None:
    world, sandbox = team.world, team.world.sandbox
    message = sandbox.message(world.ada, team.ours, "Hello?")
    team.hear()
    echo = sandbox.answer(team.ours, world.ada, "Hello Ada, this is Kim")
    team.hear()
    found = team.desk.tickets.find_message("Northwind", echo.id)
    assert found is not None
    assert (found.direction, found.ticket) == ("out", str(team.tickets()[message.id]))


def test_our_own_answer_coming_back_settles_a_lost_one(team: Team) -> None:
    world, sandbox = team.world, team.world.sandbox
    comment = sandbox.comment(world.ada, sandbox.post(team.ours, "Good morning"), "My bag is lost")
    team.hear()
    sandbox.fault("reset_after", "POST *")
    part = team.reply(comment.id, "What is its number?", Audience.PRIVATE)
    assert team.state(part) is UNKNOWN
    team.hear()
    assert team.state(part) is SENT, "the echo tells that it arrived"
    answer = sandbox.message(world.ada, team.ours, "It is 42")
    team.hear()
    assert team.tickets()[answer.id] == team.tickets()[comment.id]
    assert our_words(team, world.ada) == ["What is its number?"]


def test_what_was_not_taken_comes_again(team: Team) -> None:
    sandbox = team.world.sandbox
    team.receiver.answer = 500
    sandbox.message(team.world.ada, team.ours, "Hello?")
    sandbox.flush()
    team.receiver.answer = 200
    assert sandbox.webhooks.redeliver() == 1
    team.hear()
    assert team.texts() == ["Hello?"]


def test_after_an_hour_of_failures_meta_is_silent_and_the_check_says_so(team: Team) -> None:
    world, sandbox = team.world, team.world.sandbox
    team.receiver.answer = 503
    for _ in range(3):
        sandbox.message(world.ada, team.ours, "Hello?")
        sandbox.flush()
        world.clock.forward(minutes=40)
    team.receiver.answer = 200
    sandbox.message(world.ada, team.ours, "Still there?")
    sandbox.flush()
    assert "does not push" in team.office.connect(team.account).check().problems[0]
    team.office.connect(team.account).subscribe(team.receiver.url)  # type: ignore[attr-defined]
    team.poll()
    assert team.texts() == ["Hello?"] * 3 + ["Still there?"], "polling fills the gap"
    heard = sandbox.message(world.ada, team.ours, "Good")
    team.hear()
    assert heard.id in team.tickets()


def test_mentions_and_stories(world: World, make_team: Callable[..., Team]) -> None:
    sandbox = world.sandbox
    team = make_team(world, world.instagram)
    team.listen()
    elsewhere = sandbox.post(world.ada, "With @northwind.air to Oslo", mentions=[world.instagram])
    below = sandbox.comment(world.ben, elsewhere, "@northwind.air lost my bag", mentions=[world.instagram])
    story = {"id": "17890000000000003", "url": f"{sandbox.base_url}/files/1.jpg"}
    reply = sandbox.message(world.ada, world.instagram, "Lovely!", story=story)
    named = sandbox.message(world.ben, world.instagram, "", story={**story, "mention": "1"})
    live = sandbox.comment(world.ada, sandbox.post(world.instagram, "On air", product="LIVE"), "Where is this?")
    team.hear()
    assert {one.id for one in (elsewhere, below, reply, named, live)} <= set(team.tickets())
    answer = team.reply(below.id, "Sorry to hear that")
    assert team.state(answer) is SENT
    assert [one.text for one in sandbox.comments(below)] == ["Sorry to hear that"]


def test_a_live_comment_is_answered_privately_only(world: World, make_team: Callable[..., Team]) -> None:
    team = make_team(world, world.instagram)
    team.listen()
    comment = world.sandbox.comment(
        world.ada, world.sandbox.post(world.instagram, "On air", product="LIVE"), "Where is this?"
    )
    team.hear()
    with pytest.raises(NotAllowed, match="live"):
        team.reply(comment.id, "In Oslo")
    assert team.state(team.reply(comment.id, "In Oslo", Audience.PRIVATE)) is SENT


def test_a_conversation_that_another_app_has(page_team: Team) -> None:
    world, sandbox = page_team.world, page_team.world.sandbox
    sandbox.hand_over(world.ada, world.page)
    sandbox.message(world.ada, world.page, "Robot?")
    sandbox.press(world.ben, world.page, "Talk to a person", "HUMAN")
    page_team.hear()
    assert sorted(page_team.texts()) == ["Robot?", "Talk to a person"]


def test_a_forged_body_is_refused(page_team: Team) -> None:
    page_team.world.sandbox.message(page_team.world.ada, page_team.ours, "Hello?")
    page_team.world.sandbox.flush()
    connector = load("facebook")
    assert isinstance(connector, ReceivesWebhooks)
    (body,), (headers,) = page_team.receiver.bodies, page_team.receiver.headers
    for raw, secrets in ((body + b" ", [page_team.world.sandbox.keyring.app_secret]), (body, ["another"])):
        with pytest.raises(UnverifiedWebhook):
            connector.verify(raw, headers, secrets)


def tell_a_story(world: World, team: Team) -> list[bytes]:
    """Let customers do this and that; return the bodies that were pushed."""
    sandbox = world.sandbox
    post = sandbox.post(team.ours, "Good morning")
    first = sandbox.comment(world.ada, post, "My bag is lost")
    world.clock.forward(seconds=20)
    sandbox.comment(world.ben, first, "Mine too")
    message = sandbox.message(world.ben, team.ours, "Where do I wiat?")
    world.clock.forward(seconds=20)
    sandbox.edit(message, "Where do I wait?")
    world.clock.forward(seconds=20)
    sandbox.delete(sandbox.message(world.ben, team.ours, "Forget it"))
    if team.account.platform == world.page.network:
        sandbox.edit(first, "My blue bag is lost")
        world.clock.forward(seconds=20)
        sandbox.post(world.ben, "Your crew was lovely", on=team.ours)
    sandbox.flush()
    return list(team.receiver.bodies)


def tickets_of(team: Team) -> list[list[tuple[str, str, bool]]]:
    """Return what stands on each ticket, whatever their numbers and the order are."""
    rows = team.desk.rows("select ticket, message_id, text, deleted_at from message where ticket is not null")
    tickets: dict[int, list[tuple[str, str, bool]]] = {}
    for row in rows:
        tickets.setdefault(row["ticket"], []).append((row["message_id"], row["text"], row["deleted_at"] is not None))
    return sorted(map(sorted, tickets.values()))


@pytest.mark.parametrize("which", ["page", "instagram"])
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(seed=st.integers(0, 10**6))
def test_any_order_and_repetition_ends_alike(
    make_world: Callable[..., World], make_team: Callable[..., Team], which: str, seed: int
) -> None:
    """One story, told in its order; shuffled and repeated within one batch; and so in bodies of their own.

    The batch leads to the same tickets. Over several bodies every word is there once, as it was last: whether an answer
    that comes before its comment is shown there or opens a ticket is known too late.
    """
    world = make_world()
    teams = [make_team(world, getattr(world, which)) for _ in range(3)]
    teams[0].receiver.bodies.clear()
    teams[0].receiver.headers.clear()
    teams[0].listen()
    bodies = tell_a_story(world, teams[0])
    chance = random.Random(seed)
    disordered = bodies + chance.sample(bodies, 3)
    chance.shuffle(disordered)
    batch = json.loads(bodies[0]) | {"entry": [json.loads(one)["entry"][0] for one in disordered]}
    for team, told in zip(teams, (bodies, [json.dumps(batch).encode()], disordered), strict=True):
        team.keep(told)
    in_order, in_a_batch, in_disorder = map(tickets_of, teams)
    assert in_a_batch == in_order
    assert sorted(chain(*in_disorder)) == sorted(chain(*in_order))


def test_polls_find_what_no_webhook_told(world: World, make_team: Callable[..., Team]) -> None:
    team, sandbox = make_team(world, world.page), world.sandbox
    comment = sandbox.comment(world.ada, sandbox.post(world.page, "Good morning"), "My bag is lost")
    team.poll()
    world.clock.forward(hours=5)
    sandbox.edit(comment, "My bag is lost, and my hat")
    sandbox.hide(comment)
    team.poll()
    found = team.desk.tickets.find_message(team.account.name, comment.id)
    assert found is not None
    assert (found.text, found.hidden) == ("My bag is lost, and my hat", True)
    world.clock.forward(hours=5)
    sandbox.hide(comment, False)
    team.poll()
    found = team.desk.tickets.find_message(team.account.name, comment.id)
    assert found is not None
    assert not found.hidden
    assert set(team.tickets().values()) == {1}, "one matter, one ticket"

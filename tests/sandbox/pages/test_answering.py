"""Answers of the real Facebook and Instagram connectors on the sandbox: where they go, and what Meta refuses."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

import pytest

from social_care.core.errors import PrivateReplyUsed, Refused
from social_care.core.events import Audience
from social_care.core.replies import DeliveryState, Upload
from tests.sandbox.pages.conftest import Team, World, our_words

SENT, FAILED = DeliveryState.SENT, DeliveryState.FAILED
PDF = Upload(name="form.pdf", mime="application/pdf", size=10, reference="f1")
PNG = Upload(name="map.png", mime="image/png", size=10, reference="f2")


def test_answers_arrive_where_they_belong(team: Team) -> None:
    world, sandbox = team.world, team.world.sandbox
    post = sandbox.post(team.ours, "Good morning")
    first = sandbox.comment(world.ada, post, "My bag is lost")
    answer = sandbox.comment(world.ben, first, "@Ada mine too")
    private = sandbox.message(world.ben, team.ours, "Where do I wait?")
    team.poll()
    parts = [
        team.reply(first.id, "We are looking for it"),
        team.reply(answer.id, "Yours as well, Ben"),
        team.reply(first.id, "What is its number?", Audience.PRIVATE),
        team.reply(private.id, "At belt 4"),
    ]
    assert [team.state(one) for one in parts] == [SENT] * 4
    assert [(one.text, one.parent_id) for one in sandbox.comments(post)][2:] == [
        ("We are looking for it", first.id),
        ("Yours as well, Ben", first.id),
    ], "there are two levels of comments"
    assert our_words(team, world.ada) == ["What is its number?"]
    assert our_words(team, world.ben) == ["At belt 4"]
    world.clock.forward(minutes=5)
    team.poll()
    assert Counter(team.texts()).most_common(1)[0][1] == 1, "an answer of ours came back as something new"


def test_the_answer_to_a_private_reply_stays_in_the_case(team: Team) -> None:
    world, sandbox = team.world, team.world.sandbox
    comment = sandbox.comment(world.ada, sandbox.post(team.ours, "Hello"), "My bag is lost")
    team.poll()
    team.reply(comment.id, "What is its number?", Audience.PRIVATE)
    answer = sandbox.message(world.ada, team.ours, "It is 42")
    team.poll()
    assert team.tickets()[answer.id] == team.tickets()[comment.id]


@pytest.mark.parametrize("locale", ["en_US", "de_DE", "es_ES"])
def test_a_second_private_reply_is_refused_for_good(team: Team, locale: str) -> None:
    world, sandbox = team.world, team.world.sandbox
    sandbox.locale = locale
    comment = sandbox.comment(world.ada, sandbox.post(team.ours, "Hello"), "My bag is lost")
    team.poll()
    assert team.state(team.reply(comment.id, "What is its number?", Audience.PRIVATE)) is SENT
    with pytest.raises(PrivateReplyUsed):
        team.reply(comment.id, "And its colour?", Audience.PRIVATE)
    with team.desk.transaction():  # as if a colleague had sent the first one in the platform's own inbox
        team.desk.tickets.free_private_reply(team.desk.tickets.find_message(team.account.name, comment.id))
    second = team.reply(comment.id, "And its colour?", Audience.PRIVATE)
    assert (team.state(second), "one private answer" in team.part(second).error) == (FAILED, True)
    with pytest.raises(PrivateReplyUsed):
        team.reply(comment.id, "And its colour?", Audience.PRIVATE)
    team.wait(days=1)
    assert our_words(team, world.ada) == ["What is its number?"]


@pytest.mark.parametrize("locale", ["en_US", "de_DE", "es_ES"])
def test_a_closed_window_is_a_refusal_and_no_fault_of_the_account(team: Team, locale: str) -> None:
    world, sandbox = team.world, team.world.sandbox
    sandbox.locale = locale
    message = sandbox.message(world.ada, team.ours, "Hello?")
    team.poll()
    part = team.reply(message.id, "Too late")  # in time here, late there
    assert team.state(part) is SENT
    sandbox.clock.advance(25 * 3600)
    late = team.reply(message.id, "Much too late")
    assert team.state(late) is FAILED
    assert "over" in team.part(late).error
    assert team.desk.accounts.get("Northwind").sending_paused == ""


def test_people_may_answer_for_a_week_with_the_feature(world: World, make_team: Callable[..., Team]) -> None:
    for ours in (world.page, world.instagram):
        ours.human_agent = True
        team = make_team(world, ours, options={"human_agent": "1"})
        message = world.sandbox.message(world.ada, ours, "Hello?")
        team.poll()
        world.clock.forward(hours=30)
        assert team.state(team.reply(message.id, "Sorry for the wait")) is SENT
        assert world.sandbox.messages(world.ada, ours)[-1].tag == "HUMAN_AGENT"
        assert team.state(team.reply(message.id, "By a machine", automatic=True)) is FAILED
        assert our_words(team, world.ada) == ["Sorry for the wait"]


def test_the_feature_that_was_not_granted_is_told(world: World, make_team: Callable[..., Team]) -> None:
    team = make_team(world, world.page, options={"human_agent": "1"})
    message = world.sandbox.message(world.ada, world.page, "Hello?")
    team.poll()
    world.clock.forward(hours=30)
    part = team.reply(message.id, "Sorry for the wait")
    assert team.state(part) is FAILED
    assert "permission" in team.part(part).error


def test_who_blocked_us_gets_nothing(team: Team) -> None:
    world = team.world
    message = world.sandbox.message(world.ada, team.ours, "Leave me alone")
    world.sandbox.block(world.ada, team.ours)
    team.poll()
    part = team.reply(message.id, "As you wish")
    assert (team.state(part), our_words(team, world.ada)) == (FAILED, [])


def test_an_answer_to_what_was_deleted_fails_and_marks_it(team: Team) -> None:
    world, sandbox = team.world, team.world.sandbox
    comment = sandbox.comment(world.ada, sandbox.post(team.ours, "Hello"), "My bag is lost")
    team.poll()
    assert team.office.connect(team.account).gone([comment.id]) == frozenset()
    sandbox.delete(comment)
    assert team.office.connect(team.account).gone([comment.id]) == {comment.id}
    assert team.state(team.reply(comment.id, "We are looking for it")) is FAILED
    found = team.desk.tickets.find_message("Northwind", comment.id)
    assert found is not None
    assert found.deleted


def test_files_go_as_messages_of_their_own(page_team: Team) -> None:
    world, sandbox = page_team.world, page_team.world.sandbox
    message = sandbox.message(world.ada, world.page, "Which form?")
    comment = sandbox.comment(world.ada, sandbox.post(world.page, "Hello"), "Where is the lounge?")
    page_team.poll()
    page_team.reply(message.id, "This one", media=(PDF,))
    page_team.reply(comment.id, "Here", media=(PNG,))
    ours = [one for one in sandbox.messages(world.ada, world.page) if one.sender_id == world.page.id]
    assert sorted((one.text, [f.content for f in one.files]) for one in ours) == [
        ("", [b"content of form.pdf"]),
        ("This one", []),
    ]
    assert sandbox.comments(comment)[0].files[0].content == b"content of map.png"


@pytest.fixture
def served() -> Iterator[dict[str, bytes]]:
    """What a small server on loopback offers, by path; its address is under `address`."""
    files: dict[str, bytes] = {}

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            content = files.get(self.path)
            self.send_response(200 if content else 404)
            self.send_header("Content-Type", "image/png")
            self.end_headers()
            self.wfile.write(content or b"")

        def log_message(self, *args: Any) -> None:
            """Keep quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    files["address"] = f"http://127.0.0.1:{server.server_port}".encode()
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield files
    server.shutdown()
    thread.join()
    server.server_close()


def test_instagram_login_fetches_a_file_from_our_address(
    world: World, make_team: Callable[..., Team], served: dict[str, bytes]
) -> None:
    team = make_team(world, world.instagram, options={"instagram_login": "Instagram"})
    message = world.sandbox.message(world.ada, world.instagram, "How do I get there?")
    team.poll()
    with pytest.raises(Refused, match="this desk has none"):
        team.reply(message.id, "Like this", media=(PNG,))
    team.desk.files.offer = lambda part, upload: f"{served['address'].decode()}/{upload.reference}"
    lost = team.reply(message.id, "", media=(PNG,))
    assert team.state(lost) is FAILED
    assert "could not fetch the file" in team.part(lost).error
    served[f"/{PNG.reference}"] = b"the way to the lounge"
    sent = team.part(team.reply(message.id, "", media=(PNG,)))
    assert sent.state is SENT, sent.error
    [file] = [one.files[0] for one in world.sandbox.messages(world.ada, world.instagram) if one.files]
    assert (file.content, file.mime) == (b"the way to the lounge", "image/png")

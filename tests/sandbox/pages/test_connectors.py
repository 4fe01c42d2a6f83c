"""The real Facebook and Instagram connectors, engine and embedded desk against the sandbox, by polling."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

import pytest

from social_care.core.errors import AccountNeedsLogin, ConfigurationError, PrivateReplyUsed, RateLimited, Refused
from social_care.core.events import Audience
from social_care.core.replies import DeliveryState, Upload
from tests.sandbox.pages.conftest import Team, World

SENT, FAILED, UNKNOWN, QUEUED = DeliveryState.SENT, DeliveryState.FAILED, DeliveryState.UNKNOWN, DeliveryState.QUEUED
LOGINS = {"facebook": ("page", ""), "instagram login": ("instagram", ""), "instagram by page": ("instagram", "Facebook")}
PDF = Upload(name="form.pdf", mime="application/pdf", size=10, reference="f1")
PNG = Upload(name="map.png", mime="image/png", size=10, reference="f2")


@pytest.fixture(params=LOGINS.values(), ids=LOGINS)
def team(request: pytest.FixtureRequest, world: World, make_team: Callable[..., Team]) -> Team:
    """Each kind of account; what is said of one goes for all."""
    which, login = request.param
    return make_team(world, getattr(world, which), login)


@pytest.fixture
def page_team(world: World, make_team: Callable[..., Team]) -> Team:
    return make_team(world, world.page)


def our_words(team: Team, message: Any) -> list[str]:
    """Return what the team said below a post, or to a customer."""
    sandbox = team.world.sandbox
    found = sandbox.messages(message, team.ours) if not hasattr(message, "post_id") else sandbox.comments(message)
    return [one.text for one in found if getattr(one, "author_id", getattr(one, "sender_id", "")) == team.ours.id]


# --- reading --------------------------------------------------------------------------------------------------------
def test_check_tells_who_we_are_and_what_is_not_pushed(team: Team) -> None:
    found = team.office.connect(team.account).check()
    assert (found.account_id, found.handle) == (team.ours.id, team.ours.username)
    assert "does not push" in found.problems[0]
    assert found.limits


def test_subscribing_lets_everything_in_and_mends_what_meta_ended(team: Team) -> None:
    sandbox = team.world.sandbox
    team.listen()
    sandbox.webhooks.uninstall(team.ours.id)
    team.office.connect(team.account).subscribe(team.receiver.url)  # type: ignore[attr-defined]
    assert team.office.connect(team.account).check().problems == ()
    message = sandbox.message(team.world.ada, team.ours, "Hello?")
    team.hear()
    assert message.id in team.tickets()


def test_subscribing_leaves_what_others_subscribed(world: World, make_team: Callable[..., Team]) -> None:
    """The Page and its Instagram account share one subscription."""
    world.sandbox.webhooks.install(world.page.id, {"leadgen", "mention"})
    team = make_team(world, world.instagram, "Facebook")
    team.office.connect(team.account).subscribe("https://help.example/hook")  # type: ignore[attr-defined]
    assert world.sandbox.webhooks.installed[world.page.id] >= {"leadgen", "mention", "messages"}


@pytest.mark.parametrize("fault", ["", "repeat_page", "shuffle"])
def test_long_lists_are_read_to_the_end_once(team: Team, fault: str) -> None:
    world, sandbox = team.world, team.world.sandbox
    expected = set()
    busy = sandbox.post(team.ours, "The busy one")
    for number in range(70):
        world.clock.forward(seconds=20)
        comment = sandbox.comment(world.ada if number % 3 else world.ben, busy, f"comment {number}")
        expected.add(comment.id)
        if number % 10 == 0:
            expected.add(sandbox.comment(world.ben, comment, f"answer {number}").id)
    for number in range(30):
        world.clock.forward(seconds=20)
        expected.add(sandbox.comment(world.ada, sandbox.post(team.ours, f"post {number}"), f"below {number}").id)
    people = [sandbox.add_person(f"Passenger {number}") for number in range(25)]
    for number, person in enumerate([*people, *[people[0]] * 40]):
        world.clock.forward(seconds=20)
        expected.add(sandbox.message(person, team.ours, f"message {number}").id)
    if fault:
        sandbox.fault(fault, "GET *", 2)
    for _ in range(12):
        assert team.poll() == []
        world.clock.forward(minutes=1)
    assert expected - set(team.tickets()) == set(), "something never became a ticket's"
    texts = Counter(team.texts())
    assert [text for text, count in texts.items() if count > 1] == []


def test_answers_below_one_comment_are_read_to_the_end(team: Team) -> None:
    world, sandbox = team.world, team.world.sandbox
    first = sandbox.comment(world.ada, sandbox.post(team.ours, "The busy one"), "My bag is lost")
    answers = [sandbox.comment(world.ben, first, f"answer {number}") for number in range(80)]
    team.poll()
    assert {one.id for one in answers} <= set(team.tickets())
    assert len(set(team.tickets().values())) <= 2, "the conversation fell apart"
    world.clock.forward(minutes=30)
    late = sandbox.comment(world.ada, first, "And nobody answers")
    team.poll()
    assert team.tickets()[late.id] == team.tickets()[first.id]


def test_our_answer_is_found_below_many_others(team: Team) -> None:
    world, sandbox = team.world, team.world.sandbox
    first = sandbox.comment(world.ada, sandbox.post(team.ours, "The busy one"), "My bag is lost")
    team.poll()
    for number in range(80):
        sandbox.comment(world.ben, first, f"answer {number}")
    sandbox.fault("reset_after", "POST *")
    part = team.reply(first.id, "We are looking for it")
    team.wait(minutes=10)
    assert team.state(part) is SENT


def test_pictures_can_be_fetched(team: Team) -> None:
    team.world.sandbox.message(team.world.ada, team.ours, "", media=["image"])
    connection = team.office.connect(team.account)
    body = connection.fetch("direct_messages", "").body
    (one,) = team.world.sandbox.state.files.values()
    assert one.address.encode() in body
    found = connection.download(one.address)
    assert (found.content, found.mime) == (one.content, "image/jpeg")


def test_visitors_posts_and_mentions_elsewhere_become_tickets(page_team: Team) -> None:
    world = page_team.world
    visitor = world.sandbox.post(world.ada, "Your crew was lovely", on=world.page)
    elsewhere = world.sandbox.post(world.ben, "Northwind lost my bag", mentions=[world.page])
    assert page_team.poll() == []
    tickets = page_team.tickets()
    assert tickets[visitor.id] != tickets[elsewhere.id]


def test_a_missing_permission_hides_authors_only(page_team: Team) -> None:
    world = page_team.world
    comment = world.sandbox.comment(world.ada, world.sandbox.post(world.page, "Hello"), "My bag")
    world.sandbox.keyring.deny(world.page.id, "pages_read_user_content")
    assert page_team.poll() == []
    found = page_team.desk.tickets.find_message("Northwind", comment.id)
    assert found is not None
    assert (found.text, found.author_id) == ("My bag", None)


def test_reading_slows_down_before_it_is_throttled(make_world: Callable[..., World], make_team: Callable[..., Team]) -> None:
    world = make_world(limits={"messenger": 10})
    team = make_team(world, world.page)
    connection = team.office.connect(team.account)
    for _ in range(9):
        connection.fetch("direct_messages", "")
    with pytest.raises(RateLimited, match="nearly used up"):
        connection.fetch("direct_messages", "")
    assert all(one.status == 200 for one in world.sandbox.requests), "Meta had to say it first"


def test_a_throttled_reply_waits_as_long_as_meta_says(
    make_world: Callable[..., World], make_team: Callable[..., Team]
) -> None:
    world = make_world(limits={"messenger": 3})
    team = make_team(world, world.page)
    message = world.sandbox.message(world.ada, world.page, "Hello?")
    team.poll()
    for _ in range(3):
        world.call("GET", "me/conversations", platform="messenger")
    part = team.reply(message.id, "Hello Ada")
    assert team.state(part) is QUEUED
    team.wait(hours=23)
    assert our_words(team, world.ada) == []
    team.wait(hours=1)
    assert team.state(part) is FAILED, "by then the window to answer was closed"
    again = world.sandbox.message(world.ada, world.page, "Hello??")
    team.poll()
    assert team.state(team.reply(again.id, "Sorry, Ada")) is SENT


# --- answering ------------------------------------------------------------------------------------------------------
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
    thread = Thread(target=server.serve_forever)
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


# --- when the line breaks -------------------------------------------------------------------------------------------
FAULTS: dict[str, tuple[str, dict[str, Any], bool]] = {
    "taken, then reset": ("reset_after", {}, True),
    "taken, then a gateway's page": ("html_error", {"status": 502, "after": True}, True),
    "taken, then 500": ("status", {"status": 500, "after": True}, True),
    "taken, then transient": ("status", {"shape": "2", "after": True}, True),
    "taken, answer cut": ("malformed", {}, True),
    "reset before": ("reset_before", {}, False),
    "500": ("status", {"status": 500}, False),
}


@pytest.mark.parametrize("where", ["comment", "private reply", "message"])
@pytest.mark.parametrize(("kind", "options", "taken"), FAULTS.values(), ids=FAULTS)
def test_a_lost_answer_is_looked_for_and_never_sent_twice(
    team: Team, where: str, kind: str, options: dict[str, Any], taken: bool
) -> None:
    world, sandbox = team.world, team.world.sandbox
    comment = sandbox.comment(world.ada, sandbox.post(team.ours, "Hello"), "My bag is lost")
    message = sandbox.message(world.ben, team.ours, "Where do I wait?")
    sandbox.message(world.ada, team.ours, "By the way")
    team.poll()
    world.clock.forward(seconds=30)
    sandbox.fault(kind, "POST *", **options)
    target = message if where == "message" else comment
    part = team.reply(target.id, "Number, please", Audience.PRIVATE if where == "private reply" else None)
    assert team.state(part) is UNKNOWN
    for _ in range(8):
        team.wait(minutes=10)
    heard = {"comment": comment, "private reply": world.ada, "message": world.ben}[where]
    assert our_words(team, heard) == (["Number, please"] if taken else [])
    assert team.state(part) is (SENT if taken else UNKNOWN)
    team.poll()
    assert team.texts().count("Number, please") == 1, "it came back as something new"


@pytest.mark.parametrize("taken", [(True, True), (True, False), (False, True)])
def test_the_same_words_to_two_customers_are_never_mixed_up(team: Team, taken: tuple[bool, bool]) -> None:
    """Two private replies with one wording, both answers lost: each is settled with its own customer or not at all."""
    world, sandbox = team.world, team.world.sandbox
    post, people = sandbox.post(team.ours, "Hello"), (world.ada, world.ben)
    comments = [sandbox.comment(who, post, "My bag is lost") for who in people]
    team.poll()
    parts = []
    for comment, arrives in zip(comments, taken, strict=True):
        world.clock.forward(seconds=1)
        sandbox.fault("reset_after" if arrives else "reset_before", "POST *")
        parts.append(team.reply(comment.id, "What is its number?", Audience.PRIVATE))
    for _ in range(8):
        team.wait(minutes=10)
    for part, arrives in zip(parts, taken, strict=True):
        assert arrives or team.state(part) is UNKNOWN, "it claims to be sent and is not"
    answers = [sandbox.message(who, team.ours, f"It is {number}") for number, who in enumerate(people)]
    team.poll()
    tickets = team.tickets()
    other = {answers[0].id: comments[1].id, answers[1].id: comments[0].id}
    for answer, comment in other.items():
        assert tickets[answer] != tickets[comment], "a customer's answer is on another customer's ticket"


@pytest.mark.parametrize("shape", ["4", "17", "32", "613", "80001", "80002", "80006"])
def test_throttling_is_certainly_not_sent(page_team: Team, shape: str) -> None:
    world = page_team.world
    message = world.sandbox.message(world.ada, world.page, "Hello?")
    page_team.poll()
    world.sandbox.fault("status", "POST *", shape=shape)
    part = page_team.reply(message.id, "Hello Ada")
    assert page_team.state(part) is QUEUED
    page_team.wait(minutes=4)
    assert page_team.state(part) is QUEUED
    page_team.wait(minutes=2)
    assert (page_team.state(part), our_words(page_team, world.ada)) == (SENT, ["Hello Ada"])


@pytest.mark.parametrize("shape", ["506", "368", "10/1893063", "10/2018108", "100/2018001", "551/1545041", "200/1545041"])
def test_refusals_are_final(page_team: Team, shape: str) -> None:
    world = page_team.world
    message = world.sandbox.message(world.ada, world.page, "Hello?")
    page_team.poll()
    world.sandbox.fault("status", "POST *", shape=shape)
    part = page_team.reply(message.id, "Hello Ada")
    page_team.wait(days=1)
    assert (page_team.state(part), our_words(page_team, world.ada)) == (FAILED, [])


@pytest.mark.parametrize("subcode", [458, 459, 460, 463, 464, 467])
def test_a_dead_token_pauses_sending_and_nothing_is_lost(team: Team, subcode: int) -> None:
    world, sandbox = team.world, team.world.sandbox
    team.listen()
    message = sandbox.message(world.ada, team.ours, "Hello?")
    team.hear()
    subject = (
        team.ours.id
        if sandbox.keyring.issue("instagram", team.ours.id).token in str(team.office.credentials)
        else world.page.id
    )
    sandbox.keyring.end(subject, subcode)
    with pytest.raises(AccountNeedsLogin):
        team.office.connect(team.account).check()
    part = team.reply(message.id, "Hello Ada")
    assert team.state(part) is QUEUED
    assert team.desk.accounts.get("Northwind").sending_paused
    later = sandbox.message(world.ada, team.ours, "Anybody?")
    team.hear()
    assert later.id in team.tickets(), "a dead token is no reason to lose what was pushed"


def test_the_apps_secret_has_to_be_right(world: World, make_team: Callable[..., Team]) -> None:
    team = make_team(world, world.page)
    team.office.credentials["Northwind"]["client_secret"] = "another"
    with pytest.raises(Refused):
        team.office.connect(team.account).fetch("mentions", "")


def test_a_persons_token_is_told_from_a_pages(world: World, make_team: Callable[..., Team]) -> None:
    team = make_team(world, world.page)
    team.office.credentials["Northwind"]["access_token"] = world.sandbox.keyring.issue("user", world.ada.id).token
    with pytest.raises(ConfigurationError, match="Page itself"):
        team.office.connect(team.account).check()


@pytest.mark.parametrize("permission", ["pages_messaging", "pages_manage_engagement"])
def test_a_missing_permission_stops_sending_until_it_is_granted(page_team: Team, permission: str) -> None:
    world, sandbox = page_team.world, page_team.world.sandbox
    comment = sandbox.comment(world.ada, sandbox.post(world.page, "Hello"), "My bag is lost")
    page_team.poll()
    sandbox.keyring.deny(world.page.id, permission)
    audience = Audience.PRIVATE if permission == "pages_messaging" else None
    part = page_team.reply(comment.id, "We are looking for it", audience)
    assert page_team.state(part) is QUEUED
    assert "permission" in page_team.desk.accounts.get("Northwind").sending_paused

"""From a customer's comment to the confirmed answer, on the embedded desk, against the sandbox and its faults."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest

from social_care.connectors.registry import load
from social_care.core.accounts import Standing
from social_care.core.errors import ConfigurationError, Refused
from social_care.core.events import Audience
from social_care.core.moderation import ModerationAction, ModerationState
from social_care.core.replies import DeliveryState, Reply
from social_care.engine.composing import plan
from social_care.engine.moderating import list_offers
from social_care.engine.vanishing import check_vanished
from tests.connectors.youtube.world import ANSWERS, LIST, NAME, World, new_world

YOUTUBE = load("youtube")


@pytest.fixture
def world() -> Iterator[World]:
    with new_world() as made:
        yield made


# --- reading --------------------------------------------------------------------------------------------------------
def test_a_comment_becomes_a_ticket_with_its_video(world: World) -> None:
    comment = world.sandbox.comment(world.ada, world.video, 'Where is <my> bag? See 1:02 & "2"')
    world.poll()
    [message] = world.rows("select text, author_id, author_handle, notes from message")
    assert message[:3] == ('Where is <my> bag? See 1:02 & "2"', world.ada.id, "ada")
    assert "Oslo in the snow" in message[3]
    assert world.message(comment).ticket
    assert world.poll().messages == 0, "what is known came again"


def test_all_answers_of_a_long_thread_come(world: World) -> None:
    comment = world.sandbox.comment(world.ada, world.video, "Where is my bag?")
    for number in range(230):
        world.sandbox.answer(world.ben, comment, f"me too {number}")
    world.poll()
    assert world.rows("select count(distinct message_id) from message") == [(231,)]
    assert len(world.rows("select id from ticket")) == 1, "a bystander opened a ticket"


def test_an_answer_to_an_old_comment_is_found_within_the_hour(world: World) -> None:
    comment = world.sandbox.comment(world.ada, world.video, "Where is my bag?")
    world.poll()
    for number in range(130):
        world.clock.forward(seconds=30)
        world.sandbox.comment(world.ben, world.video, f"Nice {number}")
    world.poll()
    world.clock.forward(hours=1)
    late = world.sandbox.answer(world.ada, comment, "@northwind hello?")
    world.poll()
    assert world.message(late).ticket == world.message(comment).ticket


def test_many_pages_are_read_to_the_end(world: World) -> None:
    for number in range(250):
        world.sandbox.comment(world.ben, world.video, f"Nice {number}")
    report = world.poll()
    assert report.messages == 250
    assert world.rows("select count(*) from message") == [(250,)]


@pytest.mark.parametrize("kind", ["shuffle", "repeat_page"])
def test_pages_in_any_order_or_again_lose_nothing(world: World, kind: str) -> None:
    for number in range(250):
        world.clock.forward(seconds=1)
        world.sandbox.comment(world.ben, world.video, f"Nice {number}")
    world.sandbox.fault(kind, LIST, times=3)
    for _ in range(3):
        world.poll()
    assert world.rows("select count(*) from message") == [(250,)]


@pytest.mark.parametrize(
    "fault", [{"kind": "status", "status": 503}, {"kind": "malformed"}, {"kind": "reset_after"}, {"kind": "html_error"}]
)
def test_a_poll_that_fails_is_made_up_for(world: World, fault: dict[str, object]) -> None:
    world.sandbox.comment(world.ada, world.video, "Where is my bag?")
    world.sandbox.fault(route=LIST, **fault)  # type: ignore[arg-type]
    [report] = world.office.poll(NAME)
    assert report.error
    world.poll()
    assert len(world.rows("select id from ticket")) == 1


def test_a_token_of_a_page_that_ran_out_begins_the_list_again(world: World) -> None:
    for number in range(150):
        world.sandbox.comment(world.ben, world.video, f"Nice {number}")
    page = world.connection().fetch("mentions", world.desk.ledger.read_cursor(NAME, "mentions"))
    world.desk.ledger.write_cursor(NAME, "mentions", page.cursor.replace('"token": "', '"token": "gone'))
    world.poll()
    assert world.rows("select count(*) from message") == [(50,)], "the first page was handed over already"
    assert world.desk.ledger.read_cursor(NAME, "mentions").count("token") == 0


def test_edits_keep_both_versions(world: World) -> None:
    comment = world.sandbox.comment(world.ada, world.video, "Where is my bag?")
    world.poll()
    world.clock.forward(minutes=5)
    world.sandbox.edit(comment, "Where is my blue bag?")
    world.poll()
    assert world.message(comment).text == "Where is my blue bag?"
    assert world.message(comment).revision


def test_likes_alone_change_nothing(world: World) -> None:
    comment = world.sandbox.comment(world.ada, world.video, "Where is my bag?")
    world.poll()
    world.sandbox.like(comment)
    assert world.poll().messages == 0


def test_what_waits_for_a_review_comes_and_is_shown_again_when_approved(world: World) -> None:
    held = world.sandbox.comment(world.ada, world.video, "damned bag", status="heldForReview")
    world.poll()
    assert world.message(held).hidden
    assert "for review" in world.rows("select notes from message")[0][0]
    world.sandbox.moderate(held, "published")
    world.clock.forward(hours=1)
    world.poll()
    assert not world.message(held).hidden


def test_likely_spam_comes_with_the_hourly_look(world: World) -> None:
    spam = world.sandbox.comment(world.ben, world.video, "CHEAP", status="likelySpam")
    world.poll()
    world.clock.forward(hours=1)
    world.poll()
    assert world.message(spam).hidden


def test_lists_that_are_not_wanted_cost_nothing(world: World) -> None:
    world.options(youtube_held="0", youtube_spam="0")
    world.sandbox.comment(world.ben, world.video, "CHEAP", status="likelySpam")
    world.sandbox.comment(world.ben, world.video, "damned", status="heldForReview")
    world.clock.forward(hours=2)
    before = world.sandbox.used
    world.poll()
    assert world.rows("select count(*) from message") == [(0,)]
    assert world.sandbox.used - before == 1


def test_a_list_for_the_owner_only_does_not_stop_the_rest(world: World) -> None:
    world.sandbox.comment(world.ada, world.video, "Where is my bag?")
    state = world.desk.ledger.read_cursor(NAME, "mentions")
    assert state
    page = world.connection().fetch("mentions", state)
    world.desk.ledger.write_cursor(NAME, "mentions", page.cursor)
    world.sandbox.fault("status", LIST, status=403, shape="forbidden")
    assert world.poll().error == ""


def test_comments_from_before_we_began_open_nothing(world: World) -> None:
    world.desk.ledger.write_cursor(NAME, "mentions", "")
    old = world.sandbox.comment(world.ada, world.video, "Last week")
    old.published = old.updated = old.published.replace(day=10)
    world.poll()
    world.clock.forward(hours=2)
    world.poll()
    assert world.rows("select count(*) from message") == [(0,)]
    world.sandbox.answer(world.ben, old, "@northwind is this true?")
    world.clock.forward(hours=2)
    world.poll()
    assert world.rows("select author_id from thread where ticket is not null") == [(world.ben.id,)]


def test_deleted_comments_are_found_by_looking_for_them(world: World) -> None:
    comments = [world.sandbox.comment(world.ada, world.video, f"Where {number}?") for number in range(4)]
    held = world.sandbox.comment(world.ada, world.video, "damned", status="heldForReview")
    world.poll()
    world.sandbox.delete(comments[1])
    ids = [one.id for one in (*comments, held)]
    connection = world.connection()
    assert connection.gone(ids) == {comments[1].id}
    check_vanished(world.account, ids, desk=world.desk, connector=YOUTUBE, connection=connection, clock=world.clock)
    connection.close()
    assert world.message(comments[1]).vanished
    with pytest.raises(Refused, match="no longer visible"):
        world.answer(comments[1], "Too late")


def test_a_question_that_is_refused_as_a_whole_is_asked_in_pieces(world: World) -> None:
    kept, lost = (world.sandbox.comment(world.ada, world.video, text) for text in ("one", "two"))
    world.sandbox.delete(lost)
    world.sandbox.fault("status", "GET /youtube/v3/comments", status=404)
    connection = world.connection()
    assert connection.gone([kept.id, lost.id]) == {lost.id}
    connection.close()


# --- answering ------------------------------------------------------------------------------------------------------
def test_an_answer_is_posted_once_and_its_echo_known(world: World) -> None:
    comment = world.sandbox.comment(world.ada, world.video, "Where is my bag?")
    world.poll()
    before = world.sandbox.used
    part = world.answer(comment, "In Oslo.")
    assert part.state is DeliveryState.SENT
    assert world.ours() == ["In Oslo."]
    assert world.sandbox.used - before == 50 == world.rows("select used from allowance")[0][0] - before
    world.clock.forward(minutes=2)
    world.poll()
    assert len(world.rows("select id from message where direction = 'out'")) == 1, "its echo became a message"


def test_an_answer_to_an_answer_stands_at_the_end_and_names_its_author(world: World) -> None:
    comment = world.sandbox.comment(world.ada, world.video, "Where is my bag?")
    theirs = world.sandbox.answer(world.ben, comment, "@northwind and mine?")
    world.poll()
    warnings = plan(_reply(world, theirs.id), world.account, YOUTUBE, world.clock()).warnings
    assert any("@ben" in one and "one level" in one for one in warnings)
    part = world.answer(theirs, "In Bergen.")
    assert part.state is DeliveryState.SENT
    [sent] = world.sandbox.comments_by(world.team)
    assert (sent.text, sent.parent) == ("@ben In Bergen.", comment.id)


@pytest.mark.parametrize(
    "fault", [{"kind": "reset_after"}, {"kind": "status", "status": 503, "after": True}, {"kind": "malformed"}]
)
def test_a_lost_answer_is_looked_for_and_never_sent_again(world: World, fault: dict[str, object]) -> None:
    comment = world.sandbox.comment(world.ada, world.video, "Where is my bag?")
    world.poll()
    world.sandbox.fault(route=ANSWERS, **fault)  # type: ignore[arg-type]
    part = world.answer(comment, "In Oslo.")
    assert part.state is DeliveryState.UNKNOWN
    world.clock.forward(seconds=30)
    world.work()
    assert world.part(part).state is DeliveryState.SENT
    assert world.ours() == ["In Oslo."]


def test_an_answer_that_never_arrived_is_left_to_a_person(world: World) -> None:
    comment = world.sandbox.comment(world.ada, world.video, "Where is my bag?")
    world.poll()
    world.sandbox.fault("reset_before", ANSWERS)
    part = world.answer(comment, "In Oslo.")
    for _ in range(8):
        world.clock.forward(minutes=20)
        world.work()
    assert world.part(part).state is DeliveryState.UNKNOWN
    assert "look yourself" in world.part(part).error
    assert world.ours() == []


def test_the_same_words_to_two_people_are_two_answers(world: World) -> None:
    first, second = (world.sandbox.comment(who, world.video, "Where?") for who in (world.ada, world.ben))
    world.poll()
    world.sandbox.fault("reset_after", ANSWERS, times=2)
    parts = [world.answer(first, "In Oslo."), world.answer(second, "In Oslo.")]
    world.clock.forward(seconds=30)
    world.work()
    assert [world.part(one).state for one in parts] == [DeliveryState.SENT] * 2
    assert len({world.part(one).external_id for one in parts}) == 2


@pytest.mark.parametrize(
    ("shape", "status", "words"),
    [
        ("commentsDisabled", 403, "switched off"),
        ("operationNotSupported", 400, "closed for answers"),
        ("commentTextTooLong", 400, "too long"),
        ("processingFailure", 400, "could not process"),
        ("forbidden", 403, "does not allow"),
    ],
)
def test_a_refusal_is_told_in_plain_words_and_not_tried_again(world: World, shape: str, status: int, words: str) -> None:
    comment = world.sandbox.comment(world.ada, world.video, "Where is my bag?")
    world.poll()
    world.sandbox.fault("status", ANSWERS, status=status, shape=shape)
    part = world.answer(comment, "In Oslo.")
    assert part.state is DeliveryState.FAILED
    assert words in part.error
    world.clock.forward(hours=1)
    world.work()
    assert world.ours() == []


def test_an_answer_to_what_is_gone_marks_it_as_gone(world: World) -> None:
    comment = world.sandbox.comment(world.ada, world.video, "Where is my bag?")
    world.poll()
    world.sandbox.delete(comment)
    assert world.answer(comment, "In Oslo.").state is DeliveryState.FAILED
    assert world.message(comment).deleted


def test_nobody_is_answered_privately(world: World) -> None:
    comment = world.sandbox.comment(world.ada, world.video, "Where is my bag?")
    world.poll()
    with pytest.raises(Refused, match="no private messages"):
        plan(replace(_reply(world, comment.id), audience=Audience.PRIVATE), world.account, YOUTUBE, world.clock())


# --- access ---------------------------------------------------------------------------------------------------------
def test_a_token_that_ended_is_renewed_before_it_is_used(world: World) -> None:
    world.sandbox.expire(world.team)
    world.sandbox.comment(world.ada, world.video, "Where is my bag?")
    assert world.poll().error == ""
    assert len(world.rows("select id from ticket")) == 1
    renewals = sum(one.path == "/token" for one in world.sandbox.requests)
    world.clock.forward(minutes=59)
    assert world.poll().error == ""
    assert sum(one.path == "/token" for one in world.sandbox.requests) == renewals + 1
    assert world.sandbox.requests[-1].status == 200
    assert [one.status for one in world.sandbox.requests if one.status == 401] == [401], "a call was wasted on a dead token"


def test_access_that_was_taken_away_pauses_sending_and_says_so(world: World) -> None:
    world.sandbox.revoke(world.team)
    [report] = world.office.poll(NAME)
    assert "sign in again" in report.error
    assert world.account.standing is Standing.NEEDS_LOGIN
    assert world.account.sending_paused


def test_the_connection_tells_who_we_are_and_what_is_left(world: World) -> None:
    connection = world.connection()
    found = connection.check()
    connection.close()
    assert (found.account_id, found.handle, found.name) == (world.team.id, "northwind", "Northwind Air")
    assert found.permissions == ("https://www.googleapis.com/auth/youtube.force-ssl",)
    assert found.problems == ()
    assert "of 10,000 left" in found.limits[0]


def test_a_box_that_was_not_ticked_is_a_problem(world: World) -> None:
    world.sandbox.access.scope = "openid"
    keys = world.sandbox.credentials(world.team)
    world.office.credentials[NAME] |= {"refresh_token": keys.refresh_token, "access_token": keys.access_token}
    connection = world.connection()
    with pytest.raises(ConfigurationError, match="lacks the permission"):
        connection.check()
    connection.close()


# --- moderation -----------------------------------------------------------------------------------------------------
def test_holding_and_approving(world: World) -> None:
    comment = world.sandbox.comment(world.ada, world.video, "damned bag")
    world.poll()
    assert world.moderate(ModerationAction.HIDE, comment).state is ModerationState.DONE
    assert world.message(comment).hidden
    assert comment.status == "heldForReview"
    world.poll()
    assert world.moderate(ModerationAction.UNHIDE, comment).state is ModerationState.DONE
    assert not world.message(comment).hidden


def test_what_a_customer_wrote_is_rejected_what_we_wrote_is_deleted(world: World) -> None:
    comment = world.sandbox.comment(world.ada, world.video, "damned bag")
    ours = world.sandbox.answer(world.team, comment, "Oh dear")
    world.poll()
    assert world.moderate(ModerationAction.DELETE, ours).state is ModerationState.DONE
    assert ours.id not in world.sandbox.state.comments
    assert world.moderate(ModerationAction.DELETE, comment).state is ModerationState.DONE
    assert comment.status == "rejected"
    assert world.message(comment).deleted


def test_who_is_banned_writes_no_more(world: World) -> None:
    comment = world.sandbox.comment(world.ada, world.video, "damned bag")
    world.poll()
    assert world.moderate(ModerationAction.BLOCK, comment).state is ModerationState.DONE
    assert world.sandbox.comment(world.ada, world.video, "again").status == "rejected"
    with pytest.raises(Refused, match="YouTube Studio"):
        world.moderate(ModerationAction.UNBLOCK, comment)


def test_a_lost_moderation_is_unknown(world: World) -> None:
    comment = world.sandbox.comment(world.ada, world.video, "damned bag")
    world.poll()
    world.sandbox.fault("reset_after", "POST /youtube/v3/comments/setModerationStatus")
    assert world.moderate(ModerationAction.HIDE, comment).state is ModerationState.UNKNOWN
    world.poll()
    assert world.message(comment).hidden, "the list of what waits for a review tells what happened"


def test_likes_are_not_offered(world: World) -> None:
    comment = world.sandbox.comment(world.ada, world.video, "Nice")
    world.poll()
    offers = list_offers(world.message(comment), world.account, desk=world.desk, connector=YOUTUBE, now=world.clock())
    assert [one.action.value for one in offers if not one.refusal] == ["hide", "delete", "block", "mute"]


def _reply(world: World, message_id: str) -> Reply:
    target = world.message(message_id)
    return Reply(ticket=target.ticket or "", target=target, text="In Oslo.", author="jk@example.com")

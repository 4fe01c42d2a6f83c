"""The command line as a person (or a script) uses it."""

import json
import socket
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st

from social_care.cli import main
from social_care.replay import Replay

FIELDS = {
    "file", "action", "platform", "message_id", "author_id", "author_handle", "author_name", "text", "audience",
    "direction", "thread", "parent_id", "media", "ticket", "reason",
}  # fmt: skip
ACTIONS = {"open", "append", "edit", "delete", "reaction", "delivery", "error", "ignore", "park"}
MENTION = {
    "data": {
        "event_uuid": "-7",
        "filter": {"user_id": "900"},
        "event_type": "post.mention.create",
        "payload": {
            "id": "5001",
            "text": "hey @northwind &amp; friends",
            "author_id": "77",
            "conversation_id": "5001",
            "created_at": "2026-03-01T12:00:00.000Z",
            "edit_history_tweet_ids": ["5001"],
            "entities": {"mentions": [{"username": "northwind", "id": "900"}]},
        },
        "includes": {"users": [{"id": "77", "username": "ada", "name": "Ada"}]},
    }
}


@pytest.fixture
def replay(tmp_path):
    def run(*bodies, args=(), name="body", platform="x"):
        files = []
        for number, body in enumerate(bodies):
            path = tmp_path / f"{name}{number}.json"
            path.write_bytes(body if isinstance(body, bytes) else json.dumps(body).encode())
            files.append(str(path))
        result = CliRunner().invoke(main, ["replay", platform, *files, "--json", *args])
        assert result.exit_code == 0, result.output
        records = [json.loads(line) for line in result.output.splitlines()]
        for record in records:
            assert set(record) == FIELDS
            assert record["action"] in ACTIONS
            assert record["reason"] or record["action"] in ("open", "append", "edit", "delete", "reaction"), record
        return records

    return run


def page(*posts, url="https://api.x.com/2/users/900/mentions", status=200, **body):
    return {
        "request": {"method": "GET", "url": url},
        "response": {"status": status, "headers": {}, "body": {"data": list(posts), "meta": {}} | body},
    }


def post(post_id, text, author="77", **more):
    return {"id": post_id, "text": text, "author_id": author, "conversation_id": "5001"} | more


def test_a_mention(replay):
    (record,) = replay(MENTION)
    del record["file"]
    assert record == {
        "action": "open",
        "platform": "x",
        "message_id": "5001",
        "author_id": "77",
        "author_handle": "ada",
        "author_name": "Ada",
        "text": "hey @northwind & friends",
        "audience": "public",
        "direction": "in",
        "thread": "5001",
        "parent_id": None,
        "media": [],
        "ticket": "1",
        "reason": None,
    }


def test_files_share_a_desk_unless_fresh(replay):
    assert [one["action"] for one in replay(MENTION, MENTION)] == ["open", "ignore"]
    assert [one["action"] for one in replay(MENTION, MENTION, args=["--fresh"])] == ["open", "open"]


def test_webhook_and_poll_meet_on_one_ticket(replay):
    later = page(post("5003", "and my bag?"), post("5001", "hey @northwind &amp; friends"))
    records = replay(MENTION, later)
    assert [(one["action"], one["message_id"]) for one in records] == [
        ("open", "5001"),
        ("ignore", "5001"),
        ("append", "5003"),
    ]
    assert records[0]["ticket"] == records[2]["ticket"]


def test_our_own_id_makes_an_echo(replay):
    own = page(post("5009", "We are sorry.", author="900"), url="https://api.x.com/2/tweets/search/recent?query=x")
    (record,) = replay(own, args=["--account-id", "900"])
    assert (record["action"], record["direction"]) == ("ignore", "out")


def test_what_is_no_word_of_a_customer_is_printed_as_ignored_with_what_it_is(replay):
    comment = {"item": "comment", "post_id": "9_5", "comment_id": "5_1", "created_time": 1788256800, "message": "Hello?"}
    changes = [{"field": "feed", "value": comment | {"verb": "add", "from": {"id": "7", "name": "Ana"}}}]
    changes.append({"field": "feed", "value": comment | {"verb": "hide", "from": {"id": "9"}, "created_time": 1788256801}})
    added, hidden = replay({"object": "page", "entry": [{"id": "9", "changes": changes}]}, platform="facebook")
    assert (added["action"], hidden["action"]) == ("open", "ignore")
    assert (hidden["ticket"], hidden["reason"]) == (added["ticket"], "it was hidden on the platform")
    wish = {"wa_id": "4917", "category": "marketing_messages", "value": "stop", "timestamp": "1788256800"}
    value = {"metadata": {"phone_number_id": "8"}, "user_preferences": [wish]}
    body = {"object": "whatsapp_business_account", "entry": [{"changes": [{"field": "user_preferences", "value": value}]}]}
    (stopped,) = replay(body, platform="whatsapp")
    assert stopped["action"] == "ignore"


def test_errors_are_told_by_what_has_to_happen_next(replay):
    problem = {"title": "Unauthorized", "status": 401, "detail": "Unauthorized", "type": "about:blank"}
    (record,) = replay(
        {"request": {"method": "GET", "url": "u"}, "response": {"status": 401, "headers": {}, "body": problem}}
    )
    assert record["action"] == "error"
    assert record["reason"].startswith("AccountNeedsLogin:")


@pytest.mark.parametrize(
    "body",
    [b"", b"\xff\xfe", b"{", b"[]", b"null", b"17", b'"x"', b'{"data": {"event_type": "brand.new"}}', b"[" * 100_000, b"{}"],
)
def test_what_cannot_be_read_is_parked_with_its_reason(replay, body):
    for record in replay(body):
        assert record["action"] in ("park", "ignore"), record
        assert record["reason"]


def test_a_missing_file_is_told(replay, tmp_path):
    result = CliRunner().invoke(main, ["replay", "x", str(tmp_path / "nothing.json"), "--json"])
    assert result.exit_code == 0
    told = json.loads(result.output)
    assert (told["action"], told["reason"]) == ("park", "the file cannot be read: No such file or directory")


def test_a_platform_is_known_in_capitals_too(tmp_path):
    (tmp_path / "a.json").write_text(json.dumps(MENTION))
    result = CliRunner().invoke(main, ["replay", "X", str(tmp_path / "a.json")])
    assert "open ticket 1" in result.output


def test_the_commands_tell_what_they_do_in_whole_sentences():
    commands = CliRunner().invoke(main, ["--help"]).output.partition("Commands:")[2]
    assert commands.count(".") == len(main.commands), commands


def test_it_can_be_read_by_people(tmp_path):
    (tmp_path / "a.json").write_text(json.dumps(MENTION))
    result = CliRunner().invoke(main, ["replay", "x", str(tmp_path / "a.json")])
    assert "open ticket 1 ada “hey @northwind & friends”" in result.output


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=12), inner, max_size=4),
    max_leaves=12,
)


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_no_input_crashes_it(data):
    """Any part of a good body replaced by anything at all."""
    body = json.loads(json.dumps(data.draw(st.sampled_from([MENTION, page(post("1", "a"))]))))
    here = body
    while isinstance(here, dict) and here:
        key = data.draw(st.sampled_from(sorted(here)))
        if data.draw(st.booleans()) or not isinstance(here[key], (dict, list)):
            here[key] = data.draw(json_values)
            break
        here = here[key] if isinstance(here[key], dict) else (here[key] or [{}])[0]
    path = Path(__file__)
    replay = Replay("x", fresh=True)
    for record in replay._body(str(path), json.dumps(body).encode()):
        assert record["action"] in ACTIONS
        assert json.dumps(record)


def test_doctor_looks_at_the_installation():
    result = CliRunner().invoke(main, ["doctor"])
    assert result.exit_code == 0, result.output
    assert "connector X" in result.output


def test_doctor_says_what_is_missing(tmp_path):
    (tmp_path / "c.json").write_text("{}")
    result = CliRunner().invoke(main, ["doctor", "--platform", "x", "--credentials", str(tmp_path / "c.json")])
    assert result.exit_code == 1
    assert "client_id" in result.output


def test_doctor_asks_for_credentials_only_where_some_are_missing(tmp_path):
    file = tmp_path / "keys.json"
    file.write_text(json.dumps({"access_token": "t", "client_secret": None}))
    arguments = ["doctor", "--platform", "mastodon", "--credentials", str(file)]
    assert "credentials that are needed: api_base_url + access_token" in CliRunner().invoke(main, arguments).output
    told = CliRunner().invoke(main, [*arguments, "--api-base-url", "nonsense"]).output.splitlines()[-1]
    assert told.startswith("BAD  The API address"), told
    assert "credentials that are needed" not in told


def test_a_count_that_no_database_keeps_does_not_cost_the_message(replay):
    body = json.loads(json.dumps(MENTION))
    body["data"]["includes"]["users"][0]["public_metrics"] = {"followers_count": 10**19}
    assert replay(body)[0]["action"] == "open"


def test_a_recorded_call_may_say_more_and_write_its_status_as_text(replay):
    (record,) = replay(page(post("5001", "hello"), status="200") | {"note": "recorded by hand"})
    assert record["action"] == "open"


def test_a_recorded_call_without_a_status_is_parked(replay):
    for status in (None, 0, 7, "x", 10**12):
        (record,) = replay(page(post("5001", "hello"), status=status))
        assert (record["action"], record["reason"]) == ("park", "The recorded call has no HTTP status.")


def test_a_fault_in_a_connector_is_parked(replay, monkeypatch):
    def broken(*_):
        raise KeyError("author")

    monkeypatch.setattr("social_care.connectors.x.connector.XConnector.parse", broken)
    (record,) = replay(MENTION)
    assert (record["action"], "KeyError" in record["reason"]) == ("park", True)


def test_what_a_customer_wrote_does_not_steer_the_terminal(tmp_path):
    body = json.loads(json.dumps(MENTION))
    body["data"]["payload"]["text"] = "\x1b[2J\x00 \u202e gone"
    path = tmp_path / "body.json"
    path.write_text(json.dumps(body))
    result = CliRunner().invoke(main, ["replay", "x", str(path)])
    assert result.exit_code == 0
    assert "gone" in result.output
    assert not any(c in result.output for c in "\x1b\x00\u202e")


@pytest.mark.parametrize(
    "arguments",
    [
        ["demo", "--html", "/no/such/folder/story.html"],
        ["sandbox", "--port", "70000"],
        ["doctor", "--credentials", __file__],
        ["doctor", "--api-base-url", "http://127.0.0.1:1"],
    ],
)
def test_a_wrong_argument_is_told_before_anything_is_done(arguments):
    result = CliRunner().invoke(main, arguments)
    assert result.exit_code == 2
    assert "Error" in result.output


def test_the_help_offers_exactly_the_sandboxes_there_are():
    from social_care.sandbox import PLAYED
    from social_care.sandbox.serve import PLATFORMS

    assert tuple(sorted(PLATFORMS)) == PLAYED
    assert "|".join(PLAYED) in CliRunner().invoke(main, ["sandbox", "--help"], terminal_width=200).output
    result = CliRunner().invoke(main, ["sandbox", "--platform", "mastodon"])
    assert result.exit_code == 2
    assert "Invalid value for '--platform'" in result.output


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="a full disk: SKIPPED, there is no /dev/full")
def test_a_full_disk_is_a_sentence():
    script = "from social_care.cli import main; main()"
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(  # noqa: S603 - our own command
            [sys.executable, "-c", script, "doctor"], stdout=full, stderr=subprocess.PIPE, text=True, check=False
        )
    assert done.returncode == 1
    assert done.stderr.splitlines()[-1] == "Error: There is no space left where the output goes."
    assert "Traceback" not in done.stderr


def test_a_port_in_use_is_a_sentence():
    with socket.create_server(("127.0.0.1", 0)) as taken:
        result = CliRunner().invoke(main, ["sandbox", "--port", str(taken.getsockname()[1])])
    assert result.exit_code == 1
    assert "--port 0" in result.output
    assert "Errno" not in result.output

"""Signing in, going on, and what the server says of the account."""

from __future__ import annotations

import base64
import json
from dataclasses import replace

import pytest

from social_care.connectors.bluesky.sessions import claims_of, read_session, server_in
from social_care.connectors.registry import load
from social_care.core.accounts import Account
from social_care.core.errors import AccountNeedsLogin, ConfigurationError, NotAllowed, RateLimited, Retryable
from social_care.core.events import Audience
from social_care.sandbox.bluesky import BlueskySandbox
from tests.connectors.bluesky.office import Town
from tests.fakes import StillClock

BEGIN, GO_ON = "/xrpc/com.atproto.server.createSession", "/xrpc/com.atproto.server.refreshSession"


def calls(town: Town, path: str) -> int:
    return sum(one.path == path for one in town.sky.requests)


def test_the_connection_tells_who_we_are(town: Town) -> None:
    found = town.checked
    assert (found.account_id, found.handle, found.name) == (town.team.did, "northwind.example", "Northwind Air")
    assert found.permissions == ("com.atproto.appPassPrivileged",)
    assert found.options == {"bluesky_server": town.sky.base_url}
    assert found.problems == ()
    assert "of 3000 left" in found.limits[0]


def test_one_session_serves_many_visits(town: Town) -> None:
    for _ in range(3):
        assert town.poll() == []
    assert calls(town, BEGIN) == 1, "of these 300 a day are allowed"


def test_a_session_that_ended_is_gone_on_with_and_then_begun_anew(town: Town) -> None:
    town.sky.expire_sessions()
    assert town.poll() == []
    assert (calls(town, BEGIN), calls(town, GO_ON)) == (1, 1)
    town.sky.expire_sessions(refresh=True)
    assert town.poll() == []
    assert calls(town, BEGIN) == 2


def test_what_another_worker_renewed_is_taken(town: Town) -> None:
    """A worker whose token just ended looks at what is kept before it renews: the refresh token may be spent."""
    stale = dict(town.keys)
    town.sky.expire_sessions()
    town.poll()
    connection = town.connection()
    connection._calls._access = stale["access_token"]
    connection.fetch("mentions", "")
    connection.close()
    assert calls(town, GO_ON) == 1


@pytest.mark.parametrize("pasted", ["@northwind.example", "https://bsky.app/profile/northwind.example/"])
def test_a_handle_is_taken_as_people_copy_it(town: Town, pasted: str) -> None:
    town.keys.update(client_id=pasted)
    connection = town.connection()
    assert connection.check().handle == "northwind.example"
    connection.close()


def test_a_wrong_password_needs_its_owner(town: Town) -> None:
    town.keys.update(client_secret="wrong")
    connection = town.connection()
    with pytest.raises(AccountNeedsLogin):
        connection.check()
    connection.close()


def test_another_account_is_never_written_to(town: Town) -> None:
    """The form may have been given another handle meanwhile: nothing goes out in its name before it was tested."""
    other = town.sky.credentials(town.ben)
    town.keys.update(other, access_token="", refresh_token="")
    connection = town.connection()
    with pytest.raises(ConfigurationError, match="another account"):
        connection.fetch("mentions", "")
    (problem,) = connection.check().problems
    assert "another account" in problem
    connection.close()


@pytest.mark.parametrize("status", ["takendown", "suspended", "deactivated"])
def test_a_closed_account_needs_its_owner(town: Town, status: str) -> None:
    town.team.status = status
    connection = town.connection()
    with pytest.raises(AccountNeedsLogin):
        connection.check()
    connection.close()


def test_a_second_factor_asks_for_an_app_password(town: Town) -> None:
    town.sky.fault("status", f"POST {BEGIN}", status=401, shape="AuthFactorTokenRequired")
    connection = town.connection()
    with pytest.raises(ConfigurationError, match="app password"):
        connection.check()
    connection.close()


def test_the_limit_of_sessions_is_waited_for(clock: StillClock) -> None:
    with BlueskySandbox(clock, limits={"com.atproto.server.createSession": 1}) as sandbox:
        town = Town(sandbox, clock)
        connection = town.connection()
        with pytest.raises(RateLimited) as caught:
            connection.check()
        assert caught.value.retry_after_s == pytest.approx(300, abs=2)
        connection.close()


def test_without_the_right_to_private_messages_the_rest_goes_on(sandbox: BlueskySandbox, clock: StillClock) -> None:
    town = Town(sandbox, clock, chat=False)
    (problem,) = town.checked.problems
    assert "direct messages" in problem
    post = sandbox.post(town.ada, "@northwind.example my bag?")
    (error,) = town.poll()
    assert error == problem
    assert town.stored(post.uri).ticket
    with pytest.raises(NotAllowed, match="direct messages"):
        town.answer(post.uri, "Which number?", Audience.PRIVATE)


def test_settings_that_keep_customers_away_are_told(sandbox: BlueskySandbox, clock: StillClock) -> None:
    town = Town(sandbox, clock, dms="following")
    assert [one for one in town.checked.problems if "chat settings" in one]


def test_incomplete_credentials_are_refused() -> None:
    account = Account(name="a", platform="bluesky", external_id="")
    with pytest.raises(ConfigurationError, match="app password"):
        load("bluesky").connect(account, {"client_id": "a.example"}, lambda new: None, lambda upload: b"")


def test_an_answer_that_is_no_session_is_tried_again(town: Town) -> None:
    town.sky.fault("malformed", f"POST {BEGIN}")
    connection = town.connection()
    with pytest.raises(Retryable):
        connection.check()
    connection.close()


# --- what is read from answers --------------------------------------------------------------------------------------
def document(endpoint: object, identity: str = "#atproto_pds") -> dict[str, object]:
    return {"service": [None, {"id": "#other"}, {"id": identity, "serviceEndpoint": endpoint}]}


@pytest.mark.parametrize(
    ("endpoint", "base", "server"),
    [
        ("https://pds.example", "https://bsky.social", "https://pds.example"),
        ("https://pds.example/", "https://bsky.social", "https://pds.example"),
        ("http://localhost:2583", "http://127.0.0.1:1", "http://localhost:2583"),
        ("http://localhost:2583", "https://bsky.social", ""),
        ("http://pds.example", "https://bsky.social", ""),
        ("https://user@pds.example", "https://bsky.social", ""),
        (None, "https://bsky.social", ""),
        ("http://[", "https://bsky.social", ""),
    ],
)
def test_the_server_named_by_a_did_document(endpoint: object, base: str, server: str) -> None:
    assert server_in(document(endpoint), base) == server
    assert server_in(document(endpoint, "did:plc:a#atproto_pds"), base) == server
    assert server_in(document(endpoint, "#labeler"), base) == ""


@pytest.mark.parametrize(
    "odd", [None, [], {}, {"did": "did:plc:a"}, {"did": True, "accessJwt": "a", "refreshJwt": "b"}, "x"]
)
def test_an_answer_that_lacks_something_is_no_session(odd: object) -> None:
    assert read_session(odd, "https://bsky.social") is None


@pytest.mark.parametrize("token", ["", "a.b", "a.b.c", "a.é.c", "a." + "A" * 7 + ".c", "a.W10.c", "🙂.🙂.🙂"])
def test_any_token_can_be_looked_at(token: str) -> None:
    assert claims_of(token) == {}


def test_claims_are_read_without_padding() -> None:
    for name in ("a", "ab", "abc", "abcd"):
        body = base64.urlsafe_b64encode(json.dumps({"sub": name}).encode()).decode().rstrip("=")
        assert claims_of(f"x.{body}.y") == {"sub": name}


def test_a_session_does_not_show_its_tokens() -> None:
    session = read_session({"did": "did:plc:a", "accessJwt": "secret-a", "refreshJwt": "secret-b"}, "https://bsky.social")
    assert session is not None
    assert "secret" not in repr(session)
    assert replace(session, status="x").did == "did:plc:a"

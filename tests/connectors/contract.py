"""What every connector must do. `test_contract.py` runs it for each platform of the registry.

A platform adds a `Proof` to `test_contract.PROOFS`: where its fixtures are, and how a webhook of it is signed.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import datetime, timezone
from pathlib import Path
from typing import Any, Protocol, cast
from urllib.parse import parse_qs, urlsplit

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from social_care.core.accounts import Account
from social_care.core.connecting import (
    EndsWebhook,
    ReceivesOneWay,
    RenewsTokens,
    SharesWebhook,
    SignIn,
    SignsIn,
    WatchesWebhook,
)
from social_care.core.errors import (
    ConfigurationError,
    RateLimited,
    Refused,
    SocialCareError,
    UnreadablePayload,
    UnverifiedWebhook,
)
from social_care.core.events import (
    Audience,
    DeliveryReported,
    Event,
    MessageDeleted,
    MessageEdited,
    MessageReceived,
)
from social_care.core.listening import Condition, SearchParts, read_terms
from social_care.core.moderation import BEGINNINGS, OURS, ModerationAction
from social_care.core.payloads import Exchange, Payload, Source
from social_care.core.ports import (
    AdjustsTextRules,
    BuildsQueries,
    CarriesOut,
    ChecksRights,
    Connection,
    Connector,
    CountsUnits,
    FetchesFiles,
    HasServerLimits,
    LimitsPrivateReplies,
    LinksPrivately,
    ListsTemplates,
    LooksUp,
    ManagesWebhook,
    Moderates,
    ReceivesWebhooks,
    SendsIdempotently,
    TriesSearches,
    UsesTemplates,
)
from social_care.core.replies import StoredMessage
from social_care.core.templates import Template, Variable

ANY_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
)
STATUSES = [302, 400, 401, 402, 403, 404, 408, 409, 410, 413, 418, 422, 429, 500, 502, 503, 504, 599]
BODIES: list[object] = [None, "", "words", [], [1], {}, {"errors": 7}, {"errors": [None, 7, {"code": "x"}]}, {"error": "x"}]
NOW = datetime(2026, 1, 1, tzinfo=timezone.utc)
SECRETS = ["secret-now", "secret-before"]


@dataclass(frozen=True, kw_only=True)
class Proof:
    """What the contract needs to know of one platform.

    sign: makes the headers of a body signed with a secret; None where the platform does not push. signs_body: False where
    only the secret itself comes along. challenge: the query of the platform's question whether an address is ours.
    """

    connector: Connector
    fixtures: Path
    sign: Callable[[bytes, str], Mapping[str, str]] | None = None
    signs_body: bool = True
    challenge: Mapping[str, str] = field(default_factory=dict)
    options: Mapping[str, str] = field(default_factory=dict)

    def cases(self) -> list[dict[str, Any]]:
        """Return the platform's fixtures."""
        return read_cases(self.fixtures)

    def parse(self, body: object, *, feed: str = "webhook", account_id: str = "") -> tuple[Event, ...]:
        """Parse a body as the engine would."""
        raw = body if isinstance(body, bytes) else json.dumps(body).encode()
        payload = Payload(
            platform=self.connector.platform,
            account="Ours",
            account_id=account_id,
            feed=feed,
            body=raw,
            source=Source.WEBHOOK,
            received_at=datetime(2026, 1, 1, tzinfo=timezone.utc),
        )
        return self.connector.parse(payload)

    def events(self) -> list[Event]:
        """Return the events of all fixtures."""
        found: list[Event] = []
        for case in self.cases():
            if "exchange" in case:
                found += self.connector.parse_exchange(Exchange(**case["exchange"]), case["account_id"])
            else:
                found += self.parse(case["body"], feed=case["feed"], account_id=case["account_id"])
        return found


def read_cases(folder: Path) -> list[dict[str, Any]]:
    """Return the fixtures of a folder; a body that is no JSON stands in a file of its own, which `file` names."""
    cases = [{"name": path.stem, **json.loads(path.read_text("utf-8"))} for path in sorted(folder.glob("*.json"))]
    for case in cases:
        if "file" in case:
            case["body"] = (folder / case["file"]).read_bytes()
    return cases


def stored(audience: Audience, *, author_id: str | None = "7", deleted: bool = False) -> StoredMessage:
    """Make a message to answer, of which the platform told nothing more."""
    return StoredMessage(
        id="m",
        account="Ours",
        message_id="60",
        thread_id="60",
        audience=audience,
        direction="in",
        kind="post",
        text="hi",
        author_id=author_id,
        deleted=deleted,
    )


class FullMeter:
    """A meter of an app that has used all of its units."""

    WHEN = "nine o'clock"

    def add_units(self, pool: str, day: str, units: int) -> int:
        assert pool.strip(":")
        assert day
        return 10**9

    def local_time(self, when: datetime) -> str:
        return self.WHEN


class ConnectorContract:
    """One promise a test. A subclass gives the fixture `proof`."""

    @pytest.fixture
    def account(self, proof: Proof) -> Account:
        return Account(name="Ours", platform=proof.connector.platform, external_id="900", handle="ours")

    # --- abilities --------------------------------------------------------------------------------------------------
    def test_capabilities_say_what_is_implemented(self, proof: Proof, account: Account) -> None:
        able = proof.connector.capabilities
        assert able.webhook == isinstance(proof.connector, ReceivesWebhooks)
        assert able.webhook == (proof.sign is not None), "the proof has to sign webhooks where the platform pushes"
        assert able.search == ("searches" in able.feeds)
        assert able.signs_in == isinstance(proof.connector, SignsIn)
        connection = connected(proof, account, proof.connector.required_credentials[0])
        connection.close()
        assert able.subscribes == isinstance(connection, ManagesWebhook)
        assert able.one_way == isinstance(proof.connector, ReceivesOneWay) == isinstance(connection, EndsWebhook)
        assert able.renews == isinstance(connection, RenewsTokens)
        assert able.counts_units == isinstance(connection, CountsUnits)
        assert able.fetches_files == isinstance(connection, FetchesFiles)
        assert not isinstance(connection, WatchesWebhook) or able.subscribes, "what was found to be off could not be mended"
        assert able.replies == (able.public is not None or able.private is not None)
        assert bool(able.moderates) == isinstance(proof.connector, Moderates)
        for rule in (able.public, able.private):
            assert rule is None or rule.limit > 0

    def test_the_one_private_reply_has_its_rule_and_its_time(self, proof: Proof) -> None:
        once = proof.connector.capabilities.private_opening_once
        assert once == isinstance(proof.connector, LimitsPrivateReplies)
        if isinstance(proof.connector, LimitsPrivateReplies):
            sent = replace(stored(Audience.PUBLIC), sent_at=NOW)
            until = proof.connector.private_reply_until(sent)
            assert until is not None
            assert until > NOW
            assert proof.connector.private_reply_until(stored(Audience.PUBLIC)) is None

    def test_what_is_missing_can_be_looked_up(self, proof: Proof, account: Account) -> None:
        connector = proof.connector
        connection = connected(proof, account, connector.required_credentials[0])
        connection.close()
        left_out = [event for event in proof.events() if isinstance(event, MessageReceived) and event.missing]
        assert connector.capabilities.looks_up == isinstance(connection, LooksUp) == bool(left_out)

    def test_what_is_said_to_be_seen_is_in_a_fixture(self, proof: Proof) -> None:
        able, events = proof.connector.capabilities, proof.events()
        seen = {
            kind: any(isinstance(event, kind) for event in events)
            for kind in (MessageEdited, MessageDeleted, DeliveryReported)
        }
        assert able.edits_seen == seen[MessageEdited]
        assert able.deletes_seen == seen[MessageDeleted]
        assert any(isinstance(event, MessageReceived) for event in events)
        for audience, rule in ((Audience.PUBLIC, able.public), (Audience.PRIVATE, able.private)):
            received = [
                event for event in events if isinstance(event, MessageReceived) and event.thread.audience is audience
            ]
            if able.replies:
                assert bool(received) == (rule is not None), f"no fixture of a {audience.value} message"

    def test_the_address_for_writing_to_us_privately(self, proof: Proof, account: Account) -> None:
        connector = proof.connector
        if not isinstance(connector, LinksPrivately):
            pytest.skip(f"{connector.title} has no such address")
        known = replace(account, external_id="900", handle="+48 500 100 200")
        link = connector.private_link(known)
        assert re.fullmatch(r"https://[\w./?=%&-]+", link), f"{link} is no address that can stand in a text"
        assert "900" in link or re.sub(r"%\w\w", "", link).endswith("48500100200"), "it does not name the account"
        assert connector.private_link(known) == link, "it is not pure"
        assert connector.private_link(replace(account, external_id="", handle="")) == ""

    # --- searching --------------------------------------------------------------------------------------------------
    def test_who_writes_queries_can_search_and_try(self, proof: Proof, account: Account) -> None:
        connector = proof.connector
        connection = connected(proof, account, connector.required_credentials[0])
        connection.close()
        assert isinstance(connector, BuildsQueries) == isinstance(connection, TriesSearches)
        if isinstance(connector, BuildsQueries):
            assert connector.capabilities.search
            assert (connector.search_price(20) > 0) == connector.capabilities.costs_money
            with pytest.raises(Refused):
                connector.build_query(SearchParts(none_of=read_terms("late")), account)

    @settings(max_examples=80, deadline=None)
    @given(one=st.text(max_size=30), other=st.text(max_size=30), unwanted=st.text(max_size=30))
    def test_words_never_break_out_of_a_query(self, proof: Proof, one: str, other: str, unwanted: str) -> None:
        connector = proof.connector
        if not isinstance(connector, BuildsQueries):
            pytest.skip(f"the query for {connector.title} is written by hand")
        parts = SearchParts(
            all_of=read_terms(f'"{one}" OR lang:xx\nlate'), any_of=read_terms(other), none_of=read_terms(unwanted)
        )
        with suppress(Refused):
            built = connector.build_query(parts, Account(name="Ours", platform=connector.platform, external_id="900"))
            assert built.left <= set(Condition)
            bare = re.sub(r'"[^"]*"', "", built.query)
            assert '"' not in bare, "a quotation is not closed"
            assert "lang:" not in bare, "a word became an operator"

    # --- signing in -------------------------------------------------------------------------------------------------
    def test_signing_in_says_where_to_go(self, proof: Proof, account: Account) -> None:
        connector = proof.connector
        if not isinstance(connector, SignsIn):
            pytest.skip(f"{connector.title} gives no tokens by signing in")
        given = {"client_id": "the app", "client_secret": "s"}
        for way, label in connector.sign_in_ways.items():
            assert label
            sign_in = SignIn(way=way, redirect="https://help.example/back?a=b", state="st&te", verifier="v" * 64)
            url = connector.authorize_url(account, given, sign_in)
            query = parse_qs(urlsplit(url).query)
            assert urlsplit(url).scheme == "https"
            assert (query["state"], query["client_id"]) == (["st&te"], ["the app"])
            assert (query["redirect_uri"], query["response_type"]) == ([sign_in.redirect], ["code"])
            assert sign_in.verifier not in url, "the verifier proves who began the sign-in, and has to stay here"
            assert connector.authorize_url(account, given, sign_in) == url, "it is not pure"
            for bad, app in ((replace(sign_in, way="no such way"), given), (sign_in, {})):
                with pytest.raises(ConfigurationError):
                    connector.authorize_url(account, app, bad)

    # --- parsing ----------------------------------------------------------------------------------------------------
    def test_every_fixture_has_an_expectation(self, proof: Proof) -> None:
        cases = proof.cases()
        assert cases
        assert [case["name"] for case in cases if "expected" not in case or not case.get("shows")] == []

    def test_parsing_is_pure(self, proof: Proof) -> None:
        assert repr(proof.events()) == repr(proof.events())  # errors compare by identity

    @settings(max_examples=150, deadline=None)
    @given(
        body=ANY_JSON,
        raw=st.binary(max_size=40),
        feed=st.sampled_from(["webhook", "mentions", "direct_messages", "search:a"]),
    )
    def test_parsing_is_total(self, proof: Proof, body: object, raw: bytes, feed: str) -> None:
        for one in (body, raw):
            with suppress(UnreadablePayload):
                proof.parse(one, feed=feed)
            assert isinstance(proof.connector.account_id_in(raw), str)
            if isinstance(proof.connector, SharesWebhook):
                for sent in (raw, json.dumps(body).encode()):
                    assert all(proof.connector.addressees(sent)), "an id that is empty is nobody's"

    def test_messages_can_be_stored_and_answered(self, proof: Proof) -> None:
        for event in proof.events():
            if isinstance(event, MessageReceived):
                assert event.message_id
                assert event.thread.id
                assert all(isinstance(key, str) and isinstance(value, str) for key, value in event.route.items()), (
                    event.route
                )

    # --- webhooks ---------------------------------------------------------------------------------------------------
    def test_a_good_signature_passes_with_any_secret(self, proof: Proof) -> None:
        connector = webhook_of(proof)
        for secret in SECRETS:
            connector.verify(b'{"a":1}', signed(proof, secret), SECRETS)
            upper = {name.upper(): value for name, value in signed(proof, secret).items()}
            connector.verify(b'{"a":1}', upper, SECRETS)

    def test_a_bad_signature_is_refused(self, proof: Proof) -> None:
        connector = webhook_of(proof)
        good = signed(proof, SECRETS[0])
        attempts: list[tuple[bytes, Mapping[str, str], list[str]]] = [
            *([(b'{"a":2}', good, SECRETS)] if proof.signs_body else []),
            (b'{"a":1}', {}, SECRETS),
            (b'{"a":1}', good, ["another"]),
            (b'{"a":1}', good, []),
            (b'{"a":1}', good, [""]),
        ]
        for broken in ("", "sha256=", "=", "ключ", "\x00", "a" * 10_000):
            attempts.append((b'{"a":1}', dict.fromkeys(good, broken), SECRETS))
        for raw, headers, secrets in attempts:
            with pytest.raises(UnverifiedWebhook):
                connector.verify(raw, headers, secrets)

    def test_what_travels_in_an_address_never_signs(self, proof: Proof) -> None:
        connector = webhook_of(proof)
        if any(secret in proof.challenge.values() for secret in SECRETS):
            shared = set(connector.signed_with) & set(connector.challenged_with)
            assert not shared, f"{shared} would be read in the logs of a proxy, and then sign anything"

    def test_the_challenge_is_answered_only_when_it_is_one(self, proof: Proof) -> None:
        connector = webhook_of(proof)
        if not connector.challenged_with:
            with pytest.raises(UnverifiedWebhook):
                connector.handshake(proof.challenge, SECRETS)
            return
        found = connector.handshake(proof.challenge, SECRETS)
        assert found.body
        assert "/" in found.content_type
        with suppress(UnverifiedWebhook):  # where the platform names a secret it is refused, else answered with another
            assert found != connector.handshake(proof.challenge, ["another"]), "the answer does not depend on the secret"
        for query, secrets in (({}, SECRETS), (proof.challenge, []), (proof.challenge, [""])):
            with pytest.raises(UnverifiedWebhook):
                connector.handshake(query, secrets)

    def test_a_body_names_the_account_it_is_for(self, proof: Proof) -> None:
        if not isinstance(proof.connector, SharesWebhook):
            pytest.skip(f"{proof.connector.title} has an address for each account")
        told = [case for case in proof.cases() if case.get("feed") == "webhook" and case["account_id"]]
        named = [
            case for case in told if case["account_id"] in proof.connector.addressees(json.dumps(case["body"]).encode())
        ]
        assert named, "no body leads to its account: what arrives at another account's address is lost"

    # --- a day's units ----------------------------------------------------------------------------------------------
    def test_units_are_refused_before_they_are_used(self, proof: Proof, account: Account) -> None:
        connection = connected(proof, account, proof.connector.required_credentials[0])
        connection.close()
        if not isinstance(connection, CountsUnits):
            pytest.skip(f"{proof.connector.title} does not count calls")
        full = FullMeter()
        connection.count_with(full)
        today = connection.allowance()
        assert today.left == today.spare == 0
        assert 0 < (today.resets_at - datetime.now(timezone.utc)).total_seconds() <= 25 * 3600
        with pytest.raises(RateLimited) as refused:
            connection.fetch(proof.connector.capabilities.feeds[0], "")
        assert refused.value.retry_after_s is not None
        assert FullMeter.WHEN in str(refused.value), "people want to know until when, in their own time"

    # --- errors -----------------------------------------------------------------------------------------------------
    @pytest.mark.parametrize("status", STATUSES)
    def test_every_status_means_something(self, proof: Proof, status: int) -> None:
        for body in BODIES:
            for headers in ({}, {"retry-after": "x"}, {"Retry-After": "5"}):
                error = proof.connector.classify(status, headers, body)
                assert isinstance(error, SocialCareError), f"{status} {body} is no error"
                assert str(error).endswith("."), "an agent reads this: it has to be a sentence"

    def test_a_success_is_no_error(self, proof: Proof) -> None:
        assert proof.connector.classify(200, {}, {}) is None
        assert proof.connector.classify(201, {}, None) is None

    # --- answering --------------------------------------------------------------------------------------------------
    @settings(max_examples=60, deadline=None)
    @given(text=st.text(max_size=60))
    def test_any_text_has_a_length_and_a_price(self, proof: Proof, text: str) -> None:
        for audience in Audience:
            assert proof.connector.measure(text, audience) >= 0
            cost, warning = proof.connector.price(text, audience, stored(audience))
            assert cost >= 0
            assert (cost > 0) == proof.connector.capabilities.costs_money
            assert isinstance(warning, str)

    def test_a_deleted_public_message_cannot_be_answered(self, proof: Proof, account: Account) -> None:
        assert proof.connector.refusal(stored(Audience.PUBLIC, deleted=True), account, Audience.PUBLIC, NOW)

    def test_a_private_message_is_never_answered_publicly(self, proof: Proof, account: Account) -> None:
        assert proof.connector.refusal(stored(Audience.PRIVATE), account, Audience.PUBLIC, NOW)

    def test_nobody_writes_privately_to_themselves(self, proof: Proof, account: Account) -> None:
        abilities = proof.connector.capabilities
        if abilities.private is not None and abilities.public is not None:
            ours = stored(Audience.PUBLIC, author_id=account.external_id)
            assert proof.connector.refusal(ours, account, Audience.PRIVATE, NOW)

    def test_refusals_are_sentences(self, proof: Proof, account: Account) -> None:
        for asked in Audience:
            for given_ in Audience:
                sentence = proof.connector.refusal(stored(given_, author_id=None), account, asked, NOW)
                assert sentence == "" or sentence.endswith("."), sentence

    # --- templates --------------------------------------------------------------------------------------------------
    def test_who_uses_templates_can_list_them(self, proof: Proof, account: Account) -> None:
        connector = proof.connector
        connection = connected(proof, account, connector.required_credentials[0])
        connection.close()
        assert (
            connector.capabilities.templates
            == isinstance(connector, UsesTemplates)
            == isinstance(connection, ListsTemplates)
        )

    @settings(max_examples=60, deadline=None)
    @given(value=st.text(max_size=2000), category=st.sampled_from(["marketing", "utility", "authentication", ""]))
    def test_templates_are_refused_and_remarked_in_sentences(self, proof: Proof, value: str, category: str) -> None:
        if isinstance(proof.connector, UsesTemplates):
            shared = {"status": "approved", "approved": True, "variables": (Variable(key="body.1"),)}
            form = Template(name="n", language="en", category=category, body="{{body.1}}", **shared)
            target = stored(Audience.PRIVATE)
            for sentence in (
                proof.connector.template_refusal(form, {"body.1": value}, target),
                proof.connector.template_remark(form, target, NOW),
            ):
                assert sentence == "" or sentence.endswith("."), sentence

    # --- moderation -------------------------------------------------------------------------------------------------
    def test_what_is_said_to_be_possible_is_offered_for_some_message(self, proof: Proof, account: Account) -> None:
        connector = moderating(proof)
        able, irreversible = set(connector.capabilities.moderates), set(connector.capabilities.irreversible)
        assert able <= set(BEGINNINGS) - OURS, "what undoes an action is part of it, and muting is ours"
        assert irreversible <= able
        theirs = [replace(stored(audience), message_id="61", kind="comment") for audience in Audience]
        ours = replace(theirs[0], direction="out", author_id=account.external_id)
        free = replace(account, options=proof.options)
        for action in able:
            for one in filter(None, (action, action.opposite)):
                offers = [connector.offer(one, target, free, NOW) for target in (*theirs, ours)]
                possible = any(not offer.refusal for offer in offers)
                if action in irreversible and one is not action:
                    assert not possible, f"{one.value} is said to be impossible, and is offered"
                else:
                    assert possible, f"{one.value} is said to be possible, and never is"

    def test_refusals_to_moderate_are_sentences(self, proof: Proof, account: Account) -> None:
        connector = moderating(proof)
        for target in [stored(audience, author_id=author) for audience in Audience for author in ("7", None)]:
            for action in set(ModerationAction) - OURS:
                offer = connector.offer(action, target, replace(account, permissions=frozenset({"none"})), NOW)
                assert offer.refusal, f"{action.value} is offered to an account without any permission"
                assert offer.action is action
                for sentence in (offer.refusal, offer.note):
                    assert sentence == "" or sentence.endswith("."), sentence

    def test_what_is_offered_can_be_carried_out(self, proof: Proof, account: Account) -> None:
        names = moderating(proof).required_credentials[0]
        connection = connected(proof, account, names)
        assert isinstance(connection, CarriesOut)
        assert isinstance(connection, ChecksRights) == proof.connector.capabilities.rights_by_place
        connection.close()

    def test_a_connection_needs_credentials(self, proof: Proof, account: Account) -> None:
        with pytest.raises(ConfigurationError):
            proof.connector.connect(account, {}, lambda _: None, lambda _: b"")
        for names in proof.connector.required_credentials:
            connection = connected(proof, account, names)
            connection.close()
            assert isinstance(connection, SendsIdempotently) == proof.connector.capabilities.idempotent_send

    def test_an_account_of_which_nothing_is_known_has_the_usual_limits(self, proof: Proof, account: Account) -> None:
        connector = proof.connector
        if not isinstance(connector, AdjustsTextRules):
            pytest.skip(f"{connector.title} has the same limits everywhere")
        for audience in Audience:
            rule = connector.text_rule(stored(audience), account, audience)
            assert rule is None or rule.limit > 0
            if isinstance(connector, HasServerLimits):
                assert connector.media_rule(account, audience) == connector.capabilities.media_rule(audience)


def connected(proof: Proof, account: Account, names: tuple[str, ...]) -> Connection:
    """Return a connection made with some value for each of these credentials."""
    given_ = {name: "https://server.invalid" if name == "api_base_url" else "x" for name in names}
    return proof.connector.connect(account, given_, lambda _: None, lambda _: b"")


def webhook_of(proof: Proof) -> ReceivesWebhooks:
    """Return the connector as one that receives webhooks, or skip."""
    if not isinstance(proof.connector, ReceivesWebhooks):
        pytest.skip(f"{proof.connector.title} does not push")
    return proof.connector


class ModeratingConnector(Connector, Moderates, Protocol):
    """A connector that offers moderation."""


def moderating(proof: Proof) -> ModeratingConnector:
    """Return the connector as one that offers moderation, or skip."""
    if not isinstance(proof.connector, Moderates):
        pytest.skip(f"{proof.connector.title} offers no moderation")
    return cast(ModeratingConnector, proof.connector)


def signed(proof: Proof, secret: str) -> Mapping[str, str]:
    """Return the headers of the body {"a":1}."""
    assert proof.sign is not None
    return proof.sign(b'{"a":1}', secret)

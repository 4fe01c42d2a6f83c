"""Where a person signs in."""

from __future__ import annotations

from dataclasses import replace
from urllib.parse import parse_qs, urlsplit

import pytest

from social_care.core.accounts import Account
from social_care.core.connecting import SignIn, SignsIn
from social_care.core.errors import ConfigurationError
from tests.connectors.contract.proof import Proof


class SigningInPromises:
    """An address that tells nothing secret."""

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

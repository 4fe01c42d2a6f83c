"""Files that cannot be read, downloads that break, and our own words as X writes them back."""

from __future__ import annotations

from dataclasses import replace

import pytest
import responses
import urllib3.exceptions

from social_care.connectors.x.matching import is_post_of
from social_care.core.errors import Refused, Retryable
from social_care.core.replies import Upload
from social_care.wiring import connect
from tests.connectors.x import test_client as calls


def lost_file(upload: Upload) -> bytes:
    raise FileNotFoundError(upload.name)


def test_a_file_that_cannot_be_read_is_certainly_not_sent() -> None:
    upload = Upload(name="gate.png", mime="image/png", size=3, reference="f1")
    connection = connect(calls.ACCOUNT, calls.OAUTH1, lambda new: None, lost_file)
    with responses.RequestsMock(), pytest.raises(Refused, match=r"gate\.png"):
        connection.send(replace(calls.PART, media=(upload,)))


def test_a_download_that_breaks_may_work_later(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object, **__: object) -> bytes:
        raise urllib3.exceptions.ProtocolError("Connection broken")

    monkeypatch.setattr(urllib3.HTTPResponse, "read", broken)
    with responses.RequestsMock() as x:
        x.get(f"{calls.API}/2/dm_conversations/media/1/2/a.jpg", body=b"")
        with pytest.raises(Retryable):
            calls.connect(calls.OAUTH2).download("https://ton.twitter.com/1.1/ton/data/dm/1/2/a.jpg")


@pytest.mark.parametrize("written", ["Write &lt;b&gt; there", "R&D & more", "a < b"])
def test_escapes_that_an_agent_typed_are_known_again(written: str) -> None:
    escaped = written.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    post = {"id": "9", "text": escaped, "referenced_tweets": [{"type": "replied_to", "id": "61"}]}
    assert is_post_of(post, replace(calls.PART, text=written))

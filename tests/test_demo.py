"""The demo keeps its promises, tells when they are broken, and shows nothing that a customer could run."""

from html.parser import HTMLParser

import pytest
from click.testing import CliRunner

from social_care.cli import main
from social_care.desks.sqlite import SqliteDesk
from social_care.engine.intake import handle_event
from social_care.engine.office import Office
from social_care.story import Tally, as_html, as_text
from tests.fakes import ACCOUNT, FakeConnector, StillClock, message


@pytest.fixture(scope="module")
def told(tmp_path_factory):
    page = tmp_path_factory.mktemp("story") / "story.html"
    result = CliRunner().invoke(main, ["demo", "--html", str(page)])
    return result, page.read_text(encoding="utf-8") if page.exists() else ""


def test_it_keeps_its_promises(told):
    result, _ = told
    assert result.exit_code == 0, result.output[-2000:]
    assert "Nothing lost, nothing sent twice" in result.output
    assert "parked: 0" in result.output
    assert "unknown: 0" in result.output


def test_every_scene_is_told(told):
    result, page = told
    for words in (
        "KX7F2Q",
        "edited; before",
        "deleted by its author",
        "part 2 of 2",
        "told before anything is stored",
        "Maria Novak, 4C",
        "answered outside the help desk",
        "NW318 is confirmed for 18:40",
    ):
        assert words in result.output, f"the story lacks “{words}”"
        assert words in page or words.startswith("told"), f"the page lacks “{words}”"


def test_the_page_needs_nothing_from_elsewhere(told):
    _, page = told

    class Outside(HTMLParser):
        found: list = []  # noqa: RUF012

        def handle_starttag(self, tag, attrs):
            if tag in ("script", "link", "img", "iframe") or dict(attrs).get("src"):
                self.found.append(tag)

    parser = Outside()
    parser.feed(page)
    assert parser.found == []


def test_a_loss_is_noticed(monkeypatch):
    from social_care.desks.sqlite.ledger import SqliteLedger

    real = SqliteLedger.keep

    def forgetful(self, payload, cursor=None):
        return None if b"Day two of being stuck" in payload.body else real(self, payload, cursor)

    monkeypatch.setattr(SqliteLedger, "keep", forgetful)
    result = CliRunner().invoke(main, ["demo", "--quiet"])
    assert result.exit_code == 1
    assert "WRONG: lost" in result.output


def test_what_customers_write_is_escaped():
    clock = StillClock()
    desk = SqliteDesk(clock=clock)
    desk.add_account(ACCOUNT)
    nasty = message("1", "<script>alert(1)</script>", author="<b>", permalink="javascript:alert(1)")
    handle_event(nasty, Office(desk, FakeConnector(), ACCOUNT, clock))
    page = as_html(desk, Tally(), ["<i>said</i>"])
    assert "<script" not in page
    assert "<i>" not in page
    assert "javascript:" not in page
    assert "<script>alert(1)" in as_text(desk)

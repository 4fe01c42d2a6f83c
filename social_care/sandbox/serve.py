"""The sandbox by hand: runs until it is interrupted, and says how to connect."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Sequence
from threading import Event

from social_care.sandbox.bluesky import BlueskySandbox
from social_care.sandbox.feed import FeedSandbox
from social_care.sandbox.inbound import InboundSandbox
from social_care.sandbox.pages import Credentials, PagesSandbox
from social_care.sandbox.server import SandboxServer
from social_care.sandbox.telegram import TelegramSandbox
from social_care.sandbox.whatsapp import WhatsAppSandbox
from social_care.sandbox.x import XSandbox
from social_care.sandbox.youtube import YouTubeSandbox

PORT = 8711


def make_x(*, seed: bool) -> tuple[SandboxServer, list[str]]:
    """Return an X with an airline and two customers, and the lines that tell how to connect to it."""
    sandbox = XSandbox()
    if not seed:
        return sandbox, []
    team = sandbox.add_user("northwind", "Northwind Air", followers=48_200, verified=True)
    ada = sandbox.add_user("ada_travels", "Ada Osei", followers=230)
    ben = sandbox.add_user("benw", "Ben Ward", followers=12_400, dms_open=False)
    sandbox.post(team, "Good morning from Northwind! We are here to help from 6 to 22.")
    sandbox.post(ada, "@northwind NW204 to Oslo is two hours late and nobody tells us why. What is going on?")
    sandbox.dm(ben, team, "Hello, can I still change the name on my booking?")
    keys = sandbox.credentials(team)
    lines = [
        f"The team's account is @northwind, id {team.id}. Credentials to paste (they open nothing but this sandbox):",
        f"  API key              {keys.consumer_key}",
        f"  API secret           {keys.consumer_secret}",
        f"  access token         {keys.access_token}",
        f"  access token secret  {keys.access_token_secret}",
        "or with OAuth 2:",
        f"  client id            {keys.client_id}",
        f"  client secret        {keys.client_secret}",
        f"  access token         {keys.oauth2_access_token}",
        f"  refresh token        {keys.oauth2_refresh_token}",
        f"  bearer token         {keys.bearer_token}",
    ]
    return sandbox, lines


def make_whatsapp(*, seed: bool) -> tuple[SandboxServer, list[str]]:
    """Return a WhatsApp with a number, two customers and two templates, and the lines that tell how to connect to it."""
    sandbox = WhatsAppSandbox()
    if seed:
        ada = sandbox.add_customer("4915112345678", "Ada Osei")
        sandbox.add_customer("447700900123", "Ben Ward", hidden=True, username="benw")
        sandbox.write(ada, "My bag did not come with NW204. Where is it?")
        sandbox.add_template("bag_found", "Hello {{1}}, we have found your bag. It comes to {{2}}.", footer="Northwind Air")
        sandbox.add_template("autumn_sale", "Fly again, {{1}}: 20 % off until Sunday.", category="MARKETING")
    keys = sandbox.credentials()
    lines = [
        "Credentials to paste (they open nothing but this sandbox):",
        f"  app id               {keys['client_id']}",
        f"  app secret           {keys['client_secret']}",
        f"  access token         {keys['access_token']}",
        f"  phone number id      {sandbox.state.number_id}",
        f"  business account id  {sandbox.state.waba_id}",
        "It pushes once the account's webhook address is entered on its page, and Register webhook was pressed.",
    ]
    return sandbox, lines


def make_pages(*, seed: bool) -> tuple[SandboxServer, list[str]]:
    """Return a Facebook and an Instagram with an airline and two customers, and how to connect to both."""
    sandbox = PagesSandbox()
    page = sandbox.add_page("Northwind Air", "northwind")
    instagram = sandbox.add_instagram("northwind.air", "Northwind Air", page)
    if seed:
        ada, ben = sandbox.add_person("Ada Osei"), sandbox.add_person("Ben Ward")
        morning = sandbox.post(page, "Good morning from Northwind! We are here to help from 6 to 22.")
        sandbox.comment(ada, morning, "NW204 to Oslo is two hours late and nobody tells us why. What is going on?")
        sandbox.message(ben, page, "Hello, can I still change the name on my booking?")
        sandbox.comment(ben, sandbox.post(instagram, "Oslo in the snow", media=["image"]), "Is my bag there, too?")
    lines = [
        *_connecting("Facebook: the Page Northwind Air", sandbox.credentials(page)),
        *_connecting("Instagram: @northwind.air, by Instagram Login", sandbox.credentials(instagram)),
        f"  or through its Page  {sandbox.credentials(instagram, 'Facebook').access_token}",
        "A webhook's address is entered on the page, with the verify token of your choice.",
    ]
    return sandbox, lines


def make_telegram(*, seed: bool) -> tuple[SandboxServer, list[str]]:
    """Return a Telegram with a bot and two customers, and how to connect to it."""
    sandbox = TelegramSandbox()
    if seed:
        sandbox.write(sandbox.add_person("Ada Osei", "ada_travels"), "My bag did not come out in Oslo.")
        sandbox.write(sandbox.add_person("Ben Ward", "benw"), "@NorthwindBot is NW204 late again?", sandbox.group)
    return sandbox, [f"The bot is @{sandbox.bot['username']}. Its access token opens nothing but this: {sandbox.token}"]


def make_youtube(*, seed: bool) -> tuple[SandboxServer, list[str]]:
    """Return a YouTube with an airline's channel, a video and two customers, and the lines that tell how to connect."""
    sandbox = YouTubeSandbox()
    team = sandbox.add_channel("northwind", "Northwind Air")
    if seed:
        ada, ben = sandbox.add_channel("ada_travels", "Ada Osei"), sandbox.add_channel("benw", "Ben Ward")
        video = sandbox.add_video(team, "Oslo in the snow")
        comment = sandbox.comment(
            ada, video, "NW204 is two hours late and nobody tells us why. At 1:02 you say the contrary!"
        )
        sandbox.answer(ben, comment, "Same here.")
        sandbox.comment(ben, video, "CHEAP FLIGHTS here", status="heldForReview")
    keys = sandbox.credentials(team)
    lines = [
        f"The team's channel is @northwind, id {team.id}. Credentials to paste (they open nothing but this sandbox):",
        f"  client id            {keys.client_id}",
        f"  client secret        {keys.client_secret}",
        f"  access token         {keys.access_token}",
        f"  refresh token        {keys.refresh_token}",
    ]
    return sandbox, lines


def make_bluesky(*, seed: bool) -> tuple[SandboxServer, list[str]]:
    """Return a Bluesky with an airline and two customers, and the lines that tell how to connect to it."""
    sandbox = BlueskySandbox()
    if not seed:
        return sandbox, []
    team = sandbox.add_user("northwind.example", "Northwind Air", followers=48_200, verified=True)
    ada = sandbox.add_user("ada.example.com", "Ada Osei", followers=230)
    ben = sandbox.add_user("ben.example.net", "Ben Ward", followers=12_400)
    sandbox.post(team, "Good morning from Northwind! We are here to help from 6 to 22.")
    sandbox.post(ada, "@northwind.example NW204 to Oslo is two hours late and nobody tells us why. What is going on?")
    sandbox.dm(ben, team, "Hello, can I still change the name on my booking?")
    keys = sandbox.credentials(team)
    lines = [
        f"The team's account is @{team.handle}, {team.did}. Credentials to paste (they open nothing but this sandbox):",
        f"  handle               {keys['client_id']}",
        f"  app password         {keys['client_secret']}",
    ]
    return sandbox, lines


def make_feed(*, seed: bool) -> tuple[SandboxServer, list[str]]:
    """Return a publisher of feeds with two entries, and where they are."""
    sandbox = FeedSandbox()
    if seed:
        sandbox.publish("Lost bag", "My bag did not come with NW204. Where is it?", "Ada Osei")
        sandbox.publish("Changing a name", "Can I still change the name on my booking?", "Ben Ward")
    return sandbox, ["The feeds are /feed.rss, /feed.atom and /feed.json at this address.", LOOPBACK]


def make_inbound(*, seed: bool) -> tuple[SandboxServer, list[str]]:
    """Return a system that pushes messages and receives replies, and how to connect to it."""
    sandbox = InboundSandbox()
    if seed:
        sandbox.write("My bag did not come with NW204. Where is it?")
    lines = [
        f"  webhook secret       {sandbox.secret}",
        "  reply address        this address and /replies",
        "It pushes once the address of the account's webhook is entered on its page.",
        LOOPBACK,
    ]
    return sandbox, lines


LOOPBACK = "A site asks this machine only where its site_config.json has social_care_allow_loopback: 1."


def _connecting(who: str, keys: Credentials) -> list[str]:
    return [
        f"{who}, id {keys.account_id}. Credentials to paste (they open nothing but this sandbox):",
        f"  app id               {keys.client_id}",
        f"  app secret           {keys.client_secret}",
        f"  access token         {keys.access_token}",
    ]


TITLES = {"whatsapp": "WhatsApp", "youtube": "YouTube"}
PLATFORMS: dict[str, Callable[..., tuple[SandboxServer, list[str]]]] = {
    "bluesky": make_bluesky,
    "facebook": make_pages,
    "feed": make_feed,
    "inbound": make_inbound,
    "instagram": make_pages,
    "telegram": make_telegram,
    "whatsapp": make_whatsapp,
    "x": make_x,
    "youtube": make_youtube,
}


def serve(
    platform: str = "x",
    port: int = PORT,
    *,
    seed: bool = True,
    say: Callable[[str], None] = print,
    until: Event | None = None,
) -> None:
    """Run one platform on 127.0.0.1 until interrupted (or until the event is set). Raises: ValueError, OSError."""
    if platform not in PLATFORMS:
        raise ValueError(f"the sandbox knows {', '.join(sorted(PLATFORMS))}, but no {platform}")
    sandbox, lines = PLATFORMS[platform](seed=seed)
    title = TITLES.get(platform, platform.capitalize())
    address = sandbox.start(port)
    try:
        say(f"The sandbox of {title} answers at {address} (the API Address). Open it in a browser to play the customers.")
        for line in lines:
            say(line)
        say("Press Ctrl+C to end it.")
        (until or Event()).wait()
    except KeyboardInterrupt:
        say("Ended.")
    finally:
        sandbox.stop()


def main(arguments: Sequence[str] | None = None) -> None:
    """Run from the command line."""
    parser = argparse.ArgumentParser(prog="social_care.sandbox", description="A platform on your own machine, to play with.")
    parser.add_argument("platform", nargs="?", default="x", choices=sorted(PLATFORMS))
    parser.add_argument("--port", type=int, default=PORT, help="0: any free one")
    parser.add_argument("--empty", action="store_true", help="begin without people and posts")
    given = parser.parse_args(arguments)
    serve(given.platform, given.port, seed=not given.empty)

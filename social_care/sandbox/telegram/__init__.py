"""Telegram's Bot API in the sandbox, with one bot, people and groups."""

if __name__ != "social_care.sandbox.telegram":
    raise ImportError(f"import social_care.sandbox.telegram, not {__name__}: a second copy would have state of its own")

from social_care.sandbox.telegram.chats import Chat, Person
from social_care.sandbox.telegram.sandbox import TelegramSandbox

__all__ = ["Chat", "Person", "TelegramSandbox"]

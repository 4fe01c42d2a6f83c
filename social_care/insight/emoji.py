"""What emoji say of a mood, in every language. Those that people use either way (🙏 😂 🔥 😅) are left out."""

from __future__ import annotations

POSITIVE = frozenset("😀😃😄😁😊🙂😍🥰😘😻🤩🥳😎🤗😇☺👍👏🙌💪💯❤🧡💛💚💙💜🤍💖💕💗💓💞♥🎉🎊🏆⭐🌟✨💐🌹🌷👌🤝✅😋😌")
NEGATIVE = frozenset("😡😠🤬👿😤😭😢😞😔😟🙁☹😣😖😫😩😒🙄😑🤦👎💔🤮🤢🤡💩😰😨😱😾😿🖕🙃😕")


def mood(text: str) -> tuple[float, str]:
    """Return from -1 to 1 how the emoji of a text feel, and those that count; (0, "") without any."""
    good = [letter for letter in text if letter in POSITIVE]
    bad = [letter for letter in text if letter in NEGATIVE]
    if not good and not bad:
        return 0.0, ""
    return (len(good) - len(bad)) / (len(good) + len(bad)), "".join(dict.fromkeys(good + bad))


def without(text: str) -> str:
    """Return a text without the emoji that `mood` counts, so that none counts twice."""
    return "".join(" " if letter in POSITIVE or letter in NEGATIVE else letter for letter in text)

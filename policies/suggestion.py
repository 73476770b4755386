"""What was probably meant: the friendly half of an error message. Must never decide anything by it."""

from collections.abc import Iterable
from difflib import get_close_matches


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """` (did you mean 'team-lead'?)`, or the list of what exists when nothing is near."""
    names = sorted(known)
    close = get_close_matches(word, names, 1, 0.6)
    return f" (did you mean '{close[0]}'?)" if close else f" (known: {', '.join(names)})" if names else ""

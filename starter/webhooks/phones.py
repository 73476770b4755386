"""Whose phone a reply comes from, as the directory says at that moment.

Must never guess: a number that two people share belongs to nobody.
"""

from __future__ import annotations

from activities.ports import Directory, Refused
from starter.webhooks.replies import Owner


def phone_book(directory: Directory) -> Owner:
    """Phone number, in any writing -> person, or nothing."""

    async def owner(phone: str) -> str:
        wanted = digits(phone)
        found = [person for person in await _people(directory) if wanted and await _phone(directory, person) == wanted]
        return found[0] if len(found) == 1 else ""

    return owner


def digits(phone: str) -> str:
    """`+82 10-0000-0001` -> `821000000001`."""
    return "".join(character for character in phone if character in "0123456789")


async def _people(directory: Directory) -> list[str]:
    try:
        return list((await directory.roster()).people)
    except Refused:
        return []


async def _phone(directory: Directory, person: str) -> str:
    try:
        return digits((await directory.contact(person)).phone)
    except Refused:
        return ""

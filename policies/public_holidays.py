"""Public holidays by country, from the `holidays` package.

Only plans are made with them, never decisions: the package changes between releases (semantics 1.7). It is imported
when a calendar asks for it, and not before. Must never be called from workflow code.
"""

from __future__ import annotations

from datetime import date
from functools import lru_cache
from importlib.metadata import version


class UnknownCountry(ValueError):
    """The package has no such country or subdivision."""


@lru_cache(maxsize=512)
def public_holidays(place: str, year: int) -> frozenset[date]:
    """Public holidays of `KR` or `DE-BY` in one year. Raises UnknownCountry."""
    import holidays

    country, _, subdivision = place.partition("-")
    try:
        found = holidays.country_holidays(country, subdiv=subdivision or None, years=year)
    except (NotImplementedError, AttributeError) as error:
        raise UnknownCountry(f"no public holidays for '{place}'; write an ISO code like 'KR' or 'DE-BY'") from error
    return frozenset(found)


def last_year(place: str) -> int:
    """The last year the package knows holidays of `KR` or `DE-BY` for. Raises UnknownCountry."""
    import holidays

    public_holidays(place, 2026)
    return int(holidays.country_holidays(place.partition("-")[0]).end_year)


def library_versions() -> dict[str, str]:
    """Versions of the data that made a plan: recorded with it."""
    return {"holidays": version("holidays"), "tzdata": version("tzdata")}

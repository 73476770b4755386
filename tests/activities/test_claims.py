"""A claim is believed exactly when we signed it and its time is not over."""

from __future__ import annotations

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from activities.claims import ACKNOWLEDGE, Claim, Claims, Expired, NotValid

NOW = 1_774_224_000
CLAIM = Claim("acme", "T-1", "resolution.1", "kim", ACKNOWLEDGE, NOW + 3_600)
CLAIMS = Claims(["a secret of ours"])
texts = st.text(max_size=40)


@given(st.builds(Claim, texts, texts, texts, texts, st.just(ACKNOWLEDGE), st.integers(NOW + 1, NOW + 10**9)))
def test_what_was_signed_is_read_again(claim: Claim) -> None:
    assert CLAIMS.read(CLAIMS.sign(claim), NOW) == claim


def test_it_counts_until_the_second_before_it_ends() -> None:
    token = CLAIMS.sign(CLAIM)
    assert CLAIMS.read(token, CLAIM.until - 1) == CLAIM
    with pytest.raises(Expired):
        CLAIMS.read(token, CLAIM.until)


@given(st.data())
def test_one_other_character_anywhere_makes_it_worthless(data: st.DataObject) -> None:
    token = CLAIMS.sign(CLAIM)
    at = data.draw(st.integers(0, len(token) - 1))
    other = data.draw(st.sampled_from("ABCxyz019-_."))
    changed = token[:at] + other + token[at + 1 :]
    if _bits(changed) == _bits(token):
        return  # the last character of base64 holds spare bits
    with pytest.raises(NotValid):
        CLAIMS.read(changed, NOW)


def _bits(token: str) -> tuple[bytes, ...] | str:
    try:
        return tuple(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)) for part in token.split("."))
    except ValueError:
        return token


@pytest.mark.parametrize("token", ["", ".", "a.b", "x" * 10_000, "T-1", "eyJ0IjoxfQ.c2ln", "\x00", "안녕"])
def test_nonsense_is_refused(token: str) -> None:
    with pytest.raises(NotValid):
        CLAIMS.read(token, NOW)


def test_a_token_of_another_house_is_refused() -> None:
    with pytest.raises(NotValid):
        CLAIMS.read(Claims(["theirs"]).sign(CLAIM), NOW)


def test_a_secret_can_be_changed_while_links_are_out() -> None:
    before, between, after = Claims(["old"]), Claims(["new", "old"]), Claims(["new"])
    assert between.read(before.sign(CLAIM), NOW) == CLAIM
    assert after.read(between.sign(CLAIM), NOW) == CLAIM
    with pytest.raises(NotValid):
        after.read(before.sign(CLAIM), NOW)


def test_without_a_secret_nothing_is_signed() -> None:
    for secrets in ([], [""], ["good", ""]):
        with pytest.raises(ValueError, match="proves nothing"):
            Claims(secrets)

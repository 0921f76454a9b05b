"""Ids that say nothing to strangers and secrets that cannot be guessed."""

import re

import time_machine

from storefront.ids import digest, new_id, new_token


def test_ids_are_26_characters_and_never_the_same() -> None:
    made = {new_id() for _ in range(5000)}
    assert len(made) == 5000
    assert all(re.fullmatch(r"[0-9a-hjkmnp-tv-z]{26}", one) for one in made)


def test_ids_sort_by_the_time_they_were_made() -> None:
    made = []
    for second in range(5):
        with time_machine.travel(1_795_500_000 + second, tick=False):
            made.append(new_id())
    assert made == sorted(made)


def test_tokens_hold_256_bits_and_are_safe_in_urls() -> None:
    made = {new_token() for _ in range(1000)}
    assert len(made) == 1000
    assert all(re.fullmatch(r"[A-Za-z0-9_-]{43}", one) for one in made)


def test_a_digest_fits_its_column_and_does_not_show_the_token() -> None:
    token = new_token()
    assert len(digest(token)) == 64
    assert digest(token) == digest(token) != digest(new_token())
    assert token not in digest(token)

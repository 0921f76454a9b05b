"""One mailbox is one person, however its address is written."""

import pytest

from storefront.domain.persons import canonical_email


@pytest.mark.parametrize(
    ("typed", "person"),
    [
        ("Ana@Example.com", "ana@example.com"),
        (" ana+promo@example.com ", "ana@example.com"),
        ("ana+a+b@hotmail.com", "ana@hotmail.com"),
        ("a.n.a+x@gmail.com", "ana@gmail.com"),
        ("A.NA@googlemail.com", "ana@gmail.com"),
        ("ana.perez+1@icloud.com", "ana.perez@icloud.com"),
        ("ana.perez@me.com", "ana.perez@icloud.com"),
        ("ana-perez_1@proton.me", "anaperez1@proton.me"),
        ("ana.perez1+x@protonmail.com", "anaperez1@proton.me"),
    ],
)
def test_case_tags_and_what_the_provider_ignores_make_nobody_new(typed: str, person: str) -> None:
    assert canonical_email(typed) == person


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("ana.perez@outlook.com", "anaperez@outlook.com"),
        ("ana.perez@example.com", "anaperez@example.com"),
        ("ana@gmail.com", "ana@hotmail.com"),
        ("ana@gmail.com.co", "a.na@gmail.com.co"),
        ("+57300@example.com", "+57301@example.com"),
    ],
)
def test_different_mailboxes_are_different_people(one: str, other: str) -> None:
    assert canonical_email(one) != canonical_email(other)


def test_what_is_canonical_stays_as_it_is() -> None:
    for email in ("a.n.a+x@gmail.com", "+@example.com", "a-b_c.d@pm.me", "x"):
        assert canonical_email(canonical_email(email)) == canonical_email(email)

"""Which addresses are one mailbox: what a mail provider ignores in an address does not make another person."""

from sqlalchemy.engine.default import DefaultExecutionContext

_SAME_MAILBOX = {
    "googlemail.com": "gmail.com",
    "me.com": "icloud.com",
    "mac.com": "icloud.com",
    "protonmail.com": "proton.me",
    "protonmail.ch": "proton.me",
    "pm.me": "proton.me",
}
"""Domains of one provider under which a name is one mailbox."""

_IGNORED = {"gmail.com": ".", "proton.me": "._-"}
"""Characters of the name that the provider does not look at; elsewhere they make another mailbox."""


def canonical_email(email: str) -> str:
    """Return what is the same for every way to write one mailbox: no case, no tag, and no ignored characters.

    It is for counting only; mail goes to the address as it was typed. A name of nothing but a tag stays whole.
    """
    address = email.strip().lower()
    name, at, domain = address.rpartition("@")
    domain = _SAME_MAILBOX.get(domain, domain)
    plain = name.partition("+")[0].translate(dict.fromkeys(map(ord, _IGNORED.get(domain, ""))))
    return f"{plain or name}{at}{domain}"


def of_new_row(context: DefaultExecutionContext) -> str:
    """Return the person of a row about to be written, by its `email`; a column's default."""
    values: dict[str, str] = context.get_current_parameters()  # type: ignore[no-untyped-call]
    return canonical_email(values["email"])

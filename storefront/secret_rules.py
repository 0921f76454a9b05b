"""What makes a secret good enough to start a shop with, in sentences where it is not."""

import re
from collections.abc import Collection, Mapping
from itertools import pairwise

_MINIMUM_KEY = 32
_MINIMUM_TOKEN = 16
_DEFAULTS = ("demo", "test", "change", "replace", "your", "secret", "example", "insecure", "django")
_STRIPE_KEY = re.compile(r"[sr]k_(?:org_)?(?:live|test)_([A-Za-z0-9_]+)")
_SIGNING_SECRET = "whsec_"
_HOW_TO_MAKE_ONE = 'python3 -c "import secrets; print(secrets.token_urlsafe(48))" makes a random one'


def own_faults(keys: Mapping[str, Collection[str]], metrics_token: str) -> list[str]:
    """Return what is wrong with the secrets that a shop makes up for itself.

    `keys` are those that sign, by name, each with those that were used before it.
    """
    found = []
    for name, values in keys.items():
        if any(len(value) < _MINIMUM_KEY or is_default(value) for value in values):
            found.append(f"{name} is a default or shorter than {_MINIMUM_KEY} characters")
        elif any(is_guessable(value, _MINIMUM_KEY) for value in values):
            found.append(f"{name} is too easy to guess: {_HOW_TO_MAKE_ONE}")
    if len(set().union(*keys.values())) < sum(len(set(values)) for values in keys.values()):
        found.append(f"{' and '.join(keys)} must differ")
    if metrics_token and len(metrics_token) < _MINIMUM_TOKEN:
        found.append(f"METRICS_TOKEN is shorter than {_MINIMUM_TOKEN} characters")
    elif metrics_token and is_guessable(metrics_token, _MINIMUM_TOKEN):
        found.append(f"METRICS_TOKEN is too easy to guess: {_HOW_TO_MAKE_ONE}")
    if any(metrics_token in values for values in keys.values()):
        found.append("METRICS_TOKEN must differ from the secrets that sign: whoever watches the shop learns it")
    return found


def stripe_faults(key: str, signing_secrets: Collection[str]) -> list[str]:
    """Return what is wrong with the secrets that Stripe gives out; the real ones are random and long."""
    found = []
    whole = _STRIPE_KEY.fullmatch(key)
    if key and (whole is None or is_guessable(whole[1], _MINIMUM_TOKEN)):
        found.append("STRIPE_SECRET_KEY must be a whole secret key of Stripe: sk_live_... or sk_test_...")
    if any(not secret.startswith(_SIGNING_SECRET) for secret in signing_secrets):
        found.append("STRIPE_WEBHOOK_SECRET must hold whsec_... secrets, separated by commas")
    elif any(is_guessable(secret.removeprefix(_SIGNING_SECRET), _MINIMUM_TOKEN) for secret in signing_secrets):
        found.append("STRIPE_WEBHOOK_SECRET must hold whole secrets: whsec_ and what Stripe shows behind it")
    return found


def is_live_key(key: str) -> bool:
    """Return whether a secret key of Stripe moves real money."""
    return key.startswith(("sk_live_", "rk_live_"))


def is_default(secret: str) -> bool:
    """Return whether a secret begins as those of examples do."""
    return secret.lower().startswith(_DEFAULTS)


def is_guessable(secret: str, minimum: int) -> bool:
    """Return whether a secret is shorter than the minimum, a repetition, or more regular than a random one ever is.

    The steps from one character to the next are counted: the alphabet and a repeated character have a single one,
    thirty-two random hexadecimal digits have about twenty.
    """
    steps = {ord(after) - ord(before) for before, after in pairwise(secret)}
    is_repetition = secret in (secret + secret)[1:-1]
    return len(secret) < minimum or len(steps) < minimum // 3 or is_repetition

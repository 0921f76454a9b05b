"""Rate limits for what is costly or can be abused; one table for all interfaces.

Each rule names whom it counts: `customer` (a signed-in one), `address` (IPv4 address or IPv6 /64), `network` (IPv4 /24
or IPv6 /48), `pair` (the e-mail that was typed, with the network that it was typed in), `account` (the same e-mail
typed in any network that it was never signed in from). Counters live in Redis where it is configured, else in the
process; `RATE_LIMITS=off` switches them off.

Guesses (`_GUESSES`) count before anything is checked, so that many at once count too, and are given back when they
were right: nobody is refused for signing in often. A right password gives the address and the network also back what
was wrong before it, for the same account at the same address: dozens behind one router slip now and then.

Nobody locks a stranger out: a browser in which the account was signed in before has a counter of its own and no others,
a network in which it was leaves the account's counter alone, and whoever follows the link of a forgotten password
starts anew (`forgive`).

A wrong code of a second factor counts for the account, wherever it is typed (`guessing`): whoever types one knows the
password already, and a new password is what keeps them out.

Where an address cannot be read (`client_addresses`), the request is counted by customer and e-mail only.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import wraps
from math import ceil
from typing import Any, TypeVar, cast

from flask import Flask, Response, g, make_response, request, session
from flask_limiter import RateLimitExceeded, RequestLimit
from flask_login import current_user
from limits import parse_many
from werkzeug.exceptions import TooManyRequests

from storefront.client_addresses import TrustedProxies, client_address, client_network, network_key
from storefront.clock import now
from storefront.domain.customer import normalise_email
from storefront.errors import CouponRejected, DatabaseUnavailable, PaymentProviderError, ShopError
from storefront.extensions import limiter
from storefront.ids import new_id
from storefront.limit_storage import Counter, FallbackStorage, add, announce, counter, storage_uri
from storefront.observability.pseudonyms import pseudonym
from storefront.services.accounts import api_logins
from storefront.settings import settings
from storefront.text import clean

F = TypeVar("F", bound=Callable[..., Any])
_LONGEST_EMAIL = 1000
_SLIP_LIFE = 15 * 60
"""Seconds, as long as an address is counted."""
_KEPT_ACCOUNTS = 5
"""How many accounts a browser may know."""

LIMITS: Mapping[str, Mapping[str, str]] = {
    "login": {
        "pair": "10 per 15 minutes, 40 per day",
        "address": "20 per 15 minutes",
        "network": "100 per 15 minutes",
        "account": "100 per hour",
    },
    "password": {"customer": "10 per 15 minutes, 40 per day"},
    "confirmation": {"customer": "10 per 15 minutes, 40 per day"},
    "register": {"address": "30 per hour", "network": "120 per hour"},
    "recovery": {"address": "10 per hour", "network": "50 per hour", "pair": "3 per hour"},
    "lookup": {"address": "20 per hour", "network": "100 per hour", "pair": "5 per hour"},
    "alert": {"address": "20 per hour", "network": "100 per hour", "pair": "10 per hour"},
    "request": {"address": "10 per hour", "network": "60 per hour", "pair": "5 per hour"},
    "refresh": {"address": "60 per minute"},
    "checkout": {"customer": "30 per 10 minutes", "address": "60 per 10 minutes", "network": "240 per 10 minutes"},
    "coupon": {"customer": "60 per minute", "address": "120 per minute"},
    "code": {"customer": "20 per hour", "address": "60 per hour", "network": "240 per hour"},
    "estimate": {"customer": "120 per minute", "address": "240 per minute"},
    "change": {"customer": "120 per minute", "address": "240 per minute"},
    "read": {"address": "600 per minute"},
    "feed": {"address": "60 per hour", "network": "240 per hour"},
}


def register(app: Flask) -> None:
    """Count clients by the address that the configured proxies report, and name in each response what is left."""
    hops = app.extensions["settings"].TRUSTED_PROXIES
    if hops:
        app.wsgi_app = TrustedProxies(app.wsgi_app, x_for=hops, x_proto=0, x_host=0)  # type: ignore[method-assign]
    app.config["RATELIMIT_STORAGE_URI"] = storage_uri(app.extensions["settings"].REDIS_URL)
    app.config["RATELIMIT_STRATEGY"] = "fixed-window"
    limiter.init_app(app)
    app.after_request(_add_headers)


def limited(name: str) -> Callable[[F], F]:
    """Refuse with 429 whoever calls the view more often than the table's row allows; inside of sign-in checks."""

    def decorate(view: F) -> F:
        for kind, rule in LIMITS[name].items():
            view = _guard(name, kind, rule)(view)
        if LIMITS[name].keys() <= {"customer", "address", "network"}:  # known without a question to the database
            view = _announce(name, view)
        return _count_guesses(name, view) if name in _GUESSES else view

    return decorate


def _guard(name: str, kind: str, rule: str) -> Callable[[F], F]:
    key = _key_of(name, kind)
    guard = limiter.shared_limit(rule, scope=_scope(name, kind), key_func=key, exempt_when=lambda: not key())
    return cast("Callable[[F], F]", guard)


def _key_of(name: str, kind: str) -> Callable[[], str]:
    """Return what a rule counts a request by: nothing if it does not count this one."""
    key = _unless_known(_KEYS[kind]) if name == "login" and kind in ("address", "network") else _KEYS[kind]
    is_meant = _typed_code if name == "code" else lambda: True
    return lambda: key() if settings().RATE_LIMITS and is_meant() else ""


def _announce(name: str, view: F) -> F:
    """Announce the counters of a view's rules, so that all of them are one question to Redis."""
    rules = [(_key_of(name, kind), _scope(name, kind), parse_many(rule)) for kind, rule in LIMITS[name].items()]

    @wraps(view)
    def announced(*args: Any, **kwargs: Any) -> Any:
        if isinstance(limiter.storage, FallbackStorage):
            announce([(item, counter(item, key(), scope)) for key, scope, items in rules for item in items if key()])
        return view(*args, **kwargs)

    return cast("F", announced)


def _scope(name: str, kind: str) -> str:
    return f"{name}:{kind}"


def _count_guesses(name: str, view: F) -> F:
    """Give back what was counted unless the guess was wrong."""
    is_wrong = _GUESSES[name]

    def settle(outcome: Response | Exception, slips_key: str) -> None:
        if not is_wrong(outcome):
            _give_back(name, slips_key)
        elif slips_key:
            limiter.storage.incr(slips_key, _SLIP_LIFE)

    @wraps(view)
    def guarded(*args: Any, **kwargs: Any) -> Response:
        # Asked before: a browser that signs in is a known one afterwards.
        slips_key = _slips_key() if name == "login" and settings().RATE_LIMITS else ""
        try:
            answer = make_response(view(*args, **kwargs))
        except RateLimitExceeded:
            raise
        except Exception as error:
            settle(error, slips_key)
            raise
        settle(answer, slips_key)
        return answer

    return cast("F", guarded)


@contextmanager
def guessing(customer_id: str) -> Iterator[None]:
    """Count a guess at somebody's second factor, or at the password that is asked again, unless it was right."""
    rules = parse_many(LIMITS["confirmation"]["customer"]) if settings().RATE_LIMITS else []
    place = customer_id, _scope("confirmation", "customer")
    for rule in rules:
        if not limiter.limiter.hit(rule, *place):
            until = limiter.limiter.get_window_stats(rule, *place).reset_time
            raise TooManyRequests(retry_after=max(1, ceil(until - now().timestamp())))
    is_wrong = False
    try:
        yield
    except ShopError as refusal:
        is_wrong = _is_refused(refusal)
        raise
    finally:
        for rule in () if is_wrong else rules:
            limiter.storage.incr(rule.key_for(*place), rule.get_expiry(), -1)


def _is_refused(outcome: Response | Exception) -> bool:
    if isinstance(outcome, Response):
        return 400 <= outcome.status_code < 500
    return isinstance(outcome, ShopError) and not isinstance(outcome, DatabaseUnavailable | PaymentProviderError)


def _is_no_code(outcome: Response | Exception) -> bool:
    """Return whether there is no such coupon; one that exists and does not fit was no guess."""
    refusal = outcome if isinstance(outcome, Exception) else g.get("refusal")
    return isinstance(refusal, CouponRejected) and refusal.code == "coupon_invalid"


_GUESSES: Mapping[str, Callable[[Response | Exception], bool]] = {
    "login": _is_refused,
    "password": _is_refused,
    "code": _is_no_code,
}
"""What is guessed at, and how an outcome tells that it was wrong."""


def _give_back(name: str, slips_key: str) -> None:
    if not settings().RATE_LIMITS:
        return
    if every := _counted(name, *LIMITS[name]):
        add(limiter.storage, [Counter(one.key, one.limit.get_expiry(), -1) for one in every])
    if slips_key and (slips := _take_slips(slips_key)):
        for counted in _counted(name, "address", "network"):
            back = min(slips, max(0, limiter.storage.get(counted.key)))
            limiter.storage.incr(counted.key, counted.limit.get_expiry(), -back)


def _counted(name: str, *kinds: str) -> list[RequestLimit]:
    scopes = [_scope(name, kind) for kind in kinds]
    return [counted for counted in limiter.current_limits if counted.request_args[-1] in scopes]


def _take_slips(key: str) -> int:
    """Return how many slips became nothing by this right password; of any number of them at once one gets them."""
    slips = limiter.storage.get(key)
    if slips <= 0:
        return 0
    if limiter.storage.incr(key, _SLIP_LIFE, -slips) < 0:
        limiter.storage.incr(key, _SLIP_LIFE, slips)
        return 0
    return slips


def _slips_key() -> str:
    """Return the counter of wrong passwords for an account at an address; none where the address counts none.

    Whoever gives the right one soon made slips and no guess at many accounts.
    """
    name, address = account_key(_typed_email()), client_address()
    return f"slips {name} {address}" if name and address and not _known_browser(name) else ""


def forgive(email: str) -> None:
    """Start anew for whoever proved by mail that an account is theirs: here, and in networks that nobody knows."""
    if not settings().RATE_LIMITS:
        return
    name = account_key(email)
    for kind, key in (("pair", _pair_of(name)), ("account", name)):
        for item in parse_many(LIMITS["login"][kind]):
            counter = item.key_for(key, _scope("login", kind))
            limiter.storage.incr(counter, item.get_expiry(), -limiter.storage.get(counter))


def _is_api() -> bool:
    return request.path.startswith("/api/")


def _customer() -> str:
    """Return who is signed in; the API knows them by a token and reads no cookie."""
    if _is_api():
        return str(g.get("customer_id", ""))
    return str(current_user.customer_id) if current_user.is_authenticated else ""


def account_key(email: str) -> str:
    """Return the pseudonym of an e-mail, the same for all ways to write it that sign in to one account."""
    return pseudonym("account", normalise_email(clean(email[:_LONGEST_EMAIL])))


def _typed_email() -> str:
    typed = (g.get("json_body") or request.form).get("email", "")
    return typed if isinstance(typed, str) else ""


def _pair() -> str:
    name = account_key(_typed_email())
    return _pair_of(name) if name else ""


def _pair_of(name: str) -> str:
    return f"{name} {_known_browser(name) or network_key()}"


def _known_browser(name: str) -> str:
    """Return this browser's own random text if the account was signed in here before (`remember_browser`)."""
    known = {} if _is_api() else session.get("known", {})
    return str(known.get(name, "")) if name else ""


def remember_browser(known: dict[str, str], email: str) -> dict[str, str]:
    """Return what the signed cookie keeps of the accounts that were signed in here, with one more of them."""
    name = account_key(email)
    others = {other: mark for other, mark in known.items() if other != name}
    return dict([*others.items(), (name, known.get(name) or new_id())][-_KEPT_ACCOUNTS:])


def _unless_known(key: Callable[[], str]) -> Callable[[], str]:
    """Return a key of sign-ins that counts none from a browser that knows the account."""
    return lambda: "" if _known_browser(account_key(_typed_email())) else key()


def _stranger_of_account() -> str:
    """Return the account that is guessed at from where it was never signed in."""
    name = account_key(_typed_email())
    if not name or _known_browser(name):
        return ""
    if "is_known_network" not in g:
        g.is_known_network = api_logins.is_known_network(clean(_typed_email()[:_LONGEST_EMAIL]), network_key())
    return "" if g.is_known_network else name


def _typed_code() -> bool:
    body = g.get("json_body")
    return bool(body.get("couponCode") if body else request.form.get("code"))


def note_refusal(refusal: ShopError) -> None:
    """Note for the counters why a form was refused."""
    g.refusal = refusal


_KEYS: Mapping[str, Callable[[], str]] = {
    "customer": _customer,
    "address": client_address,
    "network": client_network,
    "pair": _pair,
    "account": _stranger_of_account,
}


def _add_headers(response: Response) -> Response:
    """Add the RateLimit headers of the tightest rule that was counted, and with 429 when to come back."""
    tightest = limiter.current_limit
    if tightest is None or not settings().RATE_LIMITS:
        return response
    limit, counted = tightest.limit, g.get("counted", {}).get(tightest.key)
    left, reset_at = (limit.amount - counted[0], counted[1]) if counted else (tightest.remaining, tightest.reset_at)
    seconds = max(1, reset_at - int(now().timestamp()))
    response.headers["RateLimit-Limit"] = str(limit.amount)
    response.headers["RateLimit-Remaining"] = str(max(0, left))
    response.headers["RateLimit-Reset"] = str(seconds)
    if tightest.breached:  # another refusal may be a 429, too, and knows its own time
        response.headers["Retry-After"] = str(seconds)
    return response


__all__ = [
    "LIMITS",
    "RateLimitExceeded",
    "forgive",
    "guessing",
    "limited",
    "note_refusal",
    "register",
    "remember_browser",
]

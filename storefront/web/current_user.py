"""The user of the request, and the data in the signed session cookie.

Cookie: `_user_id` the login's secret, `half` a right password that waits for the code of a second factor, `cart` a
guest's cart, `count` its units (so that the header needs no query), `orders` public ids of orders placed here as a
guest, `lang` the language chosen here, `read_in` that of the last public page's address, `known` digests of accounts
that were signed in here, for the rate limit of wrong passwords.
"""

from collections.abc import Callable
from dataclasses import astuple, dataclass, field, fields
from typing import Any, ParamSpec, TypeVar, cast

from flask import flash, g, redirect, request, session, url_for
from flask_login import UserMixin, current_user, login_required, login_user, logout_user
from werkzeug.wrappers import Response

from storefront.client_addresses import network_key
from storefront.enums import Channel
from storefront.i18n import notice_label
from storefront.limits import remember_browser
from storefront.services import carts
from storefront.services.accounts import authentication, devices
from storefront.services.accounts.user_agents import Caller
from storefront.services.shopper import Shopper
from storefront.web.redirects import address_of_this_page

MAX_ORDERS = 10
_OF_BROWSER = ("lang", "known")
"""The keys that survive login and logout; they give no access."""

P = ParamSpec("P")
R = TypeVar("R")


@dataclass(frozen=True, eq=False)
class User(authentication.SignedInCustomer, UserMixin):  # type: ignore[misc]
    """Flask-Login's `current_user`: a signed-in customer. Its id is the login's secret, which the server can end."""

    secret: str = field(default="", repr=False)

    def get_id(self) -> str:
        """Return what the session's cookie keeps."""
        return self.secret


def load_user(secret: str) -> User | None:
    """Return the user of a login's secret, for Flask-Login, in one statement; None for an ended login."""
    customer = authentication.recognise(secret)
    if customer is None:
        return None
    is_staff = customer.staff_role is not None
    if customer.last_seen_at and devices.is_seen_long_ago(customer.last_seen_at, is_staff=is_staff):
        g.login_seen = customer.login_id, is_staff
    return _user(secret, customer)


def _user(secret: str, customer: authentication.SignedInCustomer) -> User:
    values: dict[str, Any] = {column.name: getattr(customer, column.name) for column in fields(customer)}
    return User(**values, secret=secret)


def signed_in_only(view: Callable[P, R]) -> Callable[P, R]:
    """Redirect guests to the login: Flask-Login's decorator with types."""
    return cast("Callable[P, R]", login_required(view))


def send_to_login() -> Response:
    """Redirect a guest to the login, and back afterwards."""
    return redirect(url_for("account.login", next=address_of_this_page()), 303)


def caller() -> Caller:
    """Return the facts of this browser that a new login stores."""
    return Caller(Channel.WEB, request.user_agent.string, network_key())


def is_staff() -> bool:
    """Return whether the request's user works here."""
    return current_user.is_authenticated and current_user.staff_role is not None


def shopper() -> Shopper:
    """Return the request's customer or guest as a `Shopper`."""
    if current_user.is_authenticated:
        return Shopper(customer_id=current_user.customer_id, order_ids=_orders(), email=current_user.email)
    return Shopper(cart_token=_text("cart"), order_ids=_orders())


def cart_count() -> int:
    """Return the units in the cart for the header, without a query of its own."""
    if "cart_count" in g:
        return int(g.cart_count)
    return int(current_user.cart_count if current_user.is_authenticated else session.get("count", 0))


def remember_count(count: int) -> None:
    """Store the cart's units for this page's header and a guest's next pages."""
    g.cart_count = count
    if not current_user.is_authenticated and session.get("count", 0) != count:
        session["count"] = count
        session.permanent = True


def remember_cart(change: carts.Change) -> None:
    """Store the token and units of a changed cart."""
    if change.cart_token:
        session["cart"] = change.cart_token
        session.permanent = True
    remember_count(change.count)


def remember_order(public_id: str) -> None:
    """Allow this browser to see an order that it placed or has the token of."""
    others = [other for other in _orders() if other != public_id]
    session["orders"] = [*others, public_id][-MAX_ORDERS:]
    session.permanent = True


def sign_in(new_login: authentication.NewLogin) -> None:
    """Start a new session with a login's secret; earlier contents, planted or a guest's, are dropped."""
    _forget_all_but(*_OF_BROWSER)
    session.permanent = True
    customer = authentication.recognise(new_login.secret)
    if customer is not None:
        login_user(_user(new_login.secret, customer))
        remember_account(customer.email)
    for notice in new_login.notices:
        flash(notice_label(notice.code, notice.data), "info")


def keep_half(half: authentication.HalfSignIn) -> None:
    """Remember that the password was right, until the code comes."""
    session["half"] = list(astuple(half))


def half_sign_in() -> authentication.HalfSignIn | None:
    """Return what was proved by the password, if a code is awaited."""
    kept: Any = session.get("half")
    g.half = authentication.HalfSignIn(*kept) if kept else None  # the security log names the account
    return cast("authentication.HalfSignIn | None", g.half)


def forget_half() -> None:
    """Await no code any more."""
    session.pop("half", None)


def sign_out() -> None:
    """End the login on the server and clear the session, except for the browser's own keys."""
    if current_user.is_authenticated:
        authentication.log_out(current_user.secret)
    logout_user()
    _forget_all_but(*_OF_BROWSER)


def remember_account(email: str) -> None:
    """Remember an account that was signed in or recovered here: strangers' wrong passwords do not lock this browser."""
    session["known"] = remember_browser(session.get("known", {}), email)
    session.permanent = True


def _forget_all_but(*keys: str) -> None:
    values = {key: session[key] for key in keys if key in session}
    session.clear()
    session.update(values)


def _orders() -> tuple[str, ...]:
    orders: Any = session.get("orders", [])
    return tuple(str(public_id) for public_id in orders)


def _text(key: str) -> str | None:
    value = session.get(key)
    return value if isinstance(value, str) else None

"""Login, logout, registration, and the customer's own orders."""

from flask import Blueprint, flash, redirect, render_template, request, session, url_for
from flask_login import current_user
from werkzeug.wrappers import Response

from storefront import clock
from storefront.errors import EmailTaken, InvalidCredentials, InvalidInput, WeakPassword
from storefront.i18n import current_language, explain, notice_label, standing_of
from storefront.i18n import translate as _
from storefront.limits import guessing, limited, note_refusal
from storefront.services import checkout
from storefront.services.accounts import authentication
from storefront.services.carts import reorders
from storefront.services.orders import admin_returns, own_orders, own_returns, own_reviews
from storefront.web.current_user import (
    caller,
    forget_half,
    half_sign_in,
    keep_half,
    remember_cart,
    remember_order,
    shopper,
    sign_in,
    sign_out,
    signed_in_only,
)
from storefront.web.form_tokens import MAX_TOKEN, new_token
from storefront.web.forms import CodeForm, GuestAccountForm, LoginForm, RegisterForm
from storefront.web.library import files_of
from storefront.web.pages import requested_page
from storefront.web.redirects import next_path

bp = Blueprint("account", __name__)
_ORDERS_A_PAGE = 20


@bp.get("/login")
def login() -> str | Response:
    """Show the form to sign in."""
    if current_user.is_authenticated:
        return redirect(next_path(url_for(".orders_list")), 303)
    return render_template("account/login.html", form=LoginForm(formdata=None), next=next_path(""))


@bp.post("/login")
@limited("login")
def sign_in_with_password() -> Response | tuple[str, int]:
    """Log in; the guest's cart is merged into the customer's."""
    form = LoginForm()
    if not form.validate():
        return render_template("account/login.html", form=form, next=next_path("")), 422
    try:
        begun = authentication.begin_log_in(
            email=form.email.data, password=form.password.data, cart_token=shopper().cart_token, caller=caller()
        )
    except InvalidCredentials as refusal:
        form.say("password", explain(refusal))
        return render_template("account/login.html", form=form, next=next_path("")), 422
    if isinstance(begun, authentication.HalfSignIn):
        keep_half(begun)
        return redirect(url_for(".code", next=next_path("") or None), 303)
    return _signed_in(begun)


@bp.get("/login/code")
def code() -> str | Response:
    """Ask for the code of the second factor, after the password."""
    if current_user.is_authenticated or half_sign_in() is None:
        return redirect(url_for(".login", next=next_path("") or None), 303)
    return render_template("account/code.html", form=CodeForm(formdata=None), next=next_path(""))


@bp.post("/login/code")
def sign_in_with_code() -> Response | tuple[str, int]:
    """Log in with the code of the second factor, or with a recovery code."""
    form, half = CodeForm(), half_sign_in()
    if half is None:
        return _password_again()
    if form.validate():
        try:
            with guessing(half.customer_id):
                new_login = authentication.finish_log_in(
                    half, form.one_time_code.data, cart_token=shopper().cart_token, caller=caller()
                )
        except InvalidInput as refusal:
            note_refusal(refusal)
            form.refuse(refusal.problems)
        except InvalidCredentials:
            return _password_again()
        else:
            return _signed_in(new_login)
    return render_template("account/code.html", form=form, next=next_path("")), 422


def _password_again() -> Response:
    forget_half()
    flash(_("Pasó mucho tiempo desde que escribiste la contraseña. Entra otra vez."), "warn")
    return redirect(url_for(".login", next=next_path("") or None), 303)


def _signed_in(new_login: authentication.NewLogin) -> Response:
    sign_in(new_login)
    works_here = current_user.is_authenticated and current_user.staff_role is not None
    return redirect(next_path(url_for("staff.today" if works_here else "catalogue.home")), 303)


@bp.get("/register")
def register() -> str | Response:
    """Show the form for a new account."""
    if current_user.is_authenticated:
        return redirect(url_for(".orders_list"), 303)
    form = RegisterForm(formdata=None)
    form.email.data = request.args.get("email", "")[:254]
    return render_template("account/register.html", form=form, next=next_path(""))


@bp.post("/register")
@limited("register")
def create_account() -> Response | tuple[str, int]:
    """Create an account and log in; the guest's cart is merged into the customer's."""
    form = RegisterForm()
    if form.validate() and (new_login := _registered(form)):
        sign_in(new_login)
        flash(_("Tu cuenta está lista."), "good")
        return redirect(next_path(url_for("catalogue.home")), 303)
    return render_template("account/register.html", form=form, next=next_path("")), 422


@bp.post("/logout")
def logout() -> Response:
    """Sign out, on the server too."""
    sign_out()
    return redirect(url_for("catalogue.home"), 303)


@bp.get("/account/orders")
@signed_in_only
def orders_list() -> str:
    """List the customer's own orders, newest first."""
    page = own_orders.list_for(current_user.customer_id, page=requested_page(), limit=_ORDERS_A_PAGE)
    return render_template("account/orders.html", page=page)


@bp.get("/account/orders/<number>")
def order(number: str) -> str:
    """Show an order to its owner, to the browser that placed it, or for its token."""
    return _order_page(_own_order(number), GuestAccountForm(formdata=None))


@bp.post("/account/orders/<number>/account")
@limited("register")
def create_account_of_guest(number: str) -> Response | tuple[str, int]:
    """Create an account from a guest's order and a password; the e-mail is confirmed by its link."""
    own_order, form = _own_order(number), GuestAccountForm()
    if current_user.is_authenticated:
        return redirect(url_for(".order", number=number), 303)
    if form.validate():
        try:
            new_login = authentication.register_guest(
                own_order,
                password=form.password.data,
                language=current_language(),
                cart_token=shopper().cart_token,
                caller=caller(),
            )
        except (EmailTaken, WeakPassword) as refusal:
            form.say("password", explain(refusal))
        else:
            sign_in(new_login)
            flash(_("Tu cuenta está lista. Confirma tu correo con el enlace que te enviamos."), "good")
            # It becomes the account's when the address is confirmed, and not before.
            remember_order(own_order.public_id)
            return redirect(url_for(".order", number=number), 303)
    return _order_page(_own_order(number), form), 422


@bp.post("/account/orders/<number>/again")
@limited("change")
def buy_again(number: str) -> Response:
    """Add an order's available products to the cart, with a notice for each that is not."""
    own_order = _own_order(number)
    key = request.form.get("once", "")[:MAX_TOKEN]
    reorder = reorders.buy_again(shopper(), own_order, language=current_language(), key=key)
    if reorder.change:
        remember_cart(reorder.change)
        session["added"] = True
    for notice in reorder.notices:
        flash(notice_label(notice.code, notice.data), "warn")
    return redirect(url_for("cart.show"), 303)


def _own_order(number: str) -> own_orders.Order:
    """Return an order that this browser may see, and remember it, so that later requests need no token."""
    own_order = own_orders.get(shopper(), number, token=request.values.get("token") or None)
    remember_order(own_order.public_id)
    return own_order


def _order_page(own_order: own_orders.Order, form: GuestAccountForm) -> str:
    return render_template(
        "account/order.html",
        order=own_order,
        standing=standing_of(own_order, own_order.history),
        files=files_of(own_order),
        token=request.values.get("token", ""),
        rights=own_returns.rights_of(own_order),
        withdrawals=admin_returns.list_for(own_order),
        reviewed_lines=own_reviews.lines_of(own_order),
        form=form,
        form_token=new_token(),
        can_pay=checkout.can_reopen(own_order, clock.now()),
    )


def _registered(form: RegisterForm) -> authentication.NewLogin | None:
    """Return the new login, or None after saying what is wrong."""
    try:
        return authentication.register(
            email=form.email.data,
            password=form.password.data,
            first_name=form.first_name.data,
            last_name=form.last_name.data,
            language=current_language(),
            accepts_marketing=bool(form.marketing.data),
            cart_token=shopper().cart_token,
            caller=caller(),
        )
    except EmailTaken as refusal:
        form.say("email", explain(refusal))
    except WeakPassword as refusal:
        form.say("password", explain(refusal))
    except InvalidInput as refusal:
        form.refuse(refusal.problems)
    return None

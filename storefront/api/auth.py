"""Accounts and tokens: register, log in, refresh, log out, and reset a forgotten password."""

from typing import Any

from flask import g

from storefront.api.blueprint import ApiBlueprint
from storefront.api.idempotency import Unstored
from storefront.api.schemas.account import (
    ForgotPasswordSchema,
    LoginSchema,
    MessageSchema,
    RegisterSchema,
    ResetPasswordSchema,
    TokensSchema,
    VerifyEmailSchema,
)
from storefront.api.tokens import caller, current_customer, pair, read_claims
from storefront.i18n import current_language
from storefront.i18n import translate as _
from storefront.limits import forgive
from storefront.services.accounts import api_logins, authentication, recovery

bp = ApiBlueprint("auth-api", __name__, url_prefix="/api/auth", description="Accounts and tokens.")


def _tokens_of(new_login: authentication.NewLogin) -> dict[str, Any]:
    return _tokens(new_login.customer_id, new_login.login_id, new_login.refresh_key or "")


def _tokens(customer_id: str, login_id: str, refresh_key: str) -> dict[str, Any]:
    return pair(customer_id, login_id, refresh_key) | {"user": api_logins.recognise(login_id, customer_id)}


def _log_in_again(body: dict[str, Any]) -> dict[str, Any]:
    """Answer the repetition of a registration as a login: the account may have another password, or be closed."""
    new_login = authentication.log_in(email=body["email"], password=body["password"], caller=caller())
    tokens: dict[str, Any] = TokensSchema().dump(_tokens_of(new_login))
    return tokens


@bp.operation(
    "POST",
    "/register",
    access="anyone",
    limit="register",
    body=RegisterSchema,
    response=TokensSchema,
    status=201,
    refuses=(401, 409),
    idempotency=Unstored(_log_in_again),
)
def register(body: dict[str, Any]) -> dict[str, Any]:
    """Open an account and sign in; a link to confirm the address is mailed."""
    new_login = authentication.register(**body, language=current_language(), caller=caller())
    g.customer_id = new_login.customer_id  # the owner of the idempotency key: a changed password deletes its record
    return _tokens_of(new_login)


@bp.operation("POST", "/login", access="anyone", limit="login", body=LoginSchema, response=TokensSchema, refuses=(401,))
def login(body: dict[str, Any]) -> dict[str, Any]:
    """Sign in. Nothing tells whether the e-mail or the password was wrong."""
    return _tokens_of(authentication.log_in(**body, caller=caller()))


@bp.operation("POST", "/refresh", access="refresh token", limit="refresh", response=TokensSchema)
def refresh() -> dict[str, Any]:
    """Exchange the refresh token in `Authorization` for a new pair.

    The old one dies. Sent again within 30 seconds it gives a working pair, for the first answer may have got lost;
    later it ends the login, for a copy must be about.
    """
    claims = read_claims(refresh=True)
    return _tokens(claims["sub"], claims["sid"], api_logins.rotate(claims["sid"], claims["jti"]))


@bp.operation("POST", "/logout", limit="change", status=204)
def logout() -> None:
    """End the login: its access and refresh tokens are worth nothing from now on."""
    api_logins.log_out(g.customer.login_id)


@bp.operation(
    "POST",
    "/forgot-password",
    access="anyone",
    limit="recovery",
    body=ForgotPasswordSchema,
    response=MessageSchema,
    status=202,
)
def forgot_password(body: dict[str, Any]) -> dict[str, str]:
    """Have a link mailed that sets a new password; the answer is the same for an unknown address."""
    recovery.request_reset(body["email"], current_language())
    return {"message": _("Si hay una cuenta con ese correo, te enviamos un enlace para elegir otra contraseña.")}


@bp.operation("POST", "/reset-password", access="anyone", limit="recovery", body=ResetPasswordSchema, status=204)
def reset_password(body: dict[str, Any]) -> None:
    """Set a new password with the token of the mail; every login ends."""
    forgive(recovery.reset_password(body["token"], body["password"]))


@bp.operation("POST", "/verify-email", access="anyone", limit="recovery", body=VerifyEmailSchema, status=204)
def verify_email(body: dict[str, Any]) -> None:
    """Confirm the e-mail with the token of the mail; orders placed with it as a guest become the customer's."""
    recovery.verify_email(body["token"])


@bp.operation("POST", "/resend-verification", limit="recovery", response=MessageSchema, status=202)
def resend_verification() -> dict[str, str]:
    """Have the confirming link mailed again."""
    recovery.resend_verification(current_customer().customer_id, current_customer().email, current_language())
    return {"message": _("Te enviamos un enlace para confirmar tu correo.")}

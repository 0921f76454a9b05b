"""Roles of the people who work in the shop, and what each role permits."""

from collections.abc import Mapping
from enum import StrEnum

from storefront.enums import StaffRole


class Permission(StrEnum):
    """The permissions that staff pages and commands require.

    ORDERS: see orders, with names and addresses. MONEY: see amounts. FULFIL: ship, pickup, slips. STOCK: stock.
    CUSTOMERS: notes, address, mails again, returns, downloads. REFUND: refund, cancel, accept a held payment, end a
    plan. EVENTS: apply Stripe's events again. CATALOGUE: products, pictures, categories, coupons, delivery, texts.
    FIGURES: figures, exports, receipts. PERSONAL_DATA: erase or export a customer's data, block. TEAM: who works here.
    AUDIT: see the audit. OWN_ACCESS: one's own second factor.
    """

    ORDERS = "orders"
    MONEY = "money"
    FULFIL = "fulfil"
    STOCK = "stock"
    CUSTOMERS = "customers"
    REFUND = "refund"
    EVENTS = "events"
    CATALOGUE = "catalogue"
    FIGURES = "figures"
    PERSONAL_DATA = "personal_data"
    TEAM = "team"
    AUDIT = "audit"
    OWN_ACCESS = "own_access"


_P = Permission
PERMISSIONS: Mapping[StaffRole, frozenset[Permission]] = {
    StaffRole.OWNER: frozenset(
        {
            *(_P.ORDERS, _P.MONEY, _P.FULFIL, _P.STOCK, _P.CUSTOMERS, _P.REFUND, _P.EVENTS, _P.CATALOGUE),
            *(_P.FIGURES, _P.PERSONAL_DATA, _P.TEAM, _P.AUDIT, _P.OWN_ACCESS),
        }
    ),
    StaffRole.MANAGER: frozenset(
        {
            *(_P.ORDERS, _P.MONEY, _P.FULFIL, _P.STOCK, _P.CUSTOMERS, _P.REFUND, _P.EVENTS, _P.CATALOGUE),
            *(_P.FIGURES, _P.PERSONAL_DATA, _P.AUDIT, _P.OWN_ACCESS),
        }
    ),
    StaffRole.WAREHOUSE: frozenset({_P.ORDERS, _P.FULFIL, _P.STOCK, _P.OWN_ACCESS}),
    StaffRole.SUPPORT: frozenset({_P.ORDERS, _P.MONEY, _P.CUSTOMERS, _P.REFUND, _P.OWN_ACCESS}),
    StaffRole.ACCOUNTANT: frozenset({_P.ORDERS, _P.MONEY, _P.FIGURES, _P.OWN_ACCESS}),
}
"""The one table of permissions."""

CONFIRMED = frozenset({Permission.REFUND, Permission.TEAM, Permission.PERSONAL_DATA})
"""What takes a sign-in, or a confirmation after it, of a moment ago."""

HAS_REFUND_LIMIT = frozenset({StaffRole.SUPPORT})
"""The roles that give money back up to `SUPPORT_REFUND_LIMIT_PESOS` of one order."""

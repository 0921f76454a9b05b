"""An order in the back office: show, fulfil, cancel, refund."""

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from storefront.enums import SlipSize
from storefront.errors import InvalidInput, NotPermitted, OutOfStock, PaymentProviderError, ShopError, WrongState
from storefront.i18n import explain, state_label, step_label
from storefront.i18n import translate as _
from storefront.limits import limited
from storefront.services.admin.permissions import Permission
from storefront.services.customers import subjects
from storefront.services.mail import sent_again
from storefront.services.orders import addresses, admin_orders, admin_returns, fulfilment, notes, parcels, restocking
from storefront.services.orders.parcels import Parcel
from storefront.services.payments import failed_refunds, refunds, repeated_refunds, reviews
from storefront.services.subscriptions import management
from storefront.web.admin import bp
from storefront.web.admin.access import actor, may, may_use, requires
from storefront.web.admin.forms import (
    CancelForm,
    CloseForm,
    NoteForm,
    ParcelForm,
    RefundForm,
    RestockForm,
    SettleForm,
    ShipForm,
    StepForm,
)
from storefront.web.forms import Form

_FORMS: dict[str, type[Form]] = {"cancel": CancelForm, "settle": SettleForm, "note": NoteForm}
_LONGEST_NUMBER = 12
_VIEWS = {"return": "take_back", "end_plan": "end_plan_form"}
"""The views of steps that are called otherwise."""

_OF_CONFIRMATION = frozenset({"csrf_token", "sum", "change"})
_LEAVING = frozenset({"ship", "ready", "deliver"})
"""The steps of an order whose goods are still here."""

StepResponse = Response | tuple[str, int]


@bp.get("/orders/<reference>")
@requires(Permission.ORDERS)
def order(reference: str) -> str:
    """Show an order with its possible steps."""
    return _page(reference)


@bp.post("/orders/<reference>/ready")
@limited("change")
@requires(Permission.FULFIL)
def ready(reference: str) -> StepResponse:
    """Mark the order as ready for pickup."""
    return take_step("ready", reference, StepForm(), "step", lambda key: fulfilment.mark_ready(key, staff=actor()))


@bp.post("/orders/<reference>/deliver")
@limited("change")
@requires(Permission.FULFIL)
def deliver(reference: str) -> StepResponse:
    """Mark the order as delivered or collected."""
    return take_step(
        "deliver", reference, StepForm(), "step", lambda key: fulfilment.mark_delivered(key, staff=actor())
    )


@bp.post("/orders/<reference>/return")
@limited("change")
@requires(Permission.CUSTOMERS)
def take_back(reference: str) -> StepResponse:
    """Mark shipped goods as returned."""
    return take_step("return", reference, StepForm(), "step", lambda key: fulfilment.mark_returned(key, staff=actor()))


@bp.post("/orders/<reference>/cancel")
@limited("change")
@requires(Permission.REFUND)
def cancel(reference: str) -> StepResponse:
    """Cancel an order that was not shipped; what was paid goes back."""
    form = CancelForm()
    is_restocked = form.cancel_restocks.data
    return take_step(
        "cancel",
        reference,
        form,
        "cancel_restocks",
        lambda _key: admin_orders.cancel(reference, staff=actor(), is_restocked=is_restocked),
    )


@bp.post("/orders/<reference>/refund")
@limited("change")
@requires(Permission.REFUND)
def refund(reference: str) -> StepResponse:
    """Refund units of lines, an amount, or everything that is left."""
    order_row = admin_orders.get(reference)
    form = RefundForm({line.id: 0 for line in order_row.lines})
    if not form.validate():
        return _page(reference, "refund", form), 422
    if form.change.data:
        return _page(reference, "refund", form), 200
    seen = -1 if form.left.data is None else form.left.data  # a form that does not say has seen something else
    choice: dict[str, Any] = {"seen_left_minor": seen}
    if not form.everything.data:
        freight = bool(form.has_freight.data)
        choice |= {"units": form.units, "amount_minor": form.amount_minor, "has_freight": freight}
    try:
        if form.sum.data is None and not form.everything.data:  # whose button says the sum already
            return _refund_confirmation(order_row, form, refunds.quote(order_row, **choice, actor=actor())), 200
        restocked, seen_sum = form.is_restocked.data, form.sum.data
        refund_id = refunds.request_refund(
            order_row.id, **choice, seen_minor=seen_sum, is_restocked=restocked, staff=actor()
        )
    except InvalidInput as refusal:
        form.refuse({name.replace("line ", "units-"): code for name, code in refusal.problems.items()})
    except (WrongState, NotPermitted) as refusal:
        form.say("amount", explain(refusal))
    else:
        flash(_("Reembolso: %(state)s.", state=state_label("refund", refunds.status_of(refund_id))), "good")
        return redirect(url_for(".order", reference=reference), 303)
    return _page(reference, "refund", form), 422


def _refund_confirmation(order_row: addresses.Order, form: RefundForm, found: refunds.RefundQuote) -> str:
    """Return the page that says what goes back, with the sum in its button; it holds the form that was sent."""
    units = form.units or {}
    return render_template(
        "staff/refund_confirm.html",
        order=order_row,
        form=form,
        found=found,
        lines=[(line, units[line.id]) for line in order_row.lines if units.get(line.id)],
        fields=[(name, text) for name, text in request.form.items(multi=True) if name not in _OF_CONFIRMATION],
    )


@bp.post("/orders/<reference>/repeat-refund")
@limited("change")
@requires(Permission.REFUND)
def repeat_refund(reference: str) -> StepResponse:
    """Refund a second payment whose refund failed."""
    return take_step(
        "repeat_refund", reference, StepForm(), "step", lambda key: repeated_refunds.repeat(key, staff=actor())
    )


@bp.post("/orders/<reference>/accept")
@limited("change")
@requires(Permission.REFUND)
def accept(reference: str) -> StepResponse:
    """Accept a payment of another amount."""
    return take_step("accept", reference, StepForm(), "step", lambda key: reviews.accept(key, staff=actor()))


@bp.post("/orders/<reference>/reject")
@limited("change")
@requires(Permission.REFUND)
def reject(reference: str) -> StepResponse:
    """Refund a held payment and cancel its order."""
    return take_step("reject", reference, StepForm(), "step", lambda key: reviews.reject(key, staff=actor()))


@bp.post("/orders/<reference>/settle")
@limited("change")
@requires(Permission.REFUND)
def settle(reference: str) -> StepResponse:
    """Record that an owed refund was paid in another way."""
    form = SettleForm()

    def action(key: int) -> None:
        try:
            failed_refunds.settle_otherwise(key, note=form.settle_note.data or "", staff=actor())
        except InvalidInput as refusal:
            raise InvalidInput({"settle_note": refusal.problems["note"]}) from refusal

    return take_step("settle", reference, form, "settle_note", action)


def take_step(step: str, reference: str, form: Form, field: str, action: Callable[[int], Any]) -> StepResponse:
    """Run a step of an order, or show the page with the error beside the form's field."""
    order_row = admin_orders.get(reference)
    if not form.validate():
        return _page(reference, step, form), 422
    try:
        action(order_row.id)
    except InvalidInput as refusal:
        form.refuse(refusal.problems)
    except (WrongState, OutOfStock, NotPermitted, PaymentProviderError) as refusal:
        form.say(field, _sentence(refusal))
    else:
        flash(step_label(step), "good")
        return redirect(url_for(".order", reference=reference), 303)
    return _page(reference, step, form), 422


def _sentence(refusal: ShopError) -> str:
    if isinstance(refusal, PaymentProviderError):
        return _("Stripe no respondió y el pedido sigue como estaba; inténtalo de nuevo en un momento.")
    return explain(refusal)


def _page(reference: str, step: str = "", refused: Form | None = None) -> str:
    """Return an order's page; `refused` is the form of the step that was refused."""
    order_row = admin_orders.get(reference)
    money = admin_orders.money_of(order_row)
    coming_back = restocking.restockable_units(order_row, order_row.lines) if may_use(".restock") else {}
    forms: dict[str, Any] = {name: kind(formdata=None) for name, kind in _FORMS.items()}
    requests = admin_returns.list_for(order_row)
    waiting = [request for request in requests if request.withdrawal.is_open]
    closing = {
        request_row.withdrawal.sequence: CloseForm(request_row.withdrawal.sequence, formdata=None)
        for request_row in waiting
        if may_use(".close_return")
    }
    corrections = _corrections(order_row.parcels) if may_use(".correct_parcel") else {}
    if isinstance(refused, ParcelForm):
        corrections[refused.sequence] = refused
    if isinstance(refused, CloseForm):
        closing[refused.sequence] = refused
    forms["refund"] = RefundForm(_units_back((line.id for line in order_row.lines), waiting), is_filled=False)
    to_send = parcels.units_to_send(order_row, order_row.lines, order_row.parcels)
    forms["ship"] = ShipForm(to_send, is_filled=False)
    forms["restock"] = RestockForm(coming_back, is_filled=False)
    problems = refused.problems if refused else []
    changes = admin_orders.events_since([order_row.id], seen_event()) if problems else ()
    plan = management.plan_of(order_row)
    steps = admin_orders.next_steps(order_row, money.left_minor)
    has_slip = bool(to_send) and not steps.isdisjoint(_LEAVING)
    if money.second_minor:
        steps |= {"repeat_refund"}
    if plan is not None and plan.ended_at is None:
        steps |= {"end_plan"}
    steps = frozenset(name for name in steps if may_use(f".{_VIEWS.get(name, name)}"))
    return render_template(
        "staff/order.html",
        order=order_row,
        money=money,
        coming_back=coming_back,
        plan=plan,
        returns=requests,
        history=order_row.history if may("money") else admin_orders.without_money(order_row.history),
        steps=steps | ({step} if step else set()),
        forms=forms | ({step: refused} if refused else {}),
        closing=closing,
        to_send=to_send,
        has_slip=has_slip,
        slip_sizes=tuple(SlipSize),
        customer_reference=subjects.reference_of(order_row) if may_use(".customer") else None,
        is_address_open=addresses.is_correctable(order_row),
        corrections=corrections,
        notes=notes.list_for(order_row),
        mails=sent_again.mails_about(order_row) if may_use(".send_mail_again") else (),
        refused=step,
        changes=changes if may("money") else admin_orders.without_money(changes),
        problems=[(f"step-{step}" if field == "step" else field, message) for field, message in problems],
    )


def seen_event() -> int | None:
    """Return how far the order's history went on the page that a form was sent from."""
    text = request.form.get("seen_event", "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < _LONGEST_NUMBER else None


def _corrections(sent: Iterable[Parcel]) -> dict[int, ParcelForm]:
    """Return by number a form for each parcel, as it is now."""
    forms = {}
    for parcel in sent:
        shown = {"carrier": parcel.carrier, "guide": parcel.tracking_number, "tracking_url": parcel.tracking_url}
        forms[parcel.sequence] = ParcelForm(parcel.sequence, formdata=None, data=shown)
    return forms


def _units_back(line_ids: Iterable[int], waiting: Sequence[admin_returns.Request]) -> dict[int, int]:
    """Return the units by line whose refund is due, summed over all return requests."""
    owed = dict.fromkeys(line_ids, 0)
    for request_row in waiting:
        for line, n in request_row.owed:
            owed[line.id] += n
    return owed

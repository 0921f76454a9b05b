"""The texts about subscriptions, in Colombian Spanish and English."""

from __future__ import annotations

from typing import Any

SPANISH = {
    "every_month": "al mes",
    "every_year": "al año",
    "every_day": "al día",
    "every_week": "a la semana",
    "every_count": "cada {count} períodos",
    "due_later": "Luego {price}",
    "trial": "{days} días de prueba; hoy no se cobra",
    "subscribe": "Suscribirme y pagar {amount}",
    "start_trial": "Empezar",
    "plan_note": "Autorizas a {shop} a cobrar tu plan a esta tarjeta hasta que canceles.",
    "card_renewal": "Se aprueba hoy; las renovaciones fallan",
    "portal_title": "Tu plan y tu tarjeta",
    "portal_back": "Volver a {shop}",
    "no_plans": "No tienes planes activos.",
    "plan_trialing": "En prueba",
    "plan_active": "Activo",
    "plan_past_due": "Pago pendiente",
    "plan_paused": "En pausa",
    "next_charge": "Próximo cobro: {date}",
    "ends_on": "Termina el {date}. No se cobra más.",
    "behind": "El último cobro no pasó. Cambia la tarjeta para pagarlo.",
    "card_ending": "{brand} terminada en {last4}",
    "invoices": "Facturas",
    "invoice_open": "Pendiente",
    "invoice_paid": "Pagada",
    "invoice_uncollectible": "Sin cobrar",
    "invoice_void": "Anulada",
    "cancel_plan": "Cancelar el plan",
    "resume_plan": "Seguir con el plan",
    "change_card": "Cambiar la tarjeta",
    "save_card": "Guardar la tarjeta",
    "done_card": "Guardamos tu tarjeta.",
    "done_cancel": "Tu plan termina en la fecha que ves. Puedes cambiar de opinión hasta entonces.",
    "done_resume": "Tu plan sigue.",
}
ENGLISH = {
    "every_month": "a month",
    "every_year": "a year",
    "every_day": "a day",
    "every_week": "a week",
    "every_count": "every {count} periods",
    "due_later": "Then {price}",
    "trial": "{days} days free; nothing is charged today",
    "subscribe": "Subscribe and pay {amount}",
    "start_trial": "Start",
    "plan_note": "You allow {shop} to charge your plan to this card until you cancel.",
    "card_renewal": "Is approved today; renewals fail",
    "portal_title": "Your plan and your card",
    "portal_back": "Back to {shop}",
    "no_plans": "You have no active plans.",
    "plan_trialing": "Trial",
    "plan_active": "Active",
    "plan_past_due": "Payment due",
    "plan_paused": "Paused",
    "next_charge": "Next charge: {date}",
    "ends_on": "Ends on {date}. Nothing more is charged.",
    "behind": "The last charge did not go through. Change the card to pay it.",
    "card_ending": "{brand} ending in {last4}",
    "invoices": "Invoices",
    "invoice_open": "Due",
    "invoice_paid": "Paid",
    "invoice_uncollectible": "Not collected",
    "invoice_void": "Void",
    "cancel_plan": "Cancel the plan",
    "resume_plan": "Keep the plan",
    "change_card": "Change the card",
    "save_card": "Save the card",
    "done_card": "Your card is saved.",
    "done_cancel": "Your plan ends on the date you see. You can change your mind until then.",
    "done_resume": "Your plan goes on.",
}


def interval_label(recurring: dict[str, Any], t: dict[str, str]) -> str:
    """Return how often a price is charged."""
    if recurring["interval_count"] == 1:
        return t[f"every_{recurring['interval']}"]
    return t["every_count"].format(count=recurring["interval_count"])

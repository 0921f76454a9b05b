"""Labels of the back office for goods."""

from flask_babel import lazy_gettext as _l

from storefront.enums import BillingInterval, ProductStatus, TaxRate, WithdrawalExclusion
from storefront.enums.opening import OpeningStep

_STATUSES = {
    ProductStatus.DRAFT: (_l("Borrador"), "neutral"),
    ProductStatus.PUBLISHED: (_l("Publicado"), "good"),
    ProductStatus.ARCHIVED: (_l("Archivado"), "waiting"),
}
_RATES = {
    TaxRate.GENERAL: _l("19 %, tarifa general"),
    TaxRate.REDUCED: _l("5 %"),
    TaxRate.ZERO: _l("0 %, exento"),
    TaxRate.EXCLUDED: _l("Sin IVA, excluido"),
}
_EXCLUSIONS = {
    WithdrawalExclusion.PERSONAL_USE: _l("Sin retracto: uso personal"),
    WithdrawalExclusion.PERISHABLE: _l("Sin retracto: perecedero"),
    WithdrawalExclusion.CUSTOM_MADE: _l("Sin retracto: hecho a la medida"),
}
_INTERVALS = {BillingInterval.MONTH: _l("Mes"), BillingInterval.YEAR: _l("Año")}

_OPENING = {
    OpeningStep.GOODS: _l("Publica tu primer producto"),
    OpeningStep.TARIFF: _l("Carga las tarifas de envío"),
    OpeningStep.SELLER: _l("Escribe los datos del vendedor: nombre, NIT, dirección, teléfono y correo"),
    OpeningStep.WAREHOUSE: _l("Indica a qué correo avisamos de los pedidos por preparar"),
    OpeningStep.STRIPE: _l("Conecta Stripe: todavía no ha llegado ningún aviso de pago"),
    OpeningStep.MAIL: _l("Indica desde qué dirección salen los correos"),
}


def opening_label(step: OpeningStep) -> str:
    """Return what the owner of a new shop still has to do."""
    return str(_OPENING[step])


def product_status_label(status: ProductStatus) -> str:
    """Return the name of a product's status."""
    return str(_STATUSES[status][0])


def product_status_tone(status: ProductStatus) -> str:
    """Return the colour of a product's status."""
    return _STATUSES[status][1]


def tax_rate_label(rate: TaxRate) -> str:
    """Return the name of a rate of IVA, as staff choose it."""
    return str(_RATES[rate])


def exclusion_label(reason: WithdrawalExclusion) -> str:
    """Return why nobody may withdraw from a purchase, as staff choose it."""
    return str(_EXCLUSIONS[reason])


def interval_label(interval: BillingInterval) -> str:
    """Return how often a plan is charged, as staff choose it."""
    return str(_INTERVALS[interval])

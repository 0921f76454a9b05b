"""The form of a product: what was typed, as text, and what it means.

All fields are texts, so that what cannot be read is shown again as it was typed. The grid of variants follows the
options that are typed beside it: a row belongs to its values, wherever it stands.
"""

import json
from collections.abc import Iterator, Mapping
from typing import Any

from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, FieldList, FormField, HiddenField, SelectField, StringField, TextAreaField
from wtforms import Form as PlainForm

from storefront.enums import BillingInterval, ProductKind, ProductStatus, TaxRate, WithdrawalExclusion
from storefront.i18n import field_message, kind_label
from storefront.i18n.goods import exclusion_label, interval_label, product_status_label, tax_rate_label
from storefront.services.catalogue.checking import problems_of
from storefront.services.catalogue.drafts import LOW_STOCK_AT, ProductDraft, VariantDraft, combinations
from storefront.web.admin.product_values import (
    MOST_OPTIONS,
    member,
    or_problem,
    read_facts,
    read_moment,
    read_number,
    read_pesos,
    read_values,
)
from storefront.web.forms import Form, clean_line, clean_lines
from storefront.web.number_fields import whole_number


def line(label: Any, **options: Any) -> StringField:
    """Return a field of one line."""
    return StringField(label, filters=[clean_line], **options)


class OptionFields(PlainForm):  # type: ignore[misc]
    """An option: its name, and its values separated by commas."""

    name = line(_l("Opción"))
    name_en = line(_l("Opción en inglés"))
    values = line(_l("Valores, separados por comas"))
    values_en = line(_l("Valores en inglés, en el mismo orden"))

    @property
    def is_empty(self) -> bool:
        """Return whether nothing is typed."""
        return not any(field.data for field in self)


class VariantFields(PlainForm):  # type: ignore[misc]
    """A row of the grid; `of` holds the values that it is for, and `is_stored` whether it was saved before."""

    of = HiddenField()
    is_stored = HiddenField()
    sku = line(_l("SKU"))
    barcode = line(_l("Código de barras"))
    price = line(_l("Precio propio"))
    original_price = line(_l("Precio anterior"))
    weight = line(_l("Peso en gramos"))
    low_stock_at = line(_l("Avisar desde"), default=str(LOW_STOCK_AT))
    received = line(_l("Unidades que llegan"))
    interval = SelectField(_l("Se cobra cada"), validate_choice=False, default=BillingInterval.MONTH)
    trial_days = line(_l("Días de prueba"))
    is_active = BooleanField(_l("A la venta"), default=True)

    def __init__(self, *args: Any, **values: Any) -> None:
        super().__init__(*args, **values)
        sold = (BillingInterval.MONTH, BillingInterval.YEAR)
        self.interval.choices = [(interval, interval_label(interval)) for interval in sold]

    @property
    def key(self) -> tuple[str, ...]:
        """Return the values that the row is for."""
        return read_values(self.of.data)

    @property
    def title(self) -> str:
        """Return what tells the row from the others."""
        return ", ".join(self.key)


class ProductForm(Form):
    """A product with its options and variants; `version` is that of the product which the page showed."""

    name = line(_l("Nombre"))
    name_en = line(_l("Nombre en inglés"))
    description = TextAreaField(_l("Descripción"), filters=[clean_lines])
    description_en = TextAreaField(_l("Descripción en inglés"), filters=[clean_lines])
    category = SelectField(_l("Categoría"), validate_choice=False, default="")
    new_category = line(_l("Categoría nueva"))
    new_category_en = line(_l("Categoría nueva en inglés"))
    kind = SelectField(_l("Tipo"), validate_choice=False, default=ProductKind.PHYSICAL)
    price = line(_l("Precio con IVA, en pesos"))
    status = SelectField(_l("Estado"), validate_choice=False, default=ProductStatus.DRAFT)
    published_from = StringField(_l("Publicar desde"))
    slug = line(_l("Dirección de la página"))
    brand = line(_l("Marca"))
    tax_rate = SelectField(_l("IVA"), validate_choice=False, default=TaxRate.GENERAL)
    withdrawal_exception = SelectField(_l("Retracto"), validate_choice=False, default="")
    facts = TextAreaField(_l("Ficha técnica"), filters=[clean_lines])
    facts_en = TextAreaField(_l("Ficha técnica en inglés"), filters=[clean_lines])
    options = FieldList(FormField(OptionFields), min_entries=MOST_OPTIONS, max_entries=MOST_OPTIONS)
    variants = FieldList(FormField(VariantFields), min_entries=1)
    version = HiddenField(default="0")

    def __init__(self, categories: list[tuple[str, str]], **values: Any) -> None:
        super().__init__(**values)
        self._offer(categories)
        self.kind.choices = [(kind, kind_label(kind)) for kind in ProductKind]
        self.status.choices = [(status, product_status_label(status)) for status in ProductStatus]
        self.tax_rate.choices = [(rate, tax_rate_label(rate)) for rate in TaxRate if rate]
        self.withdrawal_exception.choices = [
            ("", _l("Se puede retractar")),
            *((reason, exclusion_label(reason)) for reason in WithdrawalExclusion),
        ]
        self.draw_grid()

    def choose_category(self, category_id: int, categories: list[tuple[str, str]]) -> None:
        """Choose a category that was made a moment ago."""
        self._offer(categories)
        self.category.data, self.new_category.data, self.new_category_en.data = str(category_id), "", ""

    def _offer(self, categories: list[tuple[str, str]]) -> None:
        self.category.choices = [("", _l("Elige una")), *categories]

    def all_fields(self) -> Iterator[Any]:
        """Return the fields in the order of the page, those of options and rows too."""
        for field in self:
            if isinstance(field, FieldList):
                for entry in field.entries:
                    yield from entry.form
            else:
                yield field

    def refuse(self, problems: Mapping[str, str]) -> None:
        """Show each problem at its field; a field of a row has the message of its column."""
        for field in self.all_fields():
            if field.name in problems:
                field.errors = [field_message(problems[field.name], field.short_name)]

    @property
    def seen_version(self) -> int:
        """Return the version that the page showed."""
        return whole_number(self.version.data or "") or 0

    @property
    def is_plan(self) -> bool:
        """Return whether a plan is typed."""
        return bool(self.kind.data == ProductKind.SUBSCRIPTION)

    def draw_grid(self) -> None:
        """Give every combination of the typed options its row, with what was typed for it; the others go."""
        self._close_gaps()
        options = self._options()
        if any(not option["values"] for option in options):
            return
        wanted = combinations(options)[:_MOST_ROWS]
        rows = {entry.form.key: entry.form.data for entry in self.variants.entries}
        if list(rows) == wanted and len(rows) == len(self.variants.entries):
            return
        while self.variants.entries:
            self.variants.pop_entry()
        for values in wanted:
            self.variants.append_entry(rows.get(values) or {"of": json.dumps(values)})

    def read(self) -> tuple[ProductDraft, dict[str, str]]:
        """Return what is typed, and an error code for each field that does not hold what it should."""
        problems: dict[str, str] = {}
        draft = ProductDraft(
            kind=member(ProductKind, self.kind.data) or ProductKind.PHYSICAL,
            name=self.name.data or "",
            name_en=self.name_en.data or "",
            description=self.description.data or "",
            description_en=self.description_en.data or "",
            category_id=whole_number(self.category.data or "") or 0,
            slug=self.slug.data or "",
            brand=self.brand.data or "",
            tax_rate=member(TaxRate, self.tax_rate.data) or TaxRate.GENERAL,
            withdrawal_exception=member(WithdrawalExclusion, self.withdrawal_exception.data),
            status=member(ProductStatus, self.status.data) or ProductStatus.DRAFT,
            published_from=or_problem(problems, "published_from", read_moment, self.published_from.data),
            facts=tuple(read_facts(self.facts.data or "", self.facts_en.data or "", problems)),
            options=tuple(self._options()),
            variants=tuple(self._variants(problems)),
        )
        return draft, _with_price(problems_of(draft) | problems, self)

    def _options(self) -> list[Any]:
        typed = [entry.form for entry in self.options.entries if not entry.form.is_empty]
        return [
            {
                "name": form.name.data,
                "name_en": form.name_en.data or form.name.data,
                "values": _split(form.values.data),
                "values_en": _split(form.values_en.data) or _split(form.values.data),
            }
            for form in typed
        ]

    def _close_gaps(self) -> None:
        """Move the options that are typed before the empty ones, so that a problem is shown at its option."""
        typed = [entry.form.data for entry in self.options.entries if not entry.form.is_empty]
        while self.options.entries:
            self.options.pop_entry()
        for one in typed + [{}] * (MOST_OPTIONS - len(typed)):
            self.options.append_entry(one)

    def _variants(self, problems: dict[str, str]) -> Iterator[VariantDraft]:
        common = or_problem(problems, "price", read_pesos, self.price.data)
        for index, entry in enumerate(self.variants.entries):
            yield self._variant(entry.form, f"variants-{index}", common, problems)

    def _variant(self, row: Any, name: str, common: int | None, problems: dict[str, str]) -> VariantDraft:
        def number(field: str, otherwise: int | None) -> Any:
            return or_problem(problems, f"{name}-{field}", lambda text: read_number(text, otherwise), row[field].data)

        own = or_problem(problems, f"{name}-price", read_pesos, row.price.data)
        return VariantDraft(
            values=row.key,
            sku=row.sku.data or "",
            barcode=row.barcode.data or "",
            price_minor=common if own is None else own,
            original_price_minor=or_problem(problems, f"{name}-original_price", read_pesos, row.original_price.data),
            weight_grams=number("weight", None),
            is_active=bool(row.is_active.data),
            low_stock_at=number("low_stock_at", LOW_STOCK_AT) or 0,
            interval=member(BillingInterval, row.interval.data) if self.is_plan else None,
            trial_days=(number("trial_days", 0) or 0) if self.is_plan else 0,
            units=number("received", 0) or 0,
        )


_MOST_ROWS = 60


def _with_price(problems: dict[str, str], form: ProductForm) -> dict[str, str]:
    """Move a problem of the common price from the rows without a price of their own to where it is typed."""
    for index, entry in enumerate(form.variants.entries):
        if not entry.form.price.data and (code := problems.pop(f"variants-{index}-price", "")):
            problems.setdefault("price", code)
    return problems


def _split(text: str | None) -> list[str]:
    return [value.strip() for value in (text or "").split(",") if value.strip()]

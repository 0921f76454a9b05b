"""The form of a product: what was typed, as text, and what it means.

All fields are texts, so that what cannot be read is shown again as it was typed. The grid of variants follows the
options that are typed beside it: a row belongs to its values, wherever it stands, and a stored one to the values that
it had, whatever they are called now.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, FieldList, FormField, HiddenField, SelectField, StringField, TextAreaField
from wtforms import Form as PlainForm

from storefront.enums import BillingInterval, ProductKind, ProductStatus, TaxRate, WithdrawalExclusion
from storefront.i18n import field_message, kind_label
from storefront.i18n.goods import exclusion_label, interval_label, product_status_label, tax_rate_label
from storefront.services.catalogue import renaming
from storefront.services.catalogue.checking import MAX_VARIANTS, problems_of
from storefront.services.catalogue.drafts import LOW_STOCK_AT, ProductDraft, ValueRename, VariantDraft, combinations
from storefront.web.admin.product_values import (
    MOST_OPTIONS,
    member,
    or_problem,
    read_facts,
    read_moment,
    read_number,
    read_pesos,
    read_values,
    rows_of,
    split_values,
)
from storefront.web.forms import Form, clean_line, clean_lines
from storefront.web.number_fields import whole_number

_NAMED, _GONE = "=", "gone"
"""What the choice of a new name begins with, and the choice of none."""


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
    """A row of the grid; `of` holds the values that it is for, and `was` those that it is stored with, if it is."""

    of = HiddenField()
    was = HiddenField()
    sku = line(_l("SKU"))
    barcode = line(_l("Código de barras"))
    price = line(_l("Precio propio"))
    original_price = line(_l("Precio anterior"))
    weight = line(_l("Peso en gramos"))
    low_stock_at = line(_l("Avisar al llegar a"), default=str(LOW_STOCK_AT))
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
    def stored_key(self) -> tuple[str, ...] | None:
        """Return the values that the row is stored with, or None for a new one."""
        return read_values(self.was.data) if self.was.data else None

    @property
    def title(self) -> str:
        """Return what tells the row from the others."""
        return ", ".join(self.key)


class RenameFields(PlainForm):  # type: ignore[misc]
    """What became of a value of the stored option at this place that is not typed any more."""

    option = HiddenField()
    old = HiddenField()
    new = SelectField(_l("Qué pasó"), validate_choice=False)

    @property
    def rename(self) -> ValueRename:
        """Return the answer."""
        answer = self.new.data or ""
        name = answer.removeprefix(_NAMED) if answer.startswith(_NAMED) else ""
        return ValueRename(int(self.option.data), self.old.data, name)


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
    renames = FieldList(FormField(RenameFields))
    variants = FieldList(FormField(VariantFields), min_entries=1)
    version = HiddenField(default="0")

    def __init__(self, categories: list[tuple[str, str]], stored: ProductDraft | None = None, **values: Any) -> None:
        super().__init__(**values)
        self._stored = stored
        self._offer(categories)
        self.kind.choices = [(kind, kind_label(kind)) for kind in ProductKind]
        self.status.choices = [(status, product_status_label(status)) for status in ProductStatus]
        self.tax_rate.choices = [(rate, tax_rate_label(rate)) for rate in TaxRate if rate]
        self.withdrawal_exception.choices = [
            ("", _l("Se puede retractar")),
            *((reason, exclusion_label(reason)) for reason in WithdrawalExclusion),
        ]
        self._close_gaps()
        self._unanswered = self._ask_for_names()
        self.draw_grid()

    @classmethod
    def typed_over(
        cls, categories: list[tuple[str, str]], typed: "ProductForm", stored: ProductDraft, version: int
    ) -> "ProductForm":
        """Return what was typed as a change of a later version of the product."""
        rows = [row | {"was": row["of"]} for row in typed.variants.data]
        return cls(categories, stored, formdata=None, data=typed.data | {"variants": rows, "version": str(version)})

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
        options = self._options()
        if any(not option["values"] for option in options):
            return
        typed = [entry.form for entry in self.variants.entries]
        stored = {self._by_present_names(values): row for values, row in self._stored_rows().items()}
        rows: dict[Any, dict[str, Any]] = {row.key: row.data for row in typed if row.stored_key is None} | stored
        rows |= {self._by_present_names(row.stored_key): row.data for row in typed if row.stored_key is not None}
        while self.variants.entries:
            self.variants.pop_entry()
        for values in combinations(options, MAX_VARIANTS):
            row = rows.get(values, {})
            was = (stored.get(values, {}) if self._stored else row).get("was", "")
            self.variants.append_entry(row | {"of": json.dumps(values), "was": was})

    def _stored_rows(self) -> dict[tuple[str, ...], dict[str, Any]]:
        return rows_of(self._stored) if self._stored else {}

    def _by_present_names(self, values: tuple[str, ...]) -> tuple[str, ...]:
        return renaming.renamed(values, self._renames())

    def _renames(self) -> tuple[ValueRename, ...]:
        """Return what became of each value that is not typed any more, as far as it is said or likely."""
        return tuple(entry.form.rename for entry in self.renames.entries)

    def _ask_for_names(self) -> list[str]:
        """Ask about each lost value, with what was answered before, and return the fields that nobody answered."""
        answers = {(one.form.option.data, one.form.old.data): one.form.new.data for one in self.renames.entries}
        while self.renames.entries:
            self.renames.pop_entry()
        unanswered = []
        for lost in renaming.lost_values(self._options_before(), self._options()):
            answer = answers.get((str(lost.option), lost.old))
            field = self.renames.append_entry({"option": str(lost.option), "old": lost.old, "new": answer}).form.new
            field.choices = _names_of(lost)
            if not answer or answer not in dict(field.choices):
                field.data = f"{_NAMED}{lost.likely}" if lost.likely else ""
                unanswered.append(field.name)
        return unanswered if self._stored else []

    def _options_before(self) -> Sequence[Any]:
        """Return the stored options, or for a product that changed meanwhile those that the rows still know."""
        if self._stored:
            return self._stored.options
        rows = [entry.form.stored_key for entry in self.variants.entries if entry.form.stored_key]
        lists = (list(dict.fromkeys(values)) for values in zip(*rows, strict=False))
        return [option | {"values": values} for option, values in zip(self._options(), lists, strict=False)]

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
            renames=self._renames(),
        )
        problems |= dict.fromkeys(self._unanswered, "required")
        return draft, _with_price(problems_of(draft) | problems, self)

    def _options(self) -> list[Any]:
        typed = [entry.form for entry in self.options.entries if not entry.form.is_empty]
        return [
            {
                "name": form.name.data,
                "name_en": form.name_en.data or form.name.data,
                "values": split_values(form.values.data),
                "values_en": split_values(form.values_en.data) or split_values(form.values.data),
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


def _with_price(problems: dict[str, str], form: ProductForm) -> dict[str, str]:
    """Move a problem of the common price from the rows without a price of their own to where it is typed."""
    for index, entry in enumerate(form.variants.entries):
        if not entry.form.price.data and (code := problems.pop(f"variants-{index}-price", "")):
            problems.setdefault("price", code)
    return problems


def _names_of(lost: renaming.LostValue) -> list[tuple[str, Any]]:
    names = [(f"{_NAMED}{name}", name) for name in lost.names]
    return [("", _l("Elige…")), *names, (_GONE, _l("Ninguno: deja de venderse"))]

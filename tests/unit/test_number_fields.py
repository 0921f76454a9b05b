"""Whole numbers as people type them, read by WTForms' fields; no database."""

import pytest
from werkzeug.datastructures import MultiDict
from wtforms import Form

from storefront.web.number_fields import LineUnits, PesosField, SeenNumberField, WholeNumberField


class Numbers(Form):
    """One field of each kind."""

    whole = WholeNumberField(invalid_value_message="wrong")
    pesos = PesosField(invalid_value_message="wrong")
    seen = SeenNumberField()


@pytest.mark.parametrize(
    ("typed", "whole", "pesos", "seen"),
    [
        ("0", 0, 0, 0),
        ("12", 12, 12, 12),
        (" 7\u200b ", 7, 7, 7),
        ("$ 12.500", None, 12_500, None),
        ("", None, None, None),
        ("uno", None, None, None),
        ("-1", None, None, None),
        ("+1", None, None, None),
        ("1_000", None, None, None),
        ("1e3", None, None, None),
        ("\u0661", None, None, None),
        ("\u00b2", None, None, None),
        ("9" * 5000, None, None, None),
    ],
)
def test_a_number_is_its_digits(typed: str, whole: int | None, pesos: int | None, seen: int | None) -> None:
    form = Numbers(MultiDict({"whole": typed, "pesos": typed, "seen": typed}))
    assert (form.whole.data, form.pesos.data, form.seen.data) == (whole, pesos, seen)
    form.validate()
    assert form.whole.errors == ([] if whole is not None else ["wrong"])
    assert form.pesos.errors == ([] if pesos is not None or not typed else ["wrong"])
    assert form.seen.errors == [], "what a page showed is nobody's mistake"
    assert form.whole.typed == typed


def test_units_stay_with_their_line() -> None:
    """A FieldList would close the gap that a missing line leaves."""
    lines = LineUnits("units", {41: 0, 57: 0, 90: 2}, "wrong")
    lines.process(MultiDict({"units-57": "3", "units-12": "9", "units-90": ""}))
    assert lines.validate()
    assert lines.units == {41: 0, 57: 3, 90: 0}
    assert lines.of(12) is None


@pytest.mark.parametrize("typed", ["x", "-1", "10000"])
def test_what_is_no_number_of_units_is_told_at_its_line(typed: str) -> None:
    lines = LineUnits("units", {41: 0, 57: 0}, "wrong")
    lines.process(MultiDict({"units-57": typed}))
    assert not lines.validate()
    assert [(field.name, field.errors[0]) for field in lines if field.errors] == [("units-57", "wrong")]

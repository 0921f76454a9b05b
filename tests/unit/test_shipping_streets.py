"""Street addresses are written the usual way, and never guessed at."""

import pytest

from storefront.domain.shipping import normalise_street


@pytest.mark.parametrize(
    ("typed", "written"),
    [
        ("cra 7 12 34 apto 501", "Carrera 7 # 12-34 Apto 501"),
        ("Calle 123 #45-67", "Calle 123 # 45-67"),
        ("cll 85 # 12 - 28", "Calle 85 # 12-28"),
        ("Kr. 7A bis # 100-15 sur", "Carrera 7A Bis # 100-15 Sur"),
        ("calle 26 sur 7 a 12 este", "Calle 26 Sur # 7A-12 Este"),
        ("av cra 68 no. 22 45, torre 3 apto 201", "Avenida Carrera 68 # 22-45, Torre 3 Apto 201"),
        ("AC 100 # 8A-55", "Avenida Calle 100 # 8A-55"),
        ("dg 5b #12c-3", "Diagonal 5B # 12C-3"),
        ("transversal 93 51-98", "Transversal 93 # 51-98"),
        ("circular 4 n° 70-15", "Circular 4 # 70-15"),
        ("Cra. 15 No 93A-62 of 301", "Carrera 15 # 93A-62 Of 301"),
        ("carrera 7 # 12-34 frente al parque", "Carrera 7 # 12-34 frente al parque"),
    ],
)
def test_what_is_understood_is_rewritten_once(typed: str, written: str) -> None:
    assert normalise_street(typed) == written
    assert normalise_street(written) == written


@pytest.mark.parametrize(
    "typed",
    [
        "Vereda El Rosal, finca La Esperanza km 3",
        "Autopista Norte km 17",
        "Calle 10 N 20-30",
        "Manzana C casa 12",
        "calle 10",
        "Carrera 7 con calle 12",
        "",
    ],
)
def test_what_is_not_understood_stays_as_typed(typed: str) -> None:
    assert normalise_street(typed) == typed

"""The table of municipalities is whole, and names are understood the way shoppers type them."""

import hashlib
import re
from collections import Counter
from importlib.resources import files

import pytest

from storefront.domain.shipping import departments, find, find_department, get, municipalities, municipalities_of
from storefront.enums import Zone
from storefront.text import fold


def _every() -> list[municipalities.Municipality]:
    return [place for code, _ in departments() for place in municipalities_of(code)]


def test_the_file_is_the_one_the_docstring_describes() -> None:
    raw = files("storefront.domain.shipping").joinpath("municipalities.csv").read_bytes()
    assert hashlib.sha256(raw).hexdigest() in (municipalities.__doc__ or "")


def test_there_are_1123_rows_in_33_departments() -> None:
    places = _every()
    assert len(departments()) == 33
    assert len(places) == len({place.code for place in places}) == 1123


def test_codes_keep_their_zeros_and_belong_to_their_department() -> None:
    for place in _every():
        assert re.fullmatch(r"\d{5}", place.code)
        assert place.code.startswith(place.department_code)
        assert place.name == place.name.strip() != ""


def test_names_are_unique_within_a_department() -> None:
    names = Counter((place.department_code, fold(place.name)) for place in _every())
    assert [name for name, count in names.items() if count > 1] == []


def test_departments_are_sorted_without_regard_to_accents() -> None:
    names = [name for _, name in departments()]
    assert names[:6] == ["Amazonas", "Antioquia", "Arauca", "Atlántico", "Bogotá D.C.", "Bolívar"]
    assert ("11", "Bogotá D.C.") in departments()


def test_enye_follows_n() -> None:
    names = [place.name for place in municipalities_of("05")]
    assert names.index("Caldas") < names.index("Campamento") < names.index("Cañasgordas") < names.index("Caracolí")


def test_an_unknown_department_is_empty() -> None:
    assert municipalities_of("00") == ()


def test_get_raises_for_an_unknown_code() -> None:
    assert get("11001").name == "Bogotá D.C."
    with pytest.raises(KeyError):
        get("00000")


@pytest.mark.parametrize(
    ("city", "department", "code"),
    [
        ("Bogotá", "Cundinamarca", "11001"),
        ("bogota d.c.", "Bogotá D.C.", "11001"),
        ("BOGOTÁ DC", "cundinamarca", "11001"),
        ("Bogotá, D.C.", None, "11001"),
        ("Bogotá", "11", "11001"),
        ("11001", None, "11001"),
        ("  medellin ", "ANTIOQUIA", "05001"),
        ("Cartagena de Indias", "Bolivar", "13001"),
        ("Cartagena", None, "13001"),
        ("Cúcuta", "Norte de Santander", "54001"),
        ("San José de Cúcuta", "N. de Santander", "54001"),
        ("Santiago de Cali", "Valle", "76001"),
        ("cali", "Valle del Cauca", "76001"),
        ("Tumaco", "Nariño", "52835"),
        ("San Andrés de Tumaco", "narino", "52835"),
        ("Buga", "Valle del Cauca", "76111"),
        ("Guadalajara de Buga", None, "76111"),
        ("Mompox", "Bolívar", "13468"),
        ("Santa Cruz de Mompós", "Bolívar", "13468"),
        ("Carmen de Viboral", "Antioquia", "05148"),
        ("San Andrés", None, "88001"),
        ("San Andrés", "San Andrés y Providencia", "88001"),
        ("San Andrés", "Archipiélago de San Andrés, Providencia y Santa Catalina", "88001"),
        ("San Andrés", "Santander", "68669"),
        ("San Andrés", "Antioquia", "05647"),
        ("Providencia", "San Andrés", "88564"),
        ("Armenia", None, "63001"),
        ("Armenia", "Antioquia", "05059"),
        ("Florencia", None, "18001"),
        ("Florencia", "Cauca", "19290"),
        ("Mosquera", None, "25473"),
        ("Mosquera", "Nariño", "52473"),
        ("Rionegro", None, "05615"),
        ("Villanueva", "La Guajira", "44874"),
        ("Villanueva", "Guajira", "44874"),
        ("Guachené", "Cauca", "19300"),
        ("Medellín", "Cundinamarca", None),
        ("Soacha", "Bogotá D.C.", None),
        ("Bogotá", "Antioquia", None),
        ("Bogotá", "Narnia", None),
        ("Santander", None, None),
        ("", None, None),
        ("", "Antioquia", None),
        ("D.C.", None, None),
        ("Medellín, Antioquia", None, "05001"),
        ("Medellín (Antioquia)", None, "05001"),
        ("Cali - Valle del Cauca, Colombia", None, "76001"),
        ("Bello Ant.", None, "05088"),
        ("San Andrés, Antioquia", None, "05647"),
        ("Medellín, Antioquia", "Antioquia", "05001"),
        ("Medellín, Antioquia", "Cundinamarca", None),
        ("Cali, Antioquia", None, None),
        ("Bogotá, D.C., Colombia", None, "11001"),
        ("Colombia", "Huila", "41206"),
        ("Colombia, Huila", None, "41206"),
        ("Providencia", None, "88564"),
        ("Providencia, San Andrés", None, "88564"),
        ("Isla de Providencia", None, "88564"),
        ("Providencia", "Nariño", "52565"),
        ("Providencia, Nariño", None, "52565"),
        ("Sotará Paispamba", None, "19760"),
        ("Sotará - Paispamba", "Cauca", "19760"),
        ("Piendamó - Tunía", "Cauca", "19548"),
        ("Puerto Inírida", None, "94001"),
        ("Pto. Asís", "Putumayo", "86568"),
        ("Sta Marta", None, "47001"),
        ("Río Negro", None, "05615"),
        ("Villacaro", "Norte de Santander", "54871"),
    ],
)
def test_find(city: str, department: str | None, code: str | None) -> None:
    place = find(city, department)
    assert (place.code if place else None) == code


def test_every_municipality_is_found_by_its_own_name_and_department() -> None:
    for place in _every():
        assert find(place.name, place.department) == place
        assert find(place.code) == place


@pytest.mark.parametrize(
    ("name", "code"),
    [("Bogotá", "11"), ("distrito capital", "11"), ("valle", "76"), ("05", "05"), ("Chocó", "27"), ("X", None)],
)
def test_find_department(name: str, code: str | None) -> None:
    assert find_department(name) == code


@pytest.mark.parametrize(
    ("code", "zone"),
    [
        ("11001", Zone.LOCAL),
        ("25754", Zone.LOCAL),
        ("25175", Zone.LOCAL),
        ("05001", Zone.MAIN),
        ("05360", Zone.MAIN),
        ("76892", Zone.MAIN),
        ("08758", Zone.MAIN),
        ("15001", Zone.MAIN),
        ("05042", Zone.NATIONAL),
        ("95001", Zone.NATIONAL),
        ("27001", Zone.NATIONAL),
        ("27495", Zone.REMOTE),
        ("88001", Zone.REMOTE),
        ("91001", Zone.REMOTE),
        ("97001", Zone.REMOTE),
    ],
)
def test_zone(code: str, zone: Zone) -> None:
    assert get(code).zone is zone


@pytest.mark.parametrize(
    ("text", "folded"),
    [("Nariño", "narino"), ("BOGOTÁ, D.C.", "bogota d c"), ("  a--b\tc ", "a b c"), ("Güepsa", "guepsa"), ("¡!", "")],
)
def test_fold(text: str, folded: str) -> None:
    assert fold(text) == folded

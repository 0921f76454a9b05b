"""A shop of any size: goods, stock, customers and years of orders, written by the database itself."""

import json

from sqlalchemy import Connection, text

from storefront.domain.search.words import stem

FIRST_SLUG = "articulo-1"
SIZES = ("S", "M", "L", "XL", "XXL")
"""Values of the option that products have where they have several variants."""

_PRODUCTS = """
INSERT INTO products (id, slug, kind, status, name, name_en, description, description_en, price_minor, price_max_minor,
    tax_rate, category_id, brand, image, popularity, search_text, download_limit, download_days, created_at, options)
SELECT 'bench' || lpad(n::text, 21, '0'), 'articulo-' || n, 'physical', 'published',
    initcap(noun || ' ' || adjective) || ' ' || n, initcap(noun || ' ' || adjective) || ' ' || n,
    repeat('Pensado para entrenar en casa o en el gimnasio. ', 6), repeat('Made to train with at home or away. ', 6),
    (5000 + (n::bigint * 7919) % 400000) * 100, (5000 + (n::bigint * 7919) % 400000) * 100, 'general',
    (SELECT id FROM categories ORDER BY id OFFSET n % (SELECT count(*) FROM categories) LIMIT 1),
    'Marca ' || n % 40, (SELECT image FROM products WHERE slug = 'whey-protein-2lb'), (n::bigint * 104729) % 100000,
    lower(noun || ' ' || adjective || ' ' || n || ' marca ' || n % 40) || ' pensado para entrenar en casa', 5, 365,
    now() - n * interval '1 minute', CAST(:options AS json)
FROM (SELECT n, (ARRAY['mancuerna','barra','colchoneta','banda','guante','cuerda','disco','kettlebell','botella',
    'camiseta','proteina','creatina','balon','rodillo','step','cinturon','maleta','toalla','tobillera','pantaloneta'])
    [1 + n % 20] AS noun, (ARRAY['ligera','pesada','azul','roja','negra','plegable','ajustable','profesional','corta',
    'larga','suave','firme','clasica','urbana','andina','costera','llanera','paisa','bogotana','calena','tolimense',
    'santandereana','cafetera']) [1 + (n / 20) % 23] AS adjective FROM generate_series(1, :products) AS n) AS made
"""
# The words of names and descriptions by the shop's own stems, which `_stems` fills in.
_WORDS = """
INSERT INTO search_words (word, product_id, weight, rank, written)
SELECT word, id, weight, weight * 1000000 + popularity, written FROM (
SELECT DISTINCT stems.word, products.id, products.popularity,
    CASE WHEN position(split.word IN lower(products.name)) > 0 THEN 4 ELSE 1 END AS weight, split.word AS written
FROM products, regexp_split_to_table(products.search_text, ' ') AS split (word),
    json_each_text(CAST(:stems AS json)) AS stems (written, word)
WHERE products.id LIKE 'bench%' AND stems.written = split.word
UNION SELECT split_part(products.name, ' ', 3), products.id, products.popularity, 4, split_part(products.name, ' ', 3)
FROM products WHERE products.id LIKE 'bench%') AS made
"""
_DISTINCT = """
SELECT DISTINCT word FROM (SELECT search_text FROM products WHERE id LIKE 'bench%' ORDER BY id LIMIT 2000) AS few,
    regexp_split_to_table(search_text, ' ') AS split (word) WHERE word ~ '^[a-z]'
"""
# The first variant of a product has its id, as those from before there were options do.
_VARIANTS = """
INSERT INTO variants (id, product_id, sku, price_minor, option_values, option_key, position)
SELECT CASE WHEN size.place = 1 THEN products.id ELSE 'bench' || right(products.id, 19) || '-' || size.place END,
    products.id, upper(slug) || CASE WHEN size.value = '' THEN '' ELSE '-' || size.value END, price_minor,
    CASE WHEN size.value = '' THEN '[]'::json ELSE json_build_array(size.value) END, size.value, size.place - 1
FROM products, json_array_elements_text(CAST(:sizes AS json)) WITH ORDINALITY AS size (value, place)
WHERE products.id LIKE 'bench%'
"""
_STOCK = """
INSERT INTO stock (variant_id, initial, on_hand, reserved)
SELECT id, 1000000, 1000000, 0 FROM variants WHERE id LIKE 'bench%'
"""
_ORDERS = """
INSERT INTO orders (public_id, token, customer_id, email, person, language, network, status, payment_status, currency,
    subtotal_minor, discount_minor, shipping_minor, tax_minor, total_minor, refunded_minor, seal, payment_id, address,
    shipping_method, notes, is_disputed, placed_at, paid_at, search_text)
SELECT 'old' || lpad(n::text, 23, '0'), md5(n::text), NULL, email, email, 'es',
    '10.' || n % 200 || '.' || (n / 200) % 250 || '.0', 'delivered', 'paid', 'COP',
    15000000, 0, 0, 2394958, 15000000, 0, 'old', 'pi_old_' || n,
    json_build_object('city', 'Bogotá', 'first_name', first, 'last_name', last, 'phone', '+' || phone), 'standard', '',
    false, now() - n * interval '1 minute', now() - n * interval '1 minute',
    'buyer' || buyer || ' example com ' || lower(first || ' ' || last) || ' bench ' || (1 + n % :products) || ' '
    || phone || ' ' || substr(phone, 3)
FROM (SELECT n, n % (:orders / 4 + 1) AS buyer, 'buyer' || n % (:orders / 4 + 1) || '@example.com' AS email,
    '573' || lpad((n % (:orders / 4 + 1) * 7919 % 1000000000)::text, 9, '0') AS phone,
    (ARRAY['Ana','Luis','Carlos','Luz','Andres','Paola','Diego','Sofia','Jorge','Camila','Felipe','Laura','Mateo',
    'Sara','Ivan','Elena','Hugo','Marta','Oscar','Nubia'])[1 + n % 20] AS first,
    (ARRAY['Ruiz','Gomez','Rojas','Moreno','Pardo','Castro','Vargas','Suarez','Torres','Mejia','Ospina','Duarte',
    'Correa','Bedoya','Zapata','Arias','Muriel','Restrepo','Henao','Quintero','Galvis','Cano','Lozano'])
    [1 + (n / 20) % 23] AS last FROM generate_series(1, :orders) AS n) AS made
"""
_LINES = """
INSERT INTO order_lines (order_id, product_id, variant_id, sku, options, slug, kind, name, image, quantity,
    unit_price_minor, total_minor, discount_minor, tax_minor, tax_basis_points, trial_days, restocked, refunded)
SELECT id, 'bench' || lpad((1 + id % :products)::text, 21, '0'), 'bench' || lpad((1 + id % :products)::text, 21, '0'),
    'BENCH-' || (1 + id % :products), '{}', 'articulo', 'physical', 'Artículo', 'x', 1, 15000000,
    15000000, 0, 2394958, 1900, 0, 0, 0 FROM orders WHERE seal = 'old'
"""
_MAILS = """
INSERT INTO outbox (id, key, template, recipient, language, order_id, context, created_at, available_at, tries,
    sent_at, error)
SELECT lpad(id::text, 26, '0'), 'order_confirmed:' || public_id, 'order_confirmed', email, language, id, '{}',
    placed_at, placed_at, 1, placed_at, '' FROM orders WHERE seal = 'old'
"""
_EVENTS = """
INSERT INTO payment_events (id, type, state, order_id, payload, error, created_at, received_at)
SELECT 'evt_old_' || id, 'checkout.session.completed', 'done', id,
    json_build_object('data', json_build_object('object', json_build_object('payment_intent', payment_id))), '',
    placed_at, placed_at FROM orders WHERE seal = 'old'
"""
_TABLES = ("products", "search_words", "variants", "stock", "orders", "order_lines", "outbox", "payment_events")


def item(n: int, variants: int = 1) -> dict[str, str]:
    """Return how a client names what it buys of the n-th product: one of its variants in turn, if it has several."""
    named = {"productId": f"articulo-{n}"}
    return named | {"variantId": variant_id(n, n % variants)} if variants > 1 else named


def variant_id(n: int, place: int = 0) -> str:
    """Return the id of a variant of the n-th product; the first one has the product's."""
    return f"bench{n:021d}" if place == 0 else f"bench{n:019d}-{place + 1}"


def grow(connection: Connection, products: int, orders: int = 0, variants: int = 1) -> None:
    """Fill a migrated and seeded PostgreSQL shop up to a size, and let the planner know.

    Every product has so many variants, up to one for each of `SIZES`.
    """
    values = list(SIZES[:variants]) if variants > 1 else []
    options = [{"name": "Talla", "name_en": "Size", "values": values, "values_en": values}] if values else []
    sizes = {
        "products": products,
        "orders": orders,
        "options": json.dumps(options),
        "sizes": json.dumps(values or [""]),
    }
    steps = [_PRODUCTS, _VARIANTS, _STOCK] + ([_ORDERS, _LINES, _MAILS, _EVENTS] if orders else [])
    connection.exec_driver_sql("SET statement_timeout = 0")  # the shop's own guard is for visitors
    for step in steps:
        connection.execute(text(step), {name: size for name, size in sizes.items() if f":{name}" in step})
    words = connection.execute(text(_DISTINCT)).scalars()
    connection.execute(text(_WORDS), {"stems": json.dumps({word: stem(word, "es") for word in words})})
    connection.commit()
    connection.execution_options(isolation_level="AUTOCOMMIT")
    for table in _TABLES:
        connection.exec_driver_sql(f"VACUUM ANALYZE {table}")

"""tokens of orders: their digests, so that a copy of the database opens no order

Revision: 0013
Follows: 0010
Date: 2026-11-29 09:00:00
"""

import hashlib

from alembic import op

revision = "0013"
down_revision = "0010"
branch_labels = None
depends_on = None

# A token has 43 characters and a digest 64: going up a second time changes nothing.
_SHORTEN = "UPDATE orders SET token = {} WHERE length(token) < 64"


def upgrade() -> None:
    """Keep the digest of each token; links that were mailed go on working, and processes of the version before run."""
    connection = op.get_bind()
    if connection.dialect.name == "sqlite":
        driver = connection.connection.driver_connection
        driver.create_function("sha256_hex", 1, lambda text: hashlib.sha256(text.encode()).hexdigest())
        op.execute(_SHORTEN.format("sha256_hex(token)"))
        return
    op.execute("SET LOCAL statement_timeout = 0")
    op.execute(_SHORTEN.format("encode(sha256(convert_to(token, 'UTF8')), 'hex')"))


def downgrade() -> None:
    """Leave the digests, for nobody can undo them: guests need a new mail to open an order on the version before."""

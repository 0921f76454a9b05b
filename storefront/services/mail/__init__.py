"""Mail: the delivery of the outbox's rows, and a preview of every template."""

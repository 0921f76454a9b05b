"""Observability: logs, metrics, health checks and the security log."""

"""Watching the shop: logs, metrics, health and the security log."""

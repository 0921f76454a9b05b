"""Accounts: registration and login, devices, addresses, profile, consents, export and erasure."""

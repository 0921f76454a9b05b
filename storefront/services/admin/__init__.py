"""The people who run the shop, and what each role permits."""

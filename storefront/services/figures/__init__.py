"""The figures of the shop: sales, the way to a purchase, and the accountant's file."""

"""Coupons as staff make, change, find and end them; what shoppers do with them is in `carts` and `checkout`."""

"""What staff write for the shop's pages: banner, contact, seller, and the texts of pages in versions."""

"""Petitions, complaints, claims and suggestions: filed by anybody, answered by mail and closed by staff."""

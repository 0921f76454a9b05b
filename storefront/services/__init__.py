"""Use cases: each public function is one thing that a person, Stripe or the clock makes happen."""

"""Remember first, then tell: events, clocks and deliveries in one database."""

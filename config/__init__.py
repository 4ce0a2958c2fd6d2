"""Values fixed at start-up, and seed data. Holds no behaviour of the product."""

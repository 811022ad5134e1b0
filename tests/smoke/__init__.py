"""The product on another Python than the one that runs the tests, in an environment of its own."""

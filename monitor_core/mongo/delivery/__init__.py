"""The outbox: profiles that have not reached every destination; each module imports only from those above it.

leases        leases: which logger does which work
batches       the batches and their states
claims        claims of rows by held batches, which are not logged yet
parts         the parts of batches: a day's profile, the ids of its rows, and its deliveries
destinations  the last success and error of each destination
set_aside     the reviewed predictions that cannot be in a batch, with the reason
outbox        the steps of the protocol, across these collections
"""

"""The outbox: profiles that have not reached every destination; each module imports only from those above it.

leases        which logger does which work, for as long as it lives
batches       which one is exposed, and how far each is
claims        which held batch has a row that is not logged yet
parts         a day's profile, its rows' ids, and how each destination stands with it
destinations  what each destination answered last
set_aside     the reviewed predictions that are in no batch, and why
outbox        the steps of the protocol that go over several collections, in their order
"""
